"""The discounts that the staff at a page may choose today (CAT-1, CAT-4)."""

from __future__ import annotations

from portal.page import Page
from portal.staff.accounting import today
from projections import catalogue
from projections.query import Reads, Row


async def choosable(page: Page, connection: Reads) -> list[Row]:
    """By name; the command asks again."""
    day = (await today(page, connection)).isoformat()
    roles = {role.value for role in page.session.principal.roles}
    return [
        row
        for row in await catalogue.discounts(connection)
        if not row["retired"]
        and roles & set(row["chosen_by"])
        and (row["valid_from"] or day) <= day <= (row["valid_until"] or day)
    ]
