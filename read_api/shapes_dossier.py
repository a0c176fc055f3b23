"""What a client's file and its communications look like, for the OpenAPI file."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from aggregates.client.documents.events import DocumentKind
from aggregates.client.missed_mails.events import UndeliveredReason
from read_api.shapes import ID, Amount, Answer, City, Client, Shape, like

_AT = "2026-11-24T15:04:05Z"
_START, _END = "2026-12-05T14:00:00Z", "2026-12-06T22:00:00Z"


class DatedWorkshop(Shape):
    """Date and place of a registration."""

    id: UUID = like(ID)
    starts: datetime = like(_START)
    ends: datetime = like(_END)
    zone: str = like("America/Toronto")
    venue: City | None


class Registration(Shape):
    """A registration of the dossier."""

    id: UUID = like(ID)
    state: Literal["to_schedule", "scheduled", "followed", "cancelled"] = like("scheduled")
    activity: str | None = like("Écoute de soi")
    activity_id: UUID = like(ID)
    student: bool = like(False)
    retake: bool = like(False)
    full_payment_hours: int = like(48, "So near a start, it is paid before the date is chosen.")
    workshop: DatedWorkshop | None
    invoice_number: str | None = like("CA-2026-0412")
    invoice: UUID = like(ID)
    price: Amount
    paid: Amount
    balance: Amount
    deposit: Amount


class Trace(Shape):
    """A date given up, as it stands under ANNULÉS (INS-7)."""

    activity: str | None = like("Écoute de soi")
    workshop: DatedWorkshop
    at: datetime = like("2026-10-02T15:04:05Z")
    by: str = like("Monique Tremblay")


class Invoice(Shape):
    """An invoice of the dossier."""

    id: UUID = like(ID)
    number: str = like("CA-2026-0412")
    issued_on: date = like("2026-11-24")
    total: Amount
    balance: Amount
    void: bool = like(False, "All of it was registered by mistake: only its number is left (INS-10).")


class Note(Shape):
    """A staff note; clients never see it (DOS-13)."""

    text: str = like("Ne pas inscrire : solde de 2024.")
    no_online_registration: bool = like(False, 'Of the accounting note: the basket says "contact us".')
    at: datetime = like(_AT)
    by: str = like("Monique Tremblay")


class Notes(Shape):
    """The three notes; null where nothing is written."""

    accounting: Note | None = Field(description="The red flag.")
    trainer: Note | None = Field(description="The « i » on rosters.")
    general: Note | None


class Card(Shape):
    """The privilege card, both days included (DOS-20)."""

    valid_from: date = like("2026-01-01")
    valid_until: date | None = like(None, "null: for good.")


class Preference(Shape):
    """The answer for one channel; unanswered is a no (DOS-18)."""

    channel: Literal["telephone", "post", "email"] = like("email")
    allowed: bool = like(True)
    at: datetime | None = like(_AT, "null: not answered.")
    by: str | None = like("Éloïse D'Arcy-Lévesque")
    wording: str | None = like("2026-01", "Version of the text that the client answered.")
    source: str | None = like(None, "How the school knows, where staff noted it.")
    proof: UUID | None = like(None, "The document behind a yes that staff noted.")


class Interest(Shape):
    """What the client would like to be told of (DOS-14)."""

    id: UUID | None = like(ID, "The activity or phase; null for who may not see which.")
    kind: Literal["activity", "phase"] = like("activity")
    name: str | None = like("Écoute de soi")
    at: datetime = like(_AT)
    by: str = like("Monique Tremblay")


class ContactAddress(Shape):
    """Somebody close to a client without e-mail (DOS-6)."""

    email: str = like("zoe@example.com")
    via: str = like("sa fille Zoé")


class Billing(Shape):
    """Who new invoices are made out to (DOS-16)."""

    name: str = like("Coopérative du Parc")
    address: str | None = like("900, rue du Parc, Laval")


class FollowedElsewhere(Shape):
    """A workshop followed abroad or before the portal: SUIVI, without invoice (ATE-8)."""

    id: UUID = like(ID)
    activity: str | None = like("Écoute de soi")
    activity_id: UUID = like(ID)
    first_day: date = like("2019-05-04")
    last_day: date = like("2019-05-05")
    country: str | None = like("MA", "ISO 3166 code; null: imported, the country is not known.")


class WaitingFor(Shape):
    """A place on a workshop's waiting list (ATE-2)."""

    activity: str | None = like("Écoute de soi")
    activity_id: UUID = like(ID)
    retake: bool = like(False)
    since: datetime = like(_AT)
    offered_until: datetime | None = like(None, "A seat is kept for them until then.")
    workshop: DatedWorkshop


class PlaceInPhase(Shape):
    """What became of one activity of the phase; followed elsewhere or à la carte counts (ATT-2)."""

    activity_id: UUID = like(ID)
    activity: str | None = like("Écoute de soi")
    state: Literal["followed", "scheduled", "to_schedule", "missing"] = like("followed")
    registration: UUID | None = like(ID)
    starts: datetime | None = like(_START)
    zone: str | None = like("America/Toronto")
    followed_on: date | None = like("2026-10-11")


class StudentOf(Shape):
    """A phase that the client is or was enrolled in."""

    enrolment: UUID = like(ID)
    phase: UUID = like(ID)
    number: int = like(1)
    name: str | None = like("Phase 1")
    invoice: UUID = like(ID)
    at: datetime = like(_AT)
    letter_sent: datetime | None = like(None, "When « phase terminée » was sent last.")
    places: list[PlaceInPhase]


class Document(Shape):
    """What was sent in, or is awaited."""

    id: UUID | None = like(ID, "null: none has come.")
    kind: DocumentKind = like("discount")
    registration: UUID | None = like(ID)
    activity: str | None = like("Écoute de soi")
    channel: Literal["telephone", "post", "email"] | None = like(None)
    state: Literal["asked", "missing", "received", "accepted", "rejected", "kept"] = like("received")
    reason: str | None = like(None, "Why it was rejected.")
    name: str | None = like("carte-etudiante.pdf", "null: there is no file, or none any more.")
    media: str | None = like("application/pdf")
    size: int | None = like(184_320, "Bytes.")
    by_staff: str | None = like(None, "The staff user who put it there; null: the client.")
    role: str | None = like("client", "Of who put it there.")
    to_decide: bool = like(True, "It waits to be accepted or rejected.")
    at: datetime = like(_AT)


class Documents(Answer):
    """What a dossier holds, and what is awaited."""

    items: list[Document]


class MissedMail(Shape):
    """An e-mail that did not arrive, neither sent anew nor set aside (COM-10)."""

    id: UUID = like(ID)
    template: str = like("registration_confirmed")
    to_organiser: bool = like(False)
    reason: UndeliveredReason = like("bad_address")
    status: str | None = like("5.1.1", "As the mail servers say it.")
    message: UUID | None = like(ID, "What came back, where it was kept.")


class MissedMails(Shape):
    """What the client missed, and whether mails come back from their address."""

    address_bad: bool = like(True)
    mails: list[MissedMail]


class Dossier(Answer):
    """A client's file: INSCRIT and À PLANIFIER on top, SUIVI, then ANNULÉS (DOS-17)."""

    client: Client
    notes: Notes
    card: Card | None
    preferences: list[Preference]
    interests: list[Interest]
    contact_address: ContactAddress | None
    billing: Billing | None
    registrations: list[Registration]
    given_up: list[Trace]
    followed_elsewhere: list[FollowedElsewhere]
    waiting_for: list[WaitingFor]
    phases: list[StudentOf]
    invoices: list[Invoice]
    documents: list[Document]
    missed_mails: MissedMails


class Mail(Shape):
    """An e-mail that the portal sent or is to send (COM-1)."""

    id: UUID = like(ID)
    template: str = like("registration_confirmed")
    recipient: Literal["client", "organiser", "staff"] = like("client")
    state: Literal["to_send", "sent", "failed", "bounced", "dropped", "held"] = like("sent")
    state_label: str = like("envoyé")
    error: str | None = like(None, "Why it failed or was dropped: a code, no text of anybody's.")
    sent_at: datetime | None = like(_AT)
    to: str | None = like("eloise@example.com", "null: not sent.")
    subject: str | None = like("Votre inscription : Écoute de soi", "null: not sent.")


class Communication(Shape):
    """A mail, a note or an interest (COM-1, COM-11)."""

    kind: Literal["mail", "note", "interest"] = like("mail")
    at: datetime = like(_AT, "Of what caused it.")
    by: str = like("Monique Tremblay", "Who wrote or noted it; empty of a mail.")
    sentence: str = like("confirmation d’inscription")
    mail: Mail | None


class OneMail(Answer):
    """A mail with what it said."""

    mail: Mail
    text: str | None = like("Chère Éloïse, …", "null: not sent.")
