"""The one Jinja environment: autoescape, nothing undefined passes, assets named by their content."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from portal.format import FILTERS, TESTS

HERE = Path(__file__).parent
STATIC = HERE / "static"


def environment(new_id: Callable[[], str] = lambda: str(uuid4())) -> Environment:
    """Renders portal/templates; each form on a page asks `new_id` for a command id of its own."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(FILTERS)
    made.tests.update(TESTS)
    made.globals.update(asset=asset, new_id=new_id)
    return made


@lru_cache
def asset(name: str) -> str:
    """Address of a file under static/ that changes with its content, so that it may be cached for ever.

    Raises FileNotFoundError.
    """
    return f"/static/{name}?v={sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"
