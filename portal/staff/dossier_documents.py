"""The documents of a dossier, /dossiers/{id}/documents: put in, read, decided on (DOS-15, INS-6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID, uuid5

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from starlette.datastructures import FormData

from aggregates.client.documents.events import DocumentKind
from aggregates.kernel import Refused
from commands.access import both
from commands.clients.attach_document import AttachDocument
from commands.clients.remove_document import RemoveDocument
from commands.documents import Incoming, take_in
from commands.registrations.accept_proof import AcceptProof
from commands.registrations.reject_proof import RejectProof
from portal import form
from portal.acts import FormAct, carry_out, wished
from portal.page import Page, page_for, see_other, uuid_or_none
from portal.staff.dossier import show_dossier
from portal.upload import brought_by
from read_api.documents_of_client import document_for
from read_api.queries import READ_DOCUMENT, READ_DOSSIER

router = APIRouter(include_in_schema=False)
FilePage = Annotated[Page, Depends(page_for(both(READ_DOSSIER, READ_DOCUMENT)))]
UploadPage = Annotated[Page, Depends(page_for(both(READ_DOSSIER, AttachDocument.ALLOWED)))]
DecisionPage = Annotated[Page, Depends(page_for(both(READ_DOSSIER, AcceptProof.ALLOWED)))]
_TAB = "documents"


@dataclass(frozen=True)
class _Which:
    """A document, and whose."""

    client: UUID
    document: UUID

    def only(self, _filled: FormData) -> Mapping[str, Any]:
        return {"client": self.client, "document": self.document}


def _accepted(which: _Which, filled: FormData) -> Mapping[str, Any]:
    return {**which.only(filled), "registration": form.text(filled, "registration")}


def _rejected(which: _Which, filled: FormData) -> Mapping[str, Any]:
    reason = form.text(filled, "reason")
    if reason is None:
        raise form.WrongFieldError(f"reason-{which.document}", "Dites pourquoi : le client le lira.")
    return {**_accepted(which, filled), "reason": reason}


_ACTS: Mapping[str, FormAct[_Which]] = {
    "accept": FormAct(AcceptProof, "proof_accepted", _accepted),
    "reject": FormAct(RejectProof, "proof_rejected", _rejected),
    "remove": FormAct(RemoveDocument, "document_removed", _Which.only),
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
    wish = wished(page, filled, _ACTS)
    outcome = await carry_out(page, filled, wish, _Which(client, document))
    if outcome.answer is None:
        return await show_dossier(page, client, tab=_TAB, refused=outcome.refused, errors=outcome.errors)
    return see_other(f"/dossiers/{client}?onglet={_TAB}", outcome.answer.position, wish.done)
