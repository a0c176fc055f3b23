"""A supplementary invoice: the regular price without proof, or an error of the first one (FAC-9, INS-6)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import ClassVar
from uuid import UUID

from aggregates.catalogue.state import SETTINGS, SETTINGS_ID
from aggregates.client.policies import active
from aggregates.client.proofs.decisions import raise_price, regular_price_lacks
from aggregates.client.registrations.policies import known_registration
from aggregates.client.registrations.state import Sale as Sold
from aggregates.client.state import CLIENT, Client
from aggregates.invoice.events import Line, PriceReason, Reason
from aggregates.invoice.payments.decisions import Incoming, receive, split
from aggregates.invoice.payments.policies import for_registration
from aggregates.invoice.payments.state import CREDIT, PaymentStatus
from aggregates.invoice.policies import known_invoice, known_line, of_currency
from aggregates.invoice.refunds.decisions import send_credit
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Money, Role
from commands.access import Scope, anyone
from commands.crediting import credit_received
from commands.message import Act, Command, Text
from commands.paying import Amount, Invoices
from commands.selling import Sale
from schema.store import Change, Loaded


class RaisePrice(Command):
    """Invoice `amount` more for a registration, or without one what the regular price is above the discount.

    Credit on the first invoice pays it at once, up to its amount; what is only noted is noted here instead.

    Refused: no_such_dossier, dossier_not_active, no_such_registration, proof_not_missing,
    registration_gone, other_currency. Makes `invoice`, `line`.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("FAC-9", "INS-6")

    client: UUID
    registration: UUID
    amount: Amount | None
    reason: Text


def handle(command: RaisePrice, act: Act) -> list[Change]:
    client, settings = act.load(CLIENT.at(command.client), SETTINGS.at(SETTINGS_ID))
    dossier = active(client.state)
    sold = known_registration(dossier.places, command.registration).sale
    first = act.load(INVOICE.at(sold.invoice))
    amount = command.amount or regular_price_lacks(sold)
    of_currency(known_invoice(first.state), amount)
    if amount.minor == 0:
        return []
    invoice, line = act.fresh(INVOICE, "invoice"), act.new("line")
    raised = raise_price(client.state, command.registration, amount, invoice=invoice.id, line=line)
    sale = Sale(act, client.id, dossier, settings.state)
    why = PriceReason.WITHOUT_PROOF if command.amount is None else PriceReason.CORRECTION
    bill = sale.bill(
        invoice,
        [_line(known_invoice(first.state), sold, line, amount, why)],
        amount.currency,
        supplement_of=first.id,
        reason=command.reason,
    )
    invoices = Invoices.of([first, invoice])
    invoices.begin(bill)
    _credit_over(act, invoices, client, sold, invoice.id, amount)
    return [Change(client, raised), *invoices.changes]


def _line(first: Issued, sold: Sold, line: UUID, amount: Money, why: PriceReason) -> Line:
    before = known_line(first, sold.line)
    return Line(
        id=line,
        registration=sold.id,
        activity=before.activity,
        activity_name=before.activity_name,
        price=amount,
        deposit=Money.zero(amount.currency),
        due_now=amount,
        reasons=(Reason(code=why, after=amount),),
    )


def _credit_over(
    act: Act, invoices: Invoices, client: Loaded[Client], sold: Sold, new: UUID, amount: Money
) -> None:
    """What was paid too much on the first invoice pays the new one, deposited money first."""
    first = invoices.state(sold.invoice)
    credit = {payment.id: payment.held(CREDIT) for payment in first.payments}
    deposited = Money.total(amount.currency, (credit[p.id] for p in first.payments if p.deposited))
    moved = min(amount, deposited)
    if moved.minor:
        payment = act.new("credit")
        invoices.take(sold.invoice, partial(send_credit, amount=moved, to=new, payment=payment))
        credit_received(invoices, client, sold.invoice, new, payment, moved)
    left = amount - moved
    for n, noted in enumerate((p for p in first.payments if p.status is PaymentStatus.NOTED), 1):
        share = min(left, credit[noted.id])
        if share.minor:
            part = act.new(f"payment-{n}")
            invoices.take(sold.invoice, partial(split, payment=noted.id, amount=share, to=new, part=part))
            incoming = Incoming(
                part, noted.method, share, noted.registration, cheque=noted.cheque, holder=noted.holder
            )
            marks = for_registration(invoices.state(new), sold.id)
            invoices.take(new, partial(receive, incoming=incoming, marks=marks))
            left -= share
