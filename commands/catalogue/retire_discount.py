"""Take a discount out of what may be chosen (CAT-1, CAT-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.catalogue.decisions import retire_discount
from aggregates.catalogue.state import DISCOUNT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class RetireDiscount(Command):
    """Let a discount be chosen no more; what was sold with it stays. Refused: no_such_discount."""

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ACCOUNTING, Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("CAT-1", "CAT-4")

    discount: UUID


def handle(command: RetireDiscount, act: Act) -> list[Change]:
    discount = act.load(DISCOUNT.at(command.discount))
    return [Change(discount, retire_discount(discount.state))]
