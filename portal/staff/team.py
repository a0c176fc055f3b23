"""The team, /equipe: who works in the portal, and machines' tokens; for admins (STF-1, DOS-7)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, cast
from uuid import UUID, uuid5

import anyio.to_thread
from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from aggregates.catalogue.state import PORTAIL
from aggregates.kernel import Refused, Role
from aggregates.staff.policies import STAFF_ROLES
from aggregates.staff.state import STAFF
from commands.access import Scope, anyone
from commands.message import Command
from commands.own_account import MOST_TOKEN_DAYS, OwnAccount
from commands.staff.add_staff import AddStaff
from commands.staff.change_staff import ChangeStaff
from commands.staff.invite_staff import InviteStaff
from commands.staff.remove_staff import RemoveStaff
from portal import form
from portal.notices import notice_of
from portal.page import Page, page_for, see_other, uuid_or_none
from projections import catalogue
from projections.query import wait_for
from schema.labels import label

router = APIRouter(include_in_schema=False)
TEAM: Mapping[Role, Scope] = anyone(Role.ADMIN)
TeamPage = Annotated[Page, Depends(page_for(TEAM))]
_ROLES = [role for role in Role if role in STAFF_ROLES]
_ACTS: Mapping[str, tuple[type[Command], str]] = {
    "add": (AddStaff, "invited"),
    "invite": (InviteStaff, "invited"),
    "change": (ChangeStaff, "staff_changed"),
    "remove": (RemoveStaff, "staff_removed"),
}


@router.get("/equipe")
async def show(page: TeamPage) -> HTMLResponse:
    return await _show(page)


@router.post("/equipe")
async def act(page: TeamPage) -> Response:
    """Invite, change, remove, let choose another second factor; issue and revoke tokens."""
    typed = await form.typed(page)
    wanted = form.text(typed, "act") or ""
    if wanted in _ACTS:
        return await _change(page, typed, *_ACTS[wanted], wanted)
    if wanted == "factor" and (staff := uuid_or_none(form.text(typed, "staff"))):
        await anyio.to_thread.run_sync(page.request.app.state.steps.forget_second_factor, staff)
        return RedirectResponse("/equipe?fait=factor_forgotten", 303)
    if wanted == "revoke" and (token := uuid_or_none(form.text(typed, "token"))):
        await anyio.to_thread.run_sync(_own(page).revoke, token)
        return RedirectResponse("/equipe?fait=token_revoked", 303)
    return await _issue(page, typed)


async def _change(page: Page, typed: FormData, command: type[Command], done: str, wanted: str) -> Response:
    roles = tuple(str(role) for role in typed.getlist("roles"))
    fields: dict[str, Any] = {}
    if wanted != "add":
        fields["staff"] = form.text(typed, "staff")
    if wanted in ("add", "change"):
        fields |= {"name": form.text(typed, "name"), "email": form.text(typed, "email"), "roles": roles}
    if wanted == "change":
        fields["seen_version"] = form.text(typed, "seen_version")
    outcome = await form.send(page, typed, command, fields)
    if outcome.answer is not None:
        return see_other("/equipe", outcome.answer.position, done)
    values = {name: form.text(typed, name) or "" for name in ("name", "email")} | {"roles": roles}
    opened = form.text(typed, "staff")
    return await _show(page, refused=outcome.refused, errors=outcome.errors, values=values, opened=opened)


async def _issue(page: Page, typed: FormData) -> Response:
    role, name, days = (form.text(typed, name) for name in ("role", "label", "days"))
    errors = {}
    if role not in _ROLES:
        errors["role"] = "Choisissez un rôle."
    if not name or len(name) > 200:
        errors["label"] = "Dites à quoi le jeton sert."
    if not days or not days.isdecimal() or not 1 <= int(days) <= MOST_TOKEN_DAYS:
        errors["days"] = f"De 1 à {MOST_TOKEN_DAYS} jours."
    if errors or role is None or name is None or days is None:
        return await _show(page, errors=errors)
    by = page.session.principal.user
    assert by is not None
    owner = uuid5(PORTAIL, f"token/{role}")
    issue = partial(_own(page).issue, Role(role), name, int(days), by, owner)
    return await _show(page, token=await anyio.to_thread.run_sync(issue))


async def _show(
    page: Page,
    *,
    refused: Refused | None = None,
    errors: Mapping[str, str] | None = None,
    values: Mapping[str, Any] | None = None,
    opened: str | None = None,
    token: str | None = None,
) -> HTMLResponse:
    async with page.reads.connection() as connection:
        await wait_for(connection, ("catalogue",), page.after)
        staff = await catalogue.team(connection)
    own = _own(page)
    chose = await anyio.to_thread.run_sync(own.have_passwords)
    tokens = await anyio.to_thread.run_sync(own.tokens)
    store = page.request.app.state.store
    versions = await anyio.to_thread.run_sync(_versions, store, [UUID(row["id"]) for row in staff])
    context = {
        "staff": [
            row
            | {
                "role_names": [label("fr", "role", role) for role in row["roles"]],
                "invited": UUID(row["id"]) not in chose,
                "version": versions[UUID(row["id"])],
                "own": UUID(row["id"]) == page.session.principal.user,
            }
            for row in staff
        ],
        "tokens": [
            {
                "id": str(t.id),
                "label": t.label,
                "roles": [label("fr", "role", role) for role in t.roles],
                "expires_at": t.expires_at.isoformat(),
            }
            for t in tokens
        ],
        "token": token,
        "roles": [{"id": role.value, "name": label("fr", "role", role.value)} for role in _ROLES],
        "values": {"name": "", "email": "", "roles": ()} | dict(values or {}),
        "opened": opened,
        "errors": dict(errors or {}),
    }
    shown = page.show("staff/team.html", context, notice=notice_of(page), refused=refused)
    if errors:
        shown.status_code = 422
    return shown


def _versions(store: Any, ids: list[UUID]) -> dict[UUID, int]:
    """How far each one's stream is: who changes it says what they saw."""
    return {loaded.id: loaded.version for loaded in store.load([STAFF.at(i) for i in ids])} if ids else {}


def _own(page: Page) -> OwnAccount:
    return cast("OwnAccount", page.request.app.state.own_account)
