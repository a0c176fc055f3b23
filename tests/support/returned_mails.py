"""Messages that come back, in the forms that mail servers and people give them; made for the tests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mail:
    """A mail that did not arrive: where it comes back, its Message-ID, who it was for."""

    back: str
    message_id: str
    to: str = "lea@example.com"


def report(
    mail: Mail,
    status: str = "5.1.1",
    *,
    action: str = "failed",
    diagnostic: str = "smtp; 550 5.1.1 unknown user",
    returned: str = "text/rfc822-headers",
    lines_before: str = "",
) -> bytes:
    """RFC 3464, as Postfix, Exim, Sendmail and the large providers write it."""
    return _crlf(f"""\
{lines_before}From: MAILER-DAEMON@relay.example.net
To: {mail.back}
Subject: Delivery report
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_part"

--=_part
Content-Type: text/plain; charset=utf-8

This is the relay. Your mail is described below.

--=_part
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example.net

Final-Recipient: rfc822; {mail.to}
Action: {action}
Status: {status}
Diagnostic-Code: {diagnostic}

--=_part
Content-Type: {returned}

From: ecole@example.com
To: {mail.to}
Subject: Inscription
Message-ID: {mail.message_id}

--=_part--
""")


def report_of_two_blocks(mail: Mail) -> bytes:
    """Exchange's way: the status says nothing, the diagnostic says all, the mail is returned whole."""
    return report(
        mail,
        "5.0.0",
        diagnostic="smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found",
        returned="message/rfc822",
        lines_before="Return-Path: <>\nThread-Topic: Undeliverable\n",
    )


def qmail(mail: Mail, status: str = "5.1.1") -> bytes:
    """Plain text without any report."""
    return _crlf(f"""\
From: MAILER-DAEMON@mx.example.net
To: {mail.back}
Subject: failure notice

Hi. This is the qmail-send program at mx.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{mail.to}>:
Sorry, no mailbox here by that name. (#{status})

--- Below this line is a copy of the message.

Return-Path: <{mail.back}>
Message-ID: {mail.message_id}
""")


def away(mail: Mail, header: str = "Auto-Submitted: auto-replied") -> bytes:
    """Somebody is on holiday."""
    return _crlf(f"""\
From: {mail.to}
To: {mail.back}
Subject: Absente du bureau
{header}
In-Reply-To: {mail.message_id}

Je serai de retour le 5 janvier.
""")


def letter(mail: Mail) -> bytes:
    """Something that no program understands, with a file."""
    return _crlf(f"""\
From: postmaster@tiny.example.net
To: {mail.back}
Subject: Probleme
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="x"

--x
Content-Type: text/plain

Votre message n'a pas plu a notre systeme.
--x
Content-Type: application/pdf; name="detail.pdf"
Content-Transfer-Encoding: base64

JVBERi0xLjQK
--x--
""")


def nested(mail: Mail, depth: int) -> bytes:
    """A message in a message, so many times."""
    inner = "".join("Content-Type: message/rfc822\n\n" for _ in range(depth))
    return _crlf(f"From: x@example.net\nTo: {mail.back}\nMIME-Version: 1.0\n{inner}\nvide\n")


def many_parts(mail: Mail, parts: int) -> bytes:
    """A message of so many empty parts."""
    head = f"From: x@example.net\nTo: {mail.back}\nMIME-Version: 1.0\n"
    return _crlf(f'{head}Content-Type: multipart/mixed; boundary="b"\n\n' + "--b\n\n" * parts + "--b--\n")


def _crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()
