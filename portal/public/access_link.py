"""The page of a link that lets somebody in, /acces/TOKEN: choose a password, confirm an address (DOS-3)."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, cast
from uuid import uuid4

import anyio.to_thread
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import SecretStr

from aggregates.kernel import Refused, Role
from aggregates.links import LETS_IN, LinkOver, LinkPurpose
from commands import http
from commands.access import Principal
from commands.access_links import AccessLink, AccessLinks
from commands.account_holder import account_stream, address_of, links_of
from commands.door import Door
from commands.entering.choose_password import ChoosePassword
from commands.entering.confirm_address import ConfirmAddress
from commands.entering.confirm_email_change import ConfirmEmailChange
from commands.message import Command
from commands.sessions import hash_password
from portal.language import later
from portal.network import network_of
from portal.page import refusal
from portal.passwords import weakness
from portal.public.sheet import sheet
from schema.store import Store

router = APIRouter(include_in_schema=False)
_TEMPLATE = "public/access_link.html"
_DONE = {LinkPurpose.VALIDATION: "confirmed", LinkPurpose.EMAIL_CHANGE: "email"}
_NEW_LINKS = 5
"""Asked for by one network address in a quarter of an hour."""


@router.get("/acces/{token}")
async def show(request: Request, token: str) -> HTMLResponse:
    """Changes nothing: mail servers and readers open links by themselves."""
    link = AccessLinks(request.app.state.store.vault).read(token)
    if link is None:
        return _none()
    works = await anyio.to_thread.run_sync(_works, request, link)
    return _page(link, works=works)


@router.post("/acces/{token}")
async def follow(
    request: Request,
    token: str,
    password: Annotated[str, Form(max_length=1_000)] = "",
    act: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Does what the link is good for, once; or sends another one to the same address."""
    link = AccessLinks(request.app.state.store.vault).read(token)
    if link is None:
        return _none()
    if act == "new":
        await anyio.to_thread.run_sync(partial(_ask_anew, request, link))
        return _page(link, works=False, sent=True)
    if not await anyio.to_thread.run_sync(_works, request, link):
        return _page(link, works=False, status=409)
    lets_in = link.purpose in LETS_IN
    about = await anyio.to_thread.run_sync(_known_of, request, link) if lets_in else []
    if lets_in and (weak := weakness(password, *about)):
        return _page(link, works=True, errors={"password": weak}, status=422)
    command = await _command(link, password)
    try:
        who = Principal(link.person, frozenset({Role.SYSTEM}), Role.SYSTEM)
        await http.run(request, command, who, uuid4())
    except LinkOver:
        return _page(link, works=False, status=409)
    except Refused as refused:
        return _page(link, works=False, refused=refused, status=409)
    return RedirectResponse(f"/connexion?fait={'password' if lets_in else _DONE[link.purpose]}", 303)


async def _command(link: AccessLink, password: str) -> Command:
    match link.purpose:
        case LinkPurpose.VALIDATION:
            return ConfirmAddress(client=link.person, number=link.number)
        case LinkPurpose.EMAIL_CHANGE:
            return ConfirmEmailChange(client=link.person, number=link.number)
        case _:
            hashed = await anyio.to_thread.run_sync(hash_password, password)
            return ChoosePassword(
                person=link.person,
                staff=link.staff,
                purpose=link.purpose,
                number=link.number,
                hashed=SecretStr(hashed),
            )


def _known_of(request: Request, link: AccessLink) -> list[str]:
    """What others know of who follows the link."""
    store = cast("Store", request.app.state.store)
    state = store.load([account_stream(link.person, staff=link.staff)])[0].state
    found = [getattr(state, name, None) for name in ("name", "first_name", "last_name", "email")]
    return [value for value in found if isinstance(value, str)]


def _works(request: Request, link: AccessLink) -> bool:
    """In time, not used, not replaced, and sent to the address that holds today."""
    store = cast("Store", request.app.state.store)
    state = store.load([account_stream(link.person, staff=link.staff)])[0].state
    address = address_of(state, link.purpose)
    return (
        link.until > request.app.state.clock()
        and links_of(state).works(link.purpose, link.number)
        and address is not None
        and AccessLinks(store.vault).address(address) == link.address
    )


def _ask_anew(request: Request, link: AccessLink) -> None:
    """Raises TooManyTriesError."""
    throttle = request.app.state.sessions.throttle
    throttle.count({throttle.address("new link from ", network_of(request)): _NEW_LINKS})
    door = cast("Door", request.app.state.door)
    door.new_link(uuid4(), link.person, link.purpose, staff=link.staff)


def _page(
    link: AccessLink,
    *,
    works: bool,
    sent: bool = False,
    errors: dict[str, str] | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> HTMLResponse:
    context: dict[str, Any] = {
        "purpose": link.purpose.value,
        "works": works,
        "sent": sent,
        "values": {"password": ""},
        "errors": errors or {},
        "refusal": None if refused is None else refusal(refused),
    }
    return sheet(_TEMPLATE, context, status)


def _none() -> HTMLResponse:
    return sheet("public/link_over.html", {"title": later("Ce lien n’est pas valable")}, 404)
