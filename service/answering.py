"""The `clock` process settles what was asked at the door (DOS-4); nobody there waits for it."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import psycopg
from eventsourcing.persistence import OperationalError

from service.beside import beside

if TYPE_CHECKING:
    from service.bootstrap import WriteSide

PAUSE = 0.5
"""Seconds between two looks; the mail that follows is awaited by somebody at the door."""
_AFTER_ERROR = 5.0
log = logging.getLogger(__name__)


@contextlib.contextmanager
def answering(side: WriteSide) -> Iterator[None]:
    """Look in a thread of its own while the block runs."""

    def run(stop: threading.Event) -> None:
        pause = PAUSE
        while not stop.wait(pause):
            pause = PAUSE
            try:
                side.door.settle()
            except (psycopg.Error, OperationalError) as error:
                log.warning("the door pauses: %s", type(error).__name__)
                pause = _AFTER_ERROR

    with beside("door", run):
        yield
