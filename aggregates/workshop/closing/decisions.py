"""What may happen from the last day to the closed workshop: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from aggregates.kernel import Money
from aggregates.workshop.closing.events import (
    AbsenceSettled,
    CallNoted,
    CallOutcome,
    ClosingFact,
    EnvelopeListed,
    Expense,
    ExpenseUploaded,
    Gap,
    ReopeningProposed,
    RosterGivenBack,
    RosterHandedOver,
    TaxReceipt,
    TaxReceiptsSent,
    WorkshopClosed,
    WorkshopReopened,
)
from aggregates.workshop.closing.policies import (
    Absence,
    absence_by_the_rules,
    gives_tax_receipts,
    independent_in_europe,
    is_handed_over_first,
    may_be_absent,
)
from aggregates.workshop.closing.refusals import (
    AbsenceSettledOtherwise,
    GapsNeedReason,
    NobodyToCall,
    NoHandingOver,
    NoReopeningProposed,
    NoTaxReceipts,
    NotHandedOver,
    ReopeningNeedsSecondPerson,
    WorkshopNotClosed,
)
from aggregates.workshop.closing.state import Absent, Call, Stage
from aggregates.workshop.policies import (
    begun,
    is_closed,
    known_workshop,
    not_closed,
    planned,
    roster_open,
)
from aggregates.workshop.state import CancelledWorkshop, Planned, Workshop

Facts = Sequence[ClosingFact]


def settle_absences(
    workshop: Workshop,
    absences: Sequence[Absence],
    *,
    students: Collection[UUID],
    now: datetime,
    verifies: bool = False,
) -> Facts:
    """Decide what becomes of those who did not come; their seats are free (ATE-7).

    `students`: registrations that belong to a phase. Raises NoSuchWorkshop, WorkshopIsCancelled,
    WorkshopIsClosed, RosterIsHandedOver, NotYetStarted, NotOnRoster, NotAbsent, AbsenceSettledOtherwise,
    StudentIsDeferred, AbsentWithoutNotice, ChargeUndecided.
    """
    current = roster_open(workshop, verifies=verifies)
    begun(current, now)
    facts: dict[UUID, ClosingFact] = {}
    for absence in absences:
        if absence.registration in facts or _settled_already(current, absence):
            continue
        may_be_absent(current, absence.registration)
        absence_by_the_rules(current, absence, students)
        facts[absence.registration] = _settled(current, absence)
    return list(facts.values())


def _settled_already(workshop: Planned, absence: Absence) -> bool:
    known = workshop.closing.absents.get(absence.registration)
    if known is None:
        return False
    client, charged = known.client, _charged(workshop, absence)
    if known != Absent(client, absence.outcome, absence.noticed, charged):
        raise AbsenceSettledOtherwise(registration=absence.registration)
    return True


def _settled(workshop: Planned, absence: Absence) -> AbsenceSettled:
    return AbsenceSettled(
        registration=absence.registration,
        client=workshop.seats[absence.registration].client,
        outcome=absence.outcome,
        noticed=absence.noticed,
        charge_deposit=_charged(workshop, absence),
    )


def _charged(workshop: Planned, absence: Absence) -> bool | None:
    """Said by organisers of an independent ÊTRE BIEN in Europe alone."""
    return absence.charge_deposit if independent_in_europe(workshop) else None


def note_call(workshop: Workshop, registration: UUID, *, called: bool, outcome: CallOutcome | None) -> Facts:
    """A call to somebody of a cancelled workshop, or to an absent (ATE-4, ATE-7).

    Raises NoSuchWorkshop, NobodyToCall.
    """
    current = known_workshop(workshop)
    if isinstance(current, CancelledWorkshop):
        listed, calls = registration in current.was.seats, current.calls
    else:
        listed, calls = registration in current.closing.absents, current.closing.calls
    if not listed:
        raise NobodyToCall
    if calls.get(registration) == Call(called, outcome):
        return []
    return [CallNoted(registration=registration, called=called, outcome=outcome)]


def upload_expense(workshop: Workshop, expense: Expense, document: UUID | None) -> Facts:
    """An expense invoice for accounting, or none of this kind (ATE-7).

    Raises NoSuchWorkshop, WorkshopIsCancelled, WorkshopIsClosed.
    """
    if (expense, document) in not_closed(workshop).closing.expenses:
        return []
    return [ExpenseUploaded(expense=expense, document=document)]


def list_envelope(workshop: Workshop) -> Facts:
    """The payments lie in one envelope with their list (ATE-7).

    Raises NoSuchWorkshop, WorkshopIsCancelled, WorkshopIsClosed.
    """
    return [] if not_closed(workshop).closing.envelope_listed else [EnvelopeListed()]


def hand_over(workshop: Workshop, *, now: datetime) -> Facts:
    """The roster is done and frozen for those who held the workshop (ATE-7).

    Raises NoSuchWorkshop, WorkshopIsCancelled, WorkshopIsClosed, NoHandingOver, NotYetStarted.
    """
    current = not_closed(workshop)
    if not is_handed_over_first(current):
        raise NoHandingOver
    begun(current, now)
    return [RosterHandedOver()] if current.closing.stage is Stage.OPEN else []


def give_back(workshop: Workshop, *, reason: str) -> Facts:
    """Who verifies wants the roster completed (ATE-7).

    Raises NoSuchWorkshop, WorkshopIsCancelled, WorkshopIsClosed.
    """
    current = not_closed(workshop)
    return [RosterGivenBack(reason=reason)] if current.closing.stage is Stage.HANDED_OVER else []


def close(workshop: Workshop, *, gaps: Sequence[Gap], reason: str | None, now: datetime) -> Facts:
    """LECTURE SEULE; with something missing only for a reason (ATE-6, ATE-7).

    Raises NoSuchWorkshop, WorkshopIsCancelled, NotYetStarted, NotHandedOver, GapsNeedReason.
    """
    current = planned(workshop)
    if is_closed(current):
        return []
    begun(current, now)
    if is_handed_over_first(current) and current.closing.stage is Stage.OPEN:
        raise NotHandedOver
    if gaps and not reason:
        raise GapsNeedReason(gaps=list(dict.fromkeys(gap.kind for gap in gaps)))
    return [WorkshopClosed(gaps=tuple(gaps), reason=reason if gaps else None)]


def propose_reopening(workshop: Workshop, *, by: UUID, reason: str) -> Facts:
    """The first of the two persons (ATE-6). Raises NoSuchWorkshop, WorkshopIsCancelled, WorkshopNotClosed."""
    current = planned(workshop)
    if not is_closed(current):
        raise WorkshopNotClosed
    if current.closing.reopening_by is not None:
        return []
    return [ReopeningProposed(by=by, reason=reason)]


def approve_reopening(workshop: Workshop, *, by: UUID) -> Facts:
    """The second person: the roster is as it was before closing (ATE-6).

    Raises NoSuchWorkshop, WorkshopIsCancelled, WorkshopNotClosed, NoReopeningProposed,
    ReopeningNeedsSecondPerson.
    """
    current = planned(workshop)
    if not is_closed(current):
        raise WorkshopNotClosed
    match current.closing.reopening_by:
        case None:
            raise NoReopeningProposed
        case proposer if proposer == by:
            raise ReopeningNeedsSecondPerson
        case _:
            return [WorkshopReopened()]


def send_tax_receipts(workshop: Workshop, paid: Mapping[UUID, Money]) -> Facts:
    """Let the receipts that are due go: over what was deposited by now, each amount once (FAC-7).

    `paid`: registration → deposited money in the currency of receipts, of those who followed it. Raises
    NoSuchWorkshop, WorkshopIsCancelled, WorkshopNotClosed, NoTaxReceipts.
    """
    found = planned(workshop)
    if not is_closed(found):
        raise WorkshopNotClosed
    owed = {registration: amount for registration, amount in paid.items() if amount.minor > 0}
    if not gives_tax_receipts(found) or not owed:
        raise NoTaxReceipts
    due = [
        TaxReceipt(registration=registration, client=found.seats[registration].client, paid=amount)
        for registration, amount in owed.items()
        if found.closing.receipts.get(registration) != amount
    ]
    return [TaxReceiptsSent(receipts=tuple(due))] if due else []
