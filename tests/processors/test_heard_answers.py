"""A yes of the mail server outlives the lease, whoever took the mail over meanwhile (COM-3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import psycopg
import pytest
from psycopg_pool import ConnectionPool, PoolTimeout

from aggregates.audience.conditions import InCountry
from aggregates.audience.found import fingerprint
from aggregates.kernel import Role
from commands.clients.choose_preferences import ChoosePreferences
from commands.mailing.compose_mailing import Audience, ComposeMailing
from processors.runtime import answer, mailing_rows
from processors.runtime.answer import KEPT_SECONDS
from processors.runtime.queue import _TIME_LIMIT_MS
from tests.processors.post import Post, locked_meanwhile
from tests.support.write_side import OFFICE, principal

pytestmark = pytest.mark.rule("COM-3")
LEASE_SECONDS = 1.0


def registered(post: Post) -> None:
    post.school.registration(post.school.client(), post.school.activity())
    post.react()


def a_mailing(post: Post) -> UUID:
    """To one client, who wants e-mails."""
    post.school.employ(OFFICE.user, roles=(Role.OFFICE,))
    client = post.school.client()
    said = ChoosePreferences(client=client, telephone=False, post=False, email=True, wording="1")
    post.school.send(said, principal(Role.CLIENT, user=client))
    post.catch_up()
    everybody = Audience(query=InCountry(kind="country", country="CA"), reviewed=fingerprint([client]))
    wish = ComposeMailing(subject="Nouvelles dates", text="Voici nos dates.", audience=everybody)
    mailing = post.school.send(wish).made["mailing"]
    post.react()
    return mailing


def when_it_arrives(post: Post, act: Callable[[], object]) -> None:
    """What happens between the mail's arrival at the server and its yes."""

    def arrived() -> datetime:
        post.sink.clock = None
        act()
        return post.school.side.clock()

    post.sink.clock = arrived


def states(post: Post) -> list[tuple[str, str | None]]:
    return [(state, error) for _, state, error in post.outbox()]


def test_a_mail_whose_yes_could_not_be_kept_within_the_lease_is_not_sent_again(post: Post) -> None:
    registered(post)
    with locked_meanwhile(post, seconds=2.5 * LEASE_SECONDS):
        post.delivery_to(post.sink.url, lease_seconds=LEASE_SECONDS).deliver(post.woken[0])
    assert (states(post), post.due()) == ([("sent", None)], [])
    assert len(post.sink.mails) == 1


def test_a_mail_taken_over_by_another_worker_is_not_handed_over_once_the_yes_is_kept(post: Post) -> None:
    registered(post)
    taken_over = "update outbox set lease = gen_random_uuid(), lease_until = now() + interval '2 min'"
    when_it_arrives(post, lambda: post.connection.execute(taken_over))
    post.deliver()
    assert states(post) == [("sent", None)]
    assert post.connection.execute("select lease from outbox").fetchone() == (None,)


@pytest.mark.parametrize("over", ["dropped", "bounced", "failed"])
def test_what_became_of_it_otherwise_stays(post: Post, over: str) -> None:
    registered(post)
    ended = "update outbox set lease = null, state = %s"
    when_it_arrives(post, lambda: post.connection.execute(ended, (over,)))
    post.deliver()
    assert [state for state, _ in states(post)] == [over]


def test_a_mailings_mail_that_was_held_is_sent_once_its_yes_is_kept(post: Post) -> None:
    mailing = a_mailing(post)

    def given_up_for_dead() -> None:
        with psycopg.connect(post.url) as other:
            other.execute("update outbox set lease_until = now() - interval '1 s'")
        with psycopg.connect(post.url) as other:
            mailing_rows.recover(other, mailing, post.school.side.clock())
        assert states(post) == [("held", "answer_lost")], "the control"

    when_it_arrives(post, given_up_for_dead)
    assert post.rounds.once() == 1
    assert states(post) == [("sent", None)]
    assert len(post.sink.mails) == 1


def test_an_answer_is_kept_in_mind_much_longer_than_the_database_is_away(post: Post) -> None:
    """The queue must not interrupt who does."""
    assert _TIME_LIMIT_MS > 1_000 * KEPT_SECONDS > 1_000 * 30 * 60
    tries: list[int] = []

    def away_first(_line: object, _at: object) -> bool:
        tries.append(1)
        if len(tries) < 3:
            raise psycopg.OperationalError("away")
        return True

    pool = post.school.side.pool
    assert answer.keep(pool, post.school.side.clock, away_first)
    assert len(tries) == 3
    nowhere = ConnectionPool("postgresql://127.0.0.1:1/x", min_size=0, max_size=1, timeout=0.1)
    with nowhere, pytest.raises(PoolTimeout):
        answer.keep(nowhere, post.school.side.clock, away_first, seconds=0.6)
