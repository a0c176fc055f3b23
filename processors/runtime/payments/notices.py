"""What the provider tells us by itself: verified, kept once, and no more than a reason to ask (FAC-3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
import psycopg
from psycopg_pool import ConnectionPool

from processors.runtime.payments import intents
from processors.runtime.payments.paypal import PayPal

OLDEST = timedelta(seconds=300)
MAX_BODY = 100_000


class Outcome(StrEnum):
    """What became of a notification."""

    KEPT = "kept"
    KNOWN = "known"
    """It came before: nothing is done twice."""
    OLD = "old"
    FORGED = "forged"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class _Notice:
    id: str
    kind: str
    intent: UUID | None
    capture: str | None


def receive(
    pool: ConnectionPool[Any],
    provider: PayPal,
    headers: Mapping[str, str],
    body: bytes,
    *,
    machine_now: datetime,
    now: datetime,
) -> Outcome:
    """Verify a notification with the provider and keep it; what it says is not believed but asked for.

    `machine_now` is compared with the time of its transmission. Raises ProviderTroubleError when it can't be
    verified now: the provider will send it again.
    """
    notice = _read(body)
    if notice is None:
        return Outcome.UNREADABLE
    if not _is_fresh(headers.get("paypal-transmission-time", ""), machine_now):
        return Outcome.OLD
    with pool.connection() as connection:
        if _is_known(connection, notice.id):
            return Outcome.KNOWN
    if not provider.is_genuine(headers, body):
        return Outcome.FORGED
    with pool.connection() as connection, connection.transaction():
        kept = connection.execute(
            "insert into payment_notices (id, kind, about, came_at) values (%s, %s, %s, %s)"
            " on conflict do nothing",
            (notice.id, notice.kind, notice.intent and notice.intent.hex, now),
        )
        if kept.rowcount == 0:
            return Outcome.KNOWN
        if notice.intent is not None:
            intents.noticed(connection, notice.intent, notice.capture)
    return Outcome.KEPT


def _is_known(connection: psycopg.Connection[Any], id_: str) -> bool:
    return connection.execute("select 1 from payment_notices where id = %s", (id_,)).fetchone() is not None


def _is_fresh(sent: str, now: datetime) -> bool:
    try:
        at = datetime.fromisoformat(sent)
    except ValueError:
        return False
    return at.tzinfo is not None and abs(now - at) <= OLDEST


def _read(body: bytes) -> _Notice | None:
    """Its id and kind, and which of our intents it is about; None where it is no notification."""
    try:
        event = orjson.loads(body)
        id_, kind, resource = str(event["id"]), str(event["event_type"]), event["resource"]
        ours = resource.get("custom_id") or next(
            (unit.get("custom_id") for unit in resource.get("purchase_units", ())), None
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    if not 0 < len(id_) <= 100 or len(kind) > 100 or "\0" in id_ + kind:
        return None
    capture = str(resource.get("id")) if kind == "PAYMENT.CAPTURE.COMPLETED" else None
    return _Notice(id_, kind, _intent(ours), capture)


def _intent(ours: object) -> UUID | None:
    try:
        return UUID(hex=str(ours))
    except ValueError:
        return None
