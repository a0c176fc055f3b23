"""What the answers of audit look like, for the OpenAPI file."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from read_api.shapes import Shape

_ID = "4f0c7a52-6f0e-4f5e-9d5e-0a7c3f1c2b3d"


class AccessEntry(Shape):
    """One reading of personal data (AUD-4)."""

    position: str = Field(examples=["3145728"])
    at: datetime = Field(examples=["2026-11-24T15:04:05.678901Z"])
    who: UUID | None = Field(examples=[_ID])
    by: str = Field(examples=["Monique Tremblay"])
    role: str = Field(examples=["organiser"], description="The role under which it was read.")
    behalf: UUID | None = Field(examples=[None], description="The client one was logged in as (DOS-12).")
    kind: str = Field(examples=["dossier"])
    label: str = Field(examples=["Dossier ouvert"])
    subject: UUID | None = Field(
        examples=[_ID], description="The dossier, workshop or invoice; null when it was a list."
    )
    subject_name: str | None = Field(
        examples=["Éloïse D'Arcy-Lévesque"], description="null when erased, or without a name."
    )
    persons: int = Field(examples=[1], description="How many persons' data the answer held.")
    asked: dict[str, Any] | None = Field(
        examples=[{"form": "csv", "from": "2026-11-01", "to": "2026-11-30"}],
        description="The filter of an export.",
    )
