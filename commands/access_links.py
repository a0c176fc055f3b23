"""The tokens of links that let one person in, once: made when the mail leaves, stored nowhere (DOS-3)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest
from uuid import UUID

from aggregates.kernel import fold_email
from aggregates.links import LinkPurpose
from schema.keys import Vault

_PURPOSES = tuple(LinkPurpose)
_STAFF = 0x80
_SIGNED, _SIGNATURE, _ADDRESS = 33, 16, 8


@dataclass(frozen=True)
class AccessLink:
    """What a token says: for whom, for what, which one of them, and until when."""

    person: UUID
    staff: bool
    purpose: LinkPurpose
    number: int
    until: datetime
    address: bytes
    """A keyed hash of where it was sent: it works for that address alone."""


class AccessLinks:
    """Makes and reads them; signed under the lookup key with 128 bits."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def address(self, email: str) -> bytes:
        """The keyed hash of an address as tokens hold it."""
        return self._vault.keyed_hash("access link address", fold_email(email))[:_ADDRESS]

    def token(self, link: AccessLink) -> str:
        """What stands in the address of the page."""
        what = b"".join(
            (
                link.person.bytes,
                bytes((_PURPOSES.index(link.purpose) | (_STAFF if link.staff else 0),)),
                link.number.to_bytes(4, "big"),
                int(link.until.timestamp()).to_bytes(4, "big"),
                link.address,
            )
        )
        return base64.urlsafe_b64encode(what + self._signature(what)).decode().rstrip("=")

    def read(self, token: str) -> AccessLink | None:
        """What the token says; None when it is none of ours. Whether it still works, its stream tells."""
        try:
            signed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        what, signature = signed[:_SIGNED], signed[_SIGNED:]
        if not compare_digest(signature, self._signature(what)):
            return None
        return AccessLink(
            person=UUID(bytes=what[:16]),
            staff=bool(what[16] & _STAFF),
            purpose=_PURPOSES[what[16] & ~_STAFF],
            number=int.from_bytes(what[17:21], "big"),
            until=datetime.fromtimestamp(int.from_bytes(what[21:25], "big"), UTC),
            address=what[25:],
        )

    def _signature(self, what: bytes) -> bytes:
        return self._vault.keyed_hash("access link", what)[:_SIGNATURE]
