"""`clock` and `work` watch what stands still and have admins told: each is watched by the other (T9)."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg
from eventsourcing.persistence import OperationalError

from processors.runtime.following import connect
from processors.runtime.outages import tell, unsent
from processors.runtime.watch import Limits, Watch, see
from projections.runtime.connection import Watchdog
from schema.database_roles import DatabaseRole
from service.beside import beside
from service.bootstrap import MODELS
from service.reactions import PROCESSORS

if TYPE_CHECKING:
    from service.settings import Settings

MODEL_NAMES = [model.name for model in MODELS]
PROCESSOR_NAMES = [processor.name for processor in PROCESSORS]
_LOOK_SECONDS = 5.0
"""A look that takes longer is given up, and its line with it."""
log = logging.getLogger(__name__)


@contextlib.contextmanager
def watching(
    settings: Settings, deliver: Callable[[UUID], None], limits: Limits | None = None
) -> Iterator[None]:
    """Watch in a thread of its own while the block runs.

    `deliver` sends one mail: here, as neither Valkey nor who drives the outbox is asked for it.
    """
    watch = Watch(limits or Limits())

    def run(stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                with (
                    connect(settings.database_as(DatabaseRole.SERVICE), "portail watch") as line,
                    Watchdog(line, _LOOK_SECONDS) as watchdog,
                ):
                    while not stop.is_set():
                        with watchdog.step():
                            seen = see(line, MODEL_NAMES, PROCESSOR_NAMES)
                            tell(line, watch.judge(seen, time.monotonic()))
                            waiting = unsent(line)
                        for id_ in waiting:
                            deliver(id_)
                        stop.wait(watch.limits.pause)
            except (psycopg.OperationalError, psycopg.InterfaceError, OperationalError) as error:
                log.warning("the watch starts over: %s", type(error).__name__)
            except Exception as error:  # whoever watches is watched by nobody
                log.error("the watch failed: %s", type(error).__name__)
            stop.wait(watch.limits.pause)

    with beside("watch", run):
        yield
