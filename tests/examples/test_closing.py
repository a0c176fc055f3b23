"""Absences, closing and reopening of workshops, told by examples of 12 June 2027."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.catalogue.settings import Region
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from aggregates.workshop.closing.events import AbsenceOutcome
from aggregates.workshop.closing.state import Stage
from aggregates.workshop.state import WORKSHOP
from commands.registrations.register_client import RegisterClient
from commands.registrations.register_for_phase import PhaseDate, RegisterForPhase
from commands.workshops.approve_reopening import ApproveReopening
from commands.workshops.close_workshop import CloseWorkshop
from commands.workshops.give_back import GiveBack
from commands.workshops.hand_over import HandOver
from commands.workshops.propose_reopening import ProposeReopening
from commands.workshops.settle_absence import AbsentClient, SettleAbsence
from commands.workshops.tick_attendance import TickAttendance
from tests.examples.story import Story
from tests.examples.test_prices import cad, eur
from tests.examples.test_registrations import life
from tests.examples.test_workshops import on
from tests.support.write_side import ORGANISER, School, Sold

DEFERRED, CANCELLED = AbsenceOutcome.DEFERRED, AbsenceOutcome.CANCELLED


@pytest.fixture(autouse=True)
def _early_in_may(school: School) -> None:
    school.now(on(5, 3))


def held(story: Story, *, country: str = "CA", **changes: Any) -> tuple[UUID, UUID, Sold]:
    """A workshop of 12 June with one person on its roster; it is the evening of that day."""
    activity = story.school.activity(days=1)
    workshop = story.school.workshop(activity, starts=on(6, 12), **changes)
    one = story.school.sold(story.school.client(country=country), activity, workshop)
    story.school.now(on(6, 12, 18))
    return activity, workshop, one


def lyon(story: Story) -> UUID:
    return story.school.venue(city="Lyon", country="FR", region=Region.EUROPE, zone="Europe/Paris")


def absent(workshop: UUID, one: Sold, outcome: AbsenceOutcome, note: str | None = None) -> SettleAbsence:
    """Without notice before the start."""
    person = AbsentClient(
        client=one.client, registration=one.registration, outcome=outcome, noticed=False, note=note
    )
    return SettleAbsence(workshop=workshop, absents=(person,))


def stage(story: Story, workshop: UUID) -> Stage:
    found: Stage = story.state(WORKSHOP, workshop).closing.stage
    return found


@pytest.mark.rule("ATE-6")
def test_a_closed_roster_is_frozen(story: Story) -> None:
    """Un atelier en lecture seule, rouvert à deux."""
    activity, workshop, one = held(story)
    story.school.paid(one.client, 37_500, registration=one.registration)
    story.school.send(TickAttendance(workshop=workshop, registrations=(one.registration,)))
    story.situation("le 12 juin 2027 au soir, la présence est cochée et les 375,00 $ sont payés")
    story.act("l’administration ferme l’atelier", CloseWorkshop(workshop=workshop))
    late = RegisterClient(
        client=story.school.client(), activity=activity, workshop=workshop, waive_reason="Paie lundi."
    )
    story.refused("on inscrit une personne oubliée", late, "workshop_closed")
    first = uuid4()
    story.act(
        "une personne de l’administration propose de rouvrir : « Une personne était là. »",
        ProposeReopening(workshop=workshop, reason="Une personne était là."),
        user=first,
    )
    reopen = ApproveReopening(workshop=workshop)
    story.refused("elle l’approuve elle-même", reopen, "reopening_needs_second_person", user=first)
    story.act("la comptabilité l’approuve", reopen, by=Role.ACCOUNTING)
    story.outcome("la liste est de nouveau ouverte", stage(story, workshop) is Stage.OPEN)
    made = story.act("on inscrit la personne oubliée", late)
    story.result("inscription", life(story, late.client, made["registration"]), "INSCRIT")


@pytest.mark.rule("ATE-7")
def test_absent_in_quebec(story: Story) -> None:
    """Absente sans avis au Québec : 10 % du prix."""
    _, workshop, one = held(story, venue=story.school.venue())
    story.situation(
        "le 12 juin 2027 à Laval, une personne à la carte, à 375,00 $, n’est pas venue et n’a pas prévenu"
    )
    story.refused(
        "l’organisation la remet À PLANIFIER",
        absent(workshop, one, DEFERRED),
        "absent_without_notice",
        by=Role.ORGANISER,
        user=ORGANISER.user,
    )
    made = story.act(
        "l’organisation annule son inscription, note : « Absente sans nous prévenir. »",
        absent(workshop, one, CANCELLED, "Absente sans nous prévenir."),
        by=Role.ORGANISER,
        user=ORGANISER.user,
    )
    story.result("inscription", life(story, one.client, one.registration), "ANNULÉ")
    proposed = story.school.issued(one.invoice).cases[made["case-1"]].proposed
    story.result("frais proposés à la comptabilité", proposed, cad(37.50))


@pytest.mark.rule("ATE-7")
def test_absent_in_europe(story: Story) -> None:
    """Absente sans avis en Europe : l’acompte en entier."""
    _, workshop, one = held(story, country="FR", venue=lyon(story), zone="Europe/Paris")
    deposit = story.school.issued(one.invoice).lines[0].deposit
    story.situation(
        "le 12 juin 2027 à Lyon, une personne à la carte n’est pas venue ; l’acompte est de 40,00 €"
    )
    assert deposit == eur(40)
    made = story.act(
        "l’organisation annule son inscription",
        absent(workshop, one, CANCELLED, "Absente sans nous prévenir."),
        by=Role.ORGANISER,
        user=ORGANISER.user,
    )
    proposed = story.school.issued(one.invoice).cases[made["case-1"]].proposed
    story.result("frais proposés à la comptabilité", proposed, eur(40))


@pytest.mark.rule("ATE-7")
def test_an_absent_student(story: Story) -> None:
    """L’étudiante d’une phase absente sans avis."""
    client, (phase, activities) = story.school.client(), story.school.phase(size=2)
    workshop = story.school.workshop(activities[0], starts=on(6, 12))
    dates = (PhaseDate(activity=activities[0], workshop=workshop),)
    made = story.school.send(RegisterForPhase(client=client, phase=phase, dates=dates)).made
    registration = made["registration-1"]
    student = Sold(client, registration, made["invoice"], story.school.issued(made["invoice"]).lines[0].id)
    story.school.now(on(6, 12, 18))
    story.situation("le 12 juin 2027, l’étudiante d’une phase n’est pas venue et n’a pas prévenu")
    story.refused("on annule sa place", absent(workshop, student, CANCELLED), "student_is_deferred")
    story.act("on la remet À PLANIFIER", absent(workshop, student, DEFERRED))
    story.result("inscription", life(story, client, registration), "À PLANIFIER")
    trace = story.state(CLIENT, client).registrations[registration].sale
    story.result("frais pour la date manquée", trace.deposit_lost_with is not None, False)


@pytest.mark.rule("ATE-7")
def test_closing_in_quebec(story: Story) -> None:
    """Fermer un atelier au Québec alors qu’il manque un paiement."""
    _, workshop, one = held(story, venue=story.school.venue())
    story.situation("le 12 juin 2027 à Laval, une personne inscrite à 375,00 $, rien n’est coché ni payé")
    story.refused("l’administration ferme", CloseWorkshop(workshop=workshop), "gaps_need_reason")
    story.act("on coche sa présence", TickAttendance(workshop=workshop, registrations=(one.registration,)))
    story.refused("l’administration ferme", CloseWorkshop(workshop=workshop), "gaps_need_reason")
    story.act(
        "elle ferme quand même, raison : « Le chèque est en route. »",
        CloseWorkshop(workshop=workshop, reason="Le chèque est en route."),
    )
    story.outcome("l’atelier est en lecture seule", stage(story, workshop) is Stage.CLOSED)


@pytest.mark.rule("ATE-7")
def test_closing_in_europe(story: Story) -> None:
    """En Europe, l’organisation remet, la comptabilité ferme."""
    _, workshop, one = held(story, country="FR", venue=lyon(story), zone="Europe/Paris")
    tick = TickAttendance(workshop=workshop, registrations=(one.registration,))
    story.situation("le 12 juin 2027 à Lyon, une personne est venue")
    story.refused(
        "la comptabilité ferme", CloseWorkshop(workshop=workshop), "not_handed_over", by=Role.ACCOUNTING
    )
    story.act(
        "l’organisation remet la liste, sans présence cochée",
        HandOver(workshop=workshop),
        by=Role.ORGANISER,
        user=ORGANISER.user,
    )
    story.refused(
        "elle coche la présence", tick, "roster_handed_over", by=Role.ORGANISER, user=ORGANISER.user
    )
    story.act(
        "la comptabilité lui rend la liste : « Il manque la présence. »",
        GiveBack(workshop=workshop, reason="Il manque la présence."),
        by=Role.ACCOUNTING,
    )
    story.act("elle coche la présence", tick, by=Role.ORGANISER, user=ORGANISER.user)
    story.act(
        "elle remet la liste de nouveau",
        HandOver(workshop=workshop),
        by=Role.ORGANISER,
        user=ORGANISER.user,
    )
    story.refused(
        "la comptabilité ferme", CloseWorkshop(workshop=workshop), "gaps_need_reason", by=Role.ACCOUNTING
    )
    story.act(
        "elle ferme quand même, raison : « Les pièces arrivent par la poste. »",
        CloseWorkshop(workshop=workshop, reason="Les pièces arrivent par la poste."),
        by=Role.ACCOUNTING,
    )
    story.outcome("l’atelier est en lecture seule", stage(story, workshop) is Stage.CLOSED)
