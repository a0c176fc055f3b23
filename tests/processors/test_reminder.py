"""A week before, participants are reminded once, whatever happened to clocks and processes (COM-2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.client.events import Language
from aggregates.kernel import Fact
from aggregates.workshop.events import SeatFreed, SeatPassed, Session, WorkshopMoved
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.defer_registration import DeferRegistration
from commands.workshops.cancel_workshop import CancelWorkshop
from commands.workshops.restore_workshop import RestoreWorkshop
from processors import reminder
from processors.runtime.effects import Due
from processors.runtime.following import pass_over
from processors.runtime.settled import settled
from schema.envelope import Recorded
from service.reactions import PROCESSORS
from tests.processors.post import Post
from tests.processors.test_registration_confirmation import organiser, words_of
from tests.processors.test_workshop_changes import moved, version_of
from tests.support.builders import envelope, seat_taken, workshop_planned
from tests.support.projecting import asking

STARTS = datetime(2027, 6, 10, 13, tzinfo=UTC)
DUE = datetime(2027, 6, 3, 13, tzinfo=UTC)
"""9:00 in Montréal on the 7th day before."""
PARIS_DUE = datetime(2027, 6, 3, 7, tzinfo=UTC)
pytestmark = pytest.mark.rule("COM-2")


def at(post: Post, moment: datetime) -> None:
    """The school's clock shows that moment, and everything that follows has followed."""
    post.school.side.clock.set(moment)  # type: ignore[attr-defined]
    post.react_and_deliver()


def planned(post: Post, **changes: Any) -> tuple[UUID, UUID]:
    """Activity and workshop, planned two months before."""
    at(post, STARTS - timedelta(days=60))
    activity = post.school.activity(note="Apportez un coussin.")
    return activity, post.school.workshop(activity, starts=STARTS, **changes)


def reminders(post: Post) -> list[tuple[str, str]]:
    rows = post.connection.execute(
        "select recipient, state from outbox where template = 'reminder' order by recipient"
    )
    return [(str(who), str(state)) for who, state in rows]


def reminded(post: Post) -> list[str]:
    return [str(m["To"]) for m in post.sink.mails if str(m["Subject"]).startswith(("Rappel", "Reminder"))]


@pytest.mark.rule("COM-12")
def test_a_participant_is_reminded_with_a_copy_to_the_organiser_at_nine_a_week_before(post: Post) -> None:
    who = organiser(post)
    activity, workshop = planned(post, organiser=who, practical_note="Sonnez au 3.")
    client = post.school.client(email="lea@example.com", first_name="Léa", language=Language.EN)
    post.school.registration(client, activity, workshop)
    at(post, DUE - timedelta(minutes=1))
    assert reminded(post) == []
    at(post, DUE)
    assert sorted(reminded(post)) == ["lea@example.com", "organiser@example.com"]
    mail, copy = (m for m in post.sink.mails if str(m["Subject"]).startswith("Reminder"))
    assert words_of(mail) == words_of(copy)
    for words in ("Apportez un coussin.", "Sonnez au 3.", "Balance: $375.00", "09:00"):
        assert words in words_of(mail)
    at(post, DUE + timedelta(days=1))
    assert len(reminded(post)) == 2, "once"


def test_the_morning_is_that_of_the_workshops_zone(post: Post) -> None:
    at(post, STARTS - timedelta(days=60))
    activity = post.school.activity()
    workshop = post.school.workshop(activity, starts=STARTS, zone="Europe/Paris")
    post.school.registration(post.school.client(), activity, workshop)
    at(post, PARIS_DUE - timedelta(seconds=5))
    assert reminders(post) == []
    at(post, PARIS_DUE)
    assert reminders(post) == [("client", "sent"), ("organiser", "sent")]


def test_who_got_the_date_within_the_week_is_not_reminded(post: Post) -> None:
    activity, workshop = planned(post)
    at(post, DUE + timedelta(hours=1))
    post.school.registration(post.school.client(), activity, workshop)
    at(post, DUE + timedelta(hours=2))
    assert reminders(post) == []


def test_a_school_that_slept_over_the_moment_reminds_those_of_then_alone(post: Post) -> None:
    activity, workshop = planned(post)
    post.school.registration(post.school.client(), activity, workshop)
    post.react()
    post.school.side.clock.set(DUE + timedelta(days=2))  # type: ignore[attr-defined]
    post.school.registration(post.school.client(first_name="Luc"), activity, workshop)
    post.react_and_deliver()
    assert reminders(post) == [("client", "sent"), ("organiser", "sent")]


def test_nobody_is_reminded_of_what_is_past(post: Post) -> None:
    activity, workshop = planned(post)
    post.school.registration(post.school.client(), activity, workshop)
    post.react_and_deliver()
    at(post, STARTS + timedelta(days=1))
    assert reminders(post) == [("client", "dropped"), ("organiser", "dropped")]
    assert reminded(post) == []


@pytest.mark.rule("ATE-10")
def test_the_reminder_follows_a_moved_workshop(post: Post) -> None:
    activity, workshop = planned(post)
    post.school.registration(post.school.client(), activity, workshop)
    later = STARTS + timedelta(days=14)
    post.school.send(moved(workshop, version_of(post, workshop), later, None))
    at(post, DUE)
    assert reminders(post) == []
    at(post, DUE + timedelta(days=14))
    assert reminders(post) == [("client", "sent"), ("organiser", "sent")]


@pytest.mark.rule("ATE-10", "COM-3")
def test_moved_away_and_back_it_reminds_once(post: Post) -> None:
    activity, workshop = planned(post)
    post.school.registration(post.school.client(), activity, workshop)
    for starts in (STARTS + timedelta(days=14), STARTS):
        post.school.send(moved(workshop, version_of(post, workshop), starts, None))
    at(post, DUE + timedelta(days=1))
    assert reminders(post) == [("client", "sent"), ("organiser", "sent")]


@pytest.mark.rule("ATE-4", "ATE-5")
def test_a_cancelled_workshop_reminds_nobody_and_a_restored_one_again(post: Post) -> None:
    activity, workshop = planned(post)
    other = post.school.workshop(activity, starts=STARTS)
    for one in (workshop, other):
        post.school.registration(post.school.client(), activity, one)
        post.school.send(CancelWorkshop(workshop=one, reason="Salle inondée"))
    post.react_and_deliver()
    post.school.send(RestoreWorkshop(workshop=other))
    at(post, DUE)
    assert reminders(post) == [("client", "sent"), ("organiser", "sent")], "the restored one alone"


@pytest.mark.rule("ATE-10")
def test_a_reminder_that_did_not_leave_before_the_workshop_was_moved_does_not(post: Post) -> None:
    activity, workshop = planned(post)
    post.school.registration(post.school.client(), activity, workshop)
    post.react_and_deliver()
    post.school.side.clock.set(DUE)  # type: ignore[attr-defined]
    post.react()
    later = STARTS + timedelta(days=40)
    post.school.send(moved(workshop, version_of(post, workshop), later, None))
    post.react_and_deliver()
    assert reminders(post) == [("client", "dropped"), ("organiser", "dropped")]
    at(post, DUE + timedelta(days=40))
    assert reminders(post) == [
        ("client", "dropped"),
        ("client", "sent"),
        ("organiser", "dropped"),
        ("organiser", "sent"),
    ]


@pytest.mark.rule("ATE-5")
@pytest.mark.parametrize("told", [False, True], ids=["who never heard of it", "who is told it takes place"])
def test_off_at_the_very_moment_and_restored_it_reminds_who_never_heard(post: Post, told: bool) -> None:
    activity, workshop = planned(post)
    post.school.registration(post.school.client(), activity, workshop)
    at(post, DUE - timedelta(minutes=2))
    post.school.send(CancelWorkshop(workshop=workshop, reason="Salle inondée"))
    if told:
        post.react_and_deliver()
    post.school.side.clock.set(DUE + timedelta(seconds=1))  # type: ignore[attr-defined]
    post.react()
    post.school.send(RestoreWorkshop(workshop=workshop))
    at(post, DUE + timedelta(minutes=5))
    post.redrive()
    state = "dropped" if told else "sent"
    assert reminders(post) == [("client", state), ("organiser", state)]


def test_who_left_meanwhile_is_not_reminded(post: Post) -> None:
    activity, workshop = planned(post)
    for wish in (DeferRegistration, CancelRegistration):
        client = post.school.client()
        registration = post.school.registration(client, activity, workshop)
        values = {"note": "Ne vient plus."} if wish is CancelRegistration else {}
        post.school.send(wish(client=client, registration=registration, **values))
    at(post, DUE)
    assert reminders(post) == []


@pytest.mark.rule("COM-3")
def test_a_reader_that_begins_later_reminds_of_what_was_planned_before(post: Post) -> None:
    activity, workshop = planned(post)
    past = post.school.workshop(activity, starts=STARTS - timedelta(days=50))
    for one in (workshop, past):
        post.school.registration(post.school.client(), activity, one)
    at(post, STARTS - timedelta(days=40))
    post.connection.execute("delete from timers")
    pass_over(post.connection, [p.name for p in PROCESSORS])
    post.runtime.start(post.connection)
    rows = post.connection.execute("select stream, state from timers").fetchall()
    assert rows == [(workshop, "set")], "those to come alone"
    at(post, DUE)
    assert ("client", "sent") in reminders(post)


@pytest.mark.rule("COM-3")
def test_a_timer_that_fails_is_on_record_and_the_others_go_on(post: Post) -> None:
    activity, workshop = planned(post)
    post.school.registration(post.school.client(), activity, workshop)
    post.react()
    broken = uuid4()
    post.connection.execute(
        "insert into timers (id, processor, purpose, stream, due) values (%s, 'unheard_of', 'x', %s, %s)",
        (broken, workshop, DUE - timedelta(hours=1)),
    )
    at(post, DUE)
    row = post.connection.execute("select state, error from timers where id = %s", (broken,)).fetchone()
    assert row == ("failed", "KeyError")
    assert reminders(post) == [("client", "sent"), ("organiser", "sent")]
    post.runtime.start(post.connection)
    row = post.connection.execute("select state, error from timers where id = %s", (broken,)).fetchone()
    assert row == ("set", None), "a newer release may know how"


def test_a_date_that_can_not_be_read_keeps_no_other_from_its_timer(post: Post) -> None:
    _, workshop = planned(post)
    _, damaged = planned(post)
    post.react()
    post.connection.execute("delete from timers")
    post.connection.execute(
        "update events set state = '\\x00' where stream = %s and topic = 'workshop.planned'", (damaged,)
    )
    pass_over(post.connection, [p.name for p in PROCESSORS])
    post.runtime.start(post.connection)
    assert post.connection.execute("select stream from timers").fetchall() == [(workshop,)]


def test_the_school_is_settled_once_the_log_is_read_timers_fired_and_mails_gone(post: Post) -> None:
    def is_settled(now: datetime) -> bool:
        return asking(post.url, lambda c: settled(c, now))

    activity, workshop = planned(post)
    post.school.registration(post.school.client(), activity, workshop)
    assert not is_settled(DUE - timedelta(days=1)), "the log is not read"
    post.react()
    assert not is_settled(DUE - timedelta(days=1)), "mails wait"
    post.deliver()
    assert is_settled(DUE - timedelta(days=1))
    assert not is_settled(DUE), "a timer is due"
    at(post, DUE)
    assert is_settled(DUE)


def recorded(workshop: UUID, *facts: tuple[datetime, Fact]) -> list[Recorded]:
    return [
        Recorded(workshop, n, n, envelope(at=when).to_bytes(visible=True), fact)
        for n, (when, fact) in enumerate(facts, 1)
    ]


def test_a_seat_keeps_the_moment_it_was_taken_when_it_passes_to_a_phase() -> None:
    workshop, first, phase, client = (uuid4() for _ in range(4))
    long_ago = DUE - timedelta(days=20)
    session = Session(starts=STARTS, ends=STARTS + timedelta(hours=8))
    passed = SeatPassed(registration=first, to=phase, client=client, retake=False, invoice=uuid4())
    history = recorded(
        workshop,
        (long_ago, workshop_planned(sessions=(session,))),
        (long_ago, seat_taken(first, client)),
        (DUE + timedelta(hours=1), passed),
    )
    mails = reminder.fire(Due("reminder", workshop, DUE), history)
    assert {mail.params["registration"] for mail in mails} == {phase}
    gone = recorded(workshop, (long_ago, SeatFreed(registration=phase, client=client)))
    assert reminder.fire(Due("reminder", workshop, DUE), [*history, *gone]) == []


def test_a_date_within_the_week_sets_no_timer() -> None:
    session = Session(starts=STARTS, ends=STARTS + timedelta(hours=8))
    workshop = uuid4()
    [late] = recorded(workshop, (DUE, workshop_planned(sessions=(session,))))
    assert reminder.react(late) == []
    was = (Session(starts=STARTS + timedelta(days=90), ends=STARTS + timedelta(days=91)),)
    nearer = WorkshopMoved(
        venue=None,
        zone="America/Toronto",
        sessions=(session,),
        region=None,
        was_venue=None,
        was_zone="America/Toronto",
        was_sessions=was,
    )
    [moved_here] = recorded(workshop, (DUE + timedelta(days=1), nearer))
    assert reminder.react(moved_here) == [], "the e-mail of the move has the same details"
