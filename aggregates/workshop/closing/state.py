"""How far a workshop is on its way to being closed, folded from its facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from aggregates.kernel import Money, replace
from aggregates.workshop.closing.events import (
    AbsenceOutcome,
    AbsenceSettled,
    CallNoted,
    CallOutcome,
    ClosingFact,
    EnvelopeListed,
    Expense,
    ExpenseUploaded,
    ReopeningProposed,
    RosterGivenBack,
    RosterHandedOver,
    TaxReceiptsSent,
    WorkshopClosed,
    WorkshopReopened,
)


class Stage(StrEnum):
    """Who may still write on the roster (ATE-6, ATE-7)."""

    OPEN = "open"
    HANDED_OVER = "handed_over"
    """Only those who verify it."""
    CLOSED = "closed"
    """Nobody."""


@dataclass(frozen=True)
class Absent:
    """Somebody whose absence was settled."""

    client: UUID
    outcome: AbsenceOutcome
    noticed: bool
    charge_deposit: bool | None


@dataclass(frozen=True)
class Call:
    """The last call to somebody."""

    called: bool
    outcome: CallOutcome | None


@dataclass(frozen=True)
class Closing:
    """Absents and calls by registration, and what was handed in."""

    stage: Stage = Stage.OPEN
    before: Stage = Stage.OPEN
    """What it was before it was closed."""
    absents: Mapping[UUID, Absent] = field(default_factory=dict)
    calls: Mapping[UUID, Call] = field(default_factory=dict)
    expenses: frozenset[tuple[Expense, UUID | None]] = frozenset()
    envelope_listed: bool = False
    reopening_by: UUID | None = None
    """Who proposed to reopen it."""
    receipts: Mapping[UUID, Money] = field(default_factory=dict)
    """Registration → over what its last tax receipt was."""


def evolve_closing(closing: Closing, fact: ClosingFact) -> Closing:
    """The way to closing after the fact."""
    match fact:
        case AbsenceSettled():
            absent = Absent(fact.client, fact.outcome, fact.noticed, fact.charge_deposit)
            return replace(closing, absents={**closing.absents, fact.registration: absent})
        case CallNoted():
            return replace(closing, calls=noted(closing.calls, fact))
        case ExpenseUploaded():
            return replace(closing, expenses=closing.expenses | {(fact.expense, fact.document)})
        case EnvelopeListed():
            return replace(closing, envelope_listed=True)
        case RosterHandedOver():
            return replace(closing, stage=Stage.HANDED_OVER)
        case RosterGivenBack():
            return replace(closing, stage=Stage.OPEN)
        case WorkshopClosed():
            return replace(closing, stage=Stage.CLOSED, before=closing.stage)
        case ReopeningProposed():
            return replace(closing, reopening_by=fact.by)
        case WorkshopReopened():
            return replace(closing, stage=closing.before, reopening_by=None)
        case TaxReceiptsSent():
            sent = {receipt.registration: receipt.paid for receipt in fact.receipts}
            return replace(closing, receipts={**closing.receipts, **sent})


def noted(calls: Mapping[UUID, Call], fact: CallNoted) -> Mapping[UUID, Call]:
    """The calls after one more."""
    return {**calls, fact.registration: Call(fact.called, fact.outcome)}
