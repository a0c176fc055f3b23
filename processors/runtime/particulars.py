"""What single kinds of mail know beyond the rest: until when, of which discount, how much (COM-12)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from processors.runtime.placeholders import Subject, moment
from processors.runtime.standing import Wish
from projections import dossier
from projections.query import Reads

Values = dict[str, str]


async def particulars(connection: Reads, wish: Wish, about: Subject) -> Values:
    """The values of this kind's own placeholders."""
    tells = _OF_KIND.get(wish.template)
    return {} if tells is None else await tells(connection, wish, about)


async def _offer(connection: Reads, wish: Wish, about: Subject) -> Values:
    """The price is the invoice's where an open registration would be moved there; else the basket says it."""
    assert about.workshop is not None
    held = [
        r
        for r in await dossier.registrations(connection, wish.client)
        if r["activity_id"] == about.workshop["activity_id"] and r["state"] in {"to_schedule", "scheduled"}
    ]
    return {
        "prix": about.money(held[0]["price"]) if held else "",
        "echeance": _until(wish, about),
        "lien_offre": about.url,
    }


def _until(wish: Wish, about: Subject) -> str:
    zone = about.workshop["zone"] if about.workshop is not None else about.school.zone
    return moment(datetime.fromisoformat(wish.params["until"]), zone, about.language)


_OF_KIND: Mapping[str, Callable[[Reads, Wish, Subject], Awaitable[Values]]] = {
    "waiting_list_offer": _offer,
}
