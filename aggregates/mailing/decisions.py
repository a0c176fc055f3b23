"""What may happen to what the school writes: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from aggregates.audience.found import FoundAudience
from aggregates.client.events import Language
from aggregates.mailing.events import (
    AnnouncementFact,
    AnnouncementMade,
    AnnouncementWithdrawn,
    AudienceMailingComposed,
    Excluded,
    MailingApproved,
    MailingCancelled,
    MailingFact,
    MailingSendingStarted,
    MailingTested,
    Picture,
    Pressure,
    RosterMailingComposed,
    Series,
    TemplateChanged,
    TemplateFact,
    TemplateKey,
    TemplateRestored,
    TemplateTested,
)
from aggregates.mailing.placeholders import AUDIENCE_PLACEHOLDERS, PLACEHOLDERS, ROSTER_PLACEHOLDERS
from aggregates.mailing.policies import (
    an_audience_of_bounded_size,
    as_reviewed,
    composed,
    exclusion_of,
    known_placeholders,
    no_words_in_capitals,
    own_or_any,
    pressure_is_confirmed,
    pressure_of,
    somebody_to_write_to,
)
from aggregates.mailing.refusals import (
    MailingAlreadyCancelled,
    MailingAwaitsApproval,
    MailingIsOver,
    NoImageToRoster,
    RosterMailAfterClosing,
    RosterMailNeedsReason,
)
from aggregates.mailing.state import (
    Announcements,
    AwaitingApproval,
    CancelledMailing,
    Ended,
    Mailing,
    NoMailing,
    Queued,
    Template,
    Wording,
    same_city,
)


@dataclass(frozen=True)
class Draft:
    """What is written, under which id, by whom; attachments become links (COM-6)."""

    mailing: UUID
    author: UUID
    subject: str
    text: str
    attachments: tuple[UUID, ...] = ()
    image: Picture | None = None
    leaves_at: datetime | None = None


def change_template(
    template: Template, key: TemplateKey, language: Language, wording: Wording
) -> Sequence[TemplateFact]:
    """Give an e-mail the school's own wording in one language (COM-4). Raises UnknownPlaceholder."""
    known_placeholders([wording.subject, wording.body], PLACEHOLDERS[key])
    if template.wordings.get(language) == wording:
        return []
    return [TemplateChanged(key=key, language=language, subject=wording.subject, body=wording.body)]


def restore_template(template: Template, key: TemplateKey, language: Language) -> Sequence[TemplateFact]:
    """Go back to the portal's default wording in one language (COM-4)."""
    return [TemplateRestored(key=key, language=language)] if language in template.wordings else []


def try_template(
    key: TemplateKey, language: Language, wording: Wording, *, client: UUID, author: UUID
) -> Sequence[TemplateFact]:
    """Have a wording sent to who tries it, before or after it is saved (COM-4). Raises UnknownPlaceholder."""
    known_placeholders([wording.subject, wording.body], PLACEHOLDERS[key])
    return [
        TemplateTested(
            key=key,
            language=language,
            subject=wording.subject,
            body=wording.body,
            client=client,
            author=author,
        )
    ]


@dataclass(frozen=True)
class Announcing:
    """The series that a mailing announces, what was announced before, and why one more is right (COM-9)."""

    series: Series
    before: Announcements
    reason: str | None


@dataclass(frozen=True)
class Audience:
    """Whom a query found, those of them to be left out, and how it was reviewed (COM-6, COM-8)."""

    conditions: str
    """The tree as JSON."""
    found: FoundAudience
    left_out: Collection[UUID]
    reviewed: str | None
    """Fingerprint of those who were looked at; the parts of a joint announcement have none (REQ-2)."""
    joint: tuple[UUID, ...] = ()
    """Organisers of a joint announcement."""
    needs_approval: bool = False


def compose_for_audience(
    mailing: Mailing,
    draft: Draft,
    audience: Audience,
    *,
    announcing: Announcing | None,
    capitals_allowed: Collection[str],
    now: datetime,
    zone: str,
) -> Sequence[MailingFact]:
    """Queue a mailing to the persons found, less those left out or unwilling (COM-6, COM-8, COM-9).

    `zone` is the school's, in which days are counted. A joint announcement goes out in parts (REQ-2).
    Raises UnknownPlaceholder, WordsInCapitals, AudienceTooLarge, AudienceChanged, NobodyToWriteTo,
    PressureToConfirm.
    """
    if not isinstance(mailing, NoMailing):
        return []
    count, persons = audience.found.count, audience.found.persons
    an_audience_of_bounded_size(len(persons) if audience.joint else count)
    if not audience.joint:
        as_reviewed(audience.reviewed, persons, count)
    reasons = {person.client: exclusion_of(person, audience.left_out) for person in persons}
    recipients = tuple(client for client, reason in reasons.items() if reason is None)
    somebody_to_write_to(recipients)
    _well_written(draft, AUDIENCE_PLACEHOLDERS, capitals_allowed)
    warnings: tuple[Pressure, ...] = ()
    if announcing is not None:
        past = [a for a in announcing.before.made.values() if same_city(a, announcing.series)]
        today = now.astimezone(ZoneInfo(zone)).date()
        warnings = pressure_of(past, announcing.series, today=today, zone=zone)
        pressure_is_confirmed(warnings, past, announcing.series, zone=zone, reason=announcing.reason)
    return [
        AudienceMailingComposed(
            person=draft.mailing,
            author=draft.author,
            recipients=recipients,
            found=count,
            subject=draft.subject,
            text=draft.text,
            attachments=draft.attachments,
            image=draft.image,
            announces=None if announcing is None else announcing.series,
            pressure=warnings,
            pressure_reason=announcing.reason if announcing is not None and warnings else None,
            conditions=audience.conditions,
            excluded=tuple(Excluded(client=c, reason=r) for c, r in reasons.items() if r is not None),
            joint=audience.joint,
            needs_approval=audience.needs_approval,
            leaves_at=draft.leaves_at,
        )
    ]


def compose_for_roster(
    mailing: Mailing,
    draft: Draft,
    *,
    workshop: UUID,
    seats: Mapping[UUID, UUID],
    reason: str | None,
    needs_approval: bool,
    closed: bool,
    capitals_allowed: Collection[str],
) -> Sequence[MailingFact]:
    """Write to participants of one workshop, whatever their preferences (COM-7).

    `seats` are the checked ones, registration → client; `needs_approval` is an organiser's case;
    `closed` says that the workshop is. Raises RosterMailAfterClosing, RosterMailNeedsReason,
    NoImageToRoster, UnknownPlaceholder, WordsInCapitals, NobodyToWriteTo.
    """
    if not isinstance(mailing, NoMailing):
        return []
    if closed:
        raise RosterMailAfterClosing
    if needs_approval and reason is None:
        raise RosterMailNeedsReason
    if draft.image is not None:
        raise NoImageToRoster
    somebody_to_write_to(list(seats))
    _well_written(draft, ROSTER_PLACEHOLDERS, capitals_allowed)
    return [
        RosterMailingComposed(
            person=draft.mailing,
            author=draft.author,
            workshop=workshop,
            registrations=tuple(seats),
            recipients=tuple(dict.fromkeys(seats.values())),
            subject=draft.subject,
            text=draft.text,
            attachments=draft.attachments,
            reason=reason,
            needs_approval=needs_approval,
            leaves_at=draft.leaves_at,
        )
    ]


def _well_written(draft: Draft, placeholders: Collection[str], capitals_allowed: Collection[str]) -> None:
    texts = [draft.subject, draft.text]
    known_placeholders(texts, placeholders)
    no_words_in_capitals(texts, capitals_allowed)


def try_draft(
    mailing: Mailing,
    draft: Draft,
    *,
    client: UUID,
    workshop: UUID | None,
    capitals_allowed: Collection[str],
) -> Sequence[MailingFact]:
    """Have a draft sent to its author, as this client would read it; it needs no consent (COM-6).

    Raises UnknownPlaceholder, WordsInCapitals, NoImageToRoster.
    """
    if not isinstance(mailing, NoMailing):
        return []
    if workshop is not None and draft.image is not None:
        raise NoImageToRoster
    known = AUDIENCE_PLACEHOLDERS if workshop is None else ROSTER_PLACEHOLDERS
    _well_written(draft, known, capitals_allowed)
    return [
        MailingTested(
            person=draft.mailing,
            author=draft.author,
            client=client,
            workshop=workshop,
            subject=draft.subject,
            text=draft.text,
            attachments=draft.attachments,
            image=draft.image,
        )
    ]


def approve(mailing: Mailing, *, closed: bool) -> Sequence[MailingFact]:
    """Let an organiser's mailing to a roster leave (COM-7); what needs no approval has it already.

    `closed` says that the workshop is. Raises NoSuchMailing, MailingAlreadyCancelled,
    RosterMailAfterClosing.
    """
    composed(mailing)
    if isinstance(mailing, CancelledMailing):
        raise MailingAlreadyCancelled
    if not isinstance(mailing, AwaitingApproval):
        return []
    if closed:
        raise RosterMailAfterClosing
    return [MailingApproved()]


def start_sending(mailing: Mailing) -> Sequence[MailingFact]:
    """Begin to send what is queued (COM-7, COM-8).

    Raises NoSuchMailing, MailingAlreadyCancelled, MailingAwaitsApproval.
    """
    composed(mailing)
    if isinstance(mailing, CancelledMailing):
        raise MailingAlreadyCancelled
    if isinstance(mailing, AwaitingApproval):
        raise MailingAwaitsApproval
    return [MailingSendingStarted()] if isinstance(mailing, Queued) else []


def cancel(
    mailing: Mailing, id_: UUID, *, by: UUID | None, others_too: bool, reason: str | None
) -> Sequence[MailingFact]:
    """Stop what has not left yet: the author's own, or anybody's (`others_too`).

    Raises NoSuchMailing, MailingIsOver.
    """
    own_or_any(mailing, by=by, others_too=others_too)
    if isinstance(mailing, Ended):
        raise MailingIsOver
    return [] if isinstance(mailing, CancelledMailing) else [MailingCancelled(person=id_, reason=reason)]


def announce(
    announcements: Announcements, mailing: UUID, series: Series, *, now: datetime
) -> Sequence[AnnouncementFact]:
    """Count the mailing among the announcements of its organiser (COM-9)."""
    if mailing in announcements.made:
        return []
    return [
        AnnouncementMade(
            mailing=mailing, name=series.name, workshop=series.workshop, at=now, city=series.city
        )
    ]


def withdraw(announcements: Announcements, mailing: UUID) -> Sequence[AnnouncementFact]:
    """Count it no more: it was cancelled (COM-9)."""
    return [AnnouncementWithdrawn(mailing=mailing)] if mailing in announcements.made else []
