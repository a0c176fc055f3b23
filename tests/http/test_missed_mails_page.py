"""The dossier's communications: what was missed goes out again in one click, one mail by its own button."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.client.missed_mails.events import MailsResent, MailUndelivered, UndeliveredReason
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from commands.mails.note_undelivered import NoteUndelivered
from commands.mails.set_aside_missed import SetAsideMissed
from processors.runtime.bounces import Bounces
from service.bootstrap import MODELS
from tests.support import returned_mails as made
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import School

pytestmark = pytest.mark.rule("COM-10")
BAD = "Adresse de courriel en erreur"


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


def missed(school: School, client: UUID, reason: UndeliveredReason) -> UUID:
    mail = uuid4()
    values: dict[str, Any] = dict.fromkeys(("workshop", "status", "message", "sent_to"))
    note = NoteUndelivered(
        client=client, mail=mail, template="reminder", to_organiser=False, reason=reason, **values
    )
    school.send(note)
    return mail


def test_a_wrong_address_is_flagged_and_what_was_missed_waits_for_another(
    door: Door, school: School, models: Projecting
) -> None:
    client = school.client(postal_code=uuid4().hex[:6])
    path = f"/dossiers/{client}?onglet=communications"
    models.catch_up()
    assert BAD not in Page(door, path, Role.OFFICE).text
    missed(school, client, UndeliveredReason.BAD_ADDRESS)
    models.catch_up()
    page = Page(door, path, Role.OFFICE)
    assert BAD in page.text
    assert "Renvoyer ce qui a été manqué" not in page.text
    refused = page.send(f"/dossiers/{client}/communications", {"act": "resend_missed"})
    assert refused.status_code == 409
    assert "corrigez-la d’abord" in refused.text
    assert "set_aside" not in Page(door, path, Role.AUDITOR).text, "who reads only has no button"
    school.send(SetAsideMissed(client=client))
    models.catch_up()
    assert BAD not in Page(door, path, Role.OFFICE).text


def test_what_came_back_is_a_file_for_who_finds_out_why(
    door: Door, school: School, models: Projecting
) -> None:
    client = school.client(postal_code=uuid4().hex[:6])
    side = school.side
    kept = Bounces(side.pool, side.store, return_paths=None, sender="e@example.com", clock=side.clock)
    raw = made.letter(made.Mail("monique@example.com", "<x@y>"))
    note = kept.uploaded(client, raw)
    assert note is not None
    school.send(note)
    models.catch_up()
    path = f"/dossiers/{client}/retours/{note.message}"
    page = Page(door, f"/dossiers/{client}?onglet=communications", Role.OFFICE)
    assert path in page.text
    answer = page.http.get(path, headers=page.headers)
    assert answer.content == raw
    assert answer.headers["content-disposition"].startswith("attachment")
    assert (
        page.http.get(f"/dossiers/{uuid4()}/retours/{note.message}", headers=page.headers).status_code == 404
    )
    auditor = Page(door, path, Role.AUDITOR)
    assert auditor.http.get(path, headers=auditor.headers).status_code == 403


def test_one_click_sends_what_was_missed_and_twice_is_once(
    door: Door, school: School, models: Projecting
) -> None:
    client = school.client(postal_code=uuid4().hex[:6])
    mails = [missed(school, client, UndeliveredReason.MAILBOX_FULL) for _ in range(2)]
    models.catch_up()
    page = Page(door, f"/dossiers/{client}?onglet=communications", Role.ORGANISER)
    assert "2 courriels non remis" in page.text
    for _ in range(2):
        answer = page.send(f"/dossiers/{client}/communications", {"act": "resend_missed"})
        assert answer.status_code == 303
        assert "fait=missed_resent" in answer.headers["location"]
    resent = [fact for fact in school.facts(CLIENT.at(client)) if isinstance(fact, MailsResent)]
    assert [fact.mails for fact in resent] == [tuple(sorted(mails))]
    wrong = page.send(f"/dossiers/{client}/communications", {"act": "no-such-act"})
    assert wrong.status_code == 404


def test_a_message_that_staff_received_is_sorted_from_the_dossier(
    door: Door, school: School, models: Projecting
) -> None:
    client = school.client(postal_code=uuid4().hex[:6])
    models.catch_up()
    path, tab = f"/dossiers/{client}/retours", f"/dossiers/{client}?onglet=communications"
    page = Page(door, tab, Role.ORGANISER)
    assert "Verser un retour reçu" in page.text
    mail = made.Mail("monique@example.com", "<x@y>")
    away = page.bring(path, {}, ("absente.eml", made.away(mail)))
    assert (away.status_code, "Rien n’a été noté" in away.text) == (200, True)
    assert not noted_of(school, client)
    answer = page.bring(path, {}, ("retour.eml", made.letter(mail)))
    assert (answer.status_code, "fait=undelivered_noted" in answer.headers["location"]) == (303, True)
    (fact,) = noted_of(school, client)
    models.catch_up()
    assert f"{path}/{fact.message}" in Page(door, tab, Role.ORGANISER).text
    assert page.bring(path, {"csrf": "another"}, ("retour.eml", made.letter(mail))).status_code != 303
    assert "Verser un retour reçu" not in Page(door, tab, Role.AUDITOR).text


def noted_of(school: School, client: UUID) -> list[MailUndelivered]:
    return [fact for fact in school.facts(CLIENT.at(client)) if isinstance(fact, MailUndelivered)]
