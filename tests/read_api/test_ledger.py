"""Trial balance and journal over HTTP, and their files: the same bytes however the books were made."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest

from aggregates.kernel import Role
from aggregates.ledger.events import PeriodClosed
from aggregates.ledger.state import LEDGER_ID
from read_api.exports import BOM, MEDIA_TYPES
from tests.read_api.conftest import School
from tests.support.builders import envelope

PERIOD = {"from": "2026-11-01", "to": "2026-11-30"}


def asked(school: School, path: str, **params: Any) -> Any:
    answer = school.get(f"ledger/{path}", Role.ACCOUNTING, **PERIOD | params)
    assert answer.status_code == 200, answer.text
    return answer


def closings(found: Any) -> dict[str, int]:
    return {row["account"]: row["closing"]["minor"] for row in found["accounts"]}


@pytest.mark.rule("FAC-6")
def test_the_trial_balance_of_a_month(school: School) -> None:
    found = asked(school, "trial-balance").json()
    assert closings(found) == {
        "receivables": 8 * 37_500,
        "deferred_revenue": -7 * 37_500,
        "revenue": -37_500,
    }
    assert {row["label"] for row in found["accounts"]} >= {"Clients", "Produits constatés d’avance"}
    assert found["without_amount"] == 1, "the cancelled line of the fixture does not say what it asked for"
    later = asked(school, "trial-balance", **{"from": "2026-12-01", "to": "2026-12-31"}).json()
    assert [(r["debit"]["minor"], r["credit"]["minor"]) for r in later["accounts"]] == [(0, 0)] * 3
    assert {r["account"]: r["opening"]["minor"] for r in later["accounts"]} == closings(found)
    before = asked(school, "trial-balance", **{"from": "2026-10-01", "to": "2026-10-31"}).json()
    assert before["accounts"] == []


@pytest.mark.rule("FAC-6")
def test_a_trial_balance_shows_the_books_as_they_were_at_a_position(school: School) -> None:
    entries = asked(school, "journal", limit=500).json()["items"]
    third = sorted({int(entry["position"]) for entry in entries})[2]
    found = asked(school, "trial-balance", upto=str(third)).json()
    assert closings(found) == {"receivables": 3 * 37_500, "deferred_revenue": -3 * 37_500}


@pytest.mark.rule("FAC-6")
def test_the_journal_goes_on_where_its_page_ended(school: School) -> None:
    whole = asked(school, "journal", limit=500).json()
    pages: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = asked(school, "journal", limit=3, **cursor).json()
        pages += page["items"]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert pages == whole["items"]
    assert len(pages) == 18
    first = pages[0]
    assert (first["text"], first["label"], first["day"]) == ("Vente", "Clients", "2026-11-24")
    assert (first["debit"]["minor"], first["credit"]["minor"]) == (37_500, 0)
    assert (first["client"], first["number"]) == (str(school.eloise), "CA-2026-0001")


@pytest.mark.rule("FAC-6")
def test_the_journal_of_an_account_and_of_an_invoice(school: School) -> None:
    revenue = asked(school, "journal", account="revenue").json()["items"]
    assert [(row["kind"], row["credit"]["minor"]) for row in revenue] == [("taught", 37_500)]
    one = asked(school, "journal", invoice=str(school.invoice)).json()["items"]
    assert {row["invoice"] for row in one} == {str(school.invoice)}
    assert len(one) == 2


@pytest.mark.rule("FAC-6")
@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("what", ["trial-balance", "journal"])
def test_a_replay_gives_the_same_bytes(school: School, what: str, form: str) -> None:
    before = asked(school, f"{what}/export", form=form)
    assert before.headers["content-type"].split(";")[0] == MEDIA_TYPES[form]
    assert before.headers["content-disposition"].endswith(f'-2026-11-01-2026-11-30.{form}"')
    assert school.models.rebuild() == {}
    assert asked(school, f"{what}/export", form=form).content == before.content
    shorter = asked(school, f"{what}/export", form=form, to="2026-11-23").content
    assert shorter != before.content, "the control"


@pytest.mark.rule("FAC-6")
def test_the_file_of_the_journal_holds_what_the_journal_shows(school: School) -> None:
    text = asked(school, "journal/export").content.decode().removeprefix(BOM)
    head, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    assert head[:8] == ["Événement", "Écriture", "Jour", "Libellé", "Compte", "Intitulé", "Débit", "Crédit"]
    shown = asked(school, "journal", limit=500).json()["items"]
    assert [(row[0], row[6], row[9]) for row in rows] == [
        (entry["position"], f"{entry['debit']['minor'] / 100:.2f}".replace(".", ","), entry["number"])
        for entry in shown
    ]


@pytest.mark.rule("FAC-6")
def test_a_file_longer_than_a_batch_is_whole(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = asked(school, "journal/export").content
    monkeypatch.setattr("read_api.ledger._BATCH", 3)
    assert asked(school, "journal/export").content == whole


@pytest.mark.rule("FAC-6")
def test_trial_balance_and_journal_say_what_is_closed_by_whom_and_when(school: School) -> None:
    """In months without an entry, so that the other tests find theirs as they were."""
    assert asked(school, "trial-balance").json()["closed"] == []
    october = PeriodClosed(through=date(2026, 10, 31), zone="America/Toronto")
    position = school.models.given((LEDGER_ID, october), around=envelope(user=school.organiser))
    closed = {
        "first": None,
        "last": "2026-10-31",
        "at": "2026-11-24T15:00:00Z",
        "by_id": str(school.organiser),
        "by": "Monique Tremblay",
    }
    last_month = {"from": "2026-10-01", "to": "2026-10-31"}
    for path in ("trial-balance", "journal"):
        assert asked(school, path, **last_month).json()["closed"] == [closed]
        assert asked(school, path, **last_month, upto=str(position - 1)).json()["closed"] == []
        assert asked(school, path).json()["closed"] == []
    unknown = school.models.given(
        (LEDGER_ID, october.model_copy(update={"through": date(2026, 11, 1)})), around=envelope()
    )
    assert unknown > position
    assert [row["by"] for row in asked(school, "journal").json()["closed"]] == ["comptabilité"]


@pytest.mark.rule("FAC-6")
def test_english_is_spoken_to_who_asks_for_it(school: School) -> None:
    headers = school.as_(Role.AUDITOR) | {"Accept-Language": "en"}
    answer = school.http.get("/api/ledger/trial-balance/export", params=PERIOD, headers=headers)
    assert answer.text.removeprefix(BOM).startswith("Account;Name;Currency;Opening;Debit;Credit;Closing\r\n")
