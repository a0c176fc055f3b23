"""The school's rules as one value with typed defaults; changed by events, never by environment."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from aggregates.kernel import Currency, Value

_EURO_COUNTRIES = (
    "AD AT BE BG CH CY CZ DE DK EE ES FI FR GB GF GP GR HR HU IE IS IT LI LT LU LV MC MQ MT NL NO PL PM PT"
    " RE RO SE SI SK SM YT"
)


class SchoolSettings(Value):
    """Fees, limits, places and addresses; amounts in minor units of the invoice's currency."""

    name: str = "École"
    email: str = "info@example.com"
    """The school's own address; organisers' notices go there where the school itself organises (COM-2)."""
    zone: str = "America/Toronto"
    """Zone of dates without a place, of series years and of issue days."""
    telephones: Mapping[str, str] = Field(default_factory=dict)
    """Telephone per region for the "already a client?" page (DOS-4)."""
    currencies: Mapping[str, Currency] = Field(
        default_factory=lambda: dict.fromkeys(_EURO_COUNTRIES.split(), Currency.EUR) | {"CA": Currency.CAD}
    )
    """Currency by the client's country code (CAT-2)."""
    default_currency: Currency = Currency.CAD
    series: Mapping[Currency, str] = Field(default_factory=lambda: {Currency.CAD: "CA", Currency.EUR: "EU"})
    """Invoice series by currency: one per legal entity (FAC-1)."""
    deposit_per_activity: int = 4_000
    etre_bien_deposit_per_day: int = 2_000
    full_payment_hours: int = 48
    retake_percent: int = 50
    """Share of the price that a retake without card costs (INS-3)."""
