"""Recorded facts ↔ stored rows: JSON for what is public, one ciphertext per scope for what is personal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent
from pydantic_core import from_json

from aggregates.kernel import ERASED, Fact, Scope
from schema.envelope import Recorded
from schema.keys import Keyring, Vault, associated_data, seal, unseal
from schema.topics import TODAY, Shape, shape_of

_TRANSCODER = JSONTranscoder()
"""The library's port asks for one; facts are pydantic's business."""


@dataclass(frozen=True, init=False)
class StoredFact(StoredEvent):
    """A row of the events table; wrapped keys come along when it was read.

    Its own constructor: dataclasses set the fields of a frozen class one by one, twice as slow.
    """

    position: int = 0
    person: UUID | None = None
    identity: bytes | None = None
    contact: bytes | None = None
    envelope: bytes = b"{}"
    identity_key: bytes | None = None
    contact_key: bytes | None = None

    def __init__(
        self,
        originator_id: UUID | str,
        originator_version: int,
        topic: str,
        state: bytes,
        position: int = 0,
        person: UUID | None = None,
        identity: bytes | None = None,
        contact: bytes | None = None,
        envelope: bytes = b"{}",
        identity_key: bytes | None = None,
        contact_key: bytes | None = None,
    ) -> None:
        vars(self).update(
            originator_id=originator_id,
            originator_version=originator_version,
            topic=topic,
            state=state,
            position=position,
            person=person,
            identity=identity,
            contact=contact,
            envelope=envelope,
            identity_key=identity_key,
            contact_key=contact_key,
        )


class FactMapper(Mapper[UUID]):
    """The library's mapper port. `keyring` is needed to write personal facts only."""

    def __init__(self, vault: Vault, keyring: Keyring | None = None) -> None:
        super().__init__(_TRANSCODER)
        self._vault = vault
        self._keyring = keyring or Keyring()

    def to_stored_event(self, domain_event: Any) -> StoredFact:
        """The row of a recorded fact. Raises KeyDestroyedError."""
        recorded = cast("Recorded", domain_event)
        fact = recorded.fact
        topic, shape = TODAY[type(fact)]
        to_json = fact.__pydantic_serializer__.to_json
        person: UUID | None = vars(fact).get("person")
        sealed = {
            scope: self._sealed(recorded, topic, person, scope, to_json(fact, include=names))
            for scope, names in shape.parts
        }
        return StoredFact(
            recorded.originator_id,
            recorded.originator_version,
            topic,
            to_json(fact, exclude=shape.public_out),
            0,
            person,
            sealed.get("identity"),
            sealed.get("contact"),
            recorded.envelope_bytes,
        )

    def _sealed(
        self, recorded: Recorded, topic: str, person: UUID | None, scope: Scope, part: bytes
    ) -> bytes:
        assert person is not None
        key = self._keyring.for_writing(person, scope)
        bound_to = associated_data(
            person, scope, key.generation, topic, recorded.originator_id, recorded.originator_version
        )
        return seal(key, self._vault.random(12), part, bound_to)

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
        values |= {name: ERASED for name, scope in shape.stored_personal.items() if scope in gone}
        for step in shape.steps:
            values = step.apply(values)
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
