"""Log-in and log-out of staff and clients (DOS-7)."""

from __future__ import annotations

from typing import Annotated, Any, cast

import anyio.to_thread
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from commands.authentication import doorkeeper, session
from commands.sessions import (
    SESSION_LENGTH,
    SecondFactorMissingError,
    Session,
    Sessions,
    WrongCredentialsError,
)
from commands.throttle import TooManyTriesError
from portal.page import templates

router = APIRouter(include_in_schema=False)


def _form(values: dict[str, str], errors: dict[str, str], status: int = 200) -> HTMLResponse:
    context: dict[str, Any] = {
        "me": None,
        "csrf": "",
        "path": "/connexion",
        "query": "",
        "notice": None,
        "refusal": None,
        "values": values,
        "errors": errors,
    }
    return HTMLResponse(templates().get_template("public/login.html").render(context), status)


def _inside(path: str) -> str:
    """Only a path of this site may follow the log-in."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"


@router.get("/connexion")
async def show(request: Request) -> HTMLResponse:
    return _form({"email": "", "next": _inside(request.query_params.get("next", "/"))}, {})


@router.post("/connexion")
async def log_in(
    request: Request,
    email: Annotated[str, Form(max_length=320)] = "",
    password: Annotated[str, Form(max_length=1_000)] = "",
    code: Annotated[str, Form(max_length=12)] = "",
    next_page: Annotated[str, Form(alias="next", max_length=2_000)] = "/",
) -> Response:
    values = {"email": email, "next": _inside(next_page)}
    sessions = cast("Sessions", request.app.state.sessions)
    address = request.client.host if request.client else ""
    try:
        token = await anyio.to_thread.run_sync(
            sessions.log_in, email, password, code.replace(" ", "") or None, address
        )
    except SecondFactorMissingError:
        return _form(values, {"code": "Entrez le code à 6 chiffres de votre application."}, 401)
    except WrongCredentialsError:
        return _form(values, {"password": "Courriel, mot de passe ou code inexact."}, 401)
    except TooManyTriesError as error:
        minutes = -(-error.retry_after // 60)
        again = f"Trop d'essais. Réessayez dans {minutes} minute{'s' if minutes > 1 else ''}."
        return _form(values, {"email": again}, 429)
    door = doorkeeper(request)
    answer = RedirectResponse(values["next"], 303)
    answer.set_cookie(
        door.cookie,
        token,
        max_age=int(SESSION_LENGTH.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=door.secure,
    )
    return answer


@router.post("/deconnexion")
async def log_out(request: Request, found: Annotated[Session | None, Depends(session)]) -> Response:
    door = doorkeeper(request)
    token = request.cookies.get(door.cookie)
    if token and found is not None:
        await anyio.to_thread.run_sync(cast("Sessions", request.app.state.sessions).log_out, token)
    answer = RedirectResponse("/connexion", 303)
    answer.delete_cookie(door.cookie)
    return answer
