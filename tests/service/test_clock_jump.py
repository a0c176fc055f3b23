"""The machine's clock jumps an hour ahead, or back: limits, log-ins, reminders and the log stay right (T26).

What the clock says is one thing; the time that mail servers and people live by is called true here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import psycopg
import pyotp
import pytest

from aggregates.kernel import Role
from commands.registrations.defer_registration import DeferRegistration
from commands.sessions import Credentials, WrongCredentialsError
from commands.throttle import TooManyTriesError
from processors.runtime.links import FILE_DAYS, Links
from processors.runtime.mailing_rows import MOST
from schema.access_trail import TRAIL
from schema.clock import Tick, Ticks, machine_tick, machine_time, no_tick
from schema.seals import EVENTS, seal_once
from service.bootstrap import MODELS
from service.health import Heartbeat, beats
from service.settings import Settings
from service.verify import seal_key_of, verified
from tests.aggregates.test_mailings import to_audience
from tests.processors.post import Post, post_on
from tests.processors.test_reminder import DUE, at, planned, reminders
from tests.races.test_mailing_limits import a_moment, fullest, willing
from tests.service.test_replaying import keys
from tests.support.http import bearer, served_here
from tests.support.passwords import cheap_passwords
from tests.support.projecting import reading
from tests.support.tokens import token_of
from tests.support.write_side import OFFICE, VAULT

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOW = datetime(2026, 12, 2, 15, tzinfo=UTC)
PASSWORD = "Éloïse aime 3 pommes"
pytestmark = pytest.mark.rule("T26")


@pytest.fixture
def post(shown_database: str) -> Iterator[Post]:
    with post_on(shown_database) as made:
        made.school.now(NOW)
        yield made


@dataclass
class Machine:
    """A worker's machine whose clock somebody sets while it runs."""

    true: datetime = NOW
    wrong_by: timedelta = timedelta(0)

    def clock(self) -> datetime:
        return self.true + self.wrong_by

    def tick(self) -> Tick:
        """What no setting moves."""
        return Tick(UUID(int=1), (self.true - NOW).total_seconds() + 1_000)


def test_a_tick_goes_on_whatever_the_clock_says() -> None:
    """The real one: of this machine, forward only, the same for every process."""
    first, second = machine_tick(), machine_tick()
    assert first is not None
    assert second is not None
    assert (first.boot, first.seconds) <= (second.boot, second.seconds)
    with open("/proc/uptime") as uptime:
        assert abs(float(uptime.read().split()[0]) - second.seconds) < 60


@dataclass
class Mailing:
    """One author's mailing to many, and a machine that sends it."""

    post: Post
    machine: Machine
    ticks: Ticks

    @classmethod
    def to(cls, post: Post, number: int, machine: Machine, ticks: Ticks) -> Mailing:
        clients = [uuid4() for _ in range(number)]
        post.school.employ(OFFICE.user, roles=(Role.OFFICE,))
        for start in range(0, number, 200):
            post.log.given(*(fact for client in clients[start : start + 200] for fact in willing(client)))
        mailing = uuid4()
        composed = to_audience(person=mailing, author=OFFICE.user, recipients=tuple(clients), announces=None)
        post.log.given((mailing, composed))
        post.react()
        post.sink.clock = lambda: machine.true
        return cls(post, machine, ticks)

    def after(self, passed: timedelta, wrong_by: timedelta = timedelta(0)) -> int:
        """So much true time later, the clock wrong by that: how many leave."""
        self.machine.true += passed
        self.machine.wrong_by = wrong_by
        rounds = self.post.rounds_to(self.post.sink.url, clock=self.machine.clock, ticks=self.ticks)
        with reading(self.post.url, self.post.log, MODELS, wait=a_moment):
            return rounds.once()


@pytest.mark.long
@pytest.mark.rule("COM-8")
def test_no_24_true_hours_hold_more_than_500_mails_wherever_the_clock_jumps(post: Post) -> None:
    """Sent while the clock was behind, or seen from an hour ahead, mails would seem a day old too early."""
    machine = Machine()
    mailing = Mailing.to(post, 2 * MOST + 100, machine, machine.tick)
    left = [
        mailing.after(timedelta(0), wrong_by=-HOUR),
        mailing.after(23 * HOUR + 5 * MINUTE),
        mailing.after(56 * MINUTE),
        mailing.after(23 * HOUR + 5 * MINUTE, wrong_by=HOUR),
        mailing.after(56 * MINUTE),
    ]
    arrivals = post.sink.moments
    print(f"T26: {len(arrivals)} mails over two jumps each way, at most {fullest(arrivals)} in 24 true hours")
    assert left == [MOST, 0, MOST, 0, 100]
    assert fullest(arrivals) == MOST


@pytest.mark.long
@pytest.mark.rule("COM-8")
def test_by_the_clock_alone_there_would_be_more(post: Post) -> None:
    """The control; it is also what holds after a restart of the machine: the clock is all there is then."""
    mailing = Mailing.to(post, MOST + 100, Machine(), no_tick)
    assert mailing.after(timedelta(0), wrong_by=-HOUR) == MOST
    assert mailing.after(23 * HOUR + 5 * MINUTE) == 100
    assert fullest(post.sink.moments) == MOST + 100


@pytest.mark.long
def test_log_ins_end_and_go_on_as_soon_as_the_clock_is_right(post: Post) -> None:
    """One that ended lives for as long as the clock is behind, a valid one sleeps while it is ahead."""
    school, sessions = post.school, post.school.side.sessions
    user = uuid4()
    token = Credentials(token_of(school.side, user, (Role.OFFICE,), 30 * MINUTE), bearer=True)

    def lives(moment: datetime) -> bool:
        school.now(moment)
        with school.side.pool.connection() as connection:
            return sessions.find_on(connection, token) is not None

    assert lives(NOW)
    assert not lives(NOW + HOUR + MINUTE), "an hour ahead"
    assert lives(NOW + 2 * MINUTE), "right again"
    assert not lives(NOW + 31 * MINUTE)
    assert lives(NOW + 32 * MINUTE - HOUR), "an hour behind"
    assert not lives(NOW + 33 * MINUTE), "right again"
    assert not lives(NOW + 91 * MINUTE - HOUR), "an hour later it is over by that clock too"


@pytest.mark.long
def test_a_second_factor_and_tries_pause_no_longer_than_the_jump(post: Post) -> None:
    school, secret, email = post.school, pyotp.random_base32(), "admin@example.com"

    def tries(true: datetime, wrong_by: timedelta, password: str = PASSWORD) -> str:
        """With the code that the telephone shows at that true time."""
        school.now(true + wrong_by)
        code = pyotp.TOTP(secret).at(true)
        return school.side.sessions.log_in(email, password, code, "192.0.2.1")

    with cheap_passwords():
        school.side.sessions.set_account(uuid4(), email, (Role.ADMIN,), PASSWORD, secret)
        assert tries(NOW, timedelta(0))
        for wrong_by in (HOUR, -HOUR):
            with pytest.raises(WrongCredentialsError):
                tries(NOW + MINUTE, wrong_by)
        assert tries(NOW + 2 * MINUTE, timedelta(0)), "right again"
        for _ in range(10):
            with pytest.raises(WrongCredentialsError):
                tries(NOW + 3 * MINUTE, HOUR, "non")
        with pytest.raises(TooManyTriesError) as paused:
            tries(NOW + 4 * MINUTE, timedelta(0))
        assert paused.value.retry_after <= (HOUR + 15 * MINUTE).total_seconds()
        assert tries(NOW + 79 * MINUTE, timedelta(0)), "what was tried an hour ahead counts no longer"


@pytest.mark.long
def test_a_link_that_ended_ends_again(post: Post) -> None:
    school = post.school
    activity = school.activity()
    sold = school.sold(school.at_home(), activity)
    post.catch_up()
    link = Links(VAULT, "").invoice(sold.invoice, NOW)
    over = datetime(2026, 12, 3, tzinfo=UTC) + timedelta(days=FILE_DAYS)
    with served_here(post.url, school.side) as address, httpx2.Client(base_url=address, timeout=30) as http:

        def status(moment: datetime) -> int:
            school.now(moment)
            return http.get(link).status_code

        assert status(over - 30 * MINUTE) == 200
        assert status(over + 30 * MINUTE) == 404, "an hour ahead"
        assert status(over - 29 * MINUTE) == 200, "right again"
        assert status(over + 31 * MINUTE) == 404
        assert status(over - 28 * MINUTE) == 200, "an hour behind"
        assert status(over + 33 * MINUTE) == 404, "right again"


@pytest.mark.long
@pytest.mark.rule("COM-2")
@pytest.mark.parametrize(
    "seen",
    [
        pytest.param((-30, 31, -28, 1, 62), id="ahead before it is due, and right again"),
        pytest.param((-1, -59, -30, 2, 61), id="behind right before it is due"),
        pytest.param((1, -58, 3, 64), id="behind right after it was sent"),
        pytest.param((-90, 10, -70, -10, 50, -5, 55), id="there and back twice"),
    ],
)
def test_a_reminder_is_sent_once_and_not_lost(post: Post, seen: tuple[int, ...]) -> None:
    """What the clock showed in turn, in minutes from the moment that the reminder is due."""
    activity, workshop = planned(post)
    post.school.registration(post.school.client(), activity, workshop)
    for minutes in seen:
        at(post, DUE + minutes * MINUTE)
        post.redrive()
    assert reminders(post) == [("client", "sent"), ("organiser", "sent")]


@pytest.mark.long
def test_a_lease_and_a_next_try_of_before_the_jump_keep_no_mail_for_good(post: Post) -> None:
    """Both are the database's clock: set back by an hour, they seem to lie an hour further ahead.

    Then the mail waits for as long as the jump was; set ahead, they are over at once, and it leaves once.
    """
    activity, workshop = planned(post)
    post.school.registration(post.school.client(), activity, workshop)
    at(post, DUE - HOUR)
    post.school.now(DUE)
    post.react()
    assert [state for _, state in reminders(post)] == ["to_send"] * 2
    late = "next_try = next_try + interval '1 h', lease_until = now() + interval '1 h 2 min'"
    post.connection.execute(f"update outbox set {late}, state = 'claimed', lease = gen_random_uuid()")
    post.woken.extend(post.due())
    post.deliver()
    assert [state for _, state in reminders(post)] == ["claimed"] * 2, "while the hour lasts"
    an_hour_passes = "next_try = next_try - interval '1 h', lease_until = lease_until - interval '1 h 3 min'"
    post.connection.execute(f"update outbox set {an_hour_passes}")
    for _ in range(2):
        post.redrive()
    assert reminders(post) == [("client", "sent"), ("organiser", "sent")]
    assert len([m for m in post.sink.mails if str(m["Subject"]).startswith("Rappel")]) == 2


@pytest.mark.long
def test_what_happened_keeps_its_order_its_seals_and_a_past_that_can_be_shown(
    post: Post, redis_url: str, tmp_path: Path
) -> None:
    """Positions order the log, not instants. No past shows a step without the one before it."""
    settings = Settings(mode="test", data_dir=tmp_path / "var", database_url=post.url, redis_url=redis_url)
    keys(settings)
    school = post.school
    school.now(NOW - 2 * HOUR)
    client, activity = school.client(), school.activity()
    workshop = school.workshop(activity, starts=NOW + timedelta(days=60))
    positions = []
    school.now(NOW + HOUR)  # an hour ahead
    positions.append(position(post))
    registration = school.registration(client, activity, workshop)
    school.paid(client, 10_000, registration=registration)
    positions.append(position(post))
    school.now(NOW + 5 * MINUTE)  # right again
    school.send(DeferRegistration(client=client, registration=registration))
    school.paid(client, 5_000, registration=registration)
    positions.append(position(post))
    school.now(NOW + 10 * MINUTE - HOUR)  # an hour behind
    school.client()
    positions.append(position(post))
    assert positions == sorted(set(positions))
    post.catch_up()
    with psycopg.connect(post.url, autocommit=True) as line:
        for chain in (EVENTS, TRAIL):
            seal_once(line, seal_key_of(settings), settings.notary_file, chain)
    assert verified(settings, settings.notary_file).fault is None
    school.now(NOW + 30 * MINUTE)
    shown = pasts(post, client, [NOW - HOUR + n * 10 * MINUTE for n in range(15)])
    assert [[one["state"] for one in then["registrations"]] for then in shown] == [[]] * 13 + [
        ["to_schedule"]
    ] * 2
    assert [then for then in shown[:13] if then != shown[0]] == [], "registered and paid: both, or neither"
    assert shown[14] != shown[0], "the control"


def position(post: Post) -> int:
    row = post.connection.execute("select max(position) from events").fetchone()
    assert row is not None
    return int(row[0])


_OF_THE_ANSWER = frozenset({"position", "as_of", "fresh_at", "computed_at", "at"})


def pasts(post: Post, client: UUID, moments: list[datetime]) -> list[Any]:
    """What a dossier was as of these moments, over HTTP."""
    side, found = post.school.side, []
    headers = bearer(side)
    with served_here(post.url, side) as address, httpx2.Client(base_url=address, timeout=30) as http:
        for moment in moments:
            path = f"/api/clients/{client}/as-of"
            answer = http.get(path, params={"at": moment.isoformat()}, headers=headers)
            assert answer.status_code == 200, answer.text
            found.append({name: part for name, part in answer.json().items() if name not in _OF_THE_ANSWER})
    return found


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_who_died_before_the_clock_was_set_is_not_taken_for_alive(tmp_path: Path, jump: timedelta) -> None:
    """Its last sign of life lies an hour ahead then; one who lives gives another within a second."""
    beat = Heartbeat(tmp_path, "work")
    beat()
    assert beats(tmp_path, "work")
    (sign,) = (tmp_path / "alive").iterdir()
    then = (machine_time() + jump).timestamp()
    os.utime(sign, (then, then))
    assert not beats(tmp_path, "work")
    Heartbeat(tmp_path, "work")()
    assert beats(tmp_path, "work")
