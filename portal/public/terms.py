"""What paying late, changing and cancelling cost, region by region: /conditions, for everybody (INS-9)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from aggregates.catalogue.settings import Category, Region, SchoolSettings
from aggregates.kernel import Currency, Money
from portal.contact import contact
from portal.page import Page, page_of_client
from portal.public.sheet import sheet
from projections import catalogue

router = APIRouter(include_in_schema=False)
REGIONS = {Region.CANADA: Currency.CAD, Region.EUROPE: Currency.EUR}
"""Canada's terms are those of EN LIGNE too; the currency is what most pay there."""


@router.get("/conditions")
async def show(request: Request, page: Annotated[Page | None, Depends(page_of_client)]) -> HTMLResponse:
    async with request.app.state.reads.connection() as connection:
        school = await catalogue.school(connection)
        reached = await contact(connection)
    context = {"regions": [_region(school, r, c) for r, c in REGIONS.items()], "contact": reached}
    if page is None:
        return sheet("public/terms.html", context)
    return page.show("public/terms.html", context)


def _region(school: SchoolSettings, region: Region, currency: Currency) -> dict[str, Any]:
    """As the settings have them now; what was sold keeps the terms of its day."""
    rows = []
    for category in Category:
        terms = school.terms_of(category, currency)
        rows.append(
            {
                "category": category.value,
                "deposit": Money(minor=terms.deposit, currency=currency).model_dump(mode="json"),
                "per_day": terms.deposit_per_day,
                "hours": terms.full_payment_hours,
                "months": terms.late_months,
                "lost": "always" if region is Region.EUROPE or terms.late_everywhere else "two_days",
                "absent_percent": terms.absence_percent,
            }
        )
    return {"region": region.value, "link": school.terms_links.get(region, ""), "rows": rows}
