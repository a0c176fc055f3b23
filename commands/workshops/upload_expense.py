"""Hand in an expense invoice of a European workshop, or say that there is none (ATE-7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Role
from aggregates.workshop.closing.decisions import upload_expense
from aggregates.workshop.closing.events import Expense
from aggregates.workshop.state import WORKSHOP
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class UploadExpense(Command):
    """Add the document of one kind of expense; without `document` there was no such expense.

    The document is a file that the asker uploaded; it is kept as long as the workshop's books.

    Refused: no_such_workshop, no_such_file, workshop_cancelled, workshop_closed.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE, Role.ACCOUNTING) | {
        Role.ORGANISER: Scope.OWN_WORKSHOPS
    }
    RULES: ClassVar[tuple[str, ...]] = ("ATE-7",)

    workshop: UUID
    expense: Expense
    document: UUID | None


def handle(command: UploadExpense, act: Act) -> list[Change]:
    workshop = act.load(WORKSHOP.at(command.workshop))
    if command.document is not None:
        act.own_upload(command.document)
    return [Change(workshop, upload_expense(workshop.state, command.expense, command.document))]
