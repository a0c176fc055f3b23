"""Processes that make rounds of mailings: -m tests.races.a_sender DATABASE MAILS HOW_MANY."""

from __future__ import annotations

import os
import sys
import threading

from processors.runtime import mailing_round
from processors.runtime.reads import ReadLoop
from service.bootstrap import write_side
from tests.processors.post import rounds_of
from tests.support.write_side import VAULT

BATCH = 7
"""Small, so that the limit is reached in the midst of one."""


def main(database: str, mails: str, how_many: str) -> None:
    """Fork, so that what is imported is imported once; each has its own connections. Until killed."""
    for _ in range(int(how_many) - 1):
        if os.fork() == 0:
            break
    mailing_round.CYCLE_SECONDS = 0.3
    with (
        write_side(database, VAULT, lambda: None, settable_clock=True) as side,
        ReadLoop(database, 1) as reads,
    ):
        rounds = rounds_of(side, reads, mails, batch=BATCH)
        mailing_round.make_rounds(rounds, threading.Event())


if __name__ == "__main__":
    main(*sys.argv[1:])
