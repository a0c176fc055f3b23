"""The first admin is invited from the command line: nobody is in the portal yet (STF-1)."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from aggregates.kernel import Role
from service.cli import app
from service.settings import SettingsError

KEYS = {"master": bytes(range(32)), "lookup": bytes(range(32, 64))}


@pytest.mark.rule("STF-1")
def test_the_first_admin_is_added_once_and_told_apart_from_a_wrong_address(
    database: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "keys").mkdir()
    for name, key in KEYS.items():
        (tmp_path / "keys" / f"{name}.key").write_text(key.hex())
    values = {"DATABASE_URL": database, "REDIS_URL": redis_url, "DATA_DIR": str(tmp_path), "MODE": "test"}
    for name, value in values.items():
        monkeypatch.setenv(f"PORTAIL_{name}", value)

    def invite(email: str) -> object:
        words = ["invite-admin", "--name", "Zoé Roy", "--email", email]
        return CliRunner().invoke(app, words).exception

    assert invite("zoe@example.com") is None
    assert isinstance(invite("zoe@example.com"), SettingsError)
    assert isinstance(invite("pas une adresse"), SettingsError)
    with psycopg.connect(database) as connection:
        topics = connection.execute("select topic from events order by position").fetchall()
        roles = connection.execute("select roles from accounts").fetchall()
    assert sorted(topic for (topic,) in topics) == ["admins.appointed", "staff.added"]
    assert roles in ([], [([Role.ADMIN.value],)])
