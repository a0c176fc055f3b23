"""Small commands named like portail's, to test the supervisor without the service behind it.

Each writes its pid to $PORTAIL_DATA_DIR/pids/<name>; a file there steers what it does:
<name>.fails makes it exit with code 3, <name>.deaf makes it ignore TERM.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psycopg


class Health(BaseHTTPRequestHandler):
    """Answers every GET."""

    def do_GET(self) -> None:
        """Say ok."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Keep quiet."""


def migrate() -> None:
    """Make the one table that the supervisor looks at."""
    with psycopg.connect(os.environ["PORTAIL_DATABASE_URL"]) as connection:
        connection.execute("create table if not exists events (position bigint)")


def demo() -> None:
    """Record one event."""
    with psycopg.connect(os.environ["PORTAIL_DATABASE_URL"]) as connection:
        connection.execute("insert into events values (1)")


def main() -> None:
    """Do what the subcommand of this name would."""
    name, folder = sys.argv[1], Path(os.environ["PORTAIL_DATA_DIR"], "pids")
    folder.mkdir(exist_ok=True)
    with (folder / f"{name}.count").open("a") as count:
        count.write(".")
    if (folder / f"{name}.fails").exists():
        sys.exit(3)
    if name in ("migrate", "demo"):
        {"migrate": migrate, "demo": demo}[name]()
        return
    if (folder / f"{name}.deaf").exists():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if name == "serve":
        server = HTTPServer(("127.0.0.1", int(os.environ["PORTAIL_PORT"])), Health)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    fresh = folder / f"{name}.new"
    fresh.write_text(str(os.getpid()))
    fresh.replace(folder / name)
    while True:
        time.sleep(1)


if __name__ == "__main__":
    main()
