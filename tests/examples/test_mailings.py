"""Templates and mailings, told by examples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.audience.conditions import InCountry
from aggregates.catalogue.settings import Category
from aggregates.client.events import Language
from aggregates.kernel import Role
from aggregates.mailing.events import TemplateKey
from aggregates.mailing.state import MAILING, AwaitingApproval, Queued
from commands.mailing.approve_mailing import ApproveMailing
from commands.mailing.change_template import ChangeTemplate
from commands.mailing.compose_mailing import Announced, Audience, ComposeMailing, Roster
from schema.labels import label
from tests.examples.story import Story
from tests.support.listing import Listing, audience, listing


def writing(**changes: Any) -> ComposeMailing:
    values: dict[str, Any] = {"subject": "Nos dates à Lyon", "text": "{cher} {prenom_client}, à bientôt."}
    return ComposeMailing(**values | changes)


def office(story: Story) -> UUID:
    """Somebody of the office."""
    user = uuid4()
    story.school.employ(user, roles=(Role.OFFICE,))
    return user


@pytest.fixture(scope="module", autouse=True)
def listed(shared_database: str) -> Iterator[Listing]:
    with listing(shared_database) as made:
        yield made


@pytest.mark.rule("COM-4")
def test_a_placeholder_that_does_not_exist(story: Story) -> None:
    """Un champ mal écrit dans la lettre de fin de phase."""
    story.situation("la lettre de fin de phase connaît {prenom_client}, et non {prenom}")
    wish: dict[str, Any] = {"key": TemplateKey.PHASE_LETTER, "language": Language.FR, "seen_version": 0}
    story.refused(
        "on enregistre « {cher} {prenom}, bravo. »",
        ChangeTemplate(**wish, subject="Phase terminée", body="{cher} {prenom}, bravo."),
        "unknown_placeholder",
        by=Role.ADMIN,
    )


@pytest.mark.rule("COM-6")
def test_words_in_capitals(story: Story) -> None:
    """Des mots tout en majuscules."""
    story.situation("le texte dit : « Cet ÉTÉ, pensez au R.G.P.D., ETC. »")
    user = office(story)
    loud = "Cet ÉTÉ, pensez au R.G.P.D., ETC."
    story.refused(
        "on l’envoie à une liste",
        writing(text=loud, audience=audience()),
        "words_in_capitals",
        user=user,
    )
    calm = "Cet été, pensez au R.G.P.D., etc."
    calmly = writing(text=calm, audience=audience())
    made = story.act("on récrit « été » et « etc. »", calmly, user=user)
    story.result("le courriel partira", isinstance(story.state(MAILING, made["mailing"]), Queued), True)


@pytest.mark.rule("COM-8")
def test_more_than_300_persons(story: Story, listed: Listing) -> None:
    """Une requête qui trouve 301 personnes."""
    found, user = tuple(uuid4() for _ in range(301)), office(story)
    wished = listed.add(*found)
    story.situation("la requête trouve 301 personnes ; on en laisse 50 de côté")
    story.refused(
        "on écrit à la liste",
        writing(audience=audience(wished, found, left_out=found[:50])),
        "audience_too_large",
        user=user,
    )
    fewer = tuple(uuid4() for _ in range(300))
    precise = writing(audience=audience(listed.add(*fewer), fewer))
    made = story.act("on précise la requête : 300 personnes", precise, user=user)
    story.result("destinataires", len(story.state(MAILING, made["mailing"]).composed.recipients), 300)


@pytest.mark.rule("COM-7")
def test_a_mail_to_the_roster(story: Story) -> None:
    """L’organisation écrit à ses participants la veille."""
    organiser, activity = uuid4(), story.school.activity()
    workshop = story.school.workshop(activity, organiser=organiser)
    registration = story.school.registration(story.school.client(), activity, workshop)
    roster: dict[str, Any] = {"workshop": workshop, "registrations": (registration,)}
    story.situation("la salle a changé à la dernière minute")
    story.refused(
        "l’organisation écrit sans dire pourquoi",
        writing(roster=Roster(**roster)),
        "roster_mail_needs_reason",
        by=Role.ORGANISER,
        user=organiser,
    )
    made = story.act(
        "elle en donne la raison",
        writing(roster=Roster(**roster, reason="La salle a changé.")),
        by=Role.ORGANISER,
        user=organiser,
    )["mailing"]
    story.result("attend une approbation", isinstance(story.state(MAILING, made), AwaitingApproval), True)
    story.act("l’administration de l’école approuve", ApproveMailing(mailing=made))
    story.result("le courriel partira", isinstance(story.state(MAILING, made), Queued), True)


@pytest.mark.rule("COM-9")
def test_an_announcement_too_soon(story: Story) -> None:
    """Une annonce trop tôt après la précédente."""
    organiser, activity, lyon = uuid4(), story.school.activity(), story.school.venue(city="Lyon")
    workshop = story.school.workshop(activity, venue=lyon, organiser=organiser)
    story.situation("l’organisation annonce sa série de printemps à Lyon")
    spring = audience(announces=Announced(workshop=workshop, name="Printemps"))
    story.act("premier courriel", writing(audience=spring), by=Role.ORGANISER, user=organiser)
    autumn = audience(announces=Announced(workshop=workshop, name="Automne"))
    wish = writing(audience=autumn.model_copy(update={"pressure_reason": "La salle sera plus petite."}))
    made = story.act(
        "le même mois, elle annonce celle d’automne, et confirme l’avertissement par une raison",
        wish,
        by=Role.ORGANISER,
        user=organiser,
    )
    (fact,) = story.facts(MAILING, made["mailing"])
    story.result("raison notée", fact.pressure_reason, "La salle sera plus petite.")


@pytest.mark.rule("COM-6")
def test_who_gets_nothing_and_why(story: Story, listed: Listing) -> None:
    """Une liste relue, dont une partie ne reçoit rien."""
    willing, unwilling, without, later = clients = tuple(uuid4() for _ in range(4))
    user, wished = office(story), listed.add(willing)
    listed.add(unwilling, activity=wished, consents=False)
    listed.add(without, activity=wished, email=None)
    story.situation(
        "la requête trouve trois personnes : l’une refuse les courriels, une autre n’a pas d’adresse"
    )
    reviewed = writing(audience=audience(wished, clients[:3]))
    listed.add(later, activity=wished)
    story.refused(
        "on relit la liste ; une quatrième personne s’ajoute avant l’envoi",
        reviewed,
        "audience_changed",
        user=user,
    )
    made = story.act("on la relit, puis on l’envoie", writing(audience=audience(wished, clients)), user=user)
    (fact,) = story.facts(MAILING, made["mailing"])
    story.result("destinataires", len(fact.recipients), 2)
    reasons = sorted(label("fr", "exclusion", excluded.reason.value) for excluded in fact.excluded)
    story.result("écartées", reasons, ["courriel non permis", "sans adresse"])


@pytest.mark.rule("REQ-2")
def test_a_joint_announcement(story: Story, listed: Listing) -> None:
    """Une annonce commune d’ateliers complémentaires à tout un pays."""
    organiser = uuid4()
    story.school.employ(organiser)
    listed.add(uuid4(), country="CH", city="Genève", postal_code="1204")
    country = InCountry(kind="country", country="CH")
    kinds = (Category.COMPLEMENTARY, Category.REGULAR)
    workshops = [
        story.school.workshop(story.school.activity(category=kind), organiser=organiser) for kind in kinds
    ]
    story.situation("une organisatrice annonce un atelier complémentaire à toute la Suisse")
    by: dict[str, Any] = {"by": Role.ORGANISER, "user": organiser}
    story.refused("elle écrit au pays", writing(audience=Audience(query=country)), "audience_too_broad", **by)
    joint = [
        Audience(query=country, joint=(organiser,), announces=Announced(workshop=workshop, name="Été"))
        for workshop in workshops
    ]
    regular = writing(audience=joint[1])
    story.refused("elle nomme un atelier régulier", regular, "no_joint_announcement", **by)
    made = story.act(
        "elle nomme l’atelier complémentaire et les organisateurs", writing(audience=joint[0]), **by
    )
    waiting = isinstance(story.state(MAILING, made["mailing"]), AwaitingApproval)
    story.result("attend l’approbation du bureau", waiting, True)
