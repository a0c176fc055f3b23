"""Stored type name ↔ fact class, with the upcasts between revisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from aggregates.audience.state import SAVED_QUERY
from aggregates.catalogue.state import ACTIVITY, DISCOUNT, PHASE, SETTINGS, VENUE
from aggregates.client.state import CLIENT
from aggregates.invoice.state import INVOICE
from aggregates.kernel import SCOPES, Aggregate, Fact, Scope, personal_fields
from aggregates.ledger.state import LEDGER
from aggregates.mailing.allowance.state import ALLOWANCE
from aggregates.mailing.state import ANNOUNCEMENTS, MAILING, TEMPLATE
from aggregates.staff.state import ADMINS, STAFF
from aggregates.workshop.state import WORKSHOP
from schema.upcasts import UPCASTS, Upcast

AGGREGATES: tuple[Aggregate, ...] = (  # type: ignore[type-arg]
    CLIENT,
    WORKSHOP,
    INVOICE,
    ACTIVITY,
    PHASE,
    VENUE,
    DISCOUNT,
    SETTINGS,
    STAFF,
    ADMINS,
    TEMPLATE,
    MAILING,
    ANNOUNCEMENTS,
    ALLOWANCE,
    SAVED_QUERY,
    LEDGER,
)


class UnknownTopicError(LookupError):
    """A stored fact of a newer release, or of none: it is never skipped, its reader stops there."""


@dataclass(frozen=True)
class Shape:
    """How one stored revision becomes today's fact, and today's fact is stored."""

    fact_type: type[Fact]
    personal: Mapping[str, Scope]
    steps: tuple[Upcast, ...] = ()

    @property
    def stored_personal(self) -> Mapping[str, Scope]:
        """Personal fields of the revision that was stored."""
        return self.steps[0].personal if self.steps else self.personal

    @cached_property
    def public_out(self) -> set[str] | None:
        """Fields left out of the public part."""
        return set(self.personal) or None

    @cached_property
    def parts(self) -> tuple[tuple[Scope, set[str]], ...]:
        """Fields of each scope's ciphertext."""
        return tuple(
            (scope, names)
            for scope in SCOPES
            if (names := {name for name, under in self.personal.items() if under == scope})
        )


def stored_name(fact_type: type[Fact]) -> str:
    """The name under which facts of this class are stored today."""
    suffix = f"/{fact_type.REVISION}" if fact_type.REVISION > 1 else ""
    return fact_type.TOPIC + suffix


def _shapes(fact_types: Iterable[type[Fact]]) -> Mapping[str, Shape]:
    shapes: dict[str, Shape] = {}
    for fact_type in fact_types:
        personal = personal_fields(fact_type)
        for revision in range(1, fact_type.REVISION + 1):
            steps = tuple(UPCASTS[fact_type.TOPIC, r] for r in range(revision, fact_type.REVISION))
            name = fact_type.TOPIC + (f"/{revision}" if revision > 1 else "")
            if name in shapes:
                raise TypeError(f"two facts are stored as {name}")
            shapes[name] = Shape(fact_type, personal, steps)
    return MappingProxyType(shapes)


FACTS: tuple[type[Fact], ...] = tuple(fact for kind in AGGREGATES for fact in kind.facts)
SHAPES = _shapes(FACTS)


TODAY: Mapping[type[Fact], tuple[str, Shape]] = {
    fact_type: (stored_name(fact_type), SHAPES[stored_name(fact_type)]) for fact_type in FACTS
}
"""Fact class → the name and shape it is stored under today."""


def shape_of(topic: str) -> Shape:
    """The shape stored under that name. Raises UnknownTopicError."""
    try:
        return SHAPES[topic]
    except KeyError:
        raise UnknownTopicError(topic) from None
