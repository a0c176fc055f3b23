"""Accounting say what became of a difference with the payment provider's account (FAC-3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Role
from aggregates.ledger.decisions import settle_difference
from aggregates.ledger.events import DifferenceOutcome
from aggregates.ledger.state import LEDGER, LEDGER_ID
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class SettleDifference(Command):
    """Settle a difference: its to-do is done. Refused: no_such_difference."""

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("FAC-3",)

    difference: UUID
    outcome: DifferenceOutcome


def handle(command: SettleDifference, act: Act) -> list[Change]:
    books = act.load(LEDGER.at(LEDGER_ID))
    return [Change(books, settle_difference(books.state, command.difference, command.outcome))]
