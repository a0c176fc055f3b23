"""Describe an activity anew: name, days, prices, note (CAT-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from aggregates.catalogue.decisions import change_activity
from aggregates.catalogue.events import ActivityChanged, ActivityDetails
from aggregates.catalogue.policies import known_activity
from aggregates.catalogue.settings import Category
from aggregates.catalogue.state import ACTIVITY
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.catalogue.add_activity import Prices
from commands.message import Act, Command, Name, Text
from commands.seen_version import merged, parts
from schema.store import Change


class ChangeActivity(Command):
    """Overwrite what differs from the activity seen at `seen_version`; invoices keep their prices.

    Refused: no_such_activity, changed_meanwhile, price_twice, card_price_missing.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ADMIN)
    RULES: ClassVar[tuple[str, ...]] = ("CAT-1",)

    activity: UUID
    seen_version: int = Field(ge=1)
    name: Name
    category: Category
    days: int = Field(ge=1, le=60)
    prices: Prices
    note: Text | None
    retake_price_with_card: Prices
    roster_cap_per_day: Prices


def handle(command: ChangeActivity, act: Act) -> list[Change]:
    activity = act.load(ACTIVITY.at(command.activity))
    fields = ActivityDetails.model_fields
    current = known_activity(activity.state)
    seen = known_activity(activity.as_of(command.seen_version))
    values = merged(parts(seen, fields), parts(current, fields), parts(command, fields))
    return [Change(activity, change_activity(current, ActivityChanged(**values)))]
