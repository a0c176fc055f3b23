"""The demo school's plan: the same every time, and nothing in it that the portal would refuse."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import combinations, pairwise
from typing import TypeVar
from uuid import NAMESPACE_OID, UUID, uuid5
from zoneinfo import ZoneInfo

import pytest

from aggregates.catalogue.settings import Category, Region, SchoolSettings
from aggregates.kernel import Currency, Role, fold
from commands.catalogue.add_activity import AddActivity
from commands.catalogue.add_venue import AddVenue
from commands.clients.create_dossier import CreateDossier
from commands.staff.add_staff import AddStaff
from commands.workshops.plan_workshop import PlannedSession, PlanWorkshop
from service.demo import acts
from service.demo.plan import plan

A = TypeVar("A", bound=acts.Act)
SCHOOL_ZONE = ZoneInfo("America/Toronto")
SATURDAY = date(2026, 3, 14)
DAYS = (SATURDAY, date(2026, 3, 30), date(2028, 1, 2), date(2028, 2, 29))
"""A Saturday, a Monday after clocks changed, a Sunday at New Year, a leap day."""
POSTAL_CODES = {
    "CA": r"[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] \d[ABCEGHJ-NPRSTV-Z]\d",
    "FR": r"\d{5}",
    "BE": r"[1-9]\d{3}",
    "CH": r"[1-9]\d{3}",
    "LU": r"\d{4}",
}
FICTITIOUS = r"\+1 \d{3} 555 01\d\d|\+33 (1 99 00|2 61 91|3 53 01|4 65 71|5 36 49) \d\d \d\d"


@cache
def planned(today: date) -> tuple[acts.Act, ...]:
    return tuple(plan(today))


@pytest.fixture(params=DAYS, ids=str)
def today(request: pytest.FixtureRequest) -> date:
    day: date = request.param
    return day


def of(kind: type[A], today: date) -> list[A]:
    return [act for act in planned(today) if isinstance(act, kind)]


def workshops(today: date) -> dict[str, acts.PlanWorkshop]:
    return {act.workshop.removeprefix("workshop/"): act for act in of(acts.PlanWorkshop, today)}


@dataclass
class Registration:
    """What the replay knows of one registration."""

    client: str
    activity: str
    retake: bool
    workshop: str | None = None
    state: str = "open"
    dates: list[str] = field(default_factory=list)


class Replay:
    """Carries the plan out by the rules of the requirements, without the plan's own book."""

    def __init__(self, done: Sequence[acts.Act]) -> None:
        self.workshops: dict[str, acts.PlanWorkshop] = {}
        self.registrations: dict[str, Registration] = {}
        self.seats: dict[str, set[str]] = {}
        self.absent_deferred = self.absent_cancelled = 0
        for act in done:
            self._carry_out(act)

    def taken(self, name: str) -> int:
        return len(self.seats[f"workshop/{name}"])

    def retakes(self, name: str) -> int:
        return sum(self.registrations[key].retake for key in self.seats[f"workshop/{name}"])

    def of_client(self, client: str) -> list[Registration]:
        return [r for r in self.registrations.values() if r.client == client]

    def _carry_out(self, act: acts.Act) -> None:
        match act:
            case acts.PlanWorkshop():
                self.workshops[act.workshop] = act
                self.seats[act.workshop] = set()
            case acts.Register():
                same = [r for r in self.of_client(act.client) if r.activity == act.activity]
                assert all(r.state != "open" for r in same), "one active registration per activity"
                retake = any(r.state == "followed" for r in same)
                self.registrations[act.registration] = Registration(act.client, act.activity, retake)
                if act.workshop is not None:
                    self._sit(act.registration, act.workshop, act.at)
            case acts.ChooseDate():
                assert self._open(act.client, act.registration).workshop != act.workshop
                self._sit(act.registration, act.workshop, act.at)
            case acts.Defer():
                self.absent_deferred += self._leave(act.client, act.registration, act.at)
            case acts.Cancel():
                self.absent_cancelled += self._leave(act.client, act.registration, act.at)
                self.registrations[act.registration].state = "cancelled"
            case acts.TickPresent():
                self._tick(act)
            case acts.RemoveDossier():
                assert all(r.state == "cancelled" for r in self.of_client(act.client))

    def _open(self, client: str, key: str) -> Registration:
        registration = self.registrations[key]
        assert (registration.client, registration.state) == (client, "open")
        return registration

    def _sit(self, key: str, workshop: str, at: datetime) -> None:
        registration, target, seats = self.registrations[key], self.workshops[workshop], self.seats[workshop]
        assert registration.activity == target.activity
        assert target.at <= at < target.starts
        self._free(registration, key)
        registration.workshop = workshop
        registration.dates.append(workshop)
        seats.add(key)
        assert len({self.registrations[k].client for k in seats}) == len(seats)
        assert len(seats) <= target.capacity
        limit = target.capacity if target.retake_limit is None else target.retake_limit
        assert sum(self.registrations[k].retake for k in seats) <= limit

    def _leave(self, client: str, key: str, at: datetime) -> bool:
        """Whether the workshop had begun."""
        registration = self._open(client, key)
        begun = registration.workshop is not None and at > self.workshops[registration.workshop].starts
        self._free(registration, key)
        return begun

    def _free(self, registration: Registration, key: str) -> None:
        if registration.workshop is not None:
            self.seats[registration.workshop].remove(key)
            registration.workshop = None

    def _tick(self, act: acts.TickPresent) -> None:
        workshop = self.workshops[act.workshop]
        zone = ZoneInfo(workshop.zone)
        assert act.at.astimezone(zone).date() == workshop.starts.astimezone(zone).date()
        assert act.at > workshop.starts
        for key in act.registrations:
            assert key in self.seats[act.workshop]
            assert self.registrations[key].state == "open"
            self.registrations[key].state = "followed"


@cache
def replayed(today: date) -> Replay:
    return Replay(planned(today))


def test_the_same_arguments_give_the_same_acts() -> None:
    assert tuple(plan(SATURDAY)) == planned(SATURDAY)
    assert tuple(plan(SATURDAY, seed=1)) != planned(SATURDAY)


def test_a_week_later_the_workshops_are_a_week_later() -> None:
    a = {w.workshop: w for w in plan(SATURDAY, clients=10) if isinstance(w, acts.PlanWorkshop)}
    later = plan(SATURDAY + timedelta(weeks=1), clients=10)
    b = {w.workshop: w for w in later if isinstance(w, acts.PlanWorkshop)}
    assert a.keys() == b.keys()
    for key, workshop in a.items():
        zone = ZoneInfo(workshop.zone)
        before, after = (w.starts.astimezone(zone).replace(tzinfo=None) for w in (workshop, b[key]))
        assert after - before == timedelta(weeks=1)


def test_fewer_clients_than_the_named_ones_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 4"):
        next(plan(SATURDAY, clients=3))


def test_acts_never_go_back_in_time_and_end_before_today_begins(today: date) -> None:
    done = planned(today)
    assert all(before.at <= after.at for before, after in pairwise(done))
    assert done[-1].at < datetime.combine(today, time(0), SCHOOL_ZONE)
    assert all(act.at.utcoffset() == timedelta(0) for act in done)


def test_the_school_has_the_size_of_a_real_one(today: date) -> None:
    replay = replayed(today)
    states = Counter(
        "to_schedule" if (r.state, r.workshop) == ("open", None) else r.state
        for r in replay.registrations.values()
    )
    assert len(of(acts.CreateDossier, today)) == 300
    assert 38 <= len(replay.workshops) <= 48
    assert 1_350 <= len(replay.registrations) <= 1_650
    assert states["followed"] >= 550
    assert states["open"] >= 350
    assert states["to_schedule"] >= 150
    assert states["cancelled"] >= 40


def test_the_replay_notices_a_seat_or_a_registration_too_many() -> None:
    done = [a for a in planned(SATURDAY) if isinstance(a, acts.PlanWorkshop | acts.Register)]
    first = next(a for a in done if isinstance(a, acts.Register))
    twice = acts.Register(
        at=first.at,
        by=first.by,
        registration="registration/twice",
        client=first.client,
        activity=first.activity,
        workshop=None,
    )
    with pytest.raises(AssertionError, match="one active registration"):
        Replay([*done, twice])


def test_what_clients_do_is_as_varied_as_at_a_real_school(today: date) -> None:
    replay = replayed(today)
    assert sum(len(r.dates) > 2 for r in replay.registrations.values()) >= 3
    assert sum(r.retake for r in replay.registrations.values()) >= 20
    assert replay.absent_deferred >= 15
    assert replay.absent_cancelled >= 5


def test_every_key_is_made_before_it_is_named(today: date) -> None:
    made: set[str] = set()
    for act in planned(today):
        fields = {name: value for name, value in vars(act).items() if name not in ("at", "note")}
        own = {
            acts.AddStaff: "staff",
            acts.AddActivity: "activity",
            acts.AddPhase: "phase",
            acts.AddDiscount: "discount",
            acts.AddVenue: "venue",
            acts.PlanWorkshop: "workshop",
            acts.CreateDossier: "client",
            acts.Register: "registration",
        }.get(type(act))
        if own is not None:
            key = fields.pop(own)
            assert key not in made
            made.add(key)
        values = [v for value in fields.values() for v in (value if isinstance(value, tuple) else (value,))]
        named = {v for v in values if isinstance(v, str) and re.fullmatch(r"[a-z]+/[a-z0-9-]+", v)}
        assert named <= made, act
    assert len(made) > 1_700


def test_only_those_act_who_may(today: date) -> None:
    roles: dict[str | None, frozenset[Role]] = {None: frozenset({Role.SYSTEM})}
    own = {key: {w.organiser, *w.trainers} for key, w in replayed(today).workshops.items()}
    owner = {key: r.client for key, r in replayed(today).registrations.items()}
    for act in planned(today):
        mine = roles[act.by] if act.by is None or act.by.startswith("staff/") else None
        match act:
            case acts.AddStaff():
                assert mine is not None
                assert mine & {Role.ADMIN, Role.SYSTEM}
                roles[act.staff] = frozenset(act.roles)
            case (
                acts.ChangeSettings()
                | acts.AddActivity()
                | acts.AddPhase()
                | acts.AddDiscount()
                | acts.AddVenue()
            ):
                assert mine == frozenset({Role.ADMIN})
            case acts.PlanWorkshop() | acts.TickPresent():
                assert act.by in own[act.workshop]
            case acts.ChooseDate() | acts.Defer() | acts.Cancel() if mine is None:
                assert owner[act.registration] == act.by == act.client
            case acts.DecideCase():
                assert mine == frozenset({Role.ACCOUNTING})
            case acts.RemoveDossier() | acts.RestoreDossier():
                assert mine == frozenset({Role.OFFICE})
            case _:
                assert mine is not None
                assert mine & {Role.ORGANISER, Role.OFFICE}


def test_no_two_dossiers_are_the_same_person_or_share_an_address(today: date) -> None:
    clients = of(acts.CreateDossier, today)
    assert len({tuple(map(fold, (c.last_name, c.first_name, c.postal_code))) for c in clients}) == 300
    emails = [c.email.casefold() for c in clients if c.email]
    emails += [staff.email.casefold() for staff in of(acts.AddStaff, today)]
    assert len(set(emails)) == len(emails)
    assert sum(c.email is None for c in clients) == 5
    telephones = [c.telephone for c in clients if c.telephone]
    assert len(set(telephones)) == len(telephones)


def test_addresses_and_numbers_reach_nobody_and_postal_codes_are_valid(today: date) -> None:
    for client in of(acts.CreateDossier, today):
        assert re.fullmatch(POSTAL_CODES[client.country], client.postal_code)
        assert client.email is None or re.fullmatch(r"[a-z0-9.-]{3,64}@example\.com", client.email)
        assert client.telephone is None or re.fullmatch(FICTITIOUS, client.telephone)
    assert all(staff.email.endswith("@example.com") for staff in of(acts.AddStaff, today))


def test_names_are_those_that_break_careless_programs() -> None:
    names = [f"{c.first_name} {c.last_name}" for c in of(acts.CreateDossier, SATURDAY)]
    for sign, least in (("é", 60), ("-", 40), ("'", 8), ("œ", 3), (" de ", 2)):
        assert sum(sign in name for name in names) >= least, sign
    assert max(map(len, names)) >= 40


def test_clients_pay_in_both_currencies_and_some_cross_the_ocean(today: date) -> None:
    currencies = SchoolSettings().currencies
    paid = Counter(currencies[c.country] for c in of(acts.CreateDossier, today))
    assert min(paid[Currency.CAD], paid[Currency.EUR]) >= 100
    country = {c.client: c.country for c in of(acts.CreateDossier, today)}
    place = {v.venue: v.country for v in of(acts.AddVenue, today)}
    replay = replayed(today)
    seats = [
        (currencies[country[replay.registrations[key].client]], currencies[place[venue]])
        for workshop, keys in replay.seats.items()
        if (venue := replay.workshops[workshop].venue) is not None
        for key in keys
    ]
    assert 1 <= sum(theirs != here for theirs, here in seats) <= len(seats) // 10


def test_the_catalogue_has_three_phases_and_every_category() -> None:
    sizes = {phase.number: len(phase.activities) for phase in of(acts.AddPhase, SATURDAY)}
    assert sizes == {1: 9, 2: 9, 3: 1}
    activities = of(acts.AddActivity, SATURDAY)
    in_phases = {key for phase in of(acts.AddPhase, SATURDAY) for key in phase.activities}
    assert {a.category for a in activities if a.activity not in in_phases} == set(Category)
    assert {a.days for a in activities if a.category is Category.ETRE_BIEN} == {1, 2}
    assert all({p.currency for p in a.prices} == set(Currency) for a in activities)
    phases = {phase.number: phase for phase in of(acts.AddPhase, SATURDAY)}
    for number, cheaper in ((1, True), (2, True), (3, False)):
        priced = {(p.activity, p.price.currency) for p in phases[number].prices}
        assert priced == ({(a, c) for a in phases[number].activities for c in Currency} if cheaper else set())
    (fixed,) = [a for a in activities if a.retake_price_with_card]
    assert (fixed.activity,) == phases[3].activities
    assert {(m.minor, m.currency) for m in fixed.retake_price_with_card} == {(15_000, c) for c in Currency}
    discounts = of(acts.AddDiscount, SATURDAY)
    assert {d.proof_needed for d in discounts} == {True, False}
    assert {d.percent is None for d in discounts} == {True, False}
    assert any(Role.CLIENT in d.chosen_by for d in discounts)


def test_there_is_an_account_for_every_role() -> None:
    added = [a for a in of(acts.AddStaff, SATURDAY) if a.account]
    staff = {a.email: set(a.roles) for a in added if not a.regions}
    roles = set(Role) - {Role.CLIENT, Role.SYSTEM}
    assert staff == {f"{role}@example.com": {role} for role in roles}
    (regional,) = [a for a in added if a.regions]
    assert (regional.roles, regional.regions) == ((Role.ORGANISER,), (Region.EUROPE,))
    assert [c.email for c in of(acts.CreateDossier, SATURDAY) if c.account] == ["client@example.com"]
    assert any(not a.account and Role.TRAINER in a.roles for a in of(acts.AddStaff, SATURDAY))


def test_the_workshops_around_today_are_what_a_demo_needs(today: date) -> None:
    replay, dated = replayed(today), workshops(today)
    noon = datetime.combine(today, time(12), SCHOOL_ZONE)
    assert replay.taken("emotions-lyon-complet") == dated["emotions-lyon-complet"].capacity
    assert (
        replay.taken("premiers-pas-quebec-une-place") == dated["premiers-pas-quebec-une-place"].capacity - 1
    )
    assert replay.taken("juste-place-lausanne-vide") == 0
    assert dated["premiers-pas-montreal-60"].capacity == 60
    assert dated["premiers-pas-montreal-60"].retake_limit == 5
    assert replay.taken("premiers-pas-montreal-60") >= 40
    in_progress = dated["ombres-montreal-en-cours"]
    assert in_progress.starts < noon < in_progress.ends
    tomorrow = dated["limites-montreal-demain"].starts.astimezone(SCHOOL_ZONE)
    assert (tomorrow.date(), tomorrow.time()) == (today + timedelta(days=1), time(9))
    assert dated["corps-paris-aujourd-hui"].starts.astimezone(ZoneInfo("Europe/Paris")).date() == today
    assert sum(w.venue is None and w.starts > noon for w in dated.values()) >= 2
    assert replay.retakes("cercle-laval") == dated["cercle-laval"].retake_limit == 0


def test_workshops_reach_from_four_months_before_to_five_months_after(today: date) -> None:
    days = sorted((w.starts.date() - today).days for w in workshops(today).values())
    assert -126 <= days[0] <= -105
    assert 130 <= days[-1] <= 155
    assert sum(day < 0 for day in days) >= 20
    assert sum(day > 0 for day in days) >= 15


def test_every_workshop_that_began_has_its_attendance_but_the_forgotten_one(today: date) -> None:
    midnight = datetime.combine(today, time(0), SCHOOL_ZONE)
    began = {name for name, w in workshops(today).items() if w.starts < midnight}
    ticked = {act.workshop.removeprefix("workshop/") for act in of(acts.TickPresent, today)}
    assert began - ticked == {"silence-quebec"}


def test_sessions_are_whole_days_at_local_time(today: date) -> None:
    days = {a.activity: a.days for a in of(acts.AddActivity, today)}
    for workshop in workshops(today).values():
        zone = ZoneInfo(workshop.zone)
        local = [(s.starts.astimezone(zone), s.ends.astimezone(zone)) for s in workshop.sessions]
        assert len(local) == days[workshop.activity]
        assert len({(a.time(), b.time()) for a, b in local}) == 1
        assert all(b.date() - a.date() == timedelta(days=1) for (a, _), (b, _) in pairwise(local))


def test_no_room_trainer_or_client_is_at_two_workshops_at_once() -> None:
    for start in (SATURDAY + timedelta(days=n) for n in range(7)):
        busy = defaultdict(list)
        for act in plan(start, clients=4):
            if isinstance(act, acts.PlanWorkshop):
                for key in {act.venue, *act.trainers} - {None}:
                    busy[key].append(act)
        _never_at_once(busy)
    replay = replayed(SATURDAY)
    clients = defaultdict(list)
    for workshop, keys in replay.seats.items():
        for key in keys:
            clients[replay.registrations[key].client].append(replay.workshops[workshop])
    _never_at_once(clients)


def _never_at_once(
    busy: dict[str | None, list[acts.PlanWorkshop]] | dict[str, list[acts.PlanWorkshop]],
) -> None:
    assert busy
    for who, theirs in busy.items():
        for a, b in combinations(theirs, 2):
            assert a.ends <= b.starts or b.ends <= a.starts, (who, a.workshop, b.workshop)


def test_the_client_account_has_a_rich_file(today: date) -> None:
    [camille] = [c for c in of(acts.CreateDossier, today) if c.email == "client@example.com"]
    assert f"{camille.first_name} {camille.last_name}" == "Camille Tremblay-Lefebvre"
    mine = replayed(today).of_client(camille.client)
    assert sum(r.state == "followed" for r in mine) >= 4
    assert sum(r.state == "open" and r.workshop is not None for r in mine) >= 4
    assert any(r.state == "open" and r.workshop is None for r in mine)
    assert any(r.state == "cancelled" for r in mine)
    assert any(r.retake for r in mine)
    assert max(len(r.dates) for r in mine) == 3
    assert any(act.by == camille.client for act in planned(today))


def test_the_hand_written_files_hold_for_other_seeds_and_sizes() -> None:
    for seed in range(3):
        for clients in (4, 60):
            Replay(tuple(plan(SATURDAY + timedelta(days=seed), clients, seed)))


def test_dossiers_are_removed_and_one_comes_back(today: date) -> None:
    removed = [act.client for act in of(acts.RemoveDossier, today)]
    restored = [act.client for act in of(acts.RestoreDossier, today)]
    assert len(removed) == 3
    assert len(restored) == 1
    assert set(restored) < set(removed)
    assert sum(not replayed(today).of_client(client) for client in removed) == 1


def test_the_commands_take_what_the_plan_gives() -> None:
    def ids(*keys: str) -> tuple[UUID, ...]:
        return tuple(uuid5(NAMESPACE_OID, key) for key in keys)

    def values(act: acts.Act, *but: str) -> dict[str, object]:
        return {name: value for name, value in vars(act).items() if name not in ("at", "by", *but)}

    for act in planned(SATURDAY):
        match act:
            case acts.AddStaff():
                AddStaff.model_validate(values(act, "staff", "account"))
            case acts.AddActivity():
                AddActivity.model_validate(values(act, "activity"))
            case acts.AddVenue():
                AddVenue.model_validate(values(act, "venue"))
            case acts.CreateDossier():
                CreateDossier.model_validate(values(act, "client", "account"))
            case acts.PlanWorkshop():
                [activity, organiser] = ids(act.activity, act.organiser)
                PlanWorkshop.model_validate(
                    {
                        **values(act, "workshop"),
                        "activity": activity,
                        "organiser": organiser,
                        "venue": ids(act.venue)[0] if act.venue else None,
                        "trainers": ids(*act.trainers),
                        "sessions": tuple(PlannedSession(starts=s.starts, ends=s.ends) for s in act.sessions),
                    }
                )
