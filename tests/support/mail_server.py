"""A real SMTP server for tests: stores each mail before it answers; can refuse, stall or lose the answer."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Sink:
    """What arrived, and what to answer next."""

    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    """Of the envelopes: where each mail would come back."""
    answers: list[str] = field(default_factory=list)
    """Answers to the next mails instead of yes; `lost` keeps the mail and hangs up without a word."""
    mail_answers: list[str] = field(default_factory=list)
    rcpt_answers: list[str] = field(default_factory=list)
    quit_answers: list[str] = field(default_factory=list)
    """Answers to the next MAIL, RCPT and QUIT instead of yes."""
    stall: float = 0.0
    """Seconds between keeping a mail and answering."""
    url: str = ""
    clock: Callable[[], datetime] | None = None
    moments: list[datetime] = field(default_factory=list)
    """When each mail arrived, by that clock."""
    connections: int = 0
    """How often somebody said EHLO."""

    async def handle_EHLO(  # noqa: N802
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.mail_answers:
            return self.mail_answers.pop(0)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.rcpt_answers:
            return self.rcpt_answers.pop(0)
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250") or answer == "lost":
            content: Any = envelope.content
            message: Any = BytesParser(policy=policy.default).parsebytes(content)
            self.mails.append(message)
            self.recipients.append(list(envelope.rcpt_tos))
            if self.clock is not None:
                self.moments.append(self.clock())
            self.senders.append(envelope.mail_from or "")
        await asyncio.sleep(self.stall)
        if answer == "lost":
            transport: Any = server.transport
            transport.abort()
            return "421 gone"
        return answer

    async def handle_QUIT(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        return self.quit_answers.pop(0) if self.quit_answers else "221 bye"


def free_port() -> int:
    """A port nobody listens on; the library's controller can't take port 0."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def mail_server(**options: Any) -> Iterator[Sink]:
    """The server on a free port of loopback; `options` are the library's (TLS, log-in)."""
    sink = Sink()
    port = free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=port, enable_SMTPUTF8=True, **options)
    controller.start()
    sink.url = f"smtp://127.0.0.1:{port}"
    try:
        yield sink
    finally:
        controller.stop()
