"""The settings about money, on two pages of /reglages: terms of sale, currencies (INS-5, CAT-2, FAC-1)."""

from __future__ import annotations

import re

from aggregates.catalogue.settings import Category, SaleTerms, SchoolSettings
from aggregates.kernel import Currency
from portal.form import WrongFieldError
from portal.staff.catalogue_forms import cents
from portal.staff.settings_fields import Draft, Setting, lines, minor, pairs, whole, within
from schema.labels import label

_RATE = re.compile(r"(\d{1,2})(?:[.,](\d{1,3}))?")


def terms_of_sale() -> list[Setting]:
    """How each category is sold in each currency."""
    return [setting for category in Category for c in Currency for setting in _sale(category, c)]


def currencies() -> list[Setting]:
    """Who pays in which, and what each prints."""
    return [_default_currency(), *(each for currency in Currency for each in _per_currency(currency))]


def _sale(category: Category, currency: Currency) -> list[Setting]:
    """The terms of a sale in one category and currency (INS-5)."""

    def made(field: str, words: str, kind: str, bounds: tuple[int, int] = (0, 0)) -> Setting:
        name = f"{field}-{category.value}-{currency.value}"

        def read(settings: SchoolSettings) -> str:
            value = getattr(settings.terms_of(category, currency), field)
            if kind == "yes":
                return "oui" if value else ""
            return cents(value) if kind == "amount" else str(value)

        def write(draft: Draft, text: str) -> None:
            value: int | bool = bool(text)
            if kind == "amount":
                value = minor(name, text)
            elif kind == "number":
                value = whole(name, text, *bounds)
            within(draft, "terms", category.value, currency.value)[field] = value

        return Setting(name, words, read, write, kind, required=kind != "yes")

    return [made(*row) for row in _SALE]


_SALE: tuple[tuple[str, str, str, tuple[int, int]], ...] = (
    ("deposit", "Acompte", "amount", (0, 0)),
    ("deposit_per_day", "L’acompte compte par jour d’activité", "yes", (0, 0)),
    ("full_payment_hours", "Tout est dû, en heures avant le début", "number", (0, 24 * 366)),
    ("retake_percent", "Reprise sans carte, en % du prix", "number", (0, 100)),
    ("late_months", "Annulation tardive, en mois avant le début", "number", (0, 24)),
    ("late_everywhere", "L’acompte se perd dans toutes les régions", "yes", (0, 0)),
    ("absence_percent", "Absence sans avis, en % du prix", "number", (0, 100)),
)
assert {row[0] for row in _SALE} == set(SaleTerms.model_fields)


def _default_currency() -> Setting:
    return Setting(
        "default_currency",
        "Devise par défaut",
        lambda s: s.default_currency.value,
        lambda draft, text: draft.update(default_currency=text),
        "choice",
        "Des pays qui ne sont nommés nulle part.",
        choices={c.value: label("fr", "currency", c.value) for c in Currency},
    )


def _per_currency(currency: Currency) -> list[Setting]:
    code, words = currency.value, label("fr", "currency", currency.value)

    def countries(draft: Draft, text: str) -> None:
        codes = text.upper().replace(",", " ").split()
        if not all(re.fullmatch("[A-Z]{2}", each) for each in codes):
            raise WrongFieldError(f"countries-{code}", "Des codes de deux lettres : CA FR BE.")
        kept = {c: m for c, m in draft["currencies"].items() if m != code and c not in codes}
        draft["currencies"] = kept | dict.fromkeys(codes, code)

    def series(draft: Draft, text: str) -> None:
        if not re.fullmatch("[A-Z]{1,10}", text):
            raise WrongFieldError(f"series-{code}", "De 1 à 10 majuscules, par exemple CA.")
        draft["series"][code] = text

    def limit(draft: Draft, text: str) -> None:
        draft["refund_limit"][code] = minor(f"refund_limit-{code}", text)

    def taxes(draft: Draft, text: str) -> None:
        within(draft, "taxes")[code] = [_tax(f"taxes-{code}", *pair) for pair in pairs(f"taxes-{code}", text)]

    return [
        Setting(
            f"series-{code}",
            "Série des factures",
            lambda s: s.series[currency],
            series,
            help="Le début des numéros : CA-2026-0412. Les factures faites gardent le leur.",
            required=True,
            under=words,
        ),
        Setting(
            f"countries-{code}",
            "Pays qui paient dans cette devise",
            lambda s: " ".join(sorted(c for c, m in s.currencies.items() if m is currency)),
            countries,
            "lines",
            "Codes de deux lettres. Un autre pays paie dans la devise par défaut.",
        ),
        Setting(
            f"taxes-{code}",
            "Taxes comprises dans les prix",
            lambda s: "\n".join(f"{t.name} : {_percent(t.rate)}" for t in s.taxes.get(currency, ())),
            taxes,
            "lines",
            "Une par ligne, en % : « TPS : 5 ».",
        ),
        Setting(
            f"refund_limit-{code}",
            "Un remboursement au-dessus demande deux personnes",
            lambda s: cents(s.refund_limit.get(currency, 0)),
            limit,
            "amount",
            required=True,
        ),
        *_issuer(currency),
    ]


def _tax(name: str, words: str, rate: str) -> Draft:
    found = _RATE.fullmatch(rate.rstrip("% "))
    if found is None:
        raise WrongFieldError(name, "Un taux en %, par exemple « TVQ : 9,975 ».")
    return {"name": words, "rate": int(found[1]) * 1000 + int((found[2] or "").ljust(3, "0"))}


def _percent(rate: int) -> str:
    whole, rest = divmod(rate, 1000)
    return f"{whole},{rest:03}".rstrip("0").rstrip(",")


def _issuer(currency: Currency) -> list[Setting]:
    """Who stands on top of documents; without a name the school does (FAC-7)."""
    code = currency.value

    def made(part: str, words: str, kind: str, about: str = "") -> Setting:
        def read(settings: SchoolSettings) -> str:
            given = settings.issuers.get(currency)
            value = "" if given is None else getattr(given, part)
            return value if isinstance(value, str) else "\n".join(value)

        def write(draft: Draft, text: str) -> None:
            issuers = within(draft, "issuers")
            if part == "name" and not text:
                issuers.pop(code, None)
            elif part == "name":
                within(issuers, code)["name"] = text
            elif code in issuers:
                issuers[code][part] = lines(text)
            elif text:
                raise WrongFieldError(f"issuer_{part}-{code}", "Nommez d’abord qui émet.")

        return Setting(f"issuer_{part}-{code}", words, read, write, kind, about)

    return [
        made("name", "Émetteur des documents", "text", "Vide : le nom de l’école."),
        made("address", "Adresse de l’émetteur", "lines"),
        made("registrations", "Numéros à imprimer", "lines", "Un par ligne, avec son nom."),
    ]
