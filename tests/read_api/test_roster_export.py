"""The list of participants as a file: what the list shows, as far as who takes it may see it (LIS-1)."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.invoice.payments.events import PaymentMethod
from aggregates.kernel import Currency, Money, Role
from commands.paying import Typed
from commands.payments.note_payment import NotePayment, Part
from read_api.exports import BOM, MEDIA_TYPES
from tests.read_api.conftest import School
from tests.support.write_side import Sold

pytestmark = pytest.mark.rule("LIS-1")
MONEY = {
    "Prix",
    "Prix régulier",
    "Payé",
    "Dont à déposer",
    "Solde",
    "Chèque",
    "Espèces",
    "Carte",
    "Virement",
    "Crédit",
    "Payé avant",
    "Devise",
    "Note comptable",
    "Commentaires",
}


@pytest.fixture(scope="module")
def paying(school: School) -> Sold:
    """Who got ten per cent off and gave a cheque that says something."""
    client = school.written.client(last_name="=Zut", first_name="Anne", telephone="+1 514 555-0188")
    sold = school.written.sold(
        client, school.activity, school.own, discount=school.written.discount(proof_needed=True)
    )
    cheque = Typed(method=PaymentMethod.CHEQUE, number="0412", drawer="Zoé Roy", comment="En janvier.")
    part = Part(
        client=client,
        registration=sold.registration,
        amount=Money(minor=10_050, currency=Currency.CAD),
    )
    school.written.send(NotePayment(payment=cheque, parts=(part,)))
    school.models.catch_up()
    return sold


def taken(school: School, *roles: Role, user: UUID | None = None, **params: Any) -> list[dict[str, str]]:
    """The rows of the CSV file by their headings."""
    answer = school.get(f"workshops/{school.own}/roster/export", *roles, user=user, **params)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == f'attachment; filename="participants-{school.own}.csv"'
    text = answer.content.decode().removeprefix(BOM)
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def annes(rows: list[dict[str, str]]) -> dict[str, str]:
    """Her row."""
    [row] = [row for row in rows if row["Prénom"] == "Anne"]
    return row


def test_a_row_says_what_the_list_shows(school: School, paying: Sold) -> None:
    rows = taken(school)
    shown = school.json(f"workshops/{school.own}/roster")["items"]
    names = [row["Nom"].removeprefix("'") for row in rows]
    assert names == [row["last_name"] for row in shown]
    assert annes(rows) == {
        "Nom": "'=Zut",
        "Prénom": "Anne",
        "Étudiant (E)": "",
        "Reprise (R)": "",
        "Présence": "",
        "Termine la phase": "",
        "Téléphone": "'+1 514 555-0188",
        "Courriel connu": "oui",
        "Pièce justificative": "demandée",
        "Prix": "337,50",
        "Prix régulier": "375,00",
        "Payé": "100,50",
        "Dont à déposer": "100,50",
        "Solde": "237,00",
        "Chèque": "100,50",
        "Espèces": "0,00",
        "Carte": "0,00",
        "Virement": "0,00",
        "Crédit": "0,00",
        "Payé avant": "0,00",
        "Devise": "CAD",
        "Note comptable": "",
        "Commentaires": "chèque, 0412, Zoé Roy, En janvier.",
    }
    present = [row["Présence"] for row in rows]
    assert present == ["oui" if row["state"] == "followed" else "" for row in shown]
    assert "oui" in present


def test_a_trainer_takes_it_without_money(school: School, paying: Sold) -> None:
    everything, rows = taken(school), taken(school, Role.TRAINER, user=school.trainer)
    assert set(everything[0]) - set(rows[0]) == MONEY
    assert set(rows[0]) < set(everything[0])
    assert [row["Nom"] for row in rows] == [row["Nom"] for row in everything]


def test_an_organiser_takes_their_own_with_money(school: School, paying: Sold) -> None:
    assert taken(school, Role.ORGANISER, user=school.organiser) == taken(school)


def test_an_auditor_takes_it_masked(school: School, paying: Sold) -> None:
    row = annes(taken(school, Role.AUDITOR))
    assert (row["Nom"], row["Téléphone"], row["Prix"]) == ("'=Zut", "[masqué]", "337,50")
    assert row["Commentaires"] == "chèque, [masqué], [masqué], [masqué]"


def test_in_english_it_has_english_headings_and_as_a_sheet_too(school: School, paying: Sold) -> None:
    path = f"/api/workshops/{school.own}/roster/export"
    english = school.http.get(path, headers=school.as_(Role.OFFICE) | {"Accept-Language": "en"})
    head = english.content.decode().removeprefix(BOM).partition("\r\n")[0]
    assert head.startswith("Last name;First name;Student (E);Retake (R);Present;")
    sheet = school.http.get(path, params={"form": "xlsx"}, headers=school.as_(Role.OFFICE))
    assert sheet.headers["content-type"] == MEDIA_TYPES["xlsx"]
    assert sheet.content.startswith(b"PK")


@pytest.mark.rule("AUD-4")
def test_it_is_noted_with_how_many_persons_it_holds(school: School, paying: Sold) -> None:
    trainer = uuid4()
    assert school.get(f"workshops/{school.own}/roster/export", Role.TRAINER, user=trainer).status_code == 404
    assert school.get("access-trail", Role.ADMIN, who=str(trainer)).json()["items"] == []
    office = uuid4()
    taken(school, Role.OFFICE, user=office)
    [row] = school.get("access-trail", Role.ADMIN, who=str(office)).json()["items"]
    shown = school.json(f"workshops/{school.own}/roster")["items"]
    persons = len({participant["client"] for participant in shown})
    assert (row["kind"], row["subject"], row["persons"]) == ("roster_export", str(school.own), persons)
    assert row["label"] == "Liste de participants exportée"
    assert persons < len(shown)
