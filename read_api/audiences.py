"""GET /api/audiences: whom a query finds; the saved queries and the ready-made ones (REQ-1 to REQ-4)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter, ValidationError

from aggregates.audience import conditions
from aggregates.audience.policies import narrow_enough
from aggregates.audience.refusals import NoSuchQuery
from aggregates.kernel import Role
from aggregates.mailing.policies import LARGEST_AUDIENCE, an_audience_of_bounded_size
from commands.authentication import Asker, allowed
from commands.problems import MalformedError, language_of, malformed
from projections import audience_sql, catalogue
from projections.audience_sql import Moment, Tree
from projections.query import Reads, Row as Found, wait_for
from read_api.access_trail import record_access
from read_api.exports import FILE, Form, Row, download
from read_api.lists import After, Cursor, Limit, ReadsOf, answer, decode_cursor, following, position_of
from read_api.queries import RUN_AUDIENCES
from read_api.shapes import ID
from read_api.shapes_audience import FoundAudience, SavedQueries
from read_api.workshop_dates import this_minute
from schema.access_trail import Reading
from schema.labels import Language, label

router = APIRouter(prefix="/api/audiences", tags=["audiences"])
MODELS = ("audience", "dossier", "money", "workshop_dates", "catalogue")
_TREE: TypeAdapter[Tree] = TypeAdapter(conditions.Query)
_EXAMPLE = '{"kind":"country","country":"CA"}'
_LONGEST = 8_000

Conditions = Annotated[
    str | None,
    Query(
        alias="query",
        max_length=_LONGEST,
        description="Tree of conditions as JSON, as save-query takes it: groups `all_of`, `any_of`, `none_of`"
        " with `conditions`, and one `kind` per condition.",
        examples=[_EXAMPLE],
    ),
]
_REFUSED: dict[int | str, dict[str, Any]] = {404: {}, 409: {}}
"""For the OpenAPI file: a saved query may be unknown; a town too, or the query too broad."""
Saved = Annotated[UUID | None, Query(description="Id of a saved query, instead of `query`.", examples=[ID])]


@router.get("", response_model=FoundAudience, responses=_REFUSED)
async def run_query(
    request: Request,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(RUN_AUDIENCES))],
    query: Conditions = None,
    saved: Saved = None,
    cursor: Cursor = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """Active clients found, by name, with their number and what they allowed.

    An organiser's query holds proximity, a postal prefix, an interest or À PLANIFIER (REQ-2).
    """
    fresh = await wait_for(connection, MODELS, position_of(after))
    tree = await tree_of(connection, query, saved)
    allowed_to(asker, tree)
    moment, start = await moment_of(connection, request), decode_cursor(cursor)
    found = await audience_sql.found(
        connection, tree, moment, most=LARGEST_AUDIENCE, after=start, limit=limit
    )
    body = {
        "items": found.items,
        "next": following(found.items, limit, "sort", "id"),
        "count": found.count,
        "most": LARGEST_AUDIENCE,
        "reviewed": found.reviewed,
    }
    return answer(request, asker, body, fresh.at(this_minute(request)))


@router.get("/export", response_class=StreamingResponse, responses=FILE | _REFUSED)
async def export_audience(
    request: Request,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(RUN_AUDIENCES))],
    query: Conditions = None,
    saved: Saved = None,
    form: Form = "csv",
    after: After = None,
) -> Response:
    """All found as a file, with a yes or no per channel; at most 300 persons (REQ-3, COM-8).

    The export is noted in the access trail.
    """
    await wait_for(connection, MODELS, position_of(after))
    tree = await tree_of(connection, query, saved)
    allowed_to(asker, tree)
    moment = await moment_of(connection, request)
    most = LARGEST_AUDIENCE
    found = await audience_sql.found(connection, tree, moment, most=most, limit=most)
    an_audience_of_bounded_size(found.count)
    asked = {"query": tree.model_dump(mode="json", exclude_none=True), "saved": saved, "form": form}
    await record_access(request, connection, asker, Reading.AUDIENCE_EXPORT, None, found.count, asked)
    language = language_of(request)
    head = [label(language, "audience_column", name) for name in (*_COLUMNS, *_CONSENTS)]
    return download(form, "requete", head, _cells(found.items, language))


_COLUMNS = (
    "last_name",
    "first_name",
    "email",
    "telephone",
    "street",
    "city",
    "postal_code",
    "country",
    "language",
)
_CONSENTS = ("telephone_ok", "post_ok", "email_ok")


async def _cells(found: list[Found], language: Language) -> AsyncIterator[Row]:
    said = {answer: label(language, "audience_column", answer) for answer in ("yes", "no")}
    for row in found:
        consents = [said["yes" if row[name] else "no"] for name in _CONSENTS]
        yield [*(row[name] for name in _COLUMNS), *consents]


@router.get("/queries", response_model=SavedQueries)
async def list_queries(
    request: Request,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(RUN_AUDIENCES))],
    cursor: Cursor = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """Saved queries by name, and the ready-made ones, whose nulls the asker fills in (REQ-4)."""
    fresh = await wait_for(connection, MODELS, position_of(after))
    language = language_of(request)
    ready = [
        {"key": key, "name": label(language, "ready_query", key), "query": tree}
        for key, tree in READY_MADE.items()
    ]
    rows = await audience_sql.saved(connection, after=decode_cursor(cursor), limit=limit)
    body = {"items": rows, "next": following(rows, limit, "sort", "id"), "ready_made": ready}
    return answer(request, asker, body, fresh)


READY_MADE: dict[str, dict[str, Any]] = {
    "to_schedule": {"kind": "to_schedule", "activity": None},
    "interested": {"kind": "interested", "activity": None, "phase": None},
    "region": {"kind": "near", "city": None, "country": None, "place": None, "km": 50},
}
"""The queries that organisers need every week; null is what they fill in."""


async def tree_of(connection: Reads, query: str | None, saved: UUID | None) -> Tree:
    """The tree asked for, as text or by the id of a saved one. Raises MalformedError, NoSuchQuery."""
    if (query is None) is (saved is None):
        raise MalformedError([{"field": "query", "code": "one_of_both"}], "REQ-1")
    if saved is None:
        return parsed(query or "")
    found = await audience_sql.saved_query(connection, saved)
    if found is None:
        raise NoSuchQuery
    return _TREE.validate_python(found["query"])


def parsed(text: str) -> Tree:
    """The tree behind the JSON. Raises MalformedError with the place of each fault."""
    try:
        return _TREE.validate_json(text, strict=True)
    except ValidationError as error:
        raise malformed(error, "REQ-1") from None


def allowed_to(asker: Asker, tree: Tree) -> None:
    """Organisers alone are bound. Raises AudienceTooBroad for an organiser's query (REQ-2)."""
    if asker.who.role is Role.ORGANISER:
        narrow_enough(tree)


async def moment_of(connection: Reads, request: Request) -> Moment:
    """Now, and today in the school's zone."""
    now: datetime = request.app.state.clock()
    school = await catalogue.school(connection)
    return Moment(now, school.day_of(now))
