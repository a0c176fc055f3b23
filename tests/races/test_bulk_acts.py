"""Acts on a whole roster are one append: quick, and done while others change the same files."""

from __future__ import annotations

import statistics
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from aggregates.client.registrations.state import Scheduled
from aggregates.client.state import CLIENT
from aggregates.kernel import Fact
from aggregates.workshop.events import (
    AttendanceTicked,
    AttendanceUnticked,
    WorkshopCancelled,
    WorkshopRestored,
)
from aggregates.workshop.state import WORKSHOP, Planned
from commands.message import Command
from commands.registrations.add_followed_workshop import AddFollowedWorkshop
from commands.workshops.cancel_workshop import CancelWorkshop
from commands.workshops.restore_workshop import RestoreWorkshop
from commands.workshops.tick_attendance import TickAttendance
from commands.workshops.untick_attendance import UntickAttendance
from schema.append import Effect
from schema.store import Change, Loaded
from tests.support.builders import dossier_created, envelope, registered, seat_taken
from tests.support.lanes import figures
from tests.support.write_side import ACCOUNTING, School, school_on

# One such crowd at a time: beside another one nobody keeps to a bound in milliseconds.
pytestmark = pytest.mark.xdist_group("crowd")

PEOPLE, CHANGES_A_SECOND, MOST_MS = 60, 20, 100


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


class Crowd:
    """Sixty people, registered at a workshop to come and at one that has begun."""

    def __init__(self, school: School, took: dict[str, list[float]]) -> None:
        self.school, self.took = school, took
        to_come, begun = school.activity("À venir"), school.activity("Commencé")
        self.abroad = school.activity("À l’étranger")
        self.to_come = school.workshop(to_come, starts=datetime.now(UTC) + timedelta(days=30))
        self.begun = school.workshop(begun, starts=datetime.now(UTC) - timedelta(hours=1))
        self.people = [uuid4() for _ in range(PEOPLE)]
        self.present = tuple(uuid4() for _ in self.people)
        self._arrive()

    def _arrive(self) -> None:
        """All at once, as registering them one by one would leave them."""
        store, places = self.school.side.store, [uuid4() for _ in self.people]
        changes = [
            Change(workshop, [seat_taken(*seat) for seat in zip(registrations, self.people, strict=True)])
            for workshop, registrations in zip(
                store.load([WORKSHOP.at(self.to_come), WORKSHOP.at(self.begun)]),
                (places, self.present),
                strict=True,
            )
        ]
        dates = [change.loaded for change in changes]
        for client, *mine in zip(self.people, places, self.present, strict=True):
            facts: list[Fact] = [dossier_created(client, email=f"{client}@example.com")]
            for workshop, registration in zip(dates, mine, strict=True):
                date = {"activity": workshop.state.activity, "starts": workshop.state.starts}
                facts.append(registered(registration, workshop=workshop.id, **date))
            changes.append(Change(Loaded(CLIENT.at(client), 0, CLIENT.initial), facts))
        store.append(changes, envelope(), Effect())

    def act(self, command: Command) -> None:
        begun = time.perf_counter()
        self.school.send(command)
        self.took[command.verb_noun()].append((time.perf_counter() - begun) * 1_000)

    def round(self) -> None:
        """Each of the acts once."""
        self.act(CancelWorkshop(workshop=self.to_come, reason="La salle est inondée."))
        self.act(RestoreWorkshop(workshop=self.to_come))
        self.act(TickAttendance(workshop=self.begun, registrations=self.present))
        self.act(UntickAttendance(workshop=self.begun, registrations=self.present))

    @contextmanager
    def others_at_work(self, *, pause: bool = True) -> Iterator[list[UUID]]:
        """Somebody changes one file after the other, on a connection of their own."""
        over, changed, failed = threading.Event(), list[UUID](), list[BaseException]()

        def change() -> None:
            begun = time.monotonic()
            each = 1 / CHANGES_A_SECOND if pause else 0.0
            try:
                while not over.wait(max(0.0, begun + len(changed) * each - time.monotonic())):
                    client = self.people[len(changed) % PEOPLE]
                    self.school.send(self.followed_abroad(client), ACCOUNTING)
                    changed.append(client)
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=change)
        thread.start()
        try:
            yield changed
        finally:
            over.set()
            thread.join(10)
        assert not failed, failed[0]

    def followed_abroad(self, client: UUID) -> AddFollowedWorkshop:
        day = datetime.now(UTC).date() - timedelta(days=30)
        return AddFollowedWorkshop(
            client=client, activity=self.abroad, first_day=day, last_day=day, country="MA"
        )

    def all_was_done(self) -> None:
        """Each act once, and nothing left half done."""
        done = Counter(type(f) for w in (self.to_come, self.begun) for f in self.school.facts(WORKSHOP.at(w)))
        bulk = (WorkshopCancelled, WorkshopRestored, AttendanceTicked, AttendanceUnticked)
        assert [done[act] for act in bulk] == [1] * 4
        for workshop in (self.to_come, self.begun):
            state = self.school.state(WORKSHOP.at(workshop))
            assert isinstance(state, Planned)
            assert len(state.seats) == PEOPLE
        for loaded in self.school.side.store.load([CLIENT.at(c) for c in self.people]):
            places = [type(r) for r in loaded.state.registrations.values()]
            assert places == [Scheduled, Scheduled]


def report(title: str, took: dict[str, list[float]]) -> None:
    for act, times in took.items():
        print(
            f"{title}: {act}, {PEOPLE} people, {len(times)} times:"
            f" median {statistics.median(times):.0f} ms, slowest {max(times):.0f} ms"
        )


@pytest.mark.rule("ATE-4", "ATE-5", "LIS-2")
@figures("rounds", short=10, long=40)
def test_each_act_on_sixty_people_takes_a_tenth_of_a_second(school: School, rounds: int) -> None:
    took: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        crowd = Crowd(school, took)
        crowd.round()
        crowd.all_was_done()
    report("bulk", took)
    for act, times in took.items():
        assert statistics.median(times) <= MOST_MS, act


@pytest.mark.rule("ATE-4", "ATE-5", "LIS-2")
@figures("rounds", short=10, long=40)
def test_none_fails_while_others_change_the_same_files(school: School, rounds: int) -> None:
    took: dict[str, list[float]] = defaultdict(list)
    changes, seconds = 0, 0.0
    for _ in range(rounds):
        crowd = Crowd(school, took)
        with crowd.others_at_work() as changed:
            begun = time.monotonic()
            crowd.round()
            seconds += time.monotonic() - begun
            changes += len(changed)
        crowd.all_was_done()
    report("bulk among others", took)
    print(f"bulk among others: {changes} other changes in {seconds:.1f} s")
    assert {len(times) for times in took.values()} == {rounds}
    assert changes >= seconds * CHANGES_A_SECOND / 2, "the others were at work all the time"


@pytest.mark.rule("ATE-4", "ATE-5", "LIS-2")
def test_each_gets_its_turn_among_many_who_never_pause(school: School) -> None:
    """Who has clashed goes before those who come later: without that, an act on sixty files never ends."""
    took: dict[str, list[float]] = defaultdict(list)
    for _ in range(6):
        crowd = Crowd(school, took)
        with ExitStack() as crowded:
            for _ in range(3):
                crowded.enter_context(crowd.others_at_work(pause=False))
            crowd.round()
        crowd.all_was_done()
    report("bulk among many without pause", took)
