"""Why a mail did not arrive, as mail servers say; and that its dossier is to be told, once (COM-10)."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID, uuid5

import psycopg

from aggregates.client.missed_mails.events import ADDRESS_REASONS, UndeliveredReason
from aggregates.kernel import fold_email
from commands.mails.note_undelivered import SENT_TO, NoteUndelivered
from processors.runtime import errands, farewell
from schema.keys import Vault

_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_ADDRESS = frozenset({"1.1", "1.2", "1.3", "1.6", "1.10", "2.1", "4.4"})
"""RFC 3463 and 7505: no such mailbox or domain, syntax, moved away, no mail taken, closed, no route."""
_FULL = frozenset({"2.2", "2.3"})
_AT_RECIPIENT = frozenset({501, 550, 551, 553, 556})
"""Said of RCPT without more detail: there is no such mailbox."""


def status_in(text: str) -> str | None:
    """The first enhanced status code, « 5.1.1 »."""
    found = _ENHANCED.search(text)
    return None if found is None else found[0]


def reason_of(status: str) -> UndeliveredReason:
    """What an enhanced status code of class 4 or 5 means, once it is for good."""
    kind, _, detail = status.partition(".")
    if kind == "4":
        return UndeliveredReason.GAVE_UP
    if detail in _ADDRESS:
        return UndeliveredReason.BAD_ADDRESS
    if detail in _FULL:
        return UndeliveredReason.MAILBOX_FULL
    return UndeliveredReason.REFUSED_AS_SPAM if detail.startswith("7.") else UndeliveredReason.REFUSED


def reason_of_reply(code: int, text: str, *, at_recipient: bool) -> UndeliveredReason:
    """What a mail server's 5xx means: its enhanced code, else its code and to which command it was said."""
    status = status_in(text)
    if status is not None and status.startswith("5"):
        return reason_of(status)
    if code == 552:
        return UndeliveredReason.MAILBOX_FULL
    if at_recipient and code in _AT_RECIPIENT:
        return UndeliveredReason.BAD_ADDRESS
    return UndeliveredReason.REFUSED


def hashed(vault: Vault, address: str) -> str:
    """The address as the dossier compares it with its own."""
    return vault.keyed_hash(SENT_TO, fold_email(address)).hex()


def tell_dossier(
    connection: psycopg.Connection[Any],
    mail: UUID,
    reason: UndeliveredReason,
    status: str | None,
    *,
    message: UUID | None = None,
    sent_to: str | None = None,
) -> None:
    """Ask for the command that notes it; the clock carries it out, once per mail and kind of reason.

    In the transaction that marks the mail, so that neither is without the other.
    """
    row = connection.execute(
        "select cause, template, recipient, person, params->>'workshop' from outbox where id = %s", (mail,)
    ).fetchone()
    if row is None or row[2] == "account":  # a staff user has no dossier; the page of the team shows it
        return
    cause, template, recipient, person, workshop = row
    if template == farewell.TEMPLATE:
        return  # nobody is left to be told, nor an address to be mended
    note = NoteUndelivered(
        client=person,
        mail=mail,
        template=template,
        workshop=None if workshop is None else UUID(workshop),
        to_organiser=recipient != "client",
        reason=reason,
        status=status,
        message=message,
        sent_to=sent_to,
    )
    kind = "address" if reason in ADDRESS_REASONS else "other"
    errands.ask(connection, uuid5(mail, f"undelivered/{kind}"), cause, note)
