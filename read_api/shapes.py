"""What the answers look like, for the OpenAPI file: every field, its unit, an example.

Answers are built by PostgreSQL and not validated again; a test holds them against these shapes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")
ERASED = "[effacé]"
_ID = "4f0c7a52-6f0e-4f5e-9d5e-0a7c3f1c2b3d"
_START, _END = "2026-12-05T14:00:00Z", "2026-12-06T22:00:00Z"


def _like(example: Any, description: str | None = None) -> Any:
    return Field(examples=[example], description=description)


class Shape(BaseModel):
    """Nothing left out, nothing more."""

    model_config = ConfigDict(extra="forbid")


class Amount(Shape):
    """Money in minor units (cents)."""

    minor: int = _like(37500)
    currency: Literal["CAD", "EUR"] = _like("CAD")


class Answer(Shape):
    """How fresh an answer is."""

    position: str = _like("3145728", "The answer shows every event up to here.")
    stale_since: datetime | None = _like(None, "Set while a model behind the answer is parked.")


class PageOf(Answer, Generic[T]):
    """One page of a list."""

    items: list[T]
    next: str | None = _like(None, "The `cursor` of the following page; null on the last one.")


class City(Shape):
    """Where a workshop is held, in short."""

    name: str = _like("Hôtel du Parc")
    city: str = _like("Laval")
    country: str = _like("CA", "ISO 3166 code.")


class Place(City):
    """Where a workshop is held."""

    id: UUID = _like(_ID)
    region: Literal["canada", "europe", "abroad"] = _like("canada")
    note: str | None = _like("Entrée par la cour.")
    address: str | None = _like("900, rue du Parc")


class SessionTimes(Shape):
    """One stretch of a workshop."""

    starts: datetime = _like(_START)
    ends: datetime = _like("2026-12-05T22:00:00Z")


class Workshop(Shape):
    """A dated workshop with its seats (ATE-1)."""

    id: UUID = _like(_ID)
    activity_id: UUID = _like(_ID)
    activity: str | None = _like("Écoute de soi")
    zone: str = _like("America/Toronto", "IANA zone of the place.")
    starts: datetime = _like(_START)
    ends: datetime = _like(_END)
    sessions: list[SessionTimes]
    venue: Place | None = Field(description="null: EN LIGNE.")
    organiser_id: UUID = _like(_ID)
    organiser: str | None = _like("Monique Tremblay")
    trainers: list[str | None] = _like(["Marc Ouellet"])
    trainer_ids: list[UUID] = _like([_ID])
    capacity: int = _like(60)
    retake_limit: int | None = _like(5, "null: as many as the capacity.")
    place_note: str | None = _like("Salle B")
    practical_note: str | None = _like("Apporter un coussin.")
    activity_note: str | None = _like(None)
    taken: int = _like(42, "Seats taken; may be above the capacity after it was lowered.")
    retakes: int = _like(3, "Of the seats taken, those of retakes.")


class OneWorkshop(Answer):
    """One workshop."""

    workshop: Workshop


class DateGivenUp(Shape):
    """The date that was taken off last."""

    id: UUID = _like(_ID)
    starts: datetime = _like(_START)
    ends: datetime = _like(_END)
    zone: str = _like("America/Toronto")


class Waiting(Shape):
    """A registration À PLANIFIER."""

    registration: UUID = _like(_ID)
    client: UUID = _like(_ID)
    last_name: str = _like("D'Arcy-Lévesque")
    first_name: str = _like("Éloïse")
    city: str | None = _like("Laval")
    country: str | None = _like("CA")
    activity: str | None = _like("Écoute de soi")
    activity_id: UUID = _like(_ID)
    student: bool = _like(True)
    retake: bool = _like(False)
    has_email: bool = _like(True)
    since: datetime = _like("2026-10-02T15:04:05.678901Z")
    given_up: DateGivenUp | None


class Client(Shape):
    """Who a dossier is for; erased values read « [effacé] », masked ones « [masqué] »."""

    id: UUID = _like(_ID)
    state: Literal["active", "deactivated", "erased"] = _like("active")
    last_name: str = _like("D'Arcy-Lévesque")
    first_name: str = _like("Éloïse")
    form_of_address: str | None = _like("madam")
    email: str | None = _like("eloise@example.com")
    telephone: str | None = _like("+1 450 555-0143")
    street: str | None = _like("1420, boulevard Saint-Martin")
    city: str | None = _like("Laval")
    postal_code: str | None = _like("H2X 1Y4")
    country: str = _like("CA")
    language: Literal["fr", "en"] = _like("fr")
    created_at: datetime = _like("2025-03-01T15:00:00Z")


class FoundClient(Client):
    """A dossier as the search lists it."""

    sort: str = _like("darcylevesque eloise", "What the list is ordered by.")


class FoundClients(PageOf[FoundClient]):
    """What a search finds."""

    nearly: bool = _like(False, "Nothing was found; these are near it but for a typing error.")


class Change(Shape):
    """A value that the event overwrote."""

    field: str = _like("capacity")
    label: str = _like("places")
    before: str = _like("60")
    after: str = _like("40")


class HistoryEntry(Shape):
    """One event as people read it (AUD-1)."""

    position: str = _like("3145728")
    at: datetime = _like("2026-11-24T15:04:05.678901Z")
    by: str = _like("Monique Tremblay")
    role: str = _like("organisation")
    behalf: str | None = _like(None, "The client one was logged in as (DOS-12).")
    sentence: str = _like("Place libérée : Éloïse D'Arcy-Lévesque")
    topic: str = _like("workshop.seat_freed")
    changes: list[Change]
    command: UUID = _like(_ID)
    cause: UUID | None = _like(None, "The event that made a process send the command.")
    fields: dict[str, Any] = _like({"registration": _ID, "client": _ID})


class Activity(Shape):
    """What is taught."""

    id: UUID = _like(_ID)
    name: str = _like("Écoute de soi")
    category: str = _like("regular")
    days: int = _like(2)
    prices: list[Amount]
    note: str | None = _like(None)
    retired: bool = _like(False, "No longer sold.")


class Phase(Shape):
    """An ordered list of activities."""

    id: UUID = _like(_ID)
    number: int = _like(1)
    name: str = _like("Phase 1")
    activities: list[UUID] = _like([_ID])


class Venue(City):
    """Where workshops can be held."""

    id: UUID = _like(_ID)
    region: Literal["canada", "europe", "abroad"] = _like("canada")
    zone: str = _like("America/Toronto")


class StaffUser(Shape):
    """Somebody of the school."""

    id: UUID = _like(_ID)
    name: str | None = _like("Monique Tremblay")
    roles: list[str] = _like(["organiser"])


class Catalogue(Answer):
    """What forms choose from."""

    activities: list[Activity]
    phases: list[Phase]
    venues: list[Venue]
    staff: list[StaffUser]


class ModelStanding(Shape):
    """How far a read model is."""

    name: str = _like("roster")
    version: int = _like(1)
    build: int = _like(7)
    position: str = _like("3145728")
    behind: int = _like(0, "Events it has not shown yet, counted up to 10,000.")
    behind_seconds: float = _like(0.0, "0 when it shows everything that can be read.")
    parked_position: str | None = _like(None, "The event it stumbles over.")
    parked_error: str | None = _like(None, "Class of the error, no values.")
    parked_since: datetime | None = _like(None)


class Reader(Shape):
    """The one reader of the read models."""

    alive: bool = _like(True, "It gave a sign of life in the last 10 s.")
    beat_at: datetime | None = _like("2026-11-24T15:04:05Z")
    held_by: str | None = _like(None, "Who keeps committed events from being read.")


class Operations(Answer):
    """The read models and their reader."""

    items: list[ModelStanding]
    reader: Reader
