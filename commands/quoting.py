"""What a purchase would cost a client now, and why, by the code that sells it; nothing is sold (CAT-3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from aggregates.invoice.pricing import Quote
from aggregates.kernel import Currency, Money
from aggregates.workshop.policies import known_workshop
from aggregates.workshop.state import WORKSHOP, CancelledWorkshop
from commands.invoices import correct_invoice
from commands.invoices.correct_invoice import CorrectInvoice
from commands.message import Act
from commands.problems import MalformedError
from commands.registrations import change_to_phase, register_client, register_for_phase
from commands.registrations.change_to_phase import ChangeToPhase
from commands.registrations.register_client import RegisterClient
from commands.registrations.register_for_phase import PhaseDate, RegisterForPhase
from commands.selling import Place, Sale

RULE = "CAT-3"


@dataclass(frozen=True)
class Asked:
    """An activity or a phase, with the dates chosen."""

    client: UUID
    activity: UUID | None = None
    phase: UUID | None = None
    workshops: Sequence[UUID] = ()
    discount: UUID | None = None
    trainee: bool = False
    although_free: bool = False
    """A phase that a card holder would repeat for nothing à la carte (INS-3)."""


@dataclass(frozen=True)
class QuotedLine:
    """One activity with its price; without `workshop` À PLANIFIER, or done."""

    activity: UUID
    name: str
    workshop: UUID | None
    starts: datetime | None
    quote: Quote
    full_payment_hours: int
    """Hours before the start from which on the whole price is due (INS-4)."""

    @property
    def deposit_suffices_until(self) -> datetime | None:
        """From this instant on all of it is due; None where nothing changes any more, or without a date."""
        if self.starts is None or self.quote.price == self.quote.due_now:
            return None
        return self.starts.astimezone(UTC) - timedelta(hours=self.full_payment_hours)


@dataclass(frozen=True)
class Quoted:
    """A purchase with its prices."""

    currency: Currency
    lines: Sequence[QuotedLine]

    def total(self, amounts: Sequence[Money]) -> Money:
        return Money.total(self.currency, amounts)

    @property
    def price(self) -> Money:
        """Of all lines together."""
        return self.total([line.quote.price for line in self.lines])

    @property
    def full_payment_needed(self) -> bool:
        """A line is paid in full in the act that registers (INS-4)."""
        return any(line.quote.starts_soon for line in self.lines)

    @property
    def deposit_suffices_until(self) -> datetime | None:
        """The first instant from which on more is due than now."""
        return min((end for line in self.lines if (end := line.deposit_suffices_until)), default=None)


def quoted(asked: Asked, act: Act) -> Quoted:
    """The purchase as it would be made now; a red flag and a payment are not asked for.

    Raises MalformedError, and what RegisterClient or RegisterForPhase refuse.
    """
    if (asked.activity is None) == (asked.phase is None):
        raise _malformed("activity")
    if asked.phase is not None:
        made = register_for_phase.purchase(_for_phase(asked, asked.phase, act), act)
    else:
        made = register_client.purchase(_for_activity(asked), act)
    lines = [line_of(made.sale, sold.place, sold.quote) for sold in made.sold]
    return Quoted(made.sale.buyer.currency, lines)


def passing(asked: Asked, act: Act) -> tuple[Quoted, Mapping[UUID, UUID]]:
    """From à la carte to the phase as it would be done now, and the dates kept, by activity (INS-11).

    Raises what ChangeToPhase refuses.
    """
    assert asked.phase is not None
    wish = ChangeToPhase(
        client=asked.client,
        phase=asked.phase,
        note=".",
        discount=asked.discount,
        although_free=asked.although_free,
        red_flag_confirmed=True,
    )
    made = change_to_phase.passed(wish, act)
    sale = made.wish.sale
    lines = [line_of(sale, sold.place, sold.quote) for sold in made.sold]
    return Quoted(sale.buyer.currency, lines), made.kept


def instead(wish: CorrectInvoice, act: Act) -> Quoted:
    """What a correction sells instead, once what it takes off is gone (INS-10).

    Raises what CorrectInvoice refuses.
    """
    made = correct_invoice.correction(wish, act)
    lines = [line_of(made.sale, sold.place, sold.quote) for sold in made.sold]
    return Quoted(made.sale.buyer.currency, lines)


def price(asked: Asked, act: Act) -> QuotedLine:
    """The activity's price without a date, whether it can be sold or not.

    Raises NoSuchDossier, DossierNotActive, NoSuchActivity, ActivityNoLongerSold, NoPriceInCurrency,
    NoSuchDiscount, DiscountNotAllowed, DiscountNotValid.
    """
    _, sale, place = register_client.wanted(_for_activity(asked), act)
    return line_of(sale, place, sale.quote(place))


def _for_activity(asked: Asked) -> RegisterClient:
    assert asked.activity is not None
    if len(asked.workshops) > 1:
        raise _malformed("workshop")
    return RegisterClient(
        client=asked.client,
        activity=asked.activity,
        workshop=asked.workshops[0] if asked.workshops else None,
        discount=asked.discount,
        trainee=asked.trainee,
        red_flag_confirmed=True,
    )


def _for_phase(asked: Asked, phase: UUID, act: Act) -> RegisterForPhase:
    """Each date belongs to the activity that its workshop teaches."""
    if asked.trainee:
        raise _malformed("trainee")
    dates: dict[UUID, UUID] = {}
    for workshop in act.load_all([WORKSHOP.at(w) for w in dict.fromkeys(asked.workshops)]):
        found = known_workshop(workshop.state)
        activity = found.was.activity if isinstance(found, CancelledWorkshop) else found.activity
        if activity in dates:
            raise _malformed("workshop")
        dates[activity] = workshop.id
    return RegisterForPhase(
        client=asked.client,
        phase=phase,
        dates=tuple(PhaseDate(activity=a, workshop=w) for a, w in dates.items()),
        discount=asked.discount,
        although_free=asked.although_free,
        red_flag_confirmed=True,
    )


def line_of(sale: Sale, place: Place, priced: Quote) -> QuotedLine:
    """The place with its price."""
    date = place.date
    return QuotedLine(
        activity=place.activity.id,
        name=place.taught.name,
        workshop=None if place.workshop is None else place.workshop.id,
        starts=None if date is None else date.starts,
        quote=priced,
        full_payment_hours=sale.school.terms_of(
            place.taught.category, priced.price.currency
        ).full_payment_hours,
    )


def _malformed(field: str) -> MalformedError:
    return MalformedError([{"field": field, "code": "value_error"}], RULE)
