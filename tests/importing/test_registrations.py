"""Places of another system, not taught yet: seats, À PLANIFIER, phases, what is owed; no mail, no number."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest

from aggregates.client.policies import active
from aggregates.client.registrations.events import Registered
from aggregates.client.registrations.state import Scheduled, ToSchedule
from aggregates.client.state import CLIENT, Dossier
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.invoice.state import Issued
from aggregates.workshop.policies import planned
from aggregates.workshop.state import WORKSHOP
from commands.access import SYSTEM, ForbiddenError
from commands.clients.merge_dossiers import MergeDossiers
from commands.importing import imported_id, old_invoice_id
from commands.imports.import_registration import ImportRegistration
from commands.payments.decide_case import DecideCase
from commands.registrations.cancel_registration import CancelRegistration
from processors import organiser_notice, registration_confirmation
from tests.support.builders import cad
from tests.support.command_samples import sample
from tests.support.importing import (
    BALANCES,
    BALANCES_HEAD,
    CLIENTS,
    CLIENTS_HEAD,
    FOLLOWED,
    FOLLOWED_HEAD,
    REGISTRATIONS,
    REGISTRATIONS_HEAD,
    WORKSHOPS,
    WORKSHOPS_HEAD,
    imported,
    many,
    written,
)
from tests.support.write_side import ACCOUNTING, ADMIN, ORGANISER, School, school_on


@pytest.fixture
def school(database: str, tmp_path: Path) -> Iterator[School]:
    """With clients 0 to 3, and a workshop w of two seats, one of them for a retake."""
    with school_on(database) as made:
        made.now(datetime(2026, 11, 28, tzinfo=UTC))
        made.employ(ORGANISER.user)
        made.activity("Être bien")
        made.activity("Écoute de soi")
        imported(made, written(tmp_path / "clients", CLIENTS, CLIENTS_HEAD, many(4)))
        line = f"w;Être bien;;27/03/2027 09:00;27/03/2027 17:00;2;1;{ORGANISER.user};"
        imported(made, written(tmp_path / "workshops", WORKSHOPS, WORKSHOPS_HEAD, [line]))
        yield made


def places(folder: Path, *lines: str) -> tuple[Path, Path]:
    return written(folder / "places", REGISTRATIONS, REGISTRATIONS_HEAD, lines)


def file_of(school: School, key: str) -> Dossier:
    return active(school.state(CLIENT.at(imported_id("ancien", "client", key))))


def invoice_of(school: School, client: str, number: str) -> Issued:
    return school.issued(old_invoice_id("ancien", client, number))


def place(key: str) -> UUID:
    return imported_id("ancien", "registration", key)


def told(rows: list[dict[str, str]]) -> list[tuple[str, str, str]]:
    return [(row["Résultat"], row["Colonne"], row["Règle"]) for row in rows]


@pytest.mark.rule("IMP-1", "INS-1", "ATE-2", "FAC-1")
def test_a_place_has_its_seat_or_waits_for_a_date_and_keeps_what_was_paid(
    school: School, tmp_path: Path
) -> None:
    lines = ("a;0;Être bien;w;;F-17;03/10/2026;375,00;;40,00", "b;0;Écoute de soi;;;F-17;;1 337,50;60,00;")
    assert told(imported(school, places(tmp_path, *lines))) == [("importée", "", "")] * 2
    dossier, invoice = file_of(school, "0"), invoice_of(school, "0", "F-17")
    dated, undated = dossier.registrations[place("a")], dossier.registrations[place("b")]
    assert isinstance(dated, Scheduled)
    assert isinstance(undated, ToSchedule)
    assert (dated.sale.price, dated.sale.deposit, undated.sale.deposit) == (
        cad(37_500),
        cad(4_000),
        cad(6_000),
    )
    seats = planned(school.state(WORKSHOP.at(dated.workshop))).seats
    assert set(seats) == {place("a")}
    assert seats[place("a")].client == dossier.id
    assert (invoice.number, invoice.issued_on, invoice.client) == ("F-17", date(2026, 10, 3), dossier.id)
    assert [line.price for line in invoice.lines] == [cad(37_500), cad(133_750)]
    assert invoice.balance == cad(37_500 - 4_000 + 133_750)
    (payment,) = invoice.payments
    assert (payment.method, payment.deposited) == (PaymentMethod.TAKEN_OVER, True)
    sold = school.sold(school.client(email=None), dated.sale.activity)
    assert school.issued(sold.invoice).number == "CA-2026-0001", "no number of ours was drawn"


@pytest.mark.rule("IMP-1", "COM-2")
def test_nobody_gets_a_mail(school: School, tmp_path: Path) -> None:
    imported(school, places(tmp_path, "a;0;Être bien;w;;;;375,00;;"))
    stored = [school.side.store.decode(row) for row in school.side.store.read_after(0, 10**4)]
    (taken,) = (event for event in stored if isinstance(event.fact, Registered))
    assert taken.fact.taken_over  # type: ignore[attr-defined]
    assert [*registration_confirmation.react(taken), *organiser_notice.react(taken)] == []


@pytest.mark.rule("IMP-1", "INS-2", "INS-13")
def test_the_places_of_a_phase_make_a_student_and_what_was_followed_is_done(
    school: School, tmp_path: Path
) -> None:
    phase, activities = school.phase(size=3)
    done = ["a;0;Activité 1;03/02/2019"]
    imported(school, written(tmp_path / "followed", FOLLOWED, FOLLOWED_HEAD, done))
    lines = ("b;0;Activité 2;;Phase 1;F-2;;187,50;;", f"c;0;Activité 3;;{phase};F-2;;187,50;;187,50")
    assert told(imported(school, places(tmp_path, *lines))) == [("importée", "", "")] * 2
    dossier = file_of(school, "0")
    (enrolment,) = dossier.places.enrolments.values()
    assert (enrolment.phase, enrolment.number, enrolment.activities) == (phase, 1, activities)
    assert enrolment.done == {activities[0]: imported_id("ancien", "followed", "a")}
    assert {r.sale.enrolment for r in dossier.registrations.values()} == {enrolment.id}
    assert invoice_of(school, "0", "F-2").balance == cad(18_750)
    lines = ("d;1;Être bien;;Phase 1;;;1,00;;", "e;1;Être bien;;Phase 9;;;1,00;;")
    assert [row[1:] for row in told(imported(school, places(tmp_path, *lines)))] == [
        ("Phase", "INS-2"),
        ("Phase", "IMP-1"),
    ]


@pytest.mark.rule("IMP-1", "INS-3", "INS-12", "ATE-2")
@pytest.mark.parametrize("dry_run", [True, False])
def test_what_is_wrong_is_told_with_its_column(school: School, tmp_path: Path, *, dry_run: bool) -> None:
    imported(school, written(tmp_path / "followed", FOLLOWED, FOLLOWED_HEAD, ["x;1;Être bien;03/02/2019"]))
    rows = imported(
        school,
        places(
            tmp_path,
            "a;1;Être bien;w;;;;187,50;;",
            "b;1;Être bien;;;;;375,00;;",
            "c;9;Être bien;;;;;375,00;;",
            "d;0;Être bien;v;;;;375,00;;",
            "e;0;Écoute de soi;w;;;;375,00;;",
            "f;0;Être bien;;;;03/02/2999;375,00;;",
            "g;0;Être bien;;;;;375,005;;",
            "h;0;Être bien;;;;;-1;;",
            "i;2;Être bien;w;;;;375,00;;",
            "j;3;Être bien;w;;;;375,00;;",
        ),
        dry_run=dry_run,
    )
    taken = "à importer" if dry_run else "importée"
    assert told(rows) == [
        (taken, "", ""),
        ("refusée", "Atelier", "INS-12"),
        ("refusée", "Client", "DOS-17"),
        ("refusée", "Session", "ATE-1"),
        ("refusée", "Atelier", "INS-7"),
        ("refusée", "Date", "IMP-1"),
        ("refusée", "Prix", "IMP-1"),
        ("refusée", "Prix", "IMP-1"),
        (taken, "", ""),
        ("refusée", "Session", "ATE-2"),
    ]
    if not dry_run:
        assert file_of(school, "1").registrations[place("a")].sale.retake
        assert not file_of(school, "2").registrations[place("i")].sale.retake


@pytest.mark.rule("IMP-1")
def test_the_same_file_twice_changes_nothing(school: School, tmp_path: Path) -> None:
    line = "a;0;Être bien;w;;F-17;03/10/2026;375,00;;40,00"
    facts = []
    for result in ("importée", "déjà importée"):
        assert [row["Résultat"] for row in imported(school, places(tmp_path, line))] == [result]
        facts.append(school.side.store.read_after(0, 10**4))
    assert facts[0] == facts[1]


@pytest.mark.rule("IMP-1", "INS-9", "FAC-4")
def test_a_place_taken_over_is_cancelled_by_the_same_terms(school: School, tmp_path: Path) -> None:
    imported(school, places(tmp_path, "a;0;Être bien;w;;F-17;;375,00;;375,00"))
    client, invoice = file_of(school, "0").id, old_invoice_id("ancien", "0", "F-17")
    school.now(datetime(2027, 3, 20, tzinfo=UTC))
    cancelling = CancelRegistration(client=client, registration=place("a"), note="Ne vient plus.")
    case = school.send(cancelling).made["case-1"]
    assert school.issued(invoice).cases[case].proposed == cad(4_000)
    school.send(DecideCase(client=client, invoice=invoice, case=case, fee=cad(4_000)), ACCOUNTING)
    assert school.issued(invoice).balance == cad(4_000 - 37_500)


@pytest.mark.rule("IMP-1")
def test_only_the_system_imports(school: School) -> None:
    command = sample(ImportRegistration, source="ancien", client="0", activity=school.activity("Yoga"))
    with pytest.raises(ForbiddenError):
        school.send(command, ADMIN)
    assert set(school.send(command, SYSTEM).made) == {"registration", "invoice"}


@pytest.mark.rule("IMP-1", "DOS-5")
def test_what_comes_for_a_merged_dossier_goes_to_the_one_it_is_part_of(
    school: School, tmp_path: Path
) -> None:
    stays = imported_id("ancien", "client", "1")
    school.send(MergeDossiers(survivor=stays, other=imported_id("ancien", "client", "0")))
    lines = ("p;0;Écoute de soi;;;F-12;;375,00;;", "q;0;Être bien;w;;F-12;;200,00;;")
    owed = written(tmp_path / "owed", BALANCES, BALANCES_HEAD, ["o;0;F-9;01/02/2020;60,00"])
    before = written(tmp_path / "followed", FOLLOWED, FOLLOWED_HEAD, ["s;0;Être bien;01/02/2020"])
    for once in ("importée", "déjà importée"):
        assert told(imported(school, places(tmp_path, *lines))) == [(once, "", "")] * 2
        assert told(imported(school, owed)) == told(imported(school, before)) == [(once, "", "")]
    file, invoice = file_of(school, "1"), invoice_of(school, "0", "F-12")
    assert set(file.registrations) == {place("p"), place("q")}
    assert (len(file.places.abroad), len(file.invoices), invoice.client) == (1, 2, stays)
    dated = file.registrations[place("q")]
    assert isinstance(dated, Scheduled)
    assert planned(school.state(WORKSHOP.at(dated.workshop))).seats[place("q")].client == stays
