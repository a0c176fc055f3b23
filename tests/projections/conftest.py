"""The school's read models on a database of the test's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.bootstrap import MODELS
from tests.support.projecting import Projecting, projecting


@pytest.fixture
def models(database: str) -> Iterator[Projecting]:
    """All read models at position 0."""
    with projecting(database, MODELS) as shown:
        yield shown


@pytest.fixture
def proven(models: Projecting) -> Iterator[Projecting]:
    """The same; what a test leaves must survive a second reading, a rebuild and a check."""
    yield models
    before = models.everything()
    assert any(before.values())
    models.hand_out_again()
    assert models.everything() == before, "the same events twice"
    assert models.differences() == 0, "rows from the log"
    assert models.rebuild() == {}
    assert models.everything() == before, "rebuilt"
