"""Looks into the broker: its messages hold the id of a mail each, and nothing personal (P17)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from redis import Redis

NAMESPACE = "portail"
_REPLY_SECONDS = 2.0
_KNOWN_OPTIONS = frozenset({"redis_message_id", "eta", "retries"})


def holds_ids_only(url: str) -> int | None:
    """How many messages wait or are dead; None where one holds anything else. Raises RedisError."""
    with Redis.from_url(url, socket_timeout=_REPLY_SECONDS, socket_connect_timeout=_REPLY_SECONDS) as broker:
        count = 0
        for key in broker.scan_iter(match=f"{NAMESPACE}:*.msgs", count=1_000):
            for _, raw in broker.hscan_iter(key, count=1_000):
                if not _is_an_id(raw):
                    return None
                count += 1
    return count


def _is_an_id(raw: bytes) -> bool:
    try:
        message: Any = orjson.loads(raw)
        (id_,) = message["args"]
        UUID(id_)
        return not message["kwargs"] and message["options"].keys() <= _KNOWN_OPTIONS
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
