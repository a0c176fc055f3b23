"""dramatiq on Valkey: the wake-up and the workers; the outbox in PostgreSQL is the truth."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from uuid import UUID

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import BrokerConnectionError
from dramatiq.middleware import TimeLimit
from redis import Redis
from redis.exceptions import RedisError

from processors.runtime.answer import KEPT_SECONDS

log = logging.getLogger(__name__)
_QUEUE = "default"
_HEARTBEAT_MS = 10_000
_TIME_LIMIT_MS = int(2 * KEPT_SECONDS * 1000)
"""Nothing of ours waits for ever; a worker that keeps an answer in mind isn't to be interrupted (COM-3)."""
_ALWAYS = 1_000_000
"""Millionths: with every command, what a dead worker had taken is looked for."""
_REPLY_SECONDS = 2.0
_SILENCE_SECONDS = 1.0
MOST_WAITING = 1_000


class DeliveryQueue:
    """Messages hold an outbox id and nothing else; the outbox counts the tries itself."""

    def __init__(self, url: str, deliver: Callable[[UUID], None]) -> None:
        # Without the Retries middleware: it stores tracebacks, and the outbox has its own tries.
        self.broker = RedisBroker(  # type: ignore[no-untyped-call]
            client=Redis.from_url(url, socket_timeout=_REPLY_SECONDS, socket_connect_timeout=_REPLY_SECONDS),
            middleware=[TimeLimit(time_limit=_TIME_LIMIT_MS)],
            maintenance_chance=_ALWAYS,
            heartbeat_timeout=_HEARTBEAT_MS,
            namespace="portail",
        )
        self._deliver = deliver
        self._actor = dramatiq.actor(actor_name="deliver", queue_name=_QUEUE, broker=self.broker)(
            self._perform
        )
        self._silent_until = 0.0

    def _perform(self, outbox_id: str) -> None:
        try:
            self._deliver(UUID(outbox_id))
        except Exception as error:  # its text may hold an address: only the class is kept
            log.error("delivery of %s failed: %s", outbox_id, type(error).__name__)

    def enqueue(self, ids: Sequence[UUID]) -> None:
        """Wake workers for these rows; while Valkey is away it isn't asked, the sweeper will."""
        if not ids or time.monotonic() < self._silent_until:
            return
        try:
            for id_ in ids:
                self._actor.send(str(id_))
        except (RedisError, BrokerConnectionError) as error:
            self._away(error)

    def room(self) -> int:
        """How many more rows may be driven again: what no worker has finished yet takes room."""
        if time.monotonic() < self._silent_until:
            return 0
        try:
            return max(0, MOST_WAITING - int(self.broker.do_qsize(_QUEUE)))
        except RedisError as error:
            self._away(error)
            return 0

    def _away(self, error: Exception) -> None:
        self._silent_until = time.monotonic() + _SILENCE_SECONDS
        log.warning("no broker: %s", type(error).__name__)

    def worker(self, threads: int) -> dramatiq.Worker:
        """A worker of this process, to be started and stopped by the caller."""
        return dramatiq.Worker(self.broker, worker_threads=threads)

    def close(self) -> None:
        self.broker.close()
