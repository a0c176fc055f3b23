"""How a workshop is closed where, by whom, and what is missing for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from aggregates.catalogue.settings import Region, SaleTerms
from aggregates.client.registrations.events import Terms
from aggregates.invoice.events import Fee, FeeBasis
from aggregates.kernel import Role
from aggregates.workshop.closing.events import AbsenceOutcome, Expense, Gap, GapKind
from aggregates.workshop.closing.refusals import (
    AbsentWithoutNotice,
    ChargeUndecided,
    NotAbsent,
    StudentIsDeferred,
)
from aggregates.workshop.refusals import NotOnRoster
from aggregates.workshop.state import Planned


class ClosingWay(StrEnum):
    """Who does what when a workshop is closed (ATE-7)."""

    QUEBEC = "quebec"
    """EN LIGNE too: office closes it."""
    EUROPE = "europe"
    """The organiser hands over, accounting verify and close."""
    INDEPENDENT = "independent"
    """ÊTRE BIEN: trainer or organiser hand over, office verifies and closes."""
    ABROAD = "abroad"
    """Accounting close it."""


def closing_way(workshop: Planned) -> ClosingWay:
    """By its venue, unless it is an independent ÊTRE BIEN (ATE-7)."""
    if workshop.independent:
        return ClosingWay.INDEPENDENT
    match workshop.region:
        case Region.EUROPE:
            return ClosingWay.EUROPE
        case Region.ABROAD:
            return ClosingWay.ABROAD
        case Region.CANADA | None:
            return ClosingWay.QUEBEC


def is_handed_over_first(workshop: Planned) -> bool:
    """Whether those who held it hand it over before it is closed (ATE-7)."""
    return closing_way(workshop) in (ClosingWay.EUROPE, ClosingWay.INDEPENDENT)


def verifier(workshop: Planned) -> Role:
    """Who verifies and closes it, or gives it back (ATE-6, ATE-7)."""
    accounting = closing_way(workshop) in (ClosingWay.EUROPE, ClosingWay.ABROAD)
    return Role.ACCOUNTING if accounting else Role.OFFICE


def independent_in_europe(workshop: Planned) -> bool:
    """Where the organiser decides whether an absence costs the deposit (ATE-7)."""
    return workshop.independent and workshop.region is Region.EUROPE


@dataclass(frozen=True)
class Absence:
    """One absence as it is to be settled."""

    registration: UUID
    outcome: AbsenceOutcome
    noticed: bool
    charge_deposit: bool | None = None


def may_be_absent(workshop: Planned, registration: UUID) -> None:
    """On the roster and not ticked present. Raises NotOnRoster, NotAbsent."""
    seat = workshop.seats.get(registration)
    if seat is None:
        raise NotOnRoster(registration=registration)
    if seat.present:
        raise NotAbsent(registration=registration)


def absence_by_the_rules(workshop: Planned, absence: Absence, students: Collection[UUID]) -> None:
    """What may become of an absent's registration (ATE-7).

    Of a phase: deferred. À la carte without notice: cancelled; with notice: as they wish. An independent
    ÊTRE BIEN in Europe, cancelled: with or without the deposit. Raises StudentIsDeferred,
    AbsentWithoutNotice, ChargeUndecided.
    """
    deferred = absence.outcome is AbsenceOutcome.DEFERRED
    if absence.registration in students:
        if not deferred:
            raise StudentIsDeferred(registration=absence.registration)
        return
    if deferred and not absence.noticed:
        raise AbsentWithoutNotice(registration=absence.registration)
    if not deferred and independent_in_europe(workshop) and absence.charge_deposit is None:
        raise ChargeUndecided(registration=absence.registration)


def absence_fee(workshop: Planned, workshop_id: UUID, absence: Absence, terms: Terms | None) -> Fee | None:
    """What an absence is proposed to cost (ATE-7); None: what INS-9 says of a cancellation with notice.

    Without notice: Canada and EN LIGNE a share of the price, Europe the deposit. Independent ÊTRE BIEN in
    Europe: as the organiser noted.
    """
    if independent_in_europe(workshop):
        charged = FeeBasis.ABSENT_DEPOSIT if absence.charge_deposit else FeeBasis.NONE
        return Fee(basis=charged, workshop=workshop_id)
    if absence.noticed:
        return None
    if workshop.region is Region.EUROPE:
        return Fee(basis=FeeBasis.ABSENT_DEPOSIT, workshop=workshop_id)
    percent = (terms or SaleTerms()).absence_percent
    return Fee(basis=FeeBasis.ABSENT_SHARE, workshop=workshop_id, percent=percent)


@dataclass(frozen=True)
class SeatMoney:
    """What a registration's invoice says when the workshop is to be closed."""

    settled: bool
    """Paid, or noted on the roster, in full."""
    cheques_without_comment: bool = False


def what_is_missing(workshop: Planned, money: Mapping[UUID, SeatMoney]) -> tuple[Gap, ...]:
    """What the region asks for and is not there yet (ATE-7); `money` by registration.

    Everywhere attendance. Québec and EN LIGNE: balances. Europe: payment columns, comments on cheques,
    the envelope's list, expense invoices. Independent ÊTRE BIEN: payment columns.
    """
    way = closing_way(workshop)
    seats = workshop.seats
    undecided = tuple(r for r, seat in seats.items() if not seat.present)
    unpaid = tuple(r for r in seats if r in money and not money[r].settled)
    unexplained = tuple(r for r in seats if r in money and money[r].cheques_without_comment)
    gaps = [Gap(kind=GapKind.ATTENDANCE, registrations=undecided)] if undecided else []
    if unpaid and way is ClosingWay.QUEBEC:
        gaps.append(Gap(kind=GapKind.BALANCE, registrations=unpaid))
    if unpaid and is_handed_over_first(workshop):
        gaps.append(Gap(kind=GapKind.PAYMENTS, registrations=unpaid))
    if way is ClosingWay.EUROPE:
        if unexplained:
            gaps.append(Gap(kind=GapKind.CHEQUE_COMMENT, registrations=unexplained))
        uploaded = {expense for expense, _ in workshop.closing.expenses}
        gaps += [Gap(kind=GapKind.EXPENSE, expense=e) for e in Expense if e not in uploaded]
        if not workshop.closing.envelope_listed:
            gaps.append(Gap(kind=GapKind.ENVELOPE))
    return tuple(gaps)


def gives_tax_receipts(workshop: Planned) -> bool:
    """Only in Canada and EN LIGNE (FAC-7)."""
    return workshop.region in (Region.CANADA, None)
