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


class Alarm:
    """Waits to be woken; without Valkey it only waits, a little shorter."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._calls: redis.client.PubSub | None = None

    def wait(self, seconds: float) -> None:
        """Return after a wake-up or `seconds`; calls that came together count once."""
        try:
            calls = self._calls or self._subscribe()
            if calls.get_message(ignore_subscribe_messages=True, timeout=seconds) is not None:
                while calls.get_message(ignore_subscribe_messages=True, timeout=0.0) is not None:
                    pass
        except redis.RedisError:
            self._calls = None
            time.sleep(min(seconds, 0.25))

    def _subscribe(self) -> redis.client.PubSub:
        client = redis.Redis.from_url(self._url, socket_connect_timeout=0.5, health_check_interval=5)
        calls: redis.client.PubSub = client.pubsub()  # type: ignore[no-untyped-call]
        calls.subscribe(CHANNEL)
        calls.get_message(timeout=0.5)
        self._calls = calls
        return calls
