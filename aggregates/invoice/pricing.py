"""quote(): one line's price, each rule applied with its reason, deposit and amount due now (CAT-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aggregates.catalogue.events import Category
from aggregates.catalogue.settings import SchoolSettings
from aggregates.catalogue.state import Activity
from aggregates.invoice.events import PriceReason, Reason
from aggregates.invoice.policies import base_price, starts_soon
from aggregates.kernel import Currency, Money


@dataclass(frozen=True)
class Quote:
    """What one line costs and why; the same for quote, basket and invoice."""

    price: Money
    deposit: Money
    due_now: Money
    reasons: tuple[Reason, ...]


def quote(
    activity: Activity,
    *,
    currency: Currency,
    retake_of: UUID | None,
    starts: datetime | None,
    now: datetime,
    school: SchoolSettings,
) -> Quote:
    """Price one activity for one client.

    Order: base price (CAT-1), retake (INS-3), deposit (INS-4), full payment when it starts soon (INS-5).
    `retake_of` is the followed registration that makes it a retake. Raises NoPriceInCurrency.
    """
    price = base_price(activity, currency)
    reasons = [Reason(code=PriceReason.BASE_PRICE, after=price)]
    if retake_of is not None:
        price = price.percent(school.retake_percent)
        reasons.append(Reason(code=PriceReason.RETAKE, after=price, evidence=str(retake_of)))
    deposit = _deposit(activity, price, school)
    reasons.append(Reason(code=PriceReason.DEPOSIT, after=deposit))
    due_now = deposit
    if starts is not None and starts_soon(starts, now, school):
        due_now = price
        reasons.append(Reason(code=PriceReason.STARTS_SOON, after=due_now, evidence=starts.isoformat()))
    return Quote(price=price, deposit=deposit, due_now=due_now, reasons=tuple(reasons))


def _deposit(activity: Activity, price: Money, school: SchoolSettings) -> Money:
    """40 per activity, ÊTRE BIEN 20 per day, never more than the line's price (INS-4)."""
    if activity.category is Category.ETRE_BIEN:
        wanted = school.etre_bien_deposit_per_day * activity.days
    else:
        wanted = school.deposit_per_activity
    return min(Money(minor=wanted, currency=price.currency), price)
