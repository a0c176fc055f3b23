"""Letters whose text stands in the fact that caused them: to one client, and tests (COM-4 to COM-6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from aggregates.client.events import MailWritten
from aggregates.kernel import Erased, Fact
from aggregates.mailing.events import ImagePlace, MailingTested, Picture, TemplateTested
from processors.runtime.letters import Letter, NoAddressError, RecipientGoneError
from processors.runtime.links import Links
from processors.runtime.mailing_letter import Content, TextGoneError, content_of, files_of, letter_to, written
from processors.runtime.preview import preview
from processors.runtime.wordings import Wording
from projections import catalogue, recipients
from projections.query import Reads
from schema.files import Head
from schema.labels import label


def files_in(fact: Fact) -> Sequence[UUID]:
    """Files that the letter links to."""
    match fact:
        case MailWritten():
            return [*fact.attachments, *([] if fact.image is None else [fact.image])]
        case MailingTested():
            return files_of(fact)
        case _:
            return []


async def letter_of(
    connection: Reads, fact: Fact, client: UUID, *, links: Links, heads: Mapping[UUID, Head], at: datetime
) -> Letter:
    """The letter that this fact asks for.

    Raises RecipientGoneError, NoAddressError, TextGoneError.
    """
    match fact:
        case MailWritten():
            return await letter_to(connection, _content(fact, heads), client, links=links, at=at)
        case MailingTested():
            person = await recipients.one(connection, client)
            if person is None or person["state"] != "active":
                raise RecipientGoneError
            read = await written(connection, content_of(fact, heads), person, links=links, at=at)
            return await _to_oneself(connection, read, fact.author)
        case TemplateTested():
            wording = Wording(fact.subject, fact.body)
            seen = await preview(
                connection, wording, fact.language.value, client, public_url=links.public_url
            )
            return await _to_oneself(connection, seen, fact.author)
        case _:
            raise LookupError(fact.TOPIC)


def _content(fact: MailWritten, heads: Mapping[UUID, Head]) -> Content:
    if isinstance(fact.subject, Erased) or isinstance(fact.text, Erased):
        raise TextGoneError
    place = ImagePlace.LAST if fact.image_last else ImagePlace.FIRST
    return Content(
        fact.author,
        fact.subject,
        fact.text,
        None,
        fact.attachments,
        None if fact.image is None else Picture(file=fact.image, place=place),
        heads,
        asks_consent=False,
    )


async def _to_oneself(connection: Reads, letter: Letter, author: UUID) -> Letter:
    own = await catalogue.staff_email(connection, author)
    if not own:
        raise NoAddressError
    test = label("fr", "mail", "test")
    return replace(letter, address=own, reply_to=own, subject=f"{test} {letter.subject}")
