"""A page for who is not logged in: the frame without a menu."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi.responses import HTMLResponse

from portal.page import templates


def sheet(template: str, context: Mapping[str, Any], status: int = 200) -> HTMLResponse:
    """The template with what the frame asks for; the context may say more of it."""
    frame = {"me": None, "csrf": "", "path": "", "query": "", "notice": None, "refusal": None}
    return HTMLResponse(templates().get_template(template).render(frame | dict(context)), status)


def private_sheet(template: str, context: Mapping[str, Any], status: int = 200) -> HTMLResponse:
    """Of an address that lets in whoever knows it: no other site is told."""
    shown = sheet(template, context, status)
    shown.headers["Referrer-Policy"] = "no-referrer"
    return shown
