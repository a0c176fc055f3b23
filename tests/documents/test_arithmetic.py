"""Whatever happened to an invoice's money, what is printed adds up to what is owed (FAC-2, FAC-7, FAC-9)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from processors.documents.figures import Printed, totals
from processors.documents.words import said
from projections import invoices, papers
from projections.query import Reads
from service.bootstrap import MODELS
from service.demo.school import school as demo_school
from tests.projections.trading import histories
from tests.support.projecting import Projecting, projecting

pytestmark = pytest.mark.rule("FAC-7", "FAC-9")
WITHHELD = said("fr", "held_in_case")


@pytest.fixture
def models(database: str) -> Iterator[Projecting]:
    with projecting(database, MODELS) as made:
        yield made


def minor(text: str) -> int:
    """« −1 250,00 $ » as cents."""
    digits = int(re.sub(r"\D", "", text))
    return -digits if text.startswith("−") else digits


async def printed(invoice: UUID, connection: Reads) -> Printed:
    found, paper = await invoices.invoice(connection, invoice), await papers.paper(connection, invoice)
    assert found is not None
    assert paper is not None
    return Printed(found, paper, {"language": "fr"}, demo_school().settings)


def test_the_lines_under_any_invoice_come_to_its_balance(models: Projecting) -> None:
    seen: dict[str, int] = {"open": 0, "settled": 0, "credit": 0, "withheld": 0}
    for _, history in histories(11, 1_200):
        models.given(*history)
        for invoice in dict.fromkeys(stream for stream, _ in history):
            if models.ask(lambda c, i=invoice: papers.paper(c, i)) is None:  # type: ignore[misc]
                continue
            about = models.ask(lambda c, i=invoice: printed(i, c))  # type: ignore[misc]
            rows: list[dict[str, Any]] = [row for row in totals(about) if not row.get("quiet")]
            assert sum(minor(row["amount"]) for row in rows) == about.found["balance"]["minor"]
            withheld = [minor(row["amount"]) for row in rows if row["what"] == WITHHELD]
            assert len(withheld) <= about.found["open_cases"], "only what a case holds is said of no line"
            assert all(amount > 0 for amount in withheld)
            seen[about.found["state"]] += 1
            seen["withheld"] += len(withheld)
    assert all(seen.values()), seen
