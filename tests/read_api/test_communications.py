"""Mails, notes and interests of a dossier by date (COM-1, COM-11), and the parts that only it shows."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4, uuid5

import orjson
import pytest

from aggregates.client.events import NoteKind, NoteWritten
from aggregates.client.preferences.events import InterestAdded, InterestWithdrawn
from aggregates.kernel import Role
from schema.access_trail import Reading
from schema.keys import Keyring, seal
from tests.read_api.conftest import School
from tests.support.builders import (
    dossier_created,
    dossier_deactivated,
    dossier_restored,
    envelope,
    staff_added,
)
from tests.support.http import assert_problem

pytestmark = pytest.mark.rule("COM-1", "COM-11", "DOS-17")
SAID = {"to": "zoe@example.com", "subject": "Votre inscription", "text": "Chère Éloïse,\n\nÀ bientôt.\n"}


def written(school: School, client: UUID, text: str, by: UUID) -> int:
    note = NoteWritten(person=client, kind=NoteKind.GENERAL, text=text)
    return school.models.given((client, note), around=envelope(user=by, role=Role.OFFICE))


def mailed(school: School, client: UUID, position: int, state: str, **changes: Any) -> UUID:
    """An outbox row as processors and workers leave it."""
    template = changes.get("template", "registration_confirmed")
    mail = uuid5(client, f"{position} {template} {state}")
    sealed = None
    if state == "sent":
        store, ring = school.written.side.store, Keyring()
        ring.add(store.log.newest_keys([client]), store.vault)
        key = ring.for_writing(client, "contact")
        sealed = seal(key, store.vault.random(12), orjson.dumps(SAID), b"outbox" + mail.bytes)
    with school.written.side.pool.connection() as line:
        line.execute(
            "insert into outbox (id, cause, position, template, recipient, person, params, state, error,"
            " sealed, sent_at) values (%s, %s, %s, %s, %s, %s, '{}', %s, %s, %s, case when %s = 'sent' then"
            " '2026-11-24T15:00:05Z'::timestamptz end)",
            (
                mail,
                uuid4(),
                position,
                template,
                changes.get("recipient", "client"),
                client,
                state,
                changes.get("error"),
                sealed,
                state,
            ),
        )
    return mail


class Written:
    """A client with a bit of everything, and another one."""

    def __init__(self, school: School) -> None:
        self.staff, self.client, self.other = uuid4(), uuid4(), uuid4()
        school.models.given(
            (self.staff, staff_added(self.staff, "Geneviève Saint-Amand", Role.OFFICE)),
            (self.other, dossier_created(self.other, email="autre@example.com")),
        )
        created = school.models.given((self.client, dossier_created(self.client)))
        self.first = written(school, self.client, "Rappeler en mars", self.staff)
        self.sent = mailed(school, self.client, created, "sent")
        self.notice = mailed(
            school, self.client, created, "failed", template="organiser_arrival", recipient="organiser",
            error="smtp_550",
        )  # fmt: skip
        added = InterestAdded(person=self.client, activity=school.activity, phase=None)
        school.models.given((self.client, added), around=envelope(user=self.staff, role=Role.OFFICE))
        last = school.models.given((self.client, InterestWithdrawn(**added.model_dump())))
        self.waiting = mailed(school, self.client, last, "claimed", template="date_chosen")
        theirs = written(school, self.other, "Une autre personne", self.staff)
        mailed(school, self.other, theirs, "sent")


@pytest.fixture(scope="module")
def made(school: School) -> Written:
    return Written(school)


def told(rows: list[dict[str, Any]]) -> list[str]:
    return [f"{row['kind']} {row['mail']['state'] if row['mail'] else row['sentence']}" for row in rows]


EXPECTED = [
    "mail to_send",
    "interest Intérêt retiré\N{NO-BREAK SPACE}: Écoute de soi",
    "interest Intérêt noté\N{NO-BREAK SPACE}: Écoute de soi",
    "note Note du personnel (générale)\N{NO-BREAK SPACE}: Rappeler en mars",
    "mail failed",
    "mail sent",
]


def test_they_stand_newest_first_each_with_day_author_and_state(school: School, made: Written) -> None:
    rows = school.json(f"clients/{made.client}/communications")["items"]
    assert told(rows)[:4] == EXPECTED[:4]
    assert sorted(told(rows)[4:]) == EXPECTED[4:], "of one cause in any order that stays"
    mails = {row["mail"]["id"]: row for row in rows if row["mail"]}
    assert mails[str(made.sent)] == {
        "kind": "mail",
        "at": "2026-11-24T15:00:00Z",
        "by": "",
        "sentence": "confirmation d’inscription",
        "mail": {
            "id": str(made.sent),
            "template": "registration_confirmed",
            "recipient": "client",
            "state": "sent",
            "state_label": "envoyé",
            "error": None,
            "sent_at": "2026-11-24T15:00:05Z",
            "to": "zoe@example.com",
            "subject": "Votre inscription",
        },
    }
    notice = mails[str(made.notice)]["mail"]
    assert (notice["recipient"], notice["error"], notice["to"]) == ("organiser", "smtp_550", None)
    assert mails[str(made.waiting)]["mail"]["state_label"] == "à envoyer"
    assert {row["by"] for row in rows if row["kind"] == "note"} == {"Geneviève Saint-Amand"}
    theirs = school.json(f"clients/{made.other}/communications")["items"]
    assert [row["kind"] for row in theirs] == ["mail", "note"]


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_meet_without_a_gap_or_a_repetition(school: School, made: Written, limit: int) -> None:
    path = f"clients/{made.client}/communications"
    whole, paged = school.json(path)["items"], []
    params: dict[str, Any] = {"limit": limit}
    while True:
        page = school.json(path, **params)
        paged += page["items"]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert paged == whole
    assert_problem(school.get(path, cursor="x"), 422, "malformed", "AUD-1")


def test_a_mail_is_read_as_it_was_sent(school: School, made: Written) -> None:
    found = school.json(f"clients/{made.client}/mails/{made.sent}")
    assert (found["text"], found["mail"]["subject"]) == (SAID["text"], SAID["subject"])
    assert school.json(f"clients/{made.client}/mails/{made.waiting}")["text"] is None
    for client, mail in ((made.other, made.sent), (made.client, uuid4()), (uuid4(), made.sent)):
        assert school.get(f"clients/{client}/mails/{mail}").status_code == 404
    assert school.get(f"clients/{uuid4()}/communications").status_code == 404


def test_a_mail_about_somebody_without_a_dossier_is_nobodys(school: School) -> None:
    client, nobody = uuid4(), uuid4()
    created = school.models.given((client, dossier_created(client, email="zn@example.org")))
    mail = mailed(school, nobody, created, "to_send")
    for path in ("communications", f"mails/{mail}"):
        assert school.get(f"clients/{nobody}/{path}").status_code == 404, path


def test_a_damaged_mail_reads_so_and_hides_no_other(school: School) -> None:
    client = uuid4()
    created = school.models.given((client, dossier_created(client, email="zd@example.org")))
    whole, altered, cut = (
        mailed(school, client, created, "sent", template=name)
        for name in ("registration_confirmed", "date_chosen", "organiser_arrival")
    )
    for mail, damage in (
        (altered, "set_byte(sealed, length(sealed) - 1, get_byte(sealed, length(sealed) - 1) # 1)"),
        (cut, "substring(sealed from 1 for 5)"),
    ):
        with school.written.side.pool.connection() as line:
            line.execute(f"update outbox set sealed = {damage} where id = %s", (mail,))
    rows = school.json(f"clients/{client}/communications")["items"]
    assert {row["mail"]["id"]: row["mail"]["subject"] for row in rows} == {
        str(whole): SAID["subject"],
        str(altered): "[illisible]",
        str(cut): "[illisible]",
    }
    assert [school.json(f"clients/{client}/mails/{mail}")["text"] for mail in (whole, altered, cut)] == [
        SAID["text"],
        "[illisible]",
        "[illisible]",
    ]


@pytest.mark.rule("AUD-4")
def test_an_auditor_sees_that_and_when_but_not_what(school: School, made: Written) -> None:
    rows = school.get(f"clients/{made.client}/communications", Role.AUDITOR).json()["items"]
    assert len(rows) == len(EXPECTED)
    sent = next(row["mail"] for row in rows if row["mail"] and row["mail"]["state"] == "sent")
    assert (sent["to"], sent["subject"]) == ("[masqué]", "[masqué]")
    mail = school.get(f"clients/{made.client}/mails/{made.sent}", Role.AUDITOR).json()
    assert mail["text"] == "[masqué]"
    file = school.get(f"clients/{made.client}", Role.AUDITOR).text
    for word in ("zoe@", "Rappeler en mars", "Écoute de soi", "Chère"):
        assert word not in str(rows) + str(mail) + file, word


@pytest.mark.rule("AUD-4")
def test_an_organisers_look_is_noted_and_a_trainer_or_client_sees_nothing(
    school: School, made: Written
) -> None:
    organiser = uuid4()
    for path in ("communications", f"mails/{made.sent}"):
        path = f"clients/{made.client}/{path}"
        assert school.get(path, Role.ORGANISER, user=organiser).status_code == 200
        for role in (Role.TRAINER, Role.CLIENT):
            assert school.get(path, role).status_code == 403
    trail = school.get("access-trail", Role.ADMIN, who=str(organiser)).json()["items"]
    assert [(entry["kind"], entry["subject"]) for entry in trail] == [
        (Reading.DOSSIER.value, str(made.client))
    ] * 2


@pytest.mark.rule("DOS-11", "DOS-8", "DOS-9")
def test_what_was_said_to_who_left_reads_erased_also_after_a_restoration(school: School) -> None:
    client, staff = uuid4(), uuid4()
    created = school.models.given((client, dossier_created(client, email="zq@example.org")))
    written(school, client, "Mot à oublier", staff)
    mail = mailed(school, client, created, "sent")
    assert "Mot à oublier" in school.get(f"clients/{client}/communications").text, "the control"
    for left in (dossier_deactivated(client), dossier_restored(client)):
        school.models.given((client, left))
        answer = school.get(f"clients/{client}/communications")
        note, sent = answer.json()["items"]
        assert note["sentence"].endswith("[effacé]")
        assert (sent["mail"]["to"], sent["mail"]["subject"]) == ("[effacé]", "[effacé]")
        assert school.json(f"clients/{client}/mails/{mail}")["text"] == "[effacé]"
        for word in ("Mot à oublier", "zoe@example.com", "Chère"):
            assert word not in answer.text
    again = mailed(school, client, written(school, client, "De retour", staff), "sent")
    assert school.json(f"clients/{client}/mails/{again}")["text"] == SAID["text"]


def test_a_mails_state_is_told_anew_each_time_though_nothing_happened(school: School, made: Written) -> None:
    path, office = f"/api/clients/{made.client}/communications", school.as_(Role.OFFICE)
    first = school.http.get(path, headers=office)
    again = school.http.get(path, headers=office | {"If-None-Match": first.headers["etag"]})
    assert again.status_code == 200
