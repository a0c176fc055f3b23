"""What one recipient of a mailing reads, and whether they may have it now (COM-6, COM-7, COM-8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aggregates.kernel import Erased, Fact
from aggregates.mailing.events import AudienceMailingComposed, MailingTested, Picture, RosterMailingComposed
from aggregates.mailing.placeholders import FILES
from processors.runtime import wordings
from processors.runtime.letters import (
    Letter,
    NoAddressError,
    RecipientGoneError,
    for_whom,
    links_in,
    signed_off,
)
from processors.runtime.links import Links
from processors.runtime.placeholders import Subject, values
from processors.runtime.wordings import Wording
from projections import catalogue, recipients, workshop_dates
from projections.merged import survivor
from projections.query import Reads, Row
from schema.files import Head
from schema.labels import label
from schema.wording import Language

_FILES = "{" + FILES + "}"


class NoConsentError(Exception):
    """The client doesn't allow e-mails any more (COM-6)."""


class TextGoneError(Exception):
    """The mailing's key was destroyed: nobody can tell what it said."""


@dataclass(frozen=True)
class Content:
    """What was written, by whom, to whom; files come with their names."""

    author: UUID
    subject: str
    text: str
    workshop: UUID | None
    attachments: Sequence[UUID]
    image: Picture | None
    heads: Mapping[UUID, Head]
    asks_consent: bool


def content_of(fact: Fact, heads: Mapping[UUID, Head]) -> Content:
    """From the fact by which it was composed or tested. Raises TextGoneError."""
    assert isinstance(fact, AudienceMailingComposed | RosterMailingComposed | MailingTested)
    if isinstance(fact.subject, Erased) or isinstance(fact.text, Erased):
        raise TextGoneError
    return Content(
        fact.author,
        fact.subject,
        fact.text,
        None if isinstance(fact, AudienceMailingComposed) else fact.workshop,
        fact.attachments,
        None if isinstance(fact, RosterMailingComposed) else fact.image,
        heads,
        asks_consent=isinstance(fact, AudienceMailingComposed),
    )


def files_of(fact: Fact) -> list[UUID]:
    """Files that such a fact names."""
    assert isinstance(fact, AudienceMailingComposed | RosterMailingComposed | MailingTested)
    image = None if isinstance(fact, RosterMailingComposed) else fact.image
    return [*fact.attachments, *([] if image is None else [image.file])]


async def letter_to(
    connection: Reads, content: Content, client: UUID, *, links: Links, at: datetime
) -> Letter:
    """The letter as things stand at this moment, for a recipient who may have it.

    One whose dossier was merged reads what everybody on a roster reads; of an audience the surviving dossier
    may be a part anyway (DOS-5).

    Raises RecipientGoneError, NoConsentError, NoAddressError.
    """
    if not content.asks_consent:
        client = await survivor(connection, client)
    person = await recipients.one(connection, client)
    if person is None or person["state"] != "active":
        raise RecipientGoneError
    if content.asks_consent and not person["email_ok"]:
        raise NoConsentError
    if not person["address"]:
        raise NoAddressError
    unsubscribe = links.unsubscribe(client) if content.asks_consent else None
    return await written(connection, content, person, links=links, at=at, unsubscribe=unsubscribe)


async def written(
    connection: Reads,
    content: Content,
    person: Row,
    *,
    links: Links,
    at: datetime,
    unsubscribe: str | None = None,
) -> Letter:
    """The letter as that person reads it; `unsubscribe` is their link, none in a test."""
    school = await catalogue.school(connection)
    workshop = None if content.workshop is None else await workshop_dates.one(connection, content.workshop)
    language: Language = person["language"]
    known = values(
        Subject(person=person, school=school, url=links.public_url, language=language, workshop=workshop)
    )
    known[FILES] = _links_to_files(content, language, links, at)
    body = content.text if _FILES in content.text or not known[FILES] else f"{content.text}\n\n{_FILES}"
    filled = wordings.filled(Wording(content.subject, body), known)
    return Letter(
        address=person["address"] or "",
        reply_to=await catalogue.staff_email(connection, content.author) or school.email,
        subject=filled.subject,
        text=filled.text + _below(person, language, school.name, unsubscribe),
        language=language,
        unsubscribe=unsubscribe,
        school=school.name,
        links=links_in(known),
        image=None
        if content.image is None
        else (links.file(content.image.file, at), content.image.place.value),
    )


def _links_to_files(content: Content, language: Language, links: Links, at: datetime) -> str:
    colon = " : " if language == "fr" else ": "
    return "\n".join(
        f"{content.heads[file].name}{colon}{links.file(file, at)}"
        for file in content.attachments
        if file in content.heads
    )


def _below(person: Row, language: Language, school: str, unsubscribe: str | None) -> str:
    """Whom it is for, where the address is a relative's (DOS-6); how to get no more of it (DOS-18)."""
    lines = for_whom(person, language)
    if unsubscribe is not None:
        lines.append(label(language, "mail", "why_mailing").format(school=school))
        lines.append(f"{label(language, 'mail', 'unsubscribe')} {unsubscribe}")
    return signed_off(lines)
