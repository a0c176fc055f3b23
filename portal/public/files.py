"""A file that an e-mail links to, /fichiers/TOKEN: without log-in, until the link ends (COM-6)."""

from __future__ import annotations

from datetime import datetime
from typing import cast
from urllib.parse import quote

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response

from portal.language import later
from portal.public.sheet import sheet
from processors.runtime.links import Links
from schema.files import Files

router = APIRouter(include_in_schema=False)


@router.get("/fichiers/{token}")
async def show(request: Request, token: str) -> Response:
    """The file, to be saved; an image shows where it is asked for by an e-mail."""
    state = request.app.state
    named = cast("Links", state.links).file_of(token)
    now = cast("datetime", await anyio.to_thread.run_sync(state.clock))
    if named is None or now.date() > named[1]:
        return sheet("public/link_over.html", {"title": later("Ce lien n’est plus valable")}, 404)
    files, file = cast("Files", state.files), named[0]
    head = (await anyio.to_thread.run_sync(files.heads, [file])).get(file)
    content = await anyio.to_thread.run_sync(files.content, file)
    if head is None or content is None:
        return sheet("public/link_over.html", {"title": later("Ce fichier n’existe plus")}, 404)
    shown = "inline" if head.media.startswith("image/") else "attachment"
    return Response(
        content,
        media_type=head.media,
        headers={
            "Content-Disposition": f"{shown}; filename*=UTF-8''{quote(head.name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "X-Robots-Tag": "noindex",
        },
    )
