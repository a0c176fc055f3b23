"""The access trail: an append-only table of who read personal data, sealed like the log (AUD-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from psycopg import AsyncConnection, Connection

from aggregates.kernel import Role
from schema.seals import Chain, Leaf, digest_of

_COLUMNS = "position, at, who, role, behalf, kind, subject, persons, asked"


class Reading(StrEnum):
    """What was read, or who came to the door; the label says it."""

    DOSSIER = "dossier"
    DOCUMENT = "document"
    CLIENT_EXPORT = "client_export"
    HISTORY = "history"
    HISTORY_EXPORT = "history_export"
    PAST = "past"
    ROSTER_EXPORT = "roster_export"
    AUDIENCE_EXPORT = "audience_export"
    BALANCE_EXPORT = "balance_export"
    JOURNAL_EXPORT = "journal_export"
    FEC_EXPORT = "fec_export"
    INVOICE_PDF = "invoice_pdf"
    CREDIT_NOTE_PDF = "credit_note_pdf"
    ATTESTATION_PDF = "attestation_pdf"
    PHASE_LETTER_PDF = "phase_letter_pdf"
    TAX_RECEIPTS_PDF = "tax_receipts_pdf"
    ROSTER_PDF = "roster_pdf"
    ACCESS_TRAIL = "access_trail"
    AS_CLIENT = "as_client"
    LOGGED_IN = "logged_in"
    LOG_IN_FAILED = "log_in_failed"


@dataclass(frozen=True)
class Access:
    """One reading of personal data; holds none of it."""

    at: datetime
    who: UUID | None
    role: Role
    behalf: UUID | None
    kind: Reading
    subject: UUID | None
    """Whose data, or of which workshop or invoice; None when it was a list."""
    persons: int
    """How many persons' data the answer held."""
    asked: str | None = None
    """The filter, as JSON; no personal data in it."""


_ADD = (
    "insert into access_trail (position, at, who, role, behalf, kind, subject, persons, asked)"
    " values (log_slot(), %s, %s, %s, %s, %s, %s, %s, %s)"
)


async def write(connection: AsyncConnection[Any], access: Access) -> None:
    """Add one row, in a transaction of its own: `connection` is in autocommit."""
    await connection.execute(_ADD, _row(access))


def write_now(connection: Connection[Any], access: Access) -> None:
    """The same on a connection of a thread."""
    connection.execute(_ADD, _row(access))


def _row(access: Access) -> tuple[Any, ...]:
    return (
        access.at,
        access.who,
        access.role.value,
        access.behalf,
        access.kind.value,
        access.subject,
        access.persons,
        access.asked,
    )


def _leaf(row: Sequence[Any]) -> Leaf:
    """Rows of before filters were noted hash as they did."""
    position, at, who, role, behalf, kind, subject, persons, asked = row
    parts = (
        position.to_bytes(8, "big"),
        at.astimezone(UTC).isoformat().encode(),
        None if who is None else who.bytes,
        role.encode(),
        None if behalf is None else behalf.bytes,
        kind.encode(),
        None if subject is None else subject.bytes,
        persons.to_bytes(4, "big"),
        *([] if asked is None else [asked.encode()]),
    )
    return Leaf(position, digest_of(parts))


def _at(row: Sequence[Any]) -> datetime:
    at: datetime = row[1]
    return at


TRAIL = Chain(
    kind="access_seal",
    rows="access_trail",
    columns=_COLUMNS,
    seals="access_seals",
    lock=0x61636373,
    leaf_of=_leaf,
    at=_at,
    name=lambda row: f"position {row[0]}",
)


@dataclass(frozen=True)
class Wanted:
    """Which rows: of who read, about whom or what, of a kind, from an instant on and before another one."""

    who: UUID | None = None
    subject: UUID | None = None
    kind: Reading | None = None
    since: datetime | None = None
    until: datetime | None = None


Place = tuple[datetime, int]
"""Where a row stands: its instant and position."""


async def page(
    connection: AsyncConnection[Any], wanted: Wanted, *, before: Place | None = None, limit: int = 50
) -> list[tuple[int, Access]]:
    """Rows with their positions, newest first, from the one after `before` on."""
    at, position = before or (None, None)
    asked = asdict(wanted) | {"before": at, "position": position, "limit": limit}
    conditions = [text for name, text in _CONDITIONS.items() if asked[name] is not None]
    query = (
        f"select {_COLUMNS} from access_trail where {' and '.join(['true', *conditions])}"
        " order by at desc, position desc limit %(limit)s"  # sql: conditions of ours
    )
    cursor = await connection.execute(cast("Any", query), asked)
    return [
        (position, Access(at, who, Role(role), behalf, Reading(kind), subject, persons, asked))
        for position, at, who, role, behalf, kind, subject, persons, asked in await cursor.fetchall()
    ]


_CONDITIONS = {
    "who": "who = %(who)s",
    "subject": "subject = %(subject)s",
    "kind": "kind = %(kind)s",
    "since": "at >= %(since)s",
    "until": "at < %(until)s",
    "before": "(at, position) < (%(before)s, %(position)s)",
}
"""Only those asked for stand in the query, so that each has its index."""
