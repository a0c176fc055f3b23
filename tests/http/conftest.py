"""A school behind a real socket, one for all tests of a file: each makes the objects it needs."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from tests.support.http import Door, served_here
from tests.support.write_side import School, school_on


@pytest.fixture(scope="module")
def school(shared_database: str) -> Iterator[School]:
    with school_on(shared_database) as made:
        yield made


@pytest.fixture(scope="module")
def door(school: School, shared_database: str) -> Iterator[Door]:
    with (
        served_here(shared_database, school.side) as address,
        httpx2.Client(base_url=address, timeout=30) as http,
    ):
        yield Door(school, http)
