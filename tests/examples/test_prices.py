"""Prices, deposits and phases, told by examples."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from aggregates.catalogue.settings import Category
from aggregates.client.proofs.state import Proof
from aggregates.client.state import CLIENT
from aggregates.kernel import Currency, Money, Role
from aggregates.workshop.state import WORKSHOP
from commands.registrations.add_followed_workshop import AddFollowedWorkshop
from commands.registrations.change_to_phase import ChangeToPhase
from commands.registrations.register_client import RegisterClient
from commands.registrations.register_for_phase import PhaseDate, RegisterForPhase
from tests.examples.story import Story
from tests.support.write_side import ACCOUNTING


def cad(amount: float) -> Money:
    return Money(minor=round(amount * 100), currency=Currency.CAD)


def eur(amount: float) -> Money:
    return Money(minor=round(amount * 100), currency=Currency.EUR)


def followed(story: Story, client: UUID, activity: UUID, days_ago: int) -> None:
    """Followed abroad, that many days ago."""
    day = datetime.now(UTC).date() - timedelta(days=days_ago)
    story.school.send(
        AddFollowedWorkshop(client=client, activity=activity, first_day=day, last_day=day, country="MA"),
        ACCOUNTING,
    )


def in_hours(story: Story, activity: UUID, hours: float) -> UUID:
    return story.school.workshop(activity, starts=datetime.now(UTC) + timedelta(hours=hours))


@pytest.mark.rule("CAT-3")
def test_ten_per_cent_off(story: Story) -> None:
    """Un rabais de 10 % sur 375,00 $."""
    activity, discount = story.school.activity(), story.school.discount()
    story.situation("l’activité coûte 375,00 $ ; le rabais « Chômage » est de 10 %, avec pièce justificative")
    made = story.act(
        "on inscrit la personne avec ce rabais",
        RegisterClient(client=story.school.client(), activity=activity, workshop=None, discount=discount),
    )
    (line,) = story.invoice(made).lines
    story.result("prix", line.price, cad(337.50))
    story.result("acompte", line.deposit, cad(40))


@pytest.mark.rule("CAT-2")
def test_the_currency_follows_the_client(story: Story) -> None:
    """Une cliente de France s’inscrit à un atelier au Canada."""
    activity = story.school.activity()
    venue = story.school.venue()
    story.situation("l’activité coûte 375,00 $ ou 375,00 €, l’atelier a lieu à Laval, la cliente habite Lyon")
    client = story.school.client(country="FR", postal_code="69001", city="Lyon")
    made = story.act(
        "on l’inscrit à l’atelier de Laval",
        RegisterClient(
            client=client, activity=activity, workshop=story.school.workshop(activity, venue=venue)
        ),
    )
    story.result("prix", story.invoice(made).lines[0].price, eur(375))


@pytest.mark.rule("CAT-4")
def test_no_free_form_price(story: Story) -> None:
    """Un rabais réservé à la comptabilité."""
    discount = story.school.discount(name="Geste commercial", chosen_by=(Role.ACCOUNTING,))
    story.situation("le rabais « Geste commercial » est réservé à la comptabilité")
    wish = RegisterClient(
        client=story.school.client(), activity=story.school.activity(), workshop=None, discount=discount
    )
    story.refused("l’organisation le choisit", wish, "discount_not_allowed", by=Role.ORGANISER)
    made = story.act("la comptabilité le choisit", wish, by=Role.ACCOUNTING)
    story.result("prix", story.invoice(made).lines[0].price, cad(337.50))


@pytest.mark.rule("CAT-1")
def test_a_discount_off_in_one_currency(story: Story) -> None:
    """Un rabais de 50,00 $ ne vaut rien en euros."""
    activity = story.school.activity()
    discount = story.school.discount(percent=None, amounts=(cad(50),), proof_needed=False)
    story.situation("l’activité coûte 375,00 $ ou 375,00 € ; le rabais est de 50,00 $")
    for country, text, price in (("CA", "une Canadienne", cad(325)), ("BE", "une Belge", eur(375))):
        client = story.school.client(country=country)
        made = story.act(
            f"on inscrit {text} avec ce rabais",
            RegisterClient(client=client, activity=activity, workshop=None, discount=discount),
        )
        story.result("prix", story.invoice(made).lines[0].price, price)


@pytest.mark.rule("INS-1")
def test_with_or_without_a_date(story: Story) -> None:
    """Inscrite à la carte, avec ou sans date."""
    activity = story.school.activity()
    workshop = story.school.workshop(activity)
    story.situation("l’activité a une date dans 30 jours")
    dated, undated = story.school.client(), story.school.client()
    story.act(
        "on inscrit une cliente à cette date",
        RegisterClient(client=dated, activity=activity, workshop=workshop),
    )
    story.act(
        "on inscrit une autre sans date", RegisterClient(client=undated, activity=activity, workshop=None)
    )
    story.result("places prises", len(story.state(WORKSHOP, workshop).seats), 1)
    (waiting,) = story.state(CLIENT, undated).registrations.values()
    story.result("la seconde est À PLANIFIER", type(waiting).__name__ == "ToSchedule", True)


@pytest.mark.rule("INS-2")
def test_a_phase_with_three_done(story: Story) -> None:
    """Une phase dont trois activités sont déjà faites."""
    client = story.school.client()
    phase, activities = story.school.phase()
    for activity in activities[:3]:
        followed(story, client, activity, 300)
    story.situation("la phase a neuf activités à 375,00 $ ; trois ont été suivies il y a 300 jours")
    made = story.act("on inscrit la personne à la phase", RegisterForPhase(client=client, phase=phase))
    lines = story.invoice(made).lines
    story.result("prix des trois activités faites", [line.price for line in lines[:3]], [cad(0)] * 3)
    story.result("total", Money.total(Currency.CAD, (x.price for x in lines)), cad(6 * 375))
    story.result("acompte (6 × 40,00 $)", Money.total(Currency.CAD, (x.deposit for x in lines)), cad(6 * 40))


@pytest.mark.rule("INS-2")
def test_followed_long_ago_costs_half_in_a_phase(story: Story) -> None:
    """Une activité suivie il y a plus de deux ans, dans une phase."""
    client, (phase, activities) = story.school.client(), story.school.phase(size=2)
    followed(story, client, activities[0], 1_000)
    story.situation("la phase a deux activités à 375,00 $ ; la première a été suivie il y a 1 000 jours")
    made = story.act("on inscrit la personne à la phase", RegisterForPhase(client=client, phase=phase))
    story.result("prix", [x.price for x in story.invoice(made).lines], [cad(187.50), cad(375)])


@pytest.mark.rule("INS-3")
def test_a_retake_without_a_card(story: Story) -> None:
    """Une reprise à la carte sans carte privilège."""
    client, activity = story.school.client(), story.school.activity()
    followed(story, client, activity, 100)
    story.situation("l’activité à 375,00 $ a été suivie il y a 100 jours")
    made = story.act("on l’inscrit", RegisterClient(client=client, activity=activity, workshop=None))
    story.result("prix", story.invoice(made).lines[0].price, cad(187.50))


@pytest.mark.rule("ATE-1", "INS-3")
def test_the_last_retake_seat(story: Story) -> None:
    """Soixante places, dont cinq reprises au plus."""
    activity = story.school.activity()
    workshop = story.school.workshop(activity, capacity=60, retake_limit=5)

    def trainee() -> RegisterClient:
        client = story.school.client()
        return RegisterClient(client=client, activity=activity, workshop=workshop, trainee=True)

    for _ in range(4):
        story.school.send(trainee())
    story.situation("l’atelier a 60 places et une limite de 5 reprises ; quatre stagiaires y sont inscrits")
    story.act("on inscrit une cinquième stagiaire", trainee())
    story.refused("on en inscrit une sixième", trainee(), "retakes_full")
    wish = RegisterClient(client=story.school.client(), activity=activity, workshop=workshop)
    story.act("on inscrit quelqu’un qui n’a jamais suivi l’activité", wish)
    story.result("places prises", len(story.state(WORKSHOP, workshop).seats), 6)
    story.result("dont reprises", story.state(WORKSHOP, workshop).retakes, 5)


@pytest.mark.rule("INS-4")
def test_starting_in_47_hours(story: Story) -> None:
    """L’atelier commence dans 47 heures."""
    client, activity = story.school.client(), story.school.activity()
    workshop = in_hours(story, activity, 47)
    story.situation("l’activité coûte 375,00 $, l’atelier commence dans 47 heures")
    wish = RegisterClient(client=client, activity=activity, workshop=workshop)
    story.refused("on l’inscrit sans paiement", wish, "full_payment_needed", by=Role.ORGANISER)
    made = story.act(
        "la comptabilité y renonce, avec une raison",
        wish.model_copy(update={"waive_reason": "Virement reçu demain."}),
        by=Role.ACCOUNTING,
    )
    story.result("dû tout de suite", story.invoice(made).lines[0].due_now, cad(375))


@pytest.mark.rule("INS-4")
def test_starting_in_49_hours(story: Story) -> None:
    """L’atelier commence dans 49 heures."""
    client, activity = story.school.client(), story.school.activity()
    workshop = in_hours(story, activity, 49)
    story.situation("l’activité coûte 375,00 $, l’atelier commence dans 49 heures")
    made = story.act("on l’inscrit", RegisterClient(client=client, activity=activity, workshop=workshop))
    story.result("dû tout de suite", story.invoice(made).lines[0].due_now, cad(40))


@pytest.mark.rule("INS-5")
def test_deposits_of_etre_bien(story: Story) -> None:
    """L’acompte d’un ÊTRE BIEN de trois jours."""
    activity = story.school.activity("ÊTRE BIEN", category=Category.ETRE_BIEN, days=3)
    story.situation("un ÊTRE BIEN de trois jours à 375,00 €, une cliente de Suisse")
    made = story.act(
        "on l’inscrit",
        RegisterClient(client=story.school.client(country="CH"), activity=activity, workshop=None),
    )
    story.result("acompte (3 × 20,00 €)", story.invoice(made).lines[0].deposit, eur(60))


@pytest.mark.rule("INS-6")
def test_a_proof_is_asked(story: Story) -> None:
    """Un rabais demande sa pièce justificative."""
    client, activity, discount = story.school.client(), story.school.activity(), story.school.discount()
    story.situation("le rabais de 10 % demande une pièce justificative")
    made = story.act(
        "on inscrit la personne avec ce rabais",
        RegisterClient(client=client, activity=activity, workshop=None, discount=discount),
    )
    sale = story.state(CLIENT, client).registrations[made["registration"]].sale
    story.result("le prix baisse tout de suite", sale.price, cad(337.50))
    story.result("la pièce est demandée", sale.proof is Proof.ASKED, True)


@pytest.mark.rule("INS-11")
def test_from_a_la_carte_to_the_phase(story: Story) -> None:
    """De la carte à la phase."""
    client, (phase, activities) = story.school.client(), story.school.phase(size=3)
    full = story.school.workshop(activities[0], capacity=1)
    old = story.school.send(RegisterClient(client=client, activity=activities[0], workshop=full)).made
    story.situation("la cliente a la dernière place d’un atelier à la carte, et veut la phase (3 activités)")
    story.refused(
        "on l’inscrit à la phase", RegisterForPhase(client=client, phase=phase), "registrations_in_phase"
    )
    made = story.act(
        "on passe de la carte à la phase",
        ChangeToPhase(client=client, phase=phase, note="Passe à la phase."),
    )
    seats = list(story.state(WORKSHOP, full).seats)
    story.result("sa place est passée à la phase", seats == [made["registration-1"]], True)
    deposit = Money.total(Currency.CAD, (x.deposit for x in story.invoice(made).lines))
    story.result("acompte de la phase (3 × 40,00 $)", deposit, cad(120))
    story.result("lignes annulées sur l’ancienne facture", len(story.invoice(old).cancelled), 1)


@pytest.mark.rule("INS-12")
def test_to_schedule_leads_to_its_date(story: Story) -> None:
    """Une activité À PLANIFIER n’est pas vendue deux fois."""
    client, activity = story.school.client(), story.school.activity()
    story.school.registration(client, activity)
    story.situation("l’activité est À PLANIFIER dans le dossier")
    wish = RegisterClient(client=client, activity=activity, workshop=story.school.workshop(activity))
    story.refused("on l’inscrit à une date", wish, "already_to_schedule")


@pytest.mark.rule("ATE-8")
def test_followed_abroad_counts(story: Story) -> None:
    """Un atelier suivi au Maroc compte comme suivi."""
    client, activity = story.school.client(), story.school.activity()
    story.situation("la cliente a suivi l’activité au Maroc en mai 2025")
    day = date(2025, 5, 4)
    story.act(
        "la comptabilité ajoute l’atelier suivi",
        AddFollowedWorkshop(client=client, activity=activity, first_day=day, last_day=day, country="MA"),
        by=Role.ACCOUNTING,
    )
    made = story.act(
        "on l’inscrit de nouveau", RegisterClient(client=client, activity=activity, workshop=None)
    )
    story.result("prix d’une reprise", story.invoice(made).lines[0].price, cad(187.50))


@pytest.mark.rule("INS-2")
def test_a_date_of_the_phase_takes_a_seat(story: Story) -> None:
    """Une place de phase avec sa date, les autres À PLANIFIER."""
    client, (phase, activities) = story.school.client(), story.school.phase(size=3)
    workshop = story.school.workshop(activities[1])
    story.situation("la phase a trois activités ; la deuxième a une date qui convient")
    dates = (PhaseDate(activity=activities[1], workshop=workshop),)
    story.act(
        "on inscrit la personne à la phase avec cette date",
        RegisterForPhase(client=client, phase=phase, dates=dates),
    )
    registrations = story.state(CLIENT, client).registrations.values()
    dated = [type(r).__name__ for r in registrations].count("Scheduled")
    story.result("inscriptions", len(registrations), 3)
    story.result("dont datées", dated, 1)
