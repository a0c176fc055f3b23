"""An invoice with all that came after it as one balance, and a credit note (FAC-1, FAC-7, FAC-9, INS-9)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from aggregates.catalogue.settings import Region
from aggregates.kernel import Currency
from processors.documents.figures import Figures, Printed, included_taxes, payments, totals
from processors.documents.press import Paper
from processors.documents.qr_code import qr_code
from processors.documents.words import (
    ERASED,
    address,
    fine,
    lines_of,
    listed,
    local_day,
    name_of,
    sheet,
    span,
    terms_page,
    total,
)
from projections import catalogue, dossier, invoices, papers
from projections.query import MASKED, Reads, Row
from schema.labels import label

_UNSAID = frozenset({"base_price", "phase_price", "deposit", "starts_soon"})
"""Rules applied to a price that the figures say themselves."""


PayLink = Callable[[UUID, date], tuple[str, date] | None]
"""Where an invoice of that day is paid, and until which day; None where nothing is paid on line."""


async def invoice(
    connection: Reads,
    invoice: UUID,
    *,
    masked: bool = False,
    pay: PayLink | None = None,
    portal: str = "",
) -> Paper | None:
    """The invoice as it stands now; `masked`: without address and notes. None: none of ours with a number."""
    about = await _printed(connection, invoice, masked=masked, portal=portal)
    if about is None:
        return None
    owed = about.found["balance"]["minor"] > 0 and not masked
    way = pay(invoice, _made(about.found["issued_on"])) if pay is not None and owed else None
    return invoice_paper(about, way)


async def credit_note(connection: Reads, number: str, *, masked: bool = False) -> Paper | None:
    """One credit note; None when there is none of that number."""
    note = await papers.credit_note(connection, number)
    if note is None:
        return None
    about = await _printed(connection, UUID(note["invoice"]), masked=masked)
    return None if about is None else credit_paper(about, note)


async def client_of_credit_note(connection: Reads, number: str) -> UUID | None:
    """Whose credit note this is."""
    note = await papers.credit_note(connection, number)
    found = None if note is None else await papers.paper(connection, UUID(note["invoice"]))
    return None if found is None else UUID(found["client"])


async def _printed(connection: Reads, invoice: UUID, *, masked: bool, portal: str = "") -> Printed | None:
    found = await invoices.invoice(connection, invoice)
    paper = await papers.paper(connection, invoice)
    if found is None or paper is None or not found["number"]:
        return None
    person = await dossier.identity(connection, UUID(paper["client"]))
    assert person is not None
    if masked:
        paper = papers.masked(paper)
    return Printed(found, paper, person, await catalogue.school(connection), masked, portal)


def invoice_paper(about: Printed, way: tuple[str, date] | None = None) -> Paper:
    """What stands on an invoice; `way` leads to its payment."""
    found, kind = about.found, about.says("invoice")
    together = found["together"]
    alone = len(together["invoices"]) == 1
    balance = found["balance"] if alone else together["balance"]
    data = {
        **_head(about, kind, found["number"], _facts(about)),
        "stamp": about.says("void") if found["void"] else "",
        "columns": [about.says(key) for key in ("line", "deposit", "amount")],
        "rows": list(_rows(about)),
        "totals": [*totals(about), *([] if alone else _own_balance(about))],
        "balance": _balance(about, balance, [i["number"] for i in together["invoices"]]),
        "pay": None if way is None else _way_to_pay(about, *way),
        "parts": [part for part in (payments(about), None if alone else _together(about)) if part],
        "notes": list(_notes(about, _named_lines(about))),
        "terms": _terms(about),
    }
    return Paper("invoice", _file("facture", found["number"]), _made(found["issued_on"]), data)


def credit_paper(about: Printed, note: Row) -> Paper:
    """What stands on a credit note."""
    kind, number = about.says("credit_note"), note["number"]
    facts = [
        [about.says("number"), number],
        [about.says("date"), about.day(note["issued_on"])],
        [about.says("of_invoice"), about.found["number"]],
    ]
    credited = total((line["amount"] for line in note["lines"]), about.currency)
    names = {line["line"]: line["activity"] or about.says("taken_over") for line in note["lines"]}
    data = {
        **_head(about, kind, number, facts),
        "stamp": "",
        "columns": [about.says(key) for key in ("line", "deposit", "credit")],
        "rows": [_credited(about, line) for line in note["lines"]],
        "totals": list(included_taxes(about, credited["minor"])),
        "balance": {"what": about.says("credited"), "amount": about.sum(credited), "of": ""},
        "pay": None,
        "parts": [],
        "notes": list(_notes(about, names, number)),
        "terms": None,
    }
    return Paper("invoice", _file("note-de-credit", number), _made(note["issued_on"]), data)


def _way_to_pay(about: Printed, link: str, last: date) -> dict[str, Any]:
    """For the client's own telephone (FAC-2)."""
    return {
        "title": about.says("pay_online"),
        "link": link,
        "image": list(qr_code(link)),
        "until": about.says("pay_until", day=about.day(last.isoformat())),
    }


def _head(about: Printed, kind: str, number: str, facts: Sequence[Sequence[str]]) -> dict[str, Any]:
    name = about.found["billing_name"]
    return {
        **sheet(about.language, about.school, Currency(about.currency)),
        "kind": kind,
        "title": f"{kind} {number}",
        "facts": facts,
        "to": [name, *postal_address(about)],
    }


def postal_address(about: Printed) -> list[str]:
    """A company's, else the client's own; erased with the dossier (DOS-11, DOS-16)."""
    if about.masked and about.person["state"] == "active":
        return [MASKED]
    if about.person["state"] != "active":
        return [ERASED]
    if not about.paper["own"]:
        return lines_of(about.paper["address"])
    own = address(about.language, about.person)
    return own if name_of(about.person) == about.found["billing_name"] else [name_of(about.person), *own]


def _facts(about: Printed) -> list[list[str]]:
    found = about.found
    facts = [[about.says("number"), found["number"]], [about.says("date"), about.day(found["issued_on"])]]
    first = [i["number"] for i in found["together"]["invoices"] if i["id"] == found["supplement_of"]]
    return facts + [[about.says("adds_to"), number] for number in first]


def _rows(about: Printed) -> Iterator[dict[str, Any]]:
    places = {place["line"]: place for place in about.paper["places"]}
    asked = any(0 < line["deposit"]["minor"] < line["price"]["minor"] for line in about.found["lines"])
    for line in about.found["lines"]:
        yield {
            "what": line["activity"] or about.says("taken_over"),
            "details": list(_details(about, line, places.get(line["id"]))),
            "struck": line["case"] is not None,
            "deposit": about.sum(line["deposit"]) if asked else "",
            "amount": about.sum(line["price"]),
        }


def _details(about: Printed, line: Row, place: Row | None) -> Iterator[str]:
    if line["done_on"] is not None:
        yield about.says("done_on", day=about.day(line["done_on"]))
    elif line["case"] is not None:
        yield about.says("cancelled_on", day=about.day(line["case"]["opened_at"]))
        if line["case"]["kept"] is not None and line["case"]["kept"]["minor"]:
            yield about.says("kept", amount=about.sum(line["case"]["kept"]))
    elif place is not None and place["starts"] is not None:
        yield _date(about, place)
    elif place is not None and place["state"] == "to_schedule":
        yield about.says("to_schedule")
    before = line["price"]
    for reason in line["reasons"]:
        if reason["code"] == "discount" and before != reason["after"]:
            yield about.says("discount", amount=about.sum(before))
        elif reason["code"] not in _UNSAID | {"done"}:
            yield fine(about.language, label(about.language, "price_reason", reason["code"]))
        before = reason["after"]


def _date(about: Printed, place: Row) -> str:
    days = span(
        about.language,
        local_day(place["starts"], place["zone"]),
        local_day(place["ends"], place["zone"]),
    )
    where = about.says("online") if place["online"] else place["venue"]
    return ", ".join(filter(None, (days, where, place["city"])))


def _balance(about: Printed, balance: Figures, numbers: Sequence[str]) -> dict[str, str]:
    minor = balance["minor"]
    key = "owed" if minor > 0 else "in_credit" if minor < 0 else "settled"
    if minor == 0 and about.found["open_cases"]:
        key = "balance"
    of = about.says("of_all", numbers=listed(about.language, numbers)) if len(numbers) > 1 else ""
    return {"what": about.says(key), "amount": about.sum(about.of(abs(minor))), "of": of}


def _own_balance(about: Printed) -> list[dict[str, Any]]:
    return [{"what": about.says("of_this_one"), "amount": about.sum(about.found["balance"])}]


def _together(about: Printed) -> dict[str, Any]:
    """The first invoice and those that add to it (FAC-9)."""
    rows = [
        {"when": about.says("invoice"), "what": i["number"], "amount": about.sum(i["balance"])}
        for i in about.found["together"]["invoices"]
    ]
    return {"title": about.says("together"), "rows": rows}


def _named_lines(about: Printed) -> dict[str, str]:
    return {line["id"]: line["activity"] or about.says("taken_over") for line in about.found["lines"]}


def _notes(about: Printed, names: Mapping[str, str], of: str | None = None) -> Iterator[dict[str, Any]]:
    """What was written for the client to read; on a credit note its own reason, or its lines' notes."""
    for note in about.paper["notes"]:
        mine = note["credit_note"] == of or (note["credit_note"] is None and note["line"] in names)
        if of is None or mine:
            what = names.get(note["line"], "")
            said_of = ", ".join(filter(None, (what, about.day(note["at"]))))
            yield {"about": said_of, "lines": lines_of(note["text"]) or [ERASED]}


def _credited(about: Printed, line: Row) -> dict[str, Any]:
    details = [about.says("price_was", amount=about.sum(line["price"]))]
    if line["kept"] is not None and line["kept"]["minor"]:
        details.append(about.says("kept", amount=about.sum(line["kept"])))
    return {
        "what": line["activity"] or about.says("taken_over"),
        "details": details,
        "struck": False,
        "deposit": "",
        "amount": about.sum(line["amount"]),
    }


def _terms(about: Printed) -> dict[str, Any]:
    """The terms of each line's region, with the page that says them whole (INS-9)."""
    regions = _regions(about)
    key = "both" if len(regions) > 1 else regions[0].value
    texts = [label(about.language, "mail", f"terms_{name}") for name in (key, "later")]
    links = []
    for region in regions:
        if url := terms_page(about.school, region, about.portal):
            where = label(about.language, "document", f"terms_of_{region.value}")
            links.append({"before": about.says("terms_link", where=where), "url": url})
    return {
        "title": about.says("terms"),
        "lines": [fine(about.language, text) for text in texts],
        "links": links,
    }


def _regions(about: Printed) -> list[Region]:
    """Europe in person, or Canada and EN LIGNE; both for a place whose date is to be chosen."""
    found: set[Region] = set()
    for place in about.paper["places"]:
        if place["state"] == "to_schedule":
            found |= {Region.CANADA, Region.EUROPE}
        elif place["starts"] is not None:
            found.add(Region.EUROPE if place["region"] == "europe" else Region.CANADA)
    if not found:
        found.add(Region.EUROPE if about.currency == Currency.EUR else Region.CANADA)
    return sorted(found)


def _made(iso: str) -> date:
    return date.fromisoformat(iso)


def _file(kind: str, number: str) -> str:
    return f"{kind}-{re.sub('[^A-Za-z0-9-]+', '-', number)}"
