"""Change a dossier, /dossiers/{id}/modifier: particulars, notes, card, billing, interests (DOS-13)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from aggregates.client.events import NoteKind
from aggregates.client.refusals import AlreadyClient, DossierNotActive
from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Erased, Refused
from commands.access import staff_of
from commands.clients.add_interest import AddInterest
from commands.clients.change_profile import ChangeProfile
from commands.clients.grant_card import GrantCard
from commands.clients.record_contact_address import RecordContactAddress
from commands.clients.record_preference import RecordPreference
from commands.clients.remove_contact_address import RemoveContactAddress
from commands.clients.set_billing import SetBilling
from commands.clients.withdraw_card import WithdrawCard
from commands.clients.withdraw_interest import WithdrawInterest
from commands.clients.write_note import WriteNote
from commands.http import consider
from portal import form
from portal.acts import FormAct, carry_out, wished
from portal.page import Page, page_for, see_other
from portal.staff.create_dossier import COUNTRIES
from projections import catalogue, profile
from read_api.dossier import note_opening
from read_api.lists import NotFoundError
from schema.store import Loaded

router = APIRouter(include_in_schema=False)
ChangePage = Annotated[Page, Depends(page_for(staff_of(ChangeProfile.ALLOWED)))]
_PATH = "/dossiers/{client}/modifier"
_PROFILE = (
    "last_name",
    "first_name",
    "form_of_address",
    "email",
    "telephone",
    "street",
    "postal_code",
    "city",
    "country",
    "language",
)


def _texts(*names: str) -> Callable[[UUID, FormData], dict[str, Any]]:
    return lambda client, filled: {"client": client, **{name: form.text(filled, name) for name in names}}


def _interest(client: UUID, filled: FormData) -> dict[str, Any]:
    kind, _, id_ = (form.text(filled, "interest") or "").partition(":")
    return {"client": client, **({kind: id_} if kind in ("activity", "phase") else {})}


def _note(client: UUID, filled: FormData) -> dict[str, Any]:
    flag = {"no_online_registration": "no_online_registration" in filled}
    return {**_texts("kind", "text", "seen_version")(client, filled), **flag}


def _a_no(client: UUID, filled: FormData) -> dict[str, Any]:
    return {**_texts("channel", "source", "seen_version")(client, filled), "allowed": False}


_ACTS: Mapping[str, FormAct[UUID]] = {
    "profile": FormAct(
        ChangeProfile, "profile_changed", _texts(*_PROFILE, "seen_version", "namesake_reason")
    ),
    "relative": FormAct(RecordContactAddress, "relative_recorded", _texts("email", "via")),
    "no_relative": FormAct(RemoveContactAddress, "relative_removed", _texts()),
    "preference": FormAct(RecordPreference, "preference_recorded", _a_no),
    "billing": FormAct(SetBilling, "billing_set", _texts("name", "address")),
    "card": FormAct(GrantCard, "card_granted", _texts("valid_from", "valid_until")),
    "no_card": FormAct(WithdrawCard, "card_withdrawn", _texts()),
    "interest": FormAct(AddInterest, "interest_added", _interest),
    "no_interest": FormAct(WithdrawInterest, "interest_withdrawn", _interest),
    "note": FormAct(WriteNote, "note_written", _note),
}


_LED_TO = ("note-general", "interest")


@router.get(_PATH)
async def show(page: ChangePage, client: UUID) -> HTMLResponse:
    """With `ouvrir`, at what the communications lead to (DOS-13, DOS-14)."""
    asked = page.request.query_params.get("ouvrir", "")
    return await _show(page, client, opened=asked if asked in _LED_TO else "")


async def _show(
    page: Page,
    client: UUID,
    *,
    opened: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    refused: Refused | None = None,
) -> HTMLResponse:
    seen = await _seen(page, client)
    if not isinstance(seen.state, Dossier):
        raise NotFoundError if seen.version == 0 else DossierNotActive
    async with page.reads.connection() as connection:
        await note_opening(page.request, connection, page.asker, client)
        noted = await profile.profile(connection, client)
        offered = [
            *(
                {"id": f"activity:{row['id']}", "name": row["name"]}
                for row in await catalogue.activities(connection)
            ),
            *(
                {"id": f"phase:{row['id']}", "name": row["name"]}
                for row in await catalogue.phases(connection)
            ),
        ]
    interests = [i | {"value": f"{i['kind']}:{i['id']}"} for i in noted["interests"]]
    context = {
        "client": {"id": str(client), **_shown(seen.state, "last_name", "first_name")},
        "seen_version": seen.version,
        "profile": _shown(seen.state, *_PROFILE),
        "noted": noted | {"interests": interests},
        "note_kinds": [kind.value for kind in NoteKind],
        "offered": offered,
        "countries": list(COUNTRIES),
        "namesake": isinstance(refused, AlreadyClient),
        "opened": opened,
        "values": dict(typed or {}),
        "errors": dict(errors or {}),
    }
    return page.show("staff/dossier_edit.html", context, refused=refused)


async def _seen(page: Page, client: UUID) -> Loaded[Any]:
    """The dossier as it stands, with the version that a change names as seen."""
    who = page.session.principal
    return await consider(page.request, lambda act: act.load(CLIENT.at(client)), who, ChangeProfile.ALLOWED)


def _shown(file: Dossier, *names: str) -> dict[str, str]:
    """What stands in the fields at first; nothing where it was erased."""
    found = {name: getattr(file, name) for name in names}
    return {
        name: "" if value is None or isinstance(value, Erased) else str(value)
        for name, value in found.items()
    }


@router.post(_PATH)
async def change(page: ChangePage, client: UUID) -> Response:
    filled = await form.typed(page)
    wish = wished(page, filled, _ACTS)
    outcome = await carry_out(page, filled, wish, client)
    if outcome.answer is None:
        typed, errors = form.values(filled), outcome.errors
        opened, refused = typed["act"], outcome.refused
        return await _show(page, client, opened=opened, typed=typed, errors=errors, refused=refused)
    return see_other(f"/dossiers/{client}", outcome.answer.position, wish.done)
