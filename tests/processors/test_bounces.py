"""Mails that come back or never leave: noted once on the dossier, never answered by a mail (COM-10)."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.client.events import DossierDeactivated
from aggregates.client.missed_mails.events import MailUndelivered, UndeliveredReason
from aggregates.client.missed_mails.refusals import AddressKnownBad
from aggregates.client.state import CLIENT, Dossier
from commands.mails.note_undelivered import NoteUndelivered
from commands.mails.resend_missed import ResendMissed
from processors.runtime.bounces import Taken
from processors.runtime.delivery import MOST_TRIES
from schema.keys import KeyDestroyedError
from service.bounces import take_in
from tests.processors.post import Post
from tests.support import returned_mails as made
from tests.support.builders import dossier_deactivated
from tests.support.lanes import figures

pytestmark = pytest.mark.rule("COM-10")
R = UndeliveredReason


def registered(post: Post, **client: Any) -> UUID:
    """A client to whom a confirmation was sent, or tried to be sent."""
    who = post.school.client(**client)
    post.school.registration(who, post.school.activity())
    post.react_and_deliver()
    post.react()
    return who


def noted(post: Post, client: UUID) -> list[tuple[UndeliveredReason, str | None, bool]]:
    facts = [f for f in post.school.facts(CLIENT.at(client)) if isinstance(f, MailUndelivered)]
    return [(fact.reason, fact.status, fact.address_in_use) for fact in facts]


def address_bad(post: Post, client: UUID) -> bool:
    dossier = post.school.state(CLIENT.at(client))
    assert isinstance(dossier, Dossier)
    return dossier.mails.address_bad


def last_sent(post: Post) -> made.Mail:
    """The mail that the world got last, as it may come back."""
    return made.Mail(post.sink.senders[-1], str(post.sink.mails[-1]["Message-ID"]))


def states(post: Post) -> list[tuple[str, str | None]]:
    return [(state, error) for _, state, error in post.outbox()]


REFUSALS = [
    ("rcpt", "550 5.1.1 no such user", R.BAD_ADDRESS, "smtp_550", True),
    ("rcpt", "550 no such user", R.BAD_ADDRESS, "smtp_550", True),
    ("rcpt", "552 mailbox full", R.MAILBOX_FULL, "smtp_552", False),
    ("data", "554 5.7.1 looks like spam", R.REFUSED_AS_SPAM, "smtp_554", False),
    ("data", "550 not in the mood", R.REFUSED, "smtp_550", False),
]


@pytest.mark.parametrize(("at", "answer", "reason", "status", "flagged"), REFUSALS)
def test_a_refusal_for_good_is_noted_on_the_dossier(
    post: Post, at: str, answer: str, reason: UndeliveredReason, status: str, flagged: bool
) -> None:
    (post.sink.rcpt_answers if at == "rcpt" else post.sink.answers).append(answer)
    client = registered(post)
    assert states(post) == [("bounced", status)]
    assert noted(post, client) == [(reason, status, True)]
    assert address_bad(post, client) is flagged


def test_a_refusal_for_now_is_tried_again_and_noted_only_after_the_last_try(post: Post) -> None:
    post.sink.rcpt_answers += ["421 come back later"] * MOST_TRIES
    client = registered(post)
    assert (states(post), noted(post, client)) == ([("to_send", "smtp_421")], [])
    for _ in range(MOST_TRIES):
        post.redrive()
    post.react()
    assert states(post) == [("failed", "smtp_421")]
    assert noted(post, client) == [(R.GAVE_UP, "smtp_421", True)]
    assert not address_bad(post, client)


@pytest.mark.rule("COM-1")
def test_a_client_without_an_address_is_noted_and_the_first_one_sends_what_was_missed(post: Post) -> None:
    client = registered(post, email=None)
    assert noted(post, client) == [(R.NO_ADDRESS, "no_address", True)]
    with pytest.raises(AddressKnownBad):
        post.school.send(ResendMissed(client=client))
    post.correct_address(client, "enfin@example.com")
    post.school.send(ResendMissed(client=client))
    post.react_and_deliver()
    assert post.sink.recipients == [["enfin@example.com"]]


def test_a_report_after_success_moves_the_mail_from_sent_to_bounced(post: Post) -> None:
    client, other = registered(post), registered(post)
    mail = last_sent(post)
    assert post.bounces.take(made.report(mail)) is Taken.NOTED
    post.react()
    assert sorted(states(post), key=str) == [("bounced", "5.1.1"), ("sent", None)]
    assert noted(post, other) == [(R.BAD_ADDRESS, "5.1.1", True)]
    assert (address_bad(post, other), address_bad(post, client)) == (True, False)
    assert len(post.sink.mails) == 2, "nothing is sent in answer"


@pytest.mark.parametrize("shape", [made.report_of_two_blocks, made.qmail, made.report])
def test_the_message_id_does_where_the_address_is_the_senders(post: Post, shape: Any) -> None:
    client = registered(post)
    mail = made.Mail("ecole@example.com", last_sent(post).message_id)
    assert post.bounces.take(shape(mail)) is Taken.NOTED
    post.react()
    assert address_bad(post, client)


def test_delays_and_automatic_answers_change_nothing(post: Post) -> None:
    client = registered(post)
    mail = last_sent(post)
    for raw in (made.report(mail, "4.4.1", action="delayed"), made.away(mail)):
        assert post.bounces.take(raw) is Taken.NO_BOUNCE
    post.react()
    assert (states(post), noted(post, client)) == ([("sent", None)], [])


@pytest.mark.rule("T13")
@figures("reports", short=100, long=10_000)
def test_any_number_about_one_mail_makes_one_entry_and_no_mail(post: Post, reports: int) -> None:
    client = registered(post)
    mail = last_sent(post)
    for n in range(reports):
        raw = made.report(mail) if n % 2 else made.letter(mail)
        assert post.bounces.take(raw) is Taken.NOTED
    post.react_and_deliver()
    assert [reason for reason, _, _ in noted(post, client)] in (
        [R.BAD_ADDRESS],
        [R.UNREADABLE, R.BAD_ADDRESS],
    )
    assert post.connection.execute("select count(*) from returned_mails").fetchone() == (2,)
    assert (len(post.sink.mails), len(post.outbox())) == (1, 1)


@pytest.mark.rule("T13")
def test_forged_ones_have_no_effect_at_all(post: Post) -> None:
    client = registered(post)
    mail = last_sent(post)
    name, _, domain = mail.back.partition("@")
    for back, message_id in (
        (f"{name[:-3]}aaa@{domain}", f"<{uuid4()}@example.com>"),
        ("rebonds@example.com", "<x@example.com>"),
        ("rebonds@example.com", mail.message_id.replace("@example.com", "@elsewhere.example")),
    ):
        assert post.bounces.take(made.report(made.Mail(back, message_id))) is Taken.UNKNOWN
    post.react_and_deliver()
    assert (states(post), noted(post, client), len(post.sink.mails)) == ([("sent", None)], [], 1)
    assert post.connection.execute("select count(*) from returned_mails").fetchone() == (0,)
    assert post.bounces.take(made.report(mail)) is Taken.NOTED, "the control"


def test_one_about_a_mail_that_is_still_leaving_waits_and_one_never_sent_is_forged(post: Post) -> None:
    client = post.school.client()
    post.school.registration(client, post.school.activity())
    post.react()
    [mail] = post.woken
    raw = made.report(made.Mail("rebonds@example.com", f"<{mail}@example.com>"))
    assert post.bounces.take(raw) is Taken.UNKNOWN
    post.connection.execute("update outbox set state = 'claimed', attempts = 1")
    assert post.bounces.take(raw) is Taken.TOO_EARLY
    post.connection.execute("update outbox set state = 'sent'")
    assert post.bounces.take(raw) is Taken.NOTED


def test_what_came_back_is_kept_whole_under_the_clients_key_and_gone_with_it(post: Post) -> None:
    client = registered(post)
    raw = made.letter(last_sent(post))
    post.bounces.take(raw)
    post.react()
    [fact] = [f for f in post.school.facts(CLIENT.at(client)) if isinstance(f, MailUndelivered)]
    assert fact.message is not None
    sealed = post.connection.execute("select sealed from returned_mails").fetchone()
    assert sealed is not None
    assert b"systeme" not in sealed[0]
    assert post.bounces.message(client, fact.message) == raw
    assert post.bounces.message(uuid4(), fact.message) is None
    post.log.given((client, dossier_deactivated(client)))
    assert post.bounces.message(client, fact.message) is None
    assert isinstance(post.school.facts(CLIENT.at(client))[-1], DossierDeactivated)


@pytest.mark.rule("DOS-11")
def test_one_about_a_client_who_left_is_not_kept(post: Post) -> None:
    client = registered(post)
    mail = last_sent(post)
    post.log.given((client, dossier_deactivated(client)))
    assert post.bounces.take(made.report(mail)) is Taken.NO_BOUNCE
    post.react()
    assert noted(post, client) == []
    with pytest.raises(KeyDestroyedError):
        post.bounces.uploaded(client, made.report(mail))


def test_an_address_corrected_meanwhile_is_not_flagged(post: Post) -> None:
    client = registered(post)
    mail = last_sent(post)
    post.correct_address(client, "neuve@example.com")
    post.bounces.take(made.report(mail))
    post.react()
    assert noted(post, client) == [(R.BAD_ADDRESS, "5.1.1", False)]
    assert not address_bad(post, client)
    post.school.send(ResendMissed(client=client))
    post.react_and_deliver()
    assert post.sink.recipients[-1] == ["neuve@example.com"]


def test_a_message_that_staff_upload_is_sorted_alike(post: Post) -> None:
    client, other = registered(post), registered(post)
    mail = last_sent(post)
    note: NoteUndelivered | None = post.bounces.uploaded(
        other, made.report(made.Mail("monique@example.com", mail.message_id))
    )
    assert note is not None
    post.school.send(note)
    assert noted(post, other) == [(R.BAD_ADDRESS, "5.1.1", True)]
    assert ("bounced", "5.1.1") in states(post)
    foreign = post.bounces.uploaded(client, made.letter(made.Mail("x@example.com", mail.message_id)))
    assert foreign is not None
    assert (foreign.template, foreign.reason) == ("uploaded", R.UNREADABLE)
    post.school.send(foreign)
    assert noted(post, client) == [(R.UNREADABLE, None, True)]
    assert post.bounces.uploaded(client, made.away(mail)) is None


def test_the_maildir_is_emptied_and_what_nobody_knows_is_left_for_people(post: Post, tmp_path: Path) -> None:
    client = registered(post)
    mail = last_sent(post)
    new, seen = tmp_path / "new", tmp_path / "cur"
    assert take_in(tmp_path, post.bounces.take) == 0, "no maildir yet"
    new.mkdir()
    (new / "1.a").write_bytes(made.report(mail))
    (new / "2.b").write_bytes(made.away(mail))
    (new / "3.c").write_bytes(b"To: nobody@example.com\r\n\r\nforged")
    (new / "4.d").mkdir()
    (new / "5.e").symlink_to("/etc/passwd")
    assert take_in(tmp_path, post.bounces.take) == 3
    assert sorted(p.name for p in new.iterdir()) == ["4.d", "5.e"]
    assert [p.name for p in seen.iterdir()] == ["3.c:2,"]
    post.react()
    assert address_bad(post, client)


@pytest.mark.rule("T13")
@figures("flood", short=100, long=10_000)
def test_a_flood_in_the_maildir_leaves_a_hundred_for_people(tmp_path: Path, flood: int) -> None:
    new = tmp_path / "new"
    new.mkdir()
    for n in range(flood):
        (new / f"{n:05}").write_bytes(b"x")
    looks = 0
    while take_in(tmp_path, lambda _: Taken.UNKNOWN):
        looks += 1
    assert looks == flood // 50, "fifty at once"
    assert len(list((tmp_path / "cur").iterdir())) == 100
    assert list(new.iterdir()) == []


def test_a_message_that_breaks_the_reader_comes_once(tmp_path: Path) -> None:
    def broken(_raw: bytes) -> Taken:
        raise ValueError("lea@example.com")

    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "1").write_bytes(b"x")
    assert [take_in(tmp_path, broken), take_in(tmp_path, broken)] == [1, 0]
