"""Whether what a mail was to say still holds when it leaves; else it is withdrawn (ATE-5, COM-2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from processors.runtime import sent_mail
from projections import waiting_list, workshop_dates
from projections.query import Reads, Row
from projections.runtime.feeding import NO_END

_TAKES_PLACE = {
    "workshop_cancelled": False,
    "waiting_list_closed": False,
    "workshop_restored": True,
    "workshop_restored_full": True,
}
"""Mails that say whether a workshop takes place, and what they say."""


class SupersededError(Exception):
    """The registration was cancelled, got another date or none meanwhile: a later mail, or none, says so."""


class NotYetError(Exception):
    """What the mail rests on isn't known yet: the views lack the cause, or an earlier mail is leaving."""


@dataclass(frozen=True)
class Wish:
    """A mail to be written: its row, template, to whom, about which client; ids and instants of its cause."""

    id: UUID
    position: int
    template: str
    recipient: str
    client: UUID
    params: Mapping[str, Any]


async def as_it_stands(
    connection: Reads, wish: Wish, registration: Row | None, workshop: Row | None, at: datetime
) -> tuple[Wish, Row | None]:
    """The mail with what the client knows from before, and the date it is about.

    A registration put off before it was confirmed is confirmed À PLANIFIER. Raises SupersededError,
    NotYetError.
    """
    if workshop is not None and wish.template in _TAKES_PLACE:
        off = await workshop_dates.is_cancelled(connection, UUID(workshop["id"]))
        if off is _TAKES_PLACE[wish.template]:
            raise SupersededError
    if wish.template == "waiting_list_offer":
        await _offer_stands(connection, wish, at)
    if registration is None:
        return wish, workshop
    workshop = _date(wish, registration, workshop, at)
    match wish.template:
        case "workshop_cancelled" | "workshop_restored":
            await _news(connection, wish)
        case "workshop_moved":
            wish = await _since_last_told(connection, wish)
        case "reminder" if wish.params.get("restored"):
            await _never_heard(connection, wish)
    return wish, workshop


def _date(wish: Wish, registration: Row, workshop: Row | None, at: datetime) -> Row | None:
    """Nobody is reminded of what has begun."""
    current = registration["workshop"]
    if registration["state"] == "cancelled":
        raise SupersededError
    match wish.template:
        case "registration_confirmed" if current is None:
            return None
        case "workshop_cancelled" | "workshop_restored_full":
            if current is not None:
                raise SupersededError
            return workshop
    if (current and current["id"]) != (workshop and workshop["id"]):
        raise SupersededError
    if wish.template == "workshop_moved" and not _stands_at(workshop, wish.params, "starts", "venue"):
        raise SupersededError
    if wish.template == "reminder" and not (
        _stands_at(workshop, wish.params, "starts") and _to_come(workshop, at)
    ):
        raise SupersededError
    return workshop


def _to_come(workshop: Row | None, at: datetime) -> bool:
    return workshop is not None and datetime.fromisoformat(workshop["starts"]) > at


def _stands_at(workshop: Row | None, params: Mapping[str, Any], *names: str) -> bool:
    """Whether the workshop was not moved once more."""
    if workshop is None:
        return False
    venue = workshop["venue"]
    now = {"starts": datetime.fromisoformat(workshop["starts"]), "venue": venue and venue["id"]}
    then = {"starts": datetime.fromisoformat(params["starts"]), "venue": params.get("venue")}
    return all(now[name] == then[name] for name in names)


async def _offer_stands(connection: Reads, wish: Wish, at: datetime) -> None:
    """It was not taken, declined or lapsed meanwhile, and no later one took its place (ATE-2)."""
    until = await waiting_list.offered_until(connection, wish.client, UUID(wish.params["workshop"]))
    if until != datetime.fromisoformat(wish.params["until"]) or until <= at:
        raise SupersededError


async def _news(connection: Reads, wish: Wish) -> None:
    """Whoever heard last that it is cancelled hears that it takes place, everybody else the contrary."""
    last = await sent_mail.last_told(connection, wish.client, _about(wish), before=wish.position)
    if last is not None and last.state == "claimed":
        raise NotYetError
    knows_it_is_off = last is not None and last.template == "workshop_cancelled"
    if knows_it_is_off is (wish.template == "workshop_cancelled"):
        raise SupersededError


async def _since_last_told(connection: Reads, wish: Wish) -> Wish:
    """What it was moved from is what the client knows: moves that were never told are one with this one."""
    known = dict(wish.params)
    for earlier in await sent_mail.before(
        connection, wish.client, "workshop_moved", _about(wish), wish.position
    ):
        if earlier.state in {"to_send", "claimed"}:
            raise NotYetError
        if earlier.state != "dropped":
            break
        known |= {name: earlier.params[name] for name in ("was_starts", "was_zone", "was_venue")}
    same_time = datetime.fromisoformat(known["was_starts"]) == datetime.fromisoformat(known["starts"])
    if same_time and known["was_venue"] == known["venue"]:
        raise SupersededError
    return replace(wish, params=known)


async def _never_heard(connection: Reads, wish: Wish) -> None:
    """Who is told that it takes place after all has the same details in that mail."""
    about = _about(wish)
    for told in await sent_mail.before(connection, wish.client, "workshop_restored", about, NO_END):
        if told.state in {"to_send", "claimed"}:
            raise NotYetError
        if told.state != "dropped":
            raise SupersededError
        return


def _about(wish: Wish) -> dict[str, str]:
    return {name: wish.params[name] for name in ("registration", "workshop")}
