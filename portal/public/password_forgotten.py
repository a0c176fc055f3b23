"""A forgotten password, /mot-de-passe-oublie: the same answer whether it is known or not (DOS-7)."""

from __future__ import annotations

from functools import partial
from typing import Annotated, cast
from uuid import uuid4

import anyio.to_thread
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse
from pydantic import EmailStr, TypeAdapter, ValidationError

from commands.claims import same_email
from commands.door import Door
from commands.throttle import Throttle
from portal.language import say
from portal.network import network_of
from portal.public.sheet import sheet

router = APIRouter(include_in_schema=False)
_TEMPLATE = "public/password_forgotten.html"
_PER_EMAIL, _PER_NETWORK = 3, 30
_EMAIL: TypeAdapter[str] = TypeAdapter(EmailStr)


@router.get("/mot-de-passe-oublie")
async def show() -> HTMLResponse:
    return sheet(_TEMPLATE, {"values": {"email": ""}, "errors": {}, "done": False})


@router.post("/mot-de-passe-oublie")
async def ask(request: Request, email: Annotated[str, Form(max_length=320)] = "") -> HTMLResponse:
    """Looks nothing up: what was typed is set aside. Raises TooManyTriesError."""
    try:
        _EMAIL.validate_python(email.strip())
    except ValidationError:
        errors = {"email": say("Écrivez une adresse comme nom@exemple.com.")}
        return sheet(_TEMPLATE, {"values": {"email": email}, "errors": errors, "done": False}, 422)
    state = request.app.state
    door, throttle = cast("Door", state.door), cast("Throttle", state.sessions.throttle)
    wish = partial(_count_and_set_aside, throttle, door, email.strip(), network_of(request))
    await anyio.to_thread.run_sync(wish)
    return sheet(_TEMPLATE, {"values": {"email": email}, "errors": {}, "done": True})


def _count_and_set_aside(throttle: Throttle, door: Door, email: str, network: str) -> None:
    account = throttle.address("password of ", same_email(email))
    throttle.count({account: _PER_EMAIL, throttle.address("password from ", network): _PER_NETWORK})
    door.password_forgotten(uuid4(), email)
