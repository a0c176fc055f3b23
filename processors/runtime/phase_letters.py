"""The letter at the end of a phase as the school words it, for its mail and for whoever prints it (ATT-2)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from processors.documents.phase_letter import is_finished, phase_letter
from processors.documents.press import Paper
from processors.documents.words import fine, local_day
from processors.runtime import wordings
from processors.runtime.placeholders import Subject, values
from processors.runtime.wordings import Wording
from projections import catalogue, dossier, phases
from projections.query import Reads, Row
from schema.wording import Language

_WORDING = "phase_letter_page"


async def phase_of(connection: Reads, client: UUID, enrolment: UUID) -> Row | None:
    """The phase of this enrolment, while its client is a student of it."""
    found = [p for p in await phases.phases(connection, client) if p["enrolment"] == str(enrolment)]
    return found[0] if found else None


async def letter(
    connection: Reads, client: UUID, enrolment: UUID, now: datetime, *, masked: bool = False
) -> Paper | None:
    """The letter, of the day it was sent, else of today; None while the phase is not finished.

    `masked`: without the client's address.
    """
    person = await dossier.identity(connection, client)
    phase = await phase_of(connection, client, enrolment)
    school = await catalogue.school(connection)
    today = school.day_of(now)
    if person is None or phase is None or not is_finished(phase, today):
        return None
    language: Language = "en" if person["language"] == "en" else "fr"
    about = Subject(person=person, school=school, url="", language=language, phase=phase)
    own = await wordings.current(connection, _WORDING, language)
    wording = Wording(fine(language, own.subject), fine(language, own.body))
    filled = wordings.filled(wording, values(about))
    sent = phase["letter_sent"]
    day = today if sent is None else local_day(sent, school.zone)
    if masked:
        person = dossier.masked(person)
    return phase_letter(language, school, person, phase, filled.subject, filled.text, day)
