"""POST /api/files: staff upload what their e-mails link to (COM-5, COM-6)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, ClassVar, cast
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from aggregates.kernel import Refused, Role
from commands.access import Allowed, Principal, anyone
from commands.authentication import Asker, allowed
from commands.http import command_id, limited_body
from schema.files import Files

UPLOAD_FILES: Allowed = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING, Role.ADMIN)
LARGEST = 10_000_000
_FIRST_BYTES = {
    "application/pdf": re.compile(rb"%PDF-"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/heic": re.compile(rb".{4}ftyp(heic|heix|heim|heis|hevc|hevx|mif1|msf1)", re.DOTALL),
}
"""What may be uploaded, told by its first bytes; nothing a browser would run."""
router = APIRouter(prefix="/api/files", tags=["commands"])


FileName = Annotated[
    str,
    Query(
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00-\x1f\x7f/\\]+$",
        description="The file's name, as its readers see it.",
        examples=["programme.pdf"],
    ),
]


class UnknownFileType(Refused):
    """The file is neither PDF nor JPEG, PNG or HEIC, or not the one it is said to be."""

    code: ClassVar[str] = "unknown_file_type"
    rule: ClassVar[str] = "DOS-15"


def recognised(content: bytes) -> str:
    """The media type that the first bytes tell. Raises UnknownFileType."""
    for media, first in _FIRST_BYTES.items():
        if first.match(content):
            return media
    raise UnknownFileType


class Uploaded(BaseModel):
    """The file's id, to be given to `compose-mailing`, `write-to-client` and the like."""

    file: UUID = Field(examples=["4f0c7a52-6f0e-4f5e-9d5e-0a7c3f1c2b3d"])


@router.post("", response_model=Uploaded, responses={409: {}, 413: {}})
async def upload_file(
    request: Request,
    asker: Annotated[Asker, Depends(allowed(UPLOAD_FILES))],
    name: FileName,
) -> Response:
    """Store a PDF, JPEG, PNG or HEIC of 10 MB at most, sealed; the body is the file with its Content-Type."""
    content = await limited_body(request, LARGEST)
    media = recognised(content)
    if media != request.headers.get("content-type", "").partition(";")[0].strip().lower():
        raise UnknownFileType
    id_ = command_id(asker.who, request.headers.get("idempotency-key"))
    await keep_file(request, asker.who, id_, name, content)
    return Response(Uploaded(file=id_).model_dump_json(), media_type="application/json")


async def keep_file(request: Request, who: Principal, id_: UUID, name: str, content: bytes) -> None:
    """Store under that id what a mail is to link to. Raises UnknownFileType."""
    media = recognised(content)
    assert who.user is not None
    state, user = request.app.state, who.user
    files, at = cast("Files", state.files), cast("datetime", await anyio.to_thread.run_sync(state.clock))

    def keep() -> None:
        files.keep(id_, content, name=name, media=media, owner=user, at=at)

    await anyio.to_thread.run_sync(keep, limiter=state.dispatch_limiter)
