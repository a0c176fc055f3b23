"""The documents of a dossier, /dossiers/{id}/documents: put in, read, decided on (DOS-15, INS-6)."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID, uuid5

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from aggregates.client.documents.events import DocumentKind
from aggregates.kernel import Refused
from commands.access import both
from commands.clients.attach_document import AttachDocument
from commands.clients.remove_document import RemoveDocument
from commands.documents import Incoming, take_in
from commands.message import Command
from commands.registrations.accept_proof import AcceptProof
from commands.registrations.reject_proof import RejectProof
from portal import form
from portal.page import Page, page_for, see_other, uuid_or_none
from portal.staff.dossier import show_dossier
from portal.upload import brought_by
from read_api.documents_of_client import document_for
from read_api.lists import NotFoundError
from read_api.queries import READ_DOCUMENT, READ_DOSSIER

router = APIRouter(include_in_schema=False)
FilePage = Annotated[Page, Depends(page_for(both(READ_DOSSIER, READ_DOCUMENT)))]
UploadPage = Annotated[Page, Depends(page_for(both(READ_DOSSIER, AttachDocument.ALLOWED)))]
DecisionPage = Annotated[Page, Depends(page_for(both(READ_DOSSIER, AcceptProof.ALLOWED)))]
_TAB = "documents"
_ACTS: dict[str, tuple[type[Command], str]] = {
    "accept": (AcceptProof, "proof_accepted"),
    "reject": (RejectProof, "proof_rejected"),
    "remove": (RemoveDocument, "document_removed"),
}


@router.get("/dossiers/{client}/documents/{document}")
async def download(page: FilePage, client: UUID, document: UUID) -> Response:
    """To be saved, never shown by the portal; noted who had it."""
    async with page.reads.connection() as connection:
        return await document_for(page.request, connection, page.asker, client, document)


@router.post("/dossiers/{client}/documents")
async def upload(page: UploadPage, client: UUID) -> Response:
    """A file, as the proof of a place's discount where one is chosen."""
    came = await brought_by(page)
    if not came.content:
        return await show_dossier(page, client, tab=_TAB, errors={"file": "Choisissez d’abord un fichier."})
    use, key = form.text(came.fields, "use") or "", uuid_or_none(form.text(came.fields, "command_id"))
    if key is None:
        raise form.StaleFormError
    registration = uuid_or_none(use)
    kind = DocumentKind(use) if use in set(DocumentKind) else DocumentKind.OTHER
    who = page.session.principal
    file = Incoming(client, came.name, came.content, kind, registration)
    try:
        made = await take_in(page.request, who, file, uuid5(who.user or UUID(int=0), str(key)))
    except Refused as refused:
        return await show_dossier(page, client, tab=_TAB, refused=refused)
    return see_other(f"/dossiers/{client}?onglet={_TAB}", made.position, "document_attached")


@router.post("/dossiers/{client}/documents/{document}")
async def decide(page: DecisionPage, client: UUID, document: UUID) -> Response:
    """Accept it, reject it with a reason the client is told, or take it out of the dossier."""
    filled = await form.typed(page)
    act = form.text(filled, "act") or ""
    if act not in _ACTS:
        raise NotFoundError
    command, done = _ACTS[act]
    fields: dict[str, Any] = {"client": client, "document": document}
    if act != "remove":
        fields["registration"] = form.text(filled, "registration")
    if act == "reject":
        fields["reason"] = form.text(filled, "reason") or ""
    outcome = await form.send(page, filled, command, fields)
    if outcome.answer is not None:
        return see_other(f"/dossiers/{client}?onglet={_TAB}", outcome.answer.position, done)
    errors = {} if outcome.errors is None else {f"reason-{document}": "Dites pourquoi : le client le lira."}
    return await show_dossier(page, client, tab=_TAB, refused=outcome.refused, errors=errors)
