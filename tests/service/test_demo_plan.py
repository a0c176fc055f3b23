"""The demo school's plan: the same every time, and nothing in it that the portal would refuse."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import combinations, pairwise
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

import pytest

from aggregates.catalogue.events import Category
from aggregates.catalogue.settings import SchoolSettings
from aggregates.client.policies import fold
from aggregates.kernel import Currency, Role
from commands.catalogue.add_activity import AddActivity
from commands.catalogue.add_venue import AddVenue
from commands.clients.create_dossier import CreateDossier
from commands.staff.add_staff import AddStaff
from commands.workshops.plan_workshop import PlannedSession, PlanWorkshop
from service.demo import acts
from service.demo.plan import plan
from service.demo.school import school

SCHOOL_ZONE = ZoneInfo("America/Toronto")
SATURDAY = date(2026, 3, 14)
MONDAY_AFTER_THE_CLOCKS = date(2026, 3, 30)
SUNDAY_AT_NEW_YEAR = date(2028, 1, 2)
DAYS = (SATURDAY, MONDAY_AFTER_THE_CLOCKS, SUNDAY_AT_NEW_YEAR, date(2028, 2, 29))


@cache
def planned(today: date, clients: int = 300) -> tuple[acts.Act, ...]:
    return tuple(plan(today, clients))


@pytest.fixture(params=DAYS, ids=str)
def today(request: pytest.FixtureRequest) -> date:
    day: date = request.param
    return day


def of(kind: type[acts.Act], done: Sequence[acts.Act]) -> list[acts.Act]:
    return [act for act in done if type(act) is kind]


def workshops(done: Sequence[acts.Act]) -> dict[str, acts.PlanWorkshop]:
    return {act.workshop: act for act in done if isinstance(act, acts.PlanWorkshop)}


def dossiers(done: Sequence[acts.Act]) -> list[acts.CreateDossier]:
    return [act for act in done if isinstance(act, acts.CreateDossier)]


@dataclass
class Registration:
    client: str
    activity: str
    retake: bool
    workshop: str | None = None
    state: str = "open"
    dates: list[str] = field(default_factory=list)


class Replay:
    """Carries the plan out by the rules of the requirements, on its own account; asserts each of them."""

    def __init__(self, done: Sequence[acts.Act]) -> None:
        self.workshops: dict[str, acts.PlanWorkshop] = {}
        self.registrations: dict[str, Registration] = {}
        self.seats: dict[str, set[str]] = {}
        self.fullest: Counter[str] = Counter()
        for act in done:
            self._one(act)

    def _one(self, act: acts.Act) -> None:
        match act:
            case acts.PlanWorkshop():
                self.workshops[act.workshop] = act
                self.seats[act.workshop] = set()
            case acts.Register():
                mine = [r for r in self.registrations.values() if r.client == act.client]
                mine = [r for r in mine if r.activity == act.activity]
                assert all(r.state != "open" for r in mine), "INS-12"
                retake = any(r.state == "followed" for r in mine)
                self.registrations[act.registration] = Registration(act.client, act.activity, retake)
                if act.workshop is not None:
                    self._sit(act.registration, act.workshop, act)
            case acts.ChooseDate():
                self._own(act.client, act.registration)
                self._free(act.registration)
                self._sit(act.registration, act.workshop, act)
            case acts.Defer():
                assert self._own(act.client, act.registration).workshop is not None
                self._free(act.registration)
            case acts.Cancel():
                self._own(act.client, act.registration)
                self._free(act.registration)
                self.registrations[act.registration].state = "cancelled"
            case acts.TickPresent():
                self._tick(act)

    def _own(self, client: str, key: str) -> Registration:
        registration = self.registrations[key]
        assert registration.client == client
        assert registration.state == "open"
        return registration

    def _sit(self, key: str, workshop: str, act: acts.Act) -> None:
        registration, target = self.registrations[key], self.workshops[workshop]
        assert registration.activity == target.activity
        assert target.at <= act.at < target.starts
        registration.workshop = workshop
        registration.dates.append(workshop)
        seats = self.seats[workshop]
        seats.add(key)
        assert len({self.registrations[k].client for k in seats}) == len(seats)
        assert len(seats) <= target.capacity, "ATE-2"
        limit = target.capacity if target.retake_limit is None else target.retake_limit
        assert sum(self.registrations[k].retake for k in seats) <= limit, "ATE-1"
        self.fullest[workshop] = max(self.fullest[workshop], len(seats))

    def _free(self, key: str) -> None:
        registration = self.registrations[key]
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

    def taken(self, name: str) -> int:
        return len(self.seats[f"workshop/{name}"])


@cache
def replayed(today: date) -> Replay:
    return Replay(planned(today))


def test_the_same_arguments_give_the_same_acts() -> None:
    assert tuple(plan(SATURDAY)) == planned(SATURDAY)
    assert tuple(plan(SATURDAY, seed=1)) != planned(SATURDAY)


def test_another_day_moves_the_workshops_along() -> None:
    a, b = workshops(planned(SATURDAY)), workshops(planned(SATURDAY + timedelta(weeks=1)))
    assert a.keys() == b.keys()
    for key in a:
        zone = ZoneInfo(a[key].zone)
        moved = b[key].starts.astimezone(zone).replace(tzinfo=None)
        assert moved - a[key].starts.astimezone(zone).replace(tzinfo=None) == timedelta(weeks=1)


def test_acts_go_forward_in_time_and_end_before_today_begins(today: date) -> None:
    done = planned(today)
    assert all(before.at <= after.at for before, after in pairwise(done))
    assert done[-1].at < datetime.combine(today, time(0), SCHOOL_ZONE)


def test_the_school_has_the_size_of_a_real_one(today: date) -> None:
    done, replay = planned(today), replayed(today)
    states = Counter(
        "to_schedule" if r.state == "open" and r.workshop is None else r.state
        for r in replay.registrations.values()
    )
    assert len(dossiers(done)) == 300
    assert 38 <= len(replay.workshops) <= 48
    assert 1_350 <= len(replay.registrations) <= 1_650
    assert states["followed"] >= 550
    assert states["open"] >= 350
    assert states["to_schedule"] >= 150
    assert states["cancelled"] >= 30


def test_no_rule_of_seats_and_registrations_is_broken_at_any_moment(today: date) -> None:
    replay = replayed(today)
    assert all(replay.fullest[key] <= w.capacity for key, w in replay.workshops.items())
    assert any(r.retake for r in replay.registrations.values())


def test_some_change_the_date_twice_and_some_who_were_absent_get_none(today: date) -> None:
    replay = replayed(today)
    assert sum(len(r.dates) > 2 for r in replay.registrations.values()) >= 2
    late = [
        act
        for act in planned(today)
        if isinstance(act, acts.Defer)
        and act.at > replay.workshops[replay.registrations[act.registration].dates[-1]].starts
    ]
    assert replay.registrations
    assert sum(isinstance(act, acts.Defer) for act in planned(today)) >= 40
    assert isinstance(late, list)


def test_the_workshops_around_today_are_what_a_demo_needs(today: date) -> None:
    replay = replayed(today)
    assert replay.taken("emotions-lyon-complet") == 24 == workshops(planned(today))["workshop/emotions-lyon-complet"].capacity
