"""Registrations, dates given up and lost places, told by examples."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from aggregates.catalogue.settings import Category, Region
from aggregates.client.state import CLIENT
from aggregates.invoice.events import FeeBasis, LineCancelled
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Role
from aggregates.workshop.state import WORKSHOP
from commands.clients.create_dossier import CreateDossier
from commands.registrations.add_followed_workshop import AddFollowedWorkshop
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.choose_date import ChooseDate
from commands.registrations.defer_registration import DeferRegistration
from commands.registrations.register_client import RegisterClient
from commands.registrations.register_for_phase import PhaseDate, RegisterForPhase
from commands.registrations.reopen_place import ReopenPlace
from commands.registrations.send_phase_letter import SendPhaseLetter
from commands.workshops.tick_attendance import TickAttendance
from tests.examples.story import Story
from tests.support.write_side import ACCOUNTING


def life(story: Story, client: UUID, registration: UUID) -> str:
    """À PLANIFIER, INSCRIT, SUIVI or ANNULÉ."""
    names = {"ToSchedule": "À PLANIFIER", "Scheduled": "INSCRIT", "Followed": "SUIVI", "Cancelled": "ANNULÉ"}
    return names[type(story.state(CLIENT, client).registrations[registration]).__name__]


def fee_of(story: Story, invoice: UUID) -> FeeBasis:
    """Why the case proposes a fee, or none."""
    (cancelled,) = [f for f in story.facts(INVOICE, invoice) if isinstance(f, LineCancelled)]
    assert cancelled.fee is not None
    return cancelled.fee.basis


def in_days(story: Story, activity: UUID, days: float, **changes: object) -> UUID:
    return story.school.workshop(activity, starts=datetime.now(UTC) + timedelta(days=days), **changes)


@pytest.mark.rule("DOS-4")
def test_father_and_son(story: Story) -> None:
    """Le père et le fils portent le même nom."""
    father = {"last_name": "L’Écuyer-Noël", "first_name": "Jean", "postal_code": "J7Z 2B4"}
    story.school.client(**father)
    story.situation("Jean L’Écuyer-Noël, J7Z 2B4, a un dossier")
    son = CreateDossier(
        last_name="lecuyer noel", first_name="JEAN", postal_code="j7z2b4", email=None, country="CA"
    )
    story.refused("on ouvre un dossier à « lecuyer noel, JEAN, j7z2b4 »", son, "already_client")
    made = story.act(
        "on l’ouvre malgré tout, avec la raison",
        son.model_copy(update={"namesake_reason": "C’est son fils."}),
    )
    story.result("le second dossier existe", story.state(CLIENT, made["client"]).first_name, "JEAN")


@pytest.mark.rule("INS-7")
def test_a_change_of_date_leaves_a_trace(story: Story) -> None:
    """Un changement de date laisse une trace."""
    client, activity = story.school.client(), story.school.activity()
    first, second = in_days(story, activity, 30), in_days(story, activity, 60)
    registration = story.school.registration(client, activity, first)
    story.situation("la cliente est inscrite dans 30 jours")
    story.act(
        "on change pour la date dans 60 jours",
        ChooseDate(client=client, registration=registration, workshop=second),
    )
    story.result("en haut du dossier", life(story, client, registration), "INSCRIT")
    sale = story.state(CLIENT, client).registrations[registration].sale
    story.result("traces sous ANNULÉS", len(sale.given_up), 1)
    story.result("places prises à la première date", len(story.state(WORKSHOP, first).seats), 0)


@pytest.mark.rule("INS-7")
def test_a_full_date_changes_nothing(story: Story) -> None:
    """La nouvelle date est complète."""
    client, activity = story.school.client(), story.school.activity()
    first, full = in_days(story, activity, 30), in_days(story, activity, 60, capacity=1)
    registration = story.school.registration(client, activity, first)
    story.school.registration(story.school.client(), activity, full)
    story.situation("la cliente est inscrite dans 30 jours ; l’autre date a une seule place, déjà prise")
    wish = ChooseDate(client=client, registration=registration, workshop=full)
    story.refused("on change de date", wish, "workshop_full")
    story.result("sa place à la première date", len(story.state(WORKSHOP, first).seats), 1)


@pytest.mark.rule("INS-4")
def test_a_near_date_is_chosen_once_it_is_paid(story: Story) -> None:
    """Choisir une date qui commence dans 40 heures."""
    client, activity = story.school.client(), story.school.activity()
    registration = story.school.registration(client, activity)
    story.school.paid(client, 4_000, registration=registration)
    near = in_days(story, activity, 40 / 24)
    story.situation("la cliente est À PLANIFIER, l’activité coûte 375,00 $, l’acompte de 40,00 $ est payé")
    wish = ChooseDate(client=client, registration=registration, workshop=near)
    story.refused(
        "elle choisit la date dans 40 heures", wish, "full_payment_needed", by=Role.CLIENT, user=client
    )
    story.school.paid(client, 33_500, registration=registration)
    story.act("elle paie le solde, puis choisit la date", wish, by=Role.CLIENT, user=client)
    story.result("inscription", life(story, client, registration), "INSCRIT")


@pytest.mark.rule("INS-8")
def test_later_or_no_longer(story: Story) -> None:
    """Se réinscrire plus tard, ou ne plus assister."""
    client, activity = story.school.client(), story.school.activity()
    registration = story.school.registration(client, activity, in_days(story, activity, 90))
    story.situation("la cliente est inscrite dans 90 jours")
    story.act(
        "elle choisit « Je souhaite me réinscrire plus tard »",
        DeferRegistration(client=client, registration=registration),
        by=Role.CLIENT,
        user=client,
    )
    story.result("inscription", life(story, client, registration), "À PLANIFIER")
    story.act(
        "puis « Je ne veux plus assister à cette activité »",
        CancelRegistration(client=client, registration=registration, note=None),
        by=Role.CLIENT,
        user=client,
    )
    story.result("inscription", life(story, client, registration), "ANNULÉ")


@pytest.mark.rule("INS-9")
@pytest.mark.rule("FAC-4")
def test_late_in_europe(story: Story) -> None:
    """Annuler un atelier en Europe à trois semaines."""
    client, activity = story.school.client(country="FR"), story.school.activity(days=1)
    lyon = story.school.venue(city="Lyon", country="FR", region=Region.EUROPE, zone="Europe/Paris")
    workshop = in_days(story, activity, 21, venue=lyon, zone="Europe/Paris")
    made = story.school.send(RegisterClient(client=client, activity=activity, workshop=workshop)).made
    story.situation("un atelier d’un jour à Lyon dans trois semaines")
    story.act(
        "la cliente annule",
        CancelRegistration(client=client, registration=made["registration"], note=None),
        by=Role.CLIENT,
        user=client,
    )
    basis = fee_of(story, made["invoice"])
    story.result("le dossier à traiter propose l’acompte en frais", basis is FeeBasis.LATE, True)


@pytest.mark.rule("INS-9")
def test_late_in_canada(story: Story) -> None:
    """Annuler un atelier d’un jour au Canada à trois semaines."""
    client, activity = story.school.client(), story.school.activity(days=1)
    workshop = in_days(story, activity, 21, venue=story.school.venue())
    made = story.school.send(RegisterClient(client=client, activity=activity, workshop=workshop)).made
    story.situation("un atelier d’un jour à Laval dans trois semaines")
    story.act(
        "la cliente annule",
        CancelRegistration(client=client, registration=made["registration"], note=None),
        by=Role.CLIENT,
        user=client,
    )
    story.outcome("aucuns frais ne sont proposés", fee_of(story, made["invoice"]) is FeeBasis.NONE)


@pytest.mark.rule("INS-9")
def test_deferred_late_then_cancelled(story: Story) -> None:
    """Date ultérieure à trois semaines d’un ÊTRE BIEN, puis annulation."""
    client = story.school.client()
    activity = story.school.activity("ÊTRE BIEN", category=Category.ETRE_BIEN)
    made = story.school.send(
        RegisterClient(client=client, activity=activity, workshop=in_days(story, activity, 21))
    ).made
    registration = made["registration"]
    story.situation("un ÊTRE BIEN en ligne dans trois semaines")
    story.act("on enlève la date", DeferRegistration(client=client, registration=registration))
    story.act(
        "deux jours plus tard, on annule",
        CancelRegistration(client=client, registration=registration, note="Ne reprendra pas."),
    )
    basis = fee_of(story, made["invoice"])
    story.result("frais de la date abandonnée proposés", basis is FeeBasis.LATE_DEFERRAL, True)


@pytest.mark.rule("INS-13")
def test_ticked_present(story: Story) -> None:
    """Cocher la présence rend l’atelier SUIVI."""
    client, activity = story.school.client(), story.school.activity()
    workshop = in_days(story, activity, -0.1)
    registration = story.school.late_registration(client, activity, workshop)
    story.situation("l’atelier a commencé ce matin")
    story.act(
        "l’organisation coche la présence",
        TickAttendance(workshop=workshop, registrations=(registration,)),
        by=Role.OFFICE,
    )
    story.result("inscription", life(story, client, registration), "SUIVI")


@pytest.mark.rule("INS-14")
def test_a_lost_place_is_reopened(story: Story) -> None:
    """Une étudiante n’a plus sa place À PLANIFIER."""
    client, (phase, activities) = story.school.client(), story.school.phase(size=2)
    made = story.school.send(RegisterForPhase(client=client, phase=phase)).made
    lost = made["registration-1"]
    story.school.send(CancelRegistration(client=client, registration=lost, note="Ne vient plus."))
    story.situation("l’étudiante de la phase a vu sa première place annulée")
    wish = RegisterClient(client=client, activity=activities[0], workshop=None)
    story.refused("on l’inscrit à la carte", wish, "place_in_phase", by=Role.ORGANISER)
    story.act(
        "l’administration rouvre la place",
        ReopenPlace(client=client, enrolment=made["enrolment"], activity=activities[0]),
    )
    story.result("inscription", life(story, client, lost), "À PLANIFIER")


@pytest.mark.rule("INS-15")
def test_after_the_start(story: Story) -> None:
    """L’invitée d’une matinée reste pour l’atelier."""
    client, activity = story.school.client(), story.school.activity()
    workshop = in_days(story, activity, -0.1)
    story.situation("l’atelier a commencé ce matin ; l’invitée n’était pas inscrite")
    made = story.act(
        "on l’inscrit à l’atelier entier ; elle paie sur place",
        RegisterClient(
            client=client, activity=activity, workshop=workshop, waive_reason="Paie à la pause de midi."
        ),
    )
    story.result("inscription", life(story, client, made["registration"]), "INSCRIT")


@pytest.mark.rule("ATT-2")
def test_the_last_of_the_phase(story: Story) -> None:
    """La lettre de fin de phase."""
    client, (phase, activities) = story.school.client(), story.school.phase(size=2)
    day = datetime.now(UTC).date() - timedelta(days=100)
    story.school.send(
        AddFollowedWorkshop(client=client, activity=activities[0], first_day=day, last_day=day, country="CH"),
        ACCOUNTING,
    )
    workshop = in_days(story, activities[1], -0.5)
    made = story.school.send(
        RegisterForPhase(
            client=client,
            phase=phase,
            dates=(PhaseDate(activity=activities[1], workshop=workshop),),
            waive_reason="Payé d’avance.",
        )
    ).made
    letter = SendPhaseLetter(client=client, enrolment=made["enrolment"])
    story.situation(
        "deux activités dans la phase ; la première a été suivie en Suisse, la seconde finit aujourd’hui"
    )
    story.refused("on envoie la lettre", letter, "phase_not_finished")
    tick = TickAttendance(workshop=workshop, registrations=(made["registration-2"],))
    story.act("on coche sa présence à la dernière", tick)
    story.act("l’atelier fini, on clique sur « Phase terminée »", letter)
    story.refused("une autre personne clique encore", letter, "letter_already_sent")
