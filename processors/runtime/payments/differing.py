"""What the cashier finds to be otherwise than the books say: a to-do of accounting (FAC-3)."""

from __future__ import annotations

from uuid import uuid4

from aggregates.ledger.events import DifferenceKind
from commands.access import SYSTEM
from commands.dispatch import Dispatcher
from commands.ledger.report_difference import ReportDifference, difference_of
from processors.runtime.payments.answers import Movement
from processors.runtime.payments.intents import Intent


def differs(dispatcher: Dispatcher, kind: DifferenceKind, found: Movement, intent: Intent) -> None:
    """One per thing found, however often. Raises StreamClashError."""
    report = ReportDifference(
        difference=difference_of(kind, found.id),
        kind=kind,
        reference=found.id,
        provider=found.amount,
        booked=intent.amount,
        invoice=intent.invoice,
    )
    dispatcher.dispatch(report, SYSTEM, uuid4())
