"""What a client's file and its communications look like, for the OpenAPI file."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from read_api.shapes import Amount, Answer, City, Client, Shape

_ID = "4f0c7a52-6f0e-4f5e-9d5e-0a7c3f1c2b3d"
_AT = "2026-11-24T15:04:05Z"
_START, _END = "2026-12-05T14:00:00Z", "2026-12-06T22:00:00Z"


def _like(example: Any, description: str | None = None) -> Any:
    return Field(examples=[example], description=description)


class DatedWorkshop(Shape):
    """Date and place of a registration."""

    id: UUID = _like(_ID)
    starts: datetime = _like(_START)
    ends: datetime = _like(_END)
    zone: str = _like("America/Toronto")
    venue: City | None


class Registration(Shape):
    """A registration of the dossier."""

    id: UUID = _like(_ID)
    state: Literal["to_schedule", "scheduled", "followed", "cancelled"] = _like("scheduled")
    activity: str | None = _like("Écoute de soi")
    activity_id: UUID = _like(_ID)
    student: bool = _like(False)
    retake: bool = _like(False)
    full_payment_hours: int = _like(48, "So near a start, it is paid before the date is chosen.")
    workshop: DatedWorkshop | None
    invoice_number: str | None = _like("CA-2026-0412")
    invoice: UUID = _like(_ID)
    price: Amount
    balance: Amount
    deposit: Amount


class Trace(Shape):
    """A date given up, as it stands under ANNULÉS (INS-7)."""

    activity: str | None = _like("Écoute de soi")
    workshop: DatedWorkshop
    at: datetime = _like("2026-10-02T15:04:05Z")
    by: str = _like("Monique Tremblay")


class Invoice(Shape):
    """An invoice of the dossier."""

    id: UUID = _like(_ID)
    number: str = _like("CA-2026-0412")
    issued_on: date = _like("2026-11-24")
    total: Amount
    balance: Amount
    void: bool = _like(False, "All of it was registered by mistake: only its number is left (INS-10).")


class Note(Shape):
    """A staff note; clients never see it (DOS-13)."""

    text: str = _like("Ne pas inscrire : solde de 2024.")
    no_online_registration: bool = _like(False, 'Of the accounting note: the basket says "contact us".')
    at: datetime = _like(_AT)
    by: str = _like("Monique Tremblay")


class Notes(Shape):
    """The three notes; null where nothing is written."""

    accounting: Note | None = Field(description="The red flag.")
    trainer: Note | None = Field(description="The « i » on rosters.")
    general: Note | None


class Card(Shape):
    """The privilege card, both days included (DOS-20)."""

    valid_from: date = _like("2026-01-01")
    valid_until: date | None = _like(None, "null: for good.")


class Preference(Shape):
    """The answer for one channel; unanswered is a no (DOS-18)."""

    channel: Literal["telephone", "post", "email"] = _like("email")
    allowed: bool = _like(True)
    at: datetime | None = _like(_AT, "null: not answered.")
    by: str | None = _like("Éloïse D'Arcy-Lévesque")
    wording: str | None = _like("2026-01", "Version of the text that the client answered.")
    source: str | None = _like(None, "How the school knows, where staff noted it.")
    proof: UUID | None = _like(None, "The document behind a yes that staff noted.")


class Interest(Shape):
    """What the client would like to be told of (DOS-14)."""

    id: UUID | None = _like(_ID, "The activity or phase; null for who may not see which.")
    kind: Literal["activity", "phase"] = _like("activity")
    name: str | None = _like("Écoute de soi")
    at: datetime = _like(_AT)
    by: str = _like("Monique Tremblay")


class ContactAddress(Shape):
    """Somebody close to a client without e-mail (DOS-6)."""

    email: str = _like("zoe@example.com")
    via: str = _like("sa fille Zoé")


class Billing(Shape):
    """Who new invoices are made out to (DOS-16)."""

    name: str = _like("Coopérative du Parc")
    address: str | None = _like("900, rue du Parc, Laval")


class FollowedElsewhere(Shape):
    """A workshop followed abroad or before the portal: SUIVI, without invoice (ATE-8)."""

    id: UUID = _like(_ID)
    activity: str | None = _like("Écoute de soi")
    activity_id: UUID = _like(_ID)
    first_day: date = _like("2019-05-04")
    last_day: date = _like("2019-05-05")
    country: str | None = _like("MA", "ISO 3166 code; null: imported, the country is not known.")


class WaitingFor(Shape):
    """A place on a workshop's waiting list (ATE-2)."""

    activity: str | None = _like("Écoute de soi")
    activity_id: UUID = _like(_ID)
    retake: bool = _like(False)
    since: datetime = _like(_AT)
    offered_until: datetime | None = _like(None, "A seat is kept for them until then.")
    workshop: DatedWorkshop


class PlaceInPhase(Shape):
    """What became of one activity of the phase; followed elsewhere or à la carte counts (ATT-2)."""

    activity_id: UUID = _like(_ID)
    activity: str | None = _like("Écoute de soi")
    state: Literal["followed", "scheduled", "to_schedule", "missing"] = _like("followed")
    registration: UUID | None = _like(_ID)
    starts: datetime | None = _like(_START)
    zone: str | None = _like("America/Toronto")
    followed_on: date | None = _like("2026-10-11")


class StudentOf(Shape):
    """A phase that the client is or was enrolled in."""

    enrolment: UUID = _like(_ID)
    phase: UUID = _like(_ID)
    number: int = _like(1)
    name: str | None = _like("Phase 1")
    invoice: UUID = _like(_ID)
    at: datetime = _like(_AT)
    letter_sent: datetime | None = _like(None, "When « phase terminée » was sent last.")
    places: list[PlaceInPhase]


class Document(Shape):
    """What was sent in, or is awaited."""

    id: UUID | None = _like(_ID, "null: none has come.")
    kind: Literal["discount", "consent"] = _like("discount")
    registration: UUID | None = _like(_ID)
    activity: str | None = _like("Écoute de soi")
    channel: Literal["telephone", "post", "email"] | None = _like(None)
    state: Literal["asked", "missing", "received", "accepted", "rejected", "kept"] = _like("received")
    reason: str | None = _like(None, "Why it was rejected.")
    at: datetime = _like(_AT)


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


class Mail(Shape):
    """An e-mail that the portal sent or is to send (COM-1)."""

    id: UUID = _like(_ID)
    template: str = _like("registration_confirmed")
    recipient: Literal["client", "organiser"] = _like("client")
    state: Literal["to_send", "sent", "failed", "bounced", "dropped"] = _like("sent")
    state_label: str = _like("envoyé")
    error: str | None = _like(None, "Why it failed or was dropped: a code, no text of anybody's.")
    sent_at: datetime | None = _like(_AT)
    to: str | None = _like("eloise@example.com", "null: not sent.")
    subject: str | None = _like("Votre inscription : Écoute de soi", "null: not sent.")


class Communication(Shape):
    """A mail, a note or an interest (COM-1, COM-11)."""

    kind: Literal["mail", "note", "interest"] = _like("mail")
    at: datetime = _like(_AT, "Of what caused it.")
    by: str = _like("Monique Tremblay", "Who wrote or noted it; empty of a mail.")
    sentence: str = _like("confirmation d’inscription")
    mail: Mail | None


class OneMail(Answer):
    """A mail with what it said."""

    mail: Mail
    text: str | None = _like("Chère Éloïse, …", "null: not sent.")
