"""Search over everything, /recherche: people, workshops, invoices and help, as far as the asker reaches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from aggregates.kernel import fold
from commands.access import Scope
from portal.help import articles
from portal.help.search import search as search_help
from portal.page import Page, page_for, see_other
from projections import catalogue, dossier, invoices, searching, workshop_dates
from projections.query import Reads, Row
from projections.workshop_dates import Meant
from read_api.queries import LIST_DOSSIERS, LIST_WORKSHOPS, READ_INVOICE, READ_ROSTER, masks_contact
from read_api.workshop_dates import now

router = APIRouter(include_in_schema=False)
SearchPage = Annotated[Page, Depends(page_for(LIST_WORKSHOPS))]
_OF_EACH = 8
_WORDS = 4
_NUMBER = re.compile(r"(?:([A-Z]+(?:-[A-Z]+)?)[- ]?)?(?:([0-9]{4})[- ])?0*([1-9][0-9]{0,5})")
"""Of an invoice or a credit note, its series and its year left out or not."""
_YEARS = 10
_ONLINE = frozenset({"ligne", "online"})
_IDLE = frozenset(["a", "au", "aux", "de", "des", "du", "en", "et", "l", "la", "le", "les", "d"])


@router.get("/recherche")
async def show(page: SearchPage) -> Response:
    """An invoice's whole number leads to it at once; all else is listed by kind."""
    text = page.request.query_params.get("q", "")[:200].strip()
    async with page.reads.connection() as connection:
        written = _NUMBER.fullmatch(text.upper())
        bills = await _invoices(page, connection, written)
        if written and all(written.groups()) and len(bills) == 1:
            return see_other(f"/factures/{bills[0]['id']}")
        people, nearly = await _people(page, connection, text)
        dates = await _workshops(page, connection, text)
        total = await searching.found(connection, text) if people and not nearly else len(people)
    return _shown(page, text, people=people, nearly=nearly, total=total, workshops=dates, invoices=bills)


def _shown(page: Page, text: str, **found: Any) -> HTMLResponse:
    roles = page.session.principal.roles
    own = [article for article in articles() if article.for_roles(roles)]
    articles_found = [
        {
            "key": article.key,
            "title": article.title,
            "area": article.area,
            "href": None if "{" in article.path else article.path,
        }
        for article in search_help(text, own)[:_OF_EACH]
    ]
    context = {
        **found,
        "counted": searching.COUNTED,
        "articles": articles_found,
        "sees_people": page.lets_in(LIST_DOSSIERS),
        "now": now(page.request).isoformat(),
    }
    return page.show("staff/search.html", context)


async def _people(page: Page, connection: Reads, text: str) -> tuple[list[Row], bool]:
    """Dossiers found, and whether but for a typing error."""
    if not text or not page.lets_in(LIST_DOSSIERS):
        return [], False
    who, _ = page.session.principal.acting(LIST_DOSSIERS)
    rows = await searching.search(connection, text, limit=_OF_EACH)
    nearly = [] if rows else await searching.nearly(connection, text, limit=_OF_EACH)
    shown = [dossier.masked(row) for row in rows or nearly] if masks_contact(who) else rows or nearly
    return shown, bool(nearly)


async def _invoices(page: Page, connection: Reads, written: re.Match[str] | None) -> list[Row]:
    if written is None or not page.lets_in(READ_INVOICE):
        return []
    school, year = await catalogue.school(connection), now(page.request).year
    own = {name for series in school.series.values() for name in (series, f"{series}-N")}
    series = [written[1]] if written[1] else sorted(own)
    years = [written[2]] if written[2] else range(year + 1, year - _YEARS, -1)
    numbers = [written[0], *(f"{name}-{each}-{int(written[3]):04d}" for name in series for each in years)]
    return await invoices.numbered(connection, numbers, limit=_OF_EACH)


async def _workshops(page: Page, connection: Reads, text: str) -> list[Row]:
    """Those whose list the asker may open: who organises or trains finds their own."""
    who, scope = page.session.principal.acting(READ_ROSTER)
    words = await _meant(connection, [w for w in map(fold, text.split()) if w and w not in _IDLE][:_WORDS])
    own = None if scope is Scope.ANY else who.own
    return await workshop_dates.found(connection, words, now(page.request), own=own, limit=_OF_EACH)


async def _meant(connection: Reads, words: Sequence[str]) -> list[Meant]:
    """What each word may stand for: the beginning of a word of an activity, a place or an organiser."""
    if not words:
        return []
    activities = [(row["id"], row["name"]) for row in await catalogue.activities(connection)]
    venues = [(row["id"], f"{row['name']} {row['city']}") for row in await catalogue.venues(connection)]
    staff = [(row["id"], row["name"]) for row in await catalogue.staff(connection)]

    def standing(word: str, named: Sequence[tuple[str, str]]) -> list[UUID]:
        return [UUID(id_) for id_, name in named if any(p.startswith(word) for p in _pieces(name))]

    return [
        Meant(standing(word, activities), standing(word, venues), standing(word, staff), word in _ONLINE)
        for word in words
    ]


def _pieces(name: str) -> list[str]:
    return [fold(piece) for piece in re.split(r"\W+", name) if piece]
