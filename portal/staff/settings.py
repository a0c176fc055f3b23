"""The school's rules, /reglages: read by many, changed by admins who saw before and after (INS-5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, cast
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from aggregates.catalogue.events import SettingsChanged
from aggregates.catalogue.settings import SchoolSettings
from aggregates.catalogue.state import SETTINGS, SETTINGS_ID
from aggregates.kernel import Refused
from commands.access import both
from commands.catalogue.change_settings import ChangeSettings
from commands.http import consider
from portal import form
from portal.notices import notice_of
from portal.page import Page, page_for, see_other
from portal.staff.catalogue_forms import laid_over
from portal.staff.settings_fields import Part
from portal.staff.settings_parts import holders, parts
from projections import catalogue
from projections.query import wait_for
from read_api.lists import NotFoundError
from read_api.queries import READ_SETTINGS
from schema.labels import label
from schema.store import Loaded, Store

router = APIRouter(include_in_schema=False)
SettingsPage = Annotated[Page, Depends(page_for(READ_SETTINGS))]
ChangePage = Annotated[Page, Depends(page_for(both(READ_SETTINGS, ChangeSettings.ALLOWED)))]
_PATH = "/reglages/{part}"
_LAST = 10
"""So many changes are told."""


@dataclass(frozen=True)
class _Desk:
    """The settings as they stand, their pages, and what people who changed them are called."""

    loaded: Loaded[SchoolSettings]
    parts: Mapping[str, Part]
    names: Mapping[UUID, str]

    def part(self, key: str) -> Part:
        """Raises NotFoundError."""
        if key not in self.parts:
            raise NotFoundError
        return self.parts[key]


async def _desk(page: Page) -> _Desk:
    stream, who = SETTINGS.at(SETTINGS_ID), page.session.principal
    loaded = await consider(page.request, lambda act: act.load(stream), who, READ_SETTINGS)
    async with page.reads.connection() as connection:
        await wait_for(connection, ("catalogue",), page.after)
        staff = await catalogue.staff(connection)
        held = [h for h in loaded.state.responsibilities.values() if isinstance(h, UUID)]
        names = await catalogue.names(connection, [UUID(row["id"]) for row in staff] + held)
    people = holders(staff) | {str(id_): names.get(id_, "une personne partie") for id_ in held}
    return _Desk(loaded, parts(people, loaded.state.zone), names)


@router.get("/reglages")
async def show(page: SettingsPage) -> HTMLResponse:
    desk = await _desk(page)
    settings = desk.loaded.state
    context = {
        "parts": [
            {
                "key": part.key,
                "title": part.title,
                "about": part.about,
                "settings": [
                    {"label": s.label, "under": s.under, "value": s.shown(s.read(settings))}
                    for s in part.settings
                ],
            }
            for part in desk.parts.values()
            if part.key != "paiement"
        ],
        "terms": grid(desk.parts["paiement"], values_of(desk.parts["paiement"], settings)),
        "changes": await _changes(page, desk),
    }
    return page.show("staff/settings.html", context, notice=notice_of(page))


async def _changes(page: Page, desk: _Desk) -> list[dict[str, Any]]:
    """The last changes, newest first: who, when, each setting before and after (AUD-1)."""
    store = cast("Store", page.request.app.state.store)
    events = await anyio.to_thread.run_sync(store.recorded, SETTINGS_ID)
    before, found = SchoolSettings(), []
    for event in events:
        assert isinstance(event.fact, SettingsChanged)
        after = event.fact.settings
        told = [row for part in desk.parts.values() for row in _differences(part, before, after)]
        envelope = event.envelope
        by = "" if envelope.user is None else desk.names.get(envelope.user, "")
        found.append({"at": envelope.at.isoformat(), "by": by, "rows": told})
        before = after
    return [each for each in reversed(found) if each["rows"]][:_LAST]


def _differences(part: Part, before: SchoolSettings, after: SchoolSettings) -> list[dict[str, str]]:
    return compared(part, values_of(part, before), values_of(part, after))


def compared(part: Part, before: Mapping[str, str], after: Mapping[str, str]) -> list[dict[str, str]]:
    """Each setting that is not the same, in words."""
    return [
        {
            "label": full_label(part, s.name, s.label),
            "before": s.shown(before.get(s.name, "")) or "rien",
            "after": s.shown(after.get(s.name, "")) or "rien",
        }
        for s in part.settings
        if before.get(s.name, "") != after.get(s.name, "")
    ]


def full_label(part: Part, name: str, words: str) -> str:
    """With the category and currency that its column says on the page."""
    if part.key == "paiement":
        _, category, currency = name.split("-")
        return f"{words} ({label('fr', 'category', category)}, {currency})"
    return f"{words} ({name[-3:]})" if part.key == "devises" and "-" in name else words


def values_of(part: Part, settings: SchoolSettings) -> dict[str, str]:
    """The text of each setting by its field."""
    return {s.name: s.read(settings) for s in part.settings}


@router.get(_PATH)
async def show_part(page: ChangePage, part: str) -> HTMLResponse:
    desk = await _desk(page)
    return await _show(page, desk, desk.part(part))


@router.post(_PATH)
async def change(page: ChangePage, part: str) -> Response:
    """At first what would change is shown; the same form sent again changes it."""
    filled = await form.typed(page)
    desk = await _desk(page)
    wanted = desk.part(part)
    given = _typed(wanted, filled)
    version = form.text(filled, "seen_version") or ""
    seen = desk.loaded.as_of(int(version) if version.isdecimal() and len(version) < 9 else 0)
    draft: dict[str, Any] = seen.model_dump(mode="json")
    errors = wanted.typed(draft, given, seen)
    if errors or form.text(filled, "reviewed") != _digest(given):
        return await _show(page, desk, wanted, given=given, seen=seen, errors=errors)
    outcome = await form.send(page, filled, ChangeSettings, {"seen_version": version, "settings": draft})
    if outcome.answer is None:
        desk = await _desk(page)  # it may have changed just now
        return await _show(
            page, desk, wanted, given=given, seen=seen, errors=outcome.errors, refused=outcome.refused
        )
    return see_other("/reglages", outcome.answer.position, "settings_changed")


def _typed(part: Part, filled: FormData) -> dict[str, str]:
    return {s.name: str(filled.get(s.name, "")).replace("\r\n", "\n").strip() for s in part.settings}


def _digest(given: Mapping[str, str]) -> str:
    """Tells whether what was looked at is what is sent."""
    return sha256(repr(sorted(given.items())).encode()).hexdigest()[:16]


async def _show(
    page: Page,
    desk: _Desk,
    part: Part,
    *,
    given: Mapping[str, str] | None = None,
    seen: SchoolSettings | None = None,
    errors: Mapping[str, str] | None = None,
    refused: Refused | None = None,
) -> HTMLResponse:
    current = values_of(part, desk.loaded.state)
    values, theirs = dict(current), None
    if given is not None and seen is not None:
        was = values_of(part, seen)
        values, meanwhile = laid_over(dict(given), was, current), compared(part, was, current)
        if meanwhile:
            theirs = {**(await _changes(page, desk))[0], "rows": meanwhile}
    review = compared(part, current, values)
    context = {
        "part": {"key": part.key, "title": part.title, "about": part.about},
        "fields": [
            {"name": s.name, "label": s.label, "kind": s.kind, "help": s.help, "required": s.required}
            | {"under": s.under, "choices": _choices(s.choices)}
            for s in part.settings
        ],
        "grid": grid(part, values) if part.key == "paiement" else None,
        "version": desk.loaded.version,
        "review": review if given is not None and not errors else [],
        "reviewed": _digest(values) if review and given is not None and not errors else "",
        "nothing": given is not None and not errors and not review and refused is None,
        "theirs": theirs,
        "values": values,
        "errors": _beside(errors or {}),
    }
    shown = page.show("staff/settings_edit.html", context, refused=refused)
    if errors:
        shown.status_code = 422
    return shown


def _beside(errors: Mapping[str, str]) -> dict[str, str]:
    """What the command found wrong in the settings as a whole stands above the fields."""
    if "settings" not in errors:
        return dict(errors)
    return {"form": "Ces valeurs ne vont pas ensemble ou dépassent leurs bornes : rien n’est enregistré."}


def _choices(choices: Mapping[str, str] | None) -> list[dict[str, str]]:
    return [{"id": id_, "name": name} for id_, name in (choices or {}).items()]


def grid(part: Part, values: Mapping[str, str]) -> dict[str, Any]:
    """The payment rules as a table: a column for each category and currency."""
    columns: list[tuple[str, str]] = []
    rows: dict[str, dict[str, Any]] = {}
    for setting in part.settings:
        field, category, currency = setting.name.split("-")
        if (category, currency) not in columns:
            columns.append((category, currency))
        row = rows.setdefault(field, {"label": setting.label, "kind": setting.kind, "cells": []})
        row["cells"].append({"name": setting.name, "value": values[setting.name]})
    return {
        "columns": [
            {"category": label("fr", "category", category), "currency": currency}
            for category, currency in columns
        ],
        "rows": list(rows.values()),
    }
