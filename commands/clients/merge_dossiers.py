"""Two dossiers of one person become one: the other's places, invoices and papers follow (DOS-5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from aggregates.client.merging.refusals import ChangedSinceCompared
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.merging import both
from commands.message import Act, Command
from schema.store import Change


class MergeDossiers(Command):
    """Make `other` a part of `survivor`; it can't be undone.

    Of two open places for one activity, or two in one workshop, the one named in `keep` stays; the other is
    cancelled without fee and its seat is free. Consents: the stricter of both, per channel. Log-in and
    profile are the survivor's; the other's log-in ends. `seen_version`, `other_seen_version`: as compared.

    Refused: changed_since_compared, same_dossier, no_such_dossier, dossier_not_active,
    merge_needs_restoration, dossier_is_merged, deletion_is_proposed, merged_basket_being_paid,
    both_hold_a_place, followed_stays, workshop_closed.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-5",)

    survivor: UUID
    other: UUID
    keep: tuple[UUID, ...] = ()
    seen_version: int | None = Field(default=None, ge=1)
    other_seen_version: int | None = Field(default=None, ge=1)


def handle(command: MergeDossiers, act: Act) -> list[Change]:
    found = both(act, command.survivor, command.other)
    seen = ((found.survivor, command.seen_version), (found.other, command.other_seen_version))
    for client, version in seen:
        if version is not None and client.version > version:
            raise ChangedSinceCompared(dossier=client.id)
    return found.merged(command.keep)
