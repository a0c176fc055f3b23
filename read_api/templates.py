"""GET /api/templates: every e-mail's wording in both languages, the school's own or the default (COM-4)."""

from __future__ import annotations

from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from aggregates.mailing.events import TemplateKey
from aggregates.mailing.placeholders import PLACEHOLDERS
from aggregates.mailing.policies import known_placeholders
from commands.authentication import Asker, allowed
from commands.problems import language_of
from processors.runtime import preview as previewing, wordings
from processors.runtime.letters import RecipientGoneError
from processors.runtime.links import Links
from processors.runtime.wordings import Wording
from projections import templates
from projections.query import Row, wait_for
from read_api.lists import After, NotFoundError, ReadsOf, answer, position_of
from read_api.queries import PREVIEW_TEMPLATES, READ_TEMPLATES
from read_api.shapes import ID
from read_api.shapes_templates import Preview, Templates
from read_api.workshop_dates import now
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


@router.get("/{key}/preview", response_model=Preview, responses={404: {}, 409: {}})
async def preview_template(
    request: Request,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(PREVIEW_TEMPLATES))],
    key: Annotated[TemplateKey, Path(description="Which e-mail.", examples=["reminder"])],
    client: Annotated[UUID, Query(description="Whose values are put in.", examples=[ID])],
    language: Annotated[Language, Query(description="Of the wording.", examples=["fr"])] = "fr",
    subject: Annotated[
        str | None, Query(max_length=200, description="Instead of the one in force.", examples=["Bientôt"])
    ] = None,
    body: Annotated[
        str | None, Query(max_length=10_000, description="Instead of the one in force.", examples=["{cher}"])
    ] = None,
    after: After = None,
) -> Response:
    """What that client would read of a wording, saved or not; nothing is sent.

    It is about their newest registration; what only a cause could tell stands in brackets.
    """
    fresh = await wait_for(connection, (*previewing.MODELS, "templates"), position_of(after))
    known = await wordings.current(connection, key.value, language)
    wording = Wording(known.subject if subject is None else subject, known.body if body is None else body)
    known_placeholders([wording.subject, wording.body], PLACEHOLDERS[key])
    try:
        letter = await previewing.preview(connection, wording, language, client, public_url=_url(request))
    except RecipientGoneError:
        raise NotFoundError from None
    shown = {"subject": letter.subject, "text": letter.text, "html": letter.html}
    return answer(request, asker, shown, fresh.at(f"{subject} {body} {now(request)}"))


def _url(request: Request) -> str:
    return cast("Links", request.app.state.links).public_url
