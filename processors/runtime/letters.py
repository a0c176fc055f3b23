"""What a mail says: data read from the views when it is sent, poured into the wording of its language."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from processors.documents.press import pressed
from processors.documents.tax_receipt import receipt_of
from processors.runtime import phase_letters, wordings
from processors.runtime.calendar import calendar
from processors.runtime.dress import Dress
from processors.runtime.links import Links
from processors.runtime.particulars import particulars
from processors.runtime.placeholders import Bought, Subject, values
from processors.runtime.standing import SupersededError, Wish, as_it_stands, not_stale, still_bought
from projections import catalogue, dossier, recipients, workshop_dates
from projections.query import Reads, Row
from schema.labels import label
from schema.wording import Language

_WITHOUT_CALENDAR = frozenset(
    {
        "workshop_cancelled",
        "workshop_restored_full",
        "proof_asked",
        "proof_reminder",
        "proof_rejected",
        "tax_receipt",
    }
)
_COPIED = frozenset({"reminder"})
"""Of these the organiser gets the client's own text."""
_LOOKED_AT = frozenset({"organiser_proof_missing"})
"""Mails to organisers that are withdrawn like a client's when they hold no more."""


@dataclass(frozen=True)
class Letter:
    """A mail ready to be sent."""

    address: str
    reply_to: str
    subject: str
    text: str
    language: Language
    calendar: str | None = None
    """The dates as a file to attach."""
    document: tuple[str, bytes] | None = None
    """A PDF to attach: its file name and bytes."""
    unsubscribe: str | None = None
    """Address of the one click by which its reader gets no more of them (RFC 8058)."""
    image: tuple[str, str] | None = None
    """Address of an image, and whether it stands `first` or `last` (COM-6)."""
    school: str = ""
    """What stands on top of the HTML."""
    links: frozenset[str] = frozenset()
    """Links that the portal put in, and no one else."""
    secret: str | None = None
    """A link that lets its reader in."""

    @property
    def kept(self) -> str:
        """The text that is kept: nobody gets in with it."""
        if self.secret is None:
            return self.text
        return self.text.replace(self.secret, label(self.language, "mail", "personal_link"))

    @property
    def html(self) -> str:
        """The same words, dressed."""
        dress = Dress(self.language, self.school, self.links, self.image)
        return dress.whole(self.subject, self.text)


class NoAddressError(Exception):
    """The recipient has no e-mail."""


class RecipientGoneError(Exception):
    """The dossier was deactivated or erased meanwhile: nothing is sent any more."""


async def write(connection: Reads, wish: Wish, *, links: Links, at: datetime) -> Letter:
    """The letter as things stand at that moment.

    Raises NoAddressError, RecipientGoneError, SupersededError, NotYetError; LookupError when the views lack
    a thing.
    """
    person = await dossier.identity(connection, wish.client)
    if person is None or person["state"] != "active":
        raise RecipientGoneError
    about = await _subject(connection, wish, person, links, at)
    organiser = await _staff_email(connection, about.workshop) or about.school.email
    address: str | None = organiser
    below = ""
    if wish.recipient == "client":
        reached = await recipients.one(connection, wish.client)
        address = reached["address"] if reached is not None else None
        below = "" if reached is None else signed_off(for_whom(reached, about.language))
    if not address:
        raise NoAddressError
    wording = await wordings.current(connection, wish.template, about.language)
    put_in = values(about) | await particulars(connection, wish, about)
    filled = wordings.filled(wording, put_in)
    return Letter(
        address,
        organiser,
        filled.subject,
        filled.text + below,
        about.language,
        calendar=_dates(wish, about, at),
        document=await _document(connection, wish, at),
        school=about.school.name,
        links=links_in(put_in),
    )


def for_whom(reached: Row, language: Language) -> list[str]:
    """Whom a mail is for, where the address is a relative's (DOS-6)."""
    if reached["via"] is None:
        return []
    name = f"{reached['first_name']} {reached['last_name']}"
    return [label(language, "mail", "for_somebody").format(name=name)]


def signed_off(lines: Sequence[str]) -> str:
    """What stands below a mail, apart from its text; nothing where there are no lines."""
    return "".join(f"\n{line}\n" for line in ["--", *lines]) if lines else ""


def links_in(put_in: Mapping[str, str]) -> frozenset[str]:
    """What was put in for placeholders that are links: their names say so, nobody types their values."""
    return frozenset(value for name, value in put_in.items() if name.startswith("lien_"))


async def _subject(connection: Reads, wish: Wish, person: Row, links: Links, at: datetime) -> Subject:
    registration = await _registration(connection, wish)
    workshop = await _workshop(connection, wish.params.get("workshop"))
    not_stale(wish, workshop, at)
    for_client = wish.recipient == "client" or wish.template in _COPIED
    if for_client or wish.template in _LOOKED_AT:
        wish, workshop = await as_it_stands(connection, wish, registration, workshop, at)
    return Subject(
        person=person,
        school=await catalogue.school(connection),
        url=links.public_url,
        upload="" if registration is None else links.proof(wish.client, UUID(registration["id"]), at),
        language=person["language"] if for_client else "fr",
        registration=registration,
        workshop=workshop,
        given_up=await _workshop(connection, wish.params.get("given_up")),
        params=wish.params,
        old_place=await _old_place(connection, wish.params),
        phase=await _phase(connection, wish),
        purchase=await still_bought(connection, wish),
        links=links,
        at=at,
        to_staff=not for_client,
    )


async def _registration(connection: Reads, wish: Wish) -> Row | None:
    wanted = wish.params.get("registration")
    if wanted is None:
        return None
    found = {r["id"]: r for r in await dossier.registrations(connection, wish.client)}
    return found[wanted]


async def _workshop(connection: Reads, id_: str | None) -> Row | None:
    return None if id_ is None else await workshop_dates.one(connection, UUID(id_))


async def _old_place(connection: Reads, params: Mapping[str, Any]) -> str | None:
    was = params.get("was_venue")
    return None if was is None else (await catalogue.names(connection, [UUID(was)])).get(UUID(was))


async def _staff_email(connection: Reads, workshop: Row | None) -> str | None:
    if workshop is None:
        return None
    return await catalogue.staff_email(connection, UUID(workshop["organiser_id"]))


def _dates(wish: Wish, about: Subject, at: datetime) -> str | None:
    if wish.recipient != "client" or wish.template in _WITHOUT_CALENDAR:
        return None
    alone = [] if about.registration is None else [Bought(about.registration, about.workshop)]
    dated = [(b.workshop, UUID(b.registration["id"])) for b in (*about.purchase, *alone) if b.workshop]
    return calendar(dated, at) if dated else None


async def _phase(connection: Reads, wish: Wish) -> Row | None:
    wanted = wish.params.get("enrolment")
    if wanted is None:
        return None
    found = await phase_letters.phase_of(connection, wish.client, UUID(wanted))
    if found is None:
        raise SupersededError
    return found


async def _document(connection: Reads, wish: Wish, at: datetime) -> tuple[str, bytes] | None:
    """What goes along as PDF: the letter of a finished phase, or a tax receipt.

    Who is no student of the phase any more, or lacks a place again, gets no letter; nobody a receipt for
    nothing.
    """
    match wish.template:
        case "phase_letter":
            enrolment = UUID(wish.params["enrolment"])
            paper = await phase_letters.letter(connection, wish.client, enrolment, at)
        case "tax_receipt":
            workshop, registration = (UUID(wish.params[name]) for name in ("workshop", "registration"))
            paper = await receipt_of(connection, workshop, registration)
        case _:
            return None
    if paper is None:
        raise SupersededError
    return f"{paper.name}.pdf", await asyncio.to_thread(pressed, paper)
