"""Who asks to be removed is told so at the address that goes with it, and then is nowhere."""

from __future__ import annotations

from email.message import EmailMessage
from uuid import UUID

import pytest

from aggregates.client.refusals import BalanceNotZero
from aggregates.kernel import Role
from commands.clients.approve_deletion import ApproveDeletion
from commands.clients.propose_deletion import ProposeDeletion
from commands.clients.record_contact_address import RecordContactAddress
from commands.clients.remove_dossier import RemoveDossier
from processors.runtime.erasing import carry_out
from schema.farewells import KEPT
from tests.processors.post import Post
from tests.support.write_side import principal

pytestmark = pytest.mark.rule("DOS-8", "DOS-11")


def put_aside(post: Post) -> int:
    row = post.connection.execute("select count(*) from farewells").fetchone()
    assert row is not None
    return int(row[0])


def said(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def removed(post: Post, client: UUID) -> None:
    post.school.send(RemoveDossier(client=client), principal(Role.CLIENT, user=client))
    post.react()


def test_the_last_mail_reaches_the_address_and_takes_it_along(post: Post) -> None:
    client = post.school.client(first_name="Zoé", email="zoe@example.com")
    removed(post, client)
    (raw,) = post.connection.execute("select sealed from farewells").fetchone() or (b"",)
    assert raw, "the control: until then it is there"
    assert b"zoe" not in raw.lower()
    post.deliver()
    (mail,) = post.sink.mails
    text = said(mail)
    assert mail["To"] == "zoe@example.com"
    assert "Zoé" in text
    assert "Nous n’en gardons rien." in text
    assert put_aside(post) == 0
    sealed = post.connection.execute("select sealed from outbox where person = %s", (client,)).fetchall()
    assert sealed == [(None,)]
    assert post.outbox() == [("dossier_removed", "sent", None)]


def test_what_a_deactivated_dossier_keeps_is_said(post: Post) -> None:
    client = post.school.client(email="zoe@example.com")
    registration = post.school.registration(client, post.school.activity())
    post.school.cancelled(client, registration)
    post.react_and_deliver()
    removed(post, client)
    post.deliver()
    text = said(post.sink.mails[-1])
    assert "votre nom, votre code postal et vos factures" in text


@pytest.mark.rule("DOS-6", "DOS-10")
def test_a_relative_is_told_but_nobody_whose_deletion_the_office_decides(post: Post) -> None:
    client, deleted, owing = (post.school.client(email=None) for _ in range(3))
    for person in (client, deleted, owing):
        post.school.send(RecordContactAddress(client=person, email="fille@example.com", via="sa fille"))
    post.school.send(ProposeDeletion(client=deleted, reason="Ne veut plus rien recevoir."))
    post.school.send(ApproveDeletion(client=deleted), principal(Role.OFFICE))
    post.school.registration(owing, post.school.activity())
    with pytest.raises(BalanceNotZero):
        post.school.send(RemoveDossier(client=owing))
    assert put_aside(post) == 0
    removed(post, client)
    post.deliver()
    told = [mail["To"] for mail in post.sink.mails if "retiré" in mail["Subject"]]
    assert told == ["fille@example.com"]


def test_a_mail_that_cannot_leave_is_forgotten_after_three_days(post: Post) -> None:
    client = post.school.client(email="zoe@example.com")
    post.sink.rcpt_answers = ["451 4.2.1 later"]
    removed(post, client)
    post.deliver()
    now = post.school.side.clock()
    assert carry_out(post.connection, now, {}) == 1
    assert put_aside(post) == 1
    assert carry_out(post.connection, now + KEPT, {}) == 0
    assert put_aside(post) == 0
    post.redrive()
    assert post.outbox() == [("dossier_removed", "dropped", "SupersededError")]


def test_what_is_refused_for_good_is_forgotten_at_once_and_leaves_no_errand(post: Post) -> None:
    client = post.school.client(email="zoe@example.com")
    post.sink.rcpt_answers = ["550 5.1.1 unknown"]
    removed(post, client)
    post.deliver()
    assert post.outbox() == [("dossier_removed", "bounced", "smtp_550")]
    assert put_aside(post) == 0
    errands = post.connection.execute("select count(*) from errands").fetchone()
    assert errands == (0,)
