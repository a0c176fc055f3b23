"""What a query may ask of a client: a tree of AND, OR and NOT over one class per condition (REQ-1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal, Self, TypeAlias
from uuid import UUID

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from aggregates.client.events import Language
from aggregates.client.preferences.events import Channel
from aggregates.kernel import Value, fold

FARTHEST = 200
"""Kilometres around a town (REQ-1)."""
SHORTEST_PREFIX = 2
"""Characters of a postal code, spaces not counted (REQ-1)."""
DEEPEST = 6
MOST = 50
"""Conditions in a tree, groups counted."""

Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


def _long_enough(prefix: str) -> str:
    if len(fold(prefix)) < SHORTEST_PREFIX:
        raise PydanticCustomError("prefix_too_short", "at least two letters or digits")
    return prefix


class _Between(Value):
    """Days, both included; without one there is no bound on that side."""

    since: date | None = None
    until: date | None = None

    @field_validator("until")
    @classmethod
    def _in_order(cls, until: date | None, info: ValidationInfo) -> date | None:
        since = info.data.get("since")
        if until is not None and since is not None and until < since:
            raise PydanticCustomError("ends_before_it_begins", "the last day is before the first")
        return until


class InCountry(Value):
    """Lives in this country."""

    kind: Literal["country"]
    country: Country


class PostalPrefix(Value):
    """Has a postal code of this country that begins so; spaces and case don't count."""

    kind: Literal["postal_prefix"]
    country: Country
    prefix: Annotated[str, StringConstraints(max_length=20), AfterValidator(_long_enough)]


class Near(Value):
    """Lives within so many kilometres of a town; `place` tells one of several of that name."""

    kind: Literal["near"]
    km: int = Field(ge=1, le=FARTHEST)
    city: str = Field(min_length=1, max_length=200)
    country: Country | None = None
    place: int | None = Field(default=None, ge=1, le=2**31 - 1, description="GeoNames id of the town.")


class Interested(Value):
    """Is interested in this activity or in this phase, one of both."""

    kind: Literal["interested"]
    activity: UUID | None = None
    phase: UUID | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.activity is None) is (self.phase is None):
            raise PydanticCustomError("one_of_both", "an activity or a phase")
        return self


class ToSchedule(Value):
    """Has the activity À PLANIFIER: inscrit sans date."""

    kind: Literal["to_schedule"]
    activity: UUID


class Registered(_Between):
    """Is INSCRIT, with a date that begins on one of these days in the workshop's zone."""

    kind: Literal["registered"]
    activity: UUID | None = None


class Followed(_Between):
    """Has followed the activity, or any, to its end, its last day one of these (INS-13)."""

    kind: Literal["followed"]
    activity: UUID | None = None


class LastSeen(_Between):
    """The last day of what was followed last is one of these; who followed nothing was never seen."""

    kind: Literal["last_seen"]


class Student(Value):
    """Is enrolled in this phase."""

    kind: Literal["student"]
    phase: UUID


class PrivilegeCard(Value):
    """Has a privilege card that is valid today (DOS-20)."""

    kind: Literal["privilege_card"]


class Consents(Value):
    """Said yes to this channel; unanswered is no."""

    kind: Literal["consents"]
    channel: Channel


class BalanceDue(Value):
    """Owes something on an invoice, deposited money counted alone (FAC-2)."""

    kind: Literal["balance_due"]


class NoEmail(Value):
    """Has neither an e-mail nor a relative's: no mail can be sent (DOS-6)."""

    kind: Literal["no_email"]


class Speaks(Value):
    """Is written to in this language."""

    kind: Literal["language"]
    language: Language


class AllOf(Value):
    """Every one of these holds."""

    kind: Literal["all_of"]
    conditions: tuple[Condition, ...] = Field(min_length=1, max_length=MOST)


class AnyOf(Value):
    """At least one of these holds."""

    kind: Literal["any_of"]
    conditions: tuple[Condition, ...] = Field(min_length=1, max_length=MOST)


class NoneOf(Value):
    """None of these holds."""

    kind: Literal["none_of"]
    conditions: tuple[Condition, ...] = Field(min_length=1, max_length=MOST)


Group = AllOf | AnyOf | NoneOf
Leaf = (
    InCountry
    | PostalPrefix
    | Near
    | Interested
    | ToSchedule
    | Registered
    | Followed
    | LastSeen
    | Student
    | PrivilegeCard
    | Consents
    | BalanceDue
    | NoEmail
    | Speaks
)
Condition: TypeAlias = Annotated[Group | Leaf, Field(discriminator="kind")]
for _group in (AllOf, AnyOf, NoneOf):
    _group.model_rebuild()


def _of_bounded_size(condition: Any) -> Any:
    """Not deeper and not larger than a person would write."""
    if sum(1 for _ in everything(condition)) > MOST:
        raise PydanticCustomError("too_many_conditions", "too many conditions")
    if depth(condition) > DEEPEST:
        raise PydanticCustomError("too_deep", "too deep")
    return condition


Query = Annotated[Condition, AfterValidator(_of_bounded_size)]
"""A whole tree."""


def everything(condition: Group | Leaf) -> Iterator[Group | Leaf]:
    """The condition and all below it."""
    yield condition
    if isinstance(condition, Group):
        for inner in condition.conditions:
            yield from everything(inner)


def depth(condition: Group | Leaf) -> int:
    """How many conditions stand within each other at the most."""
    if isinstance(condition, Group):
        return 1 + max(depth(inner) for inner in condition.conditions)
    return 1
