"""A client opens the own dossier, /inscription (DOS-1); who has one learns nothing here (DOS-4)."""

from __future__ import annotations

from functools import partial
from typing import Any, cast
from uuid import uuid4

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import SecretStr, ValidationError

from aggregates.catalogue.settings import SchoolSettings
from commands.door import Door
from commands.entering.sign_up import SignUp
from commands.sessions import hash_password
from portal.contact import telephones
from portal.language import language, worded
from portal.network import network_of
from portal.passwords import weakness
from portal.public.first_steps import WORDING
from portal.public.sheet import sheet
from projections import catalogue
from schema.labels import label

router = APIRouter(include_in_schema=False)
COUNTRIES = ("CA", "FR", "BE", "CH", "LU", "US")
_FIELDS = (
    "first_name",
    "last_name",
    "form_of_address",
    "email",
    "telephone",
    "street",
    "city",
    "postal_code",
    "country",
    "language",
)
_ANSWERS = ("by_telephone", "by_post", "by_email")
_PER_NETWORK = 20
_TEMPLATE = "public/sign_up.html"


async def _school(request: Request) -> SchoolSettings:
    async with request.app.state.reads.connection() as connection:
        return await catalogue.school(connection)


def _form(
    school: SchoolSettings, values: dict[str, str], errors: dict[str, str], status: int = 200
) -> HTMLResponse:
    context: dict[str, Any] = {
        "values": values,
        "errors": errors,
        "countries": list(COUNTRIES),
        "policy": school.privacy_policy.link,
        "school": school.name,
    }
    return sheet(_TEMPLATE, context, status)


@router.get("/inscription")
async def show(request: Request) -> HTMLResponse:
    empty = dict.fromkeys((*_FIELDS, *_ANSWERS, "password"), "")
    return _form(await _school(request), empty | {"country": "CA", "language": language()}, {})


@router.post("/inscription")
async def sign_up(request: Request) -> HTMLResponse:
    """Looks no address up: what was typed is set aside, and the page says where the mail goes.

    Raises TooManyTriesError.
    """
    form = await request.form(max_files=0, max_fields=50)
    typed = {name: str(form.get(name, "")).strip() for name in (*_FIELDS, *_ANSWERS)}
    password = str(form.get("password", ""))
    school = await _school(request)
    wish, errors = _wish(typed, password, school)
    if wish is None:
        return _form(school, typed | {"password": ""}, errors, 422)
    door = cast("Door", request.app.state.door)
    throttle = request.app.state.sessions.throttle
    known = await anyio.to_thread.run_sync(
        partial(_set_aside, throttle, door, wish, password, network_of(request))
    )
    context = {
        "known": known,
        "email": wish.email,
        "school_email": school.email,
        "telephones": telephones(school),
    }
    return sheet("public/signed_up.html", context)


def _wish(
    typed: dict[str, str], password: str, school: SchoolSettings
) -> tuple[SignUp | None, dict[str, str]]:
    """The command, or what is wrong with each field."""
    answers = {"yes": True, "no": False}
    fields: dict[str, Any] = {name: typed[name] or None for name in _FIELDS}
    fields |= {name: answers.get(typed[name]) for name in _ANSWERS}
    fields |= {"policy": school.privacy_policy.version, "wording": worded(WORDING), "hashed": SecretStr("-")}
    weak = weakness(password, *(typed[name] for name in ("email", "first_name", "last_name")))
    errors = {} if weak is None else {"password": weak}
    try:
        wish = SignUp.model_validate(fields, strict=False)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        return None, {str(e["loc"][0]): label(language(), "malformed", e["type"]) for e in found} | errors
    return (None, errors) if errors else (wish, {})


def _set_aside(throttle: Any, door: Door, wish: SignUp, password: str, network: str) -> bool:
    """Whether somebody of these names and postal code has a dossier; the address is not looked up."""
    throttle.count({throttle.address("sign-up from ", network): _PER_NETWORK})
    hashed = SecretStr(hash_password(password))
    door.sign_up(uuid4(), wish.model_copy(update={"hashed": hashed}))
    return door.is_namesake(wish.last_name, wish.first_name, wish.postal_code)
