"""Tax receipts of a workshop closed in Québec, a page per person, in one go (FAC-7, ATE-7)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from aggregates.catalogue.settings import SchoolSettings
from aggregates.kernel import Currency
from processors.documents.figures import Printed, included_taxes
from processors.documents.invoice import postal_address
from processors.documents.press import Paper
from processors.documents.words import local_day, said, sheet, span
from projections import catalogue, papers, workshop_dates
from projections.query import Reads, Row
from schema.wording import Language

_CURRENCY = Currency.CAD


async def tax_receipts(
    connection: Reads,
    workshop: UUID,
    *,
    registration: UUID | None = None,
    language: Language = "fr",
    masked: bool = False,
) -> Paper | None:
    """One page for each who followed it and whose payment was deposited; None where there are none.

    Only for workshops in Canada or EN LIGNE that are closed. `language` is that of the file's title.
    """
    header = await workshop_dates.one(connection, workshop)
    rows = await papers.receipts(connection, workshop, _CURRENCY, registration)
    if header is None or not rows:
        return None
    school = await catalogue.school(connection)
    last = local_day(header["ends"], header["zone"])
    data = {
        **sheet(language, school, _CURRENCY),
        "title": said(language, "tax_receipts", activity=header["activity"] or ""),
        "receipts": [_receipt(row, header, school, masked=masked) for row in rows],
    }
    return Paper("tax_receipts", f"recus-{last.isoformat()}", last, data, persons=len(rows))


async def receipt_of(connection: Reads, workshop: UUID, registration: UUID) -> Paper | None:
    """One receipt alone, in its client's language; None where there is none."""
    rows = await papers.receipts(connection, workshop, _CURRENCY, registration)
    language: Language = "en" if rows and rows[0]["person"]["language"] == "en" else "fr"
    return await tax_receipts(connection, workshop, registration=registration, language=language)


def _receipt(row: Row, header: Row, school: SchoolSettings, *, masked: bool) -> dict[str, Any]:
    person = row["person"]
    found = {"billing_name": row["billing_name"], "total": row["paid"]}
    about = Printed(found, papers.masked(row) if masked else row, person, school, masked)
    language = about.language
    days = (local_day(header["starts"], header["zone"]), local_day(header["ends"], header["zone"]))
    where = header["venue"]["city"] if header["venue"] else said(language, "online")
    facts = [
        [said(language, "invoice"), row["number"]],
        [said(language, "participant"), f"{person['first_name']} {person['last_name']}".strip()],
        [said(language, "line"), header["activity"] or ""],
        [said(language, "date"), span(language, *days)],
        [said(language, "place"), where],
        [said(language, "paid_on"), "\n".join(_payments(about, row["payments"]))],
    ]
    return {
        "language": language,
        "kind": said(language, "tax_receipt"),
        "to": [row["billing_name"], *postal_address(about)],
        "facts": facts,
        "amount": {"what": said(language, "amount_paid"), "amount": about.sum(row["paid"])},
        "taxes": list(included_taxes(about, row["paid"]["minor"])),
        "keep": said(language, "keep_receipt"),
        "signed": said(language, "signed_for", school=school.issuer_of(_CURRENCY).name),
    }


def _payments(about: Printed, payments: Iterable[Row]) -> list[str]:
    return [about.says("payment_of", day=about.day(p["at"]), amount=about.sum(p["amount"])) for p in payments]
