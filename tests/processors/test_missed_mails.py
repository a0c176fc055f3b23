"""What was missed goes out again in one click, as things stand now, and once (COM-10, COM-1)."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from aggregates.client.missed_mails.refusals import AddressKnownBad
from aggregates.client.state import CLIENT, Dossier
from commands.mails.resend_mail import ResendMail
from commands.mails.resend_missed import ResendMissed
from commands.mails.set_aside_missed import SetAsideMissed
from commands.workshops.cancel_workshop import CancelWorkshop
from tests.processors.post import Post
from tests.support import returned_mails as made

pytestmark = pytest.mark.rule("COM-10")
NO_SUCH = "550 5.1.1 no such user"


def bounced(post: Post, days: int = 30) -> tuple[UUID, UUID]:
    """A client whose confirmation came back, and the workshop that it was about."""
    client, activity = post.school.client(), post.school.activity()
    starts = post.school.side.clock() + timedelta(days=days)
    workshop = post.school.workshop(activity, starts=starts)
    post.sink.rcpt_answers.append(NO_SUCH)
    post.school.registration(client, activity, workshop)
    post.react()
    of_client = post.connection.execute(
        "select id from outbox where person = %s and recipient = 'client'", (client,)
    ).fetchone()
    assert of_client is not None
    post.woken.sort(key=lambda id_: id_ != of_client[0])
    post.react_and_deliver()
    post.react()
    return client, workshop


def missed(post: Post, client: UUID) -> set[UUID]:
    dossier = post.school.state(CLIENT.at(client))
    assert isinstance(dossier, Dossier)
    return set(dossier.mails.missed)


def sent(post: Post, template: str) -> list[tuple[str, str | None]]:
    return [(state, error) for name, state, error in post.outbox() if name == template]


def test_a_corrected_address_gets_what_was_missed_once_however_often_it_is_pressed(post: Post) -> None:
    client, _ = bounced(post)
    with pytest.raises(AddressKnownBad):
        post.school.send(ResendMissed(client=client))
    before = len(post.sink.mails)
    post.correct_address(client, "juste@example.com")
    key = uuid4()
    for id_ in (key, key, uuid4(), uuid4()):
        post.school.send(ResendMissed(client=client), id_=id_)
        post.react_and_deliver()
    assert post.sink.recipients[before:] == [["juste@example.com"]]
    assert sent(post, "registration_confirmed") == [("bounced", "smtp_550"), ("sent", None)]
    assert missed(post, client) == set()


def test_two_who_press_at_once_send_it_once(post: Post) -> None:
    client, _ = bounced(post)
    post.correct_address(client, "juste@example.com")
    before = len(post.sink.mails)
    start = threading.Barrier(4)

    def press() -> None:
        start.wait()
        post.school.send(ResendMissed(client=client))

    hands = [threading.Thread(target=press) for _ in range(4)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    post.react_and_deliver()
    assert len(post.sink.mails) == before + 1


def test_what_comes_back_again_is_missed_again(post: Post) -> None:
    client, _ = bounced(post)
    [first] = missed(post, client)
    post.correct_address(client, "juste@example.com")
    post.school.send(ResendMissed(client=client))
    post.react_and_deliver()
    post.bounces.take(made.report(made.Mail(post.sink.senders[-1], "<x@y>")))
    post.react()
    [second] = missed(post, client)
    assert first != second
    with pytest.raises(AddressKnownBad):
        post.school.send(ResendMissed(client=client))


@pytest.mark.rule("COM-2")
def test_what_is_about_a_workshop_that_has_begun_is_dropped_and_says_so(post: Post) -> None:
    client, _ = bounced(post, days=30)
    post.correct_address(client, "juste@example.com")
    before = len(post.sink.mails)
    post.school.now(datetime.now(UTC) + timedelta(days=31))
    post.school.send(ResendMissed(client=client))
    post.react_and_deliver()
    assert len(post.sink.mails) == before
    states = sent(post, "registration_confirmed")
    assert states == [("bounced", "smtp_550"), ("dropped", "SupersededError")]
    assert missed(post, client) == set()


def test_a_confirmation_of_a_date_that_was_cancelled_meanwhile_does_not_go_out_again(post: Post) -> None:
    client, workshop = bounced(post)
    post.sink.rcpt_answers += [NO_SUCH] * 9
    post.school.send(CancelWorkshop(workshop=workshop, reason="Salle inondée"))
    post.react_and_deliver()
    post.react()
    post.sink.rcpt_answers.clear()
    post.correct_address(client, "juste@example.com")
    post.school.send(ResendMissed(client=client))
    post.react_and_deliver()
    assert ("sent", None) in sent(post, "workshop_cancelled"), "this is news for who heard nothing"
    assert ("sent", None) not in sent(post, "date_chosen")


@pytest.mark.rule("COM-1")
def test_one_mail_that_arrived_is_sent_anew_once_and_the_new_one_in_turn(post: Post) -> None:
    client = post.school.client()
    post.school.registration(client, post.school.activity())
    post.react_and_deliver()
    [mail] = [row[0] for row in post.connection.execute("select id from outbox").fetchall()]
    for _ in range(2):
        post.school.send(ResendMail(client=client, mail=mail))
    post.react_and_deliver()
    assert len(post.sink.mails) == 2
    [again] = [
        row[0] for row in post.connection.execute("select id from outbox where id <> %s", (mail,)).fetchall()
    ]
    post.school.send(ResendMail(client=client, mail=again))
    post.react_and_deliver()
    assert len(post.sink.mails) == 3
    assert len({m["Message-ID"] for m in post.sink.mails}) == 3


def test_nobody_elses_mail_goes_out_and_reading_the_log_again_sends_nothing(post: Post) -> None:
    client, _ = bounced(post)
    [mail] = missed(post, client)
    other = post.school.client()
    before = len(post.sink.mails)
    for asked in (ResendMail(client=other, mail=mail), ResendMail(client=other, mail=uuid4())):
        post.school.send(asked)
    post.react_and_deliver()
    assert len(post.sink.mails) == before
    post.school.send(ResendMail(client=client, mail=mail))
    post.react_and_deliver()
    assert len(post.sink.mails) == before + 1, "the control"
    post.connection.execute("update processors set position = 0")
    post.react_and_deliver()
    assert len(post.sink.mails) == before + 1


def test_what_is_set_aside_is_no_longer_missed_and_the_address_counts_as_right(post: Post) -> None:
    client, _ = bounced(post)
    post.school.send(SetAsideMissed(client=client))
    dossier = post.school.state(CLIENT.at(client))
    assert isinstance(dossier, Dossier)
    assert (dossier.mails.missed, dossier.mails.address_bad) == ({}, False)
    before = len(post.sink.mails)
    post.school.send(ResendMissed(client=client))
    post.react_and_deliver()
    assert len(post.sink.mails) == before
