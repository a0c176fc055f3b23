"""What the answers of audit look like, for the OpenAPI file."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from read_api.shapes import ID, Shape, like


class AccessEntry(Shape):
    """One reading of personal data (AUD-4)."""

    position: str = like("3145728")
    at: datetime = like("2026-11-24T15:04:05.678901Z")
    who: UUID | None = like(ID)
    by: str = like("Monique Tremblay")
    role: str = like("organiser", "The role under which it was read.")
    behalf: UUID | None = like(None, "The client one was logged in as (DOS-12).")
    kind: str = like("dossier")
    label: str = like("Dossier ouvert")
    subject: UUID | None = like(ID, "The dossier, workshop or invoice; null when it was a list.")
    subject_name: str | None = like("Éloïse D'Arcy-Lévesque", "null when erased, or without a name.")
    persons: int = like(1, "How many persons' data the answer held.")
    asked: dict[str, Any] | None = like(
        {"form": "csv", "from": "2026-11-01", "to": "2026-11-30"}, "The filter of an export, or the page."
    )
    details: list[str] = like(["format: csv", "from 2026-11-01", "to 2026-11-30"], "`asked`, in words.")
    reason: str | None = like(None, "Why somebody was logged in as the client (DOS-12).")
