"""The sealer of the `clock` process: seals log and access trail every second, at most 5 s behind (AUD-3)."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import psycopg

from schema.access_trail import TRAIL
from schema.database_roles import DatabaseRole
from schema.line import line
from schema.seals import EVENTS, MAX_BLOCK, seal_once
from service.beside import beside
from service.verify import seal_key_of

if TYPE_CHECKING:
    from service.settings import Settings

PAUSE = 1.0
"""Seconds between two looks at the log."""
log = logging.getLogger(__name__)


@contextlib.contextmanager
def sealing(settings: Settings) -> Iterator[None]:
    """Seal in a thread of its own while the block runs. Raises KeyFileMissingError."""
    key = seal_key_of(settings)

    def run(stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                with line(
                    settings.database_as(DatabaseRole.SEALER), DatabaseRole.SEALER, "portail sealer"
                ) as own:
                    while not stop.is_set():
                        chains = (EVENTS, TRAIL)
                        if max(seal_once(own, key, settings.notary_file, c) for c in chains) < MAX_BLOCK:
                            stop.wait(PAUSE)
            except (psycopg.OperationalError, OSError) as error:
                log.warning("sealing pauses: %s", type(error).__name__)
                stop.wait(PAUSE)

    with beside("sealer", run):
        yield
