"""What several queries are asked with: the ids in their paths, filters by activity or day."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query

from read_api.shapes import ID

ClientId = Annotated[UUID, Path(description="Id of the client.", examples=[ID])]
WorkshopId = Annotated[UUID, Path(description="Id of the workshop.", examples=[ID])]
InvoiceId = Annotated[UUID, Path(description="Id of the invoice.", examples=[ID])]
ActivityOf = Annotated[UUID | None, Query(description="Of this activity only.", examples=[ID])]
FromDay = Annotated[date | None, Query(alias="from", description="First day.", examples=["2026-11-01"])]
ToDay = Annotated[date | None, Query(alias="to", description="Last day.", examples=["2026-11-30"])]
