"""Timers outlive every process and jump of the clock, and tell nothing stale after a long sleep (T12)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from aggregates.workshop.events import WorkshopPlanned
from commands.registrations.defer_registration import DeferRegistration
from commands.workshops.join_waiting_list import JoinWaitingList
from processors.runtime.effects import Due, Mail, Processor, Timer
from processors.runtime.following import Runtime
from schema.envelope import Recorded
from tests.processors.post import Post
from tests.processors.test_following import runtime

NOW = datetime(2027, 3, 1, 14, tzinfo=UTC)
SLEEP = timedelta(days=8)
"""A week, and the day until what was to be reminded of is over."""
pytestmark = pytest.mark.rule("T12", "COM-3")


class Alarm:
    """A processor that wants to be woken an hour after each workshop was planned."""

    def __init__(self, post: Post, client: UUID) -> None:
        self.client = client
        self.struck: list[datetime] = []
        self.on_strike: Callable[[], object] = lambda: None
        self.processor = Processor("alarm", self.react, self.fire)
        self.post = post
        self.runtime = self.started()

    def started(self) -> Runtime:
        """The clock's process, as it comes up after any end."""
        return runtime(self.post, self.processor)

    def react(self, event: Recorded) -> Sequence[Timer]:
        if not isinstance(event.fact, WorkshopPlanned):
            return []
        return [Timer("hour", event.envelope.at + timedelta(hours=1))]

    def fire(self, timer: Due, history: Sequence[Recorded]) -> Sequence[Mail]:
        self.struck.append(timer.due)
        self.on_strike()
        return [Mail(f"hour/{timer.due.isoformat()}", "reminder", "client", self.client, {})]

    def go_on(self, made: Runtime | None = None) -> int:
        """Read the log and fire what is due; answers how many mails there are in all."""
        made = made or self.runtime
        while made.step(self.post.connection) or made.fire(self.post.connection):
            pass
        row = self.post.connection.execute("select count(*) from outbox").fetchone()
        assert row is not None
        return int(row[0])


@pytest.fixture
def alarm(post: Post) -> Alarm:
    post.school.now(NOW)
    made = Alarm(post, post.school.client())
    post.school.workshop(post.school.activity(), starts=NOW + timedelta(days=60))
    assert made.go_on() == 0
    return made


def test_set_before_a_restart_it_fires_after_it_once(post: Post, alarm: Alarm) -> None:
    newer = alarm.started()
    post.school.now(NOW + timedelta(minutes=59))
    assert alarm.go_on(newer) == 0
    post.school.now(NOW + timedelta(hours=1, minutes=1))
    assert alarm.go_on(newer) == 1
    assert alarm.go_on(alarm.started()) == 1
    assert len(alarm.struck) == 1


def test_killed_while_it_fires_it_leaves_nothing_and_the_next_process_fires_it(
    post: Post, alarm: Alarm
) -> None:
    post.school.now(NOW + timedelta(hours=2))
    with psycopg.connect(post.url, autocommit=True) as doomed:
        pid = doomed.info.backend_pid
        alarm.on_strike = lambda: post.connection.execute("select pg_terminate_backend(%s)", (pid,))
        with pytest.raises(psycopg.OperationalError):
            alarm.runtime.fire(doomed)
    assert post.connection.execute("select state from timers").fetchall() == [("set",)]
    assert post.outbox() == []
    alarm.on_strike = lambda: None
    assert alarm.go_on(alarm.started()) == 1
    assert len(alarm.struck) == 2, "the detector: it had begun"


def test_killed_after_its_mails_were_stored_it_does_not_fire_again(post: Post, alarm: Alarm) -> None:
    post.school.now(NOW + timedelta(hours=2))
    with psycopg.connect(post.url, autocommit=True) as doomed:
        alarm.runtime.fire(doomed)
        post.connection.execute("select pg_terminate_backend(%s)", (doomed.info.backend_pid,))
    assert alarm.go_on(alarm.started()) == 1
    assert len(alarm.struck) == 1


def test_a_clock_that_jumps_an_hour_ahead_and_back_fires_it_once(post: Post, alarm: Alarm) -> None:
    post.school.now(NOW + timedelta(hours=1, minutes=1))
    assert alarm.go_on() == 1
    post.school.now(NOW + timedelta(minutes=1))
    assert alarm.go_on() == 1
    post.school.now(NOW + timedelta(hours=2))
    assert alarm.go_on() == 1
    assert len(alarm.struck) == 1


def test_a_clock_set_back_before_it_waits_for_the_moment(post: Post, alarm: Alarm) -> None:
    post.school.now(NOW - timedelta(hours=1))
    assert alarm.go_on() == 0
    post.school.now(NOW + timedelta(minutes=59))
    assert alarm.go_on() == 0
    post.school.now(NOW + timedelta(hours=1, minutes=1))
    assert alarm.go_on() == 1


class Asleep:
    """A school with a week's worth of things to come, whose processes then sleep through them."""

    def __init__(self, post: Post) -> None:
        self.post, self.school = post, post.school
        self.school.now(NOW)
        self.activity = self.school.activity()

    def workshop(self, days: float, **changes: int) -> UUID:
        return self.school.workshop(self.activity, starts=NOW + timedelta(days=days), **changes)

    def participant(self, email: str, workshop: UUID) -> UUID:
        client = self.school.client(email=email)
        self.school.registration(client, self.activity, workshop)
        return client

    def follow(self) -> None:
        self.post.react_and_deliver()

    def sleep(self) -> None:
        self.post.sink.mails.clear()
        self.school.now(NOW + SLEEP)
        self.post.runtime.start(self.post.connection)
        self.follow()

    def heard(self) -> dict[str, list[str]]:
        """Subjects by client, of what left after the sleep."""
        found: dict[str, list[str]] = {}
        for mail in self.post.sink.mails:
            found.setdefault(str(mail["To"]), []).append(str(mail["Subject"]))
        return found

    def dropped(self) -> list[tuple[str, str]]:
        rows = self.post.connection.execute(
            "select template, recipient from outbox where state = 'dropped' order by template, recipient"
        )
        return [(str(template), str(recipient)) for template, recipient in rows]


@pytest.fixture
def asleep(post: Post) -> Asleep:
    return Asleep(post)


@pytest.mark.rule("COM-2")
def test_a_week_asleep_reminds_of_what_is_to_come_and_records_what_is_past(asleep: Asleep) -> None:
    asleep.participant("past@example.com", asleep.workshop(days=7.9))
    asleep.participant("soon@example.com", asleep.workshop(days=10))
    asleep.participant("later@example.com", asleep.workshop(days=30))
    asleep.follow()
    asleep.sleep()
    clients = {to: subjects for to, subjects in asleep.heard().items() if to.endswith("n@example.com")}
    assert clients == {"soon@example.com": ["Rappel : Écoute de soi"]}, "the control: what is to come is told"
    assert asleep.dropped() == [("reminder", "client"), ("reminder", "organiser")]


@pytest.mark.rule("ATE-2")
def test_a_week_asleep_offers_what_is_to_come_and_nothing_that_has_begun(asleep: Asleep) -> None:
    school = asleep.school
    lists = {}
    for name, days in (("past", 3), ("soon", 20)):
        workshop = asleep.workshop(days=days, capacity=1)
        holder = school.client()
        held = school.registration(holder, asleep.activity, workshop)
        for n in (1, 2):
            waiting = school.client(email=f"{name}{n}@example.com")
            school.send(JoinWaitingList(client=waiting, workshop=workshop))
        asleep.follow()
        lists[name] = (holder, held)
    for holder, held in lists.values():
        school.send(DeferRegistration(client=holder, registration=held))
    asleep.follow()
    assert {"past1@example.com", "soon1@example.com"} <= set(asleep.heard())
    asleep.sleep()
    offered = {to for to, subjects in asleep.heard().items() if any("place est libre" in s for s in subjects)}
    assert offered == {"soon2@example.com"}, "the first ones' offers lapsed in the night"
