"""One cycle of the mailings: what may leave now leaves, in batches of one connection each (COM-1, COM-8).

Several workers may make their rounds at once; rows and limits are shared through the database.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from smtplib import SMTP, SMTPException
from typing import Any
from uuid import UUID, uuid5

import psycopg
from eventsourcing.persistence import OperationalError
from psycopg_pool import ConnectionPool

from aggregates.client.missed_mails.events import UndeliveredReason
from aggregates.kernel import Refused
from aggregates.mailing.events import StopReason
from commands.mailing.end_sending import EndSending
from processors.runtime import answer, mailing_rows
from processors.runtime.delivery import HAND_OVER_SECONDS, LEASE_SECONDS, MOST_TRIES, pause_after, sealed
from processors.runtime.letters import Letter, NoAddressError, RecipientGoneError
from processors.runtime.links import Links
from processors.runtime.mail_server import (
    BadAddressError,
    MailServer,
    RefusedForGoodError,
    ServerTroubleError,
)
from processors.runtime.mailing_letter import (
    Content,
    NoConsentError,
    TextGoneError,
    content_of,
    files_of,
    letter_to,
)
from processors.runtime.mailing_rows import Taken
from processors.runtime.mailing_stream import MailingStream, is_over, mailing_stream
from processors.runtime.reads import ReadLoop
from processors.runtime.standing import NotYetError
from processors.runtime.undelivered import hashed, tell_dossier
from projections import mailings, recipients
from projections.query import Reads, wait_for
from schema.clock import Ticks, no_tick
from schema.files import Files
from schema.keys import KeyDestroyedError
from schema.store import Store

log = logging.getLogger(__name__)
CYCLE_SECONDS = 15.0
"""Pause between two rounds: a mailing waits no longer for its first mail (COM-1: 5 minutes at most)."""
BATCH = 50
"""Mails of one connection; while it lasts, pausing and cancelling wait for no more than these."""
_MODELS = (*recipients.MODELS, "catalogue", "workshop_dates")
_PASSED_OVER = {
    RecipientGoneError: "recipient_gone",
    NoConsentError: "no_consent",
    KeyDestroyedError: "recipient_gone",
}
"""Who may not have it at this moment, and the word for it; the share is given back (COM-8)."""
_UNREACHABLE = {
    NoAddressError: UndeliveredReason.NO_ADDRESS,
    BadAddressError: UndeliveredReason.BAD_ADDRESS,
}
"""Who can't have it: the share is given back too, and the dossier is told (COM-10)."""


@dataclass
class Rounds:
    """What a worker does for mailings, again and again."""

    reads: ReadLoop
    pool: ConnectionPool[Any]
    store: Store
    server: MailServer
    end: Callable[[EndSending, UUID], None]
    """Carries the command out, under this id."""
    links: Links
    clock: Callable[[], datetime]
    ticks: Ticks = no_tick
    """Beside the clock, which somebody may set: what was sent counts by both (decision 0088)."""
    lease_seconds: float = LEASE_SECONDS
    batch: int = BATCH

    def once(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Send what may leave now; answers how many mails the server took.

        Asked between two batches, `stopping` ends it early. Raises OperationalError while the database is
        away.
        """
        with self.pool.connection() as connection:
            found = mailing_rows.waiting(connection)
        found += [mailing for mailing in self.reads.run(mailings.unfinished) if mailing not in found]
        return sum(self._mailing(mailing, stopping) for mailing in found)

    def _mailing(self, mailing: UUID, stopping: Callable[[], bool]) -> int:
        try:
            return self._carry(mailing, stopping)
        except (psycopg.OperationalError, OperationalError):
            raise
        except Exception as error:  # the other mailings must go on
            log.error("mailing %s: %s", mailing, type(error).__name__)
            return 0

    def _carry(self, mailing: UUID, stopping: Callable[[], bool]) -> int:
        with self.pool.connection() as connection:
            mailing_rows.recover(connection, mailing, self.clock(), self.ticks())
        sent = 0
        while True:
            standing = mailing_stream(self.store.recorded(mailing))
            stopped = self._stop(mailing, standing)
            with self.pool.connection() as connection:
                for decided in standing.decided:
                    mailing_rows.decide(connection, mailing, decided.client, decided.tried, send=decided.send)
                taken = (
                    []
                    if standing.paused or stopping()
                    else mailing_rows.take(
                        connection,
                        mailing,
                        standing.author,
                        clock=self.clock,
                        most=self.batch,
                        seconds=self.lease_seconds,
                        tick=self.ticks(),
                    )
                )
            out, goes_on = self._send(taken, standing) if taken else (0, False)
            sent += out
            if not goes_on:
                self._end(mailing, standing, stopped)
                return sent

    def _stop(self, mailing: UUID, standing: MailingStream) -> StopReason | None:
        """What has not left of a cancelled mailing, or of a closed workshop's, never will (COM-7)."""
        closed = standing.workshop is not None and is_over(self.store.recorded(standing.workshop))
        if standing.cancelled or closed:
            reason = "mailing_cancelled" if standing.cancelled else StopReason.WORKSHOP_CLOSED.value
            with self.pool.connection() as connection:
                mailing_rows.drop(connection, mailing, reason)
        return StopReason.WORKSHOP_CLOSED if closed else None

    def _end(self, mailing: UUID, standing: MailingStream, stopped: StopReason | None) -> None:
        """Once nothing is left, the mailing's stream says what became of it.

        Also where a worker died, or was stopped, between the last mail and this. A mailing without any row
        has not been written out yet.
        """
        if standing.cancelled or standing.ended:
            return
        with self.pool.connection() as connection:
            tally = mailing_rows.tally(connection, mailing)
        if tally.open or not tally.all:
            return
        command = EndSending(mailing=mailing, sent=tally.sent, skipped=tally.skipped, stopped=stopped)
        try:
            self.end(command, uuid5(mailing, "end"))
        except Refused as refused:
            log.error("mailing %s does not end: %s", mailing, refused.code)

    def _send(self, taken: Sequence[Taken], standing: MailingStream) -> tuple[int, bool]:
        """One connection for the batch. How many the server took, and whether more may be tried now."""
        files, named = Files(self.pool, self.store.vault), files_of(standing.composed)
        if named:
            files.linked(named, self.clock())
        try:
            content = content_of(standing.composed, files.heads(named))
        except TextGoneError:
            for row in taken:
                self._drop(row, "text_gone")
            return 0, True
        sent, left = 0, list(taken)
        with ExitStack() as stack:
            smtp: SMTP | None = None
            while left:
                row = left.pop(0)
                try:
                    letter = self.reads.run(partial(self._letter, content, row.client))
                    text = sealed(self.store, row.id, row.client, letter)
                    if smtp is None:
                        smtp = stack.enter_context(self.server.session())
                    sent += self._hand_over(smtp, row, letter, text)
                except tuple(_PASSED_OVER) as why:
                    self._drop(row, _PASSED_OVER[type(why)])
                except tuple(_UNREACHABLE) as why:
                    reason = _UNREACHABLE[type(why)]
                    self._fail(row, reason.value, reason)
                except NotYetError:
                    self._put_back([row, *left], "views_behind", 2.0, tried=False)
                    return sent, False
                except RefusedForGoodError as refused:
                    sent_to = hashed(self.store.vault, letter.address)
                    self._fail(row, str(refused), refused.reason, sent_to=sent_to)
                except _LineBrokeError:
                    self._put_back(left, None, 0.0, tried=False)
                    return sent, False
                except ServerTroubleError as trouble:
                    self._again(row, str(trouble))
                    if not _about_this_mail(str(trouble)):
                        self._put_back(left, None, 0.0, tried=False)
                        return sent, False
                except (psycopg.OperationalError, OperationalError):
                    raise
                except Exception as error:  # one that can't be written must be seen, and stop no other
                    self._again(row, type(error).__name__)
        return sent, True

    async def _letter(self, content: Content, client: UUID, connection: Reads) -> Letter:
        """As the log stands at this very moment: a consent withdrawn before it holds."""
        cursor = await connection.execute("select coalesce(max(position), 0) from events")
        found = await cursor.fetchone()
        assert found is not None
        fresh = await wait_for(connection, _MODELS, found[0])
        if fresh.position < found[0]:
            raise NotYetError
        return await letter_to(connection, content, client, links=self.links, at=self.clock())

    def _hand_over(self, smtp: SMTP, row: Taken, letter: Letter, text: bytes) -> int:
        message = self.server.message(row.id, letter, self.clock())
        _alive(smtp)
        needed = min(HAND_OVER_SECONDS, self.lease_seconds / 2)
        with self.pool.connection() as connection:
            if not mailing_rows.hand_over(connection, row, needed):
                log.warning("the lease of mail %s ran out before it was sent", row.id)
                return 0
        try:
            self.server.hand_over(smtp, message)
        except ServerTroubleError as trouble:
            if str(trouble).startswith("smtp_"):
                raise
            # The line broke: nobody knows whether it was taken.
            if row.resent:
                self._fail(row, "answer_lost", UndeliveredReason.GAVE_UP, may_be_out=True)
            else:
                self._out(row, "held", error="answer_lost")
            raise _LineBrokeError from None
        self._out(row, "sent", sealed=text)
        return 1

    def _again(self, row: Taken, why: str) -> None:
        if row.attempts >= MOST_TRIES:
            self._fail(row, why, UndeliveredReason.GAVE_UP)
        else:
            self._put_back([row], why, pause_after(row.attempts), tried=True)

    def _drop(self, row: Taken, why: str) -> None:
        with self.pool.connection() as connection:
            mailing_rows.finish(connection, row, "dropped", error=why)

    def _out(self, row: Taken, state: str, *, error: str | None = None, sealed: bytes | None = None) -> None:
        """It was handed over: from this moment on it counts."""

        def mark(connection: psycopg.Connection[Any], at: datetime) -> None:
            tick = self.ticks()
            mailing_rows.finish(connection, row, state, error=error, sealed=sealed, at=at, tick=tick)

        answer.keep(self.pool, self.clock, mark)

    def _fail(
        self,
        row: Taken,
        error: str,
        reason: UndeliveredReason,
        *,
        sent_to: str | None = None,
        may_be_out: bool = False,
    ) -> None:
        """It never arrives, or nobody knows, and its dossier is told with it (COM-10)."""

        def mark(connection: psycopg.Connection[Any], at: datetime) -> None:
            out = (at, self.ticks()) if may_be_out else (None, None)
            if mailing_rows.finish(connection, row, "failed", error=error, at=out[0], tick=out[1]):
                tell_dossier(connection, row.id, reason, error, sent_to=sent_to)

        answer.keep(self.pool, self.clock, mark)

    def _put_back(self, rows: Sequence[Taken], error: str | None, pause: float, *, tried: bool) -> None:
        if rows:
            with self.pool.connection() as connection:
                mailing_rows.put_back(connection, rows, error, pause, tried=tried)


def make_rounds(rounds: Rounds, stop: threading.Event) -> None:
    """One round after another until told to stop, a pause between them; trouble ends one, not all."""
    while not stop.wait(CYCLE_SECONDS):
        try:
            rounds.once(stop.is_set)
        except Exception as error:  # the database is away, or a fault of ours: the next round tries again
            log.error("a round of mailings failed: %s", type(error).__name__)


class _LineBrokeError(Exception):
    """The connection is of no use any more, and the mail that was in it is dealt with."""


def _about_this_mail(trouble: str) -> bool:
    """The server said no to one mail for now, not to all."""
    return trouble.startswith("smtp_4") and trouble != "smtp_421"


def _alive(smtp: SMTP) -> None:
    """A connection that was closed in between is no lost answer. Raises ServerTroubleError."""
    try:
        code, _ = smtp.noop()
    except (SMTPException, OSError) as error:
        raise ServerTroubleError(type(error).__name__) from None
    if code != 250:
        raise ServerTroubleError(f"smtp_{code}")
