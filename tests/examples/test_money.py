"""Examples of payments, cancellation cases, credit notes and supplements."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from aggregates.catalogue.settings import Category, Region
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.kernel import Currency, Money, Role
from commands.clients.remove_dossier import RemoveDossier
from commands.crediting import RefundOf
from commands.invoices.correct_invoice import AddedPlace, CorrectInvoice
from commands.paying import PaymentOn, Typed
from commands.payments.approve_refund import ApproveRefund
from commands.payments.bounce_payments import BouncePayments
from commands.payments.credit_line import CreditLine
from commands.payments.decide_case import CreditTo, DecideCase
from commands.payments.deposit_payments import DepositPayments
from commands.payments.note_payment import NotePayment, Part
from commands.payments.raise_price import RaisePrice
from commands.payments.send_cheques import SendCheques
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.change_to_phase import ChangeToPhase
from commands.registrations.mark_without_proof import MarkWithoutProof
from commands.registrations.register_for_phase import PhaseDate, RegisterForPhase
from tests.examples.story import Story
from tests.support.write_side import School, Sold

CHEQUE, CASH = Typed(method=PaymentMethod.CHEQUE), Typed(method=PaymentMethod.CASH)


def cad(amount: float) -> Money:
    return Money(minor=round(amount * 100), currency=Currency.CAD)


def eur(amount: float) -> Money:
    return Money(minor=round(amount * 100), currency=Currency.EUR)


def sold_in(school: School, days: float, **changes: object) -> Sold:
    """375.00 for a date in so many days."""
    activity = school.activity()
    date = school.workshop(activity, starts=datetime.now(UTC) + timedelta(days=days))
    return school.sold(school.client(), activity, date, **changes)


def for_place(sold: Sold, amount: Money) -> Part:
    return Part(client=sold.client, registration=sold.registration, amount=amount)


def on(sold: Sold, payment: UUID) -> tuple[PaymentOn, ...]:
    return (PaymentOn(invoice=sold.invoice, payment=payment),)


def balances(story: Story, title: str, sold: Sold, client: Money, staff: Money) -> None:
    state = story.school.issued(sold.invoice)
    story.result(f"{title}, solde du client", state.balance, client)
    story.result(f"{title}, solde pour le personnel", state.balance_noted, staff)


@pytest.mark.rule("FAC-2")
def test_noted_deposited_bounced(story: Story) -> None:
    """Un chèque noté, déposé, puis revenu impayé."""
    sold = sold_in(story.school, 30)
    story.situation("un atelier à 375,00 $")
    made = story.act(
        "l’organisation note un chèque de 100,00 $ sur la liste",
        NotePayment(payment=CHEQUE, parts=(for_place(sold, cad(100)),)),
        by=Role.ORGANISER,
    )
    balances(story, "noté", sold, cad(375), cad(275))
    named = on(sold, made["payment-1"])
    story.act("la comptabilité le dépose", DepositPayments(payments=named), by=Role.ACCOUNTING)
    balances(story, "déposé", sold, cad(275), cad(275))
    story.act("la banque le retourne", BouncePayments(payments=named), by=Role.ACCOUNTING)
    balances(story, "impayé", sold, cad(375), cad(375))


@pytest.mark.rule("FAC-2")
def test_one_cheque_for_two(story: Story) -> None:
    """Un chèque de 760,00 $ pour un couple, 10,00 $ de trop."""
    first, second = sold_in(story.school, 30), sold_in(story.school, 30)
    story.situation("deux personnes, chacune à un atelier de 375,00 $")
    parts = (for_place(first, cad(375)), for_place(second, cad(385)))
    typed = Typed(method=PaymentMethod.CHEQUE, number="0042", drawer="Luc Roy", comment="Pour les deux.")
    story.act("on note le chèque, en deux parts", NotePayment(payment=typed, parts=parts), by=Role.ORGANISER)
    story.result("reste à payer, la première", story.school.issued(first.invoice).balance_noted, cad(0))
    story.result("crédit de la seconde", story.school.issued(second.invoice).balance_noted, cad(-10))


@pytest.mark.rule("FAC-1")
def test_deposits_then_balances_by_date(story: Story) -> None:
    """520,00 $ sur la facture d’une phase de trois activités."""
    phase, activities = story.school.phase(size=3)
    date = story.school.workshop(activities[2])
    wish = RegisterForPhase(
        client=story.school.client(),
        phase=phase,
        dates=(PhaseDate(activity=activities[2], workshop=date),),
    )
    invoice = story.school.send(wish).made["invoice"]
    story.situation("trois activités à 375,00 $, acompte 40,00 $ chacune ; seule la troisième a une date")
    part = Part(client=wish.client, invoice=invoice, amount=cad(520))
    story.act("on note un chèque de 520,00 $ sur la facture", NotePayment(payment=CHEQUE, parts=(part,)))
    state = story.school.issued(invoice)
    story.result(
        "payé par ligne", [state.paid(line.id) for line in state.lines], [cad(105), cad(40), cad(375)]
    )


@pytest.mark.rule("INS-6", "FAC-9")
def test_without_proof(story: Story) -> None:
    """Sans preuve, 337,50 $ redeviennent 375,00 $."""
    sold = sold_in(story.school, 30, discount=story.school.discount())
    story.situation("10 % de rabais sur 375,00 $ ; à l’atelier, la personne n’a pas sa preuve")
    story.act(
        "l’organisation coche « sans preuve »",
        MarkWithoutProof(client=sold.client, registration=sold.registration),
        by=Role.ORGANISER,
    )
    noted = story.act(
        "elle note un chèque de 375,00 $",
        NotePayment(payment=CHEQUE, parts=(for_place(sold, cad(375)),)),
        by=Role.ORGANISER,
    )
    story.result(
        "sur la facture, pour le personnel", story.school.issued(sold.invoice).balance_noted, cad(-37.50)
    )
    made = story.act(
        "la comptabilité facture la différence",
        RaisePrice(client=sold.client, registration=sold.registration, amount=None, reason="Sans preuve."),
        by=Role.ACCOUNTING,
    )
    supplement = story.invoice(made)
    story.result("seconde facture", supplement.total, cad(37.50))
    (part,) = supplement.payments
    both = (*on(sold, noted["payment-1"]), PaymentOn(invoice=made["invoice"], payment=part.id))
    story.act("puis dépose le chèque", DepositPayments(payments=both), by=Role.ACCOUNTING)
    left = [story.school.issued(sold.invoice).balance, story.invoice(made).balance]
    story.result("reste à payer sur chacune", left, [cad(0), cad(0)])


@pytest.mark.rule("INS-9", "FAC-4")
def test_late_fee_and_refund(story: Story) -> None:
    """Annuler un atelier de deux jours à dix jours, 100,00 $ payés."""
    sold = sold_in(story.school, 10)
    payment = story.school.paid(sold.client, 10_000, registration=sold.registration)
    story.school.deposited(sold.invoice, payment)
    story.situation("deux jours à 375,00 $, acompte 40,00 $, 100,00 $ payés par chèque")
    case = story.act(
        "on annule",
        CancelRegistration(client=sold.client, registration=sold.registration, note="Ne vient plus."),
    )["case-1"]
    story.result("frais proposés", story.school.issued(sold.invoice).cases[case].proposed, cad(40))
    back = RefundOf(payment=payment, amount=cad(60), method=PaymentMethod.TRANSFER)
    wish = DecideCase(client=sold.client, invoice=sold.invoice, case=case, fee=cad(40), refunds=(back,))
    greedy = wish.model_copy(update={"fee": cad(50)})
    story.refused(
        "la comptabilité garde 50,00 $ et rend 60,00 $", greedy, "more_than_paid", by=Role.ACCOUNTING
    )
    story.act("elle garde 40,00 $ et rend 60,00 $", wish, by=Role.ACCOUNTING)
    state = story.school.issued(sold.invoice)
    story.result("note de crédit", state.credit_notes[0].note.amount, cad(335))
    story.result("solde", state.balance, cad(0))


@pytest.mark.rule("FAC-4", "INS-11")
def test_deposit_to_the_phase(story: Story) -> None:
    """L’acompte d’un atelier à la carte passe à la facture de la phase."""
    phase, activities = story.school.phase(size=3)
    sold = story.school.sold(story.school.client(), activities[0])
    story.school.deposited(
        sold.invoice, story.school.paid(sold.client, 4_000, registration=sold.registration)
    )
    story.situation("une activité à la carte, 40,00 $ payés ; la phase a trois activités à 375,00 $")
    made = story.act(
        "on passe à la phase",
        ChangeToPhase(client=sold.client, phase=phase, note="Passe à la phase 1."),
    )
    story.act(
        "la comptabilité passe l’acompte à la phase",
        DecideCase(
            client=sold.client,
            invoice=sold.invoice,
            case=made["case-1"],
            fee=cad(0),
            credit=CreditTo(invoice=made["invoice"], amount=cad(40)),
        ),
        by=Role.ACCOUNTING,
    )
    story.result("reste à payer de la phase", story.invoice(made).balance, cad(1_085))


@pytest.mark.rule("FAC-4")
def test_second_person(story: Story) -> None:
    """Un remboursement de 800,00 $ demande deux personnes."""
    sold = story.school.sold(story.school.client(), story.school.activity(prices=(cad(800),)))
    payment = story.school.paid(sold.client, 80_000, registration=sold.registration)
    story.school.deposited(sold.invoice, payment)
    case = story.school.send(
        CancelRegistration(client=sold.client, registration=sold.registration, note="Déménage.")
    ).made["case-1"]
    first, second = uuid4(), uuid4()
    story.situation("800,00 $ payés, l’inscription est annulée ; la limite est de 500,00 $")
    back = RefundOf(payment=payment, amount=cad(800), method=PaymentMethod.TRANSFER)
    made = story.act(
        "une comptable décide de tout rendre",
        DecideCase(client=sold.client, invoice=sold.invoice, case=case, fee=cad(0), refunds=(back,)),
        by=Role.ACCOUNTING,
        user=first,
    )
    story.result("crédit du client, mis de côté", story.school.issued(sold.invoice).balance, cad(-800))
    approve = ApproveRefund(invoice=sold.invoice, refund=made["refund-1"])
    story.refused(
        "elle l’approuve elle-même", approve, "second_person_needed", by=Role.ACCOUNTING, user=first
    )
    story.act("une autre l’approuve", approve, by=Role.ACCOUNTING, user=second)
    story.result("solde", story.school.issued(sold.invoice).balance, cad(0))


@pytest.mark.rule("FAC-5")
def test_roster_cap(story: Story) -> None:
    """ÊTRE BIEN indépendant de deux jours en Europe : 210,00 € sur la liste."""
    school = story.school
    activity = school.activity("ÊTRE BIEN", category=Category.ETRE_BIEN, prices=(eur(250),))
    lyon = school.venue(city="Lyon", country="FR", region=Region.EUROPE, zone="Europe/Paris")
    date = school.workshop(activity, venue=lyon, independent=True)
    sold = school.sold(school.client(country="FR"), activity, date)
    story.situation("250,00 €, dont 40,00 € d’acompte ; la liste prend 105,00 € par jour")
    story.act(
        "on note 150,00 € en espèces",
        NotePayment(payment=CASH, parts=(for_place(sold, eur(150)),)),
        by=Role.ORGANISER,
    )
    story.refused(
        "on note encore 100,00 €",
        NotePayment(payment=CASH, parts=(for_place(sold, eur(100)),)),
        "roster_cap_exceeded",
        by=Role.ORGANISER,
    )
    story.act(
        "on note 60,00 €",
        NotePayment(payment=CASH, parts=(for_place(sold, eur(60)),)),
        by=Role.ORGANISER,
    )
    part = Part(client=sold.client, invoice=sold.invoice, amount=eur(40))
    story.act(
        "la comptabilité note l’acompte, reçu par la poste, sur la facture",
        NotePayment(payment=CHEQUE, parts=(part,)),
        by=Role.ACCOUNTING,
    )
    story.result("reste à payer", school.issued(sold.invoice).balance_noted, eur(0))


@pytest.mark.rule("CAT-4", "FAC-9")
def test_credit_note(story: Story) -> None:
    """La comptabilité enlève 50,00 $ par note de crédit."""
    sold = sold_in(story.school, 30)
    story.school.deposited(
        sold.invoice, story.school.paid(sold.client, 37_500, registration=sold.registration)
    )
    story.situation("375,00 $ facturés et payés")
    story.act(
        "la comptabilité fait une note de crédit de 50,00 $ avec sa raison",
        CreditLine(
            client=sold.client, invoice=sold.invoice, line=sold.line, amount=cad(50), reason="Salle sans eau."
        ),
        by=Role.ACCOUNTING,
    )
    state = story.school.issued(sold.invoice)
    story.result("la ligne reste à", state.lines[0].price, cad(375))
    story.result("crédit du client", state.balance, cad(-50))


@pytest.mark.rule("FAC-10")
def test_cheque_to_accounting(story: Story) -> None:
    """Le chèque reste au nom de qui le tient jusqu’à l’envoi."""
    sold, organiser = sold_in(story.school, 30), uuid4()
    story.situation("une organisatrice note un chèque")
    made = story.act(
        "elle note 40,00 $",
        NotePayment(payment=CHEQUE, parts=(for_place(sold, cad(40)),)),
        by=Role.ORGANISER,
        user=organiser,
    )
    sending = SendCheques(payments=on(sold, made["payment-1"]))
    story.refused("une autre dit l’avoir envoyé", sending, "not_holder", by=Role.ORGANISER)
    story.act("elle l’envoie à la comptabilité", sending, by=Role.ORGANISER, user=organiser)
    held = story.school.issued(sold.invoice).payments.known[made["payment-1"]].holder
    story.result("encore entre ses mains", held is not None, False)


@pytest.mark.rule("DOS-8")
def test_money_keeps_a_dossier(story: Story) -> None:
    """Une annulation que la comptabilité n’a pas traitée retient le dossier."""
    sold = sold_in(story.school, 60)
    story.situation("375,00 $ facturés, rien n’est payé")
    case = story.act(
        "on annule",
        CancelRegistration(client=sold.client, registration=sold.registration, note="Ne vient plus."),
    )["case-1"]
    leave = RemoveDossier(client=sold.client)
    story.refused(
        "la cliente demande à être retirée", leave, "balance_not_zero", by=Role.CLIENT, user=sold.client
    )
    story.act(
        "la comptabilité ne garde rien",
        DecideCase(client=sold.client, invoice=sold.invoice, case=case, fee=cad(0)),
        by=Role.ACCOUNTING,
    )
    story.act("la cliente redemande", leave, by=Role.CLIENT, user=sold.client)


@pytest.mark.rule("INS-10", "FAC-9")
def test_registered_by_mistake(story: Story) -> None:
    """Inscrite par erreur au mauvais atelier, corrigé le jour même."""
    wrong = sold_in(story.school, 30)
    right = story.school.activity("Bases de l’écoute")
    story.situation("une facture d’aujourd’hui, sans paiement : un atelier à 375,00 $, le mauvais")
    wish = CorrectInvoice(
        client=wrong.client,
        invoice=wrong.invoice,
        reason="Nous vous avions inscrite au mauvais atelier.",
        remove=(wrong.registration,),
        add=(AddedPlace(activity=right, workshop=story.school.workshop(right)),),
    )
    number = story.school.issued(wrong.invoice).number
    made = story.act("modifier la facture : cet atelier retiré, l’autre ajouté", wish, by=Role.ORGANISER)
    first = story.school.issued(wrong.invoice)
    assert first.number == number
    story.result("note de crédit, sans frais", [c.note.amount for c in first.credit_notes], [cad(375)])
    story.result("solde de la facture, dont le numéro reste", first.balance, cad(0))
    story.result("nouvelle facture, liée à la première", story.invoice(made).total, cad(375))
    assert story.invoice(made).supplement_of == wrong.invoice
    story.refused("on recommence", wish, "line_already_cancelled", by=Role.ORGANISER)


@pytest.mark.rule("INS-10", "INS-8")
def test_by_mistake_but_paid(story: Story) -> None:
    """Inscrite par erreur, mais un paiement est noté."""
    sold = sold_in(story.school, 30)
    story.school.paid(sold.client, 4_000, registration=sold.registration)
    story.situation("un atelier à 375,00 $, un chèque de 40,00 $ noté sur la facture")
    wish = CorrectInvoice(
        client=sold.client, invoice=sold.invoice, reason="Par erreur.", remove=(sold.registration,)
    )
    story.refused("on veut modifier la facture", wish, "invoice_has_payment", by=Role.ORGANISER)


@pytest.mark.rule("INS-10", "INS-2")
def test_a_phase_by_mistake(story: Story) -> None:
    """Une phase inscrite par erreur."""
    phase, _ = story.school.phase(size=3)
    client = story.school.client()
    made = story.school.send(RegisterForPhase(client=client, phase=phase)).made
    story.situation("une phase de trois activités à 375,00 $, inscrite aujourd’hui, sans paiement")
    whole = tuple(made[f"registration-{n}"] for n in (1, 2, 3))
    wish = CorrectInvoice(client=client, invoice=made["invoice"], reason="Par erreur.", remove=whole)
    story.refused(
        "on retire une seule place", wish.model_copy(update={"remove": whole[:1]}), "phase_goes_whole"
    )
    story.act("on retire les trois", wish)
    notes = story.invoice(made).credit_notes
    story.result("crédit par place", [c.note.amount for c in notes], [cad(375)] * 3)
    story.result("notes de crédit différentes", len({c.note.number for c in notes}), 1)
    story.result("solde", story.invoice(made).balance, cad(0))
