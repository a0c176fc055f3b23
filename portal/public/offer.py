"""A seat that became free is offered: /offre/TOKEN takes it, pays what is due, or declines (ATE-2)."""

from __future__ import annotations

from functools import partial
from typing import Any, cast
from uuid import UUID, uuid4, uuid5

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from aggregates.kernel import Money, Refused, Role
from aggregates.workshop.waiting.refusals import OfferNeedsPayment
from commands import payable
from commands.access import Principal
from commands.baskets.finalise_basket import FinaliseBasket
from commands.baskets.put_in_basket import PutInBasket
from commands.http import MAX_BODY, consider, run
from commands.offering import BasketIs, OfferedSeat, OfferOver, offered_seat
from commands.problems import TooLargeError
from commands.workshops.accept_offer import AcceptOffer
from commands.workshops.leave_waiting_list import LeaveWaitingList
from portal.language import later
from portal.page import refusal, uuid_or_none
from portal.public.pay import OWN
from portal.public.sheet import sheet
from portal.wishes import begun
from processors.runtime.links import Links
from projections import workshop_dates
from projections.merged import survivor

router = APIRouter(include_in_schema=False)
_PATH = "/offre/{token}"


@router.get(_PATH)
async def show(request: Request, token: str) -> Response:
    """Changes nothing: mail servers and readers open links by themselves."""
    named = await _named(request, token)
    return _over() if named is None else await _page(request, *named)


@router.post(_PATH)
async def answer(request: Request, token: str) -> Response:
    """Without log-in: whoever holds the link was written to. The form's id makes a second click the same."""
    named = await _named(request, token)
    if named is None:
        return _over()
    if int(request.headers.get("content-length", "0") or 0) > MAX_BODY:
        raise TooLargeError
    form = await request.form(max_files=0, max_fields=10)
    id_ = uuid_or_none(str(form.get("command_id", ""))) or uuid4()
    try:
        if form.get("act") == "decline":
            client, workshop = named
            await run(request, LeaveWaitingList(client=client, workshop=workshop), _oneself(client), id_)
            return await _page(request, *named, declined=True)
        return await _accepted(request, *named, id_)
    except Refused as refused:
        return await _page(request, *named, refused=refused)


async def _accepted(request: Request, client: UUID, workshop: UUID, id_: UUID) -> Response:
    """Raises Refused."""
    seat = await _seat(request, client, workshop)
    if isinstance(seat, OfferOver):
        return await _page(request, client, workshop)
    try:
        await run(request, AcceptOffer(client=client, workshop=workshop), _oneself(client), id_)
    except OfferNeedsPayment:
        if seat.basket is BasketIs.OTHER or request.app.state.provider is None:
            return await _page(request, client, workshop)
        return await _paying(request, client, workshop, seat, id_)
    return RedirectResponse(request.url.path, 303)


async def _paying(
    request: Request, client: UUID, workshop: UUID, seat: OfferedSeat, id_: UUID
) -> RedirectResponse:
    """From the basket, as it is paid for everything else; the offer keeps the seat until it ends."""
    who = _oneself(client)
    assert seat.price is not None
    assert seat.due is not None
    if seat.basket is BasketIs.EMPTY:
        wish = PutInBasket(client=client, activity=seat.activity, workshop=workshop)
        await run(request, wish, who, uuid5(id_, "put"))
    if seat.basket is not BasketIs.BEING_PAID:
        finalise = FinaliseBasket(client=client, total=seat.price, due_now=seat.due)
        await run(request, finalise, who, uuid5(id_, "finalise"))
    found = await consider(request, partial(payable.payable_basket, client=client), who, OWN)
    assert found is not None
    return await begun(request, found, found.least, id_)


async def _seat(request: Request, client: UUID, workshop: UUID) -> OfferedSeat | OfferOver:
    look = partial(offered_seat, client=client, workshop=workshop)
    return await consider(request, look, _oneself(client), AcceptOffer.ALLOWED)


async def _page(
    request: Request,
    client: UUID,
    workshop: UUID,
    *,
    declined: bool = False,
    refused: Refused | None = None,
) -> HTMLResponse:
    try:
        seat = await _seat(request, client, workshop)
    except Refused as why:
        seat, refused = OfferOver(taken=False), refused or why
    async with request.app.state.reads.connection() as connection:
        date = await workshop_dates.one(connection, workshop)
    if date is None:
        return _over()
    stands = isinstance(seat, OfferedSeat)
    context = {
        "state": "declined"
        if declined
        else "offered"
        if stands
        else "taken"
        if isinstance(seat, OfferOver) and seat.taken
        else "over",
        "workshop": date,
        "until": seat.until.isoformat() if isinstance(seat, OfferedSeat) else None,
        "price": _shown(seat.price) if isinstance(seat, OfferedSeat) else None,
        "due": _shown(seat.due) if isinstance(seat, OfferedSeat) else None,
        "online": request.app.state.provider is not None,
        "other_basket": isinstance(seat, OfferedSeat) and seat.basket is BasketIs.OTHER,
        "refusal": None if refused is None else {**refusal(refused), "rule": None},
    }
    return sheet("public/offer.html", context, 200 if refused is None else 409)


def _shown(amount: Money | None) -> dict[str, Any] | None:
    return None if amount is None else amount.model_dump(mode="json")


async def _named(request: Request, token: str) -> tuple[UUID, UUID] | None:
    """Whom the seat is offered to by now: the surviving dossier, where theirs was merged (DOS-5)."""
    found = cast("Links", request.app.state.links).offer_of(token)
    if found is None:
        return None
    async with request.app.state.reads.connection() as connection:
        return await survivor(connection, found[0]), found[1]


def _oneself(client: UUID) -> Principal:
    return Principal(client, frozenset({Role.CLIENT}), Role.CLIENT)


def _over() -> HTMLResponse:
    return sheet("public/link_over.html", {"title": later("Ce lien n’est pas valable")}, 404)
