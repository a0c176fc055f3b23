"""Write to an audience, /envois/nouveau?requete=…: whom, what, when, looked at first (COM-6 to COM-9)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from aggregates.kernel import Refused
from aggregates.mailing.placeholders import AUDIENCE_PLACEHOLDERS
from aggregates.mailing.refusals import PressureToConfirm
from commands.access import both
from commands.mailing.compose_mailing import ComposeMailing
from portal import form
from portal.page import Notice, Page, page_for, uuid_or_none
from portal.staff.composing import composed
from portal.staff.draft import Draft, check, checks, context_of, preview
from projections import catalogue, workshop_dates
from projections.query import Reads, wait_for
from projections.workshop_dates import Wanted
from read_api.audiences import allowed_to, tree_of
from read_api.mailings import MODELS, review_of
from read_api.queries import REVIEW_MAILINGS
from read_api.workshop_dates import now

router = APIRouter(include_in_schema=False)
ComposePage = Annotated[Page, Depends(page_for(both(REVIEW_MAILINGS, ComposeMailing.ALLOWED)))]
_DATES = 200


@router.get("/envois/nouveau")
async def show(page: ComposePage) -> HTMLResponse:
    return await _show(page, FormData(), Draft())


@router.post("/envois/nouveau")
async def act(page: ComposePage) -> Response:
    return await composed(page, partial(_show, page), partial(_whom, page))


async def _whom(page: Page, connection: Reads, filled: FormData) -> tuple[dict[str, Any], dict[str, str]]:
    saved, query = _query(page)
    tree = await tree_of(connection, query, saved)
    announced, shown = _announced(filled), {str(v) for v in filled.getlist("shown")}
    audience = {
        "query": tree.model_dump(mode="json"),
        "reviewed": form.text(filled, "reviewed"),
        "left_out": tuple(shown - {str(v) for v in filled.getlist("to")}),
        "announces": announced and {"workshop": announced, "name": form.text(filled, "series")},
        "pressure_reason": form.text(filled, "pressure_reason"),
    }
    return {"audience": audience}, {}


async def _show(
    page: Page,
    filled: FormData,
    draft: Draft,
    *,
    refused: Refused | None = None,
    errors: Mapping[str, str] | None = None,
    notice: Notice | None = None,
) -> HTMLResponse:
    wrong = dict(errors or {})
    saved, query = _query(page)
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        school = await catalogue.school(connection)
        tree = await tree_of(connection, query, saved)
        allowed_to(page.asker, tree)
        try:
            leaves_at = draft.leaves_at(school.zone)
        except ValueError:
            leaves_at = None
        review = await review_of(page.request, connection, page.asker, tree, _announced(filled), leaves_at)
        persons = _persons(filled, review["items"])
        chosen = [p for p in persons if p["checked"]]
        dates = await _dates(page, connection)
        reader = uuid_or_none(form.text(filled, "reader"))
        if str(reader) not in {p["id"] for p in persons}:
            reader = UUID(chosen[0]["id"]) if chosen else None
        read = None
        if filled and reader is not None and not refused:
            try:
                read = await preview(page, connection, draft, reader, AUDIENCE_PLACEHOLDERS)
            except Refused as unknown:
                refused = unknown
    context = context_of(
        draft,
        AUDIENCE_PLACEHOLDERS,
        kind="audience",
        title="Écrire à cette liste",
        back={"href": "/requetes", "label": "Requêtes"},
        persons=persons,
        count=len(chosen),
        recent=sum(1 for p in chosen if p["last_mailing"]),
        reviewed=review["reviewed"],
        allowance=_allowance(review["allowance"]),
        dates=dates,
        series={
            "workshop": form.text(filled, "workshop") or "",
            "name": form.text(filled, "series") or "",
        },
        moments=[{k: str(v) for k, v in moment.items()} for moment in review["good_moments"]],
        pressure=isinstance(refused, PressureToConfirm) or bool(form.text(filled, "pressure_reason")),
        pressure_reason=form.text(filled, "pressure_reason") or "",
        preview=read,
        reader=str(reader or ""),
        checks=_checks(draft, review, len(chosen), school.capitals_allowed) if filled else [],
        errors=wrong,
    )
    return page.show("staff/compose.html", context, notice=notice, refused=refused)


def _query(page: Page) -> tuple[UUID | None, str | None]:
    """A saved query's id, or a tree as text: the page's address says whom it is for."""
    asked = page.request.query_params.get("requete", "")
    saved = uuid_or_none(asked)
    return saved, None if saved else asked


def _announced(filled: FormData) -> UUID | None:
    return uuid_or_none(form.text(filled, "workshop"))


def _persons(filled: FormData, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Who gets it is checked; at first everybody who may, later as it was left."""
    to = {str(v) for v in filled.getlist("to")} if "shown" in filled else None
    leaves_recent = form.text(filled, "act") == "recent"
    return [
        item
        | {
            "last_mailing": item["last_mailing"] and item["last_mailing"].isoformat(),
            "checked": item["excluded"] is None
            and (to is None or item["id"] in to)
            and not (leaves_recent and item["last_mailing"]),
        }
        for item in items
    ]


async def _dates(page: Page, connection: Reads) -> list[dict[str, Any]]:
    """Workshops that may be announced: an organiser's own."""
    wanted = Wanted(now(page.request), own=page.asker.own, open=True)
    rows = await workshop_dates.dates(connection, wanted, limit=_DATES)
    names = await workshop_dates.labels(connection, [UUID(row["id"]) for row in rows])
    return [{"id": row["id"], "name": names[UUID(row["id"])]} for row in rows]


def _allowance(found: Mapping[str, Any]) -> dict[str, Any]:
    """What is left, its moment as templates take it."""
    fits = found["fits_from"]
    return {**found, "fits_from": fits and fits.isoformat()}


def _checks(
    draft: Draft, review: Mapping[str, Any], count: int, capitals: tuple[str, ...]
) -> list[dict[str, Any]]:
    left = review["allowance"]["left"]
    plural = "s" if count > 1 else ""
    return [
        check(count > 0, f"{count} destinataire{plural}", "Aucun destinataire coché."),
        *checks(draft, AUDIENCE_PLACEHOLDERS, capitals),
        check(
            count <= left,
            f"Il reste {left} envois sur {review['allowance']['most']} à ce moment-là",
            f"Il ne reste que {left} envois à ce moment-là : programmez plus tard, ou réduisez la liste.",
        ),
        check(draft.tried == draft.digest, "Essai envoyé à vous-même", "Pas encore d’essai de ce texte."),
    ]
