"""The web application behind a real socket, in this process or in one of its own, and who may come in.

python -m tests.support.http URL (guarded|unguarded) → the port it listens on; ends with its input
"""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import uvicorn
from fastapi import FastAPI

from aggregates.kernel import Role
from commands.message import Command
from processors.runtime.payments.paypal import PayPal
from schema.labels import label, tables
from schema.pools import query_pool
from service.bootstrap import DISPATCH_THREADS, WriteSide, write_side
from service.settling import settle
from service.web import assemble
from tests.support.tokens import token_of
from tests.support.unguarded import UnguardedStore
from tests.support.write_side import OFFICE, VAULT, School

ROOT = Path(__file__).parents[2]


@contextmanager
def served_here(database_url: str, side: WriteSide, provider: PayPal | None = None) -> Iterator[str]:
    """The application on this write side, in a thread; its address."""
    with tempfile.TemporaryDirectory() as mails:
        app = assemble(
            side,
            query_pool(database_url, DISPATCH_THREADS),
            secure=False,
            settable_clock=True,
            mails_dir=Path(mails),
            public_url="https://portail.example.com",
            provider=provider,
        )
        with served(app) as address:
            yield address


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Any application, in a thread; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_level="warning",
                lifespan="on",
                timeout_keep_alive=60,
                server_header=False,
                proxy_headers=False,
            )
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the web server did not start"
                time.sleep(0.005)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def served_apart(database_url: str, guard: str = "guarded") -> Iterator[str]:
    """The application in a process of its own; its address."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.http", database_url, guard],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.stdin.close()
            process.wait(20)


def bearer(side: WriteSide, *roles: Role, user: UUID | None = None) -> dict[str, str]:
    """Headers of a machine with these roles, by default the office's."""
    token = token_of(side, user or OFFICE.user or UUID(int=0), roles or (Role.OFFICE,), timedelta(hours=1))
    return {"Authorization": f"Bearer {token}"}


def post(
    http: httpx2.Client, command: Command, headers: dict[str, str], key: str | None = None
) -> httpx2.Response:
    """Send the command as JSON."""
    given = {**headers, "Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
    body = command.model_dump_json()
    return http.post(f"/api/commands/{command.verb_noun()}", content=body, headers=given)


@dataclass
class Door:
    """Sends commands over HTTP as staff of the office, or as somebody else."""

    school: School
    http: httpx2.Client

    def __post_init__(self) -> None:
        self.office = bearer(self.school.side, Role.OFFICE, user=OFFICE.user)

    def as_(self, *roles: Role, user: UUID | None = None) -> dict[str, str]:
        """Headers of somebody with these roles."""
        return bearer(self.school.side, *roles, user=user or uuid4())

    def send(
        self, command: Command, headers: dict[str, str] | None = None, key: str | None = None
    ) -> httpx2.Response:
        return post(self.http, command, self.office if headers is None else headers, key)

    def raw(
        self,
        verb_noun: str,
        content: bytes,
        headers: dict[str, str] | None = None,
        content_type: str = "application/json",
    ) -> httpx2.Response:
        given = {**(self.office if headers is None else headers), "Content-Type": content_type}
        return self.http.post(f"/api/commands/{verb_noun}", content=content, headers=given)

    @contextmanager
    def nothing_done(self) -> Iterator[None]:
        """What happens in this block stores nothing."""
        before = stored(self.school.side)
        yield
        assert stored(self.school.side) == before


def stored(side: WriteSide) -> tuple[int, ...]:
    """Rows of each table that a command writes, and the numbers drawn."""
    with side.pool.connection() as connection:
        row = connection.execute(
            "select (select count(*) from events), (select count(*) from claims),"
            " (select count(*) from commands), (select count(*) from keys),"
            " (select coalesce(sum(last), 0) from series)"
        ).fetchone()
    assert row is not None
    return tuple(row)


def assert_problem(
    answer: httpx2.Response, status: int, code: str, rule: str | None, **fields: Any
) -> dict[str, Any]:
    """A problem document (RFC 9457) with its code, rule and French sentence; answers it."""
    found: dict[str, Any] = answer.json()
    assert (answer.status_code, found.get("code")) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert (found["status"], found["rule"]) == (status, rule)
    assert found["type"] == f"urn:portail:problem:{code}"
    assert found["title"] == label("fr", "status", str(status))
    assert found["detail"].startswith(tables("fr")["refused"][code].partition("{")[0])
    assert "{" not in found["detail"]
    for name, value in fields.items():
        assert found["fields"][name] == value
    return found


def main() -> None:
    """Serve until the input ends."""
    database_url, guard = sys.argv[1:]
    with write_side(database_url, VAULT, lambda: None, settable_clock=False) as side:
        if guard == "unguarded":
            store = UnguardedStore(side.store.log, side.store.vault)
            side = replace(side, store=store, dispatcher=replace(side.dispatcher, store=store))
        settle()  # as `portail serve` does
        with served_here(database_url, side) as address:
            print(address.rpartition(":")[2], flush=True)
            sys.stdin.read()


if __name__ == "__main__":
    main()
