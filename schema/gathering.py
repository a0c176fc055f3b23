"""Readers that keep up with the log take the events of a moment together: a step costs ten statements."""

from __future__ import annotations

import time

_FEW = 20
_SECONDS = 0.008


def gather(events: int) -> None:
    """After a step over so many events: wait for the next few, unless there are plenty."""
    if events < _FEW:
        time.sleep(_SECONDS)
