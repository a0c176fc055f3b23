"""What a client's file is at a moment, folded from its facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias, get_args
from uuid import UUID

from aggregates.client.access.events import AccessFact
from aggregates.client.access.state import Access, evolve_access
from aggregates.client.documents.events import DocumentFact
from aggregates.client.documents.state import Documents, evolve_documents
from aggregates.client.events import (
    BalanceTakenOver,
    BillingSet,
    CardGranted,
    CardWithdrawn,
    ClientFact,
    ContactAddressRecorded,
    ContactAddressRemoved,
    CoordinatesSet,
    CreditHeld,
    DossierCreated,
    DossierDeactivated,
    DossierErased,
    DossierFact,
    DossierMatch,
    DossierOrigin,
    DossierRestored,
    FormOfAddress,
    Language,
    MailWritten,
    NoteKind,
    NoteWritten,
    PriceAdjustmentAsked,
    PriceAdjustmentRefused,
    ProfileChanged,
    SecondDossierAttempted,
    SecondDossierSettled,
    WaitingPlaceLeft,
    WaitingPlaceTaken,
)
from aggregates.client.impersonation.events import ImpersonationBegun, ImpersonationEnded
from aggregates.client.merging.events import DossierAbsorbed, DossierMerged
from aggregates.client.merging.values import with_taken, with_taken_mails
from aggregates.client.missed_mails.events import MissedMailFact
from aggregates.client.missed_mails.state import Mails, evolve_mails
from aggregates.client.preferences.events import PreferenceFact
from aggregates.client.preferences.state import Wishes, evolve_wishes
from aggregates.client.registrations.events import RegistrationFact
from aggregates.client.registrations.state import Places, Registration, evolve_places
from aggregates.client.removal.events import RemovalFact
from aggregates.client.removal.state import Proposal, evolve_proposal
from aggregates.kernel import Aggregate, Erased, fold_email, replace
from aggregates.links import LinkPurpose, OpenLinks


@dataclass(frozen=True)
class NoDossier:
    """Nothing known under this id."""


@dataclass(frozen=True)
class Note:
    """A staff note (DOS-13)."""

    text: str | Erased
    no_online_registration: bool


@dataclass(frozen=True)
class Card:
    """The privilege card, both days included (DOS-20)."""

    valid_from: date
    valid_until: date | None


@dataclass(frozen=True)
class Billing:
    """Who new invoices are made out to, where it isn't the client (DOS-16)."""

    name: str | Erased
    address: str | Erased | None


@dataclass(frozen=True)
class ContactAddress:
    """Somebody close to the client, to whom the client's mails go (DOS-6)."""

    email: str | Erased
    via: str | Erased


@dataclass(frozen=True)
class Coordinates:
    """Where the client lives, in degrees north and east (REQ-1)."""

    latitude: float
    longitude: float


@dataclass(frozen=True)
class Dossier:
    """An active file."""

    id: UUID
    last_name: str | Erased
    first_name: str | Erased
    postal_code: str | Erased | None
    email: str | Erased | None
    country: str | Erased
    language: Language
    form_of_address: FormOfAddress | Erased | None = None
    telephone: str | Erased | None = None
    street: str | Erased | None = None
    city: str | Erased | None = None
    namesake_of: UUID | None = None
    contact_address: ContactAddress | None = None
    coordinates: Coordinates | None = None
    wishes: Wishes = field(default_factory=Wishes)
    places: Places = field(default_factory=Places)
    notes: Mapping[NoteKind, Note] = field(default_factory=dict)
    card: Card | None = None
    billing: Billing | None = None
    adjustments_asked: Mapping[UUID, str | Erased] = field(default_factory=dict)
    """Activity → why its price should be adjusted, as asked last and not refused (CAT-4)."""
    adjustments_refused: frozenset[UUID] = frozenset()
    """Activities of which the last wish was refused."""
    waiting_in: frozenset[UUID] = frozenset()
    """Workshops whose waiting list the client joined; some may have no place for them any more (ATE-2)."""
    placeless: frozenset[UUID] = frozenset()
    """Invoices without a registration here: money for which there was no place (FAC-1), or balances taken
    over (IMP-1)."""
    deletion: Proposal | None = None
    mails: Mails = field(default_factory=Mails)
    access: Access = field(default_factory=Access)
    documents: Documents = field(default_factory=dict)
    """They go with the contact key, for good: a restored dossier begins without (DOS-9)."""
    looked_at_as: frozenset[UUID] = frozenset()
    """Impersonations that nobody ended by hand; each is over by its time (DOS-12)."""
    signed_up_anew: bool = False
    """Somebody of these names and postal code tried to sign up, and the office did not look yet (DOS-4)."""
    merged: tuple[UUID, ...] = ()
    """Dossiers that became part of this one; what ends it ends them too (DOS-5)."""

    @property
    def registrations(self) -> Mapping[UUID, Registration]:
        return self.places.registrations

    @property
    def invoices(self) -> frozenset[UUID]:
        """Every invoice that is this client's: of places, of phases, and without any of these."""
        named = {i for r in self.registrations.values() for i in r.sale.invoices}
        named |= {enrolment.invoice for enrolment in self.places.enrolments.values()}
        return self.placeless | named


@dataclass(frozen=True)
class DeactivatedDossier:
    """Only name and postal code are left (DOS-8)."""

    id: UUID
    last_name: str | Erased
    first_name: str | Erased
    postal_code: str | Erased | None
    language: Language
    namesake_of: UUID | None
    places: Places
    card: Card | None
    suppressed: str | None = None
    """Keyed hash of the address on the suppression list (DOS-10), as below those of merged dossiers."""
    suppressed_too: tuple[str, ...] = ()
    links: OpenLinks = field(default_factory=OpenLinks)
    """None works; they go on being counted, should the dossier be restored."""
    signed_up_anew: bool = False
    merged: tuple[UUID, ...] = ()

    @property
    def registrations(self) -> Mapping[UUID, Registration]:
        return self.places.registrations


@dataclass(frozen=True)
class ErasedDossier:
    """Nothing personal is left at all (DOS-8)."""

    suppressed: str | None = None
    """Keyed hash of the address on the suppression list (DOS-10)."""
    suppressed_too: tuple[str, ...] = ()


@dataclass(frozen=True)
class MergedDossier:
    """Part of another dossier: no account, no claim, and nothing happens here any more (DOS-5)."""

    id: UUID
    into: UUID
    email: str | Erased | None = None  # goes on the suppression list with the other's (DOS-10)


Client: TypeAlias = NoDossier | Dossier | DeactivatedDossier | ErasedDossier | MergedDossier


def evolve(client: Client, fact: ClientFact) -> Client:
    """The file after the fact. Raises ValueError on a fact that this state can't meet."""
    match client, fact:
        case NoDossier(), DossierCreated():
            return _opened(fact)
        case Dossier(), DossierDeactivated():
            return _deactivated(client, fact)
        case Dossier(), DossierErased():
            return ErasedDossier(fact.suppressed, fact.suppressed_too)
        case DeactivatedDossier(), DossierRestored():
            return _restored(client, fact)
        case Dossier() | DeactivatedDossier(), SecondDossierAttempted(match=match):
            return replace(client, signed_up_anew=client.signed_up_anew or match is DossierMatch.PERSON)
        case Dossier() | DeactivatedDossier(), SecondDossierSettled():
            return replace(client, signed_up_anew=False)
        case MergedDossier(), DossierMerged():
            return replace(client, into=fact.into)
        case Dossier(), _:
            if isinstance(fact, RegistrationFact):
                return replace(client, places=evolve_places(client.places, fact))
            if isinstance(fact, PreferenceFact):
                return replace(client, wishes=evolve_wishes(client.wishes, fact))
            if isinstance(fact, AccessFact):
                return replace(client, access=evolve_access(client.access, fact))
            if isinstance(fact, MissedMailFact):
                return replace(client, mails=evolve_mails(client.mails, fact))
            if isinstance(fact, DocumentFact):
                return replace(client, documents=evolve_documents(client.documents, fact))
            if isinstance(fact, ImpersonationBegun):
                return replace(client, looked_at_as=client.looked_at_as | {fact.impersonation})
            if isinstance(fact, ImpersonationEnded):
                return replace(client, looked_at_as=client.looked_at_as - {fact.impersonation})
            if isinstance(fact, RemovalFact):
                return replace(client, deletion=evolve_proposal(fact))
            if isinstance(fact, DossierMerged):
                return MergedDossier(client.id, fact.into, client.email)
            if isinstance(fact, DossierAbsorbed):
                return _absorbed(client, fact)
            return _changed(client, fact)
        case _:
            raise ValueError(f"{fact.TOPIC} cannot follow {type(client).__name__}")


def _changed(dossier: Dossier, fact: DossierFact) -> Dossier:
    match fact:
        case ProfileChanged():
            return _renewed(dossier, fact)
        case CoordinatesSet(latitude=float() as north, longitude=float() as east):
            return replace(dossier, coordinates=Coordinates(north, east))
        case CoordinatesSet():  # erased
            return replace(dossier, coordinates=None)
        case ContactAddressRecorded():
            return replace(dossier, contact_address=ContactAddress(fact.email, fact.via))
        case ContactAddressRemoved():
            return replace(dossier, contact_address=None)
        case NoteWritten(kind=kind):
            notes = {k: note for k, note in dossier.notes.items() if k is not kind}
            if fact.text is not None:
                notes[kind] = Note(fact.text, fact.no_online_registration)
            return replace(dossier, notes=notes)
        case CardGranted():
            return replace(dossier, card=Card(fact.valid_from, fact.valid_until))
        case CardWithdrawn():
            return replace(dossier, card=None)
        case MailWritten():
            return dossier
        case BillingSet():
            billing = None if fact.name is None else Billing(fact.name, fact.address)
            return replace(dossier, billing=billing)
        case PriceAdjustmentAsked():
            asked = {**dossier.adjustments_asked, fact.activity: fact.reason}
            refused = dossier.adjustments_refused - {fact.activity}
            return replace(dossier, adjustments_asked=asked, adjustments_refused=refused)
        case PriceAdjustmentRefused():
            left = {a: why for a, why in dossier.adjustments_asked.items() if a != fact.activity}
            refused = dossier.adjustments_refused | {fact.activity}
            return replace(dossier, adjustments_asked=left, adjustments_refused=refused)
        case CreditHeld() | BalanceTakenOver():
            return replace(dossier, placeless=dossier.placeless | {fact.invoice})
        case WaitingPlaceTaken():
            return replace(dossier, waiting_in=dossier.waiting_in | {fact.workshop})
        case WaitingPlaceLeft():
            return replace(dossier, waiting_in=dossier.waiting_in - {fact.workshop})
        case _:
            raise ValueError(f"{fact.TOPIC} cannot follow Dossier")


def _absorbed(dossier: Dossier, fact: DossierAbsorbed) -> Dossier:
    return replace(
        dossier,
        places=with_taken(dossier.places, fact),
        placeless=dossier.placeless | set(fact.placeless),
        waiting_in=dossier.waiting_in | set(fact.waiting_in),
        documents={**dossier.documents, **{taken.document: taken.kind for taken in fact.documents}},
        mails=with_taken_mails(dossier.mails, fact),
        merged=(*dossier.merged, fact.other, *fact.earlier),
    )


def _opened(fact: DossierCreated) -> Dossier:
    return Dossier(
        id=fact.person,
        last_name=fact.last_name,
        first_name=fact.first_name,
        postal_code=fact.postal_code,
        email=fact.email,
        country=fact.country,
        language=fact.language,
        form_of_address=fact.form_of_address,
        telephone=fact.telephone,
        street=fact.street,
        city=fact.city,
        namesake_of=fact.namesake_of,
        access=_way_in(fact.origin),
    )


def _way_in(origin: DossierOrigin) -> Access:
    """The mail of a new dossier holds a link; nobody imported is written to (IMP-1)."""
    match origin:
        case DossierOrigin.CLIENT:
            return Access(OpenLinks().ask(LinkPurpose.VALIDATION), confirmed=False)
        case DossierOrigin.STAFF:
            return Access(OpenLinks().ask(LinkPurpose.ACTIVATION))
        case DossierOrigin.IMPORT:
            return Access()


def _renewed(dossier: Dossier, fact: ProfileChanged) -> Dossier:
    return replace(
        dossier,
        last_name=fact.last_name,
        first_name=fact.first_name,
        postal_code=fact.postal_code,
        email=fact.email,
        country=fact.country,
        language=fact.language,
        form_of_address=fact.form_of_address,
        telephone=fact.telephone,
        street=fact.street,
        city=fact.city,
        namesake_of=fact.namesake_of,
        access=dossier.access if same_address(dossier.email, fact.email) else dossier.access.at_new_address(),
    )


def same_address(one: str | Erased | None, other: str | Erased | None) -> bool:
    """One logs in with both (DOS-4)."""
    if isinstance(one, str) and isinstance(other, str):
        return fold_email(one) == fold_email(other)
    return one == other


def _deactivated(dossier: Dossier, fact: DossierDeactivated) -> DeactivatedDossier:
    """Notes and wishes go; the billing name stays on the invoices that carry it (DOS-8, DOS-9)."""
    return DeactivatedDossier(
        id=dossier.id,
        last_name=dossier.last_name,
        first_name=dossier.first_name,
        postal_code=dossier.postal_code,
        language=dossier.language,
        namesake_of=dossier.namesake_of,
        places=dossier.places,
        card=dossier.card,
        suppressed=fact.suppressed,
        suppressed_too=fact.suppressed_too,
        links=replace(dossier.access.links, open={}),
        merged=dossier.merged,
    )


def _restored(client: DeactivatedDossier, fact: DossierRestored) -> Dossier:
    return Dossier(
        id=client.id,
        last_name=client.last_name,
        first_name=client.first_name,
        postal_code=client.postal_code,
        email=fact.email,
        country=fact.country,
        language=client.language,
        form_of_address=fact.form_of_address,
        telephone=fact.telephone,
        street=fact.street,
        city=fact.city,
        namesake_of=client.namesake_of,
        places=client.places,
        card=client.card,
        access=Access(client.links.ask(LinkPurpose.ACTIVATION)),
        merged=client.merged,
    )


CLIENT: Aggregate[Client] = Aggregate("client", NoDossier(), evolve, get_args(ClientFact))
