"""What stands in the place of each placeholder: text in the recipient's language (COM-4, COM-12)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from aggregates.catalogue.settings import Region, SchoolSettings
from aggregates.kernel import Money
from processors.documents.words import terms_page
from processors.runtime.links import Links
from projections.query import Row
from schema.labels import label
from schema.wording import Language, money

_LOCALES: Mapping[Language, str] = {"fr": "fr_CA", "en": "en_CA"}


@dataclass(frozen=True)
class Bought:
    """A place bought with others; no workshop: À PLANIFIER."""

    registration: Row
    workshop: Row | None


@dataclass(frozen=True)
class Subject:
    """What a letter is about, as the views show it when it is written."""

    person: Row
    school: SchoolSettings
    url: str
    """Of the portal's first page."""
    language: Language
    upload: str = ""
    """Where the client sends the proof of the registration's discount (INS-6)."""
    registration: Row | None = None
    workshop: Row | None = None
    """The date written about; none while the registration is À PLANIFIER."""
    given_up: Row | None = None
    """The workshop that the date was changed from."""
    params: Mapping[str, Any] | None = None
    """Ids and instants of the event that caused it."""
    old_place: str | None = None
    """Name of the place that a workshop was moved from."""
    phase: Row | None = None
    """The phase that was finished."""
    purchase: tuple[Bought, ...] = ()
    """The places that one confirmation is of."""
    links: Links | None = None
    """To pages without log-in; none in a preview, which somebody else reads."""
    at: datetime | None = None
    """When it is written: from then on links last."""
    to_staff: bool = False
    """Staff read it: their portal begins on the first page, a client's in the own file."""

    def money(self, amount: Row) -> str:
        """An amount of a view, as the recipient reads it."""
        return money(self.language, Money.model_validate(amount))

    def invoice_links(self, number: str | None, invoice: str, balance: Row) -> dict[str, str]:
        """The number with the way to the PDF, and the way to pay what is left."""
        if not number:
            return {"lien_facture": "", "lien_paiement": ""}
        if self.links is None or self.at is None:
            return {"lien_facture": f"{number}, {self.url}", "lien_paiement": ""}
        pay = self.links.pay(UUID(invoice), self.at) if balance["minor"] > 0 else ""
        return {
            "lien_facture": f"{number}, {self.links.invoice(UUID(invoice), self.at)}",
            "lien_paiement": pay,
        }


def values(about: Subject) -> dict[str, str]:
    """Every placeholder that this letter can fill."""
    found = _person(about) | _school(about) | _phase(about)
    if about.registration is not None:
        found |= _money(about, about.registration) | _undated(about, about.registration)
    if about.workshop is not None:
        found |= _workshop(about, about.workshop)
    return found | _before(about)


def _person(about: Subject) -> dict[str, str]:
    person = about.person
    return {
        "cher": label(about.language, "mail", f"dear_{person['form_of_address'] or 'neutral'}"),
        "prenom_client": person["first_name"],
        "nom_client": person["last_name"],
    }


def _school(about: Subject) -> dict[str, str]:
    colon = " : " if about.language == "fr" else ": "
    return {
        "nom_ecole": about.school.name,
        "courriel_ecole": about.school.email,
        "telephone_ecole": ", ".join(f"{where}{colon}{n}" for where, n in about.school.telephones.items()),
        **_pages(about),
    }


def _pages(about: Subject) -> dict[str, str]:
    """Where the client goes on; who is not logged in comes back there after the log-in."""
    file = f"{about.url}/mon-dossier"
    dates, later = f"{about.url}/dates", file
    if about.registration is not None:
        later = f"{file}/inscriptions/{about.registration['id']}/modifier"
    activity = (about.registration or about.workshop or {}).get("activity_id")
    if activity is not None:
        dates += f"?activite={activity}"
    return {
        "lien_dossier": about.url if about.to_staff else file,
        "lien_choisir_date": dates,
        "lien_date_ulterieure": later,
    }


def _phase(about: Subject) -> dict[str, str]:
    """As it reads within a sentence: « la phase 1 »."""
    if about.phase is None:
        return {}
    name = about.phase["name"] or f"phase {about.phase['number']}"
    return {"phase": name[0].lower() + name[1:] if name.startswith("Phase ") else name}


def _undated(about: Subject, registration: Row) -> dict[str, str]:
    nothing = ("lieu", "organisation", "note_activite", "note_lieu", "note_atelier")
    return dict.fromkeys(nothing, "") | {
        "activite": registration["activity"] or "",
        "dates": label(about.language, "mail", "to_schedule"),
    }


def _workshop(about: Subject, workshop: Row) -> dict[str, str]:
    venue = workshop["venue"]
    notes = (venue["note"] if venue else None, workshop["place_note"])
    return {
        "activite": workshop["activity"] or "",
        "dates": dates(workshop, about.language),
        "lieu": label(about.language, "mail", "online") if venue is None else _address(venue),
        "organisation": workshop["organiser"] or "",
        "note_activite": workshop["activity_note"] or "",
        "note_lieu": "\n\n".join(note for note in notes if note),
        "note_atelier": workshop["practical_note"] or "",
        "inscrits": str(workshop["taken"]),
        "places": str(workshop["capacity"]),
        "lien_liste": f"{about.url}/ateliers/{workshop['id']}/participants",
    }


def _address(venue: Row) -> str:
    return ", ".join(filter(None, (venue["name"], venue["address"], venue["city"])))


def _money(about: Subject, registration: Row) -> dict[str, str]:
    return {
        "prix": about.money(registration["price"]),
        "acompte": about.money(registration["deposit"]),
        "paye": about.money(registration["paid"]),
        "solde": about.money(registration["balance"]),
        **about.invoice_links(
            registration["invoice_number"], registration["invoice"], registration["balance"]
        ),
        "conditions_annulation": terms(about, about.workshop),
    }


def terms(about: Subject, workshop: Row | None) -> str:
    """In person in Europe, else Canada and EN LIGNE; both while there is no date (INS-9)."""
    regions = [Region.CANADA, Region.EUROPE]
    if workshop is not None:
        venue = workshop["venue"]
        in_europe = venue is not None and venue["region"] == Region.EUROPE
        regions = [Region.EUROPE if in_europe else Region.CANADA]
    key = regions[0].value if len(regions) == 1 else "both"
    said = [label(about.language, "mail", f"terms_{name}") for name in (key, "later")]
    return "\n".join([*said, *_pages_of_terms(about, regions)])


def _pages_of_terms(about: Subject, regions: Sequence[Region]) -> Iterator[str]:
    for region in regions:
        if url := terms_page(about.school, region, about.url):
            where = label(about.language, "document", f"terms_of_{region.value}")
            yield label(about.language, "document", "terms_link").format(where=where) + url


def _before(about: Subject) -> dict[str, str]:
    """The date given up, or the date and place a workshop was moved from."""
    if about.given_up is not None:
        return {"anciennes_dates": dates(about.given_up, about.language)}
    params = about.params or {}
    if params.get("was_starts") is None:
        return {"anciennes_dates": "", "ancien_lieu": ""}
    began = datetime.fromisoformat(params["was_starts"])
    return {
        "anciennes_dates": f"- {moment(began, params['was_zone'], about.language)}",
        "ancien_lieu": about.old_place or label(about.language, "mail", "online"),
    }


def moment(at: datetime, zone: str, language: Language) -> str:
    """Day and hour, with the zone's name."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{_day(local, language)}, {_clock(local, language)} ({_zone(local, language)})"


def dates(workshop: Row, language: Language) -> str:
    """A line per session: day, hours, and the zone's name."""
    place = ZoneInfo(workshop["zone"])
    lines = []
    for session in workshop["sessions"]:
        starts, ends = (datetime.fromisoformat(session[n]).astimezone(place) for n in ("starts", "ends"))
        hours = f"{_clock(starts, language)} – {_clock(ends, language)}"
        lines.append(f"- {_day(starts, language)}, {hours} ({_zone(starts, language)})")
    return "\n".join(lines)


def _day(local: datetime, language: Language) -> str:
    number = "d'er'" if language == "fr" and local.day == 1 else "d"
    return format_datetime(local, f"EEEE {number} MMMM y", tzinfo=local.tzinfo, locale=_LOCALES[language])


def _clock(local: datetime, language: Language) -> str:
    return format_datetime(local, "HH:mm", tzinfo=local.tzinfo, locale=_LOCALES[language])


def _zone(local: datetime, language: Language) -> str:
    return format_datetime(local, "vvvv", tzinfo=local.tzinfo, locale=_LOCALES[language])
