"""GET /api/clients/{id}/documents: what a dossier holds, and the files themselves (DOS-15, AUD-4)."""

from __future__ import annotations

from typing import Annotated, Any, cast
from urllib.parse import quote
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, Depends, Path, Request, Response

from aggregates.kernel import Role
from commands.authentication import Asker, allowed
from projections import dossier, proofs
from projections.query import Reads, wait_for
from read_api.access_trail import record_access
from read_api.documents import reach
from read_api.lists import After, NotFoundError, ReadsOf, answer, position_of
from read_api.parameters import ClientId
from read_api.queries import READ_DOCUMENT
from read_api.shapes import ID
from read_api.shapes_dossier import Documents
from schema.access_trail import Reading
from schema.files import Files

router = APIRouter(prefix="/api/clients", tags=["documents"])
_MODELS = ("proofs", "dossier", "catalogue")
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file, to be saved.", "content": {"application/octet-stream": {}}}
}
DocumentId = Annotated[UUID, Path(description="Id of the document.", examples=[ID])]
SAFE = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}
"""What somebody else made runs nothing in the portal's name."""


@router.get("/{client}/documents", response_model=Documents)
async def list_documents(
    request: Request,
    client: ClientId,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(READ_DOCUMENT))],
    after: After = None,
) -> Response:
    """The documents of the dossier, newest first, and the proofs still awaited before them."""
    reach(asker, client)
    fresh = await wait_for(connection, _MODELS, position_of(after))
    if await dossier.identity(connection, client) is None:
        raise NotFoundError
    items = await proofs.documents(connection, client)
    return answer(request, asker, {"items": items}, fresh)


@router.get("/{client}/documents/{document}/file", response_class=Response, responses=_FILE)
async def read_document(
    request: Request,
    client: ClientId,
    document: DocumentId,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(READ_DOCUMENT))],
    after: After = None,
) -> Response:
    """The file itself. Noted in the access trail when staff have it."""
    reach(asker, client)
    await wait_for(connection, _MODELS, position_of(after))
    return await document_for(request, connection, asker, client, document)


async def document_for(
    request: Request, connection: Reads, asker: Asker, client: UUID, document: UUID
) -> Response:
    """The file as a download, once it is noted who of the staff has it. Raises NotFoundError."""
    found = await proofs.file(connection, client, document)
    files = cast("Files", request.app.state.files)
    content = None if found is None else await anyio.to_thread.run_sync(files.content, document)
    if found is None or content is None:
        raise NotFoundError
    if asker.who.role is not Role.CLIENT:
        await record_access(request, connection, asker, Reading.DOCUMENT, client)
    name = f"attachment; filename*=UTF-8''{quote(found['name'] or str(document), safe='')}"
    return Response(content, media_type=found["media"], headers=SAFE | {"Content-Disposition": name})
