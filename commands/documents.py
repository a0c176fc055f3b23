"""POST /api/clients/{id}/documents: a file is kept in the dossier, in one step (DOS-15, INS-6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, cast
from uuid import UUID, uuid5

import anyio.to_thread
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from aggregates.client.documents.events import DocumentKind
from aggregates.kernel import Refused
from commands.access import Principal
from commands.authentication import Asker, allowed
from commands.clients.attach_document import AttachDocument
from commands.files import LARGEST, FileName, recognised
from commands.http import Done, command_id, limited_body, run
from commands.message import Answer
from schema.files import Files

router = APIRouter(prefix="/api/clients", tags=["commands"])
_ID = "4f0c7a52-6f0e-4f5e-9d5e-0a7c3f1c2b3d"


@dataclass(frozen=True)
class Incoming:
    """A file as it came, and what it is to be in the dossier."""

    client: UUID
    name: str
    content: bytes
    kind: DocumentKind = DocumentKind.OTHER
    registration: UUID | None = None


@router.post("/{client}/documents", response_model=Done, responses={409: {}, 413: {}})
async def upload_document(
    request: Request,
    client: Annotated[UUID, Path(description="Id of the client.", examples=[_ID])],
    asker: Annotated[Asker, Depends(allowed(AttachDocument.ALLOWED))],
    name: FileName,
    kind: Annotated[
        DocumentKind, Query(description="What it is for.", examples=["other"])
    ] = DocumentKind.OTHER,
    registration: Annotated[
        UUID | None, Query(description="It is the proof of this registration's discount.", examples=[_ID])
    ] = None,
) -> Response:
    """Keep a PDF, JPEG, PNG or HEIC of 10 MB at most in the dossier; the body is the file.

    The answer names it as `document`.
    """
    content = await limited_body(request, LARGEST)
    id_ = command_id(asker.who, request.headers.get("idempotency-key"))
    made = await take_in(request, asker.who, Incoming(client, name, content, kind, registration), id_)
    return Response(made.to_bytes(), media_type="application/json")


async def take_in(request: Request, who: Principal, file: Incoming, id_: UUID) -> Answer:
    """Store the file and attach it under that command id; what is refused is not kept.

    Raises UnknownFileType, and what dispatch raises.
    """
    media = recognised(file.content)
    assert who.user is not None
    owner, document = who.user, uuid5(id_, "file")
    state = request.app.state
    files, at = cast("Files", state.files), cast("datetime", await anyio.to_thread.run_sync(state.clock))

    def keep() -> None:
        files.keep(document, file.content, name=file.name, media=media, owner=owner, at=at)

    await anyio.to_thread.run_sync(keep, limiter=state.dispatch_limiter)
    wish = AttachDocument(client=file.client, file=document, kind=file.kind, registration=file.registration)
    try:
        return await run(request, wish, who, id_)
    except Refused:
        await anyio.to_thread.run_sync(files.drop, document, limiter=state.dispatch_limiter)
        raise
