"""The ledger, /comptabilite/balance and /comptabilite/journal: a period, its files, its closing (FAC-6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from aggregates.invoice.accounts import Account
from aggregates.kernel import Refused
from commands.access import both
from commands.ledger.close_period import ClosePeriod
from portal import form
from portal.notices import notice_of
from portal.page import Page, page_for, see_other
from portal.staff.accounting import today
from portal.staff.invoices import day_of
from portal.staff.paging import PER_PAGE
from projections import books
from projections.books import Period
from projections.query import Reads, Row, wait_for
from read_api.ledger import closed_in, journal_key, key_of, named
from read_api.lists import encode_cursor
from read_api.queries import READ_LEDGER
from schema.labels import label, tables

router = APIRouter(include_in_schema=False)
LedgerPage = Annotated[Page, Depends(page_for(READ_LEDGER))]
ClosePage = Annotated[Page, Depends(page_for(both(READ_LEDGER, ClosePeriod.ALLOWED)))]


@dataclass(frozen=True)
class _Asked:
    """The period that the page shows."""

    period: Period
    today: date

    @property
    def days(self) -> dict[str, str]:
        return {"du": self.period.first.isoformat(), "au": self.period.last.isoformat()}

    @property
    def query(self) -> str:
        """The same as the API's addresses take it."""
        return urlencode({"from": self.period.first, "to": self.period.last})


async def _asked(page: Page, connection: Reads) -> _Asked:
    """The days in the address, else the month before this one, which accounting close."""
    asked = page.request.query_params
    day = await today(page, connection)
    last = day.replace(day=1) - timedelta(days=1)
    first = day_of(asked.get("du")) or last.replace(day=1)
    until = day_of(asked.get("au")) or last
    usual = first.year >= 1_000 and until.year <= 9_000 and first <= until
    period = Period(
        first if usual else last.replace(day=1), until if usual else last, await books.zone(connection)
    )
    return _Asked(period, day)


@router.get("/comptabilite/balance")
async def show(page: LedgerPage) -> HTMLResponse:
    return await _balance(page)


async def _balance(
    page: Page, *, errors: Mapping[str, str] | None = None, refused: Refused | None = None
) -> HTMLResponse:
    async with page.reads.connection() as connection:
        await wait_for(connection, books.MODELS, page.after)
        asked = await _asked(page, connection)
        rows = await books.trial_balance(connection, asked.period)
        context = {
            "currencies": _by_currency(rows),
            "without_amount": await books.without_amount(connection, asked.period),
            "closed": await closed_in(connection, asked.period, "fr"),
            "days": asked.days,
            "file_query": asked.query,
            "over": asked.period.last < asked.today,
            "errors": dict(errors or {}),
        }
    return page.show("staff/trial_balance.html", context, notice=notice_of(page), refused=refused)


def _by_currency(rows: list[Row]) -> list[dict[str, Any]]:
    """The accounts of each currency, with the sums that must be equal."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        worded = row | {"label": label("fr", "account", row["account"])}
        found.setdefault(row["currency"], []).append(worded)
    return [
        {
            "currency": currency,
            "accounts": accounts,
            "sums": {
                name: {"minor": sum(a[name]["minor"] for a in accounts), "currency": currency}
                for name in ("opening", "debit", "credit", "closing")
            },
        }
        for currency, accounts in sorted(found.items())
    ]


@router.post("/comptabilite/balance")
async def close(page: ClosePage) -> Response:
    filled = await form.typed(page)
    outcome = await form.send(page, filled, ClosePeriod, {"through": form.text(filled, "through")})
    if outcome.answer is None:
        return await _balance(page, errors=outcome.errors, refused=outcome.refused)
    return see_other("/comptabilite/balance", outcome.answer.position, "period_closed")


@router.get("/comptabilite/journal")
async def show_journal(page: LedgerPage) -> HTMLResponse:
    params = page.request.query_params
    account = Account(params["compte"]) if params.get("compte") in set(Account) else None
    async with page.reads.connection() as connection:
        await wait_for(connection, books.MODELS, page.after)
        asked = await _asked(page, connection)
        rows = await books.journal(
            connection, asked.period, account=account, after=journal_key(params.get("suite")), limit=PER_PAGE
        )
    kept = {**asked.days, "compte": account or ""}
    following = None
    if len(rows) == PER_PAGE:
        last = encode_cursor(*key_of(rows[-1]))
        following = f"/comptabilite/journal?{urlencode(kept | {'suite': last})}"
    context = {
        "entries": [named(row, "fr") for row in rows],
        "days": asked.days,
        "file_query": asked.query,
        "account": account or "",
        "accounts": [{"id": name, "name": words} for name, words in tables("fr")["account"].items()],
        "next_href": following,
    }
    return page.show("staff/journal.html", context)
