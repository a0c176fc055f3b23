"""A page's form that brings one file: read into memory, never to a disk in the clear (DOS-15)."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from commands.files import LARGEST
from commands.problems import MalformedError, TooLargeError
from portal.form import StaleFormError
from portal.page import Page

_AROUND = 100_000
"""Bytes of a form besides its file."""
_NO_NAME = re.compile(r"[\x00-\x1f\x7f/\\]")


class _InMemory(MultiPartParser):
    spool_max_size = LARGEST + _AROUND


@dataclass(frozen=True)
class Brought:
    """The form's fields, and the file with its name; an empty one where none was chosen."""

    fields: FormData
    name: str
    content: bytes


async def brought(request: Request, fields_at_most: int = 50) -> Brought:
    """The form with the file of its field `file`. Raises TooLargeError, MalformedError."""
    parser = _InMemory(request.headers, _limited(request), max_files=1, max_fields=fields_at_most)
    try:
        fields = await parser.parse()
    except (MultiPartException, KeyError) as error:
        raise MalformedError([{"field": "file", "code": "missing"}], "DOS-15") from error
    file = fields.get("file")
    if not isinstance(file, UploadFile):
        return Brought(fields, "", b"")
    content = await file.read()
    await fields.close()
    if len(content) > LARGEST:
        raise TooLargeError
    return Brought(fields, _NO_NAME.sub(" ", file.filename or "").strip()[-200:] or "document", content)


async def brought_by(page: Page, fields_at_most: int = 50) -> Brought:
    """The same of somebody logged in. Raises StaleFormError."""
    form = await brought(page.request, fields_at_most)
    given = str(form.fields.get("csrf", ""))
    if not secrets.compare_digest(given.encode(), (page.session.csrf or "-").encode()):
        raise StaleFormError
    return form


async def _limited(request: Request) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST + _AROUND:
            raise TooLargeError
        yield chunk
