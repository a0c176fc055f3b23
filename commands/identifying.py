"""Whom a dossier is for, as a command says it, and who has one already (DOS-4)."""

from __future__ import annotations

from dataclasses import fields
from uuid import UUID

from aggregates.client.decisions import Identification
from commands.claims import DOSSIER, EMAIL, same_email, same_person
from commands.message import Act, Command


def identified(command: Command) -> Identification:
    """By the fields of the same names, all of which the command must have."""
    return Identification(**{part.name: getattr(command, part.name) for part in fields(Identification)})


def email_owner(act: Act, who: Identification) -> UUID | None:
    """Who logs in with this e-mail; None where nobody does, or none is given."""
    return None if who.email is None else act.holder(EMAIL, same_email(who.email))


def namesake(act: Act, who: Identification) -> UUID | None:
    """Whose dossier bears these names and this postal code; None without one."""
    if who.postal_code is None:
        return None
    return act.holder(DOSSIER, same_person(who.last_name, who.first_name, who.postal_code))
