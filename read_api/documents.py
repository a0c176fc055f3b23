"""GET …/pdf: documents as PDF, the same bytes for the same data (FAC-7, ATT-1, ATT-2, LIS-1)."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, cast
from uuid import UUID

import anyio
import anyio.to_thread
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from commands.access import Scope
from commands.authentication import Asker, allowed
from commands.problems import language_of
from processors.documents import invoice as invoices
from processors.documents.attestation import attestation
from processors.documents.press import Paper, pressed
from processors.documents.roster import roster
from processors.documents.tax_receipt import tax_receipts
from processors.runtime import phase_letters
from processors.runtime.links import Links
from projections import catalogue, papers as paper_model, participants, workshop_dates
from projections.query import Reads, wait_for
from read_api.access_trail import record_access
from read_api.lists import After, NotFoundError, ReadsOf, position_of
from read_api.parameters import ClientId, InvoiceId, WorkshopId
from read_api.queries import (
    PRINT_ATTESTATION,
    PRINT_INVOICE,
    PRINT_PHASE_LETTER,
    PRINT_TAX_RECEIPTS,
    READ_ROSTER,
    masks_contact,
)
from read_api.roster import MODELS as ROSTER, sees_money
from read_api.shapes import ID
from read_api.workshop_dates import now, own_workshop
from schema.access_trail import Reading

router = APIRouter(prefix="/api", tags=["documents"])
PDF = "application/pdf"
FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The document.", "content": {PDF: {}}},
    304: {"description": "The document is the one that has this ETag."},
}
"""For the OpenAPI file: what a route answers that prints one."""
_PRINTS: dict[str, Any] = {"response_class": Response, "responses": FILE}
_INVOICE = ("money", "cases", "papers", "dossier", "workshop_dates", "catalogue")
_DOSSIER = ("dossier", "phases", "workshop_dates", "catalogue")
_AT_ONCE = 2
"""Documents that one process sets at the same time: each takes a core for some milliseconds."""
_press = anyio.CapacityLimiter(_AT_ONCE)
CreditNoteNumber = Annotated[
    str, Path(max_length=40, description="Number of the credit note.", examples=["CA-N-2026-0007"])
]

RegistrationId = Annotated[UUID, Path(description="Id of the registration.", examples=[ID])]
EnrolmentId = Annotated[UUID, Path(description="Id of the enrolment in a phase.", examples=[ID])]


@router.get("/invoices/{invoice}/pdf", **_PRINTS)
async def print_invoice(
    request: Request,
    invoice: InvoiceId,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(PRINT_INVOICE))],
    after: After = None,
) -> Response:
    """The invoice with its credit notes, payments and supplements as one balance, in the client's language.

    Noted in the access trail.
    """
    await wait_for(connection, _INVOICE, position_of(after))
    found = await paper_model.paper(connection, invoice)
    if found is None:
        raise NotFoundError
    reach(asker, UUID(found["client"]))
    links = cast("Links", request.app.state.links)
    paper = await invoices.invoice(
        connection,
        invoice,
        masked=masks_contact(asker.who),
        pay=links.printed_pay,
        portal=links.public_url,
    )
    return await printed(request, connection, asker, paper, Reading.INVOICE_PDF, invoice)


@router.get("/credit-notes/{number}/pdf", **_PRINTS)
async def print_credit_note(
    request: Request,
    number: CreditNoteNumber,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(PRINT_INVOICE))],
    after: After = None,
) -> Response:
    """A credit note: what it takes off which lines, and why, in the client's language.

    Noted in the access trail.
    """
    await wait_for(connection, _INVOICE, position_of(after))
    client = await invoices.client_of_credit_note(connection, number)
    if client is None:
        raise NotFoundError
    reach(asker, client)
    paper = await invoices.credit_note(connection, number, masked=masks_contact(asker.who))
    return await printed(request, connection, asker, paper, Reading.CREDIT_NOTE_PDF, client)


@router.get("/clients/{client}/registrations/{registration}/attestation/pdf", **_PRINTS)
async def print_attestation(
    request: Request,
    client: ClientId,
    registration: RegistrationId,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(PRINT_ATTESTATION))],
    after: After = None,
) -> Response:
    """The attestation of attendance for a followed workshop that is over, in the client's language.

    Noted in the access trail.
    """
    await wait_for(connection, _DOSSIER, position_of(after))
    reach(asker, client)
    paper = await attestation(connection, client, registration, now(request))
    return await printed(request, connection, asker, paper, Reading.ATTESTATION_PDF, client)


@router.get("/clients/{client}/phases/{enrolment}/letter/pdf", **_PRINTS)
async def print_phase_letter(
    request: Request,
    client: ClientId,
    enrolment: EnrolmentId,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(PRINT_PHASE_LETTER))],
    after: After = None,
) -> Response:
    """The letter of a finished phase 1 or 2; to be read before it is sent, it sends nothing.

    Noted in the access trail.
    """
    await wait_for(connection, (*_DOSSIER, "templates"), position_of(after))
    hidden = masks_contact(asker.who)
    paper = await phase_letters.letter(connection, client, enrolment, now(request), masked=hidden)
    return await printed(request, connection, asker, paper, Reading.PHASE_LETTER_PDF, client)


@router.get("/workshops/{workshop}/tax-receipts/pdf", **_PRINTS)
async def print_tax_receipts(
    request: Request,
    workshop: WorkshopId,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(PRINT_TAX_RECEIPTS))],
    registration: Annotated[
        UUID | None, Query(description="Of this registration only.", examples=[ID])
    ] = None,
    after: After = None,
) -> Response:
    """Tax receipts of a closed workshop in Canada or EN LIGNE, a page per person who followed and paid.

    Each in the client's language. Noted in the access trail.
    """
    await wait_for(connection, (*_INVOICE, "workshop_dates"), position_of(after))
    await own_workshop(connection, workshop, asker)
    hidden, language = masks_contact(asker.who), language_of(request)
    paper = await tax_receipts(
        connection, workshop, registration=registration, language=language, masked=hidden
    )
    return await printed(request, connection, asker, paper, Reading.TAX_RECEIPTS_PDF, workshop)


@router.get("/workshops/{workshop}/roster/pdf", **_PRINTS)
async def print_roster(
    request: Request,
    workshop: WorkshopId,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(READ_ROSTER))],
    after: After = None,
) -> Response:
    """The list of participants to be printed, with money for those who may see it, in the reader's language.

    Noted in the access trail.
    """
    await wait_for(connection, ROSTER, position_of(after))
    header = await own_workshop(connection, workshop, asker)
    see_money = await sees_money(connection, workshop, asker)
    paper = roster(
        language_of(request),
        await catalogue.school(connection),
        header,
        await participants.participants(
            connection, workshop, see_money=see_money, see_contact=not masks_contact(asker.who)
        ),
        see_money=see_money,
        assistants=await participants.assistants(connection, workshop),
        cancelled=await workshop_dates.is_cancelled(connection, workshop),
        now=now(request),
    )
    return await printed(request, connection, asker, paper, Reading.ROSTER_PDF, workshop)


def reach(asker: Asker, client: UUID) -> None:
    """Clients reach their own file only. Raises NotFoundError."""
    if asker.scope is Scope.OWN_FILE and client != asker.who.person:
        raise NotFoundError


async def printed(
    request: Request,
    connection: Reads,
    asker: Asker,
    paper: Paper | None,
    what: Reading,
    subject: UUID,
) -> Response:
    """The document, once it is noted who has it; 304 to who holds these bytes. Raises NotFoundError."""
    if paper is None:
        raise NotFoundError
    await record_access(request, connection, asker, what, subject, paper.persons)
    tag = f'"{hashlib.blake2b(paper.fingerprint(), digest_size=12).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    made = await anyio.to_thread.run_sync(pressed, paper, limiter=_press)
    headers["Content-Disposition"] = f'inline; filename="{paper.name}.pdf"'
    return Response(made, media_type=PDF, headers=headers)
