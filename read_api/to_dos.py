"""GET /api/to-dos: what waits for the asker, by responsibility, role or own workshops (LIS-4, ATE-7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from aggregates.catalogue.settings import Responsibility, SchoolSettings
from aggregates.kernel import Role
from commands.access import Principal, Scope
from commands.authentication import Asker, allowed
from commands.problems import language_of
from projections import catalogue, waiting_work
from projections.query import Reads, Row, wait_for
from projections.waiting_work import Asked, ToDoKind
from read_api.lists import (
    After,
    Cursor,
    Limit,
    ReadsOf,
    answer,
    decoded,
    encode_cursor,
    instant_of,
    position_of,
)
from read_api.queries import LIST_TO_DOS
from read_api.shapes_money import ToDos
from read_api.workshop_dates import now, this_minute
from schema.labels import Language, label

router = APIRouter(prefix="/api", tags=["to-dos"])
MODELS = (
    "to_dos",
    "calls",
    "missed_mails",
    "money",
    "cases",
    "dossier",
    "roster",
    "mailings",
    "workshop_dates",
    "catalogue",
)


@dataclass(frozen=True)
class For:
    """Whose to-dos these are: the holder's of a responsibility, roles', or the owner's of the subject."""

    responsibility: Responsibility | None = None
    roles: tuple[Role, ...] = ()
    owner: bool = False


FOR: Mapping[ToDoKind, For] = {
    ToDoKind.DECIDE_CASE: For(Responsibility.CANCELLATION_CASES, (Role.ACCOUNTING,)),
    ToDoKind.HAND_OVER: For(owner=True),
    ToDoKind.CLOSE_QUEBEC: For(Responsibility.CLOSING_QUEBEC, (Role.OFFICE,)),
    ToDoKind.CLOSE_EUROPE: For(Responsibility.CLOSING_EUROPE, (Role.ACCOUNTING,)),
    ToDoKind.CLOSE_ABROAD: For(Responsibility.CLOSING_ABROAD, (Role.ACCOUNTING,)),
    ToDoKind.CLOSE_INDEPENDENT: For(roles=(Role.OFFICE,)),
    ToDoKind.TAX_RECEIPTS: For(Responsibility.TAX_RECEIPTS),
    ToDoKind.DEPOSIT_PAYMENT: For(roles=(Role.ACCOUNTING,)),
    ToDoKind.SEND_CHEQUES: For(owner=True),
    ToDoKind.MISSING_EMAIL: For(owner=True),
    ToDoKind.MISSING_DEPOSIT: For(owner=True),
    ToDoKind.MISSING_PROOF: For(owner=True),
    ToDoKind.WITHOUT_PROOF: For(roles=(Role.ACCOUNTING,)),
    ToDoKind.MISSING_PLACE: For(Responsibility.MISSING_PLACES),
    ToDoKind.CREDIT_WITHOUT_INVOICE: For(roles=(Role.ACCOUNTING,)),
    ToDoKind.PRICE_ADJUSTMENT: For(Responsibility.PRICE_ADJUSTMENTS, (Role.ACCOUNTING,)),
    ToDoKind.SECOND_DOSSIER: For(roles=(Role.OFFICE,)),
    ToDoKind.APPROVE_DELETION: For(roles=(Role.OFFICE,)),
    ToDoKind.APPROVE_REFUND: For(roles=(Role.ACCOUNTING,)),
    ToDoKind.APPROVE_REOPENING: For(roles=(Role.OFFICE, Role.ACCOUNTING)),
    ToDoKind.PAYMENT_DIFFERENCE: For(roles=(Role.ACCOUNTING,)),
    ToDoKind.PHASE_LETTER: For(Responsibility.PHASE_LETTERS),
    ToDoKind.CORRECT_ADDRESS: For(roles=(Role.OFFICE,), owner=True),
    ToDoKind.DELIVERY_ERROR: For(Responsibility.DELIVERY_ERRORS),
    ToDoKind.CANCELLED_WORKSHOP: For(Responsibility.CANCELLED_WORKSHOPS),
    ToDoKind.CALL_ABSENT: For(roles=(Role.OFFICE,)),
    ToDoKind.APPROVE_ROSTER_MAIL: For(Responsibility.ROSTER_MAILS, (Role.OFFICE, Role.ADMIN)),
    ToDoKind.APPROVE_ANNOUNCEMENT: For(roles=(Role.OFFICE, Role.ADMIN)),
    ToDoKind.HELD_MAIL: For(roles=(Role.OFFICE,), owner=True),
}
"""A responsibility given to nobody is the office's; the roles are those that can do it anyway."""
_OF_A_WORKSHOP = frozenset(
    {
        ToDoKind.HAND_OVER,
        ToDoKind.MISSING_EMAIL,
        ToDoKind.MISSING_DEPOSIT,
        ToDoKind.MISSING_PROOF,
        ToDoKind.CORRECT_ADDRESS,
    }
)
"""The organiser's, and theirs who have its region; cheques and mailings are only their owner's."""


@router.get("/to-dos", response_model=ToDos)
async def list_to_dos(
    request: Request,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(LIST_TO_DOS))],
    kind: Annotated[
        list[ToDoKind] | None, Query(description="These kinds only.", examples=[["decide_case"]])
    ] = None,
    everybody: Annotated[
        bool, Query(description="Those of all, for office, accounting and admins.", examples=[False])
    ] = False,
    cursor: Cursor = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """What waits for the asker, at most `limit` of each kind; proposals only for a second person.

    Where there are more of a kind, `more` names it; asked for alone, it is given page by page.
    """
    fresh = await wait_for(connection, MODELS, position_of(after))
    kinds = list(dict.fromkeys(kind or ToDoKind))
    found = await waiting(
        connection,
        asker,
        now(request),
        kinds,
        language=language_of(request),
        everybody=everybody,
        limit=limit,
        place=place_of(cursor, kinds),
    )
    following = cursor_of(found.items[-1]) if found.more and len(kinds) == 1 else None
    body = {"items": found.items, "next": following, "more": found.more}
    return answer(request, asker, body, fresh.at(this_minute(request)))


@dataclass(frozen=True)
class Found:
    """To-dos by kind, and the kinds of which there are more."""

    items: list[Row]
    more: list[ToDoKind]


async def waiting(
    connection: Reads,
    asker: Asker,
    at: datetime,
    kinds: Sequence[ToDoKind],
    *,
    language: Language,
    everybody: bool = False,
    limit: int,
    place: waiting_work.Place | None = None,
) -> Found:
    """What waits for the asker, of these kinds, at most `limit` of each."""
    school = await catalogue.school(connection)
    everything = everybody and asker.scope is Scope.ANY
    found = Found([], [])
    for each in kinds:
        all_of_kind = everything or _concerns(FOR[each], asker.who, school)
        if not (all_of_kind or FOR[each].owner):
            continue
        asked = Asked(
            at,
            asker.who.user,
            own=not all_of_kind,
            regions=_regions(each, asker.who),
            unowned=Role.OFFICE in asker.who.roles,
            cheque_months=school.cheque_months,
            zone=school.zone,
        )
        rows = await waiting_work.to_dos(connection, each, asked, limit + 1, place)
        word = label(language, "to_do_kind", each.value)
        found.items.extend(
            {"kind": each.value, "label": word, **_with_responsible(row, FOR[each], school)}
            for row in rows[:limit]
        )
        if len(rows) > limit:
            found.more.append(each)
    return found


def cursor_of(row: Row) -> str:
    return encode_cursor(row["due"] or row["since"], row["id"], row["activity_id"])


def place_of(cursor: str | None, kinds: Sequence[ToDoKind]) -> waiting_work.Place | None:
    """The entry behind a cursor, which belongs to one kind. Raises MalformedError."""

    def key(at: Any, id_: Any, activity: Any) -> waiting_work.Place:
        if len(kinds) != 1:
            raise ValueError(cursor)
        return (
            None if at is None else instant_of(at),
            UUID(id_),
            None if activity is None else UUID(activity),
        )

    return None if cursor is None else decoded(cursor, key)


def _regions(kind: ToDoKind, who: Principal) -> list[str]:
    """Whose workshops' to-dos of that kind are the asker's as if they organised them (STF-1)."""
    return [region.value for region in who.own.regions] if kind in _OF_A_WORKSHOP else []


def _concerns(whose: For, who: Principal, school: SchoolSettings) -> bool:
    """Whether all to-dos of a kind are the asker's."""
    if who.roles & set(whose.roles):
        return True
    if whose.responsibility is None:
        return False
    holder = school.holder_of(whose.responsibility)
    return holder == who.user if isinstance(holder, UUID) else holder in who.roles


def _with_responsible(row: Row, whose: For, school: SchoolSettings) -> Row:
    owner, name, unowned = (row.pop(each) for each in ("owner", "owner_name", "unowned"))
    roles = [role.value for role in whose.roles]
    if whose.owner and unowned:  # who left hands it over (STF-1)
        owner = name = None
        roles = list(dict.fromkeys([*roles, Role.OFFICE.value]))
    if whose.responsibility is not None:
        holder = school.holder_of(whose.responsibility)
        if isinstance(holder, UUID):
            owner = holder
        elif holder not in whose.roles:
            roles.append(holder.value)
    elif not whose.owner:
        owner = name = None
    responsible = {"responsibility": whose.responsibility, "roles": roles, "user": owner, "name": name}
    return {**row, "responsible": responsible}
