"""Many commands in one append: as each would do alone, also when somebody else is quicker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from eventsourcing.persistence import IntegrityError

from aggregates.client.refusals import AlreadyClient, EmailTaken
from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Refused
from commands.access import SYSTEM
from commands.importing import imported_id
from commands.imports.import_client import ImportClient
from commands.imports.import_followed import ImportFollowed
from commands.in_batches import Batches, Outcome, Wish
from commands.reading_ahead import Decided
from schema.store import Store
from service.verify import claims_check
from tests.support.write_side import VAULT, School, school_on


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def client(key: str, **changes: str) -> ImportClient:
    values = {"last_name": f"Roy {key}", "first_name": "Luc", "country": "CA"}
    return ImportClient(source="ancien", key=key, **values | changes)  # type: ignore[arg-type]


def wished(*commands: Any) -> list[Wish]:
    return [Wish(command, imported_id("ancien", "wish", command.key)) for command in commands]


def batches(school: School) -> Batches:
    return Batches(school.side.dispatcher, SYSTEM)


def told(outcomes: list[Outcome]) -> list[str]:
    """Carried out, known already, or the refusal's code."""
    found = []
    for outcome in outcomes:
        code = outcome.refused.code if isinstance(outcome.refused, Refused) else ""
        found.append(code or ("known" if outcome.before else "done"))
    return found


MIXED = (
    client("1", email="luc@example.com", postal_code="H2X 1Y4"),
    client("2", email="LUC@example.com"),
    client("3", last_name="ROY 1", postal_code="h2x1y4"),
    client("4", email="lea@example.com"),
    client("1", email="luc@example.com", postal_code="H2X 1Y4"),
)


@pytest.mark.rule("IMP-1", "DOS-4")
def test_each_decides_on_what_those_before_it_came_to(school: School) -> None:
    expected = ["done", EmailTaken.code, AlreadyClient.code, "done", "known"]
    assert told(batches(school).rehearse(wished(*MIXED), Decided())) == expected
    assert school.side.store.read_after(0, 10) == []
    assert told(batches(school).dispatch(wished(*MIXED))) == expected
    assert told(batches(school).dispatch(wished(*MIXED)))[::3] == ["known", "known"]
    assert len(school.side.store.read_after(0, 10)) == 2
    assert isinstance(school.state(CLIENT.at(imported_id("ancien", "client", "4"))), Dossier)
    with school.side.store.log.connection() as connection, connection.transaction():
        assert claims_check(VAULT)(connection) is None


@pytest.mark.rule("IMP-1")
def test_each_event_names_its_own_command_and_each_command_its_own_event(school: School) -> None:
    wishes = wished(client("1"), client("2"))
    batches(school).dispatch(wishes)
    events = [school.side.store.decode(row) for row in school.side.store.read_after(0, 10)]
    done = [school.side.store.log.command(wish.id) for wish in wishes]
    assert [event.envelope.command for event in events] == [wish.id for wish in wishes]
    assert [found[2] for found in done if found] == [event.position for event in events]


@pytest.mark.rule("IMP-1")
def test_a_wish_that_is_met_is_noted_as_done_and_two_on_one_stream_follow_each_other(school: School) -> None:
    activities = [school.activity("Être bien"), school.activity("Écoute de soi")]
    batches(school).dispatch(wished(client("1")))

    def followed(key: str, activity: UUID) -> ImportFollowed:
        strings = {"source": "ancien", "key": key, "client": "1", "activity": str(activity)}
        return ImportFollowed.model_validate_strings(strings | {"last_day": "2019-02-03"})

    wishes = wished(followed("a", activities[0]), followed("b", activities[0]), followed("c", activities[1]))
    assert told(batches(school).dispatch(wishes)) == ["done"] * 3
    assert told(batches(school).dispatch(wishes)) == ["known"] * 3
    assert len(school.facts(CLIENT.at(imported_id("ancien", "client", "1")))) == 3


@pytest.mark.rule("IMP-1", "T2")
def test_where_somebody_was_quicker_each_goes_alone(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    append = Store.append_parts

    def late(store: Store, *values: Any) -> None:
        monkeypatch.undo()
        school.client(email="luc@example.com")
        school.side.dispatcher.dispatch(MIXED[3], SYSTEM, wished(MIXED[3])[0].id)
        append(store, *values)

    monkeypatch.setattr(Store, "append_parts", late)
    outcomes = batches(school).dispatch(wished(MIXED[0], MIXED[3], client("5")))
    assert told(outcomes) == [EmailTaken.code, "known", "done"]


def test_what_is_no_clash_goes_up(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise IntegrityError("something_else")

    monkeypatch.setattr(Store, "append_parts", broken)
    with pytest.raises(IntegrityError, match="something_else"):
        batches(school).dispatch(wished(client("1")))
