"""Small predicates over what the school writes, one per rule."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

from aggregates.audience.found import Found, fingerprint
from aggregates.kernel import months_from
from aggregates.mailing.events import Exclusion, Pressure, Series
from aggregates.mailing.refusals import (
    AudienceChanged,
    AudienceTooLarge,
    AuthorNotStaff,
    NobodyToWriteTo,
    NoSuchMailing,
    PressureToConfirm,
    UnknownPlaceholder,
    WordsInCapitals,
)
from aggregates.mailing.state import (
    Announcement,
    Composed,
    Composing,
    Mailing,
    same_series,
)
from aggregates.staff.state import Staff, StaffUser

LARGEST_AUDIENCE = 300
MONTHS_BETWEEN_ANNOUNCEMENTS = 2
ANNOUNCEMENTS_PER_SERIES = 2

_BRACES = re.compile(r"\{([^{}]*)\}|[{}]\w*")
_URL = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)


def known_placeholders(texts: Collection[str], allowed: Collection[str]) -> None:
    """Every brace belongs to a placeholder that this text may hold (COM-4).

    Raises UnknownPlaceholder, which names each unknown one and those allowed, braces included.
    """
    unknown = [found for text in texts for found in _unknown(text, allowed)]
    if unknown:
        raise UnknownPlaceholder(
            unknown=tuple(dict.fromkeys(unknown)), allowed=tuple(f"{{{name}}}" for name in allowed)
        )


def _unknown(text: str, allowed: Collection[str]) -> Iterator[str]:
    for found in _BRACES.finditer(text):
        if found[1] is None or found[1] not in allowed:
            yield found[0]


def no_words_in_capitals(texts: Collection[str], allowed: Collection[str]) -> None:
    """No run of 2 or more letters all in capitals; whatever is no letter ends a run (COM-6).

    Placeholders and URLs are not looked at, nor the runs `allowed` by the school. Raises WordsInCapitals.
    """
    fine = {unicodedata.normalize("NFC", word) for word in allowed}
    shouted = [run for text in texts for run in _runs_in_capitals(text) if run not in fine]
    if shouted:
        raise WordsInCapitals(words=tuple(dict.fromkeys(shouted)))


def _runs_in_capitals(text: str) -> Iterator[str]:
    plain = _URL.sub(" ", _BRACES.sub(" ", unicodedata.normalize("NFC", text)))
    for is_letter, run in groupby(plain, key=_is_letter):
        letters = "".join(run)
        if is_letter and len(letters) > 1 and all(letter.isupper() for letter in letters):
            yield letters


def _is_letter(character: str) -> bool:
    """One of the apostrophes counts as a modifier letter in Unicode."""
    return character.isalpha() and unicodedata.category(character) != "Lm"


def an_audience_of_bounded_size(found: int) -> None:
    """At most 300 persons found, before consents are applied (COM-8). Raises AudienceTooLarge."""
    if found > LARGEST_AUDIENCE:
        raise AudienceTooLarge(found=found, most=LARGEST_AUDIENCE)


def as_reviewed(reviewed: str | None, persons: Sequence[Found], found: int) -> None:
    """Who is found now are those who were looked at (COM-8). Raises AudienceChanged."""
    if reviewed != fingerprint(person.client for person in persons):
        raise AudienceChanged(found=found)


def exclusion_of(person: Found, left_out: Collection[UUID]) -> Exclusion | None:
    """Why this one gets nothing; None: gets it (COM-6)."""
    if person.client in left_out:
        return Exclusion.LEFT_OUT
    if not person.consents:
        return Exclusion.NO_CONSENT
    return None if person.has_address else Exclusion.NO_ADDRESS


def somebody_to_write_to(recipients: Sequence[UUID]) -> None:
    """A mailing without recipients is none. Raises NobodyToWriteTo."""
    if not recipients:
        raise NobodyToWriteTo


def written_by_staff(author: Staff) -> None:
    """Answers go to the author's address (COM-5). Raises AuthorNotStaff."""
    if not isinstance(author, StaffUser):
        raise AuthorNotStaff


def composed(mailing: Mailing) -> Composed:
    """What was composed, in whatever state it is. Raises NoSuchMailing."""
    if not isinstance(mailing, Composing):
        raise NoSuchMailing
    return mailing.composed


def own_or_any(mailing: Mailing, *, by: UUID | None, others_too: bool) -> Composed:
    """The author's own mailing, or anybody's (`others_too`). Raises NoSuchMailing."""
    found = composed(mailing)
    if found.author != by and not others_too:
        raise NoSuchMailing
    return found


def pressure_of(
    past: Sequence[Announcement], series: Series, *, today: date, zone: str
) -> tuple[Pressure, ...]:
    """Why announcing `series` today may be one too many (COM-9).

    `past` are the announcements of the same organiser for the same city; days are counted in `zone`. Two
    calendar months later, that day included, is time enough.
    """
    found = []
    if _of_series(past, series) >= ANNOUNCEMENTS_PER_SERIES:
        found.append(Pressure.THIRD_ANNOUNCEMENT)
    previous = _previous(past, zone)
    if previous is not None and today < months_from(previous, MONTHS_BETWEEN_ANNOUNCEMENTS):
        found.append(Pressure.TOO_SOON)
    return tuple(found)


def pressure_is_confirmed(
    warnings: Sequence[Pressure],
    past: Sequence[Announcement],
    series: Series,
    *,
    zone: str,
    reason: str | None,
) -> None:
    """A warned announcement goes on with a reason only (COM-9). Raises PressureToConfirm."""
    if warnings and reason is None:
        raise PressureToConfirm(
            warnings=tuple(warnings), announcements=_of_series(past, series), previous=_previous(past, zone)
        )


def _of_series(past: Sequence[Announcement], series: Series) -> int:
    return sum(same_series(announcement, series) for announcement in past)


def _previous(past: Sequence[Announcement], zone: str) -> date | None:
    return max((a.at.astimezone(ZoneInfo(zone)).date() for a in past), default=None)
