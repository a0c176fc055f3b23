"""`portail rebuild`, its check, and `portail resume`, as an operator runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from typer.testing import CliRunner, Result

from service.bootstrap import MODELS
from service.cli import app
from tests.support.builders import dossier_created
from tests.support.projecting import Projecting, projecting

Run = Callable[..., Result]


@pytest.fixture
def models(database: str) -> Iterator[Projecting]:
    with projecting(database, MODELS) as shown:
        client = uuid4()
        shown.given((client, dossier_created(client)))
        yield shown


@pytest.fixture
def run(database: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `portail …` on the test's servers, with the keys that the tests write under."""
    for name, first in (("MASTER", 0), ("LOOKUP", 32)):
        key = tmp_path / f"{name}.key"
        key.write_text(bytes(range(first, first + 32)).hex())
        monkeypatch.setenv(f"PORTAIL_{name}_KEY_FILE", str(key))
    monkeypatch.setenv("PORTAIL_DATABASE_URL", database)
    monkeypatch.setenv("PORTAIL_REDIS_URL", redis_url)
    monkeypatch.setenv("PORTAIL_DATA_DIR", str(tmp_path))
    return lambda *words: CliRunner().invoke(app, list(words))


@pytest.mark.rule("T7")
def test_the_check_prints_rows_and_differences_of_each_model_and_exits_by_them(
    models: Projecting, run: Run
) -> None:
    clean = run("rebuild", "--check")
    assert clean.exit_code == 0, clean.output
    for model in MODELS:
        assert f"{model.name:16}" in clean.output
    assert clean.output.count(" 0 différences") == len(MODELS)
    build = models.connection.execute(
        "select format('rm_%s_%s_%s', name, version, build) from read_models where name = 'roster'"
    ).fetchone()
    assert build is not None
    models.connection.execute(f"update {build[0]}.person set last_name = 'Roi'")
    altered = run("rebuild", "--check", "roster", "dossier")
    assert altered.exit_code == 1
    assert " 2 différences" in altered.output
    assert " 0 différences" in altered.output
    assert run("rebuild", "roster").exit_code == 0
    assert run("rebuild", "--check").exit_code == 0


def test_an_unknown_model_is_named(models: Projecting, run: Run) -> None:
    wrong = run("rebuild", "rooster")
    assert wrong.exit_code == 2
    assert "rooster" in wrong.output
    assert models.differences() == 0


@pytest.mark.rule("T10")
def test_a_parked_model_is_resumed_or_skips_its_event_by_hand(models: Projecting, run: Run) -> None:
    position = models.position("roster")

    def park() -> None:
        models.connection.execute(
            "update read_models set parked_position = %s, parked_error = 'KeyError', parked_since = now()"
            " where name = 'roster'",
            (position + 1,),
        )

    def parked() -> bool:
        row = models.connection.execute(
            "select parked_since is not null from read_models where name = 'roster'"
        ).fetchone()
        return row == (True,)

    assert run("resume", "roster").exit_code == 2, "it is not parked"
    park()
    assert run("resume", "roster", "--skip", str(position)).exit_code == 2
    assert parked()
    assert run("resume", "roster", "--skip", str(position + 1)).exit_code == 0
    assert not parked()
    with psycopg.connect(models.log.url) as connection:
        skips = connection.execute("select name, position, who <> '' from read_model_skips").fetchall()
    assert skips == [("roster", position + 1, True)]
    park()
    assert run("resume", "roster").exit_code == 0
    assert not parked()
