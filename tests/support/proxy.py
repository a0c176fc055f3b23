"""A TCP proxy before PostgreSQL that can delay, swallow, half-open and cut, to the message."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlencode, urlsplit

import psycopg

_CHUNK = 65_536
_COMPLETE = b"C"
_READY = b"Z"
_NEXT = 0.2
"""Seconds after which a waiting thread looks whether the proxy is closed."""


@dataclass
class Messages:
    """Splits what a server sends into PostgreSQL's messages: one type byte, a length, the rest."""

    _rest: bytes = b""

    def of(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Type and whole bytes of each message that is complete now."""
        self._rest += data
        while len(self._rest) >= 5:
            end = 1 + struct.unpack("!i", self._rest[1:5])[0]
            if len(self._rest) < end:
                return
            message, self._rest = self._rest[:end], self._rest[end:]
            yield message[:1], message


@dataclass
class _Cut:
    """Cut the connection whose server says `tag`, once it is ready again: the commit is done then."""

    tag: bytes
    happened: threading.Event = field(default_factory=threading.Event)


class Proxy:
    """Listens on loopback; `url` leads through it to the server of the URL given.

    Without TLS, so that the messages can be read.
    """

    def __init__(self, server_url: str) -> None:
        parts = psycopg.conninfo.conninfo_to_dict(server_url)
        self._server = (str(parts["host"]), int(str(parts.get("port") or 5432)))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_NEXT)
        self._server_url = server_url
        self._closed = threading.Event()
        self._links: set[_Link] = set()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self.cut: _Cut | None = None
        self.delay = 0.0
        """Seconds by which each piece of an answer is late."""
        self.swallowing = False
        """Answers vanish; questions still arrive."""
        self.away = False
        """New connections are closed at once, as by a server that is not there."""
        self.cuts = 0

    @property
    def url(self) -> str:
        """The server's URL, by way of the proxy."""
        port = self._listener.getsockname()[1]
        parts = urlsplit(self._server_url)
        account = parts.netloc.rpartition("@")[0]
        options = dict(parse_qsl(parts.query)) | {"sslmode": "disable", "gssencmode": "disable"}
        return parts._replace(netloc=f"{account}@127.0.0.1:{port}", query=urlencode(options)).geturl()

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        self.drop()
        for thread in self._threads:
            thread.join(10)
        self._listener.close()

    def cut_after(self, tag: str) -> threading.Event:
        """Cut the next connection whose server completes `tag` (as `COMMIT` or `INSERT 0`).

        The server has committed then; that it has never reaches the client. The event tells that it happened.
        """
        self.cut = _Cut(tag.encode())
        return self.cut.happened

    def half_open(self) -> None:
        """The servers' sides of all connections end; the clients' sides stay open and silent."""
        for link in self._open_links():
            link.half_open()

    def drop(self) -> None:
        """End all connections."""
        for link in self._open_links():
            link.close()

    def _open_links(self) -> list[_Link]:
        with self._lock:
            return list(self._links)

    def _start(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closed.is_set():
            with contextlib.suppress(TimeoutError):
                client, _ = self._listener.accept()
                if self.away:
                    client.close()
                    continue
                try:
                    link = _Link(client, socket.create_connection(self._server))
                except OSError:
                    client.close()
                    continue
                with self._lock:
                    self._links.add(link)
                self._start(self._questions, link)
                self._start(self._answers, link)

    def _questions(self, link: _Link) -> None:
        for data in link.read(link.client):
            if not link.is_half_open:
                link.send(link.server, data)
        self._end(link)

    def _answers(self, link: _Link) -> None:
        messages = Messages()
        held = b""
        for data in link.read(link.server):
            if self.delay:
                time.sleep(self.delay)
            for kind, message in messages.of(data):
                cut = self.cut
                if held:
                    held += message
                    if kind == _READY:
                        assert cut is not None
                        self.cut = None
                        self.cuts += 1
                        cut.happened.set()
                        self._end(link)
                        return
                elif cut is not None and kind == _COMPLETE and message[5:].startswith(cut.tag):
                    held = message
                elif not self.swallowing:
                    link.send(link.client, message)
        if not link.is_half_open:
            self._end(link)

    def _end(self, link: _Link) -> None:
        link.close()
        self._forget(link)

    def _forget(self, link: _Link) -> None:
        with self._lock:
            self._links.discard(link)


class _Link:
    """One client's connection and the one to the server behind it."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client = client
        self.server = server
        self.is_half_open = False
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @staticmethod
    def read(source: socket.socket) -> Iterator[bytes]:
        """What comes, until the other side ends."""
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                yield data

    @staticmethod
    def send(target: socket.socket, data: bytes) -> None:
        with contextlib.suppress(OSError):
            target.sendall(data)

    def half_open(self) -> None:
        self.is_half_open = True
        _shut(self.server)

    def close(self) -> None:
        _shut(self.client)
        _shut(self.server)


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
