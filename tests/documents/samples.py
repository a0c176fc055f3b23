"""Writes docs/documents/ anew, a sample of each document: python -m tests.documents.samples [FOLDER]"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from processors.documents.attestation import attestation
from processors.documents.invoice import credit_note, invoice
from processors.documents.press import Paper, pressed
from processors.documents.roster import roster
from processors.documents.tax_receipt import tax_receipts
from processors.runtime.phase_letters import letter
from projections import catalogue, participants, workshop_dates
from projections.query import Reads
from schema.migrate import migrate
from service.bootstrap import MODELS
from service.embedded import Servers
from tests.documents.story import LATER, NOW, Told, attended_and_closed, tell
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import Sold, school_on

FOLDER = Path(__file__).parents[2] / "docs" / "documents"


async def roster_paper(
    told: Told, connection: Reads, *, see_money: bool = True, cancelled: bool = False
) -> Paper:
    """The list as the office prints it on the eve."""
    header = await workshop_dates.one(connection, told.laval)
    assert header is not None
    school = await catalogue.school(connection)
    rows = await participants.participants(connection, told.laval, see_money=see_money)
    return roster("fr", school, header, rows, see_money=see_money, cancelled=cancelled, now=NOW)


def _pays_at(_invoice: UUID, issued_on: date) -> tuple[str, date]:
    """A link that is the same each time the samples are made."""
    return "https://portail.example.com/payer/lien/EXEMPLE", issued_on + timedelta(days=365)


async def _attestation(sold: Sold, connection: Reads) -> Paper | None:
    return await attestation(connection, sold.client, sold.registration, LATER)


def papers(told: Told, models: Projecting) -> dict[str, Paper]:
    """Each document by the name of its sample; the workshop in Laval is over and closed by then."""
    before: dict[str, Callable[[Reads], Any]] = {
        "facture": partial(invoice, invoice=told.eloise.invoice, pay=_pays_at),
        "facture-anglais": partial(invoice, invoice=told.margaret.invoice),
        "facture-europe": partial(invoice, invoice=told.camille.invoice),
        "facture-entreprise": partial(invoice, invoice=told.company),
        "facture-phase": partial(invoice, invoice=told.phase_invoice),
        "facture-complement": partial(invoice, invoice=told.supplement),
        "note-de-credit": partial(credit_note, number=told.credit_note),
        "liste-de-participants": partial(roster_paper, told),
        "lettre-de-phase": partial(letter, client=told.student, enrolment=told.enrolment, now=NOW),
    }
    models.catch_up()
    found = {name: models.ask(query) for name, query in before.items()}
    attended_and_closed(told)
    models.catch_up()
    after: dict[str, Callable[[Reads], Any]] = {
        "attestation": partial(_attestation, told.eloise),
        "attestation-anglais": partial(_attestation, told.margaret),
        "recus-aux-fins-d-impot": partial(tax_receipts, workshop=told.laval),
    }
    return found | {name: models.ask(query) for name, query in after.items()}


def main() -> None:
    """Servers of its own, for a few seconds."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, Servers(Path(data), fsync=False) as servers:
        migrate(servers.database_url)
        with school_on(servers.database_url) as school, projecting(servers.database_url, MODELS) as models:
            for name, paper in papers(tell(school), models).items():
                (folder / f"{name}.pdf").write_bytes(pressed(paper))


if __name__ == "__main__":
    main()
