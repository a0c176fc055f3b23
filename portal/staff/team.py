"""The team, /equipe: who works in the portal, and machines' tokens; for admins (STF-1, DOS-7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast
from uuid import UUID, uuid4, uuid5

import anyio.to_thread
from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from pydantic import SecretStr
from starlette.datastructures import FormData

from aggregates.catalogue.settings import Region
from aggregates.catalogue.state import PORTAIL
from aggregates.kernel import Refused, Role
from aggregates.staff.policies import STAFF_ROLES
from aggregates.staff.state import STAFF
from commands import http
from commands.access import Principal, Scope, anyone
from commands.message import Command
from commands.own_account import MOST_TOKEN_DAYS, OwnAccount, new_token
from commands.staff.add_staff import AddStaff
from commands.staff.change_staff import ChangeStaff
from commands.staff.end_sessions import EndSessions
from commands.staff.invite_staff import InviteStaff
from commands.staff.issue_token import IssueToken
from commands.staff.remove_staff import RemoveStaff
from commands.staff.reset_second_factor import ResetSecondFactor
from commands.staff.revoke_token import RevokeToken
from portal import form
from portal.notices import notice_of
from portal.page import Page, page_for, see_other
from projections import catalogue
from projections.query import wait_for
from schema.labels import label

router = APIRouter(include_in_schema=False)
TEAM: Mapping[Role, Scope] = anyone(Role.ADMIN)
TeamPage = Annotated[Page, Depends(page_for(TEAM))]
_ROLES = [role for role in Role if role in STAFF_ROLES]
_EVERYBODY = "end_all"
_ACTS: Mapping[str, tuple[type[Command], str]] = {
    "add": (AddStaff, "invited"),
    "invite": (InviteStaff, "invited"),
    "change": (ChangeStaff, "staff_changed"),
    "remove": (RemoveStaff, "staff_removed"),
    "factor": (ResetSecondFactor, "factor_forgotten"),
    "end": (EndSessions, "sessions_ended"),
    _EVERYBODY: (EndSessions, "sessions_ended"),
    "revoke": (RevokeToken, "token_revoked"),
}


@router.get("/equipe")
async def show(page: TeamPage) -> HTMLResponse:
    return await _show(page)


@router.post("/equipe")
async def act(page: TeamPage) -> Response:
    """Invite, change, remove, let choose another second factor, end sessions; issue and revoke tokens."""
    typed = await form.typed(page)
    wanted = form.text(typed, "act") or ""
    if wanted in _ACTS:
        return await _change(page, typed, *_ACTS[wanted], wanted)
    return await _issue(page, typed)


async def _change(page: Page, typed: FormData, command: type[Command], done: str, wanted: str) -> Response:
    chosen = {name: tuple(str(value) for value in typed.getlist(name)) for name in ("roles", "regions")}
    fields: dict[str, Any] = {}
    if wanted not in ("add", _EVERYBODY):
        name = "token" if wanted == "revoke" else "staff"
        fields[name] = form.text(typed, name)
    if wanted == _EVERYBODY:
        fields |= {"staff": None, "everybody": True}
    if wanted in ("add", "change"):
        fields |= {"name": form.text(typed, "name"), "email": form.text(typed, "email"), **chosen}
    if wanted == "change":
        fields["seen_version"] = form.text(typed, "seen_version")
    outcome = await form.send(page, typed, command, fields)
    if outcome.answer is not None:
        return see_other("/equipe", outcome.answer.position, done)
    values = {name: form.text(typed, name) or "" for name in ("name", "email")} | chosen
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
    shown, hashed = new_token()
    wish = IssueToken(
        role=Role(role),
        owner=uuid5(PORTAIL, f"token/{role}"),
        label=name,
        days=int(days),
        hashed=SecretStr(hashed),
    )
    portal = Principal(page.session.principal.user, frozenset({Role.SYSTEM}), Role.SYSTEM)
    await http.run(page.request, wish, portal, uuid4())
    return await _show(page, token=shown)


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
                "region_names": [label("fr", "region", region) for region in row["regions"]],
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
        "regions": [{"id": r.value, "name": label("fr", "region", r.value)} for r in Region],
        "values": {"name": "", "email": "", "roles": (), "regions": ()} | dict(values or {}),
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
