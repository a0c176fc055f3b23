"""A store on the test's own database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schema.log import EventLog
from schema.pools import sync_pool
from schema.store import Store
from tests.support.write_side import VAULT


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    """The door to an empty log."""
    with sync_pool(database, 12) as pool:
        yield Store(EventLog(pool), VAULT)
