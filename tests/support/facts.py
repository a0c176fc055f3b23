"""Facts of any class with generated values, and a mapper at work without a database."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from enum import Enum
from typing import Annotated, Any, Union, get_args, get_origin
from uuid import UUID, uuid4

from hypothesis import strategies as st
from pydantic import BaseModel

from aggregates.kernel import Erased, Fact, Scope, personal_fields
from schema.envelope import Recorded
from schema.keys import Keyring, Vault
from schema.mapper import FactMapper, StoredFact

ENVELOPE = (
    b'{"user":null,"role":"system","at":"2026-11-24T15:00:00Z",'
    b'"command":"5f0c7a52-6f0e-4f5e-9d5e-0a7c3f1c2b3d","behalf":null,"cause":null,"visible":true}'
)
_TOKENS = st.uuids().map(lambda made: f"é-{made}-ß")
"""Texts that occur nowhere by chance."""
_PLAIN: Mapping[type, st.SearchStrategy[Any]] = {
    UUID: st.uuids(),
    bool: st.booleans(),
    int: st.integers(min_value=-(2**53), max_value=2**53),
    str: _TOKENS,
    datetime: st.datetimes(timezones=st.just(UTC)),
    float: st.floats(allow_nan=False, allow_infinity=False),
    date: st.dates(min_value=date(1970, 1, 1), max_value=date(2100, 1, 1)),
    type(None): st.none(),
}


def values_of(annotation: Any) -> st.SearchStrategy[Any]:
    """Values of a field's type; never Erased, which nobody writes."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return values_of(arguments[0])
    if origin in (Union, types.UnionType):
        return st.one_of([values_of(part) for part in arguments if part is not Erased])
    if origin is tuple:
        return st.lists(values_of(arguments[0]), max_size=3).map(tuple)
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(values_of(arguments[0]), values_of(arguments[1]), max_size=3)
    if issubclass(annotation, Enum):
        return st.sampled_from(list(annotation))
    if issubclass(annotation, BaseModel):
        return models_of(annotation)
    return _PLAIN[annotation]


def models_of(model: type[BaseModel]) -> st.SearchStrategy[Any]:
    """Instances of a fact or value class, every field given."""
    return st.builds(model, **{name: values_of(f.annotation) for name, f in model.model_fields.items()})


class Notebook:
    """Writes and reads rows as the log does, the keys kept in memory."""

    def __init__(self) -> None:
        self.vault = Vault(master=bytes(range(32)), lookup=bytes(range(32, 64)))
        self.keys = Keyring()

    def row(self, fact: Fact, *, version: int = 1) -> StoredFact:
        """The fact as it is stored, its person's keys made when there are none."""
        for scope in set(personal_fields(type(fact)).values()):
            person: UUID = fact.person  # type: ignore[attr-defined]
            if (person, scope) not in self.keys.current:
                self.keys.open(person, scope, self.vault)
        recorded = Recorded(uuid4(), version, 0, ENVELOPE, fact)
        return self.with_keys(FactMapper(self.vault, self.keys).to_stored_event(recorded))

    def with_keys(self, row: StoredFact) -> StoredFact:
        """The row as a query brings it, wrapped keys beside it."""
        return replace(
            row,
            identity_key=self._wrapped(row.person, "identity") if row.identity else None,
            contact_key=self._wrapped(row.person, "contact") if row.contact else None,
        )

    def _wrapped(self, person: UUID | None, scope: Scope) -> bytes:
        assert person is not None
        return self.vault.wrap(self.keys.current[person, scope].key)

    def read(self, row: StoredFact) -> Recorded:
        """The recorded fact of a row."""
        recorded: Recorded = FactMapper(self.vault).to_domain_event(row)
        return recorded
