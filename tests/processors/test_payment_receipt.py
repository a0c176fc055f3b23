"""Each payment has its receipt, of a typed one as soon as it is noted (COM-2, FAC-2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from aggregates.invoice.payments.events import PaymentMethod
from aggregates.kernel import Currency, Money, Role
from commands.access import SYSTEM
from commands.baskets.capture_payment import CapturePayment
from commands.baskets.finalise_basket import FinaliseBasket
from commands.baskets.put_in_basket import PutInBasket
from commands.payments.capture_balance import CaptureBalance
from commands.payments.move_credit import MoveCredit
from commands.payments.withdraw_payment import WithdrawPayment
from tests.processors.post import Post
from tests.processors.test_registration_confirmation import words_of
from tests.support.write_side import ACCOUNTING, School, principal

pytestmark = pytest.mark.rule("COM-2", "FAC-2")


def cad(minor: int) -> Money:
    return Money(minor=minor, currency=Currency.CAD)


def receipts(post: Post) -> list[tuple[str, str]]:
    rows = post.connection.execute(
        "select template, state from outbox where template like 'payment%%' order by position, id"
    )
    return [(str(template), str(state)) for template, state in rows]


def text(post: Post) -> str:
    mails = [m for m in post.sink.mails if str(m["Subject"]).startswith(("Reçu", "Votre paiement"))]
    return words_of(mails[-1]).replace("\xa0", " ")


def test_a_cheque_noted_is_received_awaiting_deposit_and_the_balance_is_unchanged(post: Post) -> None:
    school = post.school
    sold = school.sold(school.client(), school.activity())
    payment = school.paid(sold.client, 10_000, registration=sold.registration)
    post.react_and_deliver()
    assert receipts(post) == [("payment_received", "sent")]
    said = text(post)
    assert "votre paiement de 100,00 $ (chèque, reçu, à déposer)" in said
    assert "Pour : Écoute de soi" in said
    assert "Solde : 375,00 $" in said
    school.deposited(sold.invoice, payment)
    post.react_and_deliver()
    assert len(receipts(post)) == 1, "depositing is accounting's"


def test_two_payments_have_two_receipts_and_credit_moved_has_none(post: Post) -> None:
    school = post.school
    client = school.client()
    first, second = school.sold(client, school.activity()), school.sold(client, school.activity("Deux"))
    for minor, method in ((30_000, PaymentMethod.CASH), (17_500, PaymentMethod.TRANSFER)):
        paid = school.paid(client, minor, method, invoice=first.invoice)
        school.deposited(first.invoice, paid)
    wish = MoveCredit(client=client, invoice=first.invoice, to=second.invoice, amount=cad(10_000))
    school.send(wish, ACCOUNTING)
    post.react_and_deliver()
    assert receipts(post) == [("payment_received", "sent")] * 2


@pytest.mark.rule("COM-3")
def test_a_slip_of_the_pen_is_told_to_nobody(post: Post) -> None:
    school = post.school
    sold = school.sold(school.client(), school.activity())
    payment = school.paid(sold.client, 10_000, invoice=sold.invoice)
    school.send(
        WithdrawPayment(
            client=sold.client, invoice=sold.invoice, payment=payment, reason="Mauvaise personne."
        ),
        ACCOUNTING,
    )
    post.react_and_deliver()
    assert receipts(post) == [("payment_received", "dropped")]


def at_the_till(school: School, client: UUID, activity: UUID, workshop: UUID) -> CapturePayment:
    """A finalised basket, and the capture that would pay its deposit."""
    me = principal(Role.CLIENT, user=client)
    wish = PutInBasket(client=client, activity=activity, workshop=workshop)
    basket = school.send(wish, me).made["basket"]
    finalise = FinaliseBasket(client=client, total=cad(37_500), due_now=cad(4_000))
    attempt = school.send(finalise, me).made["attempt"]
    return CapturePayment(client=client, basket=basket, attempt=attempt, payment=uuid4(), amount=cad(4_000))


def test_a_card_is_confirmed_and_receipted_at_its_capture(post: Post) -> None:
    school = post.school
    activity = school.activity()
    capture = at_the_till(school, school.client(), activity, school.workshop(activity))
    post.react_and_deliver()
    assert post.outbox() == []
    for _ in range(2):
        school.send(capture, SYSTEM)
    post.react_and_deliver()
    assert sorted(template for template, _, _ in post.outbox()) == [
        "organiser_arrival",
        "payment_received",
        "registration_confirmed",
    ]
    assert "40,00 $ (carte)" in text(post)
    assert "Solde : 335,00 $" in text(post)


@pytest.mark.rule("FAC-1")
def test_a_capture_whose_seat_is_gone_says_that_the_money_is_kept(post: Post) -> None:
    school, now = post.school, datetime(2027, 3, 1, 14, tzinfo=UTC)
    school.now(now)
    activity = school.activity()
    workshop = school.workshop(activity, capacity=1, starts=now + timedelta(days=60))
    capture = at_the_till(school, school.client(), activity, workshop)
    school.now(now + timedelta(minutes=30))
    post.react_and_deliver()
    school.registration(school.client(), activity, workshop)
    school.send(capture, SYSTEM)
    post.react_and_deliver()
    assert receipts(post) == [("payment_kept", "sent")]
    assert "trop tard" in text(post)
    assert "40,00 $" in text(post)


@pytest.mark.rule("FAC-3")
def test_a_balance_paid_a_second_time_says_that_the_money_is_kept(post: Post) -> None:
    school = post.school
    sold = school.sold(school.client(), school.activity())
    for _ in range(2):
        wish = CaptureBalance(client=sold.client, invoice=sold.invoice, payment=uuid4(), amount=cad(37_500))
        school.send(wish, SYSTEM)
    post.react_and_deliver()
    assert sorted(receipts(post)) == [("payment_kept", "sent"), ("payment_received", "sent")]
    kept = next(mail for mail in post.sink.mails if str(mail["Subject"]).startswith("Votre paiement"))
    assert "la facture était déjà réglée" in words_of(kept)
