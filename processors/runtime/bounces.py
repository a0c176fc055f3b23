"""Takes in what came back: keeps it sealed, marks the mail, tells the dossier, once each (COM-10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

import psycopg
from cryptography.exceptions import InvalidTag
from psycopg_pool import ConnectionPool

from aggregates.client.missed_mails.events import ADDRESS_REASONS, UndeliveredReason
from commands.mails.note_undelivered import NoteUndelivered
from processors.runtime.return_path import ReturnPaths
from processors.runtime.returned import Returned, read
from processors.runtime.sent_mail import UNREADABLE, opened_of
from processors.runtime.undelivered import hashed, tell_dossier
from projections.merged import FILES_OF
from schema.keys import KeyDestroyedError, Keyring, PersonKey, seal, unseal
from schema.store import Store

MOST_BYTES = 10_000_000
"""What is kept of a message, and what may be uploaded."""


class Taken(Enum):
    """What became of a message."""

    NOTED = auto()
    NO_BOUNCE = auto()
    """A delay, an automatic answer; or the dossier is gone."""
    UNKNOWN = auto()
    """About no mail of ours."""
    TOO_EARLY = auto()
    """The mail is still in a worker's hands."""


@dataclass(frozen=True)
class _Mail:
    """The mail that came back."""

    id: UUID
    person: UUID
    state: str
    attempts: int
    sealed: bytes | None
    template: str
    recipient: str
    workshop: str | None


@dataclass(frozen=True)
class _Kept:
    """What is kept of a message."""

    id: UUID
    person: UUID
    at: datetime
    sealed: bytes


class Bounces:
    """The door for what comes back; nothing that it is given is ever answered by a mail."""

    def __init__(
        self,
        pool: ConnectionPool[Any],
        store: Store,
        *,
        return_paths: ReturnPaths | None,
        sender: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._pool = pool
        self._store = store
        self._return_paths = return_paths
        self._domain = sender.rpartition("@")[2]
        self._clock = clock

    def take(self, raw: bytes) -> Taken:
        """A message that the mail server left for us. Raises OperationalError while the database is away."""
        returned = self._read(raw)
        if returned.reason is None:
            return Taken.NO_BOUNCE
        mail = self._first(returned.mails)
        if mail is None or mail.state == "dropped" or (mail.state == "to_send" and not mail.attempts):
            return Taken.UNKNOWN
        if mail.state in ("to_send", "claimed"):
            return Taken.TOO_EARLY
        try:
            kept = self._sealed(mail.person, mail.id, returned.reason, raw)
        except KeyDestroyedError:
            return Taken.NO_BOUNCE
        sent_to = self._sent_to(mail)
        with self._pool.connection() as connection, connection.transaction():
            _keep(connection, kept)
            _mark(connection, mail.id, returned)
            tell_dossier(
                connection, mail.id, returned.reason, returned.status, message=kept.id, sent_to=sent_to
            )
        return Taken.NOTED

    def uploaded(self, client: UUID, raw: bytes) -> NoteUndelivered | None:
        """What a message that staff received for a client comes to; None where nothing did not arrive.

        About a mail of the portal it is noted there, else on its own, for who finds out why. Raises
        KeyDestroyedError once the client's key is gone.
        """
        returned = self._read(raw)
        if returned.reason is None:
            return None
        found = self._first(returned.mails, client)
        mail = uuid5(client, sha256(raw).hexdigest()) if found is None else found.id
        kept = self._sealed(client, mail, returned.reason, raw)
        with self._pool.connection() as connection, connection.transaction():
            _keep(connection, kept)
            if found is not None:
                _mark(connection, mail, returned)
        return NoteUndelivered(
            client=client,
            mail=mail,
            template="uploaded" if found is None else found.template,
            workshop=None if found is None or found.workshop is None else UUID(found.workshop),
            to_organiser=found is not None and found.recipient != "client",
            reason=returned.reason,
            status=returned.status,
            message=kept.id,
            sent_to=None if found is None else self._sent_to(found),
        )

    def message(self, client: UUID, id_: UUID) -> bytes | None:
        """What came back, as it came; None where there is none, or once the client's key is gone."""
        with self._pool.connection() as connection:
            row = connection.execute(
                "select sealed, person from returned_mails where id = %(id)s"
                f" and person = any({FILES_OF.format('%(client)s')})",
                {"id": id_, "client": client},
            ).fetchone()
        if row is None:
            return None
        try:
            key = self._key(row[1])
        except KeyDestroyedError:
            return None
        if row[0][:1] != bytes((key.generation,)):
            return None
        try:
            return unseal(key.key, row[0], _bound(id_))
        except InvalidTag:
            return None

    def _read(self, raw: bytes) -> Returned:
        return read(raw, return_paths=self._return_paths, domain=self._domain)

    def _first(self, mails: tuple[UUID, ...], client: UUID | None = None) -> _Mail | None:
        """The likeliest mail that there is, of this client where one is named."""
        with self._pool.connection() as connection:
            rows = connection.execute(
                "select id, person, state, attempts, sealed, template, recipient, params->>'workshop'"
                " from outbox where id = any(%(mails)s) and (%(client)s::uuid is null"
                f" or person = any({FILES_OF.format('%(client)s')}))",
                {"mails": list(mails), "client": client},
            ).fetchall()
        found = {row[0]: _Mail(*row) for row in rows}
        return next((found[id_] for id_ in mails if id_ in found), None)

    def _sealed(self, person: UUID, mail: UUID, reason: UndeliveredReason, raw: bytes) -> _Kept:
        """What is to be kept, under an id per mail and kind of reason. Raises KeyDestroyedError."""
        kind = "address" if reason in ADDRESS_REASONS else "other"
        id_ = uuid5(mail, f"returned/{kind}")
        sealed = seal(self._key(person), self._store.vault.random(12), raw[:MOST_BYTES], _bound(id_))
        return _Kept(id_, person, self._clock(), sealed)

    def _key(self, person: UUID) -> PersonKey:
        ring = Keyring()
        ring.add(self._store.log.newest_keys([person]), self._store.vault)
        return ring.for_writing(person, "contact")

    def _sent_to(self, mail: _Mail) -> str | None:
        """The hash of the address that it went to, as far as that can be read."""
        if mail.sealed is None:
            return None
        said = opened_of(self._store, mail.person, {mail.id: mail.sealed})[mail.id]
        return None if said in (None, UNREADABLE) else hashed(self._store.vault, said.to)


def _bound(id_: UUID) -> bytes:
    return b"returned" + id_.bytes


def _keep(connection: psycopg.Connection[Any], kept: _Kept) -> None:
    """The first one of a kind alone: ten thousand about one mail take the room of one."""
    connection.execute(
        "insert into returned_mails (id, person, at, sealed) values (%s, %s, %s, %s) on conflict do nothing",
        (kept.id, kept.person, kept.at, kept.sealed),
    )


def _mark(connection: psycopg.Connection[Any], mail: UUID, returned: Returned) -> None:
    connection.execute(
        "update outbox set state = 'bounced', error = %s where id = %s and state in ('sent', 'failed')",
        (returned.status or returned.reason, mail),
    )
