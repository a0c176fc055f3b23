"""The list of participants on paper, for the morning of the workshop (LIS-1, INS-6, INS-13)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from aggregates.catalogue.settings import SchoolSettings
from aggregates.kernel import Currency
from processors.documents.press import Paper
from processors.documents.words import amount, clock, listed, local_day, long_day, said, sheet, span, total
from projections.query import Row
from schema.labels import label
from schema.wording import Language

_USUAL = ("cheque", "cash", "card")
_OTHERS = ("transfer", "credit", "taken_over")
_PROOF_ASKED = ("asked", "rejected", "missing")


def roster(
    language: Language,
    school: SchoolSettings,
    workshop: Row,
    rows: Sequence[Row],
    *,
    see_money: bool,
    cancelled: bool,
    now: datetime,
    assistants: Sequence[Row] = (),
) -> Paper:
    """Everybody by name with marks, money by method where it may be seen, and room to write by hand."""
    zone = workshop["zone"]
    days = span(language, local_day(workshop["starts"], zone), local_day(workshop["ends"], zone))
    methods = _methods(rows) if see_money else []
    printed = f"{long_day(language, local_day(now.isoformat(), zone))}, {clock(language, now, zone)}"
    europe = workshop["venue"] is not None and workshop["venue"]["region"] == "europe"
    data = {
        **sheet(language, school, Currency.EUR if europe else Currency.CAD),
        "title": said(language, "roster_of", activity=workshop["activity"] or ""),
        "heading": said(language, "roster"),
        "activity": workshop["activity"] or "",
        "when": f"{days}, {_hours(language, workshop)}",
        "where": _where(language, workshop),
        "people": _people(language, workshop, assistants),
        "taken": said(language, "taken", taken=str(workshop["taken"]), capacity=str(workshop["capacity"])),
        "notes": [note for note in (workshop["place_note"], workshop["practical_note"]) if note],
        "stamp": said(language, "workshop_cancelled") if cancelled else "",
        "columns": [
            said(language, key) for key in ("called" if cancelled else "present", "name", "telephone")
        ],
        "money_columns": [
            *(said(language, key) for key in ("amount", "paid", "balance")),
            *(said(language, f"by_{method}") for method in methods),
        ]
        if see_money
        else [],
        "comment": said(language, "comment"),
        "rows": [_row(language, row, methods, see_money=see_money) for row in rows],
        "totals": list(_totals(language, rows, methods)) if see_money else [],
        "printed": said(language, "printed_at", moment=printed),
    }
    persons = len({row["client"] for row in rows})
    day = local_day(workshop["starts"], zone)
    return Paper("roster", f"participants-{workshop['id']}", day, data, persons)


def _methods(rows: Iterable[Row]) -> list[str]:
    """Columns for the usual ways to pay, and for others where somebody paid so."""
    used = {name for row in rows for name, paid in row["payments"]["by_method"].items() if paid["minor"]}
    return [*_USUAL, *(method for method in _OTHERS if method in used)]


def _hours(language: Language, workshop: Row) -> str:
    first = workshop["sessions"][0]
    zone = workshop["zone"]
    starts, ends = (datetime.fromisoformat(first[name]) for name in ("starts", "ends"))
    return f"{clock(language, starts, zone)} – {clock(language, ends, zone)}"


def _where(language: Language, workshop: Row) -> str:
    venue = workshop["venue"]
    if venue is None:
        return said(language, "online")
    return ", ".join(filter(None, (venue["name"], venue["address"], venue["city"])))


def _people(language: Language, workshop: Row, assistants: Sequence[Row]) -> str:
    trainers = [name for name in workshop["trainers"] if name]
    who = [(said(language, "organised_by"), workshop["organiser"])]
    who += [(said(language, "led_by"), listed(language, trainers))] if trainers else []
    names = [f"{a['first_name']} {a['last_name']}".strip() for a in assistants]
    who += [(said(language, "assisted_by"), listed(language, names))] if names else []
    return " · ".join(said(language, "who_does", what=what, who=name) for what, name in who if name)


def _row(language: Language, row: Row, methods: Sequence[str], *, see_money: bool) -> dict[str, Any]:
    return {
        "name": ", ".join(filter(None, (row["last_name"], row["first_name"]))),
        "marks": list(_marks(language, row)),
        "present": row["state"] == "followed",
        "telephone": row["telephone"] or "",
        "money": _money(language, row, methods) if see_money else [],
        "comment": list(_remarks(language, row, see_money=see_money)),
    }


def _marks(language: Language, row: Row) -> Iterator[str]:
    """E student, R retake, i a note of the trainer's; what to look out for (INS-13)."""
    if row["student"]:
        yield "E"
    if row["retake"]:
        yield "R"
    if row["trainer_note"] is not None:
        yield "i"
    if not row["has_email"]:
        yield said(language, "no_email")


def _money(language: Language, row: Row, methods: Sequence[str]) -> list[str]:
    paid = row["payments"]
    amounts = [row["price"], paid["paid"], row["balance"], *(paid["by_method"][m] for m in methods)]
    return [amount(language, value) if n < 3 or value["minor"] else "" for n, value in enumerate(amounts)]


def _remarks(language: Language, row: Row, *, see_money: bool) -> Iterator[str]:
    if row["finishes_phase"] is not None:
        yield said(language, "finishes_phase", n=str(row["finishes_phase"]))
    if row["proof"] is not None and row["proof"]["state"] in _PROOF_ASKED:
        regular = row["proof"]["regular"]
        yield (
            said(language, "ask_proof")
            if regular is None
            else said(language, "ask_proof_or", price=amount(language, regular))
        )
    if see_money:
        for comment in row["comments"]:
            method = label(language, "payment_method", comment["method"])
            parts = (method, comment["number"], comment["drawer"], comment["comment"])
            yield ", ".join(filter(None, parts))


def _totals(language: Language, rows: Sequence[Row], methods: Sequence[str]) -> Iterator[list[str]]:
    """Per currency: money of two is never added up (CAT-2)."""
    for currency in sorted({row["price"]["currency"] for row in rows}):
        mine = [row for row in rows if row["price"]["currency"] == currency]
        sums = [
            total((row["price"] for row in mine), currency),
            total((row["payments"]["paid"] for row in mine), currency),
            total((row["balance"] for row in mine), currency),
            *(total((row["payments"]["by_method"][m] for row in mine), currency) for m in methods),
        ]
        yield [said(language, "totals", currency=currency), *(amount(language, value) for value in sums)]
