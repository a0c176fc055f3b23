"""Notifications of the simulated provider: signed, sent in the background, doubled or late as tests wish."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from queue import SimpleQueue
from uuid import uuid4

import httpx2
import orjson

from schema.clock import machine_time
from service.provider.book import Book, Json

_TRIES = 5


class Notifier:
    """A thread that sends what happened to our webhook; a context."""

    def __init__(self, book: Book, url: Callable[[], str]) -> None:
        self._book = book
        self._url = url
        self._queue: SimpleQueue[Json | None] = SimpleQueue()
        self._held: list[Json] = []
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="notifier", daemon=True)
        book.notify = self.take

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._queue.put(None)
        self._thread.join(5)

    def take(self, kind: str, resource: Json) -> None:
        """Something happened."""
        event = {
            "id": f"WH-{uuid4().hex.upper()}",
            "event_type": kind,
            "create_time": self._book.clock().isoformat(),
            "resource": resource,
        }
        faults = self._book.faults
        if faults.silent:
            return
        if faults.hold_back:
            self._held.append(event)
            return
        for _ in range(faults.duplicate):
            self._queue.put(event)

    def release(self) -> int:
        """Send what was held back, last first."""
        held, self._held = self._held[::-1], []
        for event in held:
            for _ in range(self._book.faults.duplicate):
                self._queue.put(event)
        return len(held)

    def _run(self) -> None:
        with httpx2.Client(timeout=5.0) as http:
            while (event := self._queue.get()) is not None:
                self._send(http, event)

    def _send(self, http: httpx2.Client, event: Json) -> None:
        body = orjson.dumps(event)
        for pause in range(_TRIES):
            try:
                answer = http.post(self._url(), content=body, headers=signed(self._book, body))
                answered = answer.status_code < 500
            except httpx2.HTTPError:
                answered = False
            if answered or self._stopped.wait(0.2 * 2**pause):
                return


def signed(book: Book, body: bytes, sent: datetime | None = None) -> dict[str, str]:
    """The headers of a genuine notification with this body; sent now, by the machine's clock."""
    transmission, at = str(uuid4()), (sent or machine_time()).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "Content-Type": "application/json",
        "PAYPAL-AUTH-ALGO": "HMAC-SHA256",
        "PAYPAL-CERT-URL": "https://provider.invalid/cert",
        "PAYPAL-TRANSMISSION-ID": transmission,
        "PAYPAL-TRANSMISSION-TIME": at,
        "PAYPAL-TRANSMISSION-SIG": book.signature(transmission, at, body),
    }
