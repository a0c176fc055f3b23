"""Add a discount that staff or clients may choose (CAT-1, CAT-4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from aggregates.catalogue.decisions import add_discount
from aggregates.catalogue.events import DiscountAdded
from aggregates.catalogue.state import DISCOUNT
from aggregates.kernel import Money, Role
from commands.access import Scope, anyone
from commands.catalogue.add_activity import Prices
from commands.message import Act, Command, Name
from schema.store import Change

Percent = Annotated[int, Field(ge=1, le=100)]
Roles = Annotated[tuple[Role, ...], Field(min_length=1, max_length=10)]


def percent_or_amounts(percent: int | None, amounts: Sequence[Money]) -> None:
    """Exactly one of both. Raises ValueError."""
    if (percent is None) is not bool(amounts):
        raise ValueError("a percentage or amounts")


class AddDiscount(Command):
    """Add a discount: `percent`, or `amounts` per currency.

    Refused: price_twice, validity_unordered. Makes `discount`.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ACCOUNTING, Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("CAT-1", "CAT-4")

    name: Name
    percent: Percent | None
    amounts: Prices = ()
    proof_needed: bool
    chosen_by: Roles
    valid_from: date | None = None
    valid_until: date | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        percent_or_amounts(self.percent, self.amounts)
        return self


def handle(command: AddDiscount, act: Act) -> list[Change]:
    discount = act.fresh(DISCOUNT, "discount")
    wanted = DiscountAdded(
        name=command.name,
        percent=command.percent,
        amounts=command.amounts,
        proof_needed=command.proof_needed,
        chosen_by=command.chosen_by,
        valid_from=command.valid_from,
        valid_until=command.valid_until,
    )
    return [Change(discount, add_discount(discount.state, wanted))]
