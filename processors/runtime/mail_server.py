"""The school's mail server: builds one message that holds nothing but what was meant, and hands it over."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cached_property
from urllib.parse import unquote, urlsplit
from uuid import UUID

from aggregates.client.missed_mails.events import UndeliveredReason
from processors.runtime.letters import Letter
from processors.runtime.return_path import ReturnPaths
from processors.runtime.undelivered import reason_of_reply
from processors.runtime.wordings import one_line

REPLY_SECONDS = 10
"""How long each reply of the server is waited for; a whole mail takes five."""


class BadAddressError(Exception):
    """The recipient's address can't stand in a header as one address."""


class RefusedForGoodError(Exception):
    """The server will never take this mail for this recipient; the text is the SMTP code."""

    def __init__(self, code: int, reason: UndeliveredReason) -> None:
        super().__init__(f"smtp_{code}")
        self.reason = reason


class ServerTroubleError(Exception):
    """The server can't take it now; the text is an SMTP code or a class, no values."""


@dataclass(frozen=True)
class MailServer:
    """Where mails go (smtp://, or smtps:// with TLS from the start), and who they come from."""

    url: str
    sender: str
    return_paths: ReturnPaths | None = None
    """Where undeliverable mails come back; None: to the sender."""

    def message(self, outbox_id: UUID, letter: Letter, at: datetime) -> EmailMessage:
        """Text and HTML, the dates or a document attached, one click to unsubscribe. Raises BadAddressError.

        The Message-ID is the row's, so that a second sending can be told apart (COM-3).
        """
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = single(letter.address)
        message["Reply-To"] = single(letter.reply_to)
        message["Subject"] = _unencoded(one_line(letter.subject))
        message["Date"] = format_datetime(at)
        message["Message-ID"] = f"<{outbox_id}@{self.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        if letter.unsubscribe is not None:
            message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(letter.text, cte="quoted-printable")
        message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
        if letter.calendar is not None:
            message.add_attachment(
                letter.calendar.encode(),
                maintype="text",
                subtype="calendar",
                filename="atelier.ics",
                params={"charset": "utf-8", "method": "PUBLISH"},
            )
        if letter.document is not None:
            name, made = letter.document
            message.add_attachment(made, maintype="application", subtype="pdf", filename=name)
        return message

    @contextmanager
    def session(self) -> Iterator[smtplib.SMTP]:
        """A connection ready to take mails; its end never undoes what was accepted on it.

        Raises ServerTroubleError, also when it is the log-in that is refused.
        """
        smtp = self._connected()
        try:
            yield smtp
        finally:
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
            smtp.close()

    def hand_over(self, smtp: smtplib.SMTP, message: EmailMessage) -> None:
        """Returns once the server has taken it. Raises RefusedForGoodError, ServerTroubleError."""
        (to,) = message["To"].addresses
        back = self.sender if self.return_paths is None else self.return_paths.of_message(message)
        try:
            smtp.send_message(message, back, [to.addr_spec])
        except smtplib.SMTPRecipientsRefused as refused:
            _refused(*next(iter(refused.recipients.values())), at_recipient=True)
        except smtplib.SMTPDataError as refused:
            _refused(refused.smtp_code, refused.smtp_error, at_recipient=False)
        except (smtplib.SMTPException, OSError) as error:
            raise ServerTroubleError(_reason(error)) from None

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        """Who vouches for the server; smtplib's own would take any certificate. Costs 50 ms to make."""
        return ssl.create_default_context()

    def _connected(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port
        try:
            if parts.scheme == "smtps":
                smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                    host, port or 465, timeout=REPLY_SECONDS, context=self._trust
                )
            else:
                smtp = smtplib.SMTP(host, port or (587 if parts.username else 25), timeout=REPLY_SECONDS)
        except (smtplib.SMTPException, OSError) as error:
            raise ServerTroubleError(_reason(error)) from None
        try:
            if parts.username:
                if parts.scheme == "smtp":
                    smtp.starttls(context=self._trust)
                smtp.login(unquote(parts.username), unquote(parts.password or ""))
        except (smtplib.SMTPException, OSError) as error:
            smtp.close()
            raise ServerTroubleError(_reason(error)) from None
        return smtp


def _unencoded(text: str) -> str:
    """Without encoded words (RFC 2047): given one, the library decodes it, line breaks and all."""
    return text.replace("=?", "= ?")


def single(address: str) -> Address:
    """Exactly one address, its domain in ASCII. Raises BadAddressError."""
    local, _, domain = address.rpartition("@")
    if one_line(address) != address or " " in address or "=?" in address:
        raise BadAddressError
    try:
        return Address(addr_spec=f"{local}@{domain.encode('idna').decode('ascii')}")
    except (ValueError, IndexError, HeaderParseError):
        raise BadAddressError from None


def _refused(code: int, said: bytes | str, *, at_recipient: bool) -> None:
    """5xx for this recipient or this text is for good, 4xx is tried again."""
    if 500 <= code < 600:
        text = said if isinstance(said, str) else said.decode("ascii", "replace")
        raise RefusedForGoodError(code, reason_of_reply(code, text, at_recipient=at_recipient)) from None
    raise ServerTroubleError(f"smtp_{code}") from None


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"smtp_{error.smtp_code}"
    return type(error).__name__
