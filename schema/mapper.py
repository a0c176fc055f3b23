"""Recorded facts ↔ stored rows: JSON for what is public, one ciphertext per scope for what is personal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent
from pydantic_core import from_json, to_json

from aggregates.kernel import ERASED, SCOPES, Fact, Scope
from schema.envelope import Recorded
from schema.keys import Keyring, Vault, associated_data, seal, unseal
from schema.topics import Shape, shape_of, stored_name


@dataclass(frozen=True)
class StoredFact(StoredEvent):
    """A row of the events table; wrapped keys come along when it was read."""

    position: int = 0
    person: UUID | None = None
    identity: bytes | None = None
    contact: bytes | None = None
    envelope: bytes = b"{}"
    identity_key: bytes | None = None
    contact_key: bytes | None = None


class FactMapper(Mapper[UUID]):
    """The library's mapper port. `keyring` is needed to write personal facts only."""

    def __init__(self, vault: Vault, keyring: Keyring | None = None) -> None:
        super().__init__(JSONTranscoder())
        self._vault = vault
        self._keyring = keyring or Keyring()

    def to_stored_event(self, domain_event: Any) -> StoredFact:
        """The row of a recorded fact. Raises KeyDestroyedError."""
        recorded = cast("Recorded", domain_event)
        fact = recorded.fact
        topic = stored_name(type(fact))
        personal = shape_of(topic).personal
        person: UUID | None = getattr(fact, "person", None)
        if not personal:
            state, sealed = fact.model_dump_json().encode(), {}
        else:
            assert person is not None
            state = fact.model_dump_json(exclude=set(personal)).encode()
            sealed = {
                scope: self._sealed(recorded, topic, person, scope, _part(fact, personal, scope))
                for scope in SCOPES
                if scope in personal.values()
            }
        return StoredFact(
            originator_id=recorded.originator_id,
            originator_version=recorded.originator_version,
            topic=topic,
            state=state,
            person=person,
            identity=sealed.get("identity"),
            contact=sealed.get("contact"),
            envelope=recorded.envelope_bytes,
        )

    def _sealed(
        self, recorded: Recorded, topic: str, person: UUID, scope: Scope, part: dict[str, Any]
    ) -> bytes:
        key = self._keyring.for_writing(person, scope)
        bound_to = associated_data(
            person, scope, key.generation, topic, recorded.originator_id, recorded.originator_version
        )
        return seal(key, self._vault.random(12), to_json(part), bound_to)

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """The recorded fact of a row; values whose key is gone read as Erased.

        Raises UnknownTopicError on a newer release's fact, InvalidTag on damaged bytes.
        """
        stored = cast("StoredFact", stored_event)
        shape = shape_of(stored.topic)
        if shape.personal or shape.steps:
            fact = self._decoded(stored, shape)
        else:
            fact = shape.fact_type.model_validate_json(stored.state)
        return Recorded(
            cast("UUID", stored.originator_id),
            stored.originator_version,
            stored.position,
            stored.envelope,
            fact,
        )

    def _decoded(self, stored: StoredFact, shape: Shape) -> Fact:
        values: dict[str, Any] = from_json(stored.state)
        gone: set[str] = set()
        for scope, sealed, wrapped in (
            ("identity", stored.identity, stored.identity_key),
            ("contact", stored.contact, stored.contact_key),
        ):
            if sealed is not None and wrapped is not None:
                values |= self._opened(stored, cast("Scope", scope), sealed, wrapped)
            elif sealed is not None:
                gone.add(scope)
        for step in shape.steps:
            values = step(values)
        for name, scope in shape.personal.items():
            if scope in gone:
                values.setdefault(name, ERASED)
        return shape.fact_type.model_validate(values)

    def _opened(self, stored: StoredFact, scope: Scope, sealed: bytes, wrapped: bytes) -> dict[str, Any]:
        assert stored.person is not None
        bound_to = associated_data(
            stored.person,
            scope,
            sealed[0],
            stored.topic,
            cast("UUID", stored.originator_id),
            stored.originator_version,
        )
        return cast("dict[str, Any]", from_json(unseal(self._vault.unwrap(wrapped), sealed, bound_to)))


def _part(fact: Fact, personal: Any, scope: Scope) -> dict[str, Any]:
    names = {name for name, under in personal.items() if under == scope}
    return fact.model_dump(mode="json", include=names)
