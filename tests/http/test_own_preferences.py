"""Who is reached through somebody close chooses the preferences by a link of their own (DOS-6, DOS-18)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aggregates.client.preferences.events import Channel
from aggregates.client.preferences.policies import consents
from aggregates.client.state import CLIENT
from commands.clients.record_contact_address import RecordContactAddress
from commands.clients.remove_dossier import RemoveDossier
from processors.runtime.links import Links
from service.bootstrap import MODELS
from tests.support.http import Door
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import VAULT, School

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
