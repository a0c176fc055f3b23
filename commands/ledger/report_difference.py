"""The payment provider's account and the books say different things: accounting look into it (FAC-3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID, uuid5

from aggregates.catalogue.state import PORTAIL
from aggregates.kernel import Money, Role
from aggregates.ledger.decisions import report_difference
from aggregates.ledger.events import DifferenceKind, PaymentDiffered
from aggregates.ledger.state import LEDGER, LEDGER_ID
from commands.access import Scope, anyone
from commands.message import Act, Command, Name
from schema.store import Change


class ReportDifference(Command):
    """What the provider says beside what is booked; `reference` is the provider's id of the movement.

    `difference` is its id: found again, it stays as it was.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.SYSTEM)
    RULES: ClassVar[tuple[str, ...]] = ("FAC-3",)

    difference: UUID
    kind: DifferenceKind
    reference: Name
    provider: Money | None
    booked: Money | None
    invoice: UUID | None


def handle(command: ReportDifference, act: Act) -> list[Change]:
    books = act.load(LEDGER.at(LEDGER_ID))
    found = PaymentDiffered(
        difference=command.difference,
        kind=command.kind,
        reference=command.reference,
        provider=command.provider,
        booked=command.booked,
        invoice=command.invoice,
    )
    return [Change(books, report_difference(books.state, found))]


def difference_of(kind: DifferenceKind, reference: str) -> UUID:
    """The id of a difference: found again, it is the same one."""
    return uuid5(PORTAIL, f"difference/{kind.value}/{reference}")
