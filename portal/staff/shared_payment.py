"""One cheque or transfer for several invoices, /paiements/partage: how much of it is for each (FAC-2)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from commands.access import both
from commands.payments.note_payment import NotePayment
from portal import form
from portal.form import WrongFieldError
from portal.page import Page, page_for, see_other, uuid_or_none
from portal.staff.catalogue_forms import cents
from projections import invoices
from projections.query import Reads, Row, wait_for
from read_api.invoices import MODELS
from read_api.queries import READ_INVOICE
from schema.labels import tables

router = APIRouter(include_in_schema=False)
SharedPage = Annotated[Page, Depends(page_for(both(READ_INVOICE, NotePayment.ALLOWED)))]
_PATH = "/paiements/partage"
_ROWS = 8
_EMPTY = 3
"""At least so many rows wait for invoices of others."""
_NOTHING = form.Outcome()


@dataclass(frozen=True)
class _Share:
    """What of the money is for one invoice."""

    invoice: Row
    amount: dict[str, Any]

    def part(self) -> dict[str, Any]:
        return {
            "client": self.invoice["client"]["id"],
            "invoice": self.invoice["id"],
            "amount": self.amount,
        }


@router.get(_PATH)
async def show(page: SharedPage) -> HTMLResponse:
    """With `facture`, its client's invoices that ask for money stand there already."""
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        owed = await _owed(connection, uuid_or_none(page.request.query_params.get("facture")))
    values = {"method": "cheque"}
    for n, row in enumerate(owed):
        values |= {f"invoice-{n}": row["number"], f"owed-{n}": cents(row["balance"]["minor"])}
    return _show(page, values, rows=max(_ROWS, len(owed) + _EMPTY))


async def _owed(connection: Reads, invoice: UUID | None) -> list[Row]:
    found = None if invoice is None else await invoices.invoice(connection, invoice)
    if found is None:
        return []
    wanted = invoices.Wanted(client=UUID(found["client"]["id"]), state="open")
    rows = await invoices.invoices(connection, wanted, limit=50)
    currency = found["balance"]["currency"]
    return [row for row in rows if row["number"] and row["balance"]["currency"] == currency]


@router.post(_PATH)
async def note(page: SharedPage) -> Response:
    filled = await form.typed(page)
    try:
        async with page.reads.connection() as connection:
            shares = [share async for share in _shares(connection, filled)]
        _adds_up(filled, shares)
    except WrongFieldError as error:
        return _show(page, form.values(filled), form.Outcome(errors={error.name: error.says}))
    typed = {name: form.text(filled, name) for name in ("method", "number", "drawer", "comment")}
    fields = {"payment": typed, "parts": tuple(share.part() for share in shares)}
    outcome = await form.send(page, filled, NotePayment, fields)
    if outcome.answer is None:
        return _show(page, form.values(filled), outcome)
    return see_other(f"/factures/{shares[0].invoice['id']}", outcome.answer.position, "payment_noted")


async def _shares(connection: Reads, filled: FormData) -> AsyncIterator[_Share]:
    """Each row with an amount; the others are for another time. Raises WrongFieldError."""
    for n in _rows(filled):
        if form.text(filled, f"amount-{n}") is None:
            continue
        number = (form.text(filled, f"invoice-{n}") or "").upper()
        rows = await invoices.numbered(connection, [number], limit=2)
        found = [row for row in rows if row["number"] == number]
        if not found:
            raise WrongFieldError(f"invoice-{n}", "Aucune facture ne porte ce numéro.")
        amount = form.amount(filled, f"amount-{n}", found[0]["balance"]["currency"])
        assert amount is not None
        yield _Share(found[0], amount)


def _rows(filled: Mapping[str, Any]) -> Iterator[int]:
    return (n for n in range(len(filled)) if f"invoice-{n}" in filled)


def _adds_up(filled: FormData, shares: list[_Share]) -> None:
    """The shares are the whole of it: a cent that is nobody's would be lost. Raises WrongFieldError."""
    currencies = {share.amount["currency"] for share in shares}
    if not shares:
        raise WrongFieldError("total", "Écrivez au moins un montant à côté d’une facture.")
    if len(currencies) > 1:
        raise WrongFieldError(
            "total", "Ces factures ne sont pas de la même devise : un paiement n’en a qu’une."
        )
    total = form.amount(filled, "total", currencies.pop())
    if total is None:
        raise WrongFieldError("total", "Écrivez le montant entier.")
    parts = sum(share.amount["minor"] for share in shares)
    if parts != total["minor"]:
        raise WrongFieldError("total", f"Les parts font {cents(parts)} : ce doit être le montant entier.")


def _show(
    page: Page, values: Mapping[str, str], came: form.Outcome = _NOTHING, *, rows: int = 0
) -> HTMLResponse:
    context = {
        "rows": list(range(rows)) if rows else list(_rows(values)),
        "methods": tables("fr")["payment_method"],
        "values": dict(values),
        "errors": {_field(name): says for name, says in (came.errors or {}).items()},
    }
    return page.show("staff/shared_payment.html", context, refused=came.refused)


def _field(name: str) -> str:
    """What is wrong with the payment as a whole stands beside its amount."""
    return "total" if name in ("payment", "parts") else name
