"""Both servers together; each steps aside when the settings give its URL."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from service.embedded.postgres import start_postgres
from service.embedded.process import Server
from service.embedded.valkey import start_valkey


class Servers:
    """Context in which `database_url` and `redis_url` answer: given ones, or servers started here.

    Enter it from the main thread: Linux ends the servers when the thread that started them ends.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        database_url: str | None = None,
        redis_url: str | None = None,
        fsync: bool = True,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        self._data_dir = data_dir
        self._given = (database_url, redis_url)
        self._fsync = fsync
        self._extra = extra
        self.postgres: Server | None = None
        self.valkey: Server | None = None

    def __enter__(self) -> Self:
        database_url, redis_url = self._given
        try:
            if database_url is None:
                self.postgres = start_postgres(self._data_dir, fsync=self._fsync, extra=self._extra)
            if redis_url is None:
                self.valkey = start_valkey(self._data_dir)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def database_url(self) -> str:
        """URL of the database, given or ours."""
        return self._url(self._given[0], self.postgres)

    @property
    def redis_url(self) -> str:
        """URL of the Redis-protocol server, given or ours."""
        return self._url(self._given[1], self.valkey)

    def started(self) -> list[Server]:
        """Return the servers started here, in the order of their start."""
        return [server for server in (self.postgres, self.valkey) if server is not None]

    def stop(self) -> None:
        """Stop what was started here, PostgreSQL last."""
        for server in reversed(self.started()):
            server.stop()
        self.postgres = self.valkey = None

    @staticmethod
    def _url(given: str | None, server: Server | None) -> str:
        if given is not None:
            return given
        if server is None:
            raise RuntimeError("the servers are not started")
        return server.url
