"""GET /api/ledger: trial balance and journal of a period, also as files (FAC-6)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from aggregates.invoice.accounts import Account
from commands.authentication import Asker, allowed
from commands.problems import MalformedError, language_of
from projections import books
from projections.books import Period
from projections.query import Freshness, Reads, Row, wait_for
from read_api.exports import FILE, Cents, Form, download, headings
from read_api.exports import Row as Line
from read_api.lists import After, Cursor, Limit, ReadsOf, answer, decoded, encode_cursor, position_of
from read_api.queries import READ_LEDGER
from read_api.shapes import PageOf
from read_api.shapes_ledger import JournalEntry, TrialBalance
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
)
Who = Annotated[Asker, Depends(allowed(READ_LEDGER))]
First = Annotated[date, Query(alias="from", description="First day, in the school's zone.")]
Last = Annotated[date, Query(alias="to", description="Last day.")]
Upto = Annotated[str | None, Query(max_length=20, description="Last position that counts.")]
_BATCH = 2_000
"""Entries fetched at once for a file."""


@dataclass(frozen=True)
class Asked:
    """What a ledger query is about, on the read models as they stand."""

    period: Period
    upto: int
    fresh: Freshness


async def asked(
    connection: ReadsOf, _asker: Who, first: First, last: Last, upto: Upto = None, after: After = None
) -> Asked:
    """The period, up to a position at most. Raises MalformedError."""
    if last < first or last.year > 9_000 or first.year < 1_000:
        raise MalformedError([{"field": "to", "code": "value_error"}], "FAC-6")
    fresh = await wait_for(connection, books.MODELS, position_of(after))
    shown = position_of(upto)
    period = Period(first, last, await books.zone(connection))
    return Asked(period, fresh.position if shown is None else min(shown, fresh.position), fresh)


Wanted = Annotated[Asked, Depends(asked)]


@router.get("/trial-balance", response_model=TrialBalance)
async def trial_balance(request: Request, connection: ReadsOf, asker: Who, wanted: Wanted) -> Response:
    """Opening, debits, credits and closing per account and currency."""
    body = {
        "first": wanted.period.first,
        "last": wanted.period.last,
        "accounts": await _balances(connection, wanted, language_of(request)),
        "without_amount": await books.without_amount(connection, wanted.period, wanted.upto),
    }
    return answer(request, asker, body, wanted.fresh)


@router.get("/journal", response_model=PageOf[JournalEntry])
async def journal(
    request: Request,
    connection: ReadsOf,
    asker: Who,
    wanted: Wanted,
    account: Account | None = None,
    invoice: UUID | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Entries by instant; each names its event, invoice, client and line."""
    rows = await books.journal(
        connection,
        wanted.period,
        account=account,
        invoice=invoice,
        upto=wanted.upto,
        after=_key(cursor),
        limit=limit,
    )
    language = language_of(request)
    items = [_named(row, language) for row in rows]
    following = encode_cursor(*_key_of(rows[-1])) if len(rows) == limit else None
    return answer(request, asker, {"items": items, "next": following}, wanted.fresh)


@router.get("/trial-balance/export", response_class=StreamingResponse, responses=FILE)
async def trial_balance_file(
    request: Request, connection: ReadsOf, wanted: Wanted, form: Form = "csv"
) -> Response:
    """The trial balance as a file; the same for the same events."""
    language = language_of(request)

    async def lines() -> AsyncIterator[Line]:
        for row in await _balances(connection, wanted, language):
            amounts = [Cents(row[name]["minor"]) for name in ("opening", "debit", "credit", "closing")]
            yield (row["account"], row["label"], row["currency"], *amounts)

    return download(form, _name("balance", wanted), headings(language, BALANCE_COLUMNS), lines())


@router.get("/journal/export", response_class=StreamingResponse, responses=FILE)
async def journal_file(request: Request, connection: ReadsOf, wanted: Wanted, form: Form = "csv") -> Response:
    """Every entry of the period as a file; the same for the same events."""
    language = language_of(request)
    made = _lines(connection, wanted, language)
    return download(form, _name("journal", wanted), headings(language, JOURNAL_COLUMNS), made)


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
        after = _key(encode_cursor(*_key_of(rows[-1])))


async def _lines(connection: Reads, wanted: Asked, language: Language) -> AsyncIterator[Line]:
    async for row in entries(connection, wanted):
        named = _named(row, language)
        yield (
            row["position"],
            row["n"],
            date.fromisoformat(row["day"]),
            named["text"],
            row["account"],
            named["label"],
            Cents(row["debit"]["minor"]),
            Cents(row["credit"]["minor"]),
            row["debit"]["currency"],
            row["number"],
            row["client"],
            row["line"],
            row["payment"],
        )


async def _balances(connection: Reads, wanted: Asked, language: Language) -> list[Row]:
    rows = await books.trial_balance(connection, wanted.period, wanted.upto)
    return [row | {"label": label(language, "account", row["account"])} for row in rows]


def _named(row: Row, language: Language) -> Row:
    named = {
        "text": label(language, "posting", row["kind"]),
        "label": label(language, "account", row["account"]),
    }
    return row | named


def _name(what: str, wanted: Asked) -> str:
    return f"{what}-{wanted.period.first}-{wanted.period.last}"


def _key_of(row: Row) -> tuple[str, int, int]:
    return row["at"], int(row["position"]), row["n"]


def _key(cursor: str | None) -> books.Key | None:
    """The key behind a cursor. Raises MalformedError."""
    if cursor is None:
        return None

    def read(at: Any, position: Any, n: Any) -> books.Key:
        when = datetime.fromisoformat(at)
        if when.tzinfo is None or not (0 <= position <= books.ALL and 0 <= n < 2**31):
            raise ValueError(cursor)
        return when, position, n

    return decoded(cursor, read)
