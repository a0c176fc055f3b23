"""The `clock` process carries erasures to their end, and tells each one to the ledger beside the seals."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import psycopg
from eventsourcing.persistence import OperationalError
from redis.exceptions import RedisError

from processors.runtime.broker import holds_ids_only
from processors.runtime.erasing import carry_out
from processors.runtime.erasing_stores import Erasure, OutsideStore
from schema.database_roles import DatabaseRole
from schema.line import line
from schema.notary import Notary
from service.beside import beside
from service.verify import seal_key_of

if TYPE_CHECKING:
    from service.bootstrap import WriteSide
    from service.settings import Settings

PAUSE = 1.0
"""Seconds between two looks at what is to be erased."""
_LEADER = 0x65726173
log = logging.getLogger(__name__)


@contextlib.contextmanager
def erasing(settings: Settings, side: WriteSide) -> Iterator[None]:
    """Erase in a thread of its own while the block runs. Raises KeyFileMissingError."""
    outside = outside_stores(settings)

    def run(stop: threading.Event) -> None:
        while not stop.wait(PAUSE):
            try:
                with line(
                    settings.database_as(DatabaseRole.ERASER), DatabaseRole.ERASER, "portail eraser"
                ) as own:
                    leads = own.execute("select pg_try_advisory_lock(%s)", (_LEADER,)).fetchone()
                    while leads == (True,) and not stop.wait(PAUSE):
                        carry_out(own, side.clock(), outside)
            except (psycopg.OperationalError, OperationalError, OSError) as error:
                log.warning("erasing pauses: %s", type(error).__name__)

    with beside("erasing", run):
        yield


def outside_stores(settings: Settings) -> Mapping[str, OutsideStore]:
    """What is no table of the database."""
    notary = Notary(settings.notary_file, seal_key_of(settings))

    def broker(_erasure: Erasure) -> int | None:
        try:
            return holds_ids_only(settings.redis_url)
        except RedisError:
            return None

    def ledger(erasure: Erasure) -> int:
        tell(notary, erasure)
        return 1

    return {"broker": broker, "ledger": ledger}


def tell(notary: Notary, erasure: Erasure) -> None:
    """A line beside the seals' heads, for who restores a backup from before; it names no one but by an id."""
    block, head = notary.newest_head()
    notary.append(
        "erasure",
        {
            "person": str(erasure.person),
            "scopes": list(erasure.scopes),
            "topic": erasure.topic,
            "marked": erasure.marked,
            "position": str(erasure.position),
            "at": erasure.at.isoformat(),
            "block": block,
            "head": head,
        },
    )
