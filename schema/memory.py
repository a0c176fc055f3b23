"""States of streams as this process last read them, so that a load decodes only what came since."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar
from uuid import UUID

V = TypeVar("V")
_MOST = 256
"""Streams: the workshops of a season, the settings, the catalogue."""


class Memory(Generic[V]):
    """The values used last; safe between threads, as they are never changed."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._values: OrderedDict[UUID, V] = OrderedDict()
        self._lock = Lock()

    def get(self, key: UUID) -> V | None:
        """What was kept, if it still is."""
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def keep(self, key: UUID, value: V) -> None:
        """Keep it; what was not used for longest goes."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            if len(self._values) > self._most:
                self._values.popitem(last=False)
