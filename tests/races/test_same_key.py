"""Many copies of one command at once: one effect, and byte for byte the same answer (T3)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID, uuid4

import httpx2
import psycopg
import pytest

from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.clients.create_dossier import CreateDossier
from commands.message import Command
from commands.registrations.choose_date import ChooseDate
from commands.registrations.register_client import RegisterClient
from tests.support.http import assert_problem, bearer, post, served_apart
from tests.support.lanes import figures
from tests.support.write_side import School, school_on

# One such crowd at a time: beside another one nobody keeps to a bound in milliseconds.
pytestmark = pytest.mark.xdist_group("crowd")

COPIES = 32


@pytest.fixture(scope="module")
def school(shared_database: str) -> Iterator[School]:
    with school_on(shared_database) as made:
        yield made


@pytest.fixture(scope="module")
def clients(shared_database: str) -> Iterator[list[httpx2.Client]]:
    """As many connections as copies."""
    with served_apart(shared_database) as address:
        # Nothing is encrypted here, and reading all authorities takes 25 ms a client.
        opened = [httpx2.Client(base_url=address, timeout=30, verify=False) for _ in range(COPIES)]
        yield opened
        for client in opened:
            client.close()


def commands_of(school: School) -> Callable[[int], Command]:
    """By turns a new dossier, a registration with its number, a change into a workshop's seats."""
    activity = school.activity()
    workshop = school.workshop(activity, capacity=10_000)

    def make(n: int) -> Command:
        if n % 3 == 0:
            email = f"{uuid4().hex}@example.com"
            return CreateDossier(last_name="Élie", first_name="Zoë", email=email, country="FR")
        client = school.client()
        if n % 3 == 1:
            return RegisterClient(client=client, activity=activity, workshop=workshop)
        registration = school.registration(client, activity)
        return ChooseDate(client=client, registration=registration, workshop=workshop)

    return make


def transactions_by_command(database: str) -> Counter[UUID]:
    """How many transactions wrote events for each command."""
    slots: set[tuple[UUID, int]] = set()
    with psycopg.connect(database) as connection:
        for position, envelope in connection.execute("select position, envelope from events"):
            slots.add((UUID(json.loads(envelope)["command"]), position >> 12))
    return Counter(command for command, _ in slots)


@pytest.mark.rule("T3")
@figures("count", short=10, long=100)
def test_32_copies_of_each_command_have_one_effect_and_one_answer(
    school: School, clients: list[httpx2.Client], shared_database: str, count: int
) -> None:
    make, headers = commands_of(school), bearer(school.side)
    together, equal = Barrier(COPIES), 0

    def send(http: httpx2.Client, command: Command, key: str) -> tuple[int, bytes]:
        together.wait(30)
        answer = post(http, command, headers, key)
        return answer.status_code, answer.content

    before = set(transactions_by_command(shared_database))
    prepared = [make(n) for n in range(count)]
    known = set(transactions_by_command(shared_database)) - before
    with ThreadPoolExecutor(COPIES) as pool:
        for command in prepared:
            key = str(uuid4())
            answers = Counter(pool.map(lambda http, c=command, k=key: send(http, c, k), clients))
            assert {status for status, _ in answers} == {200}, answers
            equal += len(answers) == 1
    made = {c: n for c, n in transactions_by_command(shared_database).items() if c not in before | known}
    print(f"T3: {equal} of {count} commands answered alike {COPIES} times; {sum(made.values())} effects")
    assert equal == count
    assert list(made.values()) == [1] * count


@pytest.mark.rule("T3")
def test_copies_without_a_key_are_as_many_wishes(school: School, clients: list[httpx2.Client]) -> None:
    """The control: only the key makes them one."""
    headers = bearer(school.side)
    command = CreateDossier(last_name="Élie", first_name="Zoë", country="FR")
    with ThreadPoolExecutor(COPIES) as pool:
        answers = set(pool.map(lambda http: post(http, command, headers).content, clients))
    assert len(answers) == COPIES


@pytest.mark.rule("T3")
def test_of_two_bodies_under_one_key_at_once_one_is_done_and_the_other_refused(
    school: School, clients: list[httpx2.Client]
) -> None:
    headers, key, activity = bearer(school.side), str(uuid4()), school.activity()
    people = [school.client(), school.client()]
    wishes = [RegisterClient(client=p, activity=activity, workshop=None) for p in people]
    with ThreadPoolExecutor(COPIES) as pool:
        answers = list(pool.map(lambda n: post(clients[n], wishes[n % 2], headers, key), range(COPIES)))
    done = {n % 2 for n, answer in enumerate(answers) if answer.status_code == 200}
    assert len(done) == 1
    for n, answer in enumerate(answers):
        if n % 2 not in done:
            assert_problem(answer, 409, "idempotency_key_reused", None)
    registrations = [
        len(s.state.registrations) for s in school.side.store.load([CLIENT.at(p) for p in people])
    ]
    assert sorted(registrations) == [0, 1]


@pytest.mark.rule("T3")
def test_the_same_key_of_two_users_is_two_keys(school: School, clients: list[httpx2.Client]) -> None:
    key = str(uuid4())
    command = CreateDossier(last_name="Élie", first_name="Zoë", country="FR")
    users = [bearer(school.side, Role.OFFICE, user=uuid4()) for _ in range(2)]
    answers = [post(clients[0], command, headers, key) for headers in (*users, *users)]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert answers[0].content == answers[2].content
    assert answers[1].content == answers[3].content
    assert answers[0].json()["client"] != answers[1].json()["client"]
