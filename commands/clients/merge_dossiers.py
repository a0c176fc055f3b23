"""Two dossiers of one person become one: the other's places, invoices and papers follow (DOS-5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.merging import both
from commands.message import Act, Command
from schema.store import Change


class MergeDossiers(Command):
    """Make `other` a part of `survivor`; it can't be undone.

    Of two open places for one activity, or two in one workshop, the one named in `keep` stays; the other is
    cancelled without fee and its seat is free. Consents: the stricter of both, per channel. Log-in and
    profile are the survivor's; the other's log-in ends.

    Refused: same_dossier, no_such_dossier, dossier_not_active, merge_needs_restoration, dossier_is_merged,
    deletion_is_proposed, merged_basket_being_paid, both_hold_a_place, followed_stays, workshop_closed.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-5",)

    survivor: UUID
    other: UUID
    keep: tuple[UUID, ...] = ()


def handle(command: MergeDossiers, act: Act) -> list[Change]:
    return both(act, command.survivor, command.other).merged(command.keep)
