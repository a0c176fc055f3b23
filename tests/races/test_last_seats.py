"""500 applicants for 60 seats, of which at most 5 for retakes, by 16 clients at once (T4)."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from uuid import UUID, uuid4

import httpx2
import pytest

from aggregates.client.registrations.state import Followed, Scheduled
from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Role
from aggregates.workshop.state import WORKSHOP, Planned
from commands.registrations.register_client import RegisterClient
from commands.workshops.tick_attendance import TickAttendance
from tests.support.http import bearer, post, served_apart
from tests.support.lanes import figures
from tests.support.write_side import School, school_on

# One such crowd at a time: beside another one nobody keeps to a bound in milliseconds.
pytestmark = pytest.mark.xdist_group("crowd")

APPLICANTS, RETAKERS, CLIENTS = 500, 60, 16
CAPACITY, RETAKE_LIMIT = 60, 5


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


@dataclass(frozen=True)
class Rush:
    """What came of one run."""

    answers: Counter[str]
    """By code; `done` for those who got a seat."""
    told: set[UUID]
    """Registrations that the answers named."""
    workshop: Planned

    @property
    def technical(self) -> int:
        return sum(count for code, count in self.answers.items() if code not in _FAIR)


_FAIR = {"done", "workshop_full", "retakes_full"}


def rush(school: School, address: str, people: list[UUID], chance: random.Random) -> Rush:
    """Everybody asks for a seat, in an order drawn anew; some followed the activity before."""
    activity = school.activity()
    past = school.workshop(activity, starts=datetime.now(UTC) - timedelta(hours=2), capacity=RETAKERS)
    followed = tuple(school.late_registration(p, activity, past) for p in chance.sample(people, RETAKERS))
    school.send(TickAttendance(workshop=past, registrations=followed))
    workshop = school.workshop(activity, capacity=CAPACITY, retake_limit=RETAKE_LIMIT)
    waiting: SimpleQueue[UUID] = SimpleQueue()
    for person in chance.sample(people, len(people)):
        waiting.put(person)

    def ask(_: int) -> list[httpx2.Response]:
        headers = bearer(school.side, Role.ORGANISER, user=uuid4())
        answers: list[httpx2.Response] = []
        with httpx2.Client(base_url=address, timeout=60) as http:
            while True:
                try:
                    person = waiting.get_nowait()
                except Empty:
                    return answers
                wish = RegisterClient(client=person, activity=activity, workshop=workshop)
                answers.append(post(http, wish, headers, str(uuid4())))

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = [answer for some in pool.map(ask, range(CLIENTS)) for answer in some]
    assert len(answers) == len(people)
    state = school.side.store.load([WORKSHOP.at(workshop)])[0].state
    assert isinstance(state, Planned)
    return Rush(
        Counter("done" if a.status_code == 200 else a.json()["code"] for a in answers),
        {UUID(a.json()["registration"]) for a in answers if a.status_code == 200},
        state,
    )


@pytest.mark.rule("T4")
@pytest.mark.rule("ATE-2")
@figures("runs", short=3, long=20)
def test_60_seats_are_taken_and_never_one_more_nor_a_sixth_retake(
    school: School, database: str, runs: int
) -> None:
    people = [school.client() for _ in range(APPLICANTS)]
    seats, retakes, technical = [], [], 0
    with served_apart(database) as address:
        for seed in range(runs):
            run = rush(school, address, people, random.Random(seed))
            seats.append(len(run.workshop.seats))
            retakes.append(run.workshop.retakes)
            technical += run.technical
            assert run.told == set(run.workshop.seats), "who was told so has a seat, and nobody else"
            assert run.answers["done"] == CAPACITY
    print(
        f"T4: {runs} runs (seeds 0 to {runs - 1}), {APPLICANTS} applicants, {CLIENTS} clients:"
        f" seats {min(seats)} to {max(seats)}, retakes {min(retakes)} to {max(retakes)},"
        f" technical refusals {technical}"
    )
    assert set(seats) == {CAPACITY}
    assert max(retakes) <= RETAKE_LIMIT
    assert technical == 0
    _nobody_is_registered_without_a_seat(school, people)


def _nobody_is_registered_without_a_seat(school: School, people: list[UUID]) -> None:
    dossiers = [loaded.state for loaded in school.side.store.load([CLIENT.at(p) for p in people])]
    dates: Counter[UUID] = Counter()
    for dossier in dossiers:
        assert isinstance(dossier, Dossier)
        for registration in dossier.registrations.values():
            assert isinstance(registration, Scheduled | Followed)
            dates[registration.workshop] += 1
    taken = school.side.store.load([WORKSHOP.at(date) for date in dates])
    for loaded in taken:
        assert isinstance(loaded.state, Planned)
        assert len(loaded.state.seats) == dates[loaded.id]


@pytest.mark.rule("T4")
def test_without_the_guard_of_versions_it_oversells(school: School, database: str) -> None:
    """The control: the same rush where an append minds no newer version."""
    people = [school.client() for _ in range(APPLICANTS)]
    with served_apart(database, "unguarded") as address:
        run = rush(school, address, people, random.Random(0))
    print(f"T4 control: {len(run.workshop.seats)} of {CAPACITY} seats sold, {run.workshop.retakes} retakes")
    assert len(run.workshop.seats) > CAPACITY
