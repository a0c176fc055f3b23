"""Dossiers removed, restored and deleted, told by examples."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.client.preferences.events import Channel
from aggregates.client.preferences.policies import consents
from aggregates.client.state import CLIENT, DeactivatedDossier, ErasedDossier
from aggregates.kernel import Role
from commands.clients.approve_deletion import ApproveDeletion
from commands.clients.choose_preferences import ChoosePreferences
from commands.clients.propose_deletion import ProposeDeletion
from commands.clients.remove_dossier import RemoveDossier
from commands.clients.restore_dossier import RestoreDossier
from tests.examples.story import Story
from tests.examples.test_prices import cad, eur, followed

FREE = (cad(0), eur(0))


def louise(story: Story, **changes: Any) -> UUID:
    """A client called Louise, another one in each example."""
    return story.school.client(first_name="Louise", postal_code="J4K 2T1", **changes)


def asks_to_leave(story: Story, client: UUID) -> None:
    story.act(
        "elle choisit « Demander à être retirée »",
        RemoveDossier(client=client),
        by=Role.CLIENT,
        user=client,
    )


@pytest.mark.rule("DOS-8")
def test_an_open_registration_keeps_a_dossier(story: Story) -> None:
    """Une inscription À PLANIFIER retient le dossier."""
    client = louise(story)
    story.school.registration(client, story.school.activity("Soirée d’accueil", prices=FREE))
    story.situation("la cliente ne doit rien ; sa soirée d’accueil, gratuite, est encore À PLANIFIER")
    story.refused(
        "elle choisit « Demander à être retirée »",
        RemoveDossier(client=client),
        "registrations_open",
        by=Role.CLIENT,
        user=client,
    )


@pytest.mark.rule("DOS-8")
def test_nothing_ever_bought(story: Story) -> None:
    """Sans facture ni inscription, tout le dossier est effacé."""
    client = louise(story)
    story.situation("la cliente a ouvert un dossier et n’a jamais rien choisi")
    asks_to_leave(story, client)
    story.outcome("le dossier est effacé en entier", story.state(CLIENT, client) == ErasedDossier())


@pytest.mark.rule("DOS-8")
def test_a_past_keeps_the_name(story: Story) -> None:
    """Avec un atelier suivi, il reste le nom et le code postal."""
    client = louise(story, last_name="Gagnon")
    followed(story, client, story.school.activity(), 400)
    story.situation("Louise Gagnon, J4K 2T1, a suivi un atelier il y a 400 jours ; elle ne doit rien")
    asks_to_leave(story, client)
    left = story.state(CLIENT, client)
    story.outcome("le dossier est désactivé", isinstance(left, DeactivatedDossier))
    story.result(
        "il en reste", [left.first_name, left.last_name, left.postal_code], ["Louise", "Gagnon", "J4K 2T1"]
    )


def deactivated(story: Story) -> UUID:
    """Somebody who followed a workshop, said yes to everything, and left."""
    client = louise(story)
    followed(story, client, story.school.activity(), 400)
    yes = ChoosePreferences(client=client, telephone=True, post=True, email=True, wording="2026-11")
    assert story.door.send(yes, story.door.as_(Role.CLIENT, user=client)).status_code == 200
    story.school.send(RemoveDossier(client=client))
    return client


@pytest.mark.rule("DOS-9")
def test_she_comes_back(story: Story) -> None:
    """Une cliente retirée revient."""
    client = deactivated(story)
    story.situation("la cliente acceptait les courriels ; elle s’est fait retirer, son dossier est désactivé")
    story.act(
        "l’administration le restaure avec son nouveau courriel, son téléphone et son adresse",
        RestoreDossier(
            client=client,
            email="louise.revient@example.com",
            telephone="450 555-0142",
            street="12, rue Saint-Charles",
            city="Longueuil",
            country="CA",
        ),
    )
    back = story.state(CLIENT, client)
    story.result("courriel", back.email, "louise.revient@example.com")
    story.result("ateliers suivis", len(back.places.abroad), 1)
    story.result("elle accepte les courriels, avant de l’avoir redit", consents(back, Channel.EMAIL), False)


@pytest.mark.rule("DOS-9")
def test_her_address_opens_another_dossier(story: Story) -> None:
    """Le courriel ouvre déjà un autre dossier."""
    client = deactivated(story)
    story.school.client(email="famille@example.com")
    story.situation(
        "la cliente s’est fait retirer ; famille@example.com ouvre le dossier d’une autre personne"
    )
    wish = RestoreDossier(client=client, email="famille@example.com", country="CA")
    story.refused("on restaure son dossier avec famille@example.com", wish, "email_taken")


@pytest.mark.rule("DOS-9")
def test_only_what_was_deactivated(story: Story) -> None:
    """Un dossier actif ne se restaure pas."""
    wish = RestoreDossier(client=louise(story), email="louise.active@example.com", country="CA")
    story.situation("le dossier de la cliente est actif")
    story.refused("on le restaure", wish, "not_deactivated")


@pytest.mark.rule("DOS-10")
def test_two_persons_delete(story: Story) -> None:
    """Supprimer un dossier demande deux personnes."""
    client, first = louise(story), uuid4()
    story.situation("la cliente n’a suivi aucun atelier ; au téléphone, elle ne veut plus rien recevoir")
    story.act(
        "une personne de l’administration propose de supprimer le dossier, avec la raison",
        ProposeDeletion(client=client, reason="Ne veut plus rien recevoir, dit au téléphone."),
        user=first,
    )
    delete = ApproveDeletion(client=client)
    story.refused("la même personne l’approuve", delete, "deletion_needs_another", user=first)
    story.act("une autre l’approuve", delete)
    gone = story.state(CLIENT, client)
    story.outcome("le dossier est effacé en entier", isinstance(gone, ErasedDossier))
    story.outcome("son adresse n’est plus gardée que comme empreinte", len(gone.suppressed) == 64)


@pytest.mark.rule("DOS-10")
def test_with_an_invoice_the_name_stays(story: Story) -> None:
    """Supprimer un dossier qui porte une facture annulée."""
    client = louise(story)
    story.school.cancelled(client, story.school.registration(client, story.school.activity()))
    story.situation("la seule inscription de la cliente a été annulée sans frais ; sa facture est à 0,00 $")
    story.act("on propose de supprimer le dossier", ProposeDeletion(client=client, reason="Ne viendra pas."))
    story.act("une autre personne l’approuve", ApproveDeletion(client=client))
    kept = isinstance(story.state(CLIENT, client), DeactivatedDossier)
    story.outcome("le dossier est désactivé, la facture garde son nom", kept)


@pytest.mark.rule("DOS-10")
def test_who_followed_a_workshop_is_not_deleted(story: Story) -> None:
    """Le dossier de qui a suivi un atelier ne se supprime pas."""
    client = louise(story)
    followed(story, client, story.school.activity(), 400)
    story.situation("la cliente a suivi un atelier il y a 400 jours")
    wish = ProposeDeletion(client=client, reason="Ne veut plus rien recevoir.")
    story.refused("on propose de supprimer son dossier", wish, "workshops_followed")
