"""TERM, INT and HUP as one wish to stop, which may cut a long start short."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Self

NUMBERS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def stop_on_signals() -> threading.Event:
    """Set by TERM or INT, for a process that ends when it has done what is in its hands."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


class StopRequested(BaseException):
    """A signal to stop arrived inside `StopSignals.raising`."""


class StopSignals:
    """Context that catches the signals: `event` is set by them.

    Only the first one counts: what follows it is bounded in time.
    """

    def __init__(self) -> None:
        self.event = threading.Event()
        self._raises = False
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
            if self.event.is_set():
                raise StopRequested
            yield
        finally:
            self._raises = before

    def _caught(self, number: int, frame: FrameType | None) -> None:
        if self.event.is_set():
            return
        self.event.set()
        if self._raises:
            raise StopRequested
