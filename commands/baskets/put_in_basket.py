"""A client puts an activity into the basket, with a date or À PLANIFIER (INS-1, FAC-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from aggregates.catalogue.state import ACTIVITY, DISCOUNT, SETTINGS, SETTINGS_ID
from aggregates.client.phases.policies import not_sold_outside_the_phase
from aggregates.client.policies import active, red_flag_heeded
from aggregates.client.registrations.policies import only_one_active_registration
from aggregates.client.state import CLIENT
from aggregates.invoice.basket.decisions import put_in
from aggregates.invoice.basket.events import Item, WantedPlace
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Role
from aggregates.workshop.policies import clients_only_before_the_start
from aggregates.workshop.state import WORKSHOP
from commands.access import Scope
from commands.message import Act, Command
from commands.selling import Place, Sale
from commands.selling_baskets import open_basket_of
from schema.store import Change


class PutInBasket(Command):
    """Put an activity into the own basket; prices and seats are those of the moment it is finalised.

    Refused: dossier_not_active, please_contact_us, already_registered, already_to_schedule, place_in_phase,
    other_activity, workshop_started, no_price_in_currency, discount_not_allowed, discount_not_valid,
    activity_no_longer_sold, already_in_basket, basket_being_paid. Makes `item`, and `basket` when there
    was none.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = {Role.CLIENT: Scope.OWN_FILE}
    RULES: ClassVar[tuple[str, ...]] = ("INS-1", "INS-12", "INS-14", "FAC-1", "DOS-13")

    client: UUID
    activity: UUID
    workshop: UUID | None
    discount: UUID | None = None


def handle(command: PutInBasket, act: Act) -> list[Change]:
    known = open_basket_of(act, command.client)
    clients, (activity,), (settings,), dates = act.load_groups(
        [CLIENT.at(command.client)],
        [ACTIVITY.at(command.activity)],
        [SETTINGS.at(SETTINGS_ID)],
        [] if command.workshop is None else [WORKSHOP.at(command.workshop)],
    )
    baskets, discounts = act.load_groups(
        [] if known is None else [known],
        [] if command.discount is None else [DISCOUNT.at(command.discount)],
    )
    dossier = active(clients[0].state)
    red_flag_heeded(dossier, by_staff=False, confirmed=False)
    only_one_active_registration(dossier.places, command.activity)
    not_sold_outside_the_phase(dossier.places, command.activity)
    place = Place(activity, dates[0] if dates else None, discount=discounts[0] if discounts else None)
    if place.date is not None:
        clients_only_before_the_start(place.date, act.now, by_staff=False)
    Sale(act, command.client, dossier, settings.state).quote(place)
    wanted = WantedPlace(activity=command.activity, workshop=command.workshop)
    item = Item(id=act.new("item"), phase=None, places=(wanted,), discount=command.discount)
    basket = baskets[0] if baskets else act.fresh(INVOICE, "basket")
    return [Change(basket, put_in(basket.state, command.client, item))]
