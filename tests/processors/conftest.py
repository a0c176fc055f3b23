"""What tests of processors start from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.reactions import PROCESSORS
from tests.processors.post import Post, post_on


@pytest.fixture
def database(shown_database: str) -> str:
    """Read models have their tables here."""
    return shown_database


@pytest.fixture
def post(database: str) -> Iterator[Post]:
    with post_on(database) as made:
        yield made


@pytest.fixture
def whole_post(database: str) -> Iterator[Post]:
    """With the mails about accounts."""
    with post_on(database, PROCESSORS) as made:
        yield made
