"""Workshops: seats, waiting lists, cancelling, restoring and moving, told by examples from 3 May 2027 on."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from aggregates.invoice.events import FeeBasis
from aggregates.kernel import Role
from aggregates.workshop.closing.events import CallOutcome
from aggregates.workshop.events import WorkshopRestored
from aggregates.workshop.state import WORKSHOP
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.choose_date import ChooseDate
from commands.registrations.defer_registration import DeferRegistration
from commands.registrations.register_client import RegisterClient
from commands.workshops.accept_offer import AcceptOffer
from commands.workshops.cancel_workshop import CancelWorkshop
from commands.workshops.change_plan import ChangePlan
from commands.workshops.expire_offers import ExpireOffers
from commands.workshops.join_waiting_list import JoinWaitingList
from commands.workshops.move_workshop import MoveWorkshop
from commands.workshops.note_call import NoteCall
from commands.workshops.offer_seats import OfferSeats
from commands.workshops.plan_workshop import PlannedSession
from commands.workshops.restore_workshop import RestoreWorkshop
from commands.workshops.tick_attendance import TickAttendance
from tests.examples.story import Story
from tests.examples.test_registrations import fee_of, life
from tests.support.write_side import ORGANISER, School, Sold

MONTREAL = ZoneInfo("America/Toronto")
FLOODED = "La salle est inondée."


def on(month: int, day: int, hour: int = 9) -> datetime:
    """That hour in Montréal."""
    return datetime(2027, month, day, hour, tzinfo=MONTREAL)


@pytest.fixture(autouse=True)
def _early_in_may(school: School) -> None:
    school.now(on(5, 3))


def sold(story: Story, activity: UUID, workshop: UUID, people: int) -> list[Sold]:
    return [story.school.sold(story.school.client(), activity, workshop) for _ in range(people)]


def lives(story: Story, people: list[Sold]) -> list[str]:
    return [life(story, one.client, one.registration) for one in people]


def offered(story: Story, workshop: UUID, client: UUID) -> bool:
    return story.state(WORKSHOP, workshop).waiting.entries[client].offered_until is not None


@pytest.mark.rule("ATE-2")
def test_the_last_seat(story: Story) -> None:
    """Un atelier de douze places en a douze."""
    activity = story.school.activity()
    workshop = story.school.workshop(activity, starts=on(6, 12), capacity=12)
    sold(story, activity, workshop, 12)
    story.situation("l’atelier du 12 juin 2027 a douze places, douze personnes y sont inscrites")
    wish = RegisterClient(client=story.school.client(), activity=activity, workshop=workshop)
    story.refused("on y inscrit une treizième personne", wish, "workshop_full")
    story.result("places prises", len(story.state(WORKSHOP, workshop).seats), 12)


@pytest.mark.rule("ATE-2")
def test_the_waiting_list(story: Story) -> None:
    """Une place se libère : la liste d’attente, dans l’ordre."""
    activity = story.school.activity()
    workshop = story.school.workshop(activity, starts=on(6, 12), capacity=1)
    (holder,) = sold(story, activity, workshop, 1)
    first, second, passer_by = (story.school.client() for _ in range(3))
    for client in (first, second):
        story.school.send(JoinWaitingList(client=client, workshop=workshop))
    story.situation("l’atelier du 12 juin 2027 est complet ; Anne, puis Berthe, sont sur la liste d’attente")
    story.act(
        "le 3 mai à 9 h, la personne inscrite choisit « Je souhaite me réinscrire plus tard »",
        DeferRegistration(client=holder.client, registration=holder.registration),
        by=Role.CLIENT,
        user=holder.client,
    )
    story.act("la place est offerte", OfferSeats(workshop=workshop))
    story.result("offerte à Anne", offered(story, workshop, first), True)
    story.refused("Berthe l’accepte", AcceptOffer(client=second, workshop=workshop), "no_offer")
    wish = RegisterClient(client=passer_by, activity=activity, workshop=workshop)
    story.refused("on inscrit quelqu’un qui n’attendait pas", wish, "workshop_full")
    story.school.now(on(5, 4, 10))
    story.act("le 4 mai à 10 h, Anne n’a pas répondu en 24 heures", ExpireOffers(workshop=workshop))
    story.result("offerte à Berthe", offered(story, workshop, second), True)
    made = story.act("on l’accepte pour Berthe", AcceptOffer(client=second, workshop=workshop))
    story.result("inscription de Berthe", life(story, second, made["registration"]), "INSCRIT")


@pytest.mark.rule("ATE-2")
def test_nobody_waits_beside_a_free_seat(story: Story) -> None:
    """Une place libre ne s’attend pas."""
    workshop = story.school.workshop(story.school.activity(), starts=on(6, 12), capacity=12)
    story.situation("l’atelier du 12 juin 2027 a douze places, personne n’est inscrit")
    wish = JoinWaitingList(client=story.school.client(), workshop=workshop)
    story.refused("on met la cliente sur la liste d’attente", wish, "seat_is_free")


@pytest.mark.rule("ATE-4")
def test_a_flooded_room(story: Story) -> None:
    """Supprimer un atelier : la salle est inondée."""
    activity = story.school.activity()
    workshop = story.school.workshop(activity, starts=on(6, 12), capacity=2)
    people = sold(story, activity, workshop, 2)
    waiting = story.school.client()
    story.school.send(JoinWaitingList(client=waiting, workshop=workshop))
    story.situation("deux personnes sont inscrites le 12 juin 2027, une troisième attend une place")
    story.act(
        "le 3 mai, l’organisation supprime l’atelier, raison : « La salle est inondée. »",
        CancelWorkshop(workshop=workshop, reason=FLOODED),
        by=Role.ORGANISER,
        user=ORGANISER.user,
    )
    story.result("les deux inscriptions", lives(story, people), ["À PLANIFIER", "À PLANIFIER"])
    wish = JoinWaitingList(client=waiting, workshop=workshop)
    story.refused("la troisième veut attendre encore", wish, "workshop_cancelled")
    story.act(
        "on appelle la première : elle verra plus tard",
        NoteCall(
            workshop=workshop,
            registration=people[0].registration,
            called=True,
            outcome=CallOutcome.LATER,
        ),
    )
    calls = story.state(WORKSHOP, workshop).calls
    story.result("personnes appelées", len(calls), 1)
    story.act(
        "la seconde préfère annuler",
        CancelRegistration(
            client=people[1].client, registration=people[1].registration, note="Préfère annuler."
        ),
    )
    by_school = fee_of(story, people[1].invoice) is FeeBasis.BY_SCHOOL
    story.outcome("aucuns frais ne sont proposés : l’école a supprimé l’atelier", by_school)


@pytest.mark.rule("ATE-4")
def test_a_workshop_that_took_place(story: Story) -> None:
    """Un atelier qui a eu lieu ne se supprime pas."""
    activity = story.school.activity()
    workshop = story.school.workshop(activity, starts=on(6, 12))
    (one,) = sold(story, activity, workshop, 1)
    story.school.now(on(6, 12, 18))
    story.school.send(TickAttendance(workshop=workshop, registrations=(one.registration,)))
    story.situation("le 12 juin 2027 au soir, une présence est cochée")
    story.refused(
        "on supprime l’atelier", CancelWorkshop(workshop=workshop, reason=FLOODED), "workshop_followed"
    )


@pytest.mark.rule("ATE-5")
def test_the_room_is_dry(story: Story) -> None:
    """Restaurer l’atelier : trois groupes."""
    activity = story.school.activity()
    workshop = story.school.workshop(activity, starts=on(6, 12), capacity=3)
    july = story.school.workshop(activity, starts=on(7, 10))
    people = sold(story, activity, workshop, 3)
    stays, moves, late = people
    story.school.send(CancelWorkshop(workshop=workshop, reason=FLOODED))
    story.school.send(ChooseDate(client=moves.client, registration=moves.registration, workshop=july))
    story.situation(
        "trois personnes étaient inscrites le 12 juin 2027 ; l’atelier supprimé, la deuxième a choisi le"
        " 10 juillet, les autres sont À PLANIFIER"
    )
    was = story.state(WORKSHOP, workshop).was.plan
    story.act(
        "on ne trouve qu’une petite salle : une place",
        ChangePlan(
            workshop=workshop,
            seen_version=story.school.side.store.load([WORKSHOP.at(workshop)])[0].version,
            organiser=was.organiser,
            trainers=was.trainers,
            capacity=1,
            retake_limit=None,
            place_note=None,
            practical_note=None,
        ),
    )
    story.act("« Restaurer l’atelier et enregistrer »", RestoreWorkshop(workshop=workshop))
    restored = story.facts(WORKSHOP, workshop)[-1]
    assert restored == WorkshopRestored(
        back=(stays.registration,), moved_on=(moves.registration,), no_seat=(late.registration,)
    )
    names = ("la première, qui revient", "la deuxième, qui garde le 10 juillet", "la troisième, sans place")
    for name, now, expected in zip(
        names, lives(story, people), ("INSCRIT", "INSCRIT", "À PLANIFIER"), strict=True
    ):
        story.result(name, now, expected)


@pytest.mark.rule("ATE-5")
def test_too_late_to_restore(story: Story) -> None:
    """Trop tard pour restaurer."""
    activity = story.school.activity()
    workshop = story.school.workshop(activity, starts=on(6, 12))
    story.school.send(CancelWorkshop(workshop=workshop, reason=FLOODED))
    story.school.now(on(6, 12, 10))
    story.situation("l’atelier supprimé devait commencer le 12 juin 2027 à 9 h ; il est 10 h")
    story.refused("on le restaure", RestoreWorkshop(workshop=workshop), "workshop_begun")


def moved_to(story: Story, workshop: UUID, starts: datetime) -> MoveWorkshop:
    """EN LIGNE as before, another day from 9 to 17."""
    return MoveWorkshop(
        workshop=workshop,
        seen_version=story.school.side.store.load([WORKSHOP.at(workshop)])[0].version,
        venue=None,
        zone="America/Toronto",
        sessions=(PlannedSession(starts=starts, ends=starts.replace(hour=17)),),
    )


@pytest.mark.rule("ATE-10")
def test_moved_by_the_school(story: Story) -> None:
    """Déplacer un atelier du 12 juin au 22 mai."""
    activity = story.school.activity(days=2)
    workshop = story.school.workshop(activity, starts=on(6, 12))
    (one,) = sold(story, activity, workshop, 1)
    story.school.paid(one.client, 4_000, registration=one.registration)
    story.situation(
        "une activité de deux jours le 12 juin 2027 ; une personne inscrite, acompte de 40,00 $ payé"
    )
    story.act("le 3 mai, l’école la déplace au 22 mai", moved_to(story, workshop, on(5, 22)))
    story.result("inscription", lives(story, [one]), ["INSCRIT"])
    story.act(
        "la cliente, à moins d’un mois, choisit « Je souhaite me réinscrire plus tard »",
        DeferRegistration(client=one.client, registration=one.registration),
        by=Role.CLIENT,
        user=one.client,
    )
    story.act(
        "puis elle annule",
        CancelRegistration(client=one.client, registration=one.registration, note=None),
        by=Role.CLIENT,
        user=one.client,
    )
    free = fee_of(story, one.invoice) is FeeBasis.BY_SCHOOL
    story.outcome("aucuns frais ne sont proposés : l’école a déplacé l’atelier", free)


@pytest.mark.rule("ATE-10")
def test_not_moved_once_begun(story: Story) -> None:
    """Un atelier commencé ne se déplace plus."""
    workshop = story.school.workshop(story.school.activity(), starts=on(6, 12))
    story.school.now(on(6, 12, 10))
    story.situation("l’atelier a commencé le 12 juin 2027 à 9 h ; il est 10 h")
    story.refused("on le déplace au 19 juin", moved_to(story, workshop, on(6, 19)), "workshop_begun")
