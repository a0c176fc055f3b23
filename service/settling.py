"""What a process does once everything it needs is built."""

from __future__ import annotations

import gc
import os


def settle() -> None:
    """What is built by now stays: the collector need not walk it with every few hundred objects made."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def stand_back() -> None:
    """Mails may wait for a page, a command or a view on a busy machine."""
    os.nice(10)
