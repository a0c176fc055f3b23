"""Every fact comes back as it was written, and its personal values only with its keys."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given, strategies as st

from aggregates.client.events import DossierCreated
from aggregates.client.registrations.events import RegistrationDeferred
from aggregates.kernel import ERASED, Contact, Fact, Identity, Value, personal_fields
from schema.envelope import Recorded
from schema.keys import KeyDestroyedError
from schema.mapper import FactMapper, StoredFact
from schema.topics import FACTS, UnknownTopicError
from tests.support.facts import ENVELOPE, Notebook, models_of

ANY_FACT = st.sampled_from(FACTS).flatmap(models_of)
PERSONAL_FACT = st.sampled_from([f for f in FACTS if personal_fields(f)]).flatmap(models_of)


@given(ANY_FACT)
def test_a_fact_comes_back_as_it_was_written(fact: Fact) -> None:
    notebook = Notebook()
    row = notebook.row(fact)
    recorded = notebook.read(row)
    assert recorded.fact == fact
    assert recorded.envelope_bytes == row.envelope
    assert recorded.originator_id == row.originator_id


@pytest.mark.rule("DOS-11")
@given(PERSONAL_FACT)
def test_personal_values_are_never_stored_in_clear(fact: Fact) -> None:
    row = Notebook().row(fact)
    stored = row.state + row.envelope + row.topic.encode() + (row.identity or b"") + (row.contact or b"")
    for name, value in texts(fact).items():
        in_clear = value.encode() in stored
        assert in_clear is (name not in personal_fields(type(fact))), name


@pytest.mark.rule("DOS-11")
@given(PERSONAL_FACT, st.sampled_from(["identity", "contact"]))
def test_without_its_key_a_scope_reads_erased_and_the_rest_stays(fact: Fact, gone: str) -> None:
    notebook = Notebook()
    row = replace(notebook.row(fact), **{f"{gone}_key": None})  # type: ignore[arg-type]
    read = notebook.read(row).fact
    for name in type(fact).model_fields:
        erased = personal_fields(type(fact)).get(name) == gone
        assert getattr(read, name) == (ERASED if erased else getattr(fact, name)), name


@pytest.mark.rule("DOS-11")
@given(PERSONAL_FACT, st.data())
def test_a_ciphertext_moved_elsewhere_does_not_open(fact: Fact, data: st.DataObject) -> None:
    notebook = Notebook()
    row = notebook.row(fact)
    moved: list[dict[str, Any]] = [
        {"originator_id": uuid4()},
        {"originator_version": row.originator_version + 1},
        {"person": uuid4()},
    ]
    if row.identity and row.contact:
        moved.append(swapped(row))
    with pytest.raises(InvalidTag):
        notebook.read(replace(row, **data.draw(st.sampled_from(moved))))


@pytest.mark.rule("DOS-11")
@given(PERSONAL_FACT, st.data())
def test_any_damaged_byte_is_an_error_not_an_erasure(fact: Fact, data: st.DataObject) -> None:
    notebook = Notebook()
    row = notebook.row(fact)
    scope = data.draw(st.sampled_from([s for s in ("identity", "contact") if getattr(row, s)]))
    sealed = bytearray(getattr(row, scope))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(InvalidTag):
        notebook.read(replace(row, **{scope: bytes(sealed)}))  # type: ignore[arg-type]


@given(models_of(DossierCreated))
def test_two_rows_of_the_same_fact_share_no_ciphertext(fact: DossierCreated) -> None:
    notebook = Notebook()
    first, second = notebook.row(fact), notebook.row(fact)
    assert first.contact
    assert second.contact
    assert first.contact[13:] != second.contact[13:]


@given(models_of(DossierCreated))
def test_nothing_personal_is_written_for_a_person_without_key(fact: DossierCreated) -> None:
    notebook = Notebook()
    recorded = Recorded(uuid4(), 1, 0, ENVELOPE, fact)
    notebook.keys.open(fact.person, "identity", notebook.vault)
    with pytest.raises(KeyDestroyedError, match="contact key"):
        FactMapper(notebook.vault, notebook.keys).to_stored_event(recorded)


@pytest.mark.rule("T24")
def test_a_newer_revision_and_an_unknown_topic_stop_the_reader() -> None:
    notebook = Notebook()
    row = notebook.row(RegistrationDeferred(registration=uuid4(), workshop=uuid4()))
    for topic in (f"{row.topic}/2", "client.invented"):
        with pytest.raises(UnknownTopicError):
            notebook.read(replace(row, topic=topic))


class TestWhereAPersonalFieldMayStand:
    def test_not_inside_another_value(self) -> None:
        class Inner(Value):
            name: Identity[str]

        class Nested(Fact):
            TOPIC = "test.nested"
            person: UUID
            names: tuple[Identity[str], ...]

        with pytest.raises(TypeError, match="names: only a whole field"):
            personal_fields(Nested)

    def test_not_without_a_person(self) -> None:
        class Nameless(Fact):
            TOPIC = "test.nameless"
            note: Contact[str]

        with pytest.raises(TypeError, match="names no person"):
            personal_fields(Nameless)


def texts(fact: Fact) -> dict[str, str]:
    """Fields that hold a generated text of their own."""
    values = {name: getattr(fact, name) for name in type(fact).model_fields}
    return {n: v for n, v in values.items() if isinstance(v, str) and v.startswith("é-")}


def swapped(row: StoredFact) -> dict[str, Any]:
    """Both ciphertexts under the other scope's name, keys too."""
    return {
        "identity": row.contact,
        "identity_key": row.contact_key,
        "contact": row.identity,
        "contact_key": row.identity_key,
    }
