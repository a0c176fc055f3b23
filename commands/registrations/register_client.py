"""Register a client for an activity, dated or À PLANIFIER; the invoice is made at once (INS-1, FAC-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from aggregates.catalogue.policies import known_activity
from aggregates.catalogue.state import ACTIVITY, SETTINGS, SETTINGS_ID, Activity
from aggregates.client.decisions import register
from aggregates.client.events import Registered
from aggregates.client.policies import active, followed_before, only_one_active_registration
from aggregates.client.refusals import OtherActivity
from aggregates.client.state import CLIENT
from aggregates.invoice.decisions import issue
from aggregates.invoice.events import Line
from aggregates.invoice.policies import currency_of
from aggregates.invoice.pricing import Quote, quote
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Role
from aggregates.workshop.decisions import take_seat
from aggregates.workshop.policies import planned
from aggregates.workshop.state import WORKSHOP
from commands.access import Scope, anyone
from commands.message import Act, Command
from schema.store import Change


class RegisterClient(Command):
    """Register a client à la carte; without `workshop` the registration is À PLANIFIER.

    Refused: no_such_dossier, dossier_not_active, already_registered, already_to_schedule, other_activity,
    workshop_full, retakes_full, no_price_in_currency. Makes `registration`, `invoice`, `line`.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
    RULES: ClassVar[tuple[str, ...]] = ("INS-1", "INS-4", "INS-12", "FAC-1", "ATE-2", "CAT-2", "CAT-3")

    client: UUID
    activity: UUID
    workshop: UUID | None


def handle(command: RegisterClient, act: Act) -> list[Change]:
    client, activity, settings = act.load(
        CLIENT.at(command.client), ACTIVITY.at(command.activity), SETTINGS.at(SETTINGS_ID)
    )
    workshop = None if command.workshop is None else act.load(WORKSHOP.at(command.workshop))
    dossier, taught, school = active(client.state), known_activity(activity.state), settings.state
    only_one_active_registration(dossier, command.activity)
    starts = None
    if workshop is not None:
        date = planned(workshop.state)
        starts = date.starts
        if date.activity != command.activity:
            raise OtherActivity
    retake_of = followed_before(dossier, command.activity)
    currency = currency_of(str(dossier.country), school)
    priced = quote(taught, currency=currency, retake_of=retake_of, starts=starts, now=act.now, school=school)
    invoice, registration, line = act.fresh(INVOICE, "invoice"), act.new("registration"), act.new("line")
    sold = Registered(
        registration=registration,
        activity=command.activity,
        workshop=command.workshop,
        starts=starts,
        retake=retake_of is not None,
        phase=None,
        invoice=invoice.id,
        line=line,
        price=priced.price,
        deposit=priced.deposit,
    )
    changes = [Change(client, register(client.state, sold))]
    if workshop is not None:
        seat = take_seat(
            workshop.state,
            registration,
            client=client.id,
            retake=sold.retake,
            now=act.now,
            by_staff=act.by_staff,
        )
        changes.append(Change(workshop, seat))
    today = act.now.astimezone(ZoneInfo(school.zone)).date()
    issued = issue(
        invoice.state,
        person=client.id,
        number=act.number(school.series[currency], today.year),
        issued_on=today,
        currency=currency,
        billing_name=f"{dossier.first_name} {dossier.last_name}",
        lines=[_line(sold, taught, priced)],
    )
    return [*changes, Change(invoice, issued)]


def _line(sold: Registered, taught: Activity, priced: Quote) -> Line:
    return Line(
        id=sold.line,
        registration=sold.registration,
        activity=sold.activity,
        activity_name=taught.name,
        price=priced.price,
        deposit=priced.deposit,
        due_now=priced.due_now,
        reasons=priced.reasons,
    )
