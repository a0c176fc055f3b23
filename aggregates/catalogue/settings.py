"""The school's rules as one value with typed defaults; changed by events, never by environment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field

from aggregates.kernel import Currency, Money, Role, Value
from aggregates.links import LinkPurpose

_EURO_COUNTRIES = (
    "AD AT BE BG CH CY CZ DE DK EE ES FI FR GB GF GP GR HR HU IE IS IT LI LT LU LV MC MQ MT NL NO PL PM PT"
    " RE RO SE SI SK SM YT"
)


_LINK_HOURS = {
    LinkPurpose.ACTIVATION: 14 * 24,
    LinkPurpose.INVITATION: 14 * 24,
    LinkPurpose.VALIDATION: 7 * 24,
    LinkPurpose.PASSWORD: 1,
    LinkPurpose.EMAIL_CHANGE: 7 * 24,
}


class Category(StrEnum):
    """Kinds of activity (requirements, Words)."""

    REGULAR = "regular"
    ETRE_BIEN = "etre_bien"
    COMPLEMENTARY = "complementary"


class Region(StrEnum):
    """Where a venue lies: decides terms and closing (INS-9, ATE-7)."""

    CANADA = "canada"
    EUROPE = "europe"
    ABROAD = "abroad"


class Responsibility(StrEnum):
    """Who gets a to-do (requirements, Roles)."""

    DELIVERY_ERRORS = "delivery_errors"
    MISSING_PLACES = "missing_places"
    PRICE_ADJUSTMENTS = "price_adjustments"
    ROSTER_MAILS = "roster_mails"
    CANCELLED_WORKSHOPS = "cancelled_workshops"
    CLOSING_QUEBEC = "closing_quebec"
    CLOSING_EUROPE = "closing_europe"
    CLOSING_ABROAD = "closing_abroad"
    TAX_RECEIPTS = "tax_receipts"
    PHASE_LETTERS = "phase_letters"
    CANCELLATION_CASES = "cancellation_cases"


class SaleTerms(Value):
    """What holds when places of one category are sold in one currency (INS-5); amounts in minor units."""

    deposit: int = 4_000
    deposit_per_day: bool = False
    """The deposit counts per day of the activity: ÊTRE BIEN (INS-4)."""
    full_payment_hours: int = 48
    """Hours before the start from which the whole price is due (INS-4)."""
    retake_percent: int = 50
    """Share of the price that a retake without card, or in a phase, costs (INS-3)."""
    late_months: int = 1
    """Months before the start from which giving up a place may lose its deposit (INS-9)."""
    late_everywhere: bool = False
    """Lost in every region, whatever the number of days: ÊTRE BIEN (INS-9)."""
    absence_percent: int = 10
    """Fee for an absence without notice in Canada and EN LIGNE, of the line's price (ATE-7)."""


class Tax(Value):
    """A tax that the prices include, printed as a line (CAT-1)."""

    name: str
    rate: int
    """In thousandths of a per cent: 9975 is 9.975 %."""


class PrivacyPolicy(Value):
    """What clients are told of their data; who signs up is noted with its version (DOS-1)."""

    version: str = "1"
    link: str = ""


class Issuer(Value):
    """The legal entity that stands on top of the documents in one currency (FAC-1, FAC-7)."""

    name: str
    address: tuple[str, ...] = ()
    """Its lines."""
    registrations: tuple[str, ...] = ()
    """Numbers that a document must show, each with its name: of taxes, of a register."""


def _terms() -> dict[Category, dict[Currency, SaleTerms]]:
    etre_bien = SaleTerms(deposit=2_000, deposit_per_day=True, late_everywhere=True)
    return {
        category: dict.fromkeys(Currency, etre_bien if category is Category.ETRE_BIEN else SaleTerms())
        for category in Category
    }


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
    taxes: Mapping[Currency, tuple[Tax, ...]] = Field(default_factory=dict)
    """Taxes that the prices of a series include (CAT-1)."""
    issuers: Mapping[Currency, Issuer] = Field(default_factory=dict)
    """Who stands on top of invoices, receipts and letters; where none is given, the school's name (FAC-7)."""
    terms_links: Mapping[Region, str] = Field(default_factory=dict)
    """Page of the terms of payment and cancellation by region; Canada's is that of EN LIGNE too (INS-9)."""
    terms: Mapping[Category, Mapping[Currency, SaleTerms]] = Field(default_factory=_terms)
    done_within_years: int = 2
    """An activity of a phase followed within these years counts as done (INS-2)."""
    hold_minutes: int = 20
    """How long a finalised basket holds its seats (FAC-1)."""
    offer_hours: int = 24
    """How long a freed seat is offered to the next on the waiting list (ATE-2)."""
    proof_hours: int = 48
    """How long a client has to send the proof of a discount before the reminder (INS-6)."""
    refund_limit: Mapping[Currency, int] = Field(
        default_factory=lambda: {Currency.CAD: 50_000, Currency.EUR: 50_000}
    )
    """A refund above this needs a second person (FAC-4)."""
    cheque_months: int = 4
    """An organiser whose next series starts later sends the cheques at once (FAC-10)."""
    mail_text_months: int = 12
    """What an e-mail said is kept that long (reliability.md 7.1)."""
    mail_months: int = 36
    """That it was sent, and to whom, is kept that long."""
    capitals_allowed: tuple[str, ...] = ()
    """Words that mailings may hold in capitals all the same (COM-6)."""
    link_hours: Mapping[LinkPurpose, int] = Field(default_factory=lambda: dict(_LINK_HOURS))
    """How long the link of a mail lasts (DOS-3)."""
    privacy_policy: PrivacyPolicy = PrivacyPolicy()
    help_video: str = ""
    """Address of the video that shows how to get in (COM-12)."""
    newsletter: str = ""
    """Address of the page of the newsletter (COM-12)."""
    responsibilities: Mapping[Responsibility, UUID | Role] = Field(default_factory=dict)
    """A staff user or a role for each; what is not given falls to office."""

    def with_whole_terms(self) -> SchoolSettings:
        """The same, with each figure that was left out taken from its category's defaults (INS-5)."""
        whole = {
            category: {
                currency: defaults[currency].model_copy(update=given.model_dump(exclude_unset=True))
                for currency, given in self.terms[category].items()
            }
            for category, defaults in _terms().items()
            if category in self.terms
        }
        return self.model_copy(update={"terms": whole})

    def day_of(self, instant: datetime) -> date:
        """Which day it is at the school at that moment."""
        return instant.astimezone(ZoneInfo(self.zone)).date()

    def lasts(self, purpose: LinkPurpose) -> timedelta:
        """How long such a link works; one set for nobody lasts as by default (DOS-3)."""
        return timedelta(hours=self.link_hours.get(purpose, _LINK_HOURS[purpose]))

    def terms_of(self, category: Category, currency: Currency) -> SaleTerms:
        """The terms of a sale; those set for nobody are the defaults (INS-5)."""
        given = self.terms.get(category, {}).get(currency)
        return _terms()[category][currency] if given is None else given

    def issuer_of(self, currency: Currency) -> Issuer:
        """Who stands on top of a document in that currency (FAC-7)."""
        return self.issuers.get(currency) or Issuer(name=self.name)

    def holder_of(self, responsibility: Responsibility) -> UUID | Role:
        """The staff user or role whose to-dos these are: office where it was given to nobody (Roles)."""
        return self.responsibilities.get(responsibility, Role.OFFICE)

    def above_refund_limit(self, amount: Money) -> bool:
        """Whether a refund of this amount needs a second person (FAC-4)."""
        return amount.minor > self.refund_limit.get(amount.currency, 0)
