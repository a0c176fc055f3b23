"""The figures of the two lanes: scaled down for every change, at full size before a release."""

from __future__ import annotations

from typing import Any

import pytest


def figures(names: str | tuple[str, ...], *, short: Any, long: Any) -> pytest.MarkDecorator:
    """Run the test at the short lane's figures, and at the full ones when marked tests are asked for."""
    return pytest.mark.parametrize(
        names, [pytest.param(*_values(short)), pytest.param(*_values(long), marks=pytest.mark.long)]
    )


def _values(figure: Any) -> tuple[Any, ...]:
    return figure if isinstance(figure, tuple) else (figure,)
