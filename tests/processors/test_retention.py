"""What e-mails said is forgotten after a year, that they were after three; nothing is sent again for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from aggregates.catalogue.settings import SchoolSettings
from commands.catalogue.change_settings import ChangeSettings
from processors.runtime import retention
from service.forgetting import forget_once
from tests.processors.post import Post
from tests.support.builders import dossier_deactivated
from tests.support.write_side import ADMIN

NOW = datetime(2027, 3, 1, 14, tzinfo=UTC)
YEAR = timedelta(days=367)
pytestmark = pytest.mark.rule("COM-1")


def sent(post: Post, at: datetime) -> None:
    """A confirmation that left at that moment."""
    post.school.now(at)
    post.school.registration(post.school.client(), post.school.activity())
    post.react_and_deliver()


def kept(post: Post) -> list[bool]:
    """Of each mail, the oldest first, whether it is known what it said."""
    rows = post.connection.execute("select sealed is not null from outbox order by position")
    return [bool(said) for (said,) in rows]


def forget(post: Post, at: datetime) -> None:
    post.school.now(at)
    forget_once(post.school.side)


def test_a_text_is_forgotten_after_a_year_and_the_mail_after_three(post: Post) -> None:
    sent(post, NOW)
    sent(post, NOW + timedelta(days=200))
    forget(post, NOW + timedelta(days=364))
    assert kept(post) == [True, True]
    forget(post, NOW + YEAR)
    assert kept(post) == [False, True]
    forget(post, NOW + 3 * YEAR - timedelta(days=10))
    assert kept(post) == [False, False]
    forget(post, NOW + 3 * YEAR)
    assert kept(post) == [False]


def test_the_school_says_how_long(post: Post) -> None:
    wanted = SchoolSettings(mail_text_months=1, mail_months=2)
    post.school.send(ChangeSettings(seen_version=0, settings=wanted), ADMIN)
    sent(post, NOW)
    forget(post, NOW + timedelta(days=40))
    assert kept(post) == [False]
    forget(post, NOW + timedelta(days=70))
    assert kept(post) == []


def test_what_still_waits_is_forgotten_never(post: Post) -> None:
    post.school.now(NOW)
    post.school.registration(post.school.client(), post.school.activity())
    post.react()
    forget(post, NOW + 4 * YEAR)
    assert post.outbox() == [("registration_confirmed", "to_send", None)]


def test_many_go_in_short_transactions(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_AT_ONCE", 2)
    for _ in range(5):
        sent(post, NOW)
    forget(post, NOW + 4 * YEAR)
    assert kept(post) == []


@pytest.mark.rule("COM-3")
def test_set_back_to_the_beginning_processors_send_nothing_for_what_is_forgotten(post: Post) -> None:
    sent(post, NOW)
    sent(post, NOW + 2 * YEAR)
    forget(post, NOW + 4 * YEAR)
    assert len(kept(post)) == 1
    assert post.connection.execute("select count(*) from timers").fetchone() == (1,)
    post.connection.execute("update processors set position = 0")
    post.react_and_deliver()
    assert len(kept(post)) == 1
    assert len(post.sink.mails) == 2


@pytest.mark.rule("COM-10")
def test_what_came_back_and_what_was_refused_are_forgotten_like_texts(post: Post) -> None:
    post.school.now(NOW)
    client = post.school.client()
    post.connection.execute(
        "insert into returned_mails (id, person, at, sealed) values (%s, %s, %s, %s)",
        (uuid4(), client, NOW, bytes(60)),
    )
    forget(post, NOW + timedelta(days=364))
    assert post.connection.execute("select count(*) from returned_mails").fetchone() == (1,)
    forget(post, NOW + YEAR)
    assert post.connection.execute("select count(*) from returned_mails").fetchone() == (0,)


@pytest.mark.rule("DOS-11")
def test_what_came_back_goes_with_the_key_it_lies_under(post: Post) -> None:
    post.school.now(NOW)
    client, other = post.school.client(), post.school.client()
    for person in (client, other):
        post.connection.execute(
            "insert into returned_mails (id, person, at, sealed) values (%s, %s, %s, %s)",
            (uuid4(), person, NOW, bytes(60)),
        )
    post.log.given((client, dossier_deactivated(client)))
    forget(post, NOW + timedelta(hours=1))
    assert post.connection.execute("select person from returned_mails").fetchall() == [(other,)]
