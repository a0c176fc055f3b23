"""The payment that staff note in the same act as a registration (INS-4)."""

from __future__ import annotations

from collections.abc import Sequence

from aggregates.invoice.payments.decisions import receive
from aggregates.invoice.payments.policies import for_invoice, under_roster_cap, within_roster_cap
from aggregates.invoice.policies import known_invoice
from aggregates.invoice.state import INVOICE
from commands.message import Act
from commands.paying import FirstPayment
from commands.selling import Sold
from schema.store import Change, fold


def noted_at_once(
    payment: FirstPayment | None,
    act: Act,
    bill: Change,
    sold: Sequence[Sold],
    *,
    newly_dated: Sequence[Sold] | None = None,
) -> Change:
    """The new invoice with what was paid in the same act: lines that start within 48 h first (INS-4, FAC-1).

    `newly_dated`: those whose date is chosen now, without it all. For one place it is a payment of the
    roster (FAC-5). Raises OtherCurrency, RosterCapExceeded.
    """
    if payment is None:
        return bill
    issued, registration = known_invoice(fold(INVOICE, bill.facts)), None
    if len(sold) == 1 and sold[0].registered is not None:
        registration, place = sold[0].registered.registration, sold[0].place
        if place.date is not None and under_roster_cap(place.date, place.taught):
            within_roster_cap(place.taught, [issued], registration, payment.amount)
    starts = {s.line.registration: s.line.starts for s in sold if s.line.registration and s.line.starts}
    soon = [s.line.id for s in (sold if newly_dated is None else newly_dated) if s.quote.starts_soon]
    marks = for_invoice(issued, starts, soon)
    incoming = payment.incoming(act, "payment", payment.amount, registration=registration)
    return Change(bill.loaded, [*bill.facts, *receive(issued, incoming, marks)])
