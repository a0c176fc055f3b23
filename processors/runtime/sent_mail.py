"""What the outbox holds about one client, for who reads the dossier: states, and what was sent (COM-1).

The one door to the outbox for readers (decision 0037).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag

from projections.merged import FILES_OF
from projections.query import Reads
from schema.envelope import Envelope
from schema.keys import Keyring, unseal
from schema.store import Store

log = logging.getLogger(__name__)
Place = tuple[int, UUID]
"""Position of the cause and id: what the list is ordered by, newest first."""
_OF_CLIENT = FILES_OF.format("%(client)s")
_COLUMNS = """o.id, o.person, o.position, o.template, o.recipient,
    case o.state when 'claimed' then 'to_send' else o.state end, o.error, o.sent_at, o.sealed, e.envelope"""
_FROM = f"from outbox o join events e on e.position = o.position where o.person = any({_OF_CLIENT})"


@dataclass(frozen=True)
class OutboxMail:
    """One e-mail about the client, to them or to the organiser."""

    id: UUID
    person: UUID
    """Under whose key it is kept: the client, or a dossier that became part of theirs (DOS-5)."""
    position: int
    template: str
    recipient: str
    state: str
    error: str | None
    sent_at: datetime | None
    sealed: bytes | None
    at: datetime
    """Of the event that caused it."""

    @property
    def place(self) -> Place:
        return self.position, self.id


@dataclass(frozen=True)
class Said:
    """What a mail said, and to which address."""

    to: str
    subject: str
    text: str


UNREADABLE = Said(*["[illisible]"] * 3)
"""Stands for what damaged bytes said."""


async def mails(connection: Reads, client: UUID, *, before: Place | None, limit: int) -> list[OutboxMail]:
    """Mails about the client, newest first."""
    cursor = await connection.execute(
        f"select {_COLUMNS} {_FROM}"
        " and (%(position)s::bigint is null or (o.position, o.id) < (%(position)s, %(id)s))"
        " order by o.position desc, o.id desc limit %(limit)s",
        {
            "client": client,
            "position": before[0] if before else None,
            "id": before[1] if before else None,
            "limit": limit,
        },
    )
    return [_mail(row) for row in await cursor.fetchall()]


async def mail(connection: Reads, client: UUID, id_: UUID) -> OutboxMail | None:
    """One mail about the client."""
    cursor = await connection.execute(
        f"select {_COLUMNS} {_FROM} and o.id = %(id)s", {"client": client, "id": id_}
    )
    row = await cursor.fetchone()
    return None if row is None else _mail(row)


async def count(connection: Reads, client: UUID) -> int:
    """How many mails about the client there are."""
    query = f"select count(*) from outbox where person = any({_OF_CLIENT})"
    cursor = await connection.execute(query, {"client": client})
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


@dataclass(frozen=True)
class Earlier:
    """An e-mail to the client asked for before another one, and what became of it."""

    template: str
    state: str
    params: Mapping[str, Any]


async def last_told(
    connection: Reads, client: UUID, about: Mapping[str, str], *, before: int
) -> Earlier | None:
    """The last mail to the client about these ids that has left, or is leaving, of an earlier cause."""
    cursor = await connection.execute(
        f"{_EARLIER} and state in ('sent', 'claimed') order by position desc, id limit 1",
        {"client": client, "before": before, "about": orjson.dumps(about).decode()},
    )
    row = await cursor.fetchone()
    return None if row is None else Earlier(*row)


async def before(
    connection: Reads, client: UUID, template: str, about: Mapping[str, str], position: int
) -> list[Earlier]:
    """Such mails about these ids of earlier causes, the last first."""
    cursor = await connection.execute(
        f"{_EARLIER} and template = %(template)s order by position desc, id limit 50",
        {
            "client": client,
            "before": position,
            "about": orjson.dumps(about).decode(),
            "template": template,
        },
    )
    return [Earlier(*row) for row in await cursor.fetchall()]


@dataclass(frozen=True)
class AboutPlaces:
    """A mail to the client about one registration, or several."""

    state: str
    sent_at: datetime | None
    places: tuple[str, ...]


async def about_places(
    connection: Reads, client: UUID, places: Sequence[str], *, apart: str
) -> list[AboutPlaces]:
    """Mails to the client about any of these registrations that have left, or are leaving; those of the
    template `apart` are not looked at."""
    cursor = await connection.execute(
        "select state, sent_at, coalesce(params -> 'registrations',"
        "   jsonb_build_array(params ->> 'registration'))"
        f" from outbox where person = any({_OF_CLIENT}) and recipient = 'client'"
        " and template <> %(apart)s"
        " and state in ('claimed', 'sent') and (params ->> 'registration' = any(%(places)s)"
        "   or params -> 'registrations' ?| %(places)s)",
        {"client": client, "apart": apart, "places": list(places)},
    )
    return [AboutPlaces(state, at, tuple(about)) for state, at, about in await cursor.fetchall()]


_EARLIER = f"""select template, state, params from outbox where person = any({_OF_CLIENT})
    and recipient = 'client' and position < %(before)s and params @> %(about)s::jsonb"""


def _mail(row: Sequence[Any]) -> OutboxMail:
    names = ("id", "person", "position", "template", "recipient", "state", "error", "sent_at", "sealed")
    return OutboxMail(**dict(zip(names, row[:-1], strict=True)), at=Envelope.from_bytes(row[-1]).at)


def opened(store: Store, found: Sequence[OutboxMail]) -> dict[UUID, Said | None]:
    """What the mails that were sent said: None once the client's key is gone, UNREADABLE where damaged."""
    said: dict[UUID, Said | None] = {}
    for person in {mail.person for mail in found}:
        theirs = {m.id: m.sealed for m in found if m.person == person and m.sealed is not None}
        said |= opened_of(store, person, theirs)
    return said


def opened_of(store: Store, client: UUID, sealed: Mapping[UUID, bytes]) -> dict[UUID, Said | None]:
    """The same for what was sealed, by mail."""
    if not sealed:
        return {}
    ring = Keyring()
    ring.add(store.log.newest_keys([client]), store.vault)
    key = ring.current.get((client, "contact"))
    return {
        id_: _said(key.key, id_, text)
        if key is not None and text.startswith(bytes((key.generation,)))
        else None
        for id_, text in sealed.items()
    }


def _said(key: bytes, id_: UUID, sealed: bytes) -> Said:
    """One damaged mail hides no others."""
    try:
        return Said(**orjson.loads(unseal(key, sealed, b"outbox" + id_.bytes)))
    except (InvalidTag, ValueError):  # bytes altered; cut off
        log.error("what mail %s said is damaged", id_)
        return UNREADABLE


async def recent_mailings(
    connection: Reads, clients: Sequence[UUID], since: datetime
) -> dict[UUID, datetime]:
    """Those of these clients who had a mail of any mailing since then, and when the last one (COM-9)."""
    cursor = await connection.execute(
        "select person, max(sent_at) from outbox where person = any(%s) and mailing is not null"
        " and state in ('sent', 'bounced') and sent_at > %s group by person",
        (list(clients), since),
    )
    return dict(await cursor.fetchall())


@dataclass(frozen=True)
class Part:
    """One recipient's mail of a mailing; `tried` is what a decision about a held one names."""

    state: str
    error: str | None
    sent_at: datetime | None
    tried: int


async def of_mailing(connection: Reads, mailing: UUID) -> dict[UUID, Part]:
    """By client; of several, the one that was sent once more, or anew."""
    cursor = await connection.execute(
        "select person, case state when 'claimed' then 'to_send' else state end, error, sent_at, attempts"
        " from outbox where mailing = %s"
        " order by params ? 'resent', position, attempts, error = 'sent_once_more' desc",
        (mailing,),
    )
    return {row[0]: Part(*row[1:]) for row in await cursor.fetchall()}
