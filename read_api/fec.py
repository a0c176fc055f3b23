"""GET /api/ledger/fec/export: the entries of a period as the file that French tax inspectors ask for (FAC-6).

Article A47 A-1 of the Livre des procédures fiscales: 18 columns, tabs between them, decimal commas. From
1 January on it begins with what was carried over: fiscal years are those of the invoices' numbers.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from aggregates.invoice.accounts import Account, Posting
from aggregates.kernel import Currency
from projections import books
from projections.query import Reads, Row
from read_api.exports import Cents
from read_api.ledger import Asked, Wanted, entries, noted
from read_api.lists import ReadsOf
from schema.access_trail import Reading
from schema.labels import label

router = APIRouter(prefix="/api/ledger", tags=["ledger"])
HEAD = [
    "JournalCode",
    "JournalLib",
    "EcritureNum",
    "EcritureDate",
    "CompteNum",
    "CompteLib",
    "CompAuxNum",
    "CompAuxLib",
    "PieceRef",
    "PieceDate",
    "EcritureLib",
    "Debit",
    "Credit",
    "EcritureLet",
    "DateLet",
    "ValidDate",
    "Montantdevise",
    "Idevise",
]
NUMBERS: Mapping[Account, str] = {
    Account.OPENING: "890000",
    Account.RECEIVABLES: "411000",
    Account.NOTED: "411900",
    Account.CANCELLATIONS: "416000",
    Account.DEFERRED_REVENUE: "487000",
    Account.CHEQUES: "511200",
    Account.CARD_CLEARING: "511500",
    Account.TRANSFERS: "511700",
    Account.BANK: "512000",
    Account.REFUNDS: "512900",
    Account.CASH: "530000",
    Account.BETWEEN_INVOICES: "580000",
    Account.REVENUE: "706000",
    Account.FEES: "708800",
    Account.CREDIT_NOTES: "709600",
}
"""Numbers of the Plan comptable général."""
_EARNINGS = (Account.REVENUE, Account.FEES, Account.CREDIT_NOTES)
"""Accounts that begin each year anew; what they came to stands in the results carried forward."""
_CARRIED_PROFIT = ("110000", "Report à nouveau (solde créditeur)")
_CARRIED_LOSS = ("119000", "Report à nouveau (solde débiteur)")
_OF_CLIENTS = (Account.RECEIVABLES, Account.NOTED, Account.CANCELLATIONS)
_SALES = ("VE", "Ventes")
_RECEIPTS = ("RG", "Règlements")
_OTHERS = ("OD", "Opérations diverses")
_OPENING = ("AN", "À-nouveaux")
JOURNALS: Mapping[Posting, tuple[str, str]] = {
    **dict.fromkeys((Posting.SALE, Posting.CANCELLATION, Posting.REOPENING, Posting.DECISION), _SALES),
    Posting.CREDIT_NOTE: _SALES,
    **dict.fromkeys((Posting.PAYMENT, Posting.CORRECTION, Posting.WITHDRAWAL, Posting.SPLIT), _RECEIPTS),
    **dict.fromkeys((Posting.DEPOSIT, Posting.BOUNCE, Posting.REFUND), _RECEIPTS),
    **dict.fromkeys((Posting.TAUGHT, Posting.NOT_TAUGHT, Posting.CREDIT_MOVED), _OTHERS),
    Posting.TAKE_OVER: _OPENING,
}
_PART = 500


@router.get(
    "/fec/export",
    response_class=StreamingResponse,
    responses={200: {"description": "The file.", "content": {"text/plain": {}}}},
)
async def fec_file(
    request: Request,
    connection: ReadsOf,
    wanted: Wanted,
    currency: Annotated[
        Currency, Query(description="The books of which currency.", examples=["EUR"])
    ] = Currency.EUR,
) -> StreamingResponse:
    """All entries of one currency, each event one numbered writing; the same bytes for the same events.

    From 1 January on, the first writing is the opening balance, per client where accounts are. Noted in the
    access trail.
    """
    carried = _OF_CLIENTS if _begins_a_year(wanted) else ()
    persons = await books.persons(
        connection, wanted.period, currency=currency, carried_for=carried, upto=wanted.upto
    )
    await noted(request, connection, wanted, Reading.FEC_EXPORT, persons, currency=currency)
    name = f"FEC{wanted.period.last:%Y%m%d}.txt"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(_parts(connection, wanted, currency), media_type="text/plain", headers=headers)


async def _parts(connection: Reads, wanted: Asked, currency: Currency) -> AsyncIterator[bytes]:
    lines, number, event = ["\t".join(HEAD)], 0, None
    for opening in await _openings(connection, wanted, currency):
        number = 1
        lines.append("\t".join(opening))
    async for row in entries(connection, wanted, currency):
        if row["position"] != event:
            number, event = number + 1, row["position"]
        lines.append("\t".join(_line(row, number)))
        if len(lines) > _PART:
            yield _text(lines)
            lines = []
    yield _text(lines)


def _begins_a_year(wanted: Asked) -> bool:
    first = wanted.period.first
    return (first.month, first.day) == (1, 1)


async def _openings(connection: Reads, wanted: Asked, currency: Currency) -> list[list[str]]:
    """One writing: the balances of before, and earlier results as one."""
    if not _begins_a_year(wanted):
        return []
    day, piece = f"{wanted.period.first:%Y%m%d}", f"AN-{wanted.period.first.year}"
    lines, earned = [], 0
    for account, client, minor in await books.carried(
        connection, wanted.period, currency, _OF_CLIENTS, wanted.upto
    ):
        if account in _EARNINGS:
            earned += minor
        else:
            name = (NUMBERS[Account(account)], label("fr", "account", account))
            lines.append(_opening(day, piece, name, "" if client is None else str(client), minor))
    if earned:
        name = _CARRIED_PROFIT if earned < 0 else _CARRIED_LOSS
        lines.append(_opening(day, piece, name, "", earned))
    return lines


def _opening(day: str, piece: str, account: tuple[str, str], client: str, minor: int) -> list[str]:
    debit, credit = str(Cents(max(minor, 0))), str(Cents(max(-minor, 0)))
    about = [*account, client, client, piece, day, "À nouveau", debit, credit]
    return [*_OPENING, "1", day, *about, "", "", day, "", ""]


def _line(row: Row, number: int) -> list[str]:
    """One side of a writing; a client is named by number only, whoever that is today."""
    account, kind = Account(row["account"]), Posting(row["kind"])
    day, happened = row["day"].replace("-", ""), row["happened"].replace("-", "")
    client = row["client"] if account in _OF_CLIENTS and row["client"] is not None else ""
    return [
        *JOURNALS[kind],
        str(number),
        day,
        NUMBERS[account],
        label("fr", "account", account),
        client,
        client,
        row["number"] or row["position"],
        happened,
        label("fr", "posting", kind),
        str(Cents(row["debit"]["minor"])),
        str(Cents(row["credit"]["minor"])),
        "",
        "",
        day,
        "",
        "",
    ]


def _text(lines: list[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode()
