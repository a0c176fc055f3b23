"""The tax receipts of a closed workshop go by e-mail, each to its client, over what was deposited (FAC-7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from aggregates.client.events import Language
from commands.mails.resend_mail import ResendMail
from commands.workshops.close_workshop import CloseWorkshop
from commands.workshops.send_tax_receipts import SendTaxReceipts
from commands.workshops.tick_attendance import TickAttendance
from tests.documents.conftest import text_of
from tests.processors.post import Post
from tests.processors.test_phase_letter import pdf_of
from tests.processors.test_registration_confirmation import words_of
from tests.support.write_side import Sold

pytestmark = pytest.mark.rule("FAC-7", "ATE-7")
STARTS = datetime(2026, 12, 5, 14, tzinfo=UTC)


def sold(post: Post, activity: UUID, workshop: UUID, deposited: int, **who: object) -> Sold:
    made = post.school.sold(post.school.client(**who), activity, workshop)
    if deposited:
        pay(post, made, deposited)
    return made


def pay(post: Post, made: Sold, minor: int) -> None:
    post.school.deposited(made.invoice, post.school.paid(made.client, minor, invoice=made.invoice))


def sent(post: Post, workshop: UUID) -> list[str]:
    """Subjects of what goes when somebody sends the workshop's receipts."""
    post.react_and_deliver()
    post.sink.mails.clear()
    post.school.send(SendTaxReceipts(workshop=workshop))
    post.react_and_deliver()
    return sorted(str(mail["Subject"]) for mail in post.sink.mails)


@pytest.mark.rule("COM-3", "COM-10")
def test_each_gets_the_own_receipt_once_and_another_over_another_amount(post: Post) -> None:
    school = post.school
    school.now(STARTS - timedelta(days=30))
    activity = school.activity()
    workshop = school.workshop(activity, starts=STARTS)
    lea = sold(post, activity, workshop, 4_000, first_name="Léa", last_name="Roy")
    ann = sold(post, activity, workshop, 37_500, first_name="Ann", language=Language.EN)
    unpaid, absent = sold(post, activity, workshop, 0), sold(post, activity, workshop, 37_500)
    school.now(STARTS + timedelta(days=9))
    there = tuple(who.registration for who in (lea, ann, unpaid))
    school.send(TickAttendance(workshop=workshop, registrations=there))
    school.send(CloseWorkshop(workshop=workshop, reason="Absence à régler."))
    assert sent(post, workshop) == [
        "Votre reçu aux fins d’impôt : Écoute de soi",
        "Your tax receipt: Écoute de soi",
    ]
    [french] = [mail for mail in post.sink.mails if "reçu" in mail["Subject"]]
    name, made = pdf_of(french)
    assert name == "recus-2026-12-05.pdf"
    text = text_of(made)
    assert "Participation de Léa Roy" in text
    assert "Montant payé 40,00 $" in text
    assert text.count("\f") == 0, "nobody else's"
    assert "samedi 5 décembre 2026" in words_of(french)
    [english] = [mail for mail in post.sink.mails if "receipt" in mail["Subject"]]
    assert "Amount paid $375.00" in text_of(pdf_of(english)[1])
    assert sent(post, workshop) == []
    pay(post, lea, 33_500)
    pay(post, unpaid, 100)
    assert len(sent(post, workshop)) == 2
    amounts = [text_of(pdf_of(mail)[1]).partition("Montant payé ")[2][:6].strip() for mail in post.sink.mails]
    assert sorted(amounts) == ["1,00 $", "375,00"]
    first = post.connection.execute(
        "select id from outbox where template = 'tax_receipt' and person = %s order by position",
        (ann.client,),
    ).fetchone()
    assert first is not None
    post.sink.mails.clear()
    school.send(ResendMail(client=ann.client, mail=first[0]))
    post.react_and_deliver()
    assert [mail["Subject"] for mail in post.sink.mails] == ["Your tax receipt: Écoute de soi"], (
        "though it is past"
    )
    states = post.connection.execute(
        "select person, state from outbox where template = 'tax_receipt'"
    ).fetchall()
    assert {state for _, state in states} == {"sent"}
    assert absent.client not in {person for person, _ in states}
