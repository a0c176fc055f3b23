"""Organisers announce together to a country, /envois/annonce-commune: in parts of 300 (REQ-2, COM-8)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from aggregates.audience.conditions import InCountry
from aggregates.catalogue.settings import Category
from aggregates.kernel import Refused, Role
from aggregates.mailing.placeholders import AUDIENCE_PLACEHOLDERS
from aggregates.mailing.policies import LARGEST_AUDIENCE
from aggregates.mailing.refusals import PressureToConfirm
from commands.access import both
from commands.mailing.compose_mailing import ComposeMailing
from portal import form
from portal.page import Notice, Page, page_for, uuid_or_none
from portal.staff.composing import composed
from portal.staff.create_dossier import COUNTRIES
from portal.staff.draft import Draft, check, checks, context_of, preview
from projections import audience_sql, catalogue, workshop_dates
from projections.query import Reads, Row, wait_for
from projections.workshop_dates import Wanted
from read_api.audiences import moment_of
from read_api.mailings import MODELS, allowance_of
from read_api.queries import REVIEW_MAILINGS
from read_api.workshop_dates import now

router = APIRouter(include_in_schema=False)
JointPage = Annotated[Page, Depends(page_for(both(REVIEW_MAILINGS, ComposeMailing.ALLOWED)))]
_PATH = "/envois/annonce-commune"
_DATES = 200


@router.get(_PATH)
async def show(page: JointPage) -> HTMLResponse:
    return await _show(page, FormData(), Draft())


@router.post(_PATH)
async def act(page: JointPage) -> Response:
    return await composed(page, partial(_show, page), _whom)


async def _whom(_connection: Reads, filled: FormData) -> tuple[dict[str, Any], dict[str, str]]:
    workshop, organisers = uuid_or_none(form.text(filled, "workshop")), _organisers(filled)
    errors = {} if workshop else {"workshop": "Choisissez l’atelier complémentaire annoncé."}
    if not organisers:
        errors["joint"] = "Cochez qui annonce."
    audience = {
        "query": {"kind": "country", "country": _country(filled)},
        "announces": {"workshop": workshop, "name": form.text(filled, "series")},
        "joint": organisers,
        "part": _part(filled),
        "pressure_reason": form.text(filled, "pressure_reason"),
    }
    return {"audience": audience}, errors


async def _show(
    page: Page,
    filled: FormData,
    draft: Draft,
    *,
    refused: Refused | None = None,
    errors: Mapping[str, str] | None = None,
    notice: Notice | None = None,
) -> HTMLResponse:
    country, part = _country(filled), _part(filled)
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        school = await catalogue.school(connection)
        moment = await moment_of(connection, page.request)
        tree = InCountry(kind="country", country=country)
        found = await audience_sql.found(connection, tree, moment, most=1, limit=1)
        first = found.items[0] if found.items else None
        organisers = [row for row in await catalogue.staff(connection) if Role.ORGANISER in row["roles"]]
        dates = await _dates(page, connection)
        read = None
        if filled and first is not None and not refused:
            try:
                read = await preview(page, connection, draft, UUID(first["id"]), AUDIENCE_PLACEHOLDERS)
            except Refused as unknown:
                refused = unknown
    size = max(0, min(LARGEST_AUDIENCE, found.count - LARGEST_AUDIENCE * (part - 1)))
    allowance = await allowance_of(page.request, page.asker, max(1, size), None)
    fits, chosen = allowance["fits_from"], {str(o) for o in _organisers(filled)}
    context = context_of(
        draft,
        AUDIENCE_PLACEHOLDERS,
        kind="joint",
        title="Annonce commune à un pays",
        back={"href": "/envois", "label": "Envois"},
        count=size,
        allowance={**allowance, "fits_from": fits and fits.isoformat()},
        dates=dates,
        series={
            "workshop": form.text(filled, "workshop") or "",
            "name": form.text(filled, "series") or "",
        },
        pressure=isinstance(refused, PressureToConfirm) or bool(form.text(filled, "pressure_reason")),
        pressure_reason=form.text(filled, "pressure_reason") or "",
        preview=read,
        reader=first["id"] if first else "",
        checks=_checks(draft, len(chosen), size, allowance["left"], school.capitals_allowed)
        if filled
        else [],
        joint=_offered(country, organisers, chosen, found.count, part)
        | {"needs_approval": page.asker.who.role is Role.ORGANISER},
        errors=dict(errors or {}),
    )
    return page.show("staff/compose.html", context, notice=notice, refused=refused)


def _offered(country: str, organisers: list[Row], chosen: set[str], count: int, part: int) -> dict[str, Any]:
    """Countries, organisers and parts to choose of."""
    return {
        "countries": sorted({*COUNTRIES, country}),
        "country": country,
        "organisers": [row | {"checked": row["id"] in chosen} for row in organisers],
        "found": count,
        "parts": -(-count // LARGEST_AUDIENCE),
        "part": part,
        "most": LARGEST_AUDIENCE,
    }


def _country(filled: FormData) -> str:
    given = form.text(filled, "country") or ""
    return given if len(given) == 2 and given.isascii() and given.isalpha() and given.isupper() else "FR"


def _part(filled: FormData) -> int:
    given = form.text(filled, "part") or ""
    return int(given) if given.isdecimal() and 0 < len(given) < 4 and int(given) else 1


def _organisers(filled: FormData) -> tuple[UUID, ...]:
    found = (uuid_or_none(str(value)) for value in filled.getlist("joint"))
    return tuple(user for user in found if user is not None)


async def _dates(page: Page, connection: Reads) -> list[dict[str, Any]]:
    """Complementary workshops to come: an organiser's own."""
    kinds = {row["id"]: row["category"] for row in await catalogue.activities(connection)}
    wanted = Wanted(now(page.request), own=page.asker.own, open=True)
    rows = await workshop_dates.dates(connection, wanted, limit=_DATES)
    rows = [row for row in rows if kinds.get(row["activity_id"]) == Category.COMPLEMENTARY]
    names = await workshop_dates.labels(connection, [UUID(row["id"]) for row in rows])
    return [{"id": row["id"], "name": names[UUID(row["id"])]} for row in rows]


def _checks(
    draft: Draft, organisers: int, count: int, left: int, capitals: tuple[str, ...]
) -> list[dict[str, Any]]:
    plural = "s" if count > 1 else ""
    return [
        check(count > 0, f"{count} personne{plural} dans cette partie", "Personne dans cette partie."),
        check(organisers > 0, "Qui annonce est nommé", "Cochez qui annonce."),
        *checks(draft, AUDIENCE_PLACEHOLDERS, capitals),
        check(count <= left, f"Il reste {left} envois par 24 heures", f"Il ne reste que {left} envois."),
        check(draft.tried == draft.digest, "Essai envoyé à vous-même", "Pas encore d’essai de ce texte."),
    ]
