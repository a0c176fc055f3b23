"""Each of our containers' commands, started with exactly its variables, answers its own health check."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from service.embedded import Servers
from service.embedded.process import free_port
from tests.service.compose_file import ROOT, Service, read_compose
from tests.service.conftest import wait_for

pytestmark = pytest.mark.owns_servers
SERVICES = read_compose()


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What stands here for the names that only the containers' network knows."""
    folder = tmp_path_factory.mktemp("compose")
    with Servers(folder, fsync=False) as servers:
        database, broker = urlsplit(servers.database_url), urlsplit(servers.redis_url)
        yield {
            "portail:dbsecret@postgres:5432": database.netloc,
            ":kvsecret@valkey:6379": broker.netloc,
            "mail:1025": f"127.0.0.1:{free_port()}",
            "/var/lib/portail": str(folder / "portail"),
        }


def environment(service: Service, places: dict[str, str], port: int) -> dict[str, str]:
    """Return the service's variables and nothing of ours, names replaced by places."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    for name, value in service.environment.items():
        for there, here in places.items():
            value = value.replace(there, here)
        env[name] = value
    return {**env, "PORTAIL_PORT": str(port)}


def command(service: Service) -> list[str]:
    """Return what the image's entry point would run."""
    return [sys.executable, "-m", "service", *service.raw["command"]]


def migrate(places: dict[str, str]) -> None:
    """Run the service that all others wait for."""
    service = SERVICES["migrate"]
    done = subprocess.run(
        command(service),
        env=environment(service, places, 1),
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "name",
    ["web", "clock", *(pytest.param(name, marks=pytest.mark.long) for name in ("projector", "worker"))],
)
def test_the_command_runs_on_the_containers_variables_until_its_health_check_passes(
    name: str, places: dict[str, str], tmp_path: Path
) -> None:
    migrate(places)
    service, log = SERVICES[name], tmp_path / "log"
    env = environment(service, places, free_port())
    check = [sys.executable, *service.check[2:]]

    def well() -> bool:
        assert process.poll() is None, log.read_text()
        return subprocess.run(check, env=env, cwd="/", check=False, capture_output=True).returncode == 0

    with log.open("w") as output:
        process = subprocess.Popen(command(service), env=env, cwd="/", stdout=output, stderr=output)
    try:
        wait_for(well, 60)
    finally:
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    assert process.returncode in (0, -signal.SIGTERM), log.read_text()
    assert time.monotonic() - begun < 15
