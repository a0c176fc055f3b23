"""Sends one row of the outbox: claim with a lease, write the letter, hand it over, mark (COM-1, COM-3)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import orjson
import psycopg
from eventsourcing.persistence import OperationalError
from psycopg_pool import ConnectionPool

from aggregates.client.events import MailWritten
from aggregates.client.missed_mails.events import UndeliveredReason
from aggregates.kernel import Fact
from processors.runtime import account_letter, answer, farewell, outbox
from processors.runtime.letters import Letter, NoAddressError, RecipientGoneError, write
from processors.runtime.links import Links
from processors.runtime.mail_server import (
    REPLY_SECONDS,
    BadAddressError,
    MailServer,
    RefusedForGoodError,
    ServerTroubleError,
)
from processors.runtime.mailing_letter import TextGoneError
from processors.runtime.outbox import Claimed
from processors.runtime.reads import ReadLoop
from processors.runtime.standing import NotYetError, SupersededError, Wish
from processors.runtime.undelivered import hashed, tell_dossier
from processors.runtime.written import files_in, letter_of
from projections import recipients
from projections.merged import survivor
from projections.query import Reads, wait_for
from schema import farewells
from schema.files import Files, Head
from schema.keys import KeyDestroyedError, Keyring, PersonKey, seal
from schema.store import Store

log = logging.getLogger(__name__)
LEASE_SECONDS = 120.0
"""Much longer than a mail takes; who was slower asks before handing it over."""
HAND_OVER_SECONDS = 5.0 * REPLY_SECONDS
"""What must be left of the lease when a mail is handed over: the replies to EHLO, MAIL, RCPT, DATA, text."""
MOST_TRIES = 8
_FIRST_PAUSE, _PAUSE_GROWS, _LONGEST_PAUSE = 30, 3, 21_600
_VIEWS_PAUSE = 2.0
_MODELS = (
    *recipients.MODELS,
    "workshop_dates",
    "catalogue",
    "money",
    "templates",
    "waiting_list",
    "phases",
    "proofs",
    "cases",
    "papers",
)


class LeaseLostError(Exception):
    """Too little is left of the lease: the row may be another worker's."""


class Delivery:
    """What a worker does with an outbox id; safe to be called twice for the same one."""

    def __init__(
        self,
        reads: ReadLoop,
        pool: ConnectionPool[Any],
        store: Store,
        server: MailServer,
        *,
        public_url: str,
        clock: Callable[[], datetime],
        lease_seconds: float = LEASE_SECONDS,
        pays: bool = False,
    ) -> None:
        self._reads = reads
        self._pool = pool
        self._store = store
        self._server = server
        self._links = Links(store.vault, public_url, pays)
        self._clock = clock
        self._lease_seconds = lease_seconds

    def deliver(self, outbox_id: UUID) -> None:
        """Send it unless somebody else does, did, or it is not due.

        Raises OperationalError while the database is away; the row comes again when its lease ends.
        """
        with self._pool.connection() as connection:
            claimed = outbox.claim(connection, outbox_id, self._lease_seconds, MOST_TRIES)
        if claimed is None:
            return
        try:
            self._send(claimed)
        except NotYetError:
            self._release(claimed, "views_behind", _VIEWS_PAUSE, tried=False)
        except NoAddressError:
            self._fail(claimed, "no_address", UndeliveredReason.NO_ADDRESS)
        except BadAddressError:
            self._fail(claimed, "bad_address", UndeliveredReason.BAD_ADDRESS)
        except (RecipientGoneError, SupersededError, TextGoneError, KeyDestroyedError) as error:
            self._drop(claimed, type(error).__name__)
        except LeaseLostError:
            log.warning("the lease of mail %s ran out before it was sent", claimed.id)
        except ServerTroubleError as trouble:
            self._again(claimed, str(trouble))
        except (psycopg.OperationalError, OperationalError):
            raise
        except Exception as error:  # a template that can't be filled must be seen, not lost
            self._again(claimed, type(error).__name__)

    def _send(self, claimed: Claimed) -> None:
        at = self._clock()
        if claimed.is_farewell:
            self._hand_over(claimed, self._farewell(claimed, at), None, at)
            return
        fact = self._fact(claimed)
        heads = {} if fact is None else self._heads(fact, claimed.person, at)
        letter = self._account_letter(claimed) or self._reads.run(
            partial(self._letter, claimed, fact, heads, at)
        )
        self._hand_over(claimed, letter, sealed(self._store, claimed.id, claimed.person, letter), at)

    def _farewell(self, claimed: Claimed, at: datetime) -> Letter:
        """Raises SupersededError once it was forgotten."""
        with self._pool.connection() as connection:
            to = farewells.read(connection, self._store.vault, claimed.person, at)
        if to is None:
            raise SupersededError
        write_it = partial(farewell.farewell_letter, public_url=self._links.public_url)
        return self._reads.run(lambda connection: write_it(connection, to, claimed.params))

    def _hand_over(self, claimed: Claimed, letter: Letter, text: bytes | None, at: datetime) -> None:
        """`text` is what is kept of it."""
        message = self._server.message(claimed.id, letter, at)
        with self._server.session() as smtp:
            if not self._still_ours(claimed):
                raise LeaseLostError
            try:
                self._server.hand_over(smtp, message)
            except RefusedForGoodError as refused:
                sent_to = hashed(self._store.vault, letter.address)
                self._fail(claimed, str(refused), refused.reason, sealed=text, sent_to=sent_to)
                return
            self._sent(claimed, text)

    def _account_letter(self, claimed: Claimed) -> Letter | None:
        """The letter where it is about an account; the person's own stream is asked, not the views."""
        if claimed.recipient == "staff" or not account_letter.is_about_account(claimed.template):
            return None
        wish = _wish(claimed)
        who = account_letter.reader_of(self._store, wish)

        async def written(connection: Reads) -> Letter:
            fresh = await wait_for(connection, account_letter.MODELS, claimed.position)
            if fresh.position < claimed.position:
                raise NotYetError
            return await account_letter.account_letter(
                connection, wish, who, self._store, self._links.public_url
            )

        return self._reads.run(written)

    def _fact(self, claimed: Claimed) -> Fact | None:
        """The fact whose text is to be sent, of what people wrote."""
        if claimed.recipient != "staff" and claimed.template != "written":
            return None
        return self._store.read_at([claimed.position])[0].fact

    def _heads(self, fact: Fact, client: UUID, at: datetime) -> Mapping[UUID, Head]:
        """Names of the files that the letter links to; those to one client end with their key (DOS-15).

        Raises KeyDestroyedError.
        """
        named = files_in(fact)
        if not named:
            return {}
        files = Files(self._pool, self._store.vault)
        if isinstance(fact, MailWritten):
            files.bind(named, client, _contact_key(self._store, client))
        files.linked(named, at)
        return files.heads(named)

    async def _letter(
        self,
        claimed: Claimed,
        fact: Fact | None,
        heads: Mapping[UUID, Head],
        at: datetime,
        connection: Reads,
    ) -> Letter:
        """To whom the dossier belongs by now: a mail asked for one that was merged goes on (DOS-5)."""
        fresh = await wait_for(connection, _MODELS, claimed.position)
        if fresh.position < claimed.position:
            raise NotYetError
        wish = replace(_wish(claimed), client=await survivor(connection, claimed.person))
        if fact is not None:
            return await letter_of(connection, fact, wish.client, links=self._links, heads=heads, at=at)
        return await write(connection, wish, links=self._links, at=at)

    def _still_ours(self, claimed: Claimed) -> bool:
        needed = min(HAND_OVER_SECONDS, self._lease_seconds / 2)
        with self._pool.connection() as connection:
            return outbox.is_held(connection, claimed, needed)

    def _sent(self, claimed: Claimed, text: bytes | None) -> None:
        def mark(connection: psycopg.Connection[Any], at: datetime) -> None:
            outbox.mark(connection, claimed, "sent", None, text, at)

        answer.keep(self._pool, self._clock, mark)

    def _drop(self, claimed: Claimed, error: str) -> None:
        with self._pool.connection() as connection:
            outbox.mark(connection, claimed, "dropped", error, None)

    def _fail(
        self,
        claimed: Claimed,
        error: str,
        reason: UndeliveredReason,
        *,
        sealed: bytes | None = None,
        sent_to: str | None = None,
    ) -> None:
        """It will never arrive: for good in the outbox, and on the dossier (COM-10).

        Refused by a mail server it has come back; else it has not left.
        """
        state = "bounced" if sent_to is not None else "failed"

        def mark(connection: psycopg.Connection[Any], _at: datetime) -> None:
            if outbox.mark(connection, claimed, state, error, sealed):
                tell_dossier(connection, claimed.id, reason, error, sent_to=sent_to)

        answer.keep(self._pool, self._clock, mark)

    def _again(self, claimed: Claimed, error: str) -> None:
        """Let the row go and try later; after the last try it stays failed, for people to see."""
        if claimed.attempts >= MOST_TRIES:
            self._fail(claimed, error, UndeliveredReason.GAVE_UP)
        else:
            self._release(claimed, error, pause_after(claimed.attempts), tried=True)

    def _release(self, claimed: Claimed, error: str, seconds: float, *, tried: bool) -> None:
        """`tried`: it counts as one of the tries; waiting for our own views doesn't."""
        with self._pool.connection() as connection:
            outbox.put_back(connection, claimed, error, seconds, tried=tried)


def _wish(claimed: Claimed) -> Wish:
    return Wish(
        claimed.id,
        claimed.position,
        claimed.template,
        claimed.recipient,
        claimed.person,
        claimed.params,
    )


def pause_after(attempts: int) -> float:
    """Seconds before the next try: 30, then three times as long each time, 6 h at most; 9 h in all."""
    return float(min(_LONGEST_PAUSE, _FIRST_PAUSE * _PAUSE_GROWS ** (attempts - 1)))


def sealed(store: Store, id_: UUID, client: UUID, letter: Letter) -> bytes:
    """What is sent, under the client's contact key. Raises KeyDestroyedError once that is gone."""
    key = _contact_key(store, client)
    clear = orjson.dumps({"to": letter.address, "subject": letter.subject, "text": letter.kept})
    return seal(key, store.vault.random(12), clear, b"outbox" + id_.bytes)


def _contact_key(store: Store, client: UUID) -> PersonKey:
    ring = Keyring()
    ring.add(store.log.newest_keys([client]), store.vault)
    return ring.for_writing(client, "contact")
