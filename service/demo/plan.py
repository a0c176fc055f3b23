"""Everything that the demo school ever did, in the order it was done, from the data files and a seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import partial
from heapq import merge
from itertools import islice
from random import Random

from service.demo.acts import Act, CreateDossier, PlanWorkshop, Session
from service.demo.dates import between, sessions, start_of
from service.demo.opening import opening
from service.demo.people import People, Person, Taken
from service.demo.rosters import Roster
from service.demo.school import School, VenueRow, WorkshopRow, school
from service.demo.season import Regular, Season
from service.demo.stories import Told

_HISTORY = timedelta(days=330)
_PLANNED_AHEAD = timedelta(days=180)
_EARLY, _EARLY_SHARE = timedelta(days=190), 0.6
_UNDATED_PER_CLIENT = 1.6
_COHORT, _COHORT_OF_MANY = 300, 600
"""So many clients, at most twice as many, have workshops of their own; of many clients fewer come often."""
_MANY = 50_000


def plan(today: date, clients: int = 300, seed: int = 20250930) -> Iterator[Act]:
    """Every act of the demo school, none after `today` begins in the school's zone, in time order.

    The same arguments give the same acts. The figures of the data files (seats taken, workshops that are
    full) come true from about 250 clients on; with fewer, rosters stay emptier; many come in cohorts, each
    with workshops of its own. Raises ValueError on fewer clients than the data files name.
    """
    data = school()
    if clients < len(data.stories):
        raise ValueError(f"at least {len(data.stories)} clients")
    until = start_of(today, data.settings.zone)
    opened = until - _HISTORY
    for act in opening(data, opened):
        yield act
        opened = act.at
    cohort = _COHORT if clients < _MANY else _COHORT_OF_MANY
    sizes = [clients] if clients <= cohort else [cohort] * (clients // cohort)
    sizes[-1] += clients - sum(sizes)
    taken = Taken(data)
    cohorts = [_cohort(data, taken, today, opened, size, seed, n) for n, size in enumerate(sizes)]
    yield from merge(*cohorts, key=lambda act: act.at)


def _cohort(
    data: School, taken: Taken, today: date, opened: datetime, clients: int, seed: int, nth: int
) -> Iterator[Act]:
    """Clients who fill workshops of their own; all of a small school, with the stories of the named ones."""
    until = start_of(today, data.settings.zone)
    rng = Random(seed + nth)  # noqa: S311 - picks names and dates, guards nothing
    season = Season(rng, data.staff, f"{nth}-" if nth else "")
    stories = () if nth else data.stories
    people = islice(People(data, rng, taken), clients - len(stories))
    _welcome(season, people, data.settings.zone, opened, until)
    rosters = _announce(season, data, today, opened, until)
    for story in stories:
        Told(story, season, rosters).schedule(today, data.settings.zone)
    for _ in range(int(clients * _UNDATED_PER_CLIENT)):
        at = between(rng, opened, until, data.settings.zone)
        season.add(at, partial(_register_undated, season, data))
    yield from season.acts()


def _welcome(season: Season, people: Iterable[Person], zone: str, opened: datetime, until: datetime) -> None:
    """More than half of the clients come early."""
    rng = season.rng
    for n, person in enumerate(people, 1):
        before = until - _EARLY if rng.random() < _EARLY_SHARE else until
        regular = Regular(
            key=f"client/{season.mark}{n:04d}",
            region=person.region,
            city=person.city,
            travels=rng.random() < 0.03,
            keen=rng.lognormvariate(0, 0.6),
        )
        at = between(rng, opened, before, zone)
        season.add(at, partial(_create_dossier, season, regular, person))


def _create_dossier(season: Season, regular: Regular, person: Person, at: datetime) -> Iterator[Act]:
    season.welcome(regular)
    yield CreateDossier(
        at=at,
        by=season.desk(person.region),
        client=regular.key,
        last_name=person.last_name,
        first_name=person.first_name,
        form_of_address=person.form_of_address,
        email=person.email,
        telephone=person.telephone,
        street=person.street,
        postal_code=person.postal_code,
        city=person.city,
        country=person.country,
        language=person.language,
    )


def _announce(
    season: Season, data: School, today: date, opened: datetime, until: datetime
) -> dict[str, Roster]:
    """Plan the workshops about half a year ahead, and all that follows from each."""
    venues = {venue.key: venue for venue in data.venues}
    days = {activity.key: activity.days for activity in data.activities}
    rosters: dict[str, Roster] = {}
    for row in data.workshops:
        venue = venues[row.venue] if row.venue else None
        zone = row.zone or (venue.zone if venue else data.settings.zone)
        held = sessions(row, days[row.activity], zone, today)
        late = max(opened, held[0].starts - _PLANNED_AHEAD)
        at = between(season.rng, max(opened, late - timedelta(days=20)), late + timedelta(days=1), zone)
        act = _planned(row, f"workshop/{season.mark}{row.key}", venue, zone, held, at)
        season.add(at, partial(_plan_workshop, season, act))
        rosters[act.workshop] = Roster(season, act, row, venue, rosters, until)
    for roster in rosters.values():
        roster.schedule()
    return rosters


def _planned(
    row: WorkshopRow,
    key: str,
    venue: VenueRow | None,
    zone: str,
    held: tuple[Session, ...],
    at: datetime,
) -> PlanWorkshop:
    organiser = f"staff/{row.organiser}"
    return PlanWorkshop(
        at=at,
        by=organiser,
        workshop=key,
        activity=f"activity/{row.activity}",
        venue=f"venue/{venue.key}" if venue else None,
        zone=zone,
        sessions=held,
        organiser=organiser,
        trainers=tuple(f"staff/{trainer}" for trainer in row.trainers),
        capacity=row.capacity,
        retake_limit=row.retake_limit,
        place_note=row.place_note,
        practical_note=row.practical_note,
    )


def _plan_workshop(season: Season, act: PlanWorkshop, _at: datetime) -> Iterator[Act]:
    season.book.plan(act)
    yield act


def _register_undated(season: Season, data: School, at: datetime) -> Iterator[Act]:
    """Somebody registers without a date for an activity not yet followed; long ones are chosen less often."""
    rng, client = season.rng, season.somebody()
    if client is None:
        return
    new = [a for a in data.activities if not season.book.knows(client.key, f"activity/{a.key}")]
    if new:
        [activity] = rng.choices(new, [1 / a.days for a in new])
        yield season.register(at, season.desk(client.region), client.key, f"activity/{activity.key}", None)
