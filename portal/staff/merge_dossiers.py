"""Two dossiers of one person, /dossiers/{id}/fusionner/{other}: side by side, which stays (DOS-5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from aggregates.client.merging.policies import Rivals
from aggregates.kernel import Refused
from commands.access import both
from commands.clients.merge_dossiers import MergeDossiers
from commands.http import consider
from commands.merging import Outlook, outlook
from portal import form
from portal.page import Page, page_for, refusal, see_other, uuid_or_none
from projections import dossier, searching
from projections.query import Reads, wait_for
from read_api.dossier import MODELS, dossier_of
from read_api.lists import NotFoundError
from read_api.queries import READ_DOSSIER
from read_api.workshop_dates import now

router = APIRouter(include_in_schema=False)
MergePage = Annotated[Page, Depends(page_for(both(READ_DOSSIER, MergeDossiers.ALLOWED)))]
_PATH = "/dossiers/{client}/fusionner/{other}"
_PAIR = "pair-"
_MOST = 50
"""Dossiers found at once; who has more words in mind finds fewer."""
_CHOOSE = "Choisissez la place qui reste."


@router.get("/dossiers/{client}/fusionner")
async def choose(page: MergePage, client: UUID) -> HTMLResponse:
    """Look for the other dossier, where the list of likely duplicates doesn't name it."""
    text = page.request.query_params.get("q", "")[:200].strip()
    async with page.reads.connection() as connection:
        await wait_for(connection, ("dossier",), page.after)
        person = await dossier.identity(connection, client)
        if person is None or person["state"] != "active":
            raise NotFoundError
        wanted = text or str(person["last_name"])
        others = await searching.to_choose(connection, wanted, limit=_MOST, but={str(client)})
    return page.show(
        "staff/dossiers_merge_with.html", {"dossier": person, "wanted": wanted, "others": others}
    )


@router.get(_PATH)
async def show(page: MergePage, client: UUID, other: UUID) -> HTMLResponse:
    """The dossier named first is the one that stays."""
    return await _show(page, client, other, {})


@router.post(_PATH)
async def merge(page: MergePage, client: UUID, other: UUID) -> Response:
    filled = await form.typed(page)
    typed = {name: str(value) for name, value in filled.items() if name.startswith(_PAIR)}
    keep = [id_ for value in typed.values() if (id_ := uuid_or_none(value)) is not None]
    fields: dict[str, Any] = {"survivor": client, "other": other, "keep": keep}
    fields |= {name: form.text(filled, name) for name in ("seen_version", "other_seen_version")}
    outcome = await form.send(page, filled, MergeDossiers, fields)
    if outcome.answer is not None:
        return see_other(f"/dossiers/{client}", outcome.answer.position, "dossiers_merged")
    return await _show(page, client, other, typed, refused=outcome.refused)


async def _show(
    page: Page,
    client: UUID,
    other: UUID,
    values: Mapping[str, str],
    *,
    refused: Refused | None = None,
) -> HTMLResponse:
    if client == other:
        raise NotFoundError
    look = partial(outlook, survivor=client, other=other)
    async with page.reads.connection() as connection:
        await wait_for(connection, MODELS, page.after)
        sides = [await _side(page, connection, id_) for id_ in (client, other)]
    seen = await consider(page.request, look, page.session.principal, MergeDossiers.ALLOWED)
    pairs = [_pair(pair, *sides) for pair in seen.rivals]
    # A place that can't be chosen must still be told to who sends the form.
    lacking = {} if refused is None else {p["name"]: _CHOOSE for p in pairs if p["name"] not in values}
    context = {
        "survivor": sides[0],
        "other": sides[1],
        "pairs": pairs,
        "values": dict(values),
        "errors": lacking,
        "hindered": [refusal(why)["sentence"] for why in seen.refusals],
        "told": _told(seen),
        "versions": seen.versions,
    }
    return page.show("staff/dossiers_merge.html", context, refused=refused)


async def _side(page: Page, connection: Reads, client: UUID) -> dict[str, Any]:
    """One of the two, as its own page shows it."""
    found = await dossier_of(connection, client, page.asker, now(page.request))
    rows: Sequence[Mapping[str, Any]] = found["registrations"]
    open_states = ("scheduled", "to_schedule")
    return {
        **found["client"],
        "preferences": found["preferences"],
        "card": found["card"] is not None,
        "open": sum(row["state"] in open_states for row in rows),
        "followed": sum(row["state"] == "followed" for row in rows) + len(found["followed_elsewhere"]),
        "invoices": len(found["invoices"]),
        "balances": _balances([row["balance"] for row in found["invoices"]]),
        "documents": len(found["documents"]),
        "waiting": len(found["waiting_for"]),
        "registrations": {row["id"]: row for row in rows},
    }


def _balances(owed: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A sum per currency: money of two never settles one another (CAT-2)."""
    sums: dict[str, int] = {}
    for amount in owed:
        sums[amount["currency"]] = sums.get(amount["currency"], 0) + amount["minor"]
    return [{"minor": minor, "currency": currency} for currency, minor in sorted(sums.items())]


def _pair(pair: Rivals, survivor: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Two places of which one stays, each as its dossier shows it."""
    first, second = (str(id_) for id_ in pair.ids)
    return {
        "name": f"{_PAIR}{first}-{second}",
        "followed": None if pair.followed is None else str(pair.followed),
        "places": [
            {"id": first, "of": survivor, "row": survivor["registrations"].get(first)},
            {"id": second, "of": other, "row": other["registrations"].get(second)},
        ],
    }


def _told(seen: Outlook) -> dict[str, Any]:
    return {
        "registrations": seen.registrations,
        "invoices": seen.invoices,
        "documents": seen.documents,
        "waiting": seen.waiting,
        "stricter": [channel.value for channel in seen.stricter],
    }
