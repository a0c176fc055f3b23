"""The `clock` process forgets e-mails and files that are older than they are kept (reliability.md 7.1)."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import uuid5

import psycopg
from eventsourcing.persistence import OperationalError

from aggregates.catalogue.state import SETTINGS, SETTINGS_ID
from commands.access import SYSTEM
from commands.mailing.forget_mailing_text import ForgetMailingText
from processors.runtime.mailing_letter import files_of
from processors.runtime.retention import forget_files, forget_old
from projections import mailings
from service.beside import beside

if TYPE_CHECKING:
    from service.bootstrap import WriteSide

PAUSE = 6 * 3_600.0
"""Seconds between two looks at the outbox."""
_AFTER_START = 60.0
"""A process that just came up has more urgent things to do."""
_MAILINGS_AT_ONCE = 500
"""Of those over for too long; the others wait for the next look, as the view may be behind."""
log = logging.getLogger(__name__)


@contextlib.contextmanager
def forgetting(side: WriteSide) -> Iterator[None]:
    """Look in a thread of its own while the block runs."""

    def run(stop: threading.Event) -> None:
        pause = _AFTER_START
        while not stop.wait(pause):
            pause = PAUSE
            try:
                forget_once(side)
            except (psycopg.Error, OperationalError) as error:
                log.warning("forgetting pauses: %s", type(error).__name__)
                pause = _AFTER_START

    with beside("forgetting", run):
        yield


def forget_once(side: WriteSide) -> None:
    """As the settings in force want it, by the school's clock."""
    school = side.store.load([SETTINGS.at(SETTINGS_ID)])[0].state
    with side.pool.connection() as connection:
        forget_old(
            connection,
            side.clock(),
            text_months=school.mail_text_months,
            mail_months=school.mail_months,
        )
        unfinished = mailings.to_leave(connection)
    needed = [file for id_ in unfinished for file in files_of(side.store.recorded(id_)[0].fact)]
    with side.pool.connection() as connection:
        forget_files(connection, side.clock(), needed=needed)
    _forget_mailings(side, side.clock(), school.mail_text_months)


def _forget_mailings(side: WriteSide, now: datetime, months: int) -> None:
    """What they said goes with their keys; whoever looks twice before the view follows forgets once."""
    with side.pool.connection() as connection:
        over = mailings.readable_too_long(connection, now, months, _MAILINGS_AT_ONCE)
    for mailing in over:
        side.dispatcher.dispatch(ForgetMailingText(mailing=mailing), SYSTEM, uuid5(mailing, "forget text"))
