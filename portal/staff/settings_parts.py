"""Which settings stand on which page of /reglages (INS-5, CAT-2, DOS-3, FAC-1, FAC-4, FAC-7)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from aggregates.catalogue.settings import Category, Region, Responsibility, SaleTerms, SchoolSettings
from aggregates.kernel import Currency, Role
from aggregates.links import LinkPurpose
from commands.access import RESPONSIBLE
from portal.form import WrongFieldError
from portal.staff.catalogue_forms import cents
from portal.staff.plan_workshop import ZONES
from portal.staff.settings_fields import (
    Draft,
    Part,
    Setting,
    lines,
    link,
    minor,
    number,
    pairs,
    text_of,
    whole,
    within,
)
from schema.labels import label

_RATE = re.compile(r"(\d{1,2})(?:[.,](\d{1,3}))?")


def parts(people: Mapping[str, str], zone: str) -> dict[str, Part]:
    """All of them by the word in the address; `people` may hold a responsibility: by id or role."""
    found = (
        Part(
            "ecole",
            "L’école",
            "Ce que les courriels et les pages publiques disent de l’école.",
            _school(zone),
        ),
        Part(
            "paiement",
            "Règles de paiement",
            "Acomptes, reprises et frais, par catégorie et devise. Ce qui est vendu garde ses règles.",
            [setting for category in Category for c in Currency for setting in _sale(category, c)],
        ),
        Part(
            "conditions",
            "Conditions et confidentialité",
            "Les pages où mènent les courriels et les factures.",
            [*map(_terms_link, Region), *_policy()],
        ),
        Part(
            "devises",
            "Devises et factures",
            "Ce que chaque devise imprime. Les factures faites restent comme elles sont.",
            [_default_currency(), *(each for currency in Currency for each in _per_currency(currency))],
        ),
        Part(
            "delais",
            "Délais et limites",
            "Combien de temps le portail attend, offre et garde.",
            [*_limits(), *map(_link_hours, LinkPurpose)],
        ),
        Part(
            "responsabilites",
            "Responsabilités",
            "Qui reçoit chaque sorte de tâche dans « À faire ».",
            [_responsible(each, people) for each in Responsibility],
        ),
    )
    return {part.key: part for part in found}


def holders(staff: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Whoever may hold a responsibility: roles first, then people by name."""
    roles = {role.value: f"Rôle : {label('fr', 'role', role.value)}" for role in Role if role in RESPONSIBLE}
    return roles | {str(person["id"]): str(person["name"]) for person in staff}


def _school(zone: str) -> list[Setting]:
    return [
        text_of("name", "Nom", required=True),
        text_of("email", "Adresse de courriel", required=True, help="Où écrivent les clients."),
        _telephones(),
        Setting(
            "zone",
            "Fuseau horaire",
            lambda s: s.zone,
            lambda draft, text: draft.update(zone=text),
            "choice",
            "Des dates sans lieu, et de l’année des numéros.",
            choices={zone: zone} | ZONES,
        ),
        link("newsletter", "Page de l’infolettre", ["newsletter"], lambda s: s.newsletter),
        link("help_video", "Vidéo « comment entrer »", ["help_video"], lambda s: s.help_video),
    ]


def _terms_link(region: Region) -> Setting:
    words = label("fr", "region", region.value)
    return link(
        f"terms-{region.value}",
        f"Conditions d’annulation, {words}",
        ["terms_links", region.value],
        lambda s: s.terms_links.get(region, ""),
    )


def _policy() -> list[Setting]:
    def version(draft: Draft, text: str) -> None:
        if not text:
            raise WrongFieldError("policy_version", "Donnez un nom à cette version.")
        within(draft, "privacy_policy")["version"] = text

    where = ["privacy_policy", "link"]
    return [
        link("policy_link", "Politique de confidentialité", where, lambda s: s.privacy_policy.link),
        Setting(
            "policy_version",
            "Version de cette politique",
            lambda s: s.privacy_policy.version,
            version,
            help="Notée avec chaque compte ouvert. Changez-la quand le texte change.",
            required=True,
        ),
    ]


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


def _limits() -> list[Setting]:
    return [
        number("hold_minutes", "Places d’un panier retenues, en minutes", 1, 1440),
        number("offer_hours", "Place de la liste d’attente offerte, en heures", 1, 1440),
        number("proof_hours", "Preuve d’un rabais attendue, en heures", 1, 1440),
        number("done_within_years", "Une activité suivie compte dans une phase, en années", 0, 20),
        number("cheque_months", "Chèques à envoyer si la série suivante est plus loin, en mois", 0, 24),
        number("mail_text_months", "Texte des courriels gardé, en mois", 1, 600),
        number("mail_months", "Trace des courriels gardée, en mois", 1, 600),
        _capitals(),
    ]


def _telephones() -> Setting:
    def write(draft: Draft, text: str) -> None:
        draft["telephones"] = dict(pairs("telephones", text))

    return Setting(
        "telephones",
        "Téléphones par région",
        lambda s: "\n".join(f"{where} : {number}" for where, number in s.telephones.items()),
        write,
        "lines",
        "Une région par ligne : « Québec : 514 555-0199 ». Dans les courriels et pour qui a déjà un dossier.",
    )


def _capitals() -> Setting:
    def write(draft: Draft, text: str) -> None:
        draft["capitals_allowed"] = text.replace(",", " ").split()

    return Setting(
        "capitals_allowed",
        "Mots permis tout en majuscules",
        lambda s: " ".join(s.capitals_allowed),
        write,
        help="Séparés par des espaces : CNV RGPD. Tout autre mot en majuscules arrête un envoi.",
    )


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


def _responsible(responsibility: Responsibility, people: Mapping[str, str]) -> Setting:
    def write(draft: Draft, text: str) -> None:
        if text not in people:
            raise WrongFieldError(responsibility.value, "Choisissez une personne ou un rôle de la liste.")
        within(draft, "responsibilities")[responsibility.value] = text

    words = label("fr", "responsibility", responsibility.value)
    return Setting(
        responsibility.value,
        words[:1].upper() + words[1:],
        lambda s: str(s.holder_of(responsibility)),
        write,
        "choice",
        choices=people,
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


def _link_hours(purpose: LinkPurpose) -> Setting:
    name = f"link-{purpose.value}"

    def write(draft: Draft, text: str) -> None:
        within(draft, "link_hours")[purpose.value] = whole(name, text, 1, 24 * 366)

    words = label("fr", "link_purpose", purpose.value)
    return Setting(
        name,
        words[:1].upper() + words[1:],
        lambda s: str(int(s.lasts(purpose).total_seconds() // 3600)),
        write,
        "number",
        required=True,
        under="Les liens des courriels, en heures" if purpose is LinkPurpose.ACTIVATION else "",
    )
