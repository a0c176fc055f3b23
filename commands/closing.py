"""Who holds, verifies and closes a workshop, and what its invoices say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from aggregates.invoice.payments.events import PaymentMethod
from aggregates.invoice.payments.policies import for_registration, still_asked
from aggregates.invoice.state import Invoice, Issued
from aggregates.kernel import Role
from aggregates.workshop.closing.policies import SeatMoney, verifier
from aggregates.workshop.state import Planned
from commands.access import ForbiddenError
from commands.message import Act
from schema.store import Loaded


def trainers_of_independents_only(act: Act, workshop: Planned) -> None:
    """Trainers settle absences and hand over where the workshop is an independent ÊTRE BIEN (Roles).

    Raises ForbiddenError.
    """
    if act.who.role is Role.TRAINER and not workshop.independent:
        raise ForbiddenError


def only_who_verifies(act: Act, workshop: Planned) -> None:
    """Office or accounting, as the workshop's way of closing says (ATE-7). Raises ForbiddenError."""
    act.need(verifier(workshop))


def seat_money(workshop: Planned, invoices: Iterable[Loaded[Invoice]]) -> Mapping[UUID, SeatMoney]:
    """What each registration's own invoice says; nothing for one without invoice."""
    issued = {loaded.id: loaded.state for loaded in invoices if isinstance(loaded.state, Issued)}
    return {
        registration: _money(issued[seat.invoice], registration)
        for registration, seat in workshop.seats.items()
        if seat.invoice in issued
    }


def _money(invoice: Issued, registration: UUID) -> SeatMoney:
    """Noted money counts; a cheque is one typed on the roster for this registration (FAC-2)."""
    cheques = [
        payment
        for payment in invoice.payments
        if payment.registration == registration and payment.method is PaymentMethod.CHEQUE and payment.counts
    ]
    return SeatMoney(
        settled=still_asked(invoice, for_registration(invoice, registration)).minor <= 0,
        cheques_without_comment=not all(cheque.commented for cheque in cheques),
    )
