"""Tells the readers through Valkey that something was committed; losing a call costs them one poll."""

from __future__ import annotations

import time

import redis

CHANNEL = "portail:events"
_PAUSE = 1.0


class Wakeup:
    """Publishes best effort: while Valkey is away it isn't asked again for a second."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(url, socket_timeout=0.1, socket_connect_timeout=0.1)
        self._silent_until = 0.0

    def __call__(self) -> None:
        if time.monotonic() < self._silent_until:
            return
        try:
            self._client.publish(CHANNEL, b"")
        except redis.RedisError:
            self._silent_until = time.monotonic() + _PAUSE

    def close(self) -> None:
        self._client.close()
