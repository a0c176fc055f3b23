"""Facts of templates and mailings: ids of clients; what was written stands under a key of the mailing's."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from aggregates.client.events import Language
from aggregates.kernel import Contact, Fact, Scope, Value


class TemplateKey(StrEnum):
    """Every e-mail that the portal sends by itself or that staff send by one click (COM-2, COM-12)."""

    CREATED_BY_CLIENT = "created_by_client"
    CREATED_BY_STAFF = "created_by_staff"
    ADDED_MANUALLY = "added_manually"
    PORTAL_INVITATION = "portal_invitation"
    ADDRESS_VALIDATION = "address_validation"
    PASSWORD_RESET = "password_reset"  # noqa: S105  # the name of a mail
    EMAIL_CHANGE = "email_change"
    """To the new address: confirm it (DOS-19)."""
    EMAIL_CHANGE_TOLD = "email_change_told"
    """To the address of before: another one was asked for."""
    ALREADY_CLIENT = "already_client"
    """Somebody tried to sign up with the address of a dossier: log in here (DOS-4)."""
    STAFF_INVITATION = "staff_invitation"
    """To a staff user: choose a password (STF-1)."""
    PREFERENCES_ASKED = "preferences_asked"
    """To the address of somebody close: a link to the three choices, where there is no log-in (DOS-6)."""
    DOSSIER_REMOVED = "dossier_removed"
    DOSSIER_RESTORED = "dossier_restored"
    REGISTRATION_CONFIRMED = "registration_confirmed"
    BASKET_CONFIRMED = "basket_confirmed"
    """Several places bought together; each workshop's details are a text of their own, put into it."""
    CONFIRMED_WORKSHOP = "confirmed_workshop"
    """One workshop's part of that confirmation, under its subject as a heading."""
    REGISTERED_BY_MISTAKE = "registered_by_mistake"
    """It was confirmed and taken back since; staff send it by one click (INS-10)."""
    DATE_CHOSEN = "date_chosen"
    DATE_CHANGED = "date_changed"
    REMINDER = "reminder"
    WORKSHOP_MOVED = "workshop_moved"
    WORKSHOP_CANCELLED = "workshop_cancelled"
    WORKSHOP_RESTORED = "workshop_restored"
    WORKSHOP_RESTORED_FULL = "workshop_restored_full"
    """It takes place after all, and no seat is left for this client (ATE-5)."""
    WAITING_LIST_CLOSED = "waiting_list_closed"
    """The workshop was cancelled, so nobody waits for it any more (ATE-4)."""
    PROOF_ASKED = "proof_asked"
    PROOF_REMINDER = "proof_reminder"
    PROOF_REJECTED = "proof_rejected"
    ORGANISER_PROOF_MISSING = "organiser_proof_missing"
    """To the organiser, five days before: who owes a proof (INS-6)."""
    PAYMENT_RECEIVED = "payment_received"
    PAYMENT_KEPT = "payment_kept"
    """It came when its places were gone or nothing was owed any more: it is the client's credit (FAC-1)."""
    WAITING_LIST_OFFER = "waiting_list_offer"
    PHASE_LETTER = "phase_letter"
    PHASE_LETTER_PAGE = "phase_letter_page"
    """No mail: what the letter attached to it says (ATT-2)."""
    TAX_RECEIPT = "tax_receipt"
    """With the receipt itself as PDF, once the workshop is closed (FAC-7)."""
    ORGANISER_ARRIVAL = "organiser_arrival"
    ORGANISER_DEPARTURE = "organiser_departure"
    OUTAGE = "outage"
    """To admins: something of the portal stands still, since when, what to do (T9)."""
    OUTAGE_OVER = "outage_over"


class TemplateChanged(Fact):
    """An e-mail got a wording of the school's own in one language (COM-4)."""

    TOPIC: ClassVar[str] = "template.changed"
    VISIBLE: ClassVar[bool] = False

    key: TemplateKey
    language: Language
    subject: str
    body: str


class TemplateRestored(Fact):
    """An e-mail has the portal's default wording again in one language (COM-4)."""

    TOPIC: ClassVar[str] = "template.restored"
    VISIBLE: ClassVar[bool] = False

    key: TemplateKey
    language: Language


class TemplateTested(Fact):
    """A wording, changed or not, was sent to who tried it, as one client would read it (COM-4)."""

    TOPIC: ClassVar[str] = "template.tested"
    VISIBLE: ClassVar[bool] = False

    key: TemplateKey
    language: Language
    subject: str
    body: str
    client: UUID
    author: UUID


class ImagePlace(StrEnum):
    """An image stands at the very start or at the very end, never beside text (COM-5, COM-6)."""

    FIRST = "first"
    LAST = "last"


class StopReason(StrEnum):
    """Why the rest of a mailing never leaves, other than that somebody cancelled it."""

    WORKSHOP_CLOSED = "workshop_closed"
    """Its workshop was closed, or cancelled, before all had left (COM-7)."""


class Picture(Value):
    """An uploaded image and where it stands."""

    file: UUID
    place: ImagePlace


class Pressure(StrEnum):
    """Why an announcement may be one too many (COM-9)."""

    THIRD_ANNOUNCEMENT = "third_announcement"
    TOO_SOON = "too_soon"


class Series(Value):
    """What an announcement is about: a named set of workshops of one organiser in one city (COM-9).

    No city: EN LIGNE. `workshop` is one of the set; without a name it is its own series.
    """

    organiser: UUID
    city: str | None
    name: str | None
    workshop: UUID | None


class Exclusion(StrEnum):
    """Why somebody whom the query found gets nothing (COM-6)."""

    LEFT_OUT = "left_out"
    """By who wrote it."""
    NO_CONSENT = "no_consent"
    """E-mail was not allowed; unanswered is no."""
    NO_ADDRESS = "no_address"


class Excluded(Value):
    """Somebody who was found and gets nothing, and why."""

    client: UUID
    reason: Exclusion


class AudienceMailingComposed(Fact):
    """A mailing to an audience was reviewed and queued (COM-6, COM-8).

    `found` counts the persons of the query, before consents and before those left out; `conditions` is its
    tree as JSON. `person` is the mailing itself: its text may name somebody, and has a key of its own
    (decision 0026). `joint` names the organisers of a joint announcement; an organiser's waits for approval.
    """

    TOPIC: ClassVar[str] = "mailing.composed_for_audience"
    REVISION: ClassVar[int] = 2
    VISIBLE: ClassVar[bool] = False
    OPENS: ClassVar[tuple[Scope, ...]] = ("contact",)

    person: UUID
    author: UUID
    recipients: tuple[UUID, ...]
    found: int
    subject: Contact[str]
    text: Contact[str]
    attachments: tuple[UUID, ...]
    image: Picture | None
    announces: Series | None
    pressure: tuple[Pressure, ...]
    pressure_reason: Contact[str | None]
    conditions: str = ""
    excluded: tuple[Excluded, ...] = ()
    joint: tuple[UUID, ...] = ()
    needs_approval: bool = False
    leaves_at: datetime | None = None
    """Scheduled for that moment; none: at once."""


class RosterMailingComposed(Fact):
    """A mailing to participants of one workshop was composed; an organiser's waits for approval (COM-7)."""

    TOPIC: ClassVar[str] = "mailing.composed_for_roster"
    REVISION: ClassVar[int] = 2
    VISIBLE: ClassVar[bool] = False
    OPENS: ClassVar[tuple[Scope, ...]] = ("contact",)

    person: UUID
    author: UUID
    workshop: UUID
    registrations: tuple[UUID, ...]
    recipients: tuple[UUID, ...]
    subject: Contact[str]
    text: Contact[str]
    attachments: tuple[UUID, ...]
    reason: Contact[str | None]
    needs_approval: bool
    leaves_at: datetime | None = None
    """Scheduled for that moment; none: at once."""


class MailingApproved(Fact):
    """The mailing may leave: to a roster (COM-7), or a joint announcement (REQ-2)."""

    TOPIC: ClassVar[str] = "mailing.approved"
    VISIBLE: ClassVar[bool] = False


class MailingSendingStarted(Fact):
    """The first of its e-mails is about to leave: from here on some recipients may have it (COM-8, COM-9)."""

    TOPIC: ClassVar[str] = "mailing.sending_started"
    VISIBLE: ClassVar[bool] = False


class MailingPaused(Fact):
    """Nothing more of it leaves until somebody resumes it (COM-8)."""

    TOPIC: ClassVar[str] = "mailing.paused"
    VISIBLE: ClassVar[bool] = False


class MailingResumed(Fact):
    """What has not left goes on leaving."""

    TOPIC: ClassVar[str] = "mailing.resumed"
    VISIBLE: ClassVar[bool] = False


class HeldMailDecided(Fact):
    """Somebody said whether an e-mail whose answer was lost in a crash leaves once more (COM-3).

    `tried` counts how often it was handed over before: one that is lost again is asked about again.
    """

    TOPIC: ClassVar[str] = "mailing.held_mail_decided"
    VISIBLE: ClassVar[bool] = False

    client: UUID
    tried: int
    send: bool


class MailingEnded(Fact):
    """Nothing is left to be sent: so many have it, so many were passed over (COM-8)."""

    TOPIC: ClassVar[str] = "mailing.ended"
    VISIBLE: ClassVar[bool] = False

    sent: int
    skipped: int
    stopped: StopReason | None


class MailingTested(Fact):
    """Its author had a draft sent to the own address, as one client would read it (COM-6).

    Counted nowhere. `person` is the draft itself: its text has a key of its own.
    """

    TOPIC: ClassVar[str] = "mailing.tested"
    VISIBLE: ClassVar[bool] = False
    OPENS: ClassVar[tuple[Scope, ...]] = ("contact",)

    person: UUID
    author: UUID
    client: UUID
    workshop: UUID | None
    subject: Contact[str]
    text: Contact[str]
    attachments: tuple[UUID, ...]
    image: Picture | None


class MailingCancelled(Fact):
    """What of the mailing has not left yet never will; why not stands under a new key of the mailing's."""

    TOPIC: ClassVar[str] = "mailing.cancelled"
    REVISION: ClassVar[int] = 2
    VISIBLE: ClassVar[bool] = False
    OPENS: ClassVar[tuple[Scope, ...]] = ("contact",)

    person: UUID
    reason: Contact[str | None]


class MailingTextForgotten(Fact):
    """What it said, and why, is unreadable from now on: its key is destroyed, its numbers stay (reliability
    7.1)."""

    TOPIC: ClassVar[str] = "mailing.text_forgotten"
    VISIBLE: ClassVar[bool] = False
    DESTROYS: ClassVar[tuple[Scope, ...]] = ("contact",)

    person: UUID


class AnnouncementMade(Fact):
    """A mailing announced a series of this organiser in that city, or EN LIGNE (COM-9)."""

    TOPIC: ClassVar[str] = "announcement.made"
    VISIBLE: ClassVar[bool] = False

    mailing: UUID
    name: str | None
    workshop: UUID | None
    at: datetime
    city: str | None = None


class AnnouncementWithdrawn(Fact):
    """The mailing was cancelled: its announcement counts no more (COM-9)."""

    TOPIC: ClassVar[str] = "announcement.withdrawn"
    VISIBLE: ClassVar[bool] = False

    mailing: UUID


TemplateFact = TemplateChanged | TemplateRestored | TemplateTested
MailingFact = (
    AudienceMailingComposed
    | RosterMailingComposed
    | MailingApproved
    | MailingSendingStarted
    | MailingPaused
    | MailingResumed
    | HeldMailDecided
    | MailingEnded
    | MailingCancelled
    | MailingTested
    | MailingTextForgotten
)
AnnouncementFact = AnnouncementMade | AnnouncementWithdrawn
