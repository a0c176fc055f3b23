"""Whether what a mail was to say still holds when it leaves; else it is withdrawn (ATE-5, COM-2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from processors.runtime import sent_mail
from processors.runtime.placeholders import Bought
from projections import dossier, invoices, proofs, waiting_list, workshop_dates
from projections.query import Reads, Row
from projections.runtime.feeding import NO_END

_NEVER_TOLD = frozenset({"dropped", "failed", "bounced"})
"""States of earlier mails that nobody read."""
_TAKES_PLACE = {
    "workshop_cancelled": False,
    "waiting_list_closed": False,
    "workshop_restored": True,
    "workshop_restored_full": True,
}
"""Mails that say whether a workshop takes place, and what they say."""


_PROOFS: Mapping[str, frozenset[str]] = {
    "proof_asked": frozenset({"asked"}),
    "proof_reminder": frozenset({"asked", "rejected"}),
    "organiser_proof_missing": frozenset({"asked", "rejected"}),
    "proof_rejected": frozenset({"rejected"}),
}
"""Mails about a proof, and where it stands while they hold."""


MISTAKE = "registered_by_mistake"
"""Takes back what an earlier mail confirmed."""


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


def not_stale(wish: Wish, workshop: Row | None, at: datetime) -> None:
    """What goes out again is dropped where its workshop has begun, a receipt for it apart (COM-10).

    Raises SupersededError.
    """
    past = workshop is not None and not _to_come(workshop, at)
    if wish.params.get("resent") and past and wish.template != "tax_receipt":
        raise SupersededError


async def as_it_stands(
    connection: Reads, wish: Wish, registration: Row | None, workshop: Row | None, at: datetime
) -> tuple[Wish, Row | None]:
    """The mail with what the client knows from before, and the date it is about.

    A registration put off before it was confirmed is confirmed À PLANIFIER. What staff let go out again is
    sent though the client may know. Raises SupersededError, NotYetError.
    """
    if workshop is not None and wish.template in _TAKES_PLACE:
        off = await workshop_dates.is_cancelled(connection, UUID(workshop["id"]))
        if off is _TAKES_PLACE[wish.template]:
            raise SupersededError
    if wish.template == "waiting_list_offer":
        await _offer_stands(connection, wish, at)
    if wish.template in {"payment_received", "payment_kept"}:
        await _payment_stands(connection, wish)
    if wish.template == MISTAKE:
        await _was_confirmed(connection, wish)
    if registration is None:
        return wish, workshop
    if wish.template in _PROOFS:
        return wish, await _proof_lacks(connection, wish, registration, at)
    workshop = _date(wish, registration, workshop, at)
    if wish.params.get("resent"):
        return wish, workshop
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


async def _proof_lacks(connection: Reads, wish: Wish, registration: Row, at: datetime) -> Row | None:
    """The date of the place; what is said before a workshop is said of that date alone, before it begins."""
    proof = await proofs.of_registration(connection, UUID(registration["id"]))
    if registration["state"] == "cancelled" or proof is None or proof["state"] not in _PROOFS[wish.template]:
        raise SupersededError
    current = registration["workshop"]
    workshop = None if current is None else await workshop_dates.one(connection, UUID(current["id"]))
    if "starts" in wish.params and not _stands_at(workshop, wish.params, "starts"):
        raise SupersededError
    if workshop is not None and not _to_come(workshop, at):
        raise SupersededError
    return workshop


async def _payment_stands(connection: Reads, wish: Wish) -> None:
    """A payment that had been typed by mistake, or bounced before it was told, is told to nobody."""
    invoice = await invoices.invoice(connection, UUID(wish.params["invoice"]))
    paid = [] if invoice is None else [p for p in invoice["payments"] if p["id"] == wish.params["payment"]]
    if not paid or paid[0]["status"] not in {"noted", "deposited"}:
        raise SupersededError


async def _was_confirmed(connection: Reads, wish: Wish) -> None:
    """Who never heard of a registration is not told that it was a mistake (INS-10)."""
    invoice = await invoices.invoice(connection, UUID(wish.params["invoice"]))
    lines = [] if invoice is None else mistakes_of(invoice)
    gone = [line for line in lines if line["registration"] in wish.params["taken_back"]]
    if not await confirmed_of(connection, wish.client, gone):
        raise SupersededError


def mistakes_of(invoice: Row) -> list[Row]:
    """The invoice's lines whose registration was taken back as a mistake (INS-10)."""
    return [
        line for line in invoice["lines"] if line["case"] is not None and line["case"]["basis"] == "mistake"
    ]


async def confirmed_of(connection: Reads, client: UUID, lines: Sequence[Row]) -> list[Row]:
    """Those of these lines whose client had got a confirmation when they were taken back.

    One of several places that left after that said nothing of this one any more. Raises NotYetError while
    one of them is leaving.
    """
    places = [line["registration"] for line in lines]
    told = await sent_mail.about_places(connection, client, places, apart=MISTAKE)
    if any(mail.state == "claimed" for mail in told):
        raise NotYetError
    return [line for line in lines if any(_said(mail, line) for mail in told)]


def _said(mail: sent_mail.AboutPlaces, line: Row) -> bool:
    alone = mail.places == (line["registration"],)
    before = mail.sent_at is not None and mail.sent_at <= datetime.fromisoformat(line["case"]["opened_at"])
    return alone or (line["registration"] in mail.places and before)


async def still_bought(connection: Reads, wish: Wish) -> tuple[Bought, ...]:
    """What of several places bought together is to be confirmed: what was cancelled since, or got another
    date, which has its own mail, is left out. Raises SupersededError when nothing is left.
    """
    if "registrations" not in wish.params:
        return ()
    now = {r["id"]: r for r in await dossier.registrations(connection, wish.client)}
    left = []
    for id_, then in zip(wish.params["registrations"], wish.params["workshops"], strict=True):
        current = now[id_]["workshop"] and now[id_]["workshop"]["id"]
        if now[id_]["state"] != "cancelled" and current in (None, then):
            date_ = None if current is None else await workshop_dates.one(connection, UUID(current))
            left.append(Bought(now[id_], date_))
    if not left:
        raise SupersededError
    return tuple(left)


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
        if earlier.state not in _NEVER_TOLD:
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
        if told.state not in _NEVER_TOLD:
            raise SupersededError
        return


def _about(wish: Wish) -> dict[str, str]:
    return {name: wish.params[name] for name in ("registration", "workshop")}
