"""Put a payment right that was typed wrong, before its deposit (FAC-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.catalogue.policies import known_activity
from aggregates.catalogue.state import ACTIVITY
from aggregates.client.registrations.state import Followed, Registration, Scheduled
from aggregates.client.state import CLIENT
from aggregates.invoice.payments.decisions import correct
from aggregates.invoice.payments.policies import (
    for_invoice,
    for_registration,
    known_payment,
    under_roster_cap,
    within_roster_cap,
)
from aggregates.invoice.policies import known_invoice, of_currency
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Money, Role
from aggregates.workshop.state import WORKSHOP
from commands.access import Scope, anyone
from commands.message import Act, Command, Text
from commands.paying import (
    Amount,
    Invoices,
    TypedMethod,
    file_of,
    roster_takes_money,
    starts_of,
    takes_text,
)
from schema.store import Change


class CorrectPayment(Command):
    """Change amount and method of a payment that is not deposited yet; more is allocated as when it came in.

    Refused: no_such_dossier, dossier_not_active, no_such_invoice, no_such_payment, payment_not_noted,
    other_currency, roster_cap_exceeded, workshop_closed, roster_handed_over.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("FAC-2", "FAC-5", "ATE-7")

    client: UUID
    invoice: UUID
    payment: UUID
    method: TypedMethod
    amount: Amount
    reason: Text


def handle(command: CorrectPayment, act: Act) -> list[Change]:
    client, invoice = act.load(CLIENT.at(command.client), INVOICE.at(command.invoice))
    file, issued = file_of(client.state), Invoices.of([invoice]).state_of(invoice.id, client)
    takes_text(file)
    of_currency(issued, command.amount)
    before = known_payment(issued, command.payment)
    if before.registration is None:
        marks = for_invoice(issued, starts_of(file.places))
    else:
        marks = for_registration(issued, before.registration)
        _roster_takes_it(act, file.registrations[before.registration], command.amount - before.amount)
    corrected = correct(
        issued,
        command.payment,
        amount=command.amount,
        method=command.method,
        marks=marks,
        reason=command.reason,
    )
    return [Change(invoice, corrected)]


def _roster_takes_it(act: Act, registration: Registration, more: Money) -> None:
    """Typed again, it stays within what the roster takes (FAC-5), while it takes anything (ATE-7)."""
    if not isinstance(registration, Scheduled | Followed):
        return
    sale = registration.sale
    workshops, activities, invoices = act.load_groups(
        [WORKSHOP.at(registration.workshop)],
        [ACTIVITY.at(sale.activity)],
        [INVOICE.at(i) for i in sale.invoices],
    )
    activity, date = known_activity(activities[0].state), workshops[0].state
    if under_roster_cap(roster_takes_money(act, date, registration), activity) and more.minor > 0:
        states = [known_invoice(invoice.state) for invoice in invoices]
        within_roster_cap(activity, states, sale.id, more)
