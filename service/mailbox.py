"""The embedded SMTP server that catches mails on loopback when no mail server is set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from processors.runtime import caught_mail
from schema.clock import machine_time


class Catcher:
    """Stores each mail before it says yes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content: Any = envelope.content
        try:
            caught_mail.keep(self._folder, content, machine_time())
        except OSError:  # a full disk is no fault of the mail: the library would refuse it for good
            return "452 4.3.1 Insufficient system storage"
        return "250 OK"


def mailbox(folder: Path, port: int) -> Controller:
    """The server, to be started and stopped by the caller."""
    return Controller(Catcher(folder), hostname="127.0.0.1", port=port, enable_SMTPUTF8=True)
