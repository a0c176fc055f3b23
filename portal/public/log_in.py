"""Log-in and log-out of staff and clients (DOS-7)."""

from __future__ import annotations

from typing import Annotated, Any, cast
from urllib.parse import quote

import anyio.to_thread
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from commands.authentication import doorkeeper, session
from commands.own_account import OwnAccount
from commands.sessions import (
    SESSION_LENGTH,
    SecondFactorMissingError,
    Session,
    Sessions,
    WrongCredentialsError,
)
from commands.throttle import TooManyTriesError
from portal.language import later, say, say_of
from portal.network import network_of
from portal.page import inside, templates
from portal.public import first_steps

router = APIRouter(include_in_schema=False)


_DONE = {
    "password": later("Mot de passe choisi. Connectez-vous."),
    "confirmed": later("Adresse confirmée. Connectez-vous."),
    "email": later("Nouvelle adresse confirmée. Connectez-vous avec elle."),
}


_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def _notice(done: str) -> dict[str, Any] | None:
    return {"text": say(_DONE[done]), "next": []} if done in _DONE else None


def browser_of(request: Request) -> str | None:
    """« Firefox, Windows », as far as the browser says so; for its user to tell sessions apart."""
    said = request.headers.get("user-agent", "")
    names = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
    parts = [next((name for mark, name in of if mark in said), None) for of in (names, _SYSTEMS)]
    return ", ".join(filter(None, parts)) or None


def _form(
    values: dict[str, str], errors: dict[str, str], status: int = 200, request_done: str = ""
) -> HTMLResponse:
    context: dict[str, Any] = {
        "me": None,
        "csrf": "",
        "path": "/connexion",
        "query": "",
        "notice": _notice(request_done),
        "refusal": None,
        "values": values,
        "errors": errors,
    }
    return HTMLResponse(templates().get_template("public/login.html").render(context), status)


@router.get("/connexion")
async def show(request: Request) -> Response:
    waiting, following = await first_steps.waiting(request), inside(request.query_params.get("next", "/"))
    if waiting is not None:
        then = "" if following == "/" else f"?next={quote(following)}"
        return RedirectResponse(first_steps.PAGES[waiting.step] + then, 303)
    return _form(
        {"email": "", "next": following},
        {},
        request_done=request.query_params.get("fait", ""),
    )


@router.post("/connexion")
async def log_in(
    request: Request,
    email: Annotated[str, Form(max_length=320)] = "",
    password: Annotated[str, Form(max_length=1_000)] = "",
    code: Annotated[str, Form(max_length=12)] = "",
    next_page: Annotated[str, Form(alias="next", max_length=2_000)] = "/",
) -> Response:
    values = {"email": email, "next": inside(next_page)}
    sessions = cast("Sessions", request.app.state.sessions)
    try:
        token = await anyio.to_thread.run_sync(
            sessions.log_in,
            email,
            password,
            code.replace(" ", "") or None,
            network_of(request),
            browser_of(request),
            request.cookies.get(doorkeeper(request).cookie),
        )
    except SecondFactorMissingError:
        return _form(values, {"code": say("Entrez le code à 6 chiffres de votre application.")}, 401)
    except WrongCredentialsError:
        return _form(values, {"password": say("Courriel, mot de passe ou code inexact.")}, 401)
    except TooManyTriesError as error:
        minutes = -(-error.retry_after // 60)
        again = say_of(
            minutes,
            "Trop d’essais. Réessayez dans %(num)s minute.",
            "Trop d’essais. Réessayez dans %(num)s minutes.",
        )
        return _form(values, {"email": again}, 429)
    own = cast("OwnAccount", request.app.state.own_account)
    at_home = values["next"] == "/" and await anyio.to_thread.run_sync(own.is_client, token)
    answer = RedirectResponse("/mon-dossier" if at_home else values["next"], 303)
    set_cookie(request, answer, token)
    return answer


def set_cookie(request: Request, answer: Response, token: str) -> None:
    """Let the browser show the session from now on."""
    door = doorkeeper(request)
    answer.set_cookie(
        door.cookie,
        token,
        max_age=int(SESSION_LENGTH.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=door.secure,
    )


@router.post("/deconnexion")
async def log_out(request: Request, found: Annotated[Session | None, Depends(session)]) -> Response:
    door = doorkeeper(request)
    token = request.cookies.get(door.cookie)
    if token and found is not None:
        await anyio.to_thread.run_sync(cast("Sessions", request.app.state.sessions).log_out, token)
    answer = RedirectResponse("/connexion", 303)
    # Without the attributes it was set with, a browser keeps a __Host- cookie.
    answer.delete_cookie(door.cookie, secure=door.secure, httponly=True, samesite="lax")
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer
