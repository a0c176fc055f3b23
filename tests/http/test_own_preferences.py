"""Who is reached through somebody close chooses the preferences by a link of their own (DOS-6, DOS-18)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from uuid import UUID

import pytest

from aggregates.client.preferences.events import Channel
from aggregates.client.preferences.policies import answers as answers_of, consents
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.clients.add_interest import AddInterest
from commands.clients.choose_preferences import ChoosePreferences
from commands.clients.record_contact_address import RecordContactAddress
from commands.clients.record_preference import RecordPreference
from commands.clients.remove_dossier import RemoveDossier
from processors.runtime.links import Links
from service.bootstrap import MODELS
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import VAULT, School, principal

pytestmark = pytest.mark.rule("DOS-6", "DOS-18")
LINKS = Links(VAULT, "")


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


def test_the_three_choices_are_that_persons_alone_and_may_be_changed_by_the_same_link(
    door: Door, school: School, models: Projecting
) -> None:
    mother, daughter = (school.client(email=None) for _ in range(2))
    for person in (mother, daughter):
        school.send(RecordContactAddress(client=person, email="zoe@example.com", via="sa sœur Zoé"))
    models.catch_up()
    link = LINKS.preferences(mother)
    page = door.http.get(link)
    assert "checked" not in page.text, "nothing is ticked beforehand"
    assert all(name not in page.text for name in ("Tremblay", "Zoé"))
    incomplete = door.http.post(link, data={"telephone": "yes"})
    assert (incomplete.status_code, "Répondez oui ou non" in incomplete.text) == (422, True)
    for post in ("yes", "no"):
        answers = {"telephone": "no", "post": post, "email": "yes"}
        assert "C’est noté" in door.http.post(link, data=answers).text
        state = school.state(CLIENT.at(mother))
        assert [consents(state, channel) for channel in Channel] == [
            answers[channel.value] == "yes" for channel in Channel
        ]
    silent = school.state(CLIENT.at(daughter))
    assert not any(consents(silent, channel) for channel in Channel)


def test_a_link_that_was_altered_or_whose_dossier_is_gone_leads_nowhere(
    door: Door, school: School, models: Projecting
) -> None:
    client = school.client(email=None)
    models.catch_up()
    good = LINKS.preferences(client)
    for wrong in (good[:-1], LINKS.unsubscribe(client).replace("desabonnement", "preferences")):
        assert door.http.get(wrong).status_code == 404
    school.send(RemoveDossier(client=client))
    models.catch_up()
    yes = dict.fromkeys(("telephone", "post", "email"), "yes")
    assert door.http.post(good, data=yes).status_code == 404


YES = {"telephone": "yes", "post": "yes", "email": "yes"}
PATH = "/preferences"


def read(text: str) -> str:
    return html.unescape(text).replace("\xa0", " ")


def ticked(text: str) -> list[str]:
    """Yes or no for each, as the form shows them."""
    return re.findall(r'name="(?:telephone|post|email)" value="(\w+)" checked', text)


def answered(school: School, client: UUID) -> dict[str, bool | None]:
    return answers_of(school.state(CLIENT.at(client)))


def by_phone(client: UUID, channel: Channel) -> RecordPreference:
    """A no that the office heard on the telephone."""
    return RecordPreference(client=client, channel=channel, allowed=False, source="Appel du 3 mars.")


def test_an_answer_given_elsewhere_meanwhile_is_shown_before_it_is_overwritten(
    door: Door, school: School, models: Projecting
) -> None:
    client = school.at_home()
    models.catch_up()
    page = Page(door, PATH, Role.CLIENT, user=client)
    assert ticked(page.text) == ["yes", "no", "yes"], "as answered before"
    school.send(by_phone(client, Channel.EMAIL))
    clash = page.send(PATH, {**YES, "seen_version": page.hidden("seen_version")})
    assert clash.status_code == 409
    both = "Quelqu’un d’autre a modifié la même chose entre-temps : courriel (« non », et non « oui »)"
    assert both in read(clash.text)
    assert answered(school, client) == {"telephone": True, "post": False, "email": False}, "nothing was saved"
    page.text = clash.text
    assert ticked(page.text) == ["yes", "yes", "yes"], "what was typed stays"
    again = page.send(PATH, {**YES, "seen_version": page.hidden("seen_version")})
    assert again.headers["location"] == "/mon-dossier?fait=preferences"
    assert answered(school, client) == {"telephone": True, "post": True, "email": True}


def test_what_else_changes_in_the_dossier_and_the_same_answer_are_no_clash(
    door: Door, school: School, models: Projecting
) -> None:
    client = school.at_home()
    models.catch_up()
    page = Page(door, PATH, Role.CLIENT, user=client)
    school.send(RecordContactAddress(client=school.client(email=None), email="z@example.com", via="Zoé"))
    school.send(AddInterest(client=client, activity=school.activity()))
    school.send(by_phone(client, Channel.TELEPHONE))
    given = {"telephone": "no", "post": "no", "email": "yes", "seen_version": page.hidden("seen_version")}
    assert page.send(PATH, given).status_code == 303
    assert answered(school, client) == {"telephone": False, "post": False, "email": True}


def test_a_no_that_staff_heard_does_not_undo_a_yes_they_have_not_seen(
    door: Door, school: School, models: Projecting
) -> None:
    client = school.at_home()
    models.catch_up()
    path = f"/dossiers/{client}/modifier"
    page = Page(door, path, Role.OFFICE)
    yes = ChoosePreferences(client=client, telephone=True, post=True, email=True, wording="2")
    school.send(yes, principal(Role.CLIENT, user=client))
    no = {"act": "preference", "source": "Lettre.", "seen_version": page.hidden("seen_version")}
    clash = page.send(path, {**no, "channel": "post"})
    assert clash.status_code == 409
    assert "courrier (« oui », et non « non »)" in read(clash.text)
    assert answered(school, client)["post"] is True
    assert page.send(path, {**no, "channel": "email"}).status_code == 303, "that one stood as it was seen"
    page.text = clash.text
    seen = {"seen_version": page.hidden("seen_version"), "channel": "post"}
    assert page.send(path, no | seen).status_code == 303, "looked at, it may be noted"
    assert answered(school, client) == {"telephone": True, "post": False, "email": False}
