"""Links in mails that work without log-in: signed, bound to their purpose, holding ids only (COM-6)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hmac import compare_digest
from uuid import UUID

from commands.calendar_feeds import NONCE
from processors.runtime.payments.links import pay_link, printed_pay_link
from schema.keys import Vault

FILE_DAYS = 60
"""How long the link to a file, or to an invoice, lasts after the mail."""
PROOF_DAYS = 60
"""How long a client may send a proof by the link of a mail; the next mail has a new one."""
EXPORT_HOURS = 24
"""How long a link to all data of a client lasts (T27)."""
_SIGNATURE = 16
_UNSUBSCRIBE, _FILE, _PROOF = "link to unsubscribe", "link to a file", "link to send a proof"
_OFFER, _INVOICE = "link to an offered seat", "link to an invoice"
_EXPORT = "link to all data of a client"
_CALENDAR = "link to a calendar feed"
_PREFERENCES = "link to the preferences"
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Links:
    """Makes and reads them. A link to unsubscribe never expires: its reader may always say no (DOS-18)."""

    vault: Vault
    public_url: str
    pays: bool = False
    """Cards are paid on line."""

    def unsubscribe(self, client: UUID) -> str:
        """The address of the page, and of the one click of RFC 8058."""
        return f"{self.public_url}/desabonnement/{self._token(_UNSUBSCRIBE, client.bytes)}"

    def client_of(self, token: str) -> UUID | None:
        """Whom the link is for; None when it is none of ours."""
        found = self._read(_UNSUBSCRIBE, token, 16)
        return None if found is None else UUID(bytes=found)

    def preferences(self, client: UUID) -> str:
        """Where who has no log-in chooses them; like the one above it never expires (DOS-6)."""
        return f"{self.public_url}/preferences/{self._token(_PREFERENCES, client.bytes)}"

    def preferences_of(self, token: str) -> UUID | None:
        """Whose; None when it is none of ours."""
        found = self._read(_PREFERENCES, token, 16)
        return None if found is None else UUID(bytes=found)

    def file(self, file: UUID, at: datetime) -> str:
        """A link to a file that ends some weeks after that moment."""
        return f"{self.public_url}/fichiers/{self._until(_FILE, file, at)}"

    def file_of(self, token: str) -> tuple[UUID, date] | None:
        """The file, and the last day on which the link works."""
        return self._read_until(_FILE, token)

    def invoice(self, invoice: UUID, at: datetime) -> str:
        """A link to the invoice as PDF that ends some weeks after that moment (FAC-7)."""
        return f"{self.public_url}/facture/{self._until(_INVOICE, invoice, at)}"

    def invoice_of(self, token: str) -> tuple[UUID, date] | None:
        """The invoice, and the last day on which the link works."""
        return self._read_until(_INVOICE, token)

    def offer(self, client: UUID, workshop: UUID) -> str:
        """Where the client takes or declines the seat; the offer ends, not the link (ATE-2)."""
        return f"{self.public_url}/offre/{self._token(_OFFER, client.bytes + workshop.bytes)}"

    def offer_of(self, token: str) -> tuple[UUID, UUID] | None:
        """Client and workshop."""
        found = self._read(_OFFER, token, 32)
        return None if found is None else (UUID(bytes=found[:16]), UUID(bytes=found[16:]))

    def pay(self, invoice: UUID, at: datetime) -> str:
        """Where the invoice is paid without log-in; empty where nothing is paid on line (FAC-2)."""
        return pay_link(self.vault, self.public_url, invoice, at)[0] if self.pays else ""

    def printed_pay(self, invoice: UUID, issued_on: date) -> tuple[str, date] | None:
        """The same for its paper, and the last day on which it works; None where nothing is paid on line."""
        return printed_pay_link(self.vault, self.public_url, invoice, issued_on) if self.pays else None

    def _until(self, purpose: str, what: UUID, at: datetime) -> str:
        return self._token(purpose, what.bytes + _last(at, FILE_DAYS))

    def _read_until(self, purpose: str, token: str) -> tuple[UUID, date] | None:
        found = self._read(purpose, token, 20)
        if found is None:
            return None
        return UUID(bytes=found[:16]), _day(found[16:])

    def proof(self, client: UUID, registration: UUID, at: datetime) -> str:
        """Where the client sends the proof of this registration's discount (INS-6)."""
        what = client.bytes + registration.bytes + _last(at, PROOF_DAYS)
        return f"{self.public_url}/pieces/{self._token(_PROOF, what)}"

    def proof_of(self, token: str) -> tuple[UUID, UUID, date] | None:
        """Client, registration, and the last day on which the link works."""
        found = self._read(_PROOF, token, 36)
        if found is None:
            return None
        return UUID(bytes=found[:16]), UUID(bytes=found[16:32]), _day(found[32:])

    def export(self, client: UUID, reviewed: int, at: datetime) -> str:
        """All that is known of the client, for a day; `reviewed`: which words of the staff, by bit (T27)."""
        until = int((at + timedelta(hours=EXPORT_HOURS)).timestamp())
        what = client.bytes + reviewed.to_bytes(1, "big") + until.to_bytes(8, "big")
        return f"{self.public_url}/donnees/{self._token(_EXPORT, what)}"

    def export_of(self, token: str) -> tuple[UUID, int, datetime] | None:
        """Client, what was reviewed, and until when the link works."""
        found = self._read(_EXPORT, token, 25)
        if found is None:
            return None
        until = datetime.fromtimestamp(int.from_bytes(found[17:], "big"), UTC)
        return UUID(bytes=found[:16]), found[16], until

    def calendar(self, owner: UUID, nonce: bytes) -> str:
        """The feed of a client's or a staff user's own dates; another nonce ends it (ATE-9)."""
        return f"{self.public_url}/calendrier/{self._token(_CALENDAR, owner.bytes + nonce)}.ics"

    def calendar_of(self, token: str) -> tuple[UUID, bytes] | None:
        """Whose feed, and the nonce that must still be theirs."""
        found = self._read(_CALENDAR, token, 16 + NONCE)
        return None if found is None else (UUID(bytes=found[:16]), found[16:])

    def _token(self, purpose: str, what: bytes) -> str:
        signed = what + self.vault.keyed_hash(purpose, what)[:_SIGNATURE]
        return base64.urlsafe_b64encode(signed).decode().rstrip("=")

    def _read(self, purpose: str, token: str, length: int) -> bytes | None:
        try:
            signed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        what, signature = signed[:length], signed[length:]
        good = compare_digest(signature, self.vault.keyed_hash(purpose, what)[:_SIGNATURE])
        return what if good else None


def _last(at: datetime, days: int) -> bytes:
    return (at.astimezone(UTC).date() + timedelta(days=days) - _EPOCH).days.to_bytes(4, "big")


def _day(number: bytes) -> date:
    return _EPOCH + timedelta(days=int.from_bytes(number, "big"))
