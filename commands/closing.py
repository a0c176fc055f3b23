"""Who holds, verifies and closes a workshop, and what its invoices say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from aggregates.client.state import CLIENT, Dossier
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.invoice.payments.policies import for_registration, still_asked
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Currency, Money, Role
from aggregates.workshop.closing.policies import SeatMoney, verifier
from aggregates.workshop.state import Planned
from commands.access import ForbiddenError
from commands.message import Act


def trainers_of_independents_only(act: Act, workshop: Planned) -> None:
    """Trainers settle absences and hand over where the workshop is an independent ÊTRE BIEN (Roles).

    Raises ForbiddenError.
    """
    if act.who.role is Role.TRAINER and not workshop.independent:
        raise ForbiddenError


def only_who_verifies(act: Act, workshop: Planned) -> None:
    """Office or accounting, as the workshop's way of closing says (ATE-7). Raises ForbiddenError."""
    act.need(verifier(workshop))


def seat_money(act: Act, workshop: Planned) -> Mapping[UUID, SeatMoney]:
    """What the invoices of each registration say, those that raised its price included (FAC-9).

    Loads twice. Who left the school since owed nothing when leaving (DOS-8).
    """
    found = _invoices_of(act, {r: seat.client for r, seat in workshop.seats.items()})
    return {registration: _money(issued, registration) for registration, issued in found.items()}


def deposited_for(act: Act, workshop: Planned, currency: Currency) -> Mapping[UUID, Money]:
    """What was deposited in that currency for each who followed it, by registration (FAC-7). Loads twice."""
    present = {r: seat.client for r, seat in workshop.seats.items() if seat.present}
    return {
        registration: Money.total(
            currency,
            (
                invoice.paid(line.id, noted=False)
                for invoice in issued
                for line in invoice.lines
                if line.registration == registration
            ),
        )
        for registration, issued in _invoices_of(act, present).items()
        if all(invoice.currency is currency for invoice in issued)
    }


def _invoices_of(act: Act, seats: Mapping[UUID, UUID]) -> Mapping[UUID, list[Issued]]:
    """By registration all its invoices, of clients that are active; `seats`: registration →
    client, who may have two of them as two dossiers that became one (DOS-5)."""
    clients = act.load_all([CLIENT.at(client) for client in dict.fromkeys(seats.values())])
    files = {client.id: client.state for client in clients}
    sales = [
        dossier.registrations[registration].sale
        for registration, client in seats.items()
        if isinstance(dossier := files[client], Dossier)
    ]
    loaded = act.load_all([INVOICE.at(i) for i in dict.fromkeys(i for sale in sales for i in sale.invoices)])
    issued = {invoice.id: invoice.state for invoice in loaded if isinstance(invoice.state, Issued)}
    return {sale.id: [issued[i] for i in sale.invoices if i in issued] for sale in sales}


def _money(invoices: Sequence[Issued], registration: UUID) -> SeatMoney:
    """Noted money counts; a cheque is one typed on the roster for this registration (FAC-2)."""
    cheques = [
        payment
        for invoice in invoices
        for payment in invoice.payments
        if payment.registration == registration and payment.method is PaymentMethod.CHEQUE and payment.counts
    ]
    asked = [still_asked(invoice, for_registration(invoice, registration)).minor for invoice in invoices]
    return SeatMoney(
        settled=sum(asked) <= 0, cheques_without_comment=not all(cheque.commented for cheque in cheques)
    )
