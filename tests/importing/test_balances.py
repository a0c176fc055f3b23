"""Open balances of another system: owed or the client's, under the old number, paid like others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from aggregates.client.policies import active
from aggregates.client.refusals import BalanceNotZero
from aggregates.client.state import CLIENT, DeactivatedDossier
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.invoice.refusals import NoSuchInvoice
from aggregates.kernel import Role
from commands.access import SYSTEM, ForbiddenError
from commands.clients.remove_dossier import RemoveDossier
from commands.importing import imported_id, old_invoice_id
from commands.imports.import_balance import ImportBalance
from commands.payments.move_credit import MoveCredit
from tests.support.builders import cad
from tests.support.command_samples import sample
from tests.support.importing import (
    BALANCES,
    BALANCES_HEAD,
    CLIENTS,
    CLIENTS_HEAD,
    REGISTRATIONS,
    REGISTRATIONS_HEAD,
    imported,
    many,
    written,
)
from tests.support.write_side import ACCOUNTING, ADMIN, School, principal, school_on


@pytest.fixture
def school(database: str, tmp_path: Path) -> Iterator[School]:
    """With clients 0 and 1."""
    with school_on(database) as made:
        imported(made, written(tmp_path / "clients", CLIENTS, CLIENTS_HEAD, many(2)))
        yield made


def balances(folder: Path, *lines: str) -> tuple[Path, Path]:
    return written(folder / "balances", BALANCES, BALANCES_HEAD, lines)


CLIENT_0 = imported_id("ancien", "client", "0")


def old(number: str, client: str = "0") -> UUID:
    return old_invoice_id("ancien", client, number)


def unnumbered(key: str) -> UUID:
    return old_invoice_id("ancien", "0", None, f"balance/{key}")


@pytest.mark.rule("IMP-1", "FAC-2")
def test_what_was_owed_is_owed_here_and_is_paid_like_any_invoice(school: School, tmp_path: Path) -> None:
    lines = ("a;0;F-1;03/02/2026;335,00", "b;0;;;12", "c;0;F-3;;0,00")
    assert [row["Résultat"] for row in imported(school, balances(tmp_path, *lines))] == ["importée"] * 3
    invoice = school.issued(old("F-1"))
    assert (invoice.number, invoice.issued_on, invoice.client) == ("F-1", date(2026, 2, 3), CLIENT_0)
    assert (invoice.balance, school.issued(unnumbered("b")).balance) == (cad(33_500), cad(1_200))
    assert active(school.state(CLIENT.at(CLIENT_0))).placeless == {old("F-1"), unnumbered("b")}
    payment = school.paid(CLIENT_0, 33_500, invoice=old("F-1"))
    assert school.issued(old("F-1")).balance == cad(33_500)
    school.deposited(old("F-1"), payment)
    assert school.issued(old("F-1")).balance == cad(0)
    with pytest.raises(NoSuchInvoice):
        school.paid(imported_id("ancien", "client", "1"), 100, invoice=unnumbered("b"))


@pytest.mark.rule("IMP-1", "FAC-4")
def test_what_was_the_clients_is_their_credit_and_pays_something_else(school: School, tmp_path: Path) -> None:
    imported(school, balances(tmp_path, "a;0;F-1;03/02/2026;-50,00", "b;0;F-2;;80"))
    (payment,) = school.issued(old("F-1")).payments
    assert (payment.method, payment.deposited) == (PaymentMethod.TAKEN_OVER, True)
    assert school.issued(old("F-1")).balance == cad(-5_000)
    moving = MoveCredit(client=CLIENT_0, invoice=old("F-1"), amount=cad(5_000), to=old("F-2"))
    school.send(moving, ACCOUNTING)
    assert [school.issued(old(number)).balance for number in ("F-1", "F-2")] == [cad(0), cad(3_000)]
    with pytest.raises(NoSuchInvoice):
        school.paid(CLIENT_0, 100, invoice=old("F-1"))


@pytest.mark.rule("IMP-1", "DOS-8")
def test_a_dossier_stays_while_a_balance_is_open_and_is_never_erased_whole(
    school: School, tmp_path: Path
) -> None:
    imported(school, balances(tmp_path, "a;0;F-1;03/02/2026;50,00"))
    removing = RemoveDossier(client=CLIENT_0)
    with pytest.raises(BalanceNotZero):
        school.send(removing, principal(Role.CLIENT, user=CLIENT_0))
    school.deposited(old("F-1"), school.paid(CLIENT_0, 5_000, invoice=old("F-1")))
    school.send(removing, principal(Role.CLIENT, user=CLIENT_0))
    assert isinstance(school.state(CLIENT.at(CLIENT_0)), DeactivatedDossier)


@pytest.mark.rule("IMP-1")
@pytest.mark.parametrize("dry_run", [True, False])
def test_an_invoice_comes_once_with_its_places_or_as_a_balance(
    school: School, tmp_path: Path, *, dry_run: bool
) -> None:
    school.activity("Être bien")
    place = ["a;0;Être bien;;;F-1;;375,00;;40,00"]
    imported(school, written(tmp_path / "places", REGISTRATIONS, REGISTRATIONS_HEAD, place))
    lines = (
        "b;0;F-1;;335",
        "c;1;F-1;;20",
        "d;1;F-1;;20",
        "e;9;F-2;;20",
        "f;0;F-3;03/02/2999;20",
        "g;0;F-4;;",
    )
    rows = imported(school, balances(tmp_path, *lines), dry_run=dry_run)
    assert [(row["Clé"], row["Colonne"], row["Règle"]) for row in rows] == [
        ("b", "Facture", "IMP-1"),
        ("c", "", ""),
        ("d", "Facture", "IMP-1"),
        ("e", "Client", "DOS-17"),
        ("f", "Date", "IMP-1"),
        ("g", "Solde", "IMP-1"),
    ]
    place = ["z;1;Être bien;;;F-1;;375,00;;40,00"]
    again = imported(school, written(tmp_path / "more", REGISTRATIONS, REGISTRATIONS_HEAD, place))
    assert [row["Colonne"] for row in again] == ["" if dry_run else "Facture"]


@pytest.mark.rule("IMP-1")
def test_keys_of_one_file_say_nothing_of_those_of_another(school: School, tmp_path: Path) -> None:
    """Each table of the other system counts from 1: the same key, and no number of an invoice."""
    school.activity("Être bien")
    place = ["17;0;Être bien;;;;;375,00;;40,00"]
    for path in (
        written(tmp_path / "places", REGISTRATIONS, REGISTRATIONS_HEAD, place),
        balances(tmp_path, "17;0;;;-12,00"),
    ):
        assert [row["Résultat"] for row in imported(school, path)] == ["importée"]
    bill, balance = school.issued(old_invoice_id("ancien", "0", None, "place/17")), unnumbered("17")
    assert (bill.number, bill.balance) == ("17", cad(33_500))
    assert school.issued(balance).balance == cad(-1_200)
    assert {p.id for p in bill.payments}.isdisjoint(p.id for p in school.issued(balance).payments)


@pytest.mark.rule("IMP-1")
def test_an_invoice_that_came_as_credit_takes_no_place_after_it(school: School, tmp_path: Path) -> None:
    school.activity("Être bien")
    imported(school, balances(tmp_path, "a;0;F-1;;-30,00"))
    place = ["b;0;Être bien;;;F-1;;375,00;;405,00"]
    rows = imported(school, written(tmp_path / "places", REGISTRATIONS, REGISTRATIONS_HEAD, place))
    assert [(row["Résultat"], row["Colonne"]) for row in rows] == [("refusée", "Facture")]


@pytest.mark.rule("IMP-1")
def test_an_amount_with_the_other_sign_of_decimals_is_refused_not_guessed(
    school: School, tmp_path: Path
) -> None:
    rows = imported(school, balances(tmp_path, "a;0;F-1;;1.250", "b;0;F-2;;1.250,00", "c;0;F-3;;1 250,00"))
    assert [(row["Résultat"], row["Colonne"]) for row in rows] == [
        ("refusée", "Solde"),
        ("refusée", "Solde"),
        ("importée", ""),
    ]
    assert school.issued(old("F-3")).balance == cad(125_000)


@pytest.mark.rule("IMP-1")
def test_only_the_system_imports(school: School) -> None:
    command = sample(ImportBalance, source="ancien", client="0")
    with pytest.raises(ForbiddenError):
        school.send(command, ADMIN)
    assert school.send(command, SYSTEM).made == {"invoice": unnumbered(command.key)}  # type: ignore[attr-defined]
