"""Whom to ask where the portal says no: the school's address, and its telephones by region (ATE-2, DOS-4)."""

from __future__ import annotations

from typing import Any

from aggregates.catalogue.settings import SchoolSettings
from projections import catalogue
from projections.query import Reads

_REGIONS = {"canada": "Canada", "europe": "Europe"}


def telephones(school: SchoolSettings) -> list[dict[str, str]]:
    """Each number with where it is for."""
    return [{"where": _REGIONS.get(w, w), "number": number} for w, number in school.telephones.items()]


async def contact(connection: Reads) -> dict[str, Any]:
    """What the macro `reach` shows."""
    school = await catalogue.school(connection)
    return {"email": school.email, "telephones": telephones(school)}
