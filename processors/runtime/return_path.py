"""Where a mail comes back: an address of its own per mail, which nobody but us can make (COM-10)."""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from email.message import EmailMessage
from uuid import UUID

from schema.keys import Vault

_TAG_BYTES = 9
_SUFFIX = 40
"""Id and tag in base 32: letters and digits, for who folds case."""


@dataclass(frozen=True)
class ReturnPaths:
    """Addresses `name+<id and tag>@domain` of the mailbox that takes what comes back."""

    address: str
    vault: Vault

    def of_message(self, message: EmailMessage) -> str:
        """The envelope's sender of a mail whose Message-ID is its row's."""
        return self.of(UUID(str(message["Message-ID"]).strip("<>").partition("@")[0]))

    def of(self, mail: UUID) -> str:
        """The address of this mail."""
        suffix = base64.b32encode(mail.bytes + self._tag(mail)).decode().lower()
        name, _, domain = self.address.rpartition("@")
        return f"{name}+{suffix}@{domain}"

    def mail_of(self, address: str) -> UUID | None:
        """The mail that comes back there; None for an address that we never made."""
        name, _, domain = self.address.casefold().rpartition("@")
        local, _, theirs = address.strip().casefold().rpartition("@")
        if theirs != domain or not local.startswith(f"{name}+"):
            return None
        suffix = local.removeprefix(f"{name}+")
        if len(suffix) != _SUFFIX:
            return None
        try:
            raw = base64.b32decode(suffix.upper())
        except (binascii.Error, ValueError):
            return None
        mail = UUID(bytes=raw[:16])
        return mail if hmac.compare_digest(raw[16:], self._tag(mail)) else None

    def _tag(self, mail: UUID) -> bytes:
        return self.vault.keyed_hash("return_path", mail.bytes)[:_TAG_BYTES]
