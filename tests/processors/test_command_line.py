"""What operators do with processors: migrate begins them, resume mends them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.cli import app
from service.reactions import PROCESSORS
from tests.processors.post import Post

Run = Callable[..., Result]


@pytest.fixture
def run(database: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `portail …` on the test's servers."""
    monkeypatch.setenv("PORTAIL_DATABASE_URL", database)
    monkeypatch.setenv("PORTAIL_REDIS_URL", redis_url)
    monkeypatch.setenv("PORTAIL_DATA_DIR", str(tmp_path))
    return lambda *words: CliRunner().invoke(app, list(words))


def begun(post: Post) -> dict[str, int]:
    return dict(post.connection.execute("select name, since from processors").fetchall())


@pytest.mark.rule("COM-1")
def test_migrating_begins_the_new_processors_and_leaves_the_others(post: Post, run: Run) -> None:
    post.connection.execute("delete from processors where name = 'organiser_notice'")
    post.school.registration(post.school.client(), post.school.activity())
    assert run("migrate").exit_code == 0
    since = begun(post)
    assert set(since) == {p.name for p in PROCESSORS}
    assert since["registration_confirmation"] == 0
    assert since["organiser_notice"] > 0
    assert run("migrate").exit_code == 0
    assert begun(post) == since


def test_a_parked_processor_is_resumed_or_skips_its_event_by_hand(post: Post, run: Run) -> None:
    def park() -> None:
        post.connection.execute(
            "update processors set parked_position = 7, parked_error = 'KeyError', parked_since = now()"
            " where name = 'organiser_notice'"
        )

    def standing() -> tuple[int, bool]:
        row = post.connection.execute(
            "select position, parked_since is not null from processors where name = 'organiser_notice'"
        ).fetchone()
        assert row is not None
        return row[0], row[1]

    assert run("resume", "organiser_notice").exit_code == 2, "it is not parked"
    park()
    assert run("resume", "organiser_notice", "--skip", "8").exit_code == 2, "not parked there"
    assert standing() == (0, True)
    assert run("resume", "organiser_notice").exit_code == 0
    assert standing() == (0, False)
    park()
    assert run("resume", "organiser_notice", "--skip", "7").exit_code == 0
    assert standing() == (7, False)
    assert run("resume", "organizer_notice").exit_code == 2, "no such processor"
