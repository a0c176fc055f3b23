"""The client's own particulars, /mon-dossier/profil: address, language, name on invoices (DOS-19)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Erased, Refused
from commands.clients.change_profile import ChangeProfile
from commands.clients.set_billing import SetBilling
from commands.http import consider
from commands.message import Command
from portal import form
from portal.notices import notice_of
from portal.page import Page, page_for, read_as, see_other
from portal.public.sign_up import COUNTRIES
from projections import profile
from projections.query import wait_for
from read_api.lists import NotFoundError
from read_api.queries import READ_OWN_FILE
from schema.store import Loaded

router = APIRouter(include_in_schema=False)
ProfilePage = Annotated[Page, Depends(page_for(READ_OWN_FILE))]
_PATH = "/mon-dossier/profil"
_OWN = ("form_of_address", "telephone", "street", "postal_code", "city", "country", "language")
"""What a client changes here; the e-mail has its own page, names are the school's to mend."""
_FIXED = ("last_name", "first_name", "email")
_BILLING = ("name", "address")


@router.get(_PATH)
async def show(page: ProfilePage) -> HTMLResponse:
    return await _show(page)


@router.post(_PATH)
async def change(page: ProfilePage) -> Response:
    filled = await form.typed(page)
    act = form.text(filled, "act") or ""
    command: type[Command]
    if act == "profile":
        command, done, fields = ChangeProfile, "my_profile_changed", await _particulars(page, filled)
    elif act == "billing":
        command, done, fields = SetBilling, "my_billing_set", _texts(filled, _BILLING)
    else:
        raise NotFoundError
    outcome = await form.send(page, filled, command, {"client": page.own, **fields})
    if outcome.answer is not None:
        return see_other(_PATH, outcome.answer.position, done)
    typed = {name: str(value) for name, value in filled.items()}
    return await _show(page, opened=act, typed=typed, errors=outcome.errors, refused=outcome.refused)


def _texts(filled: FormData, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: form.text(filled, name) for name in names}


async def _particulars(page: Page, filled: FormData) -> dict[str, Any]:
    """What was typed; names and e-mail as they stood when the page was opened."""
    version = form.text(filled, "seen_version") or ""
    seen = await _seen(page)
    if not version.isdecimal() or not 0 < int(version) <= seen.version:
        raise form.StaleFormError
    stood = seen.as_of(int(version))
    fixed = {name: getattr(stood, name, None) for name in _FIXED}
    return {**_texts(filled, _OWN), **fixed, "seen_version": version}


async def _seen(page: Page) -> Loaded[Any]:
    return await consider(
        page.request, lambda act: act.load(CLIENT.at(page.own)), page.asker.who, ChangeProfile.ALLOWED
    )


async def _show(
    page: Page,
    *,
    opened: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    refused: Refused | None = None,
) -> HTMLResponse:
    seen = await _seen(page)
    if not isinstance(seen.state, Dossier):
        raise NotFoundError
    async with page.reads.connection() as connection:
        await wait_for(connection, ("profile", "dossier"), page.after)
        await read_as(connection, page.own)  # the language may be what was just changed
        noted = await profile.profile(connection, page.own)
    stands = {name: _shown(getattr(seen.state, name)) for name in (*_FIXED, *_OWN)}
    billing = noted["billing"] or dict.fromkeys(_BILLING, "")
    values, given = stands | billing, dict(typed or {})
    context = {
        "seen_version": seen.version,
        "client": {name: stands[name] for name in _FIXED},
        "values": values | given,
        "errors": dict(errors or {}),
        "opened": opened,
        "countries": _countries(values["country"]),
        "preferences": noted["preferences"],
        "billing": noted["billing"],
    }
    shown = page.show("client/profile.html", context, notice=notice_of(page), refused=refused)
    if errors:
        shown.status_code = 422
    return shown


def _countries(own: str) -> list[str]:
    """Those that one may choose; who lives elsewhere keeps it."""
    return list(dict.fromkeys((*COUNTRIES, *([own] if own else []))))


def _shown(value: object) -> str:
    return "" if value is None or isinstance(value, Erased) else str(value)
