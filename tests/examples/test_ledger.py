"""Examples of the ledger: a sale in the books from basket to workshop, and a closed month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from aggregates.client.state import CLIENT
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.kernel import Currency, Money, Role
from commands.access import SYSTEM
from commands.baskets.capture_payment import CapturePayment
from commands.baskets.finalise_basket import FinaliseBasket
from commands.baskets.put_in_basket import PutInBasket
from commands.ledger.close_period import ClosePeriod
from commands.paying import PaymentOn, Typed
from commands.payments.deposit_payments import DepositPayments
from commands.payments.note_payment import NotePayment, Part
from commands.workshops.tick_attendance import TickAttendance
from commands.workshops.untick_attendance import UntickAttendance
from projections import books, ledger
from projections.books import Period
from schema.labels import label
from tests.examples.story import Story
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import principal

ZONE = "America/Toronto"


@pytest.fixture
def kept(shared_database: str) -> Iterator[Projecting]:
    with projecting(shared_database, [ledger.MODEL]) as shown:
        yield shown


def cad(amount: float) -> Money:
    return Money(minor=round(amount * 100), currency=Currency.CAD)


def accounts(story: Story, kept: Projecting, when: str, **expected: float) -> None:
    """All accounts that do not stand at zero, debit above 0."""
    kept.catch_up()
    always = Period(date(2000, 1, 1), date(2100, 1, 1), "America/Toronto")
    found = kept.ask(lambda c: books.trial_balance(c, always))
    standing = {row["account"]: row["closing"]["minor"] for row in found if row["closing"]["minor"]}
    assert standing.keys() == expected.keys(), when
    assert sum(standing.values()) == 0
    for account, minor in standing.items():
        amount = Money(minor=minor, currency=Currency.CAD)
        story.result(f"{when}, {label('fr', 'account', account)}", amount, cad(expected[account]))


@pytest.mark.rule("FAC-6")
def test_from_the_basket_to_revenue(story: Story, kept: Projecting) -> None:
    """Un atelier à 375,00 $ dans les livres, de la vente à l’atelier suivi."""
    school = story.school
    client, activity = school.client(), school.activity()
    starts = datetime.now(UTC) + timedelta(days=30)
    workshop = school.workshop(activity, starts=starts)
    story.situation("une cliente met l’atelier dans son panier ; un solde négatif est créditeur")
    oneself = principal(Role.CLIENT, user=client)
    wish = PutInBasket(client=client, activity=activity, workshop=workshop)
    basket = school.send(wish, oneself).made["basket"]
    invoice = pay_by_card(story, client, basket)
    accounts(story, kept, "payé par carte", card_clearing=40, deferred_revenue=-375, receivables=335)
    registration = only_registration(story, client)
    part = Part(client=client, registration=registration, amount=cad(335))
    noted = story.act(
        "à l’atelier, l’organisation note un chèque de 335,00 $",
        NotePayment(payment=Typed(method=PaymentMethod.CHEQUE), parts=(part,)),
        by=Role.ORGANISER,
    )["payment-1"]
    paid = {"card_clearing": 40, "deferred_revenue": -375}
    accounts(story, kept, "noté", cheques=335, noted=-335, receivables=335, **paid)
    deposit = DepositPayments(payments=(PaymentOn(invoice=invoice, payment=noted),))
    story.act("la comptabilité dépose le chèque", deposit, by=Role.ACCOUNTING)
    accounts(story, kept, "déposé", bank=335, **paid)
    school.now(starts + timedelta(hours=1))
    story.act(
        "la personne est cochée présente",
        TickAttendance(workshop=workshop, registrations=(registration,)),
    )
    accounts(story, kept, "suivi", bank=335, card_clearing=40, revenue=-375)


def pay_by_card(story: Story, client: UUID, basket: UUID) -> UUID:
    """The client finalises the basket and pays the deposit; the invoice has the basket's id."""
    finalise = FinaliseBasket(client=client, total=cad(375), due_now=cad(40))
    attempt = story.act("elle finalise", finalise, by=Role.CLIENT, user=client)["attempt"]
    capture = CapturePayment(client=client, basket=basket, attempt=attempt, payment=uuid4(), amount=cad(40))
    story.school.send(capture, SYSTEM)
    story.lines.append("- Geste : le prestataire confirme l’acompte de 40,00 $ par carte")
    return basket


def only_registration(story: Story, client: UUID) -> UUID:
    (registration,) = story.state(CLIENT, client).registrations
    return UUID(str(registration))


@pytest.mark.rule("FAC-6")
def test_a_closed_month_stays_as_it_is(story: Story, kept: Projecting) -> None:
    """Un mois fermé ne change plus : ce qui arrive ensuite va au mois ouvert."""
    school = story.school
    client, activity = school.client(), school.activity()
    starts = datetime(2027, 1, 20, 14, tzinfo=UTC)
    school.now(datetime(2027, 1, 4, 14, tzinfo=UTC))
    workshop = school.workshop(activity, starts=starts)
    registration = school.registration(client, activity, workshop)
    story.situation("un atelier à 375,00 $, vendu et suivi en janvier 2027, où la présence a été cochée")
    school.now(starts + timedelta(hours=1))
    school.send(TickAttendance(workshop=workshop, registrations=(registration,)))
    january, february = (Period(date(2027, m, 1), date(2027, m, 28 + 3 * (m == 1)), ZONE) for m in (1, 2))
    close = ClosePeriod(through=january.last)
    story.refused("la comptabilité ferme janvier le 20 janvier", close, "period_not_over", by=Role.ACCOUNTING)
    school.now(datetime(2027, 2, 3, 14, tzinfo=UTC))
    story.act("elle ferme janvier le 3 février", close, by=Role.ACCOUNTING)
    untick = UntickAttendance(workshop=workshop, registrations=(registration,))
    story.act("le même jour, la présence est décochée : c’était une erreur", untick)
    story.result("produits des ateliers de janvier", revenue(kept, january), cad(375))
    story.result("produits des ateliers de février", revenue(kept, february), cad(-375))


def revenue(kept: Projecting, period: Period) -> Money:
    """What was earned in the period."""
    kept.catch_up()
    rows = kept.ask(lambda c: books.trial_balance(c, period))
    earned = [row["credit"]["minor"] - row["debit"]["minor"] for row in rows if row["account"] == "revenue"]
    return Money(minor=sum(earned), currency=Currency.CAD)
