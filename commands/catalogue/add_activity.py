"""Add an activity to the catalogue (CAT-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from aggregates.catalogue.decisions import add_activity
from aggregates.catalogue.events import ActivityAdded
from aggregates.catalogue.settings import Category
from aggregates.catalogue.state import ACTIVITY
from aggregates.kernel import Money, Role
from commands.access import Scope, anyone
from commands.message import Act, Command, Name, Text
from schema.store import Change

_MOST = 100_000_000
"""Minor units."""


def payable(price: Money) -> Money:
    """An amount that can be a price."""
    if price.minor > _MOST:
        raise ValueError("too much")
    return price


Prices = Annotated[tuple[Annotated[Money, AfterValidator(payable)], ...], Field(max_length=10)]
"""One amount per currency."""


class AddActivity(Command):
    """Add an activity with its days and prices.

    Refused: price_twice, card_price_missing. Makes `activity`.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("CAT-1",)

    name: Name
    category: Category
    days: int = Field(ge=1, le=60)
    prices: Prices
    note: Text | None = None
    retake_price_with_card: Prices = ()
    roster_cap_per_day: Prices = ()


def handle(command: AddActivity, act: Act) -> list[Change]:
    activity = act.fresh(ACTIVITY, "activity")
    wanted = ActivityAdded(
        name=command.name,
        category=command.category,
        days=command.days,
        prices=command.prices,
        note=command.note,
        retake_price_with_card=command.retake_price_with_card,
        roster_cap_per_day=command.roster_cap_per_day,
    )
    return [Change(activity, add_activity(activity.state, wanted))]
