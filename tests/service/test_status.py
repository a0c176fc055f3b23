"""`portail status` says what stands still, and its exit code tells whoever watches from outside (T9)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.cli import app
from tests.processors.post import Post, post_on

Run = Callable[[], Result]


@pytest.fixture
def run(shown_database: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("PORTAIL_DATABASE_URL", shown_database)
    monkeypatch.setenv("PORTAIL_REDIS_URL", redis_url)
    monkeypatch.setenv("PORTAIL_DATA_DIR", str(tmp_path))
    return lambda: CliRunner().invoke(app, ["status"])


def reader_lives(post: Post) -> None:
    post.connection.execute("update reader set beat_at = now(), caught_up_at = now()")


@pytest.mark.rule("T9", "T10")
def test_it_says_what_stands_still_and_exits_by_it(shown_database: str, run: Run) -> None:
    with post_on(shown_database) as post:
        silent = run()
        assert silent.exit_code == 1
        assert "Pages et listes en retard" in silent.output
        reader_lives(post)
        well = run()
        assert (well.exit_code, well.output) == (0, "Tout suit.\n")
        post.school.activity()
        reader_lives(post)
        late = run()
        assert late.exit_code == 1
        assert "relancer" in late.output
        assert "Confirmations, rappels et places offertes en retard" in late.output
        post.connection.execute(
            "update read_models set parked_position = 1, parked_error = 'KeyError', parked_since = now()"
            " where name = 'roster'"
        )
        assert "portail resume roster" in run().output


@pytest.mark.rule("T9")
def test_a_database_that_is_away_is_said_in_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAIL_DATABASE_URL", "postgresql://127.0.0.1:1/nowhere")
    away = run()
    assert (away.exit_code, away.output) == (1, "La base de données ne répond pas.\n")
