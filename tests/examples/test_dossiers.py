"""Dossiers, notes, wishes and cards, told by examples."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from aggregates.client.events import NoteKind
from aggregates.client.preferences.events import Channel
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.baskets.put_in_basket import PutInBasket
from commands.clients.add_interest import AddInterest
from commands.clients.grant_card import GrantCard
from commands.clients.record_contact_address import RecordContactAddress
from commands.clients.record_preference import RecordPreference
from commands.clients.set_billing import SetBilling
from commands.clients.write_note import WriteNote
from commands.registrations.register_client import RegisterClient
from tests.examples.story import Story
from tests.examples.test_prices import cad, followed
from tests.examples.test_registrations import life
from tests.support.write_side import ORGANISER


@pytest.mark.rule("DOS-6")
def test_an_address_of_a_relative(story: Story) -> None:
    """Une cliente sans courriel reçoit ses courriels chez sa fille."""
    client = story.school.client(email=None)
    story.situation("la cliente n’a pas de courriel ; sa fille Zoé en a un")
    story.act(
        "on note zoe@example.com, « via sa fille Zoé »",
        RecordContactAddress(client=client, email="zoe@example.com", via="sa fille Zoé"),
    )
    story.result("adresse de contact, via", story.state(CLIENT, client).contact_address.via, "sa fille Zoé")


@pytest.mark.rule("DOS-13")
def test_a_red_flag(story: Story) -> None:
    """Un avertissement de la comptabilité se confirme avant d’inscrire."""
    client, activity = story.school.client(), story.school.activity()
    story.situation("un chèque de 375,00 $ de la cliente est revenu impayé l’an dernier")
    story.act(
        "la comptabilité écrit la note rouge « Chèque impayé : argent comptant seulement. »",
        WriteNote(
            client=client,
            kind=NoteKind.ACCOUNTING,
            seen_version=1,
            text="Chèque impayé : argent comptant seulement.",
        ),
        by=Role.ACCOUNTING,
    )
    wish = RegisterClient(client=client, activity=activity, workshop=None)
    story.refused("l’organisation inscrit la cliente", wish, "red_flag_unconfirmed", by=Role.ORGANISER)
    made = story.act(
        "elle lit l’avertissement, le confirme et l’inscrit",
        wish.model_copy(update={"red_flag_confirmed": True}),
        by=Role.ORGANISER,
    )
    story.result("inscription", life(story, client, made["registration"]), "À PLANIFIER")


@pytest.mark.rule("DOS-13")
def test_no_online_registration(story: Story) -> None:
    """La note rouge avec « aucune inscription en ligne »."""
    client, activity = story.school.client(), story.school.activity()
    story.situation("la cliente doit 120,00 $ depuis deux ans")
    story.act(
        "la comptabilité écrit la note rouge et coche « aucune inscription en ligne »",
        WriteNote(
            client=client,
            kind=NoteKind.ACCOUNTING,
            seen_version=1,
            text="Doit 120,00 $ depuis deux ans.",
            no_online_registration=True,
        ),
        by=Role.ACCOUNTING,
    )
    story.refused(
        "la cliente met une activité dans son panier ; elle ne lit pas pourquoi",
        PutInBasket(client=client, activity=activity, workshop=None),
        "please_contact_us",
        by=Role.CLIENT,
        user=client,
    )


@pytest.mark.rule("DOS-13")
def test_a_note_for_trainers(story: Story) -> None:
    """La note pour l’équipe d’animation, écrite depuis la liste."""
    client, activity = story.school.client(), story.school.activity()
    trainer = uuid4()
    workshop = story.school.workshop(activity, trainers=(trainer,))
    story.school.registration(client, activity, workshop)
    story.situation("la cliente est inscrite à l’atelier de l’animatrice")
    note = WriteNote(
        client=client,
        kind=NoteKind.TRAINER,
        seen_version=story.school.side.store.load([CLIENT.at(client)])[0].version,
        text="Entend mal de l’oreille gauche.",
        workshop=workshop,
    )
    story.act(
        "l’animatrice ouvre le nom sur la liste et note « Entend mal de l’oreille gauche. »",
        note,
        by=Role.TRAINER,
        user=trainer,
    )
    story.refused(
        "l’organisation, qui ne l’a pas vue, écrit une autre note",
        note.model_copy(update={"text": "Préfère s’asseoir devant."}),
        "changed_meanwhile",
        by=Role.ORGANISER,
        user=ORGANISER.user,
    )
    kept = story.state(CLIENT, client).notes[NoteKind.TRAINER].text
    story.result("note", kept, "Entend mal de l’oreille gauche.")


@pytest.mark.rule("DOS-14")
def test_a_heart(story: Story) -> None:
    """Un cœur à côté d’une activité."""
    client, activity = story.school.client(), story.school.activity()
    story.situation("la cliente voit une activité qui lui plaît")
    story.act(
        "elle clique sur le cœur",
        AddInterest(client=client, activity=activity),
        by=Role.CLIENT,
        user=client,
    )
    story.result("intérêts notés", len(story.state(CLIENT, client).wishes.interests), 1)


@pytest.mark.rule("DOS-16")
def test_made_out_to_a_company(story: Story) -> None:
    """Une facture au nom de l’entreprise."""
    client, activity = story.school.client(), story.school.activity()
    story.situation("l’employeur de la cliente, Roy inc., paie son atelier")
    story.act(
        "on donne le nom et l’adresse de facturation",
        SetBilling(client=client, name="Roy inc.", address="1, rue du Port\nLaval"),
    )
    made = story.act("on l’inscrit", RegisterClient(client=client, activity=activity, workshop=None))
    story.result("facture au nom de", story.invoice(made).billing_name, "Roy inc.")


@pytest.mark.rule("DOS-18")
def test_a_yes_is_the_clients(story: Story) -> None:
    """L’école note un non, jamais un oui sans preuve."""
    client = story.school.client()
    yes = RecordPreference(client=client, channel=Channel.EMAIL, allowed=True, source="Au téléphone.")
    story.situation("la cliente parle de ses courriels au téléphone")
    story.refused("on note un oui", yes, "yes_needs_proof")
    story.act("on note un non, avec sa source", yes.model_copy(update={"allowed": False}))


@pytest.mark.rule("DOS-20")
def test_a_retake_with_the_card(story: Story) -> None:
    """La carte privilège rend une reprise gratuite."""
    client, activity = story.school.client(), story.school.activity()
    followed(story, client, activity, 100)
    today = datetime.now(UTC).date()
    story.situation("l’activité à 375,00 $ a été suivie il y a 100 jours")
    with_card = GrantCard(client=client, valid_from=today - timedelta(days=1))
    story.act("on accorde la carte, valable depuis hier", with_card)
    made = story.act(
        "on l’inscrit de nouveau", RegisterClient(client=client, activity=activity, workshop=None)
    )
    story.result("prix", story.invoice(made).lines[0].price, cad(0))
