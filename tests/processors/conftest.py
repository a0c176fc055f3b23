"""What tests of processors start from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.processors.post import Post, post_on


@pytest.fixture
def post(database: str) -> Iterator[Post]:
    with post_on(database) as made:
        yield made
