"""GET /api/ledger: trial balance and journal of a period, also as files (FAC-6)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from aggregates.invoice.accounts import Account
from aggregates.kernel import Role
from commands.authentication import Asker, allowed
from commands.problems import MalformedError, language_of
from projections import books, catalogue
from projections.books import Period
from projections.query import Freshness, Reads, Row, wait_for
from read_api.access_trail import record_access
from read_api.exports import FILE, Cents, Form, Row as Line, download, headings
from read_api.lists import (
    After,
    Cursor,
    Limit,
    ReadsOf,
    a_position,
    answer,
    decoded,
    encode_cursor,
    instant_of,
    number_of,
    position_of,
)
from read_api.queries import READ_LEDGER
from read_api.shapes import ID
from read_api.shapes_ledger import Journal, TrialBalance
from schema.access_trail import Reading
from schema.labels import Language, label

router = APIRouter(prefix="/api/ledger", tags=["ledger"])
BALANCE_COLUMNS = ("account", "label", "currency", "opening", "debit", "credit", "closing")
JOURNAL_COLUMNS = (
    "position",
    "n",
    "day",
    "text",
    "account",
    "label",
    "debit",
    "credit",
    "currency",
    "invoice",
    "client",
    "line",
    "payment",
    "happened",
)
Who = Annotated[Asker, Depends(allowed(READ_LEDGER))]
First = Annotated[
    date, Query(alias="from", description="First day, in the school's zone.", examples=["2026-11-01"])
]
Last = Annotated[date, Query(alias="to", description="Last day.", examples=["2026-11-30"])]
Upto = Annotated[str | None, a_position("Last position that counts.")]
_BATCH = 2_000
"""Entries fetched at once for a file."""


@dataclass(frozen=True)
class Asked:
    """What a ledger query is about, on the read models as they stand."""

    period: Period
    upto: int
    fresh: Freshness
    asker: Asker

    @property
    def filter(self) -> dict[str, Any]:
        """As it is noted in the access trail."""
        return {"from": self.period.first, "to": self.period.last, "upto": str(self.upto)}


async def asked(
    connection: ReadsOf, asker: Who, first: First, last: Last, upto: Upto = None, after: After = None
) -> Asked:
    """The period, up to a position at most. Raises MalformedError."""
    if last < first or last.year > 9_000 or first.year < 1_000:
        raise MalformedError([{"field": "to", "code": "value_error"}], "FAC-6")
    fresh = await wait_for(connection, books.MODELS, position_of(after))
    shown = position_of(upto)
    period = Period(first, last, await books.zone(connection))
    return Asked(period, fresh.position if shown is None else min(shown, fresh.position), fresh, asker)


Wanted = Annotated[Asked, Depends(asked)]


@router.get("/trial-balance", response_model=TrialBalance)
async def trial_balance(request: Request, connection: ReadsOf, wanted: Wanted) -> Response:
    """Opening, debits, credits and closing per account and currency."""
    body = {
        "first": wanted.period.first,
        "last": wanted.period.last,
        "accounts": await _balances(connection, wanted, language_of(request)),
        "without_amount": await books.without_amount(connection, wanted.period, wanted.upto),
        "closed": await closed_in(connection, wanted.period, language_of(request), wanted.upto),
    }
    return answer(request, wanted.asker, body, wanted.fresh)


@router.get("/journal", response_model=Journal)
async def journal(
    request: Request,
    connection: ReadsOf,
    wanted: Wanted,
    account: Annotated[
        Account | None, Query(description="Of this account only.", examples=["receivables"])
    ] = None,
    invoice: Annotated[UUID | None, Query(description="Of this invoice only.", examples=[ID])] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Entries by instant of posting; each names its event, invoice, client and line."""
    rows = await books.journal(
        connection,
        wanted.period,
        account=account,
        invoice=invoice,
        upto=wanted.upto,
        after=journal_key(cursor),
        limit=limit,
    )
    language = language_of(request)
    items = [named(row, language) for row in rows]
    following = encode_cursor(*key_of(rows[-1])) if len(rows) == limit else None
    closed = await closed_in(connection, wanted.period, language, wanted.upto)
    body = {"items": items, "next": following, "closed": closed}
    return answer(request, wanted.asker, body, wanted.fresh)


@router.get("/trial-balance/export", response_class=StreamingResponse, responses=FILE)
async def trial_balance_file(
    request: Request, connection: ReadsOf, wanted: Wanted, form: Form = "csv"
) -> Response:
    """The trial balance as a file; the same for the same events. Noted in the access trail."""
    await noted(request, connection, wanted, Reading.BALANCE_EXPORT, 0, form=form)
    language = language_of(request)

    async def lines() -> AsyncIterator[Line]:
        for row in await _balances(connection, wanted, language):
            amounts = [Cents(row[name]["minor"]) for name in ("opening", "debit", "credit", "closing")]
            yield (row["account"], row["label"], row["currency"], *amounts)

    return download(form, _name("balance", wanted), headings(language, BALANCE_COLUMNS), lines())


@router.get("/journal/export", response_class=StreamingResponse, responses=FILE)
async def journal_file(request: Request, connection: ReadsOf, wanted: Wanted, form: Form = "csv") -> Response:
    """Every entry of the period as a file; the same for the same events. Noted in the access trail."""
    persons = await books.persons(connection, wanted.period, upto=wanted.upto)
    await noted(request, connection, wanted, Reading.JOURNAL_EXPORT, persons, form=form)
    language = language_of(request)
    made = _lines(connection, wanted, language)
    return download(form, _name("journal", wanted), headings(language, JOURNAL_COLUMNS), made)


async def noted(
    request: Request, connection: Reads, wanted: Asked, what: Reading, persons: int, **more: str
) -> None:
    """Note an export before it is answered (AUD-4)."""
    await record_access(request, connection, wanted.asker, what, None, persons, wanted.filter | more)


async def entries(connection: Reads, wanted: Asked, currency: str | None = None) -> AsyncIterator[Row]:
    """Every entry of the period, fetched in batches."""
    after = None
    while True:
        rows = await books.journal(
            connection, wanted.period, currency=currency, upto=wanted.upto, after=after, limit=_BATCH
        )
        for row in rows:
            yield row
        if len(rows) < _BATCH:
            return
        after = journal_key(encode_cursor(*key_of(rows[-1])))


async def _lines(connection: Reads, wanted: Asked, language: Language) -> AsyncIterator[Line]:
    async for row in entries(connection, wanted):
        worded = named(row, language)
        yield (
            row["position"],
            row["n"],
            date.fromisoformat(row["day"]),
            worded["text"],
            row["account"],
            worded["label"],
            Cents(row["debit"]["minor"]),
            Cents(row["credit"]["minor"]),
            row["debit"]["currency"],
            row["number"],
            row["client"],
            row["line"],
            row["payment"],
            date.fromisoformat(row["happened"]),
        )


async def _balances(connection: Reads, wanted: Asked, language: Language) -> list[Row]:
    rows = await books.trial_balance(connection, wanted.period, wanted.upto)
    return [row | {"label": label(language, "account", row["account"])} for row in rows]


async def closed_in(
    connection: Reads, period: Period, language: Language, upto: int = books.ALL
) -> list[Row]:
    """Closed periods that share a day with this one, and who closed them."""
    rows = await books.closings(connection, period, upto)
    called = await catalogue.names(connection, [UUID(row["by_id"]) for row in rows])
    somebody = label(language, "role", Role.ACCOUNTING.value)
    return [row | {"by": called.get(UUID(row["by_id"]), somebody)} for row in rows]


def named(row: Row, language: Language) -> Row:
    """An entry with the words of what was posted, and of its account."""
    words = {
        "text": label(language, "posting", row["kind"]),
        "label": label(language, "account", row["account"]),
    }
    return row | words


def _name(what: str, wanted: Asked) -> str:
    return f"{what}-{wanted.period.first}-{wanted.period.last}"


def key_of(row: Row) -> tuple[str, int, int]:
    """What a cursor behind this entry holds."""
    return row["at"], int(row["position"]), row["n"]


def journal_key(cursor: str | None) -> books.Key | None:
    """The key behind a cursor. Raises MalformedError."""
    if cursor is None:
        return None

    def read(at: Any, position: Any, n: Any) -> books.Key:
        return instant_of(at), number_of(position, books.ALL), number_of(n, 2**31 - 1)

    return decoded(cursor, read)
