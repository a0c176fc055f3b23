"""The school's read models on a database of the test's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.bootstrap import MODELS
from tests.support.projecting import Projecting, projecting


@pytest.fixture
def database(shown_database: str) -> str:
    """Read models have their tables here."""
    return shown_database


@pytest.fixture
def models(database: str) -> Iterator[Projecting]:
    """All read models at position 0."""
    with projecting(database, MODELS) as shown:
        yield shown


@pytest.fixture
def proven(models: Projecting) -> Iterator[Projecting]:
    """The same; what a test leaves must survive a second reading and a rebuild.

    Models without rows are not rebuilt: their second reading was of the whole log, on empty tables.
    """
    yield models
    before = models.everything()
    filled = [m for m in models.models if any(before[f"{m.name}_{table}"] for table in m.tables)]
    assert filled
    models.hand_out_again()
    assert models.everything() == before, "the same events twice"
    assert models.rebuild(filled) == {}
    assert models.everything() == before, "rebuilt: rows from the log"
