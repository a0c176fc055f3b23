"""The wordings of e-mails, /modeles: each in both languages, with a preview and a test (COM-4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from aggregates.client.events import Language as Spoken
from aggregates.kernel import Refused
from aggregates.mailing.events import TemplateKey
from aggregates.mailing.placeholders import PLACEHOLDERS
from aggregates.mailing.policies import known_placeholders
from aggregates.mailing.state import TEMPLATE, Template, template_id
from commands.access import ForbiddenError
from commands.http import consider
from commands.mailing.change_template import ChangeTemplate
from commands.mailing.restore_template import RestoreTemplate
from commands.mailing.try_template import TryTemplate
from commands.seen_version import ChangedMeanwhile
from portal import form
from portal.notices import notice_of
from portal.page import Notice, Page, page_for, see_other
from portal.staff.catalogue_forms import laid_over
from portal.staff.occasions import LETTERS
from processors.runtime import preview as previewing, wordings
from processors.runtime.links import Links
from processors.runtime.placeholders import values as filled_in
from processors.runtime.wordings import Wording
from projections import searching, templates
from projections.query import Reads, Row, wait_for
from read_api.lists import NotFoundError
from read_api.queries import PREVIEW_TEMPLATES, READ_TEMPLATES
from schema.labels import label
from schema.store import Loaded
from schema.wording import LANGUAGES, Language

router = APIRouter(include_in_schema=False)
TemplatesPage = Annotated[Page, Depends(page_for(READ_TEMPLATES))]
WritePage = Annotated[Page, Depends(page_for(PREVIEW_TEMPLATES))]
"""Whoever may do the least of it: read a wording over; each other act asks for its own roles."""
_PATH = "/modeles/{key}"
_READERS = 8


@dataclass(frozen=True)
class _Seen:
    """A wording in one language as it stands."""

    key: TemplateKey
    language: Language
    loaded: Loaded[Template]

    @property
    def values(self) -> dict[str, str]:
        """What the fields hold at first."""
        return self.values_at(self.loaded.state)

    @property
    def own(self) -> bool:
        return Spoken(self.language) in self.loaded.state.wordings

    def values_at(self, state: Template) -> dict[str, str]:
        """Of an older state too; the default wording where the school had none of its own."""
        own = state.wordings.get(Spoken(self.language)) or wordings.defaults(self.language)[self.key.value]
        return {"subject": own.subject, "body": own.body}


@router.get("/modeles")
async def show(page: TemplatesPage) -> HTMLResponse:
    async with page.reads.connection() as connection:
        await wait_for(connection, ("templates", "catalogue"), page.after)
        own = {(row["template"], row["language"]): row for row in await templates.all_own(connection)}
    groups = [{"name": name, "letters": [_listed(key, own) for key in keys]} for name, keys in LETTERS]
    return page.show("staff/templates.html", {"groups": groups}, notice=notice_of(page))


def _listed(key: TemplateKey, own: Mapping[tuple[str, str], Row]) -> dict[str, Any]:
    default = wordings.defaults("fr")[key.value]
    mine = own.get((key.value, "fr"))
    return {
        "key": key.value,
        "name": label("fr", "template_key", key.value),
        "subject": mine["subject"] if mine else default.subject,
        "own": {language: own.get((key.value, language)) for language in LANGUAGES},
    }


@router.get(_PATH)
async def show_one(page: TemplatesPage, key: str) -> HTMLResponse:
    return await _show(page, await _seen(page, key), FormData())


@router.post(_PATH)
async def act(page: WritePage, key: str) -> Response:
    filled = await form.typed(page)
    seen = await _seen(page, key)
    wished = form.text(filled, "act")
    if wished not in ("test", "restore", "save"):
        return await _show(page, seen, filled)
    if not page.lets_in(ChangeTemplate.ALLOWED):
        raise ForbiddenError
    if wished == "test":
        return await _try(page, seen, filled)
    if wished == "restore":
        outcome = await form.send(page, filled, RestoreTemplate, _names(seen))
        done = "template_restored"
    else:
        wanted = _typed(filled)
        if not seen.own and wanted == seen.values:
            return see_other(_path(seen))  # nothing of the default wording was changed
        fields = _names(seen) | wanted | {"seen_version": form.text(filled, "seen_version")}
        outcome = await form.send(page, filled, ChangeTemplate, fields)
        done = "template_changed"
    if outcome.answer is None:
        return await _show(page, seen, filled, refused=outcome.refused, errors=outcome.errors)
    return see_other(_path(seen), outcome.answer.position, done)


async def _try(page: Page, seen: _Seen, filled: FormData) -> Response:
    fields = _names(seen) | _typed(filled) | {"client": form.text(filled, "reader")}
    outcome = await form.send(page, filled, TryTemplate, fields, part="test")
    if outcome.answer is not None:
        return await _show(page, seen, filled, notice=Notice("Essai envoyé à votre adresse."))
    errors = dict(outcome.errors or {})
    if "client" in errors:
        errors["reader"] = "Choisissez d’abord pour qui."
    return await _show(page, seen, filled, refused=outcome.refused, errors=errors)


def _path(seen: _Seen) -> str:
    return f"/modeles/{seen.key.value}" + ("" if seen.language == "fr" else f"?langue={seen.language}")


def _names(seen: _Seen) -> dict[str, Any]:
    return {"key": seen.key.value, "language": seen.language}


def _typed(filled: FormData) -> dict[str, str]:
    body = str(filled.get("body", "")).replace("\r\n", "\n").strip()
    return {"subject": form.text(filled, "subject") or "", "body": body}


async def _seen(page: Page, key: str) -> _Seen:
    """Raises NotFoundError."""
    if key not in set(TemplateKey):
        raise NotFoundError
    known = TemplateKey(key)
    language: Language = "en" if page.request.query_params.get("langue") == "en" else "fr"
    stream, who = TEMPLATE.at(template_id(known)), page.session.principal
    loaded = await consider(page.request, lambda act: act.load(stream), who, READ_TEMPLATES)
    return _Seen(known, language, loaded)


async def _show(
    page: Page,
    seen: _Seen,
    filled: FormData,
    *,
    refused: Refused | None = None,
    errors: Mapping[str, str] | None = None,
    notice: Notice | None = None,
) -> HTMLResponse:
    values, theirs = seen.values, None
    if filled:
        was = values
        if isinstance(refused, ChangedMeanwhile):
            version = int(form.text(filled, "seen_version") or 0)
            was, theirs = seen.values_at(seen.loaded.as_of(version)), values
        values = laid_over(_typed(filled), was, values)
    async with page.reads.connection() as connection:
        await wait_for(connection, (*previewing.MODELS, "templates"), page.after)
        asked = (form.text(filled, "pour") or "")[:200]
        readers = await _readers(page, connection, asked)
        chosen = form.text(filled, "reader")
        reader = next((r for r in readers if r["id"] == chosen), readers[0] if readers else None)
        try:
            known_placeholders([values["subject"], values["body"]], PLACEHOLDERS[seen.key])
        except Refused as unknown:
            refused = refused or unknown
            reader = None if filled else reader
        read, known = await _read(page, connection, seen, values, reader)
        own = await templates.all_own(connection)
    changed = next(
        (r for r in own if (r["template"], r["language"]) == (seen.key.value, seen.language)), None
    )
    context = {
        "template": {
            "key": seen.key.value,
            "name": label("fr", "template_key", seen.key.value),
            "language": seen.language,
            "own": seen.own,
            "version": seen.loaded.version,
            "changed_at": changed and changed["changed_at"],
            "changed_by": changed and changed["changed_by"],
        },
        "default": wordings.defaults(seen.language)[seen.key.value],
        "placeholders": [{"name": name, "value": known.get(name)} for name in PLACEHOLDERS[seen.key]],
        "readers": readers,
        "reader": reader and reader["id"],
        "asked": asked,
        "preview": read,
        "theirs": theirs,
        "values": values,
        "errors": dict(errors or {}),
    }
    return page.show("staff/template.html", context, notice=notice or notice_of(page), refused=refused)


async def _readers(page: Page, connection: Reads, asked: str) -> list[dict[str, str]]:
    """Whose values the preview may show; nobody for who only reads wordings."""
    if not page.lets_in(PREVIEW_TEMPLATES):
        return []
    rows = await searching.to_choose(connection, asked, limit=_READERS)
    return [{"id": row["id"], "name": f"{row['last_name']}, {row['first_name']}"} for row in rows]


async def _read(
    page: Page, connection: Reads, seen: _Seen, values: Mapping[str, str], reader: Mapping[str, str] | None
) -> tuple[dict[str, str] | None, dict[str, str]]:
    """What that person would read, and what each placeholder is for them."""
    if reader is None:
        return None, {}
    url, client = cast("Links", page.request.app.state.links).public_url, UUID(reader["id"])
    wording = Wording(values["subject"], values["body"])
    about = await previewing.subject_of(connection, seen.language, client, public_url=url)
    letter = await previewing.preview(connection, wording, seen.language, client, public_url=url)
    return {"name": reader["name"], "subject": letter.subject, "text": letter.text}, filled_in(about)
