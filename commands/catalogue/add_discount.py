"""Add a discount that staff or clients may choose (CAT-1, CAT-4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from aggregates.catalogue.decisions import add_discount
from aggregates.catalogue.events import DiscountAdded
from aggregates.catalogue.state import DISCOUNT
from aggregates.kernel import Money, Role
from commands.access import Scope, anyone
from commands.catalogue.add_activity import payable
from commands.message import Act, Command, Name
from schema.store import Change

Payable = Annotated[Money, AfterValidator(payable)]


class AddDiscount(Command):
    """Add a discount: `percent`, or `amounts` per currency. Refused: price_twice. Makes `discount`."""

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ACCOUNTING, Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("CAT-1", "CAT-4")

    name: Name
    percent: Annotated[int, Field(ge=1, le=100)] | None
    amounts: tuple[Payable, ...] = Field(default=(), max_length=10)
    proof_needed: bool
    chosen_by: tuple[Role, ...] = Field(min_length=1, max_length=10)
    valid_from: date | None = None
    valid_until: date | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.percent is None) is not bool(self.amounts):
            raise ValueError("a percentage or amounts")
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
