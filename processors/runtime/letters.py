"""What a mail says: data read from the views when it is sent, poured into the template of its language."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from aggregates.kernel import Money
from processors.runtime.calendar import calendar
from projections import catalogue, dossier, workshop_dates
from projections.query import Reads, Row
from schema.wording import money

_LOCALES = {"fr": "fr_CA", "en": "en_CA"}
_DEAR = {
    "fr": {"madam": "Chère", "sir": "Cher", None: "Bonjour"},
    "en": {"madam": "Dear", "sir": "Dear", None: "Hello"},
}
_LINK = re.compile(r"https?://[^\s<>\"']+")


@dataclass(frozen=True)
class Letter:
    """A mail ready to be sent."""

    address: str
    reply_to: str
    subject: str
    text: str
    language: str
    calendar: str | None = None
    """The dates as a file to attach."""

    @property
    def html(self) -> str:
        """The same words with paragraphs and links."""
        paragraphs = (
            _LINK.sub(lambda m: f'<a href="{m[0]}">{m[0]}</a>', html.escape(p)).replace("\n", "<br>\n")
            for p in self.text.split("\n\n")
        )
        body = "\n".join(f"<p>{p}</p>" for p in paragraphs)
        style = "font:16px/1.5 system-ui,sans-serif;color:#222;max-width:38em"
        return f'<!doctype html><html lang="{self.language}"><body style="{style}">\n{body}\n</body></html>\n'


class NoAddressError(Exception):
    """The recipient has no e-mail."""


class RecipientGoneError(Exception):
    """The dossier was deactivated or erased meanwhile: nothing is sent any more."""


class SupersededError(Exception):
    """The registration was cancelled, got another date or none meanwhile: a later mail, or none, says so."""


def _as_it_stands(template: str, registration: Row, workshop: Row | None) -> Row | None:
    """The date to write about: a registration put off before it was confirmed is confirmed À PLANIFIER.

    Raises SupersededError.
    """
    current = registration["workshop"]
    if registration["state"] == "cancelled":
        raise SupersededError
    if current is None and template == "registration_confirmed":
        return None
    if (current and current["id"]) != (workshop and workshop["id"]):
        raise SupersededError
    return workshop


@cache
def _templates() -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["when"] = _when
    made.filters["amount"] = _amount
    return made


def _when(session: Row, zone: str, language: str) -> str:
    """Day, hours and zone of one session."""
    place = ZoneInfo(zone)
    starts, ends = (datetime.fromisoformat(session[name]).astimezone(place) for name in ("starts", "ends"))
    locale = _LOCALES[language]
    number = "d'er'" if language == "fr" and starts.day == 1 else "d"
    day = format_datetime(starts, f"EEEE {number} MMMM y", tzinfo=place, locale=locale)
    hours = [format_datetime(t, "HH:mm", tzinfo=place, locale=locale) for t in (starts, ends)]
    zone_name = format_datetime(starts, "vvvv", tzinfo=place, locale=locale)
    return f"{day}, {hours[0]} – {hours[1]} ({zone_name})"


def _amount(value: Row, language: str) -> str:
    return money("en" if language == "en" else "fr", Money.model_validate(value))


async def write(
    connection: Reads,
    *,
    template: str,
    recipient: str,
    client: UUID,
    params: dict[str, Any],
    public_url: str,
    at: datetime,
) -> Letter:
    """The letter as things stand at that moment.

    Raises NoAddressError, RecipientGoneError, SupersededError, LookupError when the views lack a thing.
    """
    person = await dossier.identity(connection, client)
    if person is None or person["state"] != "active":
        raise RecipientGoneError
    school = await catalogue.school(connection)
    workshop = await _workshop(connection, params.get("workshop"))
    given_up = await _workshop(connection, params.get("given_up"))
    registrations = {r["id"]: r for r in await dossier.registrations(connection, client)}
    registration = registrations[params["registration"]]
    if recipient == "client":
        workshop = _as_it_stands(template, registration, workshop)
    organiser = await _staff_email(connection, workshop) or school.email
    language = person["language"] if recipient == "client" else "fr"
    address = person["email"] if recipient == "client" else organiser
    if not address:
        raise NoAddressError
    context = {
        "dear": f"{_DEAR[language][person['form_of_address']]} {person['first_name']}",
        "client": person,
        "school": school,
        "workshop": workshop,
        "given_up": given_up,
        "registration": registration,
        "terms": _terms(workshop),
        "url": public_url,
        "language": language,
    }
    rendered = _templates().get_template(f"{language}/{template}.txt").render(context)
    subject, _, text = rendered.partition("\n")
    dates = None
    if recipient == "client" and workshop is not None:
        dates = calendar(workshop, UUID(registration["id"]), at)
    text = re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
    return Letter(address, organiser, one_line(subject), text, language, dates)


def one_line(text: str) -> str:
    """A header's text: no line break of any kind, no control character."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text).split())


async def _workshop(connection: Reads, id_: str | None) -> Row | None:
    return None if id_ is None else await workshop_dates.one(connection, UUID(id_))


async def _staff_email(connection: Reads, workshop: Row | None) -> str | None:
    if workshop is None:
        return None
    return await catalogue.staff_email(connection, UUID(workshop["organiser_id"]))


def _terms(workshop: Row | None) -> str:
    """Which cancellation terms hold: in person in Europe, else Canada and EN LIGNE; undated both (INS-9)."""
    if workshop is None:
        return "both"
    venue = workshop["venue"]
    return "europe" if venue is not None and venue["region"] == "europe" else "canada"
