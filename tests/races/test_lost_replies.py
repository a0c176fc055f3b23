"""The server committed, its reply was lost: the same command sent again gets the original success (T2)."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.persistence import OperationalError

from aggregates.client.state import CLIENT, Dossier
from aggregates.invoice.state import INVOICE, Issued
from commands.clients.create_dossier import CreateDossier
from commands.message import Act, Command
from commands.registrations.defer_registration import DeferRegistration
from commands.registrations.register_client import RegisterClient
from schema.store import Change
from tests.support.lanes import figures
from tests.support.proxy import Proxy
from tests.support.write_side import OFFICE, School, school_on


@pytest.fixture
def school(database: str) -> Iterator[School]:
    """Straight to the server."""
    with school_on(database) as made:
        yield made


@pytest.fixture
def proxy(database: str) -> Iterator[Proxy]:
    with Proxy(database) as running:
        yield running


@pytest.fixture
def far(proxy: Proxy) -> Iterator[School]:
    """By way of the proxy."""
    with school_on(proxy.url) as made:
        yield made


def commands_in_log(database: str) -> dict[UUID, list[int]]:
    """Command id → positions of its events."""
    found: dict[UUID, list[int]] = defaultdict(list)
    with psycopg.connect(database) as connection:
        for position, envelope in connection.execute("select position, envelope from events"):
            found[UUID(json.loads(envelope)["command"])].append(position)
    return found


def a_dossier(school: School) -> Callable[[], Command]:
    def make() -> Command:
        return CreateDossier(
            last_name="Élie", first_name="Zoë", email=f"{uuid4().hex}@example.com", country="FR"
        )

    return make


def a_registration(school: School) -> Callable[[], Command]:
    activity = school.activity()
    return lambda: RegisterClient(client=school.client(), activity=activity, workshop=None)


def a_wish_already_met(school: School) -> Callable[[], Command]:
    client, activity = school.client(), school.activity()
    registration = school.registration(client, activity)
    return lambda: DeferRegistration(client=client, registration=registration)


KINDS = {
    "one statement": (a_dossier, "INSERT 0 1", 1),
    "a transaction with a series number": (a_registration, "COMMIT", 2),
    "nothing to record": (a_wish_already_met, "INSERT 0 1", 0),
}


@pytest.mark.rule("T2")
@figures("cuts", short=20, long=200)
@pytest.mark.parametrize("kind", KINDS)
def test_every_retry_after_a_lost_reply_gets_the_original_success(
    school: School, far: School, proxy: Proxy, database: str, kind: str, cuts: int
) -> None:
    prepare, tag, events = KINDS[kind]
    make = prepare(school)
    outcomes: Counter[str] = Counter()
    for _ in range(cuts):
        command, key = make(), uuid4()
        happened = proxy.cut_after(tag)
        with pytest.raises(OperationalError):
            far.send(command, id_=key)
        assert happened.is_set()
        stored = school.side.store.log.command(key)
        assert stored is not None, "the cut came before the commit"
        answer = far.send(command, id_=key)
        outcomes["original" if (answer.ids, answer.position) == stored[1:] else "other"] += 1
        positions = commands_in_log(database)[key]
        outcomes["doubles"] += len(positions) != events
        assert not positions or answer.position == max(positions)
    got, doubles = outcomes["original"], outcomes["doubles"]
    print(f"T2 ({kind}): {got} of {cuts} retries got the original success, {doubles} doubles")
    assert outcomes == Counter({"original": cuts, "doubles": 0})


@pytest.mark.rule("T2")
def test_a_connection_that_ends_before_the_commit_leaves_nothing_and_the_retry_does_it(
    school: School, far: School, proxy: Proxy
) -> None:
    command, key = a_registration(school)(), uuid4()
    assert isinstance(command, RegisterClient)
    whole = far.side.dispatcher

    def dropped(given: Command, act: Act) -> list[Change]:
        changes = whole.handlers[RegisterClient](given, act)
        proxy.drop()
        return changes

    interrupted = replace(whole, handlers={RegisterClient: dropped})
    with pytest.raises(OperationalError):
        interrupted.dispatch(command, OFFICE, key)
    assert school.side.store.log.command(key) is None
    answer = whole.dispatch(command, OFFICE, key)
    client = school.side.store.load([CLIENT.at(command.client)])[0].state
    assert isinstance(client, Dossier)
    assert list(client.registrations) == [answer.made["registration"]]
    invoice = school.side.store.load([INVOICE.at(answer.made["invoice"])])[0].state
    assert isinstance(invoice, Issued)
    assert invoice.number.endswith("-0001"), "the number drawn before was given back"
