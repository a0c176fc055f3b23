"""A client puts a whole phase into the basket, dates chosen one by one or later (INS-2, FAC-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from aggregates.client.phases.policies import no_a_la_carte_left, phase_is_over
from aggregates.client.phases.refusals import NothingToFollow
from aggregates.client.policies import red_flag_heeded
from aggregates.invoice.basket.decisions import put_in
from aggregates.invoice.basket.events import Item, WantedPlace
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Role
from aggregates.workshop.policies import clients_only_before_the_start
from commands.access import Scope
from commands.message import Act, Command
from commands.registrations.register_for_phase import PhaseDate
from commands.selling_baskets import open_basket_of
from commands.selling_phases import PhaseSale
from schema.store import Change


class PutPhaseInBasket(Command):
    """Put a phase into the own basket; activities without a date in `dates` become À PLANIFIER.

    Refused: dossier_not_active, please_contact_us, no_such_phase, registrations_in_phase, already_enrolled,
    not_in_phase, free_a_la_carte, nothing_to_follow, other_activity, workshop_started, no_price_in_currency,
    discount_not_allowed, discount_not_valid, already_in_basket, basket_being_paid. Makes `item`, and
    `basket` when there was none.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = {Role.CLIENT: Scope.OWN_FILE}
    RULES: ClassVar[tuple[str, ...]] = ("INS-2", "INS-3", "INS-11", "INS-12", "FAC-1", "DOS-13")

    client: UUID
    phase: UUID
    dates: tuple[PhaseDate, ...] = Field(default=(), max_length=50)
    discount: UUID | None = None
    although_free: bool = False


def handle(command: PutPhaseInBasket, act: Act) -> list[Change]:
    known = open_basket_of(act, command.client)
    wish = PhaseSale.load(act, command.client, command.phase)
    places = wish.sale.dossier.places
    red_flag_heeded(wish.sale.dossier, by_staff=False, confirmed=False)
    wish.not_free_a_la_carte(although=command.although_free)
    no_a_la_carte_left(places, wish.phase.activities)
    phase_is_over(places, command.phase)
    dates = {chosen.activity: chosen.workshop for chosen in command.dates}
    wanted, _, baskets = wish.load_places(
        dates, command.discount, also_invoices=[] if known is None else [known.id]
    )
    for place in wanted:
        if place.date is not None:
            clients_only_before_the_start(place.date, act.now, by_staff=False)
    basket = act.fresh(INVOICE, "basket") if known is None else baskets[known.id]
    sold = wish.sell(wanted, basket.id)
    wish.no_date_for_what_is_done(sold, dates)
    if all(s.registered is None for s in sold):
        raise NothingToFollow
    item = Item(
        id=act.new("item"),
        phase=command.phase,
        places=tuple(
            WantedPlace(activity=place.activity.id, workshop=dates.get(place.activity.id)) for place in wanted
        ),
        discount=command.discount,
    )
    return [Change(basket, put_in(basket.state, command.client, item))]
