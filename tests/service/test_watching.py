"""Admins are told by mail of what stands still, once, and once when it is over, whoever watches (T9)."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.kernel import Role
from processors.runtime.following import Runtime, connect
from processors.runtime.watch import Limits
from schema.database_roles import DatabaseRole
from service.bootstrap import MODELS
from service.sealer import sealing
from service.settings import Settings
from service.watching import watching
from tests.processors.post import WITHOUT_ACCOUNTS, Post, post_on
from tests.support.lanes import figures
from tests.support.projecting import reading
from tests.support.proxy import Proxy

ROOT = Path(__file__).parents[2]
OPEN = "select from outages where over_at is null"
QUICK = Limits(late=2.0, silent=5.0, unsent=2.0, patience=1.5, pause=0.1)
"""All that may be late in a test is a tenth of a second late."""


@dataclass
class Portal:
    """A school whose reader, clock and sealer are at work."""

    post: Post
    settings: Settings
    admins: list[UUID]
    reader: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def reads(self) -> None:
        """Read from now on, and be up to date."""
        post = self.post
        self.reader.enter_context(
            reading(post.url, post.log, MODELS, lambda seconds: time.sleep(min(0.1, seconds)))
        )
        self.within(40, self.has_caught_up)

    def stops_reading(self) -> None:
        self.reader.close()

    def reads_in_a_process(self) -> subprocess.Popen[bytes]:
        self.reader.close()
        argv = [sys.executable, "-m", "tests.projections.a_reader", self.settings.database_url, "0.1"]
        process = subprocess.Popen(argv, cwd=ROOT)
        self.reader.callback(ended, process)
        self.within(40, self.has_caught_up)
        return process

    def has_caught_up(self) -> bool:
        """All of the log is in the views, and the reader gave its sign of life."""
        row = self.post.connection.execute(
            "select (select min(position) from read_models) >= (select max(position) from events)"
            " and coalesce(beat_at > now() - interval '2 s', false) from reader"
        ).fetchone()
        return row == (True,)

    def watching(self, limits: Limits = QUICK, **other: Any) -> contextlib.AbstractContextManager[None]:
        settings = self.settings.model_copy(update=other)
        return watching(settings, self.post.delivery.deliver, limits)

    def happens(self) -> None:
        self.post.school.activity("Écoute de soi")

    def mails(self) -> list[tuple[str, str, UUID]]:
        """Template, state and whom, of the mails about outages."""
        rows = self.post.connection.execute(
            "select template, state, person from outbox where template like 'outage%' order by 1, 3"
        )
        return [tuple(row) for row in rows]

    def texts(self) -> list[str]:
        found = [m.get_body(("plain",)) for m in self.post.sink.mails]
        return [part.get_content().replace("\xa0", " ") for part in found if part is not None]

    def within(self, seconds: float, so: Callable[[], bool]) -> float:
        begun = time.monotonic()
        while not so():
            assert time.monotonic() - begun < seconds, f"not within {seconds} s: {self.mails()}"
            time.sleep(0.02)
        return time.monotonic() - begun


def ended(process: subprocess.Popen[bytes]) -> None:
    process.kill()  # one that is stopped too
    process.wait()


@contextlib.contextmanager
def clock_at_work(post: Post) -> Iterator[None]:
    """The processors follow; what drives mails reaches no worker, as while Valkey is away."""
    stop, side = threading.Event(), post.school.side
    runtime = Runtime(
        post.url,
        side.store,
        WITHOUT_ACCOUNTS,
        dispatcher=side.dispatcher,
        enqueue=lambda _: None,
        room=lambda: 0,
        clock=side.clock,
        wait=lambda _: time.sleep(0.1),
    )
    thread = threading.Thread(target=runtime.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)


@pytest.fixture
def portal(shown_database: str, tmp_path: Path) -> Iterator[Portal]:
    settings = Settings(mode="test", database_url=shown_database, data_dir=tmp_path)
    with post_on(shown_database) as post:
        admins = sorted(uuid4() for _ in range(2))
        for user, role in [*((admin, Role.ADMIN) for admin in admins), (uuid4(), Role.OFFICE)]:
            post.school.employ(user, roles=(role,))
            post.connection.execute(
                "insert into accounts (user_id, email_hash, roles) values (%s, %s, %s)",
                (user, user.bytes, [role.value]),
            )
        made = Portal(post, settings, admins)
        with clock_at_work(post), sealing(settings), made.reader:
            made.reads()
            yield made


def begun_to(portal: Portal, state: str = "sent") -> list[tuple[str, str, UUID]]:
    return [("outage", state, admin) for admin in portal.admins]


def over_to(portal: Portal, state: str = "sent") -> list[tuple[str, str, UUID]]:
    return [("outage_over", state, admin) for admin in portal.admins]


@pytest.mark.rule("T9")
@figures("limits", short=QUICK, long=Limits())
@pytest.mark.parametrize("how", [signal.SIGSTOP, pytest.param(signal.SIGKILL, marks=pytest.mark.long)])
def test_each_admin_is_told_once_of_a_reader_that_stopped_and_once_that_it_reads_again(
    portal: Portal, how: signal.Signals, limits: Limits
) -> None:
    calm, reader = limits.late + 2 * limits.patience, portal.reads_in_a_process()
    with portal.watching(limits), portal.watching(limits):
        reader.send_signal(how)
        portal.happens()
        seconds = portal.within(60, lambda: portal.mails() == begun_to(portal))
    print(f"T9: {how.name} of the reader told to {len(portal.admins)} admins after {seconds:.1f} s")
    with portal.watching(limits), portal.watching(limits):  # both were started anew
        portal.happens()
        time.sleep(calm)
        assert portal.mails() == begun_to(portal)
        if how is signal.SIGSTOP:
            reader.send_signal(signal.SIGCONT)
        else:
            portal.reads_in_a_process()
        portal.within(60, lambda: portal.mails() == begun_to(portal) + over_to(portal))
        time.sleep(calm)
    assert portal.mails() == begun_to(portal) + over_to(portal)
    assert sorted(to for [to] in portal.post.sink.recipients) == sorted(
        f"{admin}@example.com" for admin in portal.admins for _ in ("begun", "over")
    )
    first, last = portal.texts()[0], portal.texts()[-1]
    assert "Pages et listes en retard" in first
    assert "Événements de retard : 1" in first
    assert "relancer « portail project »" in first
    assert "https://portail.example.com/exploitation" in first
    assert "https://portail.example.com/aide/verifier-le-systeme" in first
    assert "Rétabli : " in last
    assert "Encore à l’arrêt" not in last


@pytest.mark.rule("T9")
@figures("limits", short=QUICK, long=Limits())
def test_a_hiccup_of_two_seconds_is_told_to_nobody(portal: Portal, limits: Limits) -> None:
    with portal.watching(limits):
        time.sleep(limits.late)
        portal.stops_reading()
        portal.happens()
        time.sleep(2.0)
        assert not portal.has_caught_up()
        portal.reads()
        time.sleep(limits.late + limits.patience + 2)
    assert portal.mails() == []


@pytest.mark.rule("T9")
def test_while_all_keep_up_nobody_gets_a_mail(portal: Portal) -> None:
    with portal.watching(), portal.watching():
        end = time.monotonic() + 8
        while time.monotonic() < end:
            portal.happens()
            time.sleep(0.1)
    assert portal.mails() == []


@pytest.mark.rule("T9")
def test_a_watcher_whose_own_line_went_silent_tells_all_the_same(portal: Portal) -> None:
    with Proxy(portal.settings.database_url) as proxy, portal.watching(database_url=proxy.url):
        time.sleep(1)
        proxy.half_open()
        portal.stops_reading()
        portal.happens()
        portal.within(60, lambda: portal.mails() == begun_to(portal))


@pytest.mark.rule("T9", "T10")
def test_a_parked_view_and_a_parked_reaction_are_told_with_what_resumes_them(portal: Portal) -> None:
    park = "parked_position = 1, parked_error = 'KeyError', parked_since = now()"
    go_on = "parked_position = null, parked_error = null, parked_since = null"
    hand = portal.post.connection
    with portal.watching():
        hand.execute(f"update read_models set {park} where name = 'roster'")
        portal.happens()
        portal.within(30, lambda: portal.mails() == begun_to(portal))
        hand.execute(f"update processors set {park} where name = 'reminder'")
        portal.within(30, lambda: len(portal.mails()) == 4)
        hand.execute(f"update read_models set {go_on} where name = 'roster'")
        portal.within(30, lambda: portal.mails()[4:] == over_to(portal))
        hand.execute(f"update processors set {go_on} where name = 'reminder'")
        portal.within(30, lambda: len(portal.texts()) == 8)
    first, second, third, last = portal.texts()[::2]
    assert "Vue « roster » à l’arrêt" in first
    assert "portail resume roster" in first
    assert "Raison et position : KeyError (1)" in first
    assert "portail resume reminder" in second
    assert "roster" not in second, "known already"
    assert "roster" in third.partition("Encore à l’arrêt")[0]
    assert "portail resume reminder" in third.partition("Encore à l’arrêt")[2]
    assert "Encore à l’arrêt" not in last


@pytest.mark.rule("T9", "COM-1")
def test_mails_that_nobody_sends_are_told_and_the_word_of_it_leaves_all_the_same(portal: Portal) -> None:
    school = portal.post.school
    with portal.watching():
        school.registration(school.client(), school.activity())
        portal.within(30, lambda: portal.mails() == begun_to(portal))
        waiting = portal.post.due()
        assert waiting, "the control: it is the confirmation that nobody sends"
        for id_ in waiting:
            portal.post.delivery.deliver(id_)
        portal.within(30, lambda: portal.mails() == begun_to(portal) + over_to(portal))
    [told, *_] = [text for text in portal.texts() if "Courriels que personne n’envoie" in text]
    assert "Éloïse" not in told, "nothing of a client"


@pytest.mark.rule("T9", "AUD-3")
def test_a_clock_that_is_gone_is_one_outage_of_all_that_it_did(shown_database: str, tmp_path: Path) -> None:
    """Reactions and seals come from one process: whoever reads gets one mail for both."""
    settings = Settings(mode="test", database_url=shown_database, data_dir=tmp_path)
    with post_on(shown_database) as post:
        admin = uuid4()
        post.school.employ(admin, roles=(Role.ADMIN,))
        post.connection.execute(
            "insert into accounts (user_id, email_hash, roles) values (%s, %s, '{admin}')",
            (admin, admin.bytes),
        )
        gone = Portal(post, settings, [admin])
        with gone.reader, gone.watching():
            gone.reads()
            gone.happens()
            gone.within(30, lambda: gone.mails() == begun_to(gone))
            time.sleep(QUICK.patience + QUICK.unsent)
            assert gone.mails() == begun_to(gone)
        [text] = gone.texts()
    assert "Confirmations, rappels et places offertes en retard" in text
    assert "Journal qui n’est plus scellé" in text


@pytest.mark.rule("T9")
def test_what_was_over_before_the_mail_could_leave_worries_nobody(portal: Portal) -> None:
    away = portal.post.delivery_to("smtp://127.0.0.1:1")
    with watching(portal.settings, away.deliver, QUICK):
        portal.stops_reading()
        portal.happens()
        portal.within(30, lambda: portal.mails() == begun_to(portal, "to_send"))
        portal.reads()
        portal.within(30, lambda: portal.mails()[2:] == over_to(portal, "dropped"))
    portal.post.redrive()
    assert portal.mails() == begun_to(portal, "dropped") + over_to(portal, "dropped")
    assert portal.post.sink.mails == []


@pytest.mark.rule("T9")
def test_what_begins_again_soon_after_its_end_is_told_of_after_ten_minutes_if_it_lasts(
    portal: Portal,
) -> None:
    def states() -> list[tuple[str, str]]:
        return sorted({(template, state) for template, state, _ in portal.mails()})

    def stands_and_reads(*then: tuple[str, str]) -> None:
        portal.stops_reading()
        portal.happens()
        portal.within(30, lambda: bool(portal.post.connection.execute(OPEN).fetchall()))
        portal.reads()
        portal.within(30, lambda: states() == list(then))

    with portal.watching():
        stands_and_reads(("outage", "sent"), ("outage_over", "sent"))
        stands_and_reads(
            ("outage", "sent"), ("outage", "to_send"), ("outage_over", "dropped"), ("outage_over", "sent")
        )
        assert len(portal.texts()) == 4, "nothing of the second time"
        portal.stops_reading()
        portal.happens()
        portal.within(30, lambda: len(portal.mails()) == 10)
        waits = portal.post.connection.execute(
            "select min(next_try - now()) > interval '9 min', max(next_try - now()) <= interval '10 min'"
            " from outbox where template = 'outage' and state = 'to_send'"
        ).fetchone()
        assert waits == (True, True)
        portal.post.due_now()
        portal.within(30, lambda: len(portal.texts()) == 6)
        portal.within(30, lambda: ("outage", "to_send") not in states())
    assert portal.mails().count(("outage", "dropped", portal.admins[0])) == 1, "of the second time"


@pytest.mark.rule("T9")
def test_without_an_admin_it_is_in_the_log_and_the_role_of_the_service_suffices(
    portal: Portal, caplog: pytest.LogCaptureFixture
) -> None:
    portal.post.connection.execute("delete from accounts")
    with portal.watching():
        portal.stops_reading()
        portal.happens()
        portal.within(30, lambda: "outage: what=reading" in caplog.text)
    assert "behind=1" in caplog.text
    assert "told=0" in caplog.text
    with connect(portal.settings.database_as(DatabaseRole.SERVICE)) as line:
        assert line.execute("select what, over_at from outages").fetchall() == [("reading", None)]


@pytest.mark.rule("T9")
@pytest.mark.long
@pytest.mark.parametrize("name", ["work", "clock"])
def test_each_of_the_two_commands_tells_of_a_dead_reader_within_a_minute_without_valkey(
    portal: Portal, name: str
) -> None:
    """As the commands run in production, with their own limits."""
    data = portal.settings.data_dir / name
    data.mkdir()
    for key, first in (("MASTER", 0), ("LOOKUP", 32)):
        (data / f"{key}.key").write_text(bytes(range(first, first + 32)).hex())
    environment = {
        "PATH": os.environ["PATH"],
        "PORTAIL_DATA_DIR": str(data),
        "PORTAIL_DATABASE_URL": portal.settings.database_url,
        "PORTAIL_REDIS_URL": "redis://127.0.0.1:1/0",
        "PORTAIL_SMTP_URL": portal.post.sink.url,
        "PORTAIL_MASTER_KEY_FILE": str(data / "MASTER.key"),
        "PORTAIL_LOOKUP_KEY_FILE": str(data / "LOOKUP.key"),
    }
    process = subprocess.Popen([sys.executable, "-m", "service", name], cwd=ROOT, env=environment)
    try:
        portal.within(60, (data / "alive").is_dir)
        portal.stops_reading()
        portal.happens()
        seconds = portal.within(60, lambda: len(portal.texts()) == len(portal.admins))
    finally:
        process.terminate()
        process.wait(20)
    print(f"T9: `portail {name}` told of a reader that is gone after {seconds:.1f} s")
    assert portal.mails() == begun_to(portal)
