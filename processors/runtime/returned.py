"""Reads a message that came back: which mail it is about, and whether it did not arrive, and why (COM-10).

Whatever it holds is somebody else's word: nothing is trusted but an address that we made.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from typing import Any
from uuid import UUID

from flufl.bounce import all_failures

from aggregates.client.missed_mails.events import UndeliveredReason
from processors.runtime.return_path import ReturnPaths
from processors.runtime.undelivered import reason_of, status_in

logging.getLogger("flufl.bounce").disabled = True
"""It logs errors with their values, which are somebody's address."""
_LOOKED_AT, _LINES = 128_000, 5_000
"""Bytes and lines from the beginning; reports say what happened before they return the mail."""
_GUESSED_AT, _GUESSED_LINES = 16_000, 500
"""Of what is no report: each line is tried with a hundred patterns."""
_MOST_PARTS = 200
_TO = ("To", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")
_ADDRESS = re.compile(r"[\w.+=-]{1,64}@[\w.-]{1,255}", re.ASCII)
_OURS = re.compile(rb"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@([\w.-]{1,255})>", re.IGNORECASE)
_AUTOMATIC = ("X-Autoreply", "X-Autorespond", "X-Vacation")


@dataclass(frozen=True)
class Returned:
    """What a message says: the mails it may be about, the likeliest first, and why they did not arrive."""

    mails: tuple[UUID, ...]
    reason: UndeliveredReason | None
    """None: nothing says that it did not arrive, such as a delay or an automatic answer."""
    status: str | None = None


def read(raw: bytes, *, return_paths: ReturnPaths | None, domain: str) -> Returned:
    """What a message says; `domain` is that of our Message-IDs. Takes bounded time, raises nothing."""
    head = _beginning(raw, _LOOKED_AT, _LINES)
    try:
        reason, status = _reason(BytesParser().parsebytes(head), head)
    except Exception:  # nested too deep, or damaged in a way that no parser expects
        reason, status = UndeliveredReason.UNREADABLE, None
    return Returned(tuple(dict.fromkeys(_mails(head, return_paths, domain))), reason, status)


def _beginning(raw: bytes, most: int, lines: int) -> bytes:
    return b"\n".join(raw[:most].split(b"\n", lines)[:lines])


def _mails(head: bytes, return_paths: ReturnPaths | None, domain: str) -> Iterator[UUID]:
    """By the address that it came to, which we made; else by our Message-ID, wherever it stands."""
    if return_paths is not None:
        headers = BytesHeaderParser().parsebytes(head)
        for name in _TO:
            for value in headers.get_all(name, [])[:5]:
                for address in _ADDRESS.findall(str(value)[:2_000]):
                    if (mail := return_paths.mail_of(address)) is not None:
                        yield mail
    found = (UUID(m[1].decode()) for m in _OURS.finditer(head) if m[2].decode().lower() == domain.lower())
    yield from list(dict.fromkeys(found))[:5]


def _reason(message: Message[str, str], head: bytes) -> tuple[UndeliveredReason | None, str | None]:
    """From a report (RFC 3464), else from the forms of servers that write none, else not readable."""
    parts = [part for part, _ in zip(message.walk(), range(_MOST_PARTS), strict=False)]
    blocks = [part for part in parts if part["Action"] is not None]
    if blocks:
        failed = [block for block in blocks if _word(block, "Action") == "failed"]
        return _of_report(failed[0]) if failed else (None, None)
    beginning = BytesParser().parsebytes(_beginning(head, _GUESSED_AT, _GUESSED_LINES))
    temporary, permanent = all_failures(beginning)
    if permanent:
        status = status_in(_text(parts))
        for_good = status is not None and status.startswith("5")
        return (reason_of(status), status) if status and for_good else (UndeliveredReason.REFUSED, None)
    if message.get_content_type() == "multipart/report":
        read_receipt = message.get_param("report-type") == "disposition-notification"
        return (None if read_receipt else UndeliveredReason.UNREADABLE), None
    if temporary or _is_automatic(message):
        return None, None
    return UndeliveredReason.UNREADABLE, None


def _of_report(block: Message[str, str]) -> tuple[UndeliveredReason, str]:
    """Of the recipient's block; a status that says nothing (5.0.0) is made out from the server's words."""
    status = status_in(_word(block, "Status")) or "5.0.0"
    if status.endswith(".0.0"):
        said = status_in(_word(block, "Diagnostic-Code"))
        status = said if said is not None and said[0] != "2" else status
    return reason_of(status), status


def _word(block: Message[str, str], name: str) -> str:
    return str(block.get(name, ""))[:1_000].strip().lower()


def _text(parts: list[Message[str, str]]) -> str:
    """What its first part says in plain text."""
    for part in parts:
        if part.get_content_type() == "text/plain":
            payload: Any = part.get_payload(decode=True)
            return bytes(payload or b"")[:20_000].decode("utf-8", "replace")
    return ""


def _is_automatic(message: Message[str, str]) -> bool:
    submitted = _word(message, "Auto-Submitted")
    if submitted and submitted != "no":
        return True
    answers = "auto_reply" in _word(message, "Precedence") or "auto-reply" in _word(message, "Precedence")
    return answers or any(message[name] is not None for name in _AUTOMATIC)
