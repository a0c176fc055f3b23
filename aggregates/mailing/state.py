"""What the school writes, at a moment: templates, mailings, and the announcements made so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias, get_args
from uuid import UUID, uuid5

from aggregates.catalogue.state import PORTAIL
from aggregates.client.events import Language
from aggregates.kernel import Aggregate, fold, replace
from aggregates.mailing.events import (
    AnnouncementFact,
    AnnouncementMade,
    AnnouncementWithdrawn,
    AudienceMailingComposed,
    HeldMailDecided,
    MailingApproved,
    MailingCancelled,
    MailingEnded,
    MailingFact,
    MailingPaused,
    MailingResumed,
    MailingSendingStarted,
    MailingTested,
    MailingTextForgotten,
    RosterMailingComposed,
    Series,
    TemplateChanged,
    TemplateFact,
    TemplateKey,
    TemplateRestored,
    TemplateTested,
)


@dataclass(frozen=True)
class Wording:
    """One language's subject and body, placeholders in braces."""

    subject: str
    body: str


@dataclass(frozen=True)
class Template:
    """The school's own wordings; a language that lacks has the portal's default wording (COM-4)."""

    wordings: Mapping[Language, Wording] = field(default_factory=dict)


def template_id(key: TemplateKey) -> UUID:
    """The stream of that template."""
    return uuid5(PORTAIL, f"template:{key.value}")


def evolve_template(template: Template, fact: TemplateFact) -> Template:
    others = {k: w for k, w in template.wordings.items() if k is not fact.language}
    match fact:
        case TemplateChanged():
            return Template({**others, fact.language: Wording(fact.subject, fact.body)})
        case TemplateRestored():
            return Template(others)
        case TemplateTested():
            return template


@dataclass(frozen=True)
class NoMailing:
    """Nothing known under this id."""


@dataclass(frozen=True)
class Composed:
    """By whom and to whom; no workshop: to an audience."""

    author: UUID
    recipients: tuple[UUID, ...]
    workshop: UUID | None
    announces: Series | None
    leaves_at: datetime | None = None


@dataclass(frozen=True)
class TriedDraft:
    """Sent to its author alone; never a mailing (COM-6)."""

    forgotten: bool = False


@dataclass(frozen=True)
class AwaitingApproval:
    """An organiser's, to a roster or a joint announcement, until it is approved (COM-7, REQ-2)."""

    composed: Composed


@dataclass(frozen=True)
class Queued:
    """It leaves in the background, as far as limits let it (COM-1, COM-8)."""

    composed: Composed


@dataclass(frozen=True)
class Sending:
    """Some of it has left, or all; what has not, leaves as limits let it."""

    composed: Composed
    decided: Mapping[tuple[UUID, int], bool] = field(default_factory=dict)
    """Client and try → whether an e-mail whose answer was lost leaves once more (COM-3)."""


@dataclass(frozen=True)
class Paused:
    """Nothing of it leaves until it is resumed."""

    before: Queued | Sending

    @property
    def composed(self) -> Composed:
        return self.before.composed


@dataclass(frozen=True)
class Ended:
    """All that could leave has left."""

    composed: Composed
    forgotten: bool = False
    """What it said, and why, can't be read any more."""


@dataclass(frozen=True)
class CancelledMailing:
    """Nothing of it leaves any more."""

    composed: Composed
    forgotten: bool = False


Composing: TypeAlias = AwaitingApproval | Queued | Sending | Paused | Ended | CancelledMailing
Mailing: TypeAlias = NoMailing | TriedDraft | Composing


def evolve_mailing(mailing: Mailing, fact: MailingFact) -> Mailing:
    """The mailing after the fact. Raises ValueError on a fact that this state can't meet."""
    match mailing, fact:
        case NoMailing(), AudienceMailingComposed():
            made = Composed(fact.author, fact.recipients, None, fact.announces, fact.leaves_at)
            return AwaitingApproval(made) if fact.needs_approval else Queued(made)
        case NoMailing(), RosterMailingComposed():
            made = Composed(fact.author, fact.recipients, fact.workshop, None, fact.leaves_at)
            return AwaitingApproval(made) if fact.needs_approval else Queued(made)
        case AwaitingApproval(), MailingApproved():
            return Queued(mailing.composed)
        case Queued(), MailingSendingStarted():
            return Sending(mailing.composed)
        case NoMailing(), MailingTested():
            return TriedDraft()
        case Queued() | Sending(), MailingPaused():
            return Paused(mailing)
        case Paused(), MailingResumed():
            return mailing.before
        case Sending(), HeldMailDecided():
            return Sending(mailing.composed, {**mailing.decided, (fact.client, fact.tried): fact.send})
        case Paused(Sending() as before), HeldMailDecided():
            return Paused(Sending(before.composed, {**before.decided, (fact.client, fact.tried): fact.send}))
        case Queued() | Sending() | Paused(), MailingEnded():
            return Ended(mailing.composed)
        case AwaitingApproval() | Queued() | Sending() | Paused(), MailingCancelled():
            return CancelledMailing(mailing.composed)
        case Ended() | CancelledMailing() | TriedDraft(), MailingTextForgotten():
            return replace(mailing, forgotten=True)
        case _:
            raise ValueError(f"{fact.TOPIC} cannot follow {type(mailing).__name__}")


PARTS_WITHIN = timedelta(days=14)
"""Later ones are announcements of their own: the 500 a day of a sender spread the parts of a large one."""


@dataclass(frozen=True)
class Announcement:
    """One mailing's announcement of a series."""

    name: str | None
    workshop: UUID | None
    at: datetime
    city: str | None


@dataclass(frozen=True)
class Announcements:
    """What one organiser announced, by mailing, in order (COM-9)."""

    made: Mapping[UUID, Announcement] = field(default_factory=dict)


def announcements_id(organiser: UUID) -> UUID:
    """The stream of that organiser's announcements."""
    return uuid5(PORTAIL, f"announcements:{organiser}")


def same_city(announcement: Announcement, series: Series) -> bool:
    """Names of cities are compared without accents and case; none is EN LIGNE."""
    if announcement.city is None or series.city is None:
        return announcement.city is series.city
    return fold(announcement.city) == fold(series.city)


def same_series(announcement: Announcement, series: Series) -> bool:
    """Names are compared without accents and case; without a name the workshop counts."""
    if announcement.name is None or series.name is None:
        return announcement.name == series.name and announcement.workshop == series.workshop
    return fold(announcement.name) == fold(series.name)


def evolve_announcements(announcements: Announcements, fact: AnnouncementFact) -> Announcements:
    match fact:
        case AnnouncementMade():
            made = Announcement(fact.name, fact.workshop, fact.at, fact.city)
            return Announcements({**announcements.made, fact.mailing: made})
        case AnnouncementWithdrawn():
            return Announcements({k: a for k, a in announcements.made.items() if k != fact.mailing})


TEMPLATE: Aggregate[Template] = Aggregate("template", Template(), evolve_template, get_args(TemplateFact))
MAILING: Aggregate[Mailing] = Aggregate("mailing", NoMailing(), evolve_mailing, get_args(MailingFact))
ANNOUNCEMENTS: Aggregate[Announcements] = Aggregate(
    "announcements", Announcements(), evolve_announcements, get_args(AnnouncementFact)
)


def another_part_of(announcements: Announcements, series: Series, *, now: datetime) -> bool:
    """Whether this was announced these days: both are parts of one joint announcement (REQ-2)."""
    return any(
        made.workshop == series.workshop and same_series(made, series) and now - made.at <= PARTS_WITHIN
        for made in announcements.made.values()
    )
