"""The client pays an invoice by its link or from the file, or the finalised basket: how much (FAC-2)."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from aggregates.invoice.refusals import NoSuchInvoice
from aggregates.kernel import Money, Role
from commands import payable
from commands.access import SYSTEM, Scope, anyone
from commands.authentication import Asker, allowed
from commands.http import MAX_BODY, consider
from commands.payable import Payable
from commands.problems import TooLargeError
from portal.form import minor_of
from portal.language import language, say
from portal.page import uuid_or_none
from portal.public.sheet import private_sheet
from portal.wishes import begun
from processors.runtime.payments import links
from read_api.lists import NotFoundError

router = APIRouter(include_in_schema=False)
_SYSTEM = anyone(Role.SYSTEM)
OWN = {Role.CLIENT: Scope.OWN_FILE}
"""Clients pay from their own basket."""
_Own = Annotated[Asker, Depends(allowed(OWN))]


@router.get("/payer/lien/{token}")
async def show_link(request: Request, token: str) -> Response:
    """Whoever holds the link may pay the invoice; it shows a number and amounts, no name."""
    found = await _by_link(request, token)
    if isinstance(found, str):
        return _no_link(found)
    return _form(found, _action(request), typed=_proposed(request, found))


@router.post("/payer/lien/{token}")
async def pay_by_link(request: Request, token: str) -> Response:
    found = await _by_link(request, token)
    return _no_link(found) if isinstance(found, str) else await _begin(request, found)


@router.get("/payer/panier")
async def show_basket(request: Request, asker: _Own) -> Response:
    """The own finalised basket, while its seats are held."""
    found = await _basket(request, asker)
    return _nothing_awaited() if found is None else _form(found, "/payer/panier", csrf=asker.csrf)


@router.post("/payer/panier")
async def pay_basket(request: Request, asker: _Own) -> Response:
    found = await _basket(request, asker)
    return _nothing_awaited() if found is None else await _begin(request, found, csrf=asker.csrf)


@router.get("/payer/facture/{invoice}")
async def show_invoice(request: Request, asker: _Own, invoice: UUID) -> Response:
    """PAYER of the own file: what is left on one of the own invoices (DOS-19)."""
    found = await _own_invoice(request, asker, invoice)
    return _form(found, _action(request), csrf=asker.csrf, typed=_proposed(request, found))


@router.post("/payer/facture/{invoice}")
async def pay_invoice(request: Request, asker: _Own, invoice: UUID) -> Response:
    return await _begin(request, await _own_invoice(request, asker, invoice), csrf=asker.csrf)


async def _by_link(request: Request, token: str) -> Payable | str:
    """What the link asks for, or why nothing is to be paid by it."""
    if request.app.state.provider is None:
        return "link"
    invoice = links.invoice_of(request.app.state.store.vault, token, request.app.state.clock())
    if invoice is None:
        return "link"
    look = partial(payable.payable_by_link, invoice=invoice)
    return await consider(request, look, SYSTEM, _SYSTEM) or "sale"


async def _own_invoice(request: Request, asker: Asker, invoice: UUID) -> Payable:
    """Raises NotFoundError for another's invoice as for none."""
    try:
        found = await consider(request, partial(payable.payable_invoice, invoice=invoice), SYSTEM, _SYSTEM)
    except NoSuchInvoice:
        raise NotFoundError from None
    if request.app.state.provider is None or found.client != asker.who.person:
        raise NotFoundError
    return found


async def _basket(request: Request, asker: Asker) -> Payable | None:
    user = asker.who.person
    if request.app.state.provider is None or user is None:
        return None
    return await consider(request, partial(payable.payable_basket, client=user), asker.who, OWN)


async def _begin(request: Request, what: Payable, csrf: str | None = None) -> Response:
    """Store the wish and wake the cashier; the form's id makes a second click the same wish."""
    if int(request.headers.get("content-length", "0") or 0) > MAX_BODY:
        raise TooLargeError
    form = await request.form(max_files=0, max_fields=20)
    if csrf is not None and form.get("csrf") != csrf:
        return RedirectResponse(request.url.path, 303)
    typed = str(form.get("amount", ""))
    amount, id_ = _amount(typed, what), uuid_or_none(str(form.get("command_id", "")))
    if amount is None or id_ is None or not what.takes(amount):
        return _form(what, _action(request), csrf=csrf, typed=typed, wrong=True)
    return await begun(request, what, amount, id_, _place(request))


def _place(request: Request) -> UUID | None:
    """Whose lines are filled first, as the address says (INS-4)."""
    return uuid_or_none(request.query_params.get("place", ""))


def _action(request: Request) -> str:
    place = _place(request)
    return request.url.path if place is None else f"{request.url.path}?place={place}"


def _proposed(request: Request, what: Payable) -> str | None:
    """The amount that the address proposes, where it can be paid."""
    amount = _amount(request.query_params.get("montant", ""), what)
    return _written(amount) if amount is not None and what.takes(amount) else None


def _amount(typed: str, what: Payable) -> Money | None:
    minor = minor_of(typed)
    return None if minor is None else Money(minor=minor, currency=what.most.currency)


def _form(
    what: Payable, path: str, *, csrf: str | None = None, typed: str | None = None, wrong: bool = False
) -> HTMLResponse:
    least = max(1, what.least.minor)
    first = what.least if what.least.minor else what.most
    context = {
        "path": path,
        "csrf": csrf or "",
        "number": what.number,
        "least": what.least.model_copy(update={"minor": least}).model_dump(mode="json"),
        "due_now": what.least.model_dump(mode="json"),
        "most": what.most.model_dump(mode="json"),
        "until": what.until.isoformat() if what.until else None,
        "action": path,
        "values": {"amount": typed if typed is not None else _written(first)},
        "errors": {},
    }
    if wrong:
        between = say("Tapez un montant entre les deux sommes indiquées, par exemple 40,00.")
        context["errors"] = {"amount": between}
    return private_sheet("public/pay.html", context, 422 if wrong else 200)


def _written(amount: Money) -> str:
    mark = "." if language() == "en" else ","
    return f"{amount.minor // 100}{mark}{amount.minor % 100:02d}"


def _no_link(why: str) -> HTMLResponse:
    return private_sheet("public/pay_nothing.html", {"why": why}, 404)


def _nothing_awaited() -> HTMLResponse:
    return private_sheet("public/pay_nothing.html", {"why": "basket"})
