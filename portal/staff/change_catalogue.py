"""Add, change, take off sale: /catalogue/{kind}/nouveau and /catalogue/{kind}/{entry} (CAT-1, ATE-1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from aggregates.kernel import Currency, Refused, Role
from commands.access import ForbiddenError
from commands.catalogue.add_discount import AddDiscount
from commands.http import consider
from commands.message import Command
from commands.seen_version import ChangedMeanwhile
from portal import form
from portal.page import Page, page_for, see_other
from portal.staff.catalogue_forms import KINDS, Kind, Values, laid_over, typed
from portal.staff.create_dossier import COUNTRIES
from portal.staff.plan_workshop import ZONES
from projections import catalogue
from read_api.lists import NotFoundError
from schema.labels import Language, tables
from schema.store import Loaded

router = APIRouter(include_in_schema=False)
EntryPage = Annotated[Page, Depends(page_for(AddDiscount.ALLOWED))]
"""Whoever may do the least of it; each kind asks for its own roles."""
_NEW, _KNOWN = "/catalogue/{kind}/nouveau", "/catalogue/{kind}/{entry}"
_CHOOSERS = (Role.CLIENT, Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
_FRENCH: Language = "fr"


def _kind(page: Page, name: str) -> Kind:
    """Raises NotFoundError, ForbiddenError."""
    kind = KINDS.get(name)
    if kind is None:
        raise NotFoundError
    if not page.lets_in(kind.add.ALLOWED):
        raise ForbiddenError
    return kind


@router.get(_NEW)
async def show_new(page: EntryPage, kind: str) -> HTMLResponse:
    _kind(page, kind)
    defaults: Values = {"zone": "America/Toronto", "country": "CA", "days": "2"}
    return await _show(page, kind, defaults)


@router.get(_KNOWN)
async def show(page: EntryPage, kind: str, entry: UUID) -> HTMLResponse:
    return await _show_known(page, kind, entry)


async def _show_known(
    page: Page,
    name: str,
    entry: UUID,
    *,
    filled: FormData | None = None,
    errors: Mapping[str, str] | None = None,
    refused: Refused | None = None,
) -> HTMLResponse:
    kind = _kind(page, name)
    seen = await _seen(page, kind, entry)
    state = kind.known(seen.state)
    values, theirs = kind.values(state), None
    if filled is not None:
        was = values
        if isinstance(refused, ChangedMeanwhile):
            was, theirs = kind.values(seen.as_of(int(form.text(filled, "seen_version") or 0))), values
        values = laid_over(typed(filled), was, values)
    known = {
        "id": str(entry),
        "name": state.name,
        "version": seen.version,
        "retired": getattr(state, "retired", None),
    }
    return await _show(page, name, values, known=known, theirs=theirs, errors=errors, refused=refused)


async def _show(
    page: Page,
    kind: str,
    values: Values,
    *,
    known: Mapping[str, Any] | None = None,
    theirs: Values | None = None,
    errors: Mapping[str, str] | None = None,
    refused: Refused | None = None,
) -> HTMLResponse:
    async with page.reads.connection() as connection:
        activities = await catalogue.activities(connection)
    words = tables(_FRENCH)
    zone = values.get("zone")
    zones = {**({zone: zone} if zone else {}), **ZONES}
    context = {
        "kind": kind,
        "entry": known,
        "theirs": theirs,
        "activities": [a for a in activities if not a["retired"] or values.get(f"order-{a['id']}")],
        "currencies": [{"id": c.value, "name": words["currency"][c.value]} for c in Currency],
        "categories": _choices(words["category"]),
        "regions": _choices(words["region"]),
        "roles": [{"id": role.value, "name": words["role"][role.value]} for role in _CHOOSERS],
        "zones": [{"id": id_, "name": name} for id_, name in zones.items()],
        "countries": sorted({*COUNTRIES, *filter(None, [values.get("country")])}),
        "values": values,
        "errors": dict(errors or {}),
    }
    return page.show("staff/catalogue_edit.html", context, refused=refused)


def _choices(words: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"id": id_, "name": name} for id_, name in words.items()]


async def _seen(page: Page, kind: Kind, entry: UUID) -> Loaded[Any]:
    """The entry as it stands, with the version that a change names as seen."""
    who = page.session.principal
    return await consider(page.request, lambda act: act.load(kind.stream.at(entry)), who, kind.change.ALLOWED)


@router.post(_NEW)
async def add(page: EntryPage, kind: str) -> Response:
    wished = _kind(page, kind)
    filled = await form.typed(page)
    outcome = await _sent(page, filled, wished, wished.add, {})
    if outcome.answer is None:
        return await _show(page, kind, typed(filled), errors=outcome.errors, refused=outcome.refused)
    return see_other("/catalogue", outcome.answer.position, "catalogue_changed")


@router.post(_KNOWN)
async def change(page: EntryPage, kind: str, entry: UUID) -> Response:
    wished = _kind(page, kind)
    filled = await form.typed(page)
    act = form.text(filled, "act") or ""
    if act in wished.acts:
        outcome = await form.send(page, filled, wished.acts[act], {wished.id: entry})
    else:
        same = {wished.id: entry, "seen_version": form.text(filled, "seen_version")}
        outcome = await _sent(page, filled, wished, wished.change, same)
    if outcome.answer is None:
        return await _show_known(
            page, kind, entry, filled=filled, errors=outcome.errors, refused=outcome.refused
        )
    return see_other("/catalogue", outcome.answer.position, "catalogue_changed")


async def _sent(
    page: Page, filled: FormData, kind: Kind, command: type[Command], same: Mapping[str, Any]
) -> form.Outcome:
    try:
        fields = kind.fields(filled)
    except form.WrongFieldError as error:
        return form.Outcome(errors={error.name: error.says})
    return await form.send(page, filled, command, {**same, **fields})
