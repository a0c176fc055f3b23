"""Small predicates over payments, one per rule: where money goes first, what the roster takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from aggregates.catalogue.settings import Category, Region
from aggregates.catalogue.state import Activity
from aggregates.invoice.payments.events import Move, PaymentMethod, Pocket, PocketKind
from aggregates.invoice.payments.refusals import (
    NoSuchPayment,
    OtherClient,
    OtherCurrency,
    RosterCapExceeded,
    SameInvoice,
)
from aggregates.invoice.payments.state import CREDIT, Payment
from aggregates.invoice.policies import price_in
from aggregates.invoice.state import Issued
from aggregates.kernel import Money, months_from
from aggregates.workshop.state import Planned

_ROSTER_CAP_PER_DAY = 10_500
"""Minor units, where the activity says nothing else (FAC-5)."""
TYPED = (PaymentMethod.CHEQUE, PaymentMethod.CASH, PaymentMethod.TRANSFER)
"""Methods that staff type."""


@dataclass(frozen=True)
class Mark:
    """How far a line is to be filled."""

    line: UUID
    upto: Money


def known_payment(invoice: Issued, payment: UUID) -> Payment:
    """The payment. Raises NoSuchPayment."""
    try:
        return invoice.payments.known[payment]
    except KeyError:
        raise NoSuchPayment from None


def on_line(line: UUID) -> Pocket:
    """The pocket of a line."""
    return Pocket(kind=PocketKind.LINE, id=line)


def for_registration(invoice: Issued, registration: UUID) -> list[Mark]:
    """A payment on the roster belongs to its registration (FAC-1)."""
    return [Mark(line.id, invoice.due(line)) for line in invoice.lines if line.registration == registration]


def still_asked(invoice: Issued, marks: Iterable[Mark]) -> Money:
    """What these lines lack up to their marks."""
    return Money.total(invoice.currency, (mark.upto - invoice.paid(mark.line) for mark in marks))


def for_invoice(invoice: Issued, starts: Mapping[UUID, datetime], first: Iterable[UUID] = ()) -> list[Mark]:
    """A payment on the invoice fills each line's deposit in line order, then balances by date (FAC-1).

    `starts` are the dates of registrations at this moment, undated ones come last. The lines `first` are
    filled before: those that start within 48 h are paid in full in the same act (INS-4).
    """
    ahead = set(first)
    dated = sorted(
        (line for line in invoice.lines if line.registration in starts),
        key=lambda line: starts[line.registration],  # type: ignore[index]
    )
    undated = [line for line in invoice.lines if line.registration not in starts]
    return [
        *(Mark(line.id, invoice.due(line)) for line in invoice.lines if line.id in ahead),
        *(Mark(line.id, min(line.deposit, invoice.due(line))) for line in invoice.lines),
        *(Mark(line.id, invoice.due(line)) for line in (*dated, *undated)),
    ]


def allocated(invoice: Issued, amount: Money, marks: Sequence[Mark]) -> list[tuple[Pocket, Money]]:
    """Fill the lines up to their marks, in this order; what exceeds them all is credit (FAC-1)."""
    left, added = amount, dict.fromkeys((mark.line for mark in marks), Money.zero(amount.currency))
    for mark in marks:
        lacking = mark.upto - (invoice.paid(mark.line) + added[mark.line])
        share = max(Money.zero(amount.currency), min(left, lacking))
        added[mark.line] += share
        left -= share
    shares = [*((on_line(line), share) for line, share in added.items()), (CREDIT, left)]
    return [(pocket, share) for pocket, share in shares if share.minor]


def overpaid(invoice: Issued, line: UUID, due: Money) -> tuple[Move, ...]:
    """What lies on the line above `due` becomes credit, of the newest payments first (FAC-9)."""
    excess, moves = invoice.paid(line) - due, []
    for payment in reversed([p for p in invoice.payments if p.counts]):
        share = min(excess, payment.held(on_line(line)))
        if share.minor > 0:
            moves.append(Move(payment=payment.id, amount=share, source=on_line(line), target=CREDIT))
            excess -= share
    return tuple(moves)


def same_owner(source: Issued, source_id: UUID, target: Issued, target_id: UUID) -> None:
    """Credit goes to another invoice of the same client and currency (FAC-4).

    Raises SameInvoice, OtherClient, OtherCurrency.
    """
    if source_id == target_id:
        raise SameInvoice
    if source.client != target.client:
        raise OtherClient
    if source.currency != target.currency:
        raise OtherCurrency(currency=target.currency)


def independent_etre_bien(workshop: Planned, activity: Activity) -> bool:
    """Its trainer notes payments too (requirements, Roles)."""
    return workshop.independent and activity.category is Category.ETRE_BIEN


def under_roster_cap(workshop: Planned, activity: Activity) -> bool:
    """Independent ÊTRE BIEN in Europe: the deposit is never typed on the roster (FAC-5)."""
    return independent_etre_bien(workshop, activity) and workshop.region is Region.EUROPE


def within_roster_cap(
    activity: Activity, invoices: Iterable[Issued], registration: UUID, amount: Money
) -> None:
    """What the roster takes for one participant is at most 105.00 per day of the activity (FAC-5).

    `invoices` are all of the registration. Raises RosterCapExceeded.
    """
    per_day = price_in(activity.roster_cap_per_day, amount.currency)
    cap = (per_day or Money(minor=_ROSTER_CAP_PER_DAY, currency=amount.currency)).times(activity.days)
    typed = (
        payment.amount
        for invoice in invoices
        for payment in invoice.payments
        if payment.registration == registration and payment.method in TYPED and payment.counts
    )
    left = max(Money.zero(amount.currency), cap - Money.total(amount.currency, typed))
    if left < amount:
        raise RosterCapExceeded(cap=cap, left=left)


def send_cheques_now(next_series: date | None, today: date, months: int) -> bool:
    """No series of the holder is planned, or the next starts more than four months later (FAC-10)."""
    return next_series is None or next_series > months_from(today, months)
