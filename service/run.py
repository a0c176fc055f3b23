"""`portail run`: the databases, the schema, the demo school, then every process of the service."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg

from service.embedded import Servers
from service.embedded.process import end
from service.greeting import greeting
from service.health import answers
from service.ports import claim_port
from service.provider import WEBHOOK_ID
from service.settings import Settings
from service.stopping import StopRequested, StopSignals
from service.supervisor import Child, Supervisor

PROGRAM = (sys.executable, "-m", "service")
ROOT = Path(__file__).parents[1]
CHILDREN = ("project", "clock", "work")


class StepFailedError(Exception):
    """A command that must end well before the service starts did not."""


def run(settings: Settings, say: Callable[[str], None], *, program: Sequence[str] = PROGRAM) -> None:
    """Start everything, print where it is, keep it running until TERM, INT or HUP; stop within 15 s.

    `program` is the command line that knows the subcommands.
    Raises ServerError, PortError or StepFailedError when the start fails; nothing runs then.
    """
    begun = time.monotonic()
    with StopSignals() as stop, contextlib.suppress(StopRequested), contextlib.ExitStack() as stack:
        with stop.raising():
            say("PostgreSQL et Valkey…")
            servers = stack.enter_context(_servers(settings))
            port, catcher, provider = (
                _claim(stack, wanted)
                for wanted in (settings.port, settings.mailbox_port, settings.provider_port)
            )
            environment = _environment(settings, servers, port, catcher)
            if settings.simulates_payments:
                environment |= _simulated_provider(provider)
            stack.enter_context(_published(settings.data_dir, servers))
            _prepare(settings, servers, environment, program, say)
            say("Services…")
        supervisor = Supervisor(
            _children(settings, port, program),
            environment=environment,
            log_dir=settings.data_dir / "log",
            say=say,
            stop=stop,
            servers=servers.started(),
        )
        with supervisor:
            say(greeting(settings, port, time.monotonic() - begun))
            supervisor.watch()
            say("Arrêt…")


def run_servers(settings: Settings, say: Callable[[str], None]) -> None:
    """Run the two databases alone, print their addresses, until TERM, INT or HUP."""
    with StopSignals() as stop, contextlib.suppress(StopRequested), contextlib.ExitStack() as stack:
        with stop.raising():
            servers = stack.enter_context(_servers(settings))
            stack.enter_context(_published(settings.data_dir, servers))
            say(f"export PORTAIL_DATABASE_URL={servers.database_url}")
            say(f"export PORTAIL_REDIS_URL={servers.redis_url}")
        stop.event.wait()


def _servers(settings: Settings) -> Servers:
    return Servers(
        settings.data_dir,
        database_url=settings.database_url or None,
        redis_url=settings.redis_url or None,
    )


def _claim(stack: contextlib.ExitStack, wanted: int) -> int:
    port, handle = claim_port(wanted)
    stack.enter_context(handle)
    return port


def _environment(settings: Settings, servers: Servers, port: int, catcher: int) -> dict[str, str]:
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUNBUFFERED": "1",
        "PORTAIL_DATA_DIR": str(settings.data_dir),
        "PORTAIL_DATABASE_URL": servers.database_url,
        "PORTAIL_REDIS_URL": servers.redis_url,
        "PORTAIL_PORT": str(port),
        "PORTAIL_MAILBOX_PORT": str(catcher),
    }


def _simulated_provider(port: int) -> dict[str, str]:
    """Where the simulator is, and a secret that lives as long as this run."""
    return {
        "PORTAIL_PAYPAL_URL": f"http://127.0.0.1:{port}",
        "PORTAIL_PAYPAL_CLIENT": "ecole",
        "PORTAIL_PAYPAL_SECRET": secrets.token_hex(16),
        "PORTAIL_PAYPAL_WEBHOOK_ID": WEBHOOK_ID,
        "PORTAIL_PROVIDER_PORT": str(port),
    }


@contextlib.contextmanager
def _published(data_dir: Path, servers: Servers) -> Iterator[None]:
    """Leave the addresses, which hold passwords, where `attached` finds them while we run."""
    path = data_dir / "addresses.json"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({"database_url": servers.database_url, "redis_url": servers.redis_url}, file)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _prepare(
    settings: Settings,
    servers: Servers,
    environment: dict[str, str],
    program: Sequence[str],
    say: Callable[[str], None],
) -> None:
    say("Schéma de la base…")
    _step([*program, "migrate"], environment)
    unfinished = settings.data_dir / "demo.unfinished"
    if settings.mode == "demo" and (unfinished.exists() or _log_is_empty(servers.database_url)):
        say("École de démonstration…")
        unfinished.touch()
        _step([*program, "demo"], environment)
        unfinished.unlink()


def _step(argv: Sequence[str], environment: dict[str, str]) -> None:
    """Run a command to its end, its output ours."""
    process = subprocess.Popen(argv, env=environment, stdin=subprocess.DEVNULL)
    try:
        code = process.wait()
    finally:
        end(process, [(signal.SIGTERM, 3.0)])
    if code != 0:
        raise StepFailedError(f"« {argv[-1]} » a échoué (code {code})")


def _log_is_empty(database_url: str) -> bool:
    with psycopg.connect(database_url, connect_timeout=5) as connection:
        return connection.execute("select 1 from events limit 1").fetchone() is None


def _children(settings: Settings, port: int, program: Sequence[str]) -> list[Child]:
    children = [Child(name, [*program, name]) for name in CHILDREN]
    if settings.catches_mail:
        children.insert(0, Child("mailbox", [*program, "mailbox"]))
    if settings.simulates_payments:
        children.insert(0, Child("provider", [*program, "provider"]))
    return [*children, Child("serve", [*program, "serve"], lambda: answers(port))]
