"""Small predicates over invoices, one per rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aggregates.catalogue.settings import SchoolSettings
from aggregates.catalogue.state import Activity
from aggregates.invoice.refusals import NoPriceInCurrency
from aggregates.kernel import Currency, Money


def currency_of(country: str, school: SchoolSettings) -> Currency:
    """The currency follows the client's country, never the workshop's place (CAT-2)."""
    return school.currencies.get(country, school.default_currency)


def base_price(activity: Activity, currency: Currency) -> Money:
    """The activity's price in that currency (CAT-1). Raises NoPriceInCurrency."""
    for price in activity.prices:
        if price.currency == currency:
            return price
    raise NoPriceInCurrency(activity=activity.name, currency=currency)


def starts_soon(starts: datetime | None, now: datetime, school: SchoolSettings) -> bool:
    """Starting in 48 h or less, the limit included, in elapsed time between instants (INS-4)."""
    if starts is None:
        return False
    # Two instants of one zone would be subtracted as its clocks show them.
    return starts.astimezone(UTC) - now.astimezone(UTC) <= timedelta(hours=school.full_payment_hours)
