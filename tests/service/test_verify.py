"""`portail verify` at the command line, and claims that don't follow from the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from typer.testing import CliRunner, Result

from schema.access_trail import TRAIL
from schema.seals import seal_once
from service.cli import app
from service.settings import load
from service.verify import seal_key_of
from tests.support.write_side import school_on

NOBODY = "00000000-0000-4000-8000-000000000000"
KEYS = {"master": bytes(range(32)), "lookup": bytes(range(32, 64))}


@dataclass
class Installation:
    """A sealed school and the command line on it."""

    owner: psycopg.Connection[Any]
    notary: Path

    def verify(self, *words: str) -> Result:
        return CliRunner().invoke(app, ["verify", *words])

    def tamper(self, text: str, *values: Any) -> None:
        self.owner.execute(text, values)


@pytest.fixture
def installation(
    database: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Installation]:
    (tmp_path / "keys").mkdir()
    for name, key in KEYS.items():
        (tmp_path / "keys" / f"{name}.key").write_text(key.hex())
    values = {"DATABASE_URL": database, "REDIS_URL": redis_url, "DATA_DIR": str(tmp_path), "MODE": "test"}
    for name, value in values.items():
        monkeypatch.setenv(f"PORTAIL_{name}", value)
    with school_on(database) as school:
        activity = school.activity()
        for _ in range(3):
            school.registration(school.client(), activity)
    settings = load()
    with psycopg.connect(database, autocommit=True) as owner:
        assert seal_once(owner, seal_key_of(settings), settings.notary_file) > 0
        yield Installation(owner, settings.notary_file)


def test_an_intact_log_says_how_many_events_it_holds_and_its_head(installation: Installation) -> None:
    result = installation.verify()
    (count,) = installation.owner.execute("select count(*) from events").fetchone() or (0,)
    (head,) = installation.owner.execute("select head from seals order by block desc").fetchone() or (b"",)
    assert result.exit_code == 0
    assert f"événements        {count}\n" in result.stdout
    assert head.hex() in result.stdout
    assert "journal intact" in result.stdout


def test_the_anchors_heads_are_compared(installation: Installation) -> None:
    result = installation.verify("--anchor", str(installation.notary))
    assert result.exit_code == 0
    assert "têtes comparées   1\n" in result.stdout


@pytest.mark.rule("AUD-3")
@pytest.mark.rule("T22")
def test_a_changed_byte_is_named_and_the_exit_code_tells(installation: Installation) -> None:
    (position,) = installation.owner.execute("select min(position) from events").fetchone() or (0,)
    installation.tamper("update events set state = state || ' ' where position = %s", position)
    result = installation.verify()
    assert result.exit_code == 1
    assert f"événement modifié : position {position}" in result.stdout


def test_an_event_that_waits_for_its_seal_is_counted_with_its_age(installation: Installation) -> None:
    with school_on(load().database_url) as school:
        school.activity("Autonomie")
    result = installation.verify()
    assert result.exit_code == 0
    assert "sans sceau        1, depuis " in result.stdout


class TestClaims:
    """The unique values beside the log are exactly those that its streams hold."""

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ("delete from claims where kind = 'email'", "manque"),
            (f"update claims set owner = '{NOBODY}' where kind = 'email'", "manque"),
            (f"insert into claims values ('email', 'planted', '{NOBODY}')", "en trop"),
        ],
    )
    def test_that_lack_or_are_left_over_are_named(
        self, installation: Installation, change: str, said: str
    ) -> None:
        installation.tamper(change)
        result = installation.verify()
        assert result.exit_code == 1
        assert "valeur réservée qui ne suit pas du journal : email (" in result.stdout
        assert said in result.stdout

    def test_the_control_no_claim_was_there_without_the_streams(self, installation: Installation) -> None:
        (count,) = installation.owner.execute("select count(*) from claims").fetchone() or (0,)
        assert count == 6
        installation.tamper("insert into claims values ('other', 'x', %s)", uuid4())
        assert installation.verify().exit_code == 1


@pytest.mark.rule("AUD-4")
def test_a_touched_row_of_the_access_trail_is_named(installation: Installation) -> None:
    installation.tamper(
        "insert into access_trail (position, at, role, kind, persons)"
        " values (log_slot(), '2026-11-24T15:00:00Z', 'auditor', 'history', 1)"
    )
    assert seal_once(installation.owner, seal_key_of(load()), installation.notary, TRAIL) == 1
    result = installation.verify("--anchor", str(installation.notary))
    assert result.exit_code == 0
    assert "accès lus         1\n" in result.stdout
    installation.tamper("update access_trail set persons = 0")
    result = installation.verify()
    assert result.exit_code == 1
    assert "trace d'accès modifiée : position " in result.stdout
