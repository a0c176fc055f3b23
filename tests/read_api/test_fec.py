"""The French file of writings: its form, and that it says what the journal says."""

from __future__ import annotations

from collections import Counter

import pytest

from aggregates.invoice.accounts import Account, Posting
from read_api.fec import HEAD, JOURNALS, NUMBERS
from tests.read_api.conftest import School
from tests.read_api.test_ledger import asked


def writings(school: School, **params: str) -> list[dict[str, str]]:
    head, *lines = asked(school, "fec/export", **params).content.decode().removesuffix("\r\n").split("\r\n")
    assert head.split("\t") == HEAD
    assert len(HEAD) == 18
    return [dict(zip(HEAD, line.split("\t"), strict=True)) for line in lines]


def cents(amount: str) -> int:
    return int(amount.replace(",", ""))


@pytest.mark.rule("FAC-6")
def test_each_event_is_a_balanced_writing_numbered_without_gap(school: School) -> None:
    found = writings(school, currency="CAD")
    sums: Counter[str] = Counter()
    for line in found:
        sums[line["EcritureNum"]] += cents(line["Debit"]) - cents(line["Credit"])
    assert list(sums) == [str(n) for n in range(1, len(sums) + 1)]
    assert set(sums.values()) == {0}
    first = found[0]
    assert (first["JournalCode"], first["CompteNum"], first["CompteLib"]) == ("VE", "411000", "Clients")
    assert (first["PieceRef"], first["EcritureDate"], first["Debit"]) == (
        "CA-2026-0001",
        "20261124",
        "375,00",
    )
    assert (first["CompAuxNum"], found[1]["CompAuxNum"]) == (str(school.eloise), "")


@pytest.mark.rule("FAC-6")
def test_it_holds_every_entry_of_its_currency_and_no_other(school: School) -> None:
    shown = asked(school, "journal", limit="500").json()["items"]
    found = writings(school, currency="CAD")
    assert [(cents(line["Debit"]), cents(line["Credit"])) for line in found] == [
        (entry["debit"]["minor"], entry["credit"]["minor"]) for entry in shown
    ]
    assert writings(school) == [], "no euros there"
    answer = asked(school, "fec/export")
    assert answer.headers["content-disposition"] == 'attachment; filename="FEC20261130.txt"'


NEXT_YEAR = {"from": "2027-01-01", "to": "2027-12-31", "currency": "CAD"}


@pytest.mark.rule("FAC-6")
def test_a_year_begins_with_what_was_carried_over(school: School) -> None:
    """Beside sums added up plainly: clients each, other accounts, and earlier results as one."""
    clients = {row["invoice"]: str(row["client"]) for row in school.models.rows("ledger_invoice")}
    plainly: Counter[tuple[str, str]] = Counter()
    for row in school.models.rows("ledger_entry"):
        account, minor = Account(row["account"]), row["debit"] - row["credit"]
        if account is Account.REVENUE:
            plainly["110000", ""] += minor
        else:
            client = clients[row["invoice"]] if account is Account.RECEIVABLES else ""
            plainly[NUMBERS[account], client] += minor
    assert len([client for _, client in plainly if client]) > 1, "the control"
    found = writings(school, **NEXT_YEAR)
    stands = {(x["CompteNum"], x["CompAuxNum"]): cents(x["Debit"]) - cents(x["Credit"]) for x in found}
    assert stands == plainly
    assert {(x["JournalCode"], x["EcritureNum"], x["EcritureDate"], x["PieceRef"]) for x in found} == {
        ("AN", "1", "20270101", "AN-2027")
    }
    assert sum(stands.values()) == 0
    earned = [x for x in found if x["CompteNum"] == "110000"]
    assert [(x["CompteLib"], x["Credit"]) for x in earned] == [
        ("Report à nouveau (solde créditeur)", "375,00")
    ]


@pytest.mark.rule("FAC-6")
def test_only_a_year_begins_so_and_its_writings_follow(school: School) -> None:
    assert writings(school, **NEXT_YEAR | {"from": "2027-02-01"}) == []
    this_year = writings(school, **NEXT_YEAR | {"from": "2026-01-01"})
    assert this_year[0]["EcritureNum"] == "1"
    assert {x["JournalCode"] for x in this_year} == {"VE", "OD"}, "nothing stood before"
    school.models.connection.execute(
        "update read.ledger_entry set at = at + interval '40 days' where kind = 'taught'"
    )
    try:
        numbers = [x["EcritureNum"] for x in writings(school, **NEXT_YEAR)]
    finally:
        school.models.connection.execute(
            "update read.ledger_entry set at = occurred_at where kind = 'taught'"
        )
    assert numbers[-2:] == ["2", "2"], "after the opening"


@pytest.mark.rule("FAC-6")
def test_every_account_has_a_number_of_its_own_and_every_posting_a_journal() -> None:
    assert set(NUMBERS) == set(Account)
    assert len(set(NUMBERS.values())) == len(NUMBERS)
    assert set(JOURNALS) == set(Posting)
