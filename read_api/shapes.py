"""What the answers look like, for the OpenAPI file: every field, its unit, an example.

Answers are built by PostgreSQL and not validated again; a test holds them against these shapes.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")
ERASED = "[effacé]"
ID = "4f0c7a52-6f0e-4f5e-9d5e-0a7c3f1c2b3d"
_START, _END = "2026-12-05T14:00:00Z", "2026-12-06T22:00:00Z"


def like(example: Any, description: str | None = None) -> Any:
    """A field with an example, and what it means where its name does not say it."""
    return Field(examples=[example], description=description)


class Shape(BaseModel):
    """Nothing left out, nothing more."""

    model_config = ConfigDict(extra="forbid")


class Amount(Shape):
    """Money in minor units (cents)."""

    minor: int = like(37500)
    currency: Literal["CAD", "EUR"] = like("CAD")


class Answer(Shape):
    """How fresh an answer is."""

    position: str = like("3145728", "The answer shows every event up to here.")
    stale_since: datetime | None = like(None, "Set while a model behind the answer is parked.")


class PageOf(Answer, Generic[T]):
    """One page of a list."""

    items: list[T]
    next: str | None = like(None, "The `cursor` of the following page; null on the last one.")


class City(Shape):
    """Where a workshop is held, in short."""

    name: str = like("Hôtel du Parc")
    city: str = like("Laval")
    country: str = like("CA", "ISO 3166 code.")


class Place(City):
    """Where a workshop is held."""

    id: UUID = like(ID)
    region: Literal["canada", "europe", "abroad"] = like("canada")
    note: str | None = like("Entrée par la cour.")
    address: str | None = like("900, rue du Parc")


class SessionTimes(Shape):
    """One stretch of a workshop."""

    starts: datetime = like(_START)
    ends: datetime = like("2026-12-05T22:00:00Z")


class Workshop(Shape):
    """A dated workshop with its seats (ATE-1)."""

    id: UUID = like(ID)
    activity_id: UUID = like(ID)
    activity: str | None = like("Écoute de soi")
    zone: str = like("America/Toronto", "IANA zone of the place.")
    starts: datetime = like(_START)
    ends: datetime = like(_END)
    sessions: list[SessionTimes]
    venue: Place | None = Field(description="null: EN LIGNE.")
    organiser_id: UUID = like(ID)
    organiser: str | None = like("Monique Tremblay")
    trainers: list[str | None] = like(["Marc Ouellet"])
    trainer_ids: list[UUID] = like([ID])
    capacity: int = like(60)
    retake_limit: int | None = like(5, "null: as many as the capacity.")
    place_note: str | None = like("Salle B")
    practical_note: str | None = like("Apporter un coussin.")
    activity_note: str | None = like(None)
    taken: int = like(42, "Seats taken; may be above the capacity after it was lowered.")
    retakes: int = like(3, "Of the seats taken, those of retakes.")
    cancelled: bool = like(False, "SUPPRIMÉ: its seats are the call list (ATE-4).")


class OneWorkshop(Answer):
    """One workshop."""

    workshop: Workshop


class DateGivenUp(Shape):
    """The date that was taken off last."""

    id: UUID = like(ID)
    starts: datetime = like(_START)
    ends: datetime = like(_END)
    zone: str = like("America/Toronto")


class PerhapsTheSame(Shape):
    """One of the dossiers of a group."""

    id: UUID = like(ID)
    last_name: str | None = like("D'Arcy-Lévesque")
    first_name: str | None = like("Éloïse")
    city: str | None = like("Laval")
    telephone: str | None = like("+1 450 555-0143")
    email: str | None = like("eloise@example.com")


class Duplicates(Shape):
    """Dossiers that are perhaps one person's (DOS-5)."""

    why: Literal["telephone", "name"] = like("telephone", "What they share.")
    first: UUID = like(ID)
    clients: list[PerhapsTheSame]


class Waiting(Shape):
    """A registration À PLANIFIER."""

    registration: UUID = like(ID)
    client: UUID = like(ID)
    last_name: str = like("D'Arcy-Lévesque")
    first_name: str = like("Éloïse")
    city: str | None = like("Laval")
    country: str | None = like("CA")
    activity: str | None = like("Écoute de soi")
    activity_id: UUID = like(ID)
    student: bool = like(True)
    retake: bool = like(False)
    has_email: bool = like(True)
    since: datetime = like("2026-10-02T15:04:05.678901Z")
    given_up: DateGivenUp | None


class Client(Shape):
    """Who a dossier is for; erased values read « [effacé] », masked ones « [masqué] »."""

    id: UUID = like(ID)
    state: Literal["active", "deactivated", "erased", "merged"] = like("active")
    last_name: str = like("D'Arcy-Lévesque")
    first_name: str = like("Éloïse")
    form_of_address: str | None = like("madam")
    email: str | None = like("eloise@example.com")
    telephone: str | None = like("+1 450 555-0143")
    street: str | None = like("1420, boulevard Saint-Martin")
    city: str | None = like("Laval")
    postal_code: str | None = like("H2X 1Y4")
    country: str = like("CA")
    language: Literal["fr", "en"] = like("fr")
    merged_into: UUID | None = like(None, "The dossier that this one became part of (DOS-5).")
    created_at: datetime = like("2025-03-01T15:00:00Z")


class FoundClient(Client):
    """A dossier as the search lists it."""

    sort: str = like("darcylevesque eloise", "What the list is ordered by.")


class FoundClients(PageOf[FoundClient]):
    """What a search finds."""

    nearly: bool = like(False, "Nothing was found; these are near it but for a typing error.")


class Change(Shape):
    """A value that the event overwrote."""

    field: str = like("capacity")
    label: str = like("places")
    before: str = like("60")
    after: str = like("40")


class HistoryEntry(Shape):
    """One event as people read it (AUD-1)."""

    position: str = like("3145728")
    at: datetime = like("2026-11-24T15:04:05.678901Z")
    by: str = like("Monique Tremblay")
    role: str = like("organisation")
    behalf: str | None = like(None, "The client one was logged in as (DOS-12).")
    sentence: str = like("Place libérée : Éloïse D'Arcy-Lévesque")
    topic: str = like("workshop.seat_freed")
    changes: list[Change]
    command: UUID = like(ID)
    cause: UUID | None = like(None, "The event that made a process send the command.")
    fields: dict[str, Any] = like({"registration": ID, "client": ID})


class Activity(Shape):
    """What is taught."""

    id: UUID = like(ID)
    name: str = like("Écoute de soi")
    category: str = like("regular")
    days: int = like(2)
    prices: list[Amount]
    note: str | None = like(None)
    retake_price_with_card: list[Amount]
    roster_cap_per_day: list[Amount]
    retired: bool = like(False, "No longer sold.")


class PhasePrice(Shape):
    """What an activity costs inside a phase; where one lacks, its own price holds."""

    activity: UUID = like(ID)
    price: Amount


class Phase(Shape):
    """An ordered list of activities."""

    id: UUID = like(ID)
    number: int = like(1)
    name: str = like("Phase 1")
    activities: list[UUID] = like([ID])
    prices: list[PhasePrice]


class Discount(Shape):
    """What may be taken off a price: a percentage, or an amount per currency."""

    id: UUID = like(ID)
    name: str = like("Étudiant")
    percent: int | None = like(10)
    amounts: list[Amount]
    proof_needed: bool = like(True)
    chosen_by: list[str] = like(["client", "organiser"], "Roles that may choose it.")
    valid_from: date | None = like(None, "In the school's zone, this day included.")
    valid_until: date | None = like(None, "This day included.")
    retired: bool = like(False, "Chosen no more.")


class Venue(City):
    """Where workshops can be held."""

    id: UUID = like(ID)
    region: Literal["canada", "europe", "abroad"] = like("canada")
    zone: str = like("America/Toronto")
    address: str | None = like(None)
    note: str | None = like(None)


class StaffUser(Shape):
    """Somebody of the school."""

    id: UUID = like(ID)
    name: str | None = like("Monique Tremblay")
    roles: list[str] = like(["organiser"])
    regions: list[Literal["canada", "europe", "abroad"]] = like(
        ["europe"], "An organiser’s: all workshops there are as own ones."
    )


class Catalogue(Answer):
    """What forms choose from."""

    activities: list[Activity]
    phases: list[Phase]
    discounts: list[Discount]
    venues: list[Venue]
    staff: list[StaffUser]


class ModelStanding(Shape):
    """How far a read model is."""

    name: str = like("roster")
    version: int = like(1)
    build: int = like(7)
    position: str = like("3145728")
    behind: int = like(0, "Events it has not shown yet, counted up to 10,000.")
    behind_seconds: float = like(0.0, "0 when it shows everything that can be read.")
    parked_position: str | None = like(None, "The event it stumbles over.")
    parked_error: str | None = like(None, "Class of the error, no values.")
    parked_since: datetime | None = like(None)


class Reader(Shape):
    """The one reader of the read models."""

    alive: bool = like(True, "It gave a sign of life in the last 10 s.")
    beat_at: datetime | None = like("2026-11-24T15:04:05Z")
    held_by: str | None = like(None, "Who keeps committed events from being read.")


class Operations(Answer):
    """The read models and their reader."""

    items: list[ModelStanding]
    reader: Reader


class ProcessorStanding(Shape):
    """How far a processor is."""

    name: str = like("reminder")
    position: str = like("3145728")
    parked_position: str | None = like(None, "The event it stumbles over.")
    parked_error: str | None = like(None, "Class of the error, no values.")
    parked_since: datetime | None = like(None)


class FailedReaction(Shape):
    """A command or a timer of a processor that came to nothing."""

    id: UUID = like(ID)
    what: str = like("offer-seats", "The command, or processor/purpose of a timer.")
    state: str = like(
        "failed", "What failed is tried again each day; what was refused is no longer possible."
    )
    error: str | None = like("workshop_cancelled", "The refusal's code, or the class of the error.")
    at: datetime | None = like("2026-11-24T15:04:05Z")


class Reactions(Answer):
    """The processors, and what came to nothing."""

    items: list[ProcessorStanding]
    failed: list[FailedReaction]


class ErasureReceipt(Shape):
    """A store that has forgotten."""

    store: str = like("mails", "vacuum, the last, makes that no byte of deleted rows is left.")
    forgotten: int = like(3, "Keys, rows or files, as the store counts; models or tables where it has none.")
    at: datetime = like("2026-11-24T15:04:05Z")


class ErasureStanding(Shape):
    """How far an erasure is; nothing in it is personal."""

    id: UUID = like(ID, "Of the event that destroyed the keys.")
    person: UUID = like(ID)
    topic: str = like("client.dossier_deactivated")
    scopes: list[str] = like(["contact"], "Keys destroyed: contact, and identity of a whole erasure.")
    position: str = like("3145728")
    at: datetime = like("2026-11-24T15:04:05Z")
    done_at: datetime | None = like("2026-11-24T15:04:07Z", "Once every store has answered.")
    receipts: list[ErasureReceipt]


class Erasures(Answer):
    """The last 200 erasures, those of one person where one is named."""

    items: list[ErasureStanding]
