"""GET /api/access-trail: who read whose data; and how a route notes that somebody did (AUD-4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, cast
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime

from aggregates.client.impersonation.events import ImpersonationBegun
from commands.authentication import Asker, allowed
from commands.problems import language_of
from projections import history as history_model
from projections.query import Freshness, Reads
from read_api.history import entries, names
from read_api.lists import (
    LAST_POSITION,
    Cursor,
    Limit,
    ReadsOf,
    answer,
    decoded,
    encode_cursor,
    instant_of,
    number_of,
)
from read_api.queries import READ_ACCESS_TRAIL, masks_contact
from read_api.shapes import ID, PageOf
from read_api.shapes_audit import AccessEntry
from read_api.workshop_dates import now
from schema import access_trail
from schema.access_trail import Access, Place, Reading, Wanted
from schema.labels import Language, label, tables
from schema.store import Store

router = APIRouter(prefix="/api", tags=["history"])
Since = Annotated[
    AwareDatetime | None,
    Query(alias="from", description="From this instant on.", examples=["2026-11-01T00:00:00Z"]),
]
Until = Annotated[
    AwareDatetime | None,
    Query(alias="to", description="Before this instant.", examples=["2026-12-01T00:00:00Z"]),
]


async def record_access(
    request: Request,
    connection: Reads,
    asker: Asker,
    what: Reading,
    subject: UUID | None = None,
    persons: int = 1,
    asked: Mapping[str, Any] | None = None,
) -> None:
    """Note who reads, before they are answered: what isn't noted isn't shown.

    `subject`: the dossier, workshop or invoice, None for a list. `persons`: how many persons' data the
    answer holds. `asked`: the filter of an export. Call it once the asker is let in and the subject found.
    """
    who = asker.who
    if who.behalf is not None:
        asked = {**(asked or {}), "impersonation": who.impersonation}
    said = None if asked is None else orjson.dumps(asked, default=str, option=orjson.OPT_UTC_Z).decode()
    access = Access(now(request), who.user, who.role, who.behalf, what, subject, persons, said)
    await access_trail.write(connection, access)


@router.get("/access-trail", response_model=PageOf[AccessEntry])
async def read_access_trail(
    request: Request,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(READ_ACCESS_TRAIL))],
    who: Annotated[UUID | None, Query(description="Who read.", examples=[ID])] = None,
    subject: Annotated[
        UUID | None, Query(description="The dossier, workshop or invoice.", examples=[ID])
    ] = None,
    kind: Annotated[
        Reading | None, Query(description="What was done.", examples=[Reading.LOG_IN_FAILED.value])
    ] = None,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Readings of personal data and log-ins, newest first; reading this list is one of them."""
    wanted = Wanted(who, subject, kind, since, until)
    language = language_of(request)
    found = await readings(request, connection, asker, wanted, language, cursor=cursor, limit=limit)
    newest = int(found.rows[0]["position"]) if found.rows else 0
    fresh = Freshness(newest, None, str(now(request)))
    return answer(request, asker, {"items": found.rows, "next": found.next}, fresh)


@dataclass(frozen=True)
class Readings:
    """A page of readings, and the cursor behind it."""

    rows: list[dict[str, Any]]
    next: str | None


async def readings(
    request: Request,
    connection: Reads,
    asker: Asker,
    wanted: Wanted,
    language: Language,
    *,
    cursor: str | None,
    limit: int,
) -> Readings:
    """Readings with the names of who and whose, newest first; reading them is noted.

    Raises MalformedError.
    """
    found = await access_trail.page(connection, wanted, before=_place(cursor), limit=limit)
    subjects = {access.subject for _, access in found if access.subject is not None}
    await record_access(request, connection, asker, Reading.ACCESS_TRAIL, wanted.subject, len(subjects))
    people = {id_ for _, a in found for id_ in (a.who, a.behalf, a.subject) if id_ is not None}
    called = await names(connection, list(people), language)
    rows = [_row(position, access, called, language) for position, access in found]
    await _give_reasons(request, connection, asker, rows)
    following = None
    if len(found) == limit:
        position, access = found[-1]
        following = encode_cursor(access.at, position)
    return Readings(rows, following)


async def _give_reasons(
    request: Request, connection: Reads, asker: Asker, rows: Sequence[dict[str, Any]]
) -> None:
    """Why somebody was logged in as the client, as the fact in the client's stream says it (DOS-12)."""
    store = cast("Store", request.app.state.store)
    wanted = history_model.Wanted((ImpersonationBegun.TOPIC,))
    begun: dict[str, str] = {}
    for client in {row["behalf"] for row in rows} - {None}:
        for entry in await entries(
            connection, store, client, "fr", wanted=wanted, limit=500, masked=masks_contact(asker.who)
        ):
            begun[str(entry.fields["impersonation"])] = entry.fields["reason"]
    for row in rows:
        row["reason"] = begun.get((row["asked"] or {}).get("impersonation", ""))


def _row(position: int, access: Access, called: dict[UUID, str], language: Language) -> dict[str, Any]:
    unproven = access.kind is Reading.LOG_IN_FAILED
    role = (
        label(language, "word", "nobody_proven") if unproven else label(language, "role", access.role.value)
    )
    asked = None if access.asked is None else orjson.loads(access.asked)
    return {
        "position": str(position),
        "at": access.at,
        "who": access.who,
        "by": role if access.who is None else called.get(access.who, role),
        "role": access.role.value,
        "behalf": access.behalf,
        "kind": access.kind.value,
        "label": label(language, "reading", access.kind.value),
        "subject": access.subject,
        "subject_name": None if access.subject is None else called.get(access.subject),
        "persons": access.persons,
        "asked": asked,
        "details": list(_details(asked or {}, language)),
    }


def _details(asked: Mapping[str, Any], language: Language) -> Iterator[str]:
    """What was asked, in words; why one was logged in as somebody is told apart."""
    words = tables(language)["asked"]
    for name, value in asked.items():
        if value and name != "impersonation":
            said = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            said = words.get(said, said) if name == "factor" else said
            yield words.get(name, f"{name} {{value}}").format(value=said)


def _place(cursor: str | None) -> Place | None:
    """The row behind a cursor. Raises MalformedError."""

    def key(at: Any, position: Any) -> Place:
        return instant_of(at), number_of(position, LAST_POSITION)

    return None if cursor is None else decoded(cursor, key)
