"""An address as a picture for a telephone's camera, on paper."""

from __future__ import annotations

import io

import segno


def qr_code(address: str) -> bytes:
    """An SVG file, the same bytes for the same address."""
    drawn = io.BytesIO()
    segno.make_qr(address, error="m").save(drawn, kind="svg", border=2, xmldecl=False, nl=False)
    return drawn.getvalue()
