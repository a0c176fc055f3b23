"""compose.yaml and Dockerfile say what the service needs: images, commands, variables, checks, order."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from service.health import Heartbeat, beats
from service.settings import load
from tests.service.compose_file import OURS, ROOT, Service, read_compose

SERVICES = read_compose()
RUNNING = ("web", "projector", "worker", "clock")


def test_the_file_holds_exactly_the_services_of_the_plan() -> None:
    assert set(SERVICES) == {"postgres", "valkey", "mail", *OURS}


def test_foreign_images_are_the_official_ones_at_a_fixed_version() -> None:
    images = {name: SERVICES[name].raw["image"] for name in ("postgres", "valkey", "mail")}
    assert images["postgres"] == "postgres:18"
    assert images["valkey"] == "valkey/valkey:9"
    assert re.fullmatch(r"[\w/]+:v?\d+[\w.]*", images["mail"])


@pytest.mark.parametrize("name", OURS)
def test_our_services_share_one_image_built_here_and_differ_by_their_command(name: str) -> None:
    commands = {"web": "serve", "projector": "project", "worker": "work"}
    assert SERVICES[name].raw["image"] == "portail"
    assert SERVICES[name].raw["build"] == "."
    assert SERVICES[name].raw["command"] == [commands.get(name, name)]


@pytest.mark.parametrize("name", OURS)
def test_our_services_get_variables_that_the_settings_know_and_accept(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in [variable for variable in os.environ if variable.startswith("PORTAIL_")]:
        monkeypatch.delenv(variable)
    for variable, value in SERVICES[name].environment.items():
        monkeypatch.setenv(variable, value)
    settings = load()
    assert settings.mode == "demo"
    assert settings.host == "0.0.0.0"
    assert not settings.catches_mail
    assert SERVICES[name].environment == SERVICES["web"].environment


def test_addresses_name_services_of_the_file_with_the_secrets_these_are_given() -> None:
    given = SERVICES["web"].environment
    database, broker = (urlsplit(given[f"PORTAIL_{name}_URL"]) for name in ("DATABASE", "REDIS"))
    mail = urlsplit(given["PORTAIL_SMTP_URL"])
    assert (database.hostname, database.port) == ("postgres", 5432)
    assert database.username == SERVICES["postgres"].environment["POSTGRES_USER"]
    assert database.password == SERVICES["postgres"].environment["POSTGRES_PASSWORD"]
    assert database.path == "/" + SERVICES["postgres"].environment["POSTGRES_DB"]
    assert (broker.hostname, broker.port) == ("valkey", 6379)
    assert broker.password == SERVICES["valkey"].environment["VALKEY_PASSWORD"]
    assert (mail.hostname, mail.port) == ("mail", 1025)


def test_no_secret_stands_in_the_file_and_none_has_a_default() -> None:
    text = (ROOT / "compose.yaml").read_text()
    assert set(re.findall(r"\$\{(\w+PASSWORD)([^}]*)\}", text)) == {
        ("POSTGRES_PASSWORD", ":?set it in .env"),
        ("VALKEY_PASSWORD", ":?set it in .env"),
    }
    example = (ROOT / ".env.example").read_text()
    assert re.search(r"^POSTGRES_PASSWORD=$", example, re.MULTILINE)
    assert re.search(r"^VALKEY_PASSWORD=$", example, re.MULTILINE)


def test_databases_run_with_the_settings_of_the_embedded_ones() -> None:
    postgres = SERVICES["postgres"].raw["command"]
    for setting in (
        "idle_in_transaction_session_timeout=5s",
        "log_error_verbosity=terse",
        "log_min_error_statement=panic",
        "log_parameter_max_length_on_error=0",
    ):
        assert postgres[postgres.index(setting) - 1] == "-c"
    valkey = SERVICES["valkey"].raw["command"][-1]
    for option in (
        "--appendonly yes",
        "--appendfsync everysec",
        "--maxmemory-policy noeviction",
        "--requirepass",
    ):
        assert option in valkey
    assert "builtin-locale=C.UTF-8" in SERVICES["postgres"].environment["POSTGRES_INITDB_ARGS"]


def test_databases_are_reached_from_inside_only_and_keep_their_data() -> None:
    for name in ("postgres", "valkey"):
        assert "ports" not in SERVICES[name].raw
        assert SERVICES[name].raw["volumes"]
    assert SERVICES["mail"].raw["ports"] == ["127.0.0.1:8025:8025"]


def test_two_web_servers_stand_side_by_side() -> None:
    assert SERVICES["web"].raw["deploy"]["replicas"] == 2
    first, last = SERVICES["web"].raw["ports"][0].partition(":")[0].split("-")
    assert int(last) - int(first) == 1


@pytest.mark.parametrize("name", ["postgres", "valkey", "mail", *RUNNING])
def test_every_lasting_service_has_a_health_check_and_restarts(name: str) -> None:
    assert SERVICES[name].check
    assert SERVICES[name].raw["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", RUNNING)
def test_our_health_checks_ask_for_the_command_that_runs(name: str) -> None:
    assert SERVICES[name].check == ["CMD", "python", "-m", "service.health", *SERVICES[name].raw["command"]]
    assert SERVICES[name].raw["stop_grace_period"] == "15s"


@pytest.mark.parametrize("name", RUNNING)
def test_ours_start_after_the_migration_which_starts_after_the_database(name: str) -> None:
    assert SERVICES[name].waits_for["migrate"] == "service_completed_successfully"
    assert SERVICES[name].waits_for["valkey"] == "service_healthy"
    assert SERVICES["migrate"].waits_for == {"postgres": "service_healthy"}
    assert SERVICES["migrate"].raw["restart"] == "no"


def test_only_the_worker_needs_the_mail_server_and_the_demo_runs_when_asked() -> None:
    assert [name for name in SERVICES if "mail" in SERVICES[name].waits_for] == ["worker"]
    assert SERVICES["demo"].raw["profiles"] == ["demo"]


def test_the_image_installs_the_checked_lock_and_holds_every_package() -> None:
    text = (ROOT / "Dockerfile").read_text()
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["only-include"]
    assert text.startswith("FROM python:3.12-slim\n")
    assert "--require-hashes --no-deps -r requirements.lock" in text
    assert re.findall(r"^COPY (\w+) \./\1$", text, re.MULTILINE) == packages
    assert text.index("USER portail") < text.index("ENTRYPOINT")
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert kept == ["requirements.lock", *packages]


def test_the_entry_point_of_the_image_is_the_command_line() -> None:
    entry = re.search(r"^ENTRYPOINT \[(.*)\]$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert entry
    assert entry[1] == '"python", "-m", "service"'
    done = subprocess.run(
        [sys.executable, "-m", "service", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "Usage: " in done.stdout


def test_a_health_check_follows_the_signs_of_life(tmp_path: Path) -> None:
    def well() -> bool:
        env = {**os.environ, "PORTAIL_DATA_DIR": str(tmp_path)}
        argv = [sys.executable, *SERVICES["clock"].check[2:]]
        return subprocess.run(argv, cwd=ROOT, env=env, check=False).returncode == 0

    assert not well()
    Heartbeat(tmp_path, "clock")()
    assert well()
    (sign,) = (tmp_path / "alive").iterdir()
    minute_ago = time.time() - 60
    os.utime(sign, (minute_ago, minute_ago))
    assert not well()
    assert not beats(tmp_path, "work")


def test_a_restarted_process_is_not_well_before_its_first_turn(tmp_path: Path) -> None:
    Heartbeat(tmp_path, "work")()
    Heartbeat(tmp_path, "work")
    assert not beats(tmp_path, "work")


def test_the_reader_of_this_test_fills_in_as_compose_does() -> None:
    service = Service(
        "x", {"environment": {"A": "${POSTGRES_PASSWORD:?no}", "B": "${NOWHERE:-b}", "C": "$$x"}}
    )
    assert service.environment == {"A": "dbsecret", "B": "b", "C": "$x"}
