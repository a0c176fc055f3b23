"""The own account, /compte: password, e-mail, sessions, second factor (DOS-7, DOS-19)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast
from uuid import uuid4

import anyio.to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import SecretStr, ValidationError
from starlette.datastructures import FormData

from aggregates.kernel import Role
from commands import http
from commands.access import STAFF, Principal, Scope
from commands.authentication import doorkeeper
from commands.entering.ask_email_change import AskEmailChange
from commands.entering.choose_password import ChoosePassword
from commands.own_account import OwnAccount
from commands.sessions import WrongCredentialsError, hash_password
from portal import form
from portal.language import say
from portal.network import network_of
from portal.notices import notice_of
from portal.page import Page, page_for, see_other, uuid_or_none
from portal.passwords import weakness
from portal.public.log_in import browser_of, set_cookie

router = APIRouter(include_in_schema=False)
OWN_ACCOUNT: Mapping[Role, Scope] = {**STAFF, Role.CLIENT: Scope.OWN_FILE}
AccountPage = Annotated[Page, Depends(page_for(OWN_ACCOUNT))]


@router.get("/compte")
async def show(page: AccountPage) -> Response:
    """Who looks as a client is led to the client's file: their account is nobody else's (DOS-12)."""
    if page.session.principal.behalf is not None:
        return see_other("/mon-dossier")
    return await _show(page)


async def _show(page: Page, errors: Mapping[str, str] | None = None) -> HTMLResponse:
    user = _user(page)
    sessions = await anyio.to_thread.run_sync(_own(page).sessions_of, user, _token(page.request))
    context: dict[str, Any] = {
        "values": {},
        "errors": errors or {},
        "is_client": Role.CLIENT in page.session.principal.roles,
        "sessions": [
            {"id": str(s.id), "at": s.created_at.isoformat(), "browser": s.browser, "current": s.current}
            for s in sessions
        ],
        "second_factor": await anyio.to_thread.run_sync(page.request.app.state.steps.has_second_factor, user),
    }
    shown = page.show("public/account.html", context, notice=notice_of(page))
    if errors:
        shown.status_code = 422
    return shown


@router.post("/compte")
async def change(page: AccountPage) -> Response:
    """One of the acts of the page; password and e-mail ask for the password once more.

    Raises TooManyTriesError.
    """
    typed = await form.typed(page)
    match form.text(typed, "act"):
        case "end":
            id_ = uuid_or_none(form.text(typed, "session"))
            if id_ is not None:
                await anyio.to_thread.run_sync(_own(page).end_session, _user(page), id_)
            return see_other("/compte", done="session_ended")
        case "email" if Role.CLIENT in page.session.principal.roles:
            return await _change_email(page, typed)
        case _:
            return await _change_password(page, typed)


async def _change_password(page: Page, typed: FormData) -> Response:
    if not await _password_is_right(page, str(typed.get("current", ""))):
        return await _show(page, {"current": say("Ce n’est pas votre mot de passe.")})
    password, user = str(typed.get("password", "")), _user(page)
    if weak := weakness(password, page.name):
        return await _show(page, {"password": weak})
    hashed = await anyio.to_thread.run_sync(hash_password, password)
    command = ChoosePassword(
        person=user,
        staff=Role.CLIENT not in page.session.principal.roles,
        purpose=None,
        number=0,
        hashed=SecretStr(hashed),
    )
    await http.run(page.request, command, _portal(page), uuid4())
    token = await anyio.to_thread.run_sync(_own(page).open_again, user, browser_of(page.request))
    answer = see_other("/compte", done="password_changed") if token else see_other("/connexion")
    if token:
        set_cookie(page.request, answer, token)
    return answer


async def _change_email(page: Page, typed: FormData) -> Response:
    if not await _password_is_right(page, str(typed.get("proof", ""))):
        return await _show(page, {"proof": say("Ce n’est pas votre mot de passe.")})
    try:
        command = AskEmailChange(client=_user(page), email=str(typed.get("email", "")).strip())
    except ValidationError:
        return await _show(page, {"email": say("Écrivez une adresse comme nom@exemple.com.")})
    await http.run(page.request, command, _portal(page), uuid4())
    return see_other("/compte", done="email_asked")


async def _password_is_right(page: Page, password: str) -> bool:
    check = page.request.app.state.sessions.check_password
    try:
        await anyio.to_thread.run_sync(check, _user(page), password, network_of(page.request))
    except WrongCredentialsError:
        return False
    return True


def _portal(page: Page) -> Principal:
    """The portal itself, for this user."""
    return Principal(_user(page), frozenset({Role.SYSTEM}), Role.SYSTEM)


def _user(page: Page) -> Any:
    assert page.session.principal.user is not None
    return page.session.principal.user


def _own(page: Page) -> OwnAccount:
    return cast("OwnAccount", page.request.app.state.own_account)


def _token(request: Request) -> str:
    return request.cookies.get(doorkeeper(request).cookie, "")
