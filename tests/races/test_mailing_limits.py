"""500 mails of one sender in every sliding 24 hours, whoever sends and whatever the clock (COM-8, T13)."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from aggregates.client.preferences.events import Channel, PreferenceChosen
from aggregates.kernel import Fact, Role
from commands.clients.stop_emails import StopEmails
from processors.runtime.mailing_rows import MOST, WINDOW
from service.bootstrap import MODELS
from tests.aggregates.test_mailings import to_audience
from tests.processors.post import Post, post_on
from tests.support.builders import dossier_created
from tests.support.lanes import figures
from tests.support.projecting import reading
from tests.support.write_side import OFFICE, principal

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 12, 2, 15, tzinfo=UTC)
PROCESSES = 16
pytestmark = [pytest.mark.rule("T13"), pytest.mark.rule("COM-8")]


def fullest(arrivals: Sequence[datetime]) -> int:
    """The most mails that any window of 24 hours holds."""
    ordered = sorted(arrivals)
    return max((n + 1 - bisect_right(ordered, at - WINDOW) for n, at in enumerate(ordered)), default=0)


def test_the_detector_finds_one_mail_too_many() -> None:
    at_once = [NOW + timedelta(seconds=n) for n in range(500)]
    assert fullest(at_once) == 500
    assert fullest([*at_once, NOW + timedelta(hours=23)]) == 501
    assert fullest([*at_once, NOW + timedelta(hours=24)]) == 500


@pytest.fixture
def post(database: str) -> Iterator[Post]:
    with post_on(database) as made:
        made.school.now(NOW)
        made.school.employ(OFFICE.user, roles=(Role.OFFICE,))
        yield made


@figures("each", short=100, long=2_000)
def test_sixteen_processes_keep_to_it(post: Post, each: int) -> None:
    """16 mailings of one author to the same clients; some withdraw their consent while the limit holds."""
    clients = [uuid4() for _ in range(each)]
    for start in range(0, each, 200):
        post.log.given(*(fact for client in clients[start : start + 200] for fact in willing(client)))
    for _ in range(16):
        mailing = uuid4()
        composed = to_audience(person=mailing, author=OFFICE.user, recipients=tuple(clients), announces=None)
        post.log.given((mailing, composed))
    post.react()
    seed = random.randrange(1_000_000)
    chance, withdrawn, arrivals = random.Random(seed), dict[str, int](), post.sink.moments
    post.sink.clock = post.school.side.clock
    with senders(post), reading(post.url, post.log, MODELS, wait=a_moment):
        while waiting(post):
            seen = len(post.sink.mails)
            time.sleep(0.7)
            if len(post.sink.mails) == seen:
                if len(withdrawn) < 5:
                    client = clients[len(withdrawn)]
                    withdraw(post, client)
                    withdrawn[f"{client}@example.com"] = len(post.sink.mails)
                post.school.now(post.school.side.clock() + timedelta(minutes=chance.randrange(30, 700)))
            elif chance.random() < 0.1:
                post.school.now(post.school.side.clock() + timedelta(minutes=chance.randrange(1, 300)))
    late = [
        to
        for n, (to,) in enumerate(post.sink.recipients)
        if n >= withdrawn.get(to, len(post.sink.recipients))
    ]
    states = dict(post.connection.execute("select state, count(*) from outbox group by state").fetchall())
    print(
        f"T13: {len(arrivals)} mails by {PROCESSES} processes, at most {fullest(arrivals)} in 24 h,"
        f" {len(late)} without consent, {states}, seed {seed}"
    )
    assert fullest(arrivals) == MOST
    assert late == []
    assert states["sent"] == len(arrivals) == 16 * each - states["dropped"]
    assert states["dropped"] > 0


def willing(client: UUID) -> list[tuple[UUID, Fact]]:
    yes = PreferenceChosen(channel=Channel.EMAIL, allowed=True, wording="1")
    return [(client, dossier_created(client, email=f"{client}@example.com")), (client, yes)]


def withdraw(post: Post, client: UUID) -> None:
    post.school.send(StopEmails(client=client, wording="1"), principal(Role.CLIENT, user=client))


def waiting(post: Post) -> bool:
    row = post.connection.execute(
        "select exists (select 1 from outbox where state in ('to_send', 'claimed'))"
    ).fetchone()
    return row == (True,)


def a_moment(_seconds: float) -> None:
    time.sleep(0.02)


@contextmanager
def senders(post: Post) -> Iterator[None]:
    """They end with the block, all of them: they are a process group."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.races.a_sender", post.url, post.sink.url, str(PROCESSES)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
