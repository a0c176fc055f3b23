"""What the answers about audiences look like, for the OpenAPI file."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from read_api.shapes import Answer, PageOf, Shape, _like

_ID = "4f0c7a52-6f0e-4f5e-9d5e-0a7c3f1c2b3d"


class FoundPerson(Shape):
    """A client whom a query found, and the three consents; unanswered is no (REQ-3)."""

    id: UUID = _like(_ID)
    last_name: str = _like("D'Arcy-Lévesque")
    first_name: str = _like("Éloïse")
    form_of_address: str | None = _like("madam")
    email: str | None = _like("eloise@example.com")
    telephone: str | None = _like("+1 450 555-0143")
    street: str | None = _like("1420, boulevard Saint-Martin")
    city: str | None = _like("Laval")
    postal_code: str | None = _like("H2X 1Y4")
    country: str | None = _like("CA")
    language: Literal["fr", "en"] = _like("fr")
    telephone_ok: bool = _like(True, "COMM. TÉLÉPHONE")
    post_ok: bool = _like(False, "COMM. COURRIER")
    email_ok: bool = _like(True, "COMM. EMAIL")
    sort: str = _like("darcylevesque eloise", "What the list is ordered by.")


class FoundAudience(PageOf[FoundPerson]):
    """One page of those found."""

    count: int = _like(42, "All that were found.")
    most: int = _like(300, "More than so many are neither exported nor written to (COM-8).")
    reviewed: str | None = _like(
        "9f86d081884c7d65", "Names this list to `compose-mailing`; empty when more than `most` were found."
    )


class SavedQuery(Shape):
    """A query under a name."""

    id: UUID = _like(_ID)
    name: str = _like("Laval et alentours")
    query: dict[str, Any] = _like({"kind": "near", "city": "Laval", "country": "CA", "km": 50})
    owner_id: UUID = _like(_ID)
    owner: str | None = _like("Monique Tremblay")


class ReadyQuery(Shape):
    """A query that comes with the portal; null stands where the asker chooses."""

    key: Literal["to_schedule", "interested", "region"] = _like("region")
    name: str = _like("Une région")
    query: dict[str, Any] = _like({"kind": "near", "city": None, "country": None, "place": None, "km": 50})


class SavedQueries(Answer):
    """What can be run again."""

    items: list[SavedQuery]
    ready_made: list[ReadyQuery]
