"""Read queries for worker threads: one event loop and one pool, whatever the number of threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self, TypeVar

from projections.query import Reads
from schema.pools import query_pool

T = TypeVar("T")
_LONGEST_SECONDS = 30.0
_START_SECONDS = 10.0


class ReadLoop:
    """A context: the loop's thread and its connections live as long as the block."""

    def __init__(self, url: str, size: int) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="reads", daemon=True)
        self._pool = query_pool(url, size)

    def __enter__(self) -> Self:
        self._thread.start()
        self._in_loop(self._pool.open(), _START_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._in_loop(self._pool.close(), _START_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, query: Callable[[Reads], Awaitable[T]]) -> T:
        """The answer of a query, from any thread. Raises what it raises, PoolTimeout, TimeoutError."""

        async def asked() -> T:
            async with self._pool.connection() as connection:
                return await query(connection)

        return self._in_loop(asked(), _LONGEST_SECONDS)

    def _in_loop(self, work: Awaitable[T], seconds: float) -> T:
        async def bounded() -> T:
            return await asyncio.wait_for(work, seconds)

        return asyncio.run_coroutine_threadsafe(bounded(), self._loop).result()
