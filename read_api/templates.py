"""GET /api/templates: every e-mail's wording in both languages, the school's own or the default (COM-4)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from aggregates.mailing.events import TemplateKey
from aggregates.mailing.placeholders import PLACEHOLDERS
from commands.authentication import Asker, allowed
from commands.problems import language_of
from processors.runtime import wordings
from projections import templates
from projections.query import Row, wait_for
from read_api.lists import After, ReadsOf, answer, position_of
from read_api.queries import READ_TEMPLATES
from read_api.shapes_templates import Templates
from schema.labels import label
from schema.wording import LANGUAGES, Language

router = APIRouter(prefix="/api/templates", tags=["templates"])


@router.get("", response_model=Templates)
async def list_templates(
    request: Request,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(READ_TEMPLATES))],
    after: After = None,
) -> Response:
    """Every e-mail with its wordings, and the placeholders that it knows."""
    fresh = await wait_for(connection, ("templates", "catalogue"), position_of(after))
    own = {(row["template"], row["language"]): row for row in await templates.all_own(connection)}
    versions = await templates.versions(connection)
    named = language_of(request)
    items = [
        {
            "key": key.value,
            "name": label(named, "template_key", key.value),
            "version": versions.get(key.value, 0),
            "placeholders": PLACEHOLDERS[key],
            "wordings": [_wording(key, language, own.get((key.value, language))) for language in LANGUAGES],
        }
        for key in TemplateKey
    ]
    return answer(request, asker, {"items": items}, fresh)


def _wording(key: TemplateKey, language: Language, own: Row | None) -> Row:
    default = wordings.defaults(language)[key.value]
    return {
        "language": language,
        "subject": default.subject if own is None else own["subject"],
        "body": default.body if own is None else own["body"],
        "own": own is not None,
        "changed_at": own and own["changed_at"],
        "changed_by": own and own["changed_by"],
    }
