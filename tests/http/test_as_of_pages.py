"""A dossier, a list and an invoice are shown as they were, by a plain form; nothing is done there (AUD-2)."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from aggregates.kernel import Role
from commands.registrations.defer_registration import DeferRegistration
from service.bootstrap import MODELS
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import School

pytestmark = pytest.mark.rule("AUD-2")


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


def test_before_and_after_a_change_of_date(door: Door, school: School, models: Projecting) -> None:
    now = datetime.now(UTC)
    activity = school.activity("Autonomie affective")
    workshop = school.workshop(activity, starts=now + timedelta(days=60))
    client = school.client(last_name="Œuvrard", first_name="Ève")
    sold = school.sold(client, activity, workshop)
    school.now(now + timedelta(hours=2))
    school.send(DeferRegistration(client=client, registration=sold.registration))
    school.paid(client, 4_000, invoice=sold.invoice)
    models.catch_up()
    office = Page(door, f"/dossiers/{client}", Role.OFFICE)
    assert f"/dossiers/{client}/au" in office.text

    def seen(path: str, at: datetime | None = None) -> str:
        query = "" if at is None else f"?le={quote(at.isoformat())}"
        answer = door.http.get(f"{path}/au{query}", headers=office.headers)
        assert answer.status_code == 200, answer.text
        return html.unescape(answer.text)

    then, dossier = now + timedelta(hours=1), f"/dossiers/{client}"
    past, today = seen(dossier, then), seen(dossier)
    assert "INSCRIT" in past
    assert "À PLANIFIER" not in past
    assert "À PLANIFIER" in today
    assert "Changement suivant" in past
    assert "Changement suivant" not in today
    for text in (past, today):
        assert 'method="post"' not in text.replace('method="post" action="/deconnexion"', "")
        assert f"{dossier}/inscrire" not in text
    local = then.astimezone().replace(tzinfo=None).isoformat(timespec="minutes")
    assert "Tel que le" in html.unescape(
        door.http.get(f"{dossier}/au?le={local}&onglet=factures", headers=office.headers).text
    )
    assert "À ce moment, cela n’existait pas" in seen(dossier, now - timedelta(days=400))
    invoice = f"/factures/{sold.invoice}"
    assert "Rien de payé" in seen(invoice, then)
    assert "noté, à déposer" in seen(invoice)
    roster = f"/ateliers/{workshop}/participants"
    assert "Œuvrard" in seen(roster, then)
    assert "Œuvrard" not in seen(roster)
    assert "À ce moment" in seen(roster, now - timedelta(days=400))
    trail = Page(door, f"/registre-des-acces?sur={client}", Role.AUDITOR).text
    assert trail.count("Œuvrard") >= 4
    stranger = Page(door, "/", Role.ORGANISER)
    assert door.http.get(f"{roster}/au", headers=stranger.headers).status_code == 404
    unknown = door.http.get(f"/dossiers/{workshop}/au", headers=office.headers)
    assert unknown.status_code == 404
