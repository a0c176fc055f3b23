"""Say that the payments of a workshop lie in one envelope with their list (ATE-7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Role
from aggregates.workshop.closing.decisions import list_envelope
from aggregates.workshop.state import WORKSHOP
from commands.access import Scope
from commands.message import Act, Command
from commands.workshops.upload_expense import UploadExpense
from schema.store import Change


class ListEnvelope(Command):
    """One envelope per workshop is ready for accounting.

    Refused: no_such_workshop, workshop_cancelled, workshop_closed.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = UploadExpense.ALLOWED
    RULES: ClassVar[tuple[str, ...]] = ("ATE-7",)

    workshop: UUID


def handle(command: ListEnvelope, act: Act) -> list[Change]:
    workshop = act.load(WORKSHOP.at(command.workshop))
    return [Change(workshop, list_envelope(workshop.state))]
