"""What a process does once everything it needs is built."""

from __future__ import annotations

import gc


def settle() -> None:
    """What is built by now stays: the collector need not walk it with every few hundred objects made."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
