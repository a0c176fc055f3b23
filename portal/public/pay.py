"""The client pays an invoice by its link or from the file, or the finalised basket, and waits (FAC-2)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, TypeVar
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from aggregates.invoice.refusals import NoSuchInvoice
from aggregates.kernel import Money, Role
from commands import payable
from commands.access import SYSTEM, Scope, anyone
from commands.authentication import Asker, allowed
from commands.baskets.release_basket import ReleaseBasket
from commands.http import MAX_BODY, consider, run
from commands.payable import Payable
from commands.problems import TooLargeError
from portal.form import minor_of
from portal.language import language, say
from portal.page import templates, uuid_or_none
from processors.runtime.payments import intents, links
from processors.runtime.payments.intents import Intent
from read_api.lists import NotFoundError

T = TypeVar("T")
router = APIRouter(include_in_schema=False)
_SYSTEM = anyone(Role.SYSTEM)
OWN = {Role.CLIENT: Scope.OWN_FILE}
"""Clients pay from their own basket."""
_Own = Annotated[Asker, Depends(allowed(OWN))]
_SETTLED = ("done", "ended")


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


@router.get("/payer/retour/{intent}")
async def show_outcome(request: Request, intent: UUID) -> Response:
    """On the way to the provider, and back: what is known now; asks the cashier to look, does nothing."""
    found = await _look(request, intent)
    # Told of after it was over: nobody says that nothing was taken before the provider was asked.
    shown = "asked" if found.told and found.state == "ended" else found.state
    back = any(name in request.query_params for name in ("token", "annule"))
    gave_up = "annule" in request.query_params
    headers = {}
    if found.state == "open" and not back and found.approve_url:
        headers["Refresh"] = f"0; url={found.approve_url}"
    elif shown not in _SETTLED and not (found.state == "open" and gave_up):
        headers["Refresh"] = "2"
    booked = await _booked(request, found) if found.state == "done" else None
    context = {
        "state": shown,
        "outcome": found.outcome,
        "amount": found.amount.model_dump(mode="json"),
        "of_basket": found.attempt is not None,
        "of_school": shown == "ended" and await _sold_by_school(request, found),
        "booked": booked,
        "back": back,
        "gave_up": gave_up,
        "waits_long": found.attempts > 4,
        "approve_url": found.approve_url,
        "refused": found.error,
        "onward": _onward(request, found),
    }
    return _page("public/pay_outcome.html", request.url.path, context, headers=headers)


def _onward(request: Request, intent: Intent) -> dict[str, str] | None:
    """Where who paid nothing goes from here: the invoice's payment page, else the portal (FAC-2)."""
    if intent.state != "ended" or intent.told:
        return None
    if intent.attempt is not None:
        return {"href": "/", "label": say("Revenir au portail")}
    state = request.app.state
    link, _ = links.pay_link(state.store.vault, "", intent.invoice, state.clock())
    seen = intent.outcome == "superseded"
    again = say("Voir ce qui reste à payer") if seen else say("Recommencer le paiement")
    return {"href": link, "label": again}


@router.post("/payer/retour/{intent}")
async def give_up(request: Request, intent: UUID) -> Response:
    """The payer gives it up, unless money may be moving; held seats are free again."""
    found = await _look(request, intent)
    given_up = await _in_table(request, lambda c: intents.give_up(c, intent, request.app.state.clock()))
    if given_up and found.attempt is not None and found.client is not None:
        wish = ReleaseBasket(client=found.client, attempt=found.attempt)
        await run(request, wish, SYSTEM, intents.release_of(intent))
    # A look was under way: what comes of it isn't known yet, so the page waits and offers to give up again.
    said = "annule=1" if given_up or found.state in _SETTLED else "token="
    return RedirectResponse(f"/payer/retour/{intent}?{said}", 303)


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


async def begun(
    request: Request, what: Payable, amount: Money, id_: UUID, registration: UUID | None = None
) -> RedirectResponse:
    """The wish is stored, the cashier woken, and the payer waits on the page of the outcome."""
    state = request.app.state
    wish = intents.wanted(
        id_,
        kind="invoice" if what.attempt is None else "basket",
        client=what.client,
        invoice=what.invoice,
        attempt=what.attempt,
        amount=amount,
        now=state.clock(),
        registration=registration,
    )
    await _in_table(request, lambda connection: intents.keep(connection, wish))
    await anyio.to_thread.run_sync(state.dispatcher.wake)
    return RedirectResponse(f"/payer/retour/{id_}", 303)


async def _look(request: Request, id_: UUID) -> Intent:
    """The intent; a page that is looked at wants to know. Raises NotFoundError."""

    def looked(connection: Any) -> Intent | None:
        found = intents.find(connection, id_)
        if found is not None and found.state == "open" and "token" in request.query_params:
            intents.wake(connection, id_)
        return found

    found = await _in_table(request, looked)
    if found is None or found.kind == "refund":
        raise NotFoundError
    if found.state == "open" and "token" in request.query_params:
        await anyio.to_thread.run_sync(request.app.state.dispatcher.wake)
    return found


async def _sold_by_school(request: Request, intent: Intent) -> bool:
    """Whether staff sell it by card: there is no basket of the client's own to go back to (INS-4)."""
    look = partial(payable.sold_by_school, invoice=intent.invoice)
    return intent.attempt is not None and await consider(request, look, SYSTEM, _SYSTEM)


async def _booked(request: Request, intent: Intent) -> bool:
    """Whether the money paid what it was for; else it is the client's credit."""
    payments = await _in_table(request, lambda c: intents.payments_of(c, intent.id))
    look = partial(payable.booked_on, invoice=intent.invoice, payments=payments)
    return await consider(request, look, SYSTEM, _SYSTEM)


async def _in_table(request: Request, act: Callable[[Any], T]) -> T:
    def acted() -> T:
        with request.app.state.pool.connection() as connection:
            return act(connection)

    return await anyio.to_thread.run_sync(acted, limiter=request.app.state.dispatch_limiter)


def _amount(typed: str, what: Payable) -> Money | None:
    minor = minor_of(typed)
    return None if minor is None else Money(minor=minor, currency=what.most.currency)


def _form(
    what: Payable, path: str, *, csrf: str | None = None, typed: str | None = None, wrong: bool = False
) -> HTMLResponse:
    least = max(1, what.least.minor)
    first = what.least if what.least.minor else what.most
    context = {
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
    return _page("public/pay.html", path, context, csrf=csrf or "", status=422 if wrong else 200)


def _written(amount: Money) -> str:
    mark = "." if language() == "en" else ","
    return f"{amount.minor // 100}{mark}{amount.minor % 100:02d}"


def _no_link(why: str) -> HTMLResponse:
    return _page("public/pay_nothing.html", "", {"why": why}, status=404)


def _nothing_awaited() -> HTMLResponse:
    return _page("public/pay_nothing.html", "", {"why": "basket"})


def _page(
    template: str,
    path: str,
    context: dict[str, Any],
    *,
    csrf: str = "",
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> HTMLResponse:
    frame = {"me": None, "csrf": csrf, "path": path, "query": "", "notice": None, "refusal": None}
    text = templates().get_template(template).render(frame | context)
    return HTMLResponse(text, status, headers={"Referrer-Policy": "no-referrer", **(headers or {})})
