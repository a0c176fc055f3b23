"""Describe a discount anew; what was sold with it keeps its price (CAT-1, CAT-4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar, Self
from uuid import UUID

from pydantic import Field, model_validator

from aggregates.catalogue.decisions import change_discount
from aggregates.catalogue.events import DiscountChanged, DiscountDetails
from aggregates.catalogue.policies import known_discount
from aggregates.catalogue.state import DISCOUNT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.catalogue.add_activity import Prices
from commands.catalogue.add_discount import Percent, Roles, percent_or_amounts
from commands.message import Act, Command, Name
from commands.seen_version import merged, parts
from schema.store import Change


class ChangeDiscount(Command):
    """Overwrite what differs from the discount seen at `seen_version`.

    Refused: no_such_discount, changed_meanwhile, price_twice, validity_unordered.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ACCOUNTING, Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("CAT-1", "CAT-4")

    discount: UUID
    seen_version: int = Field(ge=1)
    name: Name
    percent: Percent | None
    amounts: Prices
    proof_needed: bool
    chosen_by: Roles
    valid_from: date | None
    valid_until: date | None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        percent_or_amounts(self.percent, self.amounts)
        return self


def handle(command: ChangeDiscount, act: Act) -> list[Change]:
    discount = act.load(DISCOUNT.at(command.discount))
    fields = DiscountDetails.model_fields
    current = known_discount(discount.state)
    seen = known_discount(discount.as_of(command.seen_version))
    values = merged(parts(seen, fields), parts(current, fields), parts(command, fields))
    return [Change(discount, change_discount(current, DiscountChanged(**values)))]
