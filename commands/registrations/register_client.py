"""Staff register a client for an activity, dated or À PLANIFIER; invoiced at once (INS-1, FAC-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from pydantic import model_validator

from aggregates.catalogue.state import ACTIVITY, DISCOUNT, SETTINGS, SETTINGS_ID
from aggregates.client.phases.policies import not_sold_outside_the_phase
from aggregates.client.policies import active, red_flag_heeded
from aggregates.client.registrations.decisions import register
from aggregates.client.registrations.policies import only_one_active_registration
from aggregates.client.state import CLIENT, Client
from aggregates.kernel import Role
from aggregates.workshop.state import WORKSHOP
from commands.access import Scope, anyone
from commands.message import Act, Command, Text
from commands.paying import FirstPayment, paid_in_one_way
from commands.selling import Place, Sale
from commands.selling_at_once import Purchase
from schema.store import Change, Loaded


class RegisterClient(Command):
    """Register a client à la carte; without `workshop` the registration is À PLANIFIER.

    `trainee` is a stagiaire: price 0, a retake's seat. `outside_phase_reason`: office sells a student's
    missing place à la carte. `waive_reason`: office or accounting register within 48 h without payment.
    `payment`: a cheque, cash or transfer noted in the same act, to be deposited by accounting. `by_card`: the
    seat is held and nothing is registered until the client has paid; `attempt` is made too.

    Refused: no_such_dossier, dossier_not_active, red_flag_unconfirmed, already_registered,
    already_to_schedule, place_in_phase, other_activity, workshop_cancelled, workshop_closed,
    roster_handed_over, workshop_full, retakes_full, no_price_in_currency, discount_not_allowed,
    discount_not_valid, full_payment_needed, other_currency, roster_cap_exceeded, card_awaited. Makes
    `registration`, `invoice`, `line`; with a payment `payment`, `cheque`.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("INS-1", "INS-4", "INS-12", "FAC-1", "ATE-2", "CAT-2", "CAT-3")

    client: UUID
    activity: UUID
    workshop: UUID | None
    discount: UUID | None = None
    trainee: bool = False
    red_flag_confirmed: bool = False
    waive_reason: Text | None = None
    outside_phase_reason: Text | None = None
    payment: FirstPayment | None = None
    by_card: bool = False

    _one_way = model_validator(mode="after")(paid_in_one_way)


def handle(command: RegisterClient, act: Act) -> list[Change]:
    wish = purchase(command, act)
    if command.by_card:
        return wish.by_card(outside_phase_reason=command.outside_phase_reason)
    return wish.invoiced(
        command.payment,
        waive_reason=command.waive_reason,
        outside_phase_reason=command.outside_phase_reason,
    )


def purchase(command: RegisterClient, act: Act) -> Purchase:
    """All of it but its payment."""
    client, sale, place = wanted(command, act)
    places = sale.dossier.places
    red_flag_heeded(sale.dossier, by_staff=True, confirmed=command.red_flag_confirmed)
    _may_go_past(command, act)
    only_one_active_registration(places, command.activity)
    if command.outside_phase_reason is None:
        not_sold_outside_the_phase(places, command.activity)
    invoice = sale.fresh_invoice()
    sold = sale.sell(place, invoice.id)
    assert sold.registered is not None
    facts = register(client.state, sold.registered, outside_phase=command.outside_phase_reason is not None)
    return Purchase(sale, client, invoice, [sold], facts, sale.seats([sold]))


def wanted(command: RegisterClient, act: Act) -> tuple[Loaded[Client], Sale, Place]:
    """The place asked for. Raises NoSuchDossier, DossierNotActive."""
    clients, (activity,), (settings,), dates = act.load_groups(
        [CLIENT.at(command.client)],
        [ACTIVITY.at(command.activity)],
        [SETTINGS.at(SETTINGS_ID)],
        [] if command.workshop is None else [WORKSHOP.at(command.workshop)],
    )
    discounts = [] if command.discount is None else act.load_all([DISCOUNT.at(command.discount)])
    client = clients[0]
    place = Place(
        activity,
        dates[0] if dates else None,
        discount=discounts[0] if discounts else None,
        trainee=command.trainee,
    )
    return client, Sale(act, client.id, active(client.state), settings.state), place


def _may_go_past(command: RegisterClient, act: Act) -> None:
    if command.outside_phase_reason is not None:
        act.need(Role.OFFICE)
    if command.waive_reason is not None:
        act.need(Role.OFFICE, Role.ACCOUNTING)
