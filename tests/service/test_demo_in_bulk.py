"""A large demo school, made in bulk, is what the commands would have made one by one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest

from aggregates.client.refusals import EmailTaken
from aggregates.kernel import Role
from commands.access import ForbiddenError
from commands.clients.create_dossier import CreateDossier
from service.demo import acts
from service.demo.ahead import drawn_ahead
from service.demo.in_bulk import Bulk, LogNotEmptyError
from service.demo.plan import plan
from service.demo.school_maker import Dispatch, SchoolMaker, one_by_one
from service.verify import claims_check
from tests.support.lanes import figures
from tests.support.write_side import OFFICE, VAULT, School, principal, school_on

TODAY = date(2026, 11, 24)


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


@pytest.fixture
def other(other_database: str) -> Iterator[School]:
    with school_on(other_database) as made:
        yield made


def make(school: School, dispatch: Dispatch, clients: int) -> None:
    maker = SchoolMaker(dispatch, school.side.sessions, "a-long-password")
    for act in plan(TODAY, clients=clients):
        maker.do(act)


def facts(school: School) -> list[tuple[Any, ...]]:
    read = [school.side.store.decode(row) for row in school.side.store.read_after(0, 10**6)]
    return [(e.originator_id, e.originator_version, e.fact, e.envelope_bytes) for e in read]


def rows(school: School, query: str) -> list[Any]:
    with school.side.pool.connection() as connection:
        return sorted(connection.execute(query).fetchall())


@figures("clients", short=60, long=300)
def test_the_same_facts_claims_numbers_and_answers_as_one_by_one(
    school: School, other: School, clients: int
) -> None:
    make(school, one_by_one(school.side), clients)
    with Bulk(other.side) as bulk:
        make(other, bulk.dispatch, clients)
    slow, quick = facts(school), facts(other)
    assert len(slow) > 500
    assert quick == slow
    for query in (
        "select kind, value, owner from claims",
        "select name, year, last from series",
        "select id, fingerprint, answer from commands",
        "select person, scope, generation, wrapped is null from keys",
        "select user_id, email_hash, roles::text from accounts",
    ):
        assert rows(other, query) == rows(school, query), query
    with other.side.store.log.connection() as connection, connection.transaction():
        assert claims_check(VAULT)(connection) is None


def test_what_commands_refuse_is_refused(school: School) -> None:
    one = CreateDossier(
        last_name="Roy",
        first_name="Éloïse",
        email="eloise@example.com",
        postal_code="H2X 1Y4",
        city="Montréal",
        country="CA",
    )
    other = one.model_copy(update={"last_name": "Côté"})
    with Bulk(school.side) as bulk:
        bulk.dispatch(one, OFFICE, uuid4(), datetime.now(UTC))
        with pytest.raises(EmailTaken):
            bulk.dispatch(other, OFFICE, uuid4(), datetime.now(UTC))
        with pytest.raises(ForbiddenError):
            bulk.dispatch(one, principal(Role.TRAINER), uuid4(), datetime.now(UTC))
    assert len(facts(school)) == 1


def test_a_plan_drawn_ahead_in_another_process_is_the_same_plan() -> None:
    with closing(drawn_ahead(TODAY, 10)) as ahead:
        assert list(ahead) == list(plan(TODAY, clients=10))


def test_a_plan_that_cannot_be_drawn_is_told() -> None:
    with pytest.raises(EOFError):
        next(drawn_ahead(TODAY, 0))


def test_an_append_that_fails_is_told(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a school would be said to be there of which nothing was stored."""

    def broken(*_: Any, **__: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(school.side.store.log, "insert_events", broken)
    with pytest.raises(OSError, match="full"), Bulk(school.side) as bulk:
        make(school, bulk.dispatch, 10)


def test_only_on_an_empty_log(school: School) -> None:
    school.client()
    with pytest.raises(LogNotEmptyError), Bulk(school.side):
        pass


@pytest.mark.parametrize("clients", [1_200])
def test_a_large_plan_repeats_nobody_and_goes_in_time_order(clients: int) -> None:
    planned = list(plan(TODAY, clients=clients))
    dossiers = [act for act in planned if isinstance(act, acts.CreateDossier)]
    assert len(dossiers) == clients
    for name in ("client", "email"):
        known = [value for act in dossiers if (value := getattr(act, name)) is not None]
        assert len(set(known)) == len(known)
    assert [act.at for act in planned] == sorted(act.at for act in planned)
