"""FINALISER: the quote is frozen and the seats are held while the client pays (FAC-1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from aggregates.catalogue.state import SETTINGS, SETTINGS_ID
from aggregates.client.policies import active, red_flag_heeded
from aggregates.client.state import CLIENT
from aggregates.invoice.basket.decisions import finalise
from aggregates.invoice.basket.policies import open_basket
from aggregates.invoice.basket.refusals import NoBasket
from aggregates.kernel import Money, Role
from aggregates.workshop.waiting.decisions import hold_seat
from commands.access import Scope
from commands.message import Act, Command
from commands.selling import Sale
from commands.selling_baskets import Contents, completed, open_basket_of, recorded
from schema.store import Change


class FinaliseBasket(Command):
    """Finalise the own basket as it was shown: `total` and `due_now` are what the client saw.

    Where nothing is due the invoice is made at once. Refused: no_basket, basket_being_paid, quote_changed,
    please_contact_us, workshop_full, retakes_full, workshop_started, and what putting in refuses. Makes
    `attempt`, which the payment names.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = {Role.CLIENT: Scope.OWN_FILE}
    RULES: ClassVar[tuple[str, ...]] = ("FAC-1", "INS-4", "INS-12", "ATE-2", "CAT-2", "CAT-3")

    client: UUID
    total: Money
    due_now: Money


def handle(command: FinaliseBasket, act: Act) -> list[Change]:
    known = open_basket_of(act, command.client)
    if known is None:
        active(act.load(CLIENT.at(command.client)).state)
        raise NoBasket
    client, settings, basket = act.load(CLIENT.at(command.client), SETTINGS.at(SETTINGS_ID), known)
    dossier = active(client.state)
    red_flag_heeded(dossier, by_staff=False, confirmed=False)
    items = list(open_basket(basket.state).items.values())
    contents = Contents.load(act, items)
    sale = Sale(act, client.id, dossier, settings.state)
    sold = contents.sell(sale, items, basket.id)
    lines = [s.line for item in sold for s in item.sold]
    finalised = finalise(
        basket.state,
        attempt=act.new("attempt"),
        currency=sale.buyer.currency,
        lines=lines,
        registrations=[s.registered for item in sold for s in item.sold if s.registered is not None],
        students=[item.student for item in sold if item.student is not None],
        shown_total=command.total,
        shown_due=command.due_now,
        now=act.now,
        hold=timedelta(minutes=settings.state.hold_minutes),
    )
    (frozen,) = finalised
    taken = recorded(client, frozen)
    if frozen.due_now.minor == 0:
        return completed(act, client, basket, finalised, frozen, contents.workshops, settings.state, taken)
    holds = [
        Change(
            contents.workshops[place.workshop],
            hold_seat(
                contents.workshops[place.workshop].state,
                place.registration,
                client=client.id,
                retake=place.retake,
                now=act.now,
                until=frozen.until,
            ),
        )
        for place in frozen.registrations
        if place.workshop is not None
    ]
    return [Change(basket, finalised), *holds]
