"""Whom to tell of a hole, /.well-known/security.txt (RFC 9116): there if the settings name somebody."""

from __future__ import annotations

from datetime import timedelta

from fastapi import Request, Response

from schema.clock import machine_time

PATH = "/.well-known/security.txt"
_HOLDS = timedelta(days=180)


async def said(request: Request) -> Response:
    """What `app.state.security_contact` names, until half a year from now."""
    state = request.app.state
    until = machine_time() + _HOLDS
    lines = (
        f"Contact: {state.security_contact}",
        f"Expires: {until:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: fr, en",
        f"Canonical: {state.public_url}{PATH}",
    )
    return Response("\n".join((*lines, "")), media_type="text/plain")
