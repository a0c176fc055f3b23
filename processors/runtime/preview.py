"""A wording as one client would read it, saved or not: for who edits it (COM-4)."""

from __future__ import annotations

from uuid import UUID

from processors.runtime import wordings
from processors.runtime.letters import Letter, RecipientGoneError, links_in
from processors.runtime.placeholders import Subject, values
from processors.runtime.wordings import Wording
from projections import catalogue, dossier, recipients, workshop_dates
from projections.query import Reads, Row
from schema.wording import Language

MODELS = (*recipients.MODELS, "catalogue", "workshop_dates", "money")
"""Views that it rests on."""


async def preview(
    connection: Reads, wording: Wording, language: Language, client: UUID, *, public_url: str
) -> Letter:
    """The letter about the client's newest registration; what only a cause could tell stands in brackets.

    Raises RecipientGoneError.
    """
    about = await subject_of(connection, language, client, public_url=public_url)
    known = _Known(values(about))
    filled = wordings.filled(wording, known)
    return Letter(
        about.person["address"] or "",
        about.school.email,
        filled.subject,
        filled.text,
        language,
        school=about.school.name,
        links=links_in(known),
    )


async def subject_of(connection: Reads, language: Language, client: UUID, *, public_url: str) -> Subject:
    """What such a letter is about. Raises RecipientGoneError."""
    person = await recipients.one(connection, client)
    if person is None or person["state"] != "active":
        raise RecipientGoneError
    registration = await _newest(connection, client)
    workshop = None
    if registration is not None and registration["workshop"] is not None:
        workshop = await workshop_dates.one(connection, UUID(registration["workshop"]["id"]))
    return Subject(
        person=person,
        school=await catalogue.school(connection),
        url=public_url,
        language=language,
        registration=registration,
        workshop=workshop,
    )


async def _newest(connection: Reads, client: UUID) -> Row | None:
    found = await dossier.registrations(connection, client)
    return found[0] if found else None


class _Known(dict[str, str]):
    """What has no value in a preview shows its name."""

    def __missing__(self, name: str) -> str:
        return f"[{name}]"
