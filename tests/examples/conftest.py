"""The story that a worked example tells: its title is the test's docstring, its rules are its markers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.examples.story import Story, check
from tests.http.conftest import door, school
from tests.support.http import Door

__all__ = ["door", "school", "story"]


@pytest.fixture
def story(request: pytest.FixtureRequest, door: Door) -> Iterator[Story]:
    rules = tuple(rule for mark in request.node.iter_markers("rule") for rule in mark.args)
    told = Story(door, rules, title=(request.function.__doc__ or "").strip().rstrip("."))
    yield told
    check(told)
