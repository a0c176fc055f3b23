"""Queries, /requetes: the saved and the ready-made, built, run, saved under a name (REQ-1 to REQ-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from pydantic import TypeAdapter

from aggregates.audience.conditions import Group, Leaf, Query
from aggregates.audience.refusals import AmbiguousTown, NoSuchQuery, UnknownTown
from aggregates.audience.state import SAVED_QUERY
from aggregates.kernel import Refused, Role
from aggregates.mailing.policies import LARGEST_AUDIENCE
from commands.audiences.change_query import ChangeQuery
from commands.audiences.delete_query import DeleteQuery
from commands.audiences.save_query import SaveQuery
from commands.http import consider
from portal import form
from portal.notices import notice_of
from portal.page import Page, page_for, see_other
from portal.staff.audience_form import KINDS, Row, as_query, rows_of, tree_of_rows, typed_rows
from portal.staff.create_dossier import COUNTRIES
from portal.staff.paging import PER_PAGE, next_page
from projections import audience_sql, catalogue
from projections.query import Reads, wait_for
from read_api.audiences import MODELS, READY_MADE, allowed_to, moment_of, parsed
from read_api.lists import decode_cursor, following
from read_api.queries import RUN_AUDIENCES
from schema.labels import label, tables

router = APIRouter(include_in_schema=False)
AudiencePage = Annotated[Page, Depends(page_for(RUN_AUDIENCES))]
_TREE: TypeAdapter[Group | Leaf] = TypeAdapter(Query)


@router.get("/requetes")
async def show_all(page: AudiencePage) -> HTMLResponse:
    start = decode_cursor(page.request.query_params.get("suite"))
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        rows = await audience_sql.saved(connection, after=start, limit=PER_PAGE)
    context = {
        "saved": rows,
        "ready": [
            {"name": label("fr", "ready_query", key), "href": f"/requetes/nouvelle?{_ready(key)}"}
            for key in READY_MADE
        ],
        "next_href": next_page("/requetes", rows, "sort", "id"),
    }
    return page.show("staff/audiences.html", context, notice=notice_of(page))


def _ready(key: str) -> str:
    tree = READY_MADE[key]
    return as_query([Row(tree["kind"], {"km": str(tree["km"])} if "km" in tree else {})])


@dataclass
class Asked:
    """A query as the page shows it: its rows, and the tree that was run."""

    rows: Sequence[Row] | None
    tree: Group | Leaf | None = None
    errors: dict[str, str] = field(default_factory=dict)
    towns: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """City as it was typed → those that bear the name."""
    refused: Refused | None = None
    found: dict[str, Any] | None = None


@router.get("/requetes/nouvelle")
async def build(page: AudiencePage) -> HTMLResponse:
    return await _show(page, _typed(page))


@router.get("/requetes/{saved}")
async def show_one(page: AudiencePage, saved: UUID) -> HTMLResponse:
    return await _show_saved(page, saved)


def _typed(page: Page) -> Asked:
    rows = typed_rows(page.request.query_params)
    given = page.request.query_params
    tree, errors = tree_of_rows(rows)
    return Asked(rows, tree, {} if "ajouter" in given or "retirer" in given else errors)


async def _show_saved(page: Page, saved: UUID, refused: Refused | None = None) -> HTMLResponse:
    who = page.session.principal
    seen = await consider(page.request, lambda act: act.load(SAVED_QUERY.at(saved)), who, RUN_AUDIENCES)
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        known = await audience_sql.saved_query(connection, saved)
    if known is None:
        raise NoSuchQuery
    asked = _typed(page)
    if not asked.rows:
        tree = _TREE.validate_python(known["query"])
        asked = Asked(rows_of(tree), tree)
    own = known["owner_id"] == str(who.user) or page.asker.who.role is not Role.ORGANISER
    return await _show(page, asked, known | {"own": own, "seen_version": seen.version}, refused)


async def _show(
    page: Page,
    asked: Asked,
    saved: dict[str, Any] | None = None,
    refused: Refused | None = None,
    values: dict[str, str] | None = None,
    name_error: str | None = None,
) -> HTMLResponse:
    own = "/requetes/nouvelle" if saved is None else f"/requetes/{saved['id']}"
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        if asked.tree is not None:
            await _run(page, connection, asked, own)
        phases = await catalogue.phases(connection)
        activities = await catalogue.activities(connection)
    rows = asked.rows or []
    spoken = {row.words["country"] for row in rows if row.words.get("country")}
    context = {
        "own": own,
        "saved": saved,
        "kinds": KINDS,
        "rows": asked.rows,
        "errors": asked.errors | ({} if name_error is None else {"name": name_error}),
        "towns": asked.towns,
        "found": asked.found,
        "countries": [*COUNTRIES, *sorted(spoken - set(COUNTRIES))],
        "activities": activities,
        "phases": phases,
        "channels": tables("fr")["channel"],
        "most": LARGEST_AUDIENCE,
        "values": values or {},
    }
    refused = refused or asked.refused
    return page.show("staff/audience.html", context, notice=notice_of(page), refused=refused)


async def _run(page: Page, connection: Reads, asked: Asked, own: str) -> None:
    """Fill in whom the tree finds, or what must be told first."""
    assert asked.tree is not None
    start = decode_cursor(page.request.query_params.get("suite"))
    try:
        allowed_to(page.asker, asked.tree)
        moment = await moment_of(connection, page.request)
        found = await audience_sql.found(
            connection, asked.tree, moment, most=LARGEST_AUDIENCE, after=start, limit=PER_PAGE
        )
    except (UnknownTown, AmbiguousTown) as refused:
        city = str(refused.fields["city"])
        if isinstance(refused, AmbiguousTown):
            asked.towns[city] = list(refused.fields["candidates"])
        for n, row in enumerate(asked.rows or []):
            if row.words.get("city") == city and not row.words.get("place"):
                known = isinstance(refused, AmbiguousTown)
                words = "Choisissez laquelle." if known else "Ville inconnue : vérifiez le nom et le pays."
                asked.errors[f"{'place' if known else 'city'}-{n}"] = words
        return
    except Refused as refused:
        asked.refused = refused
        return
    json = asked.tree.model_dump_json(exclude_none=True)
    behind = following(found.items, PER_PAGE, "sort", "id")
    more = behind and f"{own}?{as_query(asked.rows or [])}&{urlencode({'suite': behind})}"
    asked.found = {
        "count": found.count,
        "items": found.items,
        "query": json,
        "mail_href": "/envois/nouveau?" + urlencode({"requete": json}),
        "file_href": "/api/audiences/export?" + urlencode({"query": json}),
        "next_href": more,
    }


@router.post("/requetes/nouvelle")
async def save(page: AudiencePage) -> Response:
    filled = await form.typed(page)
    tree = parsed(form.text(filled, "query") or "")
    fields = {"name": form.text(filled, "name"), "query": tree.model_dump(mode="json")}
    outcome = await form.send(page, filled, SaveQuery, fields)
    if outcome.answer is None:
        asked = Asked(rows_of(tree), tree)
        typed = {"name": form.text(filled, "name") or ""}
        error = (outcome.errors or {}).get("name")
        return await _show(page, asked, refused=outcome.refused, values=typed, name_error=error)
    made = outcome.answer.made["saved_query"]
    return see_other(f"/requetes/{made}", outcome.answer.position, "query_saved")


@router.post("/requetes/{saved}")
async def change(page: AudiencePage, saved: UUID) -> Response:
    """Another name, or the conditions now on the page; or it goes."""
    filled = await form.typed(page)
    if form.text(filled, "act") == "delete":
        outcome = await form.send(page, filled, DeleteQuery, {"saved_query": saved})
        if outcome.answer is not None:
            return see_other("/requetes", outcome.answer.position, "query_deleted")
        return await _show_saved(page, saved, outcome.refused)
    tree = parsed(form.text(filled, "query") or "")
    fields = {
        "saved_query": saved,
        "seen_version": form.text(filled, "seen_version"),
        "name": form.text(filled, "name"),
        "query": tree.model_dump(mode="json"),
    }
    outcome = await form.send(page, filled, ChangeQuery, fields)
    if outcome.answer is None:
        return await _show_saved(page, saved, outcome.refused)
    return see_other(f"/requetes/{saved}", outcome.answer.position, "query_changed")
