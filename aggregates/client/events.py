"""Facts of a client's file."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Contact, Fact, Identity, Money, Scope


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


class Registered(Fact):
    """A place for one activity was sold, with a date or À PLANIFIER (INS-1)."""

    TOPIC: ClassVar[str] = "client.registered"

    registration: UUID
    activity: UUID
    workshop: UUID | None
    starts: datetime | None
    retake: bool
    phase: UUID | None
    invoice: UUID
    line: UUID
    price: Money
    deposit: Money


class DateChosen(Fact):
    """A date was chosen; `given_up` is the workshop left, its presence stays traced (INS-7)."""

    TOPIC: ClassVar[str] = "client.date_chosen"

    registration: UUID
    workshop: UUID
    starts: datetime
    given_up: UUID | None


class RegistrationDeferred(Fact):
    """« Date ultérieure »: the date was taken off, the registration is À PLANIFIER again (INS-7, INS-8)."""

    TOPIC: ClassVar[str] = "client.registration_deferred"

    registration: UUID
    workshop: UUID


class RegistrationCancelled(Fact):
    """A true cancellation: nothing is left on top of the file (INS-7, INS-8)."""

    TOPIC: ClassVar[str] = "client.registration_cancelled"

    registration: UUID
    workshop: UUID | None


class RegistrationFollowed(Fact):
    """The client was ticked present: the registration is SUIVI (INS-13)."""

    TOPIC: ClassVar[str] = "client.registration_followed"

    registration: UUID
    workshop: UUID


class FollowedUndone(Fact):
    """The tick was taken back before closing: the registration is INSCRIT again (INS-13)."""

    TOPIC: ClassVar[str] = "client.followed_undone"

    registration: UUID
    workshop: UUID


class DossierDeactivated(Fact):
    """Everything personal but name and postal code was erased (DOS-8)."""

    TOPIC: ClassVar[str] = "client.dossier_deactivated"
    DESTROYS: ClassVar[tuple[Scope, ...]] = ("contact",)

    person: UUID


class DossierErased(Fact):
    """The whole dossier was erased: no invoice, no registration ever (DOS-8, DOS-10)."""

    TOPIC: ClassVar[str] = "client.dossier_erased"
    DESTROYS: ClassVar[tuple[Scope, ...]] = ("identity", "contact")

    person: UUID


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


ClientFact = (
    DossierCreated
    | Registered
    | DateChosen
    | RegistrationDeferred
    | RegistrationCancelled
    | RegistrationFollowed
    | FollowedUndone
    | DossierDeactivated
    | DossierErased
    | DossierRestored
)
