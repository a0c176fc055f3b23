"""Sends one row of the outbox: claim with a lease, write the letter, SMTP, mark (COM-1, COM-3)."""

from __future__ import annotations

import asyncio
import logging
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, cast
from urllib.parse import unquote, urlsplit
from uuid import UUID, uuid4

import orjson
import psycopg
from psycopg_pool import ConnectionPool

from processors.runtime.letters import Letter, NoAddressError, RecipientGoneError, SupersededError, write
from projections.query import wait_for
from schema.keys import KeyDestroyedError, Keyring, seal
from schema.store import Store

log = logging.getLogger(__name__)
LEASE_SECONDS = 60
SMTP_SECONDS = 15
MOST_TRIES = 8
_MODELS = ("dossier", "workshop_dates", "catalogue")


@dataclass(frozen=True)
class Claimed:
    """A row this worker holds the lease of."""

    id: UUID
    lease: UUID
    position: int
    template: str
    recipient: str
    person: UUID
    params: dict[str, Any]
    attempts: int


@dataclass(frozen=True)
class MailServer:
    """Where mails go, and who they come from."""

    url: str
    sender: str


class NotYetError(Exception):
    """The views don't show the cause yet."""


class Delivery:
    """What a worker does with an outbox id; safe to be called twice for the same one."""

    def __init__(
        self,
        url: str,
        pool: ConnectionPool[Any],
        store: Store,
        server: MailServer,
        *,
        public_url: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._url = url
        self._pool = pool
        self._store = store
        self._server = server
        self._public_url = public_url
        self._clock = clock

    def deliver(self, outbox_id: UUID) -> None:
        """Send it unless somebody else does, did, or it is not due."""
        claimed = self._claim(outbox_id)
        if claimed is None:
            return
        try:
            letter = asyncio.run(self._letter(claimed))
        except NotYetError:
            self._again(claimed, "views_behind", seconds=2)
        except NoAddressError:
            self._finish(claimed, "failed", error="no_address")
        except (RecipientGoneError, SupersededError) as error:
            self._finish(claimed, "dropped", error=type(error).__name__)
        except psycopg.OperationalError:
            raise
        except Exception as error:  # a template that can't be filled must be seen, not lost
            self._again(claimed, type(error).__name__, seconds=_backoff(claimed.attempts))
        else:
            self._send(claimed, letter)

    def _claim(self, outbox_id: UUID) -> Claimed | None:
        lease = uuid4()
        with self._pool.connection() as connection:
            row = connection.execute(
                "update outbox set state = 'claimed', lease = %s, attempts = attempts + 1,"
                " lease_until = now() + make_interval(secs => %s) where id = %s"
                " and ((state = 'to_send' and next_try <= now())"
                "      or (state = 'claimed' and lease_until < now()))"
                " returning id, lease, position, template, recipient, person, params, attempts",
                (lease, LEASE_SECONDS, outbox_id),
            ).fetchone()
        return None if row is None else Claimed(*row)

    async def _letter(self, claimed: Claimed) -> Letter:
        connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True, connect_timeout=2)
        async with connection:
            fresh = await wait_for(connection, _MODELS, claimed.position)
            if fresh.position < claimed.position:
                raise NotYetError
            return await write(
                connection,
                template=claimed.template,
                recipient=claimed.recipient,
                client=claimed.person,
                params=claimed.params,
                public_url=self._public_url,
            )

    def _send(self, claimed: Claimed, letter: Letter) -> None:
        if not self._still_ours(claimed):
            return
        try:
            with self._smtp() as smtp:
                smtp.send_message(self.message(claimed.id, letter))
        except smtplib.SMTPRecipientsRefused as refused:
            code = max((code for code, _ in refused.recipients.values()), default=0)
            self._refused(claimed, code)
        except smtplib.SMTPResponseException as refused:
            self._refused(claimed, refused.smtp_code)
        except (smtplib.SMTPException, OSError) as error:
            self._again(claimed, type(error).__name__, seconds=_backoff(claimed.attempts))
        else:
            self._finish(claimed, "sent", sealed=self._sealed(claimed, letter))

    def _refused(self, claimed: Claimed, code: int) -> None:
        """5xx is for good, 4xx is tried again."""
        if 500 <= code < 600:
            self._finish(claimed, "failed", error=f"smtp_{code}")
        else:
            self._again(claimed, f"smtp_{code}", seconds=_backoff(claimed.attempts))

    def message(self, outbox_id: UUID, letter: Letter) -> EmailMessage:
        """Text and HTML; the Message-ID is the row's, so that a second sending can be told apart (COM-3)."""
        message = EmailMessage()
        message["From"] = self._server.sender
        message["To"] = letter.address
        message["Reply-To"] = letter.reply_to
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(self._clock())
        message["Message-ID"] = f"<{outbox_id}@{self._server.sender.rpartition('@')[2]}>"
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        return message

    def _smtp(self) -> smtplib.SMTP:
        parts = urlsplit(self._server.url)
        kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
        smtp = kind(
            parts.hostname or "", parts.port or (465 if parts.scheme == "smtps" else 25), timeout=SMTP_SECONDS
        )
        if parts.username:
            if parts.scheme == "smtp":
                smtp.starttls()
            smtp.login(unquote(parts.username), unquote(parts.password or ""))
        return smtp

    def _sealed(self, claimed: Claimed, letter: Letter) -> bytes | None:
        """What was sent, under the client's contact key; nothing is kept once that key is gone."""
        ring = Keyring()
        ring.add(self._store.log.newest_keys([claimed.person]), self._store.vault)
        try:
            key = ring.for_writing(claimed.person, "contact")
        except KeyDestroyedError:
            return None
        clear = orjson.dumps({"to": letter.address, "subject": letter.subject, "text": letter.text})
        return seal(key, self._store.vault.random(12), clear, b"outbox" + claimed.id.bytes)

    def _still_ours(self, claimed: Claimed) -> bool:
        with self._pool.connection() as connection:
            row = connection.execute(
                "select 1 from outbox where id = %s and lease = %s and state = 'claimed'"
                " and lease_until > now() + make_interval(secs => %s)",
                (claimed.id, claimed.lease, SMTP_SECONDS),
            ).fetchone()
        return row is not None

    def _finish(
        self, claimed: Claimed, state: str, *, error: str | None = None, sealed: bytes | None = None
    ) -> None:
        with self._pool.connection() as connection:
            connection.execute(
                "update outbox set state = %s, error = %s, sealed = %s, lease = null, lease_until = null,"
                " sent_at = case when %s = 'sent' then %s::timestamptz end where id = %s and lease = %s",
                (state, error, sealed, state, self._clock(), claimed.id, claimed.lease),
            )

    def _again(self, claimed: Claimed, error: str, *, seconds: float) -> None:
        """Let the row go and try later; after the last try it stays failed, for people to see."""
        if claimed.attempts >= MOST_TRIES:
            self._finish(claimed, "failed", error=error)
            return
        with self._pool.connection() as connection:
            connection.execute(
                "update outbox set state = 'to_send', error = %s, lease = null, lease_until = null,"
                " next_try = now() + make_interval(secs => %s) where id = %s and lease = %s",
                (error, seconds, claimed.id, claimed.lease),
            )


def _backoff(attempts: int) -> float:
    """Seconds: 30, 60, 120 … an hour at most."""
    return cast("float", min(3_600, 15 * 2**attempts))
