"""quote(): one line's price, each rule applied with its reason, deposit and amount due now (CAT-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aggregates.catalogue.settings import SaleTerms, SchoolSettings
from aggregates.catalogue.state import Activity, Discount
from aggregates.client.phases.policies import done_in_phase
from aggregates.client.registrations.events import PROOF_HOURS, Discounted, Terms
from aggregates.client.registrations.policies import FollowedBefore
from aggregates.invoice.events import PriceReason, Reason
from aggregates.invoice.policies import (
    base_price,
    card_retake_price,
    discounted,
    phase_price,
    starts_soon,
)
from aggregates.invoice.refusals import FullPaymentNeeded
from aggregates.kernel import Currency, Money, replace


@dataclass(frozen=True)
class Buyer:
    """What a client's file says about every price."""

    currency: Currency
    card: bool
    """Holds a privilege card that is valid today (DOS-20)."""


@dataclass(frozen=True)
class InPhase:
    """The phase in which the activity is bought: its number, and its price for the activity (INS-2)."""

    number: int
    prices: Sequence[Money]


@dataclass(frozen=True)
class Wanted:
    """One line asked for."""

    activity: Activity
    starts: datetime | None
    """Start of the date chosen; None is À PLANIFIER."""
    followed: FollowedBefore | None
    """The last time the client followed it."""
    phase: InPhase | None = None
    trainee: bool = False
    discount: tuple[UUID, Discount] | None = None


@dataclass(frozen=True)
class Quote:
    """What one line costs and why; the same for quote, basket and invoice."""

    price: Money
    deposit: Money
    due_now: Money
    reasons: tuple[Reason, ...]
    retake: bool = False
    done: FollowedBefore | None = None
    """Followed within two years: no registration, its old date is shown (INS-2)."""
    discount: Discounted | None = None
    """The discount that is used: one that a retake undercuts asks for no proof (CAT-3)."""

    @property
    def starts_soon(self) -> bool:
        """Due in full because its date is near (INS-4)."""
        return any(reason.code is PriceReason.STARTS_SOON for reason in self.reasons)

    def at(self, price: Money, code: PriceReason, evidence: str | None = None) -> Quote:
        """The quote after one more rule on its price."""
        reason = Reason(code=code, after=price, evidence=evidence)
        return replace(self, price=price, reasons=(*self.reasons, reason))


def quote(wanted: Wanted, buyer: Buyer, *, now: datetime, school: SchoolSettings) -> Quote:
    """Price one activity for one client.

    Order: line price (CAT-1, INS-2), done or retake (INS-2, INS-3), one discount (CAT-3), deposit (INS-4),
    full payment when it starts soon (INS-4). Raises NoPriceInCurrency.
    """
    terms = school.terms_of(wanted.activity.category, buyer.currency)
    priced = _line_price(wanted, buyer.currency)
    priced = _retake(priced, wanted, buyer, terms, school, now)
    priced = _discount(priced, wanted)
    priced = _deposit(priced, wanted.activity, terms)
    return _full_payment(priced, wanted.starts, now, terms)


def full_payment_given(quotes: Sequence[Quote], *, paid: Money | None, waived: bool) -> None:
    """Lines that start within 48 h are paid in full in the same act, unless staff waive it (INS-4).

    Raises FullPaymentNeeded.
    """
    soon = [q.due_now for q in quotes if q.starts_soon]
    if waived or not soon:
        return
    due = Money.total(soon[0].currency, soon)
    given = paid or Money.zero(due.currency)
    if given < due:
        raise FullPaymentNeeded(due=due, paid=given)


def terms_for(activity: Activity, terms: SaleTerms, *, proof_hours: int = PROOF_HOURS) -> Terms:
    """What giving the place up or dating it will cost, and the time for a proof, frozen with the sale.

    INS-4, INS-6, INS-9.
    """
    return Terms(
        deposit_lost_everywhere=terms.late_everywhere or activity.days == 2,
        late_months=terms.late_months,
        absence_percent=terms.absence_percent,
        full_payment_hours=terms.full_payment_hours,
        proof_hours=proof_hours,
    )


def _line_price(wanted: Wanted, currency: Currency) -> Quote:
    if wanted.phase is None:
        price, code = base_price(wanted.activity, currency), PriceReason.BASE_PRICE
    else:
        price = phase_price(wanted.phase.prices, wanted.activity, currency)
        code = PriceReason.PHASE_PRICE
    zero = Money.zero(currency)
    return Quote(price=zero, deposit=zero, due_now=zero, reasons=()).at(price, code)


def _retake(
    priced: Quote, wanted: Wanted, buyer: Buyer, terms: SaleTerms, school: SchoolSettings, now: datetime
) -> Quote:
    """Trainee 0; in a phase: done 0.00 within two years, else half; à la carte: by card, else half."""
    zero = Money.zero(buyer.currency)
    if wanted.trainee:
        return replace(priced.at(zero, PriceReason.TRAINEE), retake=True)
    if wanted.followed is None:
        return priced
    before = str(wanted.followed.registration)
    half = priced.price.percent(terms.retake_percent)
    if wanted.phase is not None:
        years, number = school.done_within_years, wanted.phase.number
        if done_in_phase(wanted.followed, number, now=now, zone=school.zone, years=years):
            return replace(priced.at(zero, PriceReason.DONE, before), done=wanted.followed)
        return replace(priced.at(half, PriceReason.PHASE_RETAKE, before), retake=True)
    if not buyer.card:
        return replace(priced.at(half, PriceReason.RETAKE, before), retake=True)
    with_card = card_retake_price(wanted.activity, buyer.currency)
    return replace(priced.at(with_card, PriceReason.CARD_RETAKE, before), retake=True)


def _discount(priced: Quote, wanted: Wanted) -> Quote:
    """On the line price; one that takes nothing off what is asked already isn't used (CAT-3)."""
    if wanted.discount is None or priced.done is not None:
        return priced
    id_, discount = wanted.discount
    regular = priced.reasons[0].after
    lower = discounted(regular, discount)
    if priced.price <= lower:
        return priced.at(priced.price, PriceReason.DISCOUNT_NOT_USED, str(id_))
    used = Discounted(discount=id_, regular=priced.price, proof_needed=discount.proof_needed)
    return replace(priced.at(lower, PriceReason.DISCOUNT, str(id_)), discount=used)


def deposit_of(activity: Activity, price: Money, terms: SaleTerms) -> Money:
    """40 per activity to follow, ÊTRE BIEN 20 per day, never more than the line's price (INS-4)."""
    wanted = terms.deposit * (activity.days if terms.deposit_per_day else 1)
    return min(Money(minor=wanted, currency=price.currency), price)


def _deposit(priced: Quote, activity: Activity, terms: SaleTerms) -> Quote:
    deposit = deposit_of(activity, priced.price, terms)
    reason = Reason(code=PriceReason.DEPOSIT, after=deposit)
    return replace(priced, deposit=deposit, due_now=deposit, reasons=(*priced.reasons, reason))


def _full_payment(priced: Quote, starts: datetime | None, now: datetime, terms: SaleTerms) -> Quote:
    """Starting within 48 h the line is due in full (INS-4)."""
    if starts is None or priced.done is not None or not starts_soon(starts, now, terms.full_payment_hours):
        return priced
    reason = Reason(code=PriceReason.STARTS_SOON, after=priced.price, evidence=starts.isoformat())
    return replace(priced, due_now=priced.price, reasons=(*priced.reasons, reason))
