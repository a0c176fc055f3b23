"""Work that a process does beside its own, in a thread that ends with the block."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

_LAST_LOOK_SECONDS = 5.0
"""How long the end of the block waits for a look that has begun."""


@contextlib.contextmanager
def beside(name: str, work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Run `work` in a thread of that name; the event it is given is set when the block ends."""
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(stop,), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=_LAST_LOOK_SECONDS)
