"""Who gets which document as PDF, noted in the trail, and not made again for who has it (FAC-7, ATT-1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.client.phases.events import Enrolled
from aggregates.client.registrations.events import RegistrationFollowed
from aggregates.invoice.events import CreditNote, LineCredited
from aggregates.invoice.payments.events import Move, PaymentMethod, PaymentReceived, Pocket, PocketKind
from aggregates.kernel import Role
from aggregates.workshop.closing.events import WorkshopClosed
from commands.access import Allowed, Scope
from read_api import queries
from tests.documents.conftest import text_of
from tests.read_api.conftest import School
from tests.support.builders import NOW, STARTS, cad, invoice_issued, invoice_line, registered
from tests.support.http import assert_problem

pytestmark = pytest.mark.rule("FAC-7")
EVERYBODY = [role for role in Role if role is not Role.SYSTEM]
NUMBER = "CA-N-2026-0042"
PAPERS: dict[str, tuple[str, Allowed, str]] = {
    "invoice": ("invoices/{invoice}/pdf", queries.PRINT_INVOICE, "invoice_pdf"),
    "credit note": (f"credit-notes/{NUMBER}/pdf", queries.PRINT_INVOICE, "credit_note_pdf"),
    "attestation": (
        "clients/{eloise}/registrations/{registrations[followed]}/attestation/pdf",
        queries.PRINT_ATTESTATION,
        "attestation_pdf",
    ),
    "letter": (
        "clients/{eloise}/phases/{enrolment}/letter/pdf",
        queries.PRINT_PHASE_LETTER,
        "phase_letter_pdf",
    ),
    "receipts": ("workshops/{own}/tax-receipts/pdf", queries.PRINT_TAX_RECEIPTS, "tax_receipts_pdf"),
    "roster": ("workshops/{own}/roster/pdf", queries.READ_ROSTER, "roster_pdf"),
}
"""Where each is, who may have it, and as what it is noted."""


@pytest.fixture(scope="module")
def over(school: School) -> Iterator[School]:
    """The workshop is over and closed; Éloïse followed it in a phase of that one activity, and paid."""
    given, enrolment, registration, invoice = school.models.given, uuid4(), uuid4(), uuid4()
    line, payment = invoice_line(registration=registration), uuid4()
    place = registered(
        registration,
        workshop=school.own,
        activity=school.activity,
        invoice=invoice,
        line=line.id,
        phase=school.phase,
        enrolment=enrolment,
    )
    enrolled = Enrolled(
        enrolment=enrolment,
        phase=school.phase,
        number=1,
        activities=(school.activity,),
        invoice=invoice,
        done=(),
    )
    received = PaymentReceived(
        payment=payment,
        method=PaymentMethod.CARD,
        amount=line.price,
        moves=(
            Move(
                payment=payment,
                source=None,
                target=Pocket(kind=PocketKind.LINE, id=line.id),
                amount=line.price,
            ),
        ),
    )
    note = CreditNote(number=NUMBER, issued_on=NOW.date(), amount=cad(1_000))
    credited = LineCredited(
        person=school.eloise, line=line.id, credit_note=note, reason="Retard d’une heure", moves=()
    )
    given((school.eloise, enrolled), (school.eloise, place))
    given((invoice, invoice_issued(school.eloise, "CA-2026-0999", line)), (invoice, received))
    given((invoice, credited))
    given((school.eloise, RegistrationFollowed(registration=registration, workshop=school.own, earned=())))
    given((school.own, WorkshopClosed()))
    school.enrolment = enrolment  # type: ignore[attr-defined]
    school.written.now(STARTS + timedelta(days=30))
    yield school
    school.written.now(NOW)


def path_of(school: School, name: str) -> str:
    return PAPERS[name][0].format(**vars(school))


def user_of(school: School, role: Role) -> UUID:
    """The client is Éloïse, whose the papers are."""
    return {Role.CLIENT: school.eloise, Role.TRAINER: school.trainer}.get(role, school.organiser)


def noted(school: School, user: UUID) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = school.get("access-trail", Role.ADMIN, who=str(user)).json()["items"]
    return items


@pytest.mark.parametrize("role", EVERYBODY)
@pytest.mark.parametrize("name", PAPERS)
def test_each_role_has_a_document_exactly_where_the_table_says(over: School, name: str, role: Role) -> None:
    answer = over.get(path_of(over, name), role, user=user_of(over, role))
    if role in PAPERS[name][1]:
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-")
    else:
        assert_problem(answer, 403, "forbidden", None)


@pytest.mark.parametrize("name", PAPERS)
def test_nobody_has_one_without_logging_in(over: School, name: str) -> None:
    over.http.cookies.clear()
    assert_problem(over.http.get(f"/api/{path_of(over, name)}"), 401, "not_logged_in", "DOS-7")


@pytest.mark.parametrize("name", [n for n in PAPERS if PAPERS[n][1].get(Role.CLIENT) is Scope.OWN_FILE])
def test_another_clients_document_is_as_unknown_as_none(over: School, name: str) -> None:
    assert_problem(over.get(path_of(over, name), Role.CLIENT, user=over.lea), 404, "not_found", "AUD-1")
    assert noted(over, over.lea) == []


@pytest.mark.parametrize(
    "path",
    [
        "invoices/{0}/pdf",
        "credit-notes/CA-N-1999-0001/pdf",
        "clients/{eloise}/registrations/{0}/attestation/pdf",
        "clients/{0}/registrations/{0}/attestation/pdf",
        "clients/{eloise}/phases/{0}/letter/pdf",
        "clients/{0}/phases/{0}/letter/pdf",
        "workshops/{0}/tax-receipts/pdf",
        "workshops/{foreign}/tax-receipts/pdf",
        "workshops/{0}/roster/pdf",
        "clients/{eloise}/registrations/{registrations[scheduled]}/attestation/pdf",
        "clients/{lea}/registrations/{registrations[followed]}/attestation/pdf",
    ],
)
def test_what_is_not_there_is_not_found(over: School, path: str) -> None:
    user = uuid4()
    answer = over.get(path.format(uuid4(), **vars(over)), Role.ADMIN, user=user)
    assert_problem(answer, 404, "not_found", "AUD-1")
    assert noted(over, user) == []


@pytest.mark.rule("LIS-1")
def test_a_trainer_has_their_own_list_without_money_and_no_other(over: School) -> None:
    mine = over.get(path_of(over, "roster"), Role.TRAINER, user=over.trainer)
    text = text_of(mine.content)
    assert "D'Arcy-Lévesque, Éloïse" in text
    assert "$" not in text
    assert "Solde" not in text
    assert "$" in text_of(over.get(path_of(over, "roster")).content), "the control"
    foreign = over.get(f"workshops/{over.foreign}/roster/pdf", Role.TRAINER, user=over.trainer)
    assert_problem(foreign, 404, "not_found", "AUD-1")


@pytest.mark.rule("AUD-4")
@pytest.mark.parametrize("name", PAPERS)
def test_who_has_it_is_noted_each_time_and_the_same_is_not_sent_twice(over: School, name: str) -> None:
    user = uuid4()
    first = over.get(path_of(over, name), Role.ADMIN, user=user)
    headers = over.as_(Role.ADMIN, user=user) | {"If-None-Match": first.headers["etag"]}
    again = over.http.get(f"/api/{path_of(over, name)}", headers=headers)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert first.content == over.get(path_of(over, name), Role.ADMIN, user=user).content
    rows = noted(over, user)
    assert [row["kind"] for row in rows] == [PAPERS[name][2]] * 3
    assert {row["persons"] for row in rows} == {2 if name == "roster" else 1}


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        ("invoice", ("1420, boulevard", "Deuil dans la famille")),
        ("credit note", ("1420, boulevard", "Retard d’une heure")),
        ("letter", ("1420, boulevard",)),
        ("receipts", ("1420, boulevard",)),
        ("roster", ("+1 450 555-0143",)),
    ],
)
def test_an_auditor_has_it_masked(over: School, name: str, hidden: tuple[str, ...]) -> None:
    office = text_of(over.get(path_of(over, name)).content)
    auditor = text_of(over.get(path_of(over, name), Role.AUDITOR).content)
    assert all(words in office for words in hidden), "the control"
    assert [words for words in hidden if words in auditor] == []
    assert "[masqué]" in auditor


@pytest.mark.rule("ATT-1", "INS-13")
def test_it_is_attested_from_the_end_of_the_workshop_on(over: School) -> None:
    path = path_of(over, "attestation")
    over.written.now(STARTS + timedelta(minutes=5))
    assert_problem(over.get(path, Role.CLIENT, user=over.eloise), 404, "not_found", "AUD-1")
    over.written.now(STARTS + timedelta(days=30))
    assert over.get(path, Role.CLIENT, user=over.eloise).status_code == 200


def test_one_receipt_alone(over: School) -> None:
    path = path_of(over, "receipts")
    other = over.get(path, registration=str(over.registrations["scheduled"]))
    assert_problem(other, 404, "not_found", "AUD-1")
    assert "375,00 $" in text_of(over.get(path).content)


@pytest.mark.rule("DOS-17", "ATT-2")
def test_the_pages_lead_to_them(over: School) -> None:
    def page(path: str) -> str:
        answer = over.http.get(path, headers=over.as_(Role.OFFICE))
        assert answer.status_code == 200
        return answer.text

    over.http.cookies.clear()
    dossier = page(f"/dossiers/{over.eloise}")
    assert f'href="/api/{path_of(over, "attestation")}"' in dossier
    assert f'href="/api/{path_of(over, "letter")}" target="_blank">Lettre prête' in dossier
    assert f"{over.registrations['scheduled']}/attestation" not in dossier
    own = path_of(over, "invoice").removeprefix("invoices/").removesuffix("/pdf")
    assert f'href="/factures/{own}"' in page(f"/dossiers/{over.eloise}?onglet=factures")
    assert f'href="/api/{path_of(over, "invoice")}"' in page(f"/factures/{own}")
    assert f'href="/api/{path_of(over, "roster")}"' in page(f"/ateliers/{over.own}/participants")
