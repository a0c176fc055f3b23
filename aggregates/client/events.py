"""Facts of a client's file; those of its registrations stand in registrations/."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from aggregates.client.access.events import AccessFact
from aggregates.client.documents.events import DocumentFact
from aggregates.client.impersonation.events import ImpersonationFact
from aggregates.client.merging.events import MergingFact
from aggregates.client.missed_mails.events import MissedMailFact
from aggregates.client.preferences.events import PreferenceFact
from aggregates.client.registrations.events import RegistrationFact
from aggregates.client.removal.events import RemovalFact
from aggregates.kernel import Contact, Fact, Identity, Scope


class FormOfAddress(StrEnum):
    """How {cher} agrees; without it letters stay neutral (DOS-1)."""

    MADAM = "madam"
    SIR = "sir"


class Language(StrEnum):
    """Language of everything sent to the client."""

    FR = "fr"
    EN = "en"


class DossierOrigin(StrEnum):
    """Who opened the dossier: the client (DOS-1), staff (DOS-2) or an import (IMP-1)."""

    CLIENT = "client"
    STAFF = "staff"
    IMPORT = "import"


class DossierCreated(Fact):
    """A dossier was opened (DOS-1, DOS-2)."""

    TOPIC: ClassVar[str] = "client.dossier_created"
    OPENS: ClassVar[tuple[Scope, ...]] = ("identity", "contact")

    person: UUID
    origin: DossierOrigin
    last_name: Identity[str]
    first_name: Identity[str]
    postal_code: Identity[str | None]
    form_of_address: Contact[FormOfAddress | None]
    email: Contact[str | None]
    telephone: Contact[str | None]
    street: Contact[str | None]
    city: Contact[str | None]
    country: Contact[str]
    language: Language
    namesake_of: UUID | None = None
    namesake_reason: Contact[str | None] = None


class DossierDeactivated(Fact):
    """Everything personal but name and postal code was erased (DOS-8)."""

    TOPIC: ClassVar[str] = "client.dossier_deactivated"
    DESTROYS: ClassVar[tuple[Scope, ...]] = ("contact",)

    person: UUID
    suppressed: str | None = None
    """Keyed hash of the address that no import writes to again (DOS-10)."""
    merged: tuple[UUID, ...] = ()
    """Dossiers that had become part of this one: their keys are destroyed too (DOS-5)."""
    suppressed_too: tuple[str, ...] = ()
    """Keyed hashes of their addresses, as `suppressed`."""


class DossierErased(Fact):
    """The whole dossier was erased: no invoice, no registration ever (DOS-8, DOS-10)."""

    TOPIC: ClassVar[str] = "client.dossier_erased"
    DESTROYS: ClassVar[tuple[Scope, ...]] = ("identity", "contact")

    person: UUID
    suppressed: str | None = None
    """As for a deactivated one."""
    merged: tuple[UUID, ...] = ()
    """As for a deactivated one."""
    suppressed_too: tuple[str, ...] = ()
    """As for a deactivated one."""


class DossierRestored(Fact):
    """A deactivated dossier was restored with a new address; consents are all no (DOS-9)."""

    TOPIC: ClassVar[str] = "client.dossier_restored"
    OPENS: ClassVar[tuple[Scope, ...]] = ("contact",)

    person: UUID
    form_of_address: Contact[FormOfAddress | None]
    email: Contact[str]
    telephone: Contact[str | None]
    street: Contact[str | None]
    city: Contact[str | None]
    country: Contact[str]


class ProfileChanged(Fact):
    """Name, address and language were set anew as a whole (DOS-19)."""

    TOPIC: ClassVar[str] = "client.profile_changed"

    person: UUID
    last_name: Identity[str]
    first_name: Identity[str]
    postal_code: Identity[str | None]
    form_of_address: Contact[FormOfAddress | None]
    email: Contact[str | None]
    telephone: Contact[str | None]
    street: Contact[str | None]
    city: Contact[str | None]
    country: Contact[str]
    language: Language
    namesake_of: UUID | None
    namesake_reason: Contact[str | None] = None


class CoordinatesSet(Fact):
    """Staff said where the client lives, in degrees north and east; None: as the town tells (REQ-1)."""

    TOPIC: ClassVar[str] = "client.coordinates_set"
    VISIBLE: ClassVar[bool] = False

    person: UUID
    latitude: Contact[float | None]
    longitude: Contact[float | None]


class ContactAddressRecorded(Fact):
    """Mails to a client without e-mail go to somebody close to them; it is no log-in (DOS-6)."""

    TOPIC: ClassVar[str] = "client.contact_address_recorded"

    person: UUID
    email: Contact[str]
    via: Contact[str]
    """Whose it is: « sa fille Zoé »."""


class ContactAddressRemoved(Fact):
    """The relative's address is used no longer (DOS-6)."""

    TOPIC: ClassVar[str] = "client.contact_address_removed"


class DossierMatch(StrEnum):
    """What a sign-up had in common with a dossier that there is (DOS-4)."""

    EMAIL = "email"
    """A log-in e-mail goes to the address."""
    PERSON = "person"
    """Last name, first name and postal code: the office gives access."""


class SecondDossierAttempted(Fact):
    """Somebody tried to sign up who has this dossier already: a to-do for the office (DOS-4)."""

    TOPIC: ClassVar[str] = "client.second_dossier_attempted"
    VISIBLE: ClassVar[bool] = False

    match: DossierMatch


class SecondDossierSettled(Fact):
    """The office looked at who tried to sign up anew: access was given, or it was somebody else (DOS-4)."""

    TOPIC: ClassVar[str] = "client.second_dossier_settled"
    VISIBLE: ClassVar[bool] = False


class NoteKind(StrEnum):
    """Staff notes, never visible to the client (DOS-13)."""

    ACCOUNTING = "accounting"
    """The red flag on top of the dossier."""
    TRAINER = "trainer"
    """The « i » beside the name on rosters."""
    GENERAL = "general"


class NoteWritten(Fact):
    """A staff note was written anew, or emptied (DOS-13)."""

    TOPIC: ClassVar[str] = "client.note_written"
    VISIBLE: ClassVar[bool] = False

    person: UUID
    kind: NoteKind
    text: Contact[str | None]
    no_online_registration: bool = False
    """With the red flag: the client's basket answers "please contact us"."""


class CardGranted(Fact):
    """The privilege card was granted: à-la-carte retakes are free while it is valid (DOS-20)."""

    TOPIC: ClassVar[str] = "client.card_granted"

    valid_from: date
    """In the school's zone, this day included."""
    valid_until: date | None
    """This day included; None: for good."""


class CardWithdrawn(Fact):
    """The privilege card was withdrawn; finished invoices stay as they are (DOS-20)."""

    TOPIC: ClassVar[str] = "client.card_withdrawn"


class BillingSet(Fact):
    """Name and address that new invoices carry instead of the client's, or None for these again (DOS-16)."""

    TOPIC: ClassVar[str] = "client.billing_set"

    person: UUID
    name: Identity[str | None]
    address: Contact[str | None]


class PriceAdjustmentAsked(Fact):
    """No discount of the catalogue fits: accounting are asked to adjust the price (CAT-4).

    Staff say frankly why, so it is not for the client's own history.
    """

    TOPIC: ClassVar[str] = "client.price_adjustment_asked"
    VISIBLE: ClassVar[bool] = False

    person: UUID
    activity: UUID
    reason: Contact[str]


class PriceAdjustmentRefused(Fact):
    """Accounting answered no: the catalogue's price stands (CAT-4)."""

    TOPIC: ClassVar[str] = "client.price_adjustment_refused"
    VISIBLE: ClassVar[bool] = False

    person: UUID
    activity: UUID
    reason: Contact[str]


class WaitingPlaceTaken(Fact):
    """The client waits for a seat in this workshop (ATE-2); the list itself is the workshop's."""

    TOPIC: ClassVar[str] = "client.waiting_place_taken"

    workshop: UUID


class WaitingPlaceLeft(Fact):
    """The client waits no longer for a seat in this workshop (ATE-2)."""

    TOPIC: ClassVar[str] = "client.waiting_place_left"

    workshop: UUID


class CreditHeld(Fact):
    """Money that came for places already gone lies on a document of its own, for this client (FAC-1)."""

    TOPIC: ClassVar[str] = "client.credit_held"

    invoice: UUID


class BalanceTakenOver(Fact):
    """An invoice of another system came with what was still open on it, without a place (IMP-1)."""

    TOPIC: ClassVar[str] = "client.balance_taken_over"

    invoice: UUID


class MailWritten(Fact):
    """Staff wrote to this one client; answers go to `author` (COM-5).

    Attachments and image are uploaded files; the image stands at the start, or at the end.
    """

    TOPIC: ClassVar[str] = "client.mail_written"

    person: UUID
    author: UUID
    subject: Contact[str]
    text: Contact[str]
    attachments: tuple[UUID, ...]
    image: UUID | None
    image_last: bool


DossierFact = (
    DossierCreated
    | MailWritten
    | DossierDeactivated
    | DossierErased
    | DossierRestored
    | ProfileChanged
    | CoordinatesSet
    | ContactAddressRecorded
    | ContactAddressRemoved
    | SecondDossierAttempted
    | SecondDossierSettled
    | NoteWritten
    | CardGranted
    | CardWithdrawn
    | BillingSet
    | PriceAdjustmentAsked
    | PriceAdjustmentRefused
    | WaitingPlaceTaken
    | WaitingPlaceLeft
    | CreditHeld
    | BalanceTakenOver
)
ClientFact = (
    DossierFact
    | AccessFact
    | PreferenceFact
    | RemovalFact
    | MissedMailFact
    | DocumentFact
    | ImpersonationFact
    | RegistrationFact
    | MergingFact
)
