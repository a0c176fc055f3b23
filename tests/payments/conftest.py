"""What tests of payments start from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.paying import Till, till_on


@pytest.fixture
def till(database: str) -> Iterator[Till]:
    with till_on(database) as made:
        yield made
