"""Answer no to a price adjustment that was asked: the catalogue's price stands (CAT-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.client.decisions import refuse_price_adjustment
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.message import Act, Command, Text
from schema.store import Change


class RefusePriceAdjustment(Command):
    """Refuse the adjustment asked for an activity, with a reason.

    Refused: no_such_dossier, dossier_not_active, no_adjustment_asked.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("CAT-4",)

    client: UUID
    activity: UUID
    reason: Text


def handle(command: RefusePriceAdjustment, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    refused = refuse_price_adjustment(client.state, command.activity, reason=command.reason)
    return [Change(client, refused)]
