"""What a cancellation would propose to keep and to give back, for who is about to ask for it (INS-9)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from aggregates.client.policies import active
from aggregates.client.registrations.events import CancelReason
from aggregates.client.registrations.policies import known_registration
from aggregates.client.registrations.refusals import RegistrationNotOpen
from aggregates.client.registrations.state import Scheduled, ToSchedule
from aggregates.client.state import CLIENT
from aggregates.invoice.events import FeeBasis
from aggregates.invoice.policies import cancellation_fee, known_invoice, known_line, proposed_fee
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Money
from aggregates.workshop.policies import as_given_up, planned
from aggregates.workshop.state import WORKSHOP
from commands.message import Act


@dataclass(frozen=True)
class Outcome:
    """Proposed by the terms; accounting decide."""

    basis: FeeBasis
    paid: Money
    fee: Money

    @property
    def refund(self) -> Money:
        return self.paid - self.fee


def cancellation_of(client: UUID, registration: UUID, act: Act) -> Outcome:
    """By the code that cancels. Raises NoSuchDossier, NoSuchRegistration, RegistrationNotOpen."""
    dossier = active(act.load(CLIENT.at(client)).state)
    known = known_registration(dossier.places, registration)
    if not isinstance(known, ToSchedule | Scheduled):
        raise RegistrationNotOpen
    invoices, dates = act.load_groups(
        [INVOICE.at(i) for i in known.sale.invoices],
        [WORKSHOP.at(known.workshop)] if isinstance(known, Scheduled) else [],
    )
    date = as_given_up(planned(dates[0].state)) if dates else None
    fee = cancellation_fee(known, date, now=act.now, why=CancelReason.ASKED)
    issued = [known_invoice(invoice.state) for invoice in invoices]
    of_lines = list(zip(issued, known.sale.lines, strict=True))
    currency = issued[0].currency
    return Outcome(
        fee.basis,
        Money.total(currency, (invoice.paid(line) for invoice, line in of_lines)),
        Money.total(currency, (proposed_fee(i, known_line(i, line), fee) for i, line in of_lines)),
    )
