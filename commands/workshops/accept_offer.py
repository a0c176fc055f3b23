"""Take the seat that is offered: by a new registration, or by moving the open one there (ATE-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.catalogue.state import ACTIVITY, DISCOUNT, SETTINGS, SETTINGS_ID
from aggregates.client.decisions import leave_waiting_place
from aggregates.client.policies import active, red_flag_heeded
from aggregates.client.registrations.decisions import register
from aggregates.client.registrations.policies import open_registration
from aggregates.client.state import CLIENT, Client
from aggregates.invoice.pricing import full_payment_given
from aggregates.kernel import Role
from aggregates.workshop.state import WORKSHOP, Workshop
from aggregates.workshop.waiting.decisions import offer_stands
from aggregates.workshop.waiting.refusals import OfferNeedsPayment, PaymentApart
from commands.access import Scope
from commands.message import Act, Command, Text
from commands.paying import FirstPayment
from commands.paying_at_once import noted_at_once
from commands.registrations.choose_date import change_date
from commands.selling import Place, Sale
from commands.workshops.join_waiting_list import JoinWaitingList
from schema.store import Change, Loaded


class AcceptOffer(Command):
    """Register the client on the seat offered to them, or give their open registration this date.

    A client to whom something is due pays it from the basket instead; the offer keeps the seat.
    `waive_reason`: within 48 h office or accounting do without the full payment. `payment`: what staff noted
    in the same act.

    Refused: no_such_dossier, dossier_not_active, please_contact_us, red_flag_unconfirmed, no_such_workshop,
    workshop_cancelled, no_offer, offer_needs_payment, payment_apart, full_payment_needed, and as
    register-client or choose-date. Makes `registration`, `invoice`, `line` where there was no open
    registration; with a payment `payment`, `cheque`.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = JoinWaitingList.ALLOWED
    RULES: ClassVar[tuple[str, ...]] = ("ATE-2", "INS-4")

    client: UUID
    workshop: UUID
    discount: UUID | None = None
    red_flag_confirmed: bool = False
    waive_reason: Text | None = None
    payment: FirstPayment | None = None


def handle(command: AcceptOffer, act: Act) -> list[Change]:
    client, workshop, settings = act.load(
        CLIENT.at(command.client), WORKSHOP.at(command.workshop), SETTINGS.at(SETTINGS_ID)
    )
    dossier = active(client.state)
    date_ = offer_stands(workshop.state, client.id, now=act.now)
    red_flag_heeded(dossier, by_staff=act.by_staff, confirmed=command.red_flag_confirmed)
    if command.waive_reason is not None:
        act.need(Role.OFFICE, Role.ACCOUNTING)
    if command.payment is not None:
        act.need(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
    held = open_registration(dossier.places, date_.activity)
    if held is not None:
        if command.payment is not None:
            raise PaymentApart
        return change_date(act, client, workshop, held.sale.id, waive_reason=command.waive_reason)
    sale = Sale(act, client.id, dossier, settings.state)
    return _sell(command, sale, client, workshop, date_.activity)


def _sell(
    command: AcceptOffer, sale: Sale, client: Loaded[Client], workshop: Loaded[Workshop], activity: UUID
) -> list[Change]:
    (taught,), discounts = sale.act.load_groups(
        [ACTIVITY.at(activity)], [] if command.discount is None else [DISCOUNT.at(command.discount)]
    )
    invoice = sale.fresh_invoice()
    sold = sale.sell(Place(taught, workshop, discount=discounts[0] if discounts else None), invoice.id)
    assert sold.registered is not None
    if not sale.act.by_staff and sold.quote.due_now.minor > 0:
        raise OfferNeedsPayment(due=sold.quote.due_now)
    paid = None if command.payment is None else command.payment.amount
    full_payment_given([sold.quote], paid=paid, waived=command.waive_reason is not None)
    facts = [
        *register(client.state, sold.registered),
        *leave_waiting_place(client.state, workshop.id),
        *sale.gone_past(sold, waive_reason=command.waive_reason),
    ]
    bill = noted_at_once(command.payment, sale.act, sale.invoice(invoice, [sold]), [sold])
    return [Change(client, facts), *sale.seats([sold]), bill]
