"""TERM, INT and HUP as one wish to stop, which may cut a long start short."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from types import FrameType, TracebackType
from typing import Self

NUMBERS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def stop_on_signals() -> threading.Event:
    """Set by TERM or INT, for a process that ends when it has done what is in its hands."""
    stop = threading.Event()
    wish = _wish_to_set(stop)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: wish())
    return stop


def _wish_to_set(event: threading.Event) -> Callable[[], None]:
    """What a handler may call to have it set. `Event.set` takes a lock which the thread that the signal
    interrupts may hold, as it does around each wait: then it would wait for itself, for ever."""
    wishes: SimpleQueue[None] = SimpleQueue()  # its put may interrupt anything, itself too

    def carry_out() -> None:
        wishes.get()
        event.set()

    threading.Thread(target=carry_out, name="stop", daemon=True).start()
    return lambda: wishes.put(None)


class StopRequested(BaseException):
    """A signal to stop arrived inside `StopSignals.raising`."""


class StopSignals:
    """Context that catches the signals: `event` is set by them.

    Only the first one counts: what follows it is bounded in time.
    """

    def __init__(self) -> None:
        self.event = threading.Event()
        self._wish = _wish_to_set(self.event)
        self._asked = self._raises = False
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> Self:
        for number in NUMBERS:
            self._before[number] = signal.signal(number, self._caught)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    @contextlib.contextmanager
    def raising(self) -> Iterator[None]:
        """Let a signal raise StopRequested in this block, at once where one has come already."""
        before, self._raises = self._raises, True
        try:
            if self._asked:
                raise StopRequested
            yield
        finally:
            self._raises = before

    def _caught(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            return
        self._asked = True
        self._wish()
        if self._raises:
            raise StopRequested
