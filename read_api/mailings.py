"""GET /api/mailings: their situation, whom they reach, and what one would be (COM-6 to COM-9)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AwareDatetime

from aggregates.audience.found import Found
from aggregates.catalogue.settings import Responsibility
from aggregates.kernel import months_from
from aggregates.mailing.allowance.policies import MOST_IN_WINDOW, fits_from, left_at
from aggregates.mailing.allowance.state import ALLOWANCE, allowance_id
from aggregates.mailing.policies import LARGEST_AUDIENCE, an_audience_of_bounded_size, exclusion_of
from commands.access import Scope
from commands.authentication import Asker, allowed
from commands.http import consider
from commands.message import Act
from commands.problems import language_of
from processors.runtime import sent_mail
from projections import audience_sql, catalogue, mailings, workshop_dates
from projections.audience_sql import Tree
from projections.mailings import Wanted
from projections.query import MASKED, Reads, Row, wait_for
from read_api.audiences import Conditions, Saved, allowed_to, moment_of, tree_of
from read_api.lists import (
    After,
    Cursor,
    Limit,
    NotFoundError,
    ReadsOf,
    answer,
    decode_cursor,
    page_of,
    position_of,
)
from read_api.queries import LIST_MAILINGS, REVIEW_MAILINGS, masks_contact
from read_api.shapes import ID, PageOf
from read_api.shapes_mailings import Mailing, OneAllowance, OneMailing, Review, State
from read_api.workshop_dates import now, this_minute
from schema.labels import Language, label, tables

router = APIRouter(prefix="/api/mailings", tags=["mailings"])
MODELS = ("mailings", "dossier", "audience", "catalogue", "workshop_dates")
RECENT = timedelta(days=60)


@router.get("", response_model=PageOf[Mailing])
async def list_mailings(
    request: Request,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(LIST_MAILINGS))],
    state: Annotated[State | None, Query(description="In this situation only.", examples=["paused"])] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """The newest first: organisers see their own, and who approves mails to rosters those that wait."""
    fresh = await wait_for(connection, MODELS, position_of(after))
    wanted = await wanted_by(connection, asker, state)
    start = decode_cursor(cursor, by_instant=True)
    rows = await mailings.mailings(connection, wanted, before=start, limit=limit)
    items = [shown(row, asker, language_of(request)) for row in rows]
    return page_of(request, asker, items, limit, fresh, "composed_at", "id")


@router.get("/allowance", response_model=OneAllowance)
async def read_allowance(
    request: Request,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(REVIEW_MAILINGS))],
    mails: Annotated[int, Query(ge=1, le=10_000, description="So many recipients.", examples=[120])] = 1,
    leaves_at: Annotated[
        AwareDatetime | None, Query(description="Not at once but then.", examples=["2026-11-24T15:00:00Z"])
    ] = None,
    after: After = None,
) -> Response:
    """What is left of the asker's 500 e-mails in 24 hours, planned ones included (COM-8)."""
    fresh = await wait_for(connection, MODELS, position_of(after))
    found = await allowance_of(request, asker, mails, leaves_at)
    return answer(request, asker, {"allowance": found}, fresh.at(f"{this_minute(request)} {found}"))


@router.get("/review", response_model=Review, responses={404: {}, 409: {}})
async def review_mailing(
    request: Request,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(REVIEW_MAILINGS))],
    query: Conditions = None,
    saved: Saved = None,
    announces: Annotated[
        UUID | None, Query(description="A workshop that it would announce.", examples=[ID])
    ] = None,
    leaves_at: Annotated[
        AwareDatetime | None, Query(description="Not at once but then.", examples=["2026-11-24T15:00:00Z"])
    ] = None,
    after: After = None,
) -> Response:
    """Whom a mailing would reach and whom not, why, who had one lately, and whether it fits; at most 300."""
    fresh = await wait_for(connection, MODELS, position_of(after))
    tree = await tree_of(connection, query, saved)
    allowed_to(asker, tree)
    body = await review_of(request, connection, asker, tree, announces, leaves_at)
    return answer(request, asker, body, fresh.at(f"{this_minute(request)} {body['allowance']}"))


async def review_of(
    request: Request,
    connection: Reads,
    asker: Asker,
    tree: Tree,
    announces: UUID | None,
    leaves_at: datetime | None,
) -> dict[str, Any]:
    """What a mailing to this audience would be. Raises UnknownTown, AmbiguousTown, AudienceTooLarge."""
    moment = await moment_of(connection, request)
    most = LARGEST_AUDIENCE
    found = await audience_sql.found(connection, tree, moment, most=most, limit=most)
    an_audience_of_bounded_size(found.count)
    recent = await sent_mail.recent_mailings(
        connection, [UUID(row["id"]) for row in found.items], moment.now - RECENT
    )
    addresses = await audience_sql.with_address(connection, [UUID(row["id"]) for row in found.items])
    items = [_reviewed(row, addresses, recent, language_of(request)) for row in found.items]
    recipients = [item for item in items if item["excluded"] is None]
    return {
        "items": items,
        "count": found.count,
        "recipients": len(recipients),
        "recent": sum(item["last_mailing"] is not None for item in recipients),
        "reviewed": found.reviewed,
        "allowance": await allowance_of(request, asker, max(1, len(recipients)), leaves_at),
        "good_moments": [] if announces is None else await good_moments(connection, announces),
    }


@router.get("/{mailing}", response_model=OneMailing, responses={404: {}})
async def read_mailing(
    request: Request,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(LIST_MAILINGS))],
    mailing: Annotated[UUID, Path(description="Id of the mailing.", examples=[ID])],
    after: After = None,
) -> Response:
    """One mailing: its text, for whom it is, and what became of each e-mail."""
    fresh = await wait_for(connection, MODELS, position_of(after))
    found = await mailings.one(connection, mailing, await wanted_by(connection, asker))
    if found is None:
        raise NotFoundError
    language = language_of(request)
    text = found.pop("text")
    body = {
        "mailing": shown(found, asker, language),
        "text": MASKED if masks_contact(asker.who) else text,
        "persons": await persons_of(connection, mailing, language),
    }
    return answer(request, asker, body, fresh.at(now(request)))


async def wanted_by(connection: Reads, asker: Asker, state: str | None = None) -> Wanted:
    """Which mailings the asker may see."""
    if asker.scope is Scope.ANY:
        return Wanted(state=state)
    school = await catalogue.school(connection)
    holder = school.holder_of(Responsibility.ROSTER_MAILS)
    return Wanted(asker.who.user, holder in {asker.who.user, *asker.who.roles}, state)


def shown(row: Row, asker: Asker, language: Language) -> Row:
    """A row of the list; auditors see no text (Roles)."""
    masked = dict.fromkeys(("subject", "reason", "pressure_reason"), MASKED)
    hidden = {name: text for name, text in masked.items() if masks_contact(asker.who) and row[name]}
    return row | hidden | {"state_label": label(language, "mailing_state", row["state"])}


async def persons_of(connection: Reads, mailing: UUID, language: Language) -> list[Row]:
    """Recipients and those left out, by name."""
    parts = await sent_mail.of_mailing(connection, mailing)
    return [
        row
        | {"excluded_label": row["excluded"] and label(language, "exclusion", row["excluded"])}
        | _became(parts.get(UUID(row["id"])), language)
        for row in await mailings.persons(connection, mailing)
    ]


def _became(part: sent_mail.Part | None, language: Language) -> Row:
    if part is None:
        return dict.fromkeys(("state", "state_label", "error", "why", "sent_at", "tried"))
    return {
        "state": part.state,
        "state_label": label(language, "mail_state", part.state),
        "error": part.error,
        "why": tables(language)["passed_over"].get(part.error or "", part.error),
        "sent_at": part.sent_at,
        "tried": part.tried,
    }


def _reviewed(
    row: Row, addresses: set[UUID], recent: dict[UUID, datetime], language: Language
) -> dict[str, Any]:
    client = UUID(row["id"])
    why = exclusion_of(Found(client, row["email_ok"], client in addresses), ())
    return {
        "id": row["id"],
        "last_name": row["last_name"],
        "first_name": row["first_name"],
        "excluded": why and why.value,
        "excluded_label": why and label(language, "exclusion", why.value),
        "last_mailing": recent.get(client),
    }


async def allowance_of(
    request: Request, asker: Asker, mails: int, leaves_at: datetime | None
) -> dict[str, Any]:
    """Read from the log: exact whatever the views show."""
    assert asker.who.user is not None
    stream = ALLOWANCE.at(allowance_id(asker.who.user))

    def look(act: Act) -> dict[str, Any]:
        shares: Sequence[Any] = list(act.load(stream).state.shares.values())
        at = max(act.now, leaves_at or act.now)
        return {
            "left": left_at(shares, at),
            "most": MOST_IN_WINDOW,
            "fits_from": fits_from(shares, mails, at),
        }

    return await consider(request, look, asker.who, REVIEW_MAILINGS)


async def good_moments(connection: Reads, workshop: UUID) -> list[dict[str, Any]]:
    """2–3 months and 2–4 weeks before its first day, in its zone (COM-9)."""
    found = await workshop_dates.one(connection, workshop)
    if found is None:
        raise NotFoundError
    day = datetime.fromisoformat(found["starts"]).astimezone(ZoneInfo(found["zone"])).date()
    return [
        {"since": months_from(day, -3), "until": months_from(day, -2)},
        {"since": day - timedelta(weeks=4), "until": day - timedelta(weeks=2)},
    ]
