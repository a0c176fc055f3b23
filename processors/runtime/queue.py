"""dramatiq on Valkey: the wake-up and the workers; the outbox in PostgreSQL is the truth."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from uuid import UUID

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import BrokerConnectionError
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
_HEARTBEAT_MS = 10_000
_TIME_LIMIT_MS = 60_000


class DeliveryQueue:
    """Messages hold an outbox id and nothing else; the outbox counts the tries itself."""

    def __init__(self, url: str, deliver: Callable[[UUID], None]) -> None:
        self.broker = RedisBroker(  # type: ignore[no-untyped-call]
            url=url, maintenance_chance=1_000_000, heartbeat_timeout=_HEARTBEAT_MS, namespace="portail"
        )
        self._deliver = deliver
        declare = dramatiq.actor(
            actor_name="deliver", broker=self.broker, max_retries=0, time_limit=_TIME_LIMIT_MS
        )
        self._actor = declare(self._perform)

    def _perform(self, outbox_id: str) -> None:
        try:
            self._deliver(UUID(outbox_id))
        except Exception as error:  # its text may hold an address: only the class is kept
            log.error("delivery of %s failed: %s", outbox_id, type(error).__name__)

    def enqueue(self, ids: Sequence[UUID]) -> None:
        """Wake workers for these rows; while Valkey is away the sweeper will."""
        try:
            for id_ in ids:
                self._actor.send(str(id_))
        except (RedisError, BrokerConnectionError) as error:
            log.warning("no broker: %s", type(error).__name__)

    def worker(self, threads: int) -> dramatiq.Worker:
        """A worker of this process, to be started and stopped by the caller."""
        return dramatiq.Worker(self.broker, worker_threads=threads)

    def close(self) -> None:
        self.broker.close()
