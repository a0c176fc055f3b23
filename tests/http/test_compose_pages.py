"""Mails are written on their pages: to an audience, to a roster, from a dossier (COM-5 to COM-9, LIS-2)."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from copy import copy
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import httpx2
import pytest

from aggregates.catalogue.settings import Category
from aggregates.client.preferences.events import Channel, PreferenceChosen
from aggregates.kernel import Role
from aggregates.mailing.events import AudienceMailingComposed, RosterMailingComposed
from aggregates.mailing.state import MAILING, AwaitingApproval
from service.bootstrap import MODELS
from tests.support.builders import dossier_created
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import School

PDF = ("programme <1>.pdf", b"%PDF-1.7")
SWISS = json.dumps({"kind": "country", "country": "CH"})
NEW = "/envois/nouveau?" + urlencode({"requete": SWISS})


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


@pytest.fixture(scope="module")
def office(door: Door, school: School, models: Projecting) -> Page:
    page = Page(door, "/envois", Role.OFFICE)
    school.employ(page.user, roles=(Role.OFFICE,))
    models.catch_up()
    return page


@pytest.fixture(scope="module")
def swiss(models: Projecting) -> list[UUID]:
    """Two who allow e-mails and one who does not."""
    made = [uuid4() for _ in range(3)]
    yes = PreferenceChosen(channel=Channel.EMAIL, allowed=True, wording="1")
    for n, client in enumerate(made):
        created = dossier_created(client, last_name=f"Oui {n}" if n < 2 else "Non", country="CH")
        models.given((client, created), *([(client, yes)] if n < 2 else []))
    return made


def at(page: Page, path: str) -> Page:
    """The same person at another page."""
    other = copy(page)
    other.text = page.http.get(path, headers=page.headers).text
    return other


def sent(page: Page, path: str, act: str, fields: dict[str, Any], file: tuple[str, bytes] = ("", b"")) -> Any:
    """The multipart form with what stands hidden in it."""
    return page.bring(path, {"act": act, **fields}, file)


def made(answer: httpx2.Response) -> UUID:
    assert answer.status_code == 303, re.findall(r'class="(?:error|say refusal)".*', answer.text)
    return UUID(answer.headers["location"].partition("?")[0].rpartition("/")[2])


WORDS = {"subject": "Nouvelles dates", "text": "{cher} {prenom_client},\n\nVoici."}


@pytest.mark.rule("COM-6", "COM-8", "REQ-3")
def test_an_audience_is_reviewed_tried_and_written_to(
    office: Page, school: School, swiss: list[UUID]
) -> None:
    page = at(office, NEW)
    assert "2 destinataires" in page.text
    assert "<s>Non, " in page.text
    assert "il vous reste 500 envois sur 500" in page.text
    everybody = [str(client) for client in swiss[:2]]
    fields = {**WORDS, "shown": everybody, "to": everybody, "reviewed": page.hidden("reviewed")}
    shouted = sent(page, NEW, "look", {**fields, "text": "Salut, TOUT le monde {prenom}"}).text
    assert "En majuscules : TOUT." in shouted
    assert "Champ inconnu : {prenom}." in shouted
    added = html.unescape(sent(page, NEW, "file", fields, PDF).text)
    assert "{pieces_jointes}</textarea>" in added
    assert "programme <1>.pdf : http" in added
    file = re.search(r'name="attachment" value="([^"]+)"', added)
    assert file is not None
    fields = {**fields, "attachment": file[1], "text": "{pieces_jointes}\n\n{cher}"}
    tested = sent(page, NEW, "test", {**fields, "reader": everybody[1]})
    assert "Essai envoyé à votre adresse" in tested.text
    assert "✓ Essai envoyé à vous-même" in tested.text
    assert "Ce que lit" in tested.text
    composed = made(sent(page, NEW, "send", {**fields, "to": everybody[:1]}))
    (fact,) = school.facts(MAILING.at(composed))
    assert isinstance(fact, AudienceMailingComposed)
    assert (fact.recipients, fact.found) == ((swiss[0],), 3)
    assert fact.attachments == (UUID(file[1]),)


@pytest.mark.rule("COM-8")
def test_a_list_that_changed_is_shown_again_and_a_moment_is_kept(
    office: Page, school: School, swiss: list[UUID]
) -> None:
    page, everybody = at(office, NEW), [str(client) for client in swiss[:2]]
    fields = {**WORDS, "shown": everybody, "to": everybody, "reviewed": "0" * 64, "day": "2030-02-01"}
    changed = sent(page, NEW, "send", fields)
    assert changed.status_code == 409
    assert "La liste a changé" in changed.text
    assert 'value="2030-02-01"' in changed.text
    composed = made(sent(page, NEW, "send", {**fields, "reviewed": page.hidden("reviewed")}))
    (fact,) = school.facts(MAILING.at(composed))
    assert isinstance(fact, AudienceMailingComposed)
    assert str(fact.leaves_at) == "2030-02-01 09:00:00-05:00"
    wrong = sent(page, NEW, "send", {**fields, "day": "", "hour": "09:00"})
    assert 'id="day-error"' in wrong.text


@pytest.mark.rule("COM-9")
def test_one_announcement_more_needs_a_reason(
    office: Page, school: School, models: Projecting, swiss: list[UUID]
) -> None:
    workshop = str(school.workshop(school.activity()))
    models.catch_up()
    page, everybody = at(office, NEW), [str(client) for client in swiss[:2]]
    fields = {**WORDS, "shown": everybody, "to": everybody, "reviewed": page.hidden("reviewed")}
    fields |= {"workshop": workshop, "series": "Printemps"}
    assert "Les deux bons moments" in sent(page, NEW, "look", fields).text
    made(sent(page, NEW, "send", fields))
    warned = sent(page, NEW, "send", fields)
    assert warned.status_code == 409
    assert 'name="pressure_reason"' in warned.text
    made(sent(page, NEW, "send", {**fields, "pressure_reason": "Dernières places."}))


@pytest.mark.rule("COM-7", "LIS-2")
def test_the_checked_of_a_roster_are_written_to(
    door: Door, office: Page, school: School, models: Projecting
) -> None:
    activity = school.activity()
    workshop = school.workshop(activity)
    seats = [school.registration(school.client(), activity, workshop) for _ in range(2)]
    models.catch_up()
    path = f"/ateliers/{workshop}/ecrire"
    roster = at(office, f"/ateliers/{workshop}/participants")
    assert f'formaction="{path}"' in roster.text
    begun = roster.send(path, {"act": "begin", "registration": str(seats[1])}).text
    assert re.findall(r'name="to" value="([^"]+)" checked', begun) == [str(seats[1])]
    assert 'class="checks"' not in begun
    fields = {**WORDS, "to": [str(seats[1])], "text": "{activite} : salle 2."}
    read = sent(roster, path, "look", fields).text
    assert "Écoute de soi : salle 2." in read
    composed = made(sent(roster, path, "send", {**fields, "reason": "La salle change."}))
    (fact,) = school.facts(MAILING.at(composed))
    assert isinstance(fact, RosterMailingComposed)
    assert (fact.registrations, fact.needs_approval) == ((seats[1],), False)
    other = Page(door, path, Role.ORGANISER)
    assert "Écoute de soi" not in other.text


@pytest.mark.rule("COM-7")
def test_an_organisers_needs_a_reason_and_awaits_approval(
    door: Door, school: School, models: Projecting
) -> None:
    page = Page(door, "/ateliers", Role.ORGANISER)
    school.employ(page.user)
    activity = school.activity()
    workshop = school.workshop(activity, organiser=page.user)
    seat = school.registration(school.client(), activity, workshop)
    models.catch_up()
    path = f"/ateliers/{workshop}/ecrire"
    page = at(page, path)
    assert "Il part une fois approuvé." in page.text
    fields = {**WORDS, "to": str(seat)}
    assert "donnez-en la raison" in sent(page, path, "send", fields).text
    composed = made(sent(page, path, "send", {**fields, "reason": "La salle change."}))
    assert isinstance(school.state(MAILING.at(composed)), AwaitingApproval)


@pytest.mark.rule("COM-5")
def test_one_client_is_written_to_from_the_dossier(office: Page, school: School, models: Projecting) -> None:
    client = school.client()
    models.catch_up()
    path = f"/dossiers/{client}/ecrire"
    assert path in at(office, f"/dossiers/{client}").text
    page = at(office, path)
    jpeg = ("salle.jpg", b"\xff\xd8\xff\xe0")
    shown = sent(page, path, "file", {**WORDS, "use": "last"}, jpeg).text
    assert "image à la fin" in shown
    image = re.search(r'name="image" value="([^"]+)"', shown)
    assert image is not None
    dropped = sent(page, path, "", {**WORDS, "image": image[1], "image_place": "last", "drop": image[1]}).text
    assert "image à la fin" not in dropped.partition('type="radio"')[0]
    unknown = sent(page, path, "file", WORDS, ("a.txt", b"bonjour"))
    assert unknown.status_code == 409
    assert 'value="Nouvelles dates"' in unknown.text
    done = sent(page, path, "send", {**WORDS, "image": image[1], "image_place": "last"})
    assert done.status_code == 303
    assert "onglet=communications" in done.headers["location"]


@pytest.mark.rule("COM-5")
def test_a_single_mail_starts_from_the_wording_of_an_automatic_one(
    office: Page, school: School, models: Projecting
) -> None:
    client = school.client(first_name="Ève", last_name="Œuvrard")
    activity = school.activity("Présence à soi")
    school.registration(client, activity, school.workshop(activity))
    models.catch_up()
    path = f"/dossiers/{client}/ecrire"
    page = at(office, path)
    assert "Partir d’un modèle" in page.text
    started = html.unescape(sent(page, path, "model", {**WORDS, "model": "reminder"}).text)
    assert 'value="Rappel : Présence à soi"' in started
    written = re.search(r"<textarea id=.text.*?>(.*?)</textarea>", started, re.DOTALL)
    assert written is not None
    assert "Ève" in written[1]
    assert "{" not in written[1], "what this person's dossier says is filled in"
    assert "Œuvrard" in html.unescape(sent(page, path, "model", {**WORDS, "model": "password_reset"}).text)


@pytest.mark.rule("REQ-2", "COM-8")
def test_organisers_announce_together_to_a_country_and_the_office_approve(
    door: Door, school: School, models: Projecting, swiss: list[UUID]
) -> None:
    path = "/envois/annonce-commune"
    page = Page(door, path, Role.ORGANISER)
    school.employ(page.user)
    activity = school.activity("Yoga des voyelles", category=Category.COMPLEMENTARY)
    workshop = school.workshop(activity, organiser=page.user)
    models.catch_up()
    page = at(page, path)
    assert "Yoga des voyelles" in page.text
    assert "Demander l’approbation" in page.text
    fields = {**WORDS, "country": "CH", "part": "1"}
    looked = html.unescape(sent(page, path, "send", fields).text)
    assert "Cochez qui annonce" in looked
    assert "Choisissez l’atelier complémentaire" in looked
    assert "3 personnes" in looked
    whole = {**fields, "workshop": str(workshop), "joint": [str(page.user)], "series": "Été"}
    read = html.unescape(sent(page, path, "look", whole).text)
    assert "Ce que lit" in read
    composed = made(sent(page, path, "send", whole))
    assert isinstance(school.state(MAILING.at(composed)), AwaitingApproval)
    (fact,) = school.facts(MAILING.at(composed))
    assert isinstance(fact, AudienceMailingComposed)
    assert (fact.joint, set(fact.recipients)) == ((page.user,), set(swiss[:2]))
