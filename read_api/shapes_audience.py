"""What the answers about audiences look like, for the OpenAPI file."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from read_api.shapes import ID, PageOf, Shape, like


class FoundPerson(Shape):
    """A client whom a query found, and the three consents; unanswered is no (REQ-3)."""

    id: UUID = like(ID)
    last_name: str = like("D'Arcy-Lévesque")
    first_name: str = like("Éloïse")
    form_of_address: str | None = like("madam")
    email: str | None = like("eloise@example.com")
    telephone: str | None = like("+1 450 555-0143")
    street: str | None = like("1420, boulevard Saint-Martin")
    city: str | None = like("Laval")
    postal_code: str | None = like("H2X 1Y4")
    country: str | None = like("CA")
    language: Literal["fr", "en"] = like("fr")
    telephone_ok: bool = like(True, "COMM. TÉLÉPHONE")
    post_ok: bool = like(False, "COMM. COURRIER")
    email_ok: bool = like(True, "COMM. EMAIL")
    sort: str = like("darcylevesque eloise", "What the list is ordered by.")


class FoundAudience(PageOf[FoundPerson]):
    """One page of those found."""

    count: int = like(42, "All that were found.")
    most: int = like(300, "More than so many are neither exported nor written to (COM-8).")
    reviewed: str | None = like(
        "9f86d081884c7d65", "Names this list to `compose-mailing`; empty when more than `most` were found."
    )


class SavedQuery(Shape):
    """A query under a name."""

    id: UUID = like(ID)
    name: str = like("Laval et alentours")
    query: dict[str, Any] = like({"kind": "near", "city": "Laval", "country": "CA", "km": 50})
    owner_id: UUID = like(ID)
    owner: str | None = like("Monique Tremblay")
    sort: str = like("laval et alentours", "What the list is ordered by.")


class ReadyQuery(Shape):
    """A query that comes with the portal; null stands where the asker chooses."""

    key: Literal["to_schedule", "interested", "region"] = like("region")
    name: str = like("Une région")
    query: dict[str, Any] = like({"kind": "near", "city": None, "country": None, "place": None, "km": 50})


class SavedQueries(PageOf[SavedQuery]):
    """What can be run again."""

    ready_made: list[ReadyQuery]
