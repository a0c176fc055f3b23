"""Settings with servers that answer, for commands run by hand (`portail verify`, `portail rebuild`…)."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator

from schema.database_roles import DatabaseRole
from schema.log import EventLog
from schema.pools import sync_pool
from schema.store import Store
from service.bootstrap import WriteSide, vault_of, write_side
from service.embedded import ServerError, Servers
from service.settings import Settings
from service.wakeup import Wakeup

_READING = 4
"""Connections of a process that reads the log only."""


@contextlib.contextmanager
def attached(settings: Settings) -> Iterator[Settings]:
    """Yield settings whose two URLs answer.

    They are the given ones, those of the `portail run` that owns the data folder, or servers started
    for this block. Call it from the main thread. Raises ServerError.
    """
    if settings.database_url and settings.redis_url:
        yield settings
        return
    path = settings.data_dir / "addresses.json"
    with contextlib.ExitStack() as stack:
        try:
            servers = stack.enter_context(
                Servers(
                    settings.data_dir,
                    database_url=settings.database_url or None,
                    redis_url=settings.redis_url or None,
                )
            )
            urls = {"database_url": servers.database_url, "redis_url": servers.redis_url}
        except ServerError:
            # Whoever holds the folder's lock has published where its servers are.
            if not path.exists():
                raise
            urls = json.loads(path.read_text())
        yield settings.model_copy(update=urls)


@contextlib.contextmanager
def command_line(settings: Settings) -> Iterator[WriteSide]:
    """The command path for `portail demo`, `portail token` and the like."""
    wake = Wakeup(settings.redis_url)
    try:
        with write_side(
            settings.database_as(DatabaseRole.SERVICE),
            vault_of(settings),
            wake,
            settable_clock=settings.test_clock,
        ) as side:
            yield side
    finally:
        wake.close()


@contextlib.contextmanager
def read_log(settings: Settings) -> Iterator[Store]:
    """The log as the reader of the read models sees it: nothing can be appended."""
    with sync_pool(settings.database_as(DatabaseRole.PROJECT), _READING) as pool:
        yield Store(EventLog(pool), vault_of(settings))
