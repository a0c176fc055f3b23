"""The list of dated workshops, from facts to answers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.catalogue.settings import Region
from aggregates.workshop.closing.events import (
    AbsenceOutcome,
    AbsenceSettled,
    WorkshopClosed,
    WorkshopReopened,
)
from aggregates.workshop.events import (
    Session,
    WorkshopCancelled,
    WorkshopMoved,
    WorkshopPlanChanged,
    WorkshopRestored,
)
from aggregates.workshop.own import Own
from projections import workshop_dates
from projections.workshop_dates import Wanted
from tests.support.builders import (
    NOW,
    STARTS,
    activity_added,
    seat_freed,
    seat_taken,
    staff_added,
    venue_added,
    workshop_planned,
)
from tests.support.projecting import Projecting, Row

LAVAL, LYON = "Laval", "Lyon"


def session(starts: datetime, hours: int = 8) -> Session:
    return Session(starts=starts, ends=starts + timedelta(hours=hours))


class School:
    """Two venues, one activity, and workshops under names."""

    def __init__(self, models: Projecting) -> None:
        self.models = models
        self.activity, self.organiser, self.trainer = uuid4(), uuid4(), uuid4()
        self.venues: dict[str, UUID | None] = {LAVAL: uuid4(), LYON: uuid4(), "online": None}
        self.names: dict[str, str] = {}
        laval, lyon = self.venues[LAVAL], self.venues[LYON]
        assert laval
        assert lyon
        models.given(
            (self.activity, activity_added("Écoute de soi", note="Apporter un cahier")),
            (laval, venue_added()),
            (lyon, venue_added(city="Lyon", country="FR", region=Region.EUROPE, zone="Europe/Paris")),
            (self.organiser, staff_added(self.organiser, "Monique Tremblay")),
            (self.trainer, staff_added(self.trainer, "Marc Ouellet")),
        )

    def workshop(self, name: str, place: str, *sessions: Session, **changes: Any) -> UUID:
        workshop = uuid4()
        self.names[str(workshop)] = name
        values = {"activity": self.activity, "organiser": self.organiser, "trainers": (self.trainer,)}
        if place == LYON:
            values["zone"] = "Europe/Paris"
        plan = workshop_planned(
            venue=self.venues[place], sessions=sessions or (session(STARTS),), **values | changes
        )
        self.models.given((workshop, plan))
        return workshop

    def listed(self, **wanted: Any) -> list[str]:
        found = Wanted(**{"now": NOW} | wanted)
        rows = self.models.ask(lambda c: workshop_dates.dates(c, found))
        assert self.models.ask(lambda c: workshop_dates.count(c, found)) == len(rows)
        return [self.names[row["id"]] for row in rows]

    def one(self, workshop: UUID) -> Row:
        found = self.models.ask(lambda c: workshop_dates.one(c, workshop))
        assert found is not None
        return found


@pytest.mark.rule("ATE-1")
def test_a_workshop_is_shown_with_place_people_notes_and_seats(proven: Projecting) -> None:
    school = School(proven)
    second_day = session(STARTS + timedelta(days=1))
    workshop = school.workshop("a", LAVAL, session(STARTS), second_day, place_note="Salle B")
    other = school.workshop("b", LAVAL)
    registration, retake, freed = uuid4(), uuid4(), uuid4()
    proven.given(
        (workshop, seat_taken(registration, uuid4())),
        (workshop, seat_taken(retake, uuid4(), retake=True)),
        (workshop, seat_taken(freed, uuid4())),
    )
    proven.given((workshop, seat_freed(freed, uuid4())))
    row = school.one(workshop)
    assert row["venue"]["city"] == "Laval"
    assert {k: row[k] for k in row if k not in ("venue", "sessions")} == {
        "id": str(workshop),
        "activity_id": str(school.activity),
        "activity": "Écoute de soi",
        "zone": "America/Toronto",
        "starts": "2026-12-05T14:00:00Z",
        "ends": "2026-12-06T22:00:00Z",
        "organiser_id": str(school.organiser),
        "organiser": "Monique Tremblay",
        "trainers": ["Marc Ouellet"],
        "trainer_ids": [str(school.trainer)],
        "capacity": 60,
        "retake_limit": 5,
        "place_note": "Salle B",
        "practical_note": None,
        "activity_note": "Apporter un cahier",
        "taken": 2,
        "retakes": 1,
        "cancelled": False,
    }
    assert [s["starts"] for s in row["sessions"]] == ["2026-12-05T14:00:00Z", "2026-12-06T14:00:00Z"]
    assert (school.one(other)["taken"], school.one(other)["retakes"]) == (0, 0)


@pytest.mark.rule("ATE-10")
def test_a_moved_workshop_shows_its_new_date_and_place(proven: Projecting) -> None:
    school = School(proven)
    workshop, other = school.workshop("a", LAVAL), school.workshop("b", LAVAL)
    sessions = (session(STARTS + timedelta(days=7)), session(STARTS + timedelta(days=8)))
    moved = WorkshopMoved(
        venue=school.venues[LYON],
        zone="Europe/Paris",
        sessions=sessions,
        region=Region.EUROPE,
        was_venue=school.venues[LAVAL],
        was_zone="America/Toronto",
        was_sessions=(session(STARTS),),
    )
    proven.given((workshop, moved))
    row = school.one(workshop)
    assert (row["starts"], row["ends"]) == ("2026-12-12T14:00:00Z", "2026-12-13T22:00:00Z")
    assert (row["venue"]["city"], row["zone"], len(row["sessions"])) == ("Lyon", "Europe/Paris", 2)
    assert school.one(other)["starts"] == "2026-12-05T14:00:00Z"


@pytest.mark.rule("ATE-4", "ATE-5")
def test_a_cancelled_workshop_is_among_no_dates_until_it_is_restored(proven: Projecting) -> None:
    school = School(proven)
    workshop = school.workshop("a", LAVAL)
    school.workshop("b", LAVAL)
    back, gone = uuid4(), uuid4()
    proven.given(*((workshop, seat_taken(r, uuid4())) for r in (back, gone)))
    proven.given((workshop, WorkshopCancelled(reason="Eau", registrations=(back, gone), waiting=())))
    assert school.listed() == ["b"]
    assert school.listed(past=True, now=STARTS + timedelta(days=9)) == ["b"]
    proven.given((workshop, WorkshopRestored(back=(back,), moved_on=(gone,), no_seat=())))
    assert sorted(school.listed()) == ["a", "b"]
    assert school.one(workshop)["taken"] == 1


@pytest.mark.rule("ATE-6", "ATE-7")
def test_a_closed_workshop_is_listed_but_open_to_nobody(proven: Projecting) -> None:
    school = School(proven)
    workshop = school.workshop("a", LAVAL)
    school.workshop("b", LAVAL)
    absent, client = uuid4(), uuid4()
    settled = AbsenceSettled(
        registration=absent, client=client, outcome=AbsenceOutcome.CANCELLED, noticed=False
    )
    proven.given((workshop, seat_taken(absent, client)))
    proven.given((workshop, settled), (workshop, WorkshopClosed()))
    assert school.one(workshop)["taken"] == 0
    assert sorted(school.listed()) == ["a", "b"]
    assert school.listed(open=True) == ["b"]
    proven.given((workshop, WorkshopReopened()))
    assert sorted(school.listed(open=True)) == ["a", "b"]


@pytest.mark.rule("ATE-1")
def test_a_changed_plan_shows_and_may_stand_below_what_is_taken(proven: Projecting) -> None:
    school = School(proven)
    workshop, other = school.workshop("a", LAVAL), school.workshop("b", "online")
    proven.given(*((workshop, seat_taken(uuid4(), uuid4())) for _ in range(3)))
    changed = WorkshopPlanChanged(
        organiser=school.trainer,
        trainers=(),
        capacity=2,
        retake_limit=0,
        place_note=None,
        practical_note="Apporter un coussin",
    )
    proven.given((workshop, changed))
    row = school.one(workshop)
    shown = ("capacity", "retake_limit", "taken", "organiser", "trainers", "practical_note")
    assert [row[name] for name in shown] == [2, 0, 3, "Marc Ouellet", [], "Apporter un coussin"]
    assert school.one(other)["capacity"] == 60


@pytest.mark.rule("ATE-3")
def test_dates_are_filtered_by_country_online_or_all_places(proven: Projecting) -> None:
    school = School(proven)
    for n, (name, place) in enumerate([("québec", LAVAL), ("france", LYON), ("en ligne", "online")]):
        school.workshop(name, place, session(STARTS - timedelta(days=n)))
    assert school.listed() == ["en ligne", "france", "québec"]
    assert school.listed(place="CA") == ["québec"]
    assert school.listed(place="FR") == ["france"]
    assert school.listed(place="online") == ["en ligne"]
    assert school.listed(place="BE") == []


@pytest.mark.rule("ATE-3")
def test_a_client_sees_the_dates_of_a_country_and_then_the_online_ones(models: Projecting) -> None:
    school = School(models)
    school.workshop("en ligne", "online", session(STARTS - timedelta(days=3)))
    school.workshop("québec 2", LAVAL, session(STARTS + timedelta(days=9)))
    school.workshop("québec 1", LAVAL)
    school.workshop("france", LYON)
    rows = models.ask(lambda c: workshop_dates.dates_for_client(c, Wanted(NOW, place="CA")))
    assert [school.names[row["id"]] for row in rows] == ["québec 1", "québec 2", "en ligne"]


def test_dates_are_filtered_by_activity_people_and_time(models: Projecting) -> None:
    school = School(models)
    other, stranger = uuid4(), uuid4()
    school.workshop("passé", LAVAL, session(NOW - timedelta(days=9)))
    school.workshop("hier", LAVAL, session(NOW - timedelta(days=1)))
    school.workshop("en cours", LAVAL, session(NOW - timedelta(hours=2)))
    school.workshop("autre", LAVAL, activity=other, organiser=stranger, trainers=(school.trainer,))
    assert school.listed() == ["en cours", "autre"]
    assert school.listed(past=True) == ["hier", "passé"]
    assert school.listed(activity=other) == ["autre"]
    assert school.listed(own=Own(school.organiser)) == ["en cours"]
    assert school.listed(own=Own(school.trainer)) == ["en cours", "autre"]
    assert school.listed(own=Own(stranger)) == ["autre"]


@pytest.mark.rule("STF-1")
def test_an_organisers_own_are_those_of_the_regions_too_where_they_were_moved_to(proven: Projecting) -> None:
    school, aimee = School(proven), uuid4()
    school.workshop("laval", LAVAL, region=Region.CANADA)
    school.workshop("en ligne", "online", session(STARTS + timedelta(days=1)))
    lyon = school.workshop("lyon", LYON, session(STARTS + timedelta(days=2)), region=Region.EUROPE)
    school.workshop(
        "à elle", LYON, session(STARTS + timedelta(days=3)), organiser=aimee, region=Region.EUROPE
    )

    def own(*regions: Region) -> list[str]:
        return school.listed(own=Own(aimee, frozenset(regions)))

    assert own() == ["à elle"]
    assert own(Region.CANADA) == ["laval", "en ligne", "à elle"]
    assert own(Region.EUROPE) == ["lyon", "à elle"]
    assert own(Region.ABROAD) == ["à elle"]
    europes = Own(aimee, frozenset({Region.EUROPE}))
    assert proven.ask(lambda c: workshop_dates.one(c, lyon, europes)) is not None
    assert proven.ask(lambda c: workshop_dates.one(c, lyon, Own(aimee))) is None
    moved = WorkshopMoved(
        venue=school.venues[LAVAL],
        zone="America/Toronto",
        sessions=(session(STARTS + timedelta(days=2)),),
        region=Region.CANADA,
        was_venue=school.venues[LYON],
        was_zone="Europe/Paris",
        was_sessions=(session(STARTS + timedelta(days=2)),),
    )
    proven.given((lyon, moved))
    assert own(Region.EUROPE) == ["à elle"]
    assert own(Region.CANADA) == ["laval", "en ligne", "lyon", "à elle"]


@pytest.mark.rule("ATE-3")
def test_days_are_those_of_the_workshops_own_zone(models: Projecting) -> None:
    school = School(models)
    evening_in_laval = datetime(2026, 12, 6, 1, 0, tzinfo=UTC)  # Saturday the 5th there
    school.workshop("laval", LAVAL, session(evening_in_laval, hours=2))
    school.workshop("lyon", LYON, session(evening_in_laval, hours=2))
    fifth, sixth = date(2026, 12, 5), date(2026, 12, 6)
    assert school.listed(since=fifth, until=fifth) == ["laval"]
    assert school.listed(since=sixth, until=sixth) == ["lyon"]
    assert sorted(school.listed(since=fifth)) == sorted(school.listed(until=sixth)) == ["laval", "lyon"]
    assert school.listed(since=date(2026, 12, 7)) == []


def test_pages_of_dates_meet_without_gap_or_overlap(models: Projecting) -> None:
    school = School(models)
    for n in range(7):
        school.workshop(f"{n}", "online", session(STARTS + timedelta(microseconds=n // 2)))
    for past, now in ((False, NOW), (True, NOW + timedelta(days=99))):
        seen: list[Row] = []
        while True:
            after = (seen[-1]["starts"], UUID(seen[-1]["id"])) if seen else None
            page = models.ask(
                lambda c, after=after, past=past, now=now: workshop_dates.dates(  # type: ignore[misc]
                    c, Wanted(now, past=past), after=after, limit=2
                )
            )
            if not page:
                break
            seen += page
        assert sorted(school.names[row["id"]] for row in seen) == [f"{n}" for n in range(7)]


def test_labels_for_sentences_name_activity_day_and_place(models: Projecting) -> None:
    school = School(models)
    laval, online = school.workshop("a", LAVAL), school.workshop("b", "online")
    labels = models.ask(lambda c: workshop_dates.labels(c, [laval, online, uuid4()]))
    assert labels == {
        laval: "Écoute de soi, sam. 5 déc. 2026, Laval",
        online: "Écoute de soi, sam. 5 déc. 2026, en ligne",
    }
