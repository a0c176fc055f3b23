"""Stored facts keep their shape: additions only, and every shape ever stored still reads."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest

from aggregates.kernel import ERASED, Contact, Erased, Fact, Identity, Money
from schema import lock_events, topics
from schema.keys import associated_data, seal
from schema.lock_events import breaks, current, kept_and_current, locked, shape
from schema.mapper import StoredFact
from schema.topics import SHAPES
from schema.upcasts import Upcast
from tests.golden.samples import FOLDER, path_of, read
from tests.support.facts import ENVELOPE, Notebook

Change = Callable[[dict[str, Any]], None]


@pytest.mark.rule("T24")
def test_the_lock_is_what_the_code_says_and_nothing_broke() -> None:
    assert breaks(locked(), current()) == []
    assert locked() == kept_and_current(locked()), "run `make lock-events` and read the difference"


@pytest.mark.rule("T24")
def test_every_shape_ever_stored_has_a_sample_and_no_sample_is_left_over() -> None:
    assert {path.name for path in FOLDER.glob("*.json")} == {path_of(topic).name for topic in SHAPES}
    assert set(locked()) == set(SHAPES)


@pytest.mark.rule("T24")
@pytest.mark.parametrize("topic", SHAPES)
def test_a_stored_sample_reads_as_it_always_did(topic: str) -> None:
    row, expected = read(path_of(topic))
    recorded = Notebook().read(row)
    assert row.topic == topic
    assert recorded.fact.model_dump(mode="json") == expected
    assert recorded.envelope.user is None
    assert (recorded.originator_version, recorded.position) == (1, 8_192)


@pytest.mark.rule("DOS-11")
@pytest.mark.parametrize("topic", [topic for topic, found in SHAPES.items() if found.personal])
def test_a_stored_sample_shows_nothing_personal_without_its_keys(topic: str) -> None:
    row, _ = read(path_of(topic))
    held = {"identity": row.identity is not None, "contact": row.contact is not None}
    personal = [name for name, scope in SHAPES[topic].stored_personal.items() if held[scope]]
    without = StoredFact(**{**vars(row), "identity_key": None, "contact_key": None})
    fact = Notebook().read(without).fact
    assert all(getattr(fact, name) == ERASED for name in personal)


class Sample(Fact):
    """What the detector is tried on."""

    TOPIC: ClassVar[str] = "test.sample"

    person: UUID
    name: Identity[str]
    note: Contact[str | None]
    amount: Money
    many: tuple[Money, ...]
    optional: int = 3


def fields(whole: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = whole["test.sample"]["schema"]["properties"]
    return found


def required(whole: dict[str, Any]) -> list[str]:
    found: list[str] = whole["test.sample"]["schema"]["required"]
    return found


def without(name: str) -> Change:
    def change(new: dict[str, Any]) -> None:
        del fields(new)[name]
        if name in required(new):
            required(new).remove(name)

    return change


def with_field(name: str, *, needed: bool) -> Change:
    def change(new: dict[str, Any]) -> None:
        fields(new)[name] = {"type": "string"} if needed else {"type": "string", "default": ""}
        if needed:
            required(new).append(name)

    return change


def at(*keys: str, to: Any) -> Change:
    def change(new: dict[str, Any]) -> None:
        place = new["test.sample"]
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] = to

    return change


OR_NULL = {"anyOf": [{"type": "string"}, {"type": "null"}]}
IN_AMOUNT = ("schema", "properties", "amount", "properties", "currency", "enum")
BAD: dict[str, Change] = {
    "the fact is gone": lambda new: new.pop("test.sample"),
    "a field is gone": without("note"),
    "a required field came": with_field("added", needed=True),
    "an optional field became required": lambda new: required(new).append("optional"),
    "a type changed": at("schema", "properties", "optional", "type", to="string"),
    "null is no longer allowed": at("schema", "properties", "note", to={"type": "string"}),
    "a default changed": at("schema", "properties", "optional", "default", to=4),
    "a format came": at("schema", "properties", "name", "format", to="uuid"),
    "an enum lost a value, deep inside": at(*IN_AMOUNT, to=["CAD"]),
    "an item lost a field": lambda new: fields(new)["many"]["items"]["properties"].pop("minor"),
    "a personal field became public": at("personal", to={"name": "identity"}),
    "a field changed its key": at("personal", "name", to="contact"),
}
GOOD: dict[str, Change] = {
    "nothing": lambda new: None,
    "another fact came": lambda new: new.update({"test.other": new["test.sample"]}),
    "an optional field came": with_field("added", needed=False),
    "a required field became optional": lambda new: required(new).remove("note"),
    "null became allowed": at("schema", "properties", "name", to=OR_NULL),
    "an enum gained a value, deep inside": at(*IN_AMOUNT, to=["CAD", "EUR", "CHF"]),
    "an item gained an optional field": lambda new: fields(new)["many"]["items"]["properties"].update(
        {"added": {"type": "integer", "default": 0}}
    ),
}


def changed(change: Change) -> list[str]:
    before = {"test.sample": shape(Sample)}
    after = copy.deepcopy(before)
    change(after)
    return breaks(before, after)


@pytest.mark.parametrize("change", BAD.values(), ids=BAD)
def test_what_is_no_addition_is_found(change: Change) -> None:
    assert changed(change)


@pytest.mark.parametrize("change", GOOD.values(), ids=GOOD)
def test_an_addition_is_let_through(change: Change) -> None:
    assert changed(change) == []


def test_the_lock_is_not_written_over_a_break(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = tmp_path / "events.lock.json"
    monkeypatch.setattr(lock_events, "LOCK", lock)
    assert lock_events.main() == 0
    whole = json.loads(lock.read_text())
    whole["client.date_chosen"]["schema"]["properties"]["reason"] = {"type": "string"}
    lock.write_text(json.dumps(whole))
    assert lock_events.main() == 1
    assert "client.date_chosen.reason: gone" in capsys.readouterr().err
    assert json.loads(lock.read_text()) == whole


class Renamed(Fact):
    """Second revision: one name instead of two."""

    TOPIC: ClassVar[str] = "test.renamed"
    REVISION: ClassVar[int] = 2

    person: UUID
    name: Identity[str]
    city: str


def one_name(values: dict[str, Any]) -> dict[str, Any]:
    first, last = values.pop("first"), values.pop("last")
    name = ERASED if isinstance(first, Erased) else f"{first} {last}"
    return {**values, "name": name, "city": values["city"].title()}


@pytest.mark.rule("T24")
@pytest.mark.parametrize(("key_is_there", "name"), [(True, "Éloïse Roy"), (False, ERASED)])
def test_an_older_revision_reads_through_its_upcast(
    monkeypatch: pytest.MonkeyPatch, key_is_there: bool, name: Any
) -> None:
    step = Upcast(one_name, {"first": "identity", "last": "identity"})
    monkeypatch.setattr(topics, "UPCASTS", {("test.renamed", 1): step})
    monkeypatch.setattr(topics, "SHAPES", topics._shapes([Renamed]))
    notebook, person, stream = Notebook(), uuid4(), uuid4()
    notebook.keys.open(person, "identity", notebook.vault)
    key = notebook.keys.current[person, "identity"]
    clear = json.dumps({"first": "Éloïse", "last": "Roy"}).encode()
    bound_to = associated_data(person, "identity", 1, "test.renamed", stream, 1)
    row = StoredFact(
        stream,
        1,
        "test.renamed",
        json.dumps({"person": str(person), "city": "laval"}).encode(),
        person=person,
        identity=seal(key, bytes(12), clear, bound_to),
        envelope=ENVELOPE,
        identity_key=notebook.vault.wrap(key.key) if key_is_there else None,
    )
    assert notebook.read(row).fact == Renamed(person=person, name=name, city="Laval")
    assert set(topics.SHAPES) == {"test.renamed", "test.renamed/2"}
