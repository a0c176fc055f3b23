"""Links by which an invoice is paid without logging in: signed, for one invoice, for some weeks (FAC-2)."""

from __future__ import annotations

import base64
import hmac
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import segno

from schema.keys import Vault

VALID_FOR = timedelta(days=30)
PRINTED_FOR = timedelta(days=365)
"""How long the link on a printed invoice works, from the day of the invoice."""
_PURPOSE = "pay_link"
_SIGNATURE = 16


def pay_link(vault: Vault, public_url: str, invoice: UUID, now: datetime) -> tuple[str, datetime]:
    """The address of the payment page, and when it ends; it names an id and nothing personal."""
    ends = (now + VALID_FOR).replace(microsecond=0)
    return _address(vault, public_url, invoice, ends), ends.astimezone(UTC)


def printed_pay_link(vault: Vault, public_url: str, invoice: UUID, issued_on: date) -> tuple[str, date]:
    """The same for paper, and the last day on which it works: no clock has a part in it, so that an invoice
    printed twice has the same bytes."""
    last = issued_on + PRINTED_FOR
    ends = datetime.combine(last + timedelta(days=1), time(), UTC)
    return _address(vault, public_url, invoice, ends), last


def _address(vault: Vault, public_url: str, invoice: UUID, ends: datetime) -> str:
    said = invoice.bytes + int(ends.timestamp()).to_bytes(4, "big")
    token = base64.urlsafe_b64encode(said + _signed(vault, said)).decode()
    return f"{public_url}/payer/lien/{token}"


def invoice_of(vault: Vault, token: str, now: datetime) -> UUID | None:
    """The invoice that may be paid by this link; None where it is not ours or over."""
    try:
        read = base64.b64decode(token, altchars=b"-_", validate=True)
    except ValueError:
        return None
    said, signature = read[:-_SIGNATURE], read[-_SIGNATURE:]
    if len(said) != 20 or not hmac.compare_digest(_signed(vault, said), signature):
        return None
    return UUID(bytes=said[:16]) if now.timestamp() < int.from_bytes(said[16:], "big") else None


def qr_code(address: str) -> str:
    """The address as a picture for a telephone's camera: SVG, dark on white in every theme."""
    return str(segno.make_qr(address, error="m").svg_inline(border=4, light="#fff", scale=5))


def _signed(vault: Vault, said: bytes) -> bytes:
    return vault.keyed_hash(_PURPOSE, said)[:_SIGNATURE]
