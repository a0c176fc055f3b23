"""An invoice in figures: from what was issued to what is owed, taxes, payments (FAC-2, FAC-9, CAT-1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from aggregates.catalogue.settings import SchoolSettings
from processors.documents.words import amount, local_day, long_day, said
from projections.query import Row
from schema.labels import label
from schema.wording import Language

_WHOLE = 100_000
"""A rate of 100 %."""
Figures = Mapping[str, Any]


@dataclass(frozen=True)
class Printed:
    """Everything an invoice is printed from."""

    found: Row
    paper: Row
    person: Row
    school: SchoolSettings
    masked: bool = False
    portal: str = ""
    """Address of the portal, for what the school has no page of its own about."""

    @property
    def language(self) -> Language:
        return "en" if self.person["language"] == "en" else "fr"

    @property
    def currency(self) -> str:
        currency: str = self.found["total"]["currency"]
        return currency

    def says(self, key: str, **values: str) -> str:
        return said(self.language, key, **values)

    def sum(self, value: Figures) -> str:
        return amount(self.language, value)

    def less(self, value: Figures) -> str:
        return self.sum({**value, "minor": -value["minor"]})

    def day(self, iso: str) -> str:
        """Of a day, or of an instant in the school's zone."""
        day = local_day(iso, self.school.zone) if "T" in iso else date.fromisoformat(iso)
        return long_day(self.language, day)

    def of(self, minor: int) -> dict[str, Any]:
        return {"minor": minor, "currency": self.currency}


def totals(about: Printed) -> Iterator[dict[str, Any]]:
    """From what was issued to what is asked for: credit notes and undecided cancellations come off."""
    found = about.found
    yield {"what": about.says("total"), "amount": about.sum(found["total"])}
    due = found["total"]["minor"]
    for number, (minor, day) in _credit_notes(found["lines"]).items():
        due -= minor
        what = about.says("credit_note_of", number=number, day=about.day(day))
        yield {"what": what, "amount": about.less(about.of(minor))}
    yield from included_taxes(about, due)
    if undecided := _undecided(found["lines"]):
        yield {"what": about.says("undecided"), "amount": about.less(about.of(undecided))}
    paid, back = _paid(found)
    if paid:
        yield {"what": about.says("paid"), "amount": about.less(about.of(paid))}
    if back:
        yield {"what": about.says("given_back"), "amount": about.sum(about.of(back))}
    if held := found["balance"]["minor"] - (due - undecided - paid + back):
        yield {"what": about.says("held_in_case"), "amount": about.sum(about.of(held))}


def _credit_notes(lines: Iterable[Row]) -> dict[str, tuple[int, str]]:
    """Amount and day by number: one note may take something off several lines."""
    found: dict[str, tuple[int, str]] = {}
    for line in lines:
        for note in line["credit_notes"]:
            before = found.get(note["number"], (0, ""))[0]
            found[note["number"]] = (before + note["amount"]["minor"], note["issued_on"])
    return found


def _undecided(lines: Iterable[Row]) -> int:
    """What lines ask for no more while their case is open."""
    return sum(
        line["price"]["minor"] - sum(note["amount"]["minor"] for note in line["credit_notes"])
        for line in lines
        if line["case"] is not None and line["case"]["decided_at"] is None
    )


def _paid(found: Row) -> tuple[int, int]:
    """Money that counts, and what went back or on to another invoice of all that came."""
    deposited = sum(p["amount"]["minor"] for p in found["payments"] if p["status"] == "deposited")
    back = sum(
        p["amount"]["minor"] - p["held"]["minor"]
        for p in found["payments"]
        if p["status"] in ("deposited", "bounced")
    )
    return deposited, back


def included_taxes(about: Printed, minor: int) -> Iterator[dict[str, Any]]:
    """What the prices hold of each tax, rounded half up to the cent (CAT-1)."""
    taxes = about.paper["taxes"]
    whole = _WHOLE + sum(tax["rate"] for tax in taxes)
    for tax in taxes:
        part = (Decimal(minor) * tax["rate"] / whole).quantize(Decimal(1), ROUND_HALF_UP)
        rate = f"{Decimal(tax['rate']) / 1000:f}".replace(".", "," if about.language == "fr" else ".")
        what = about.says("tax", name=tax["name"], rate=rate)
        yield {"what": what, "amount": about.sum(about.of(int(part))), "quiet": True}


def payments(about: Printed) -> dict[str, Any] | None:
    """What came in; what is noted waits for its deposit and does not count yet (FAC-2)."""
    rows = []
    for payment in about.found["payments"]:
        if payment["status"] != "withdrawn":
            method = label(about.language, "payment_method", payment["method"])
            what = method[0].upper() + method[1:]
            if payment["status"] != "deposited":
                what = f"{what}, {about.says(payment['status'])}"
            row = {"when": about.day(payment["at"]), "what": what, "amount": about.sum(payment["amount"])}
            rows.append(row | {"quiet": payment["status"] != "deposited"})
    for refund in about.found["refunds"]:
        if refund["status"] == "made":
            method = label(about.language, "payment_method", refund["method"])
            what = about.says("refund", method=method)
            rows.append(
                {"when": about.day(refund["at"]), "what": what, "amount": about.less(refund["amount"])}
            )
    return {"title": about.says("payments"), "rows": rows} if rows else None
