"""What the payment provider answers, in our words; an answer that says something else is trouble."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from aggregates.kernel import Currency, Money

Json = Mapping[str, Any]
TAKEN = frozenset({"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"})
"""Captures whose money came in, whatever became of it afterwards."""


_COMPARED = ("T00", "T11", "T12")
"""Groups of the provider's transaction event codes: payments, reversals such as refunds, adjustments."""


class ProviderTroubleError(Exception):
    """The provider didn't answer, or not so that one could tell: what became of the request is unknown."""


class ProviderRefusedError(Exception):
    """The provider says no, for good; `code` is its own word for why, `unknown` that it has no such thing."""

    def __init__(self, code: str, *, unknown: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.unknown = unknown


@dataclass(frozen=True)
class Movement:
    """A capture or a refund. `amount` is None where the currency is none of ours."""

    id: str
    status: str
    amount: Money | None
    ours: str | None
    """Hex of the intent that we asked for it with."""


@dataclass(frozen=True)
class Order:
    """What one payer is to pay."""

    id: str
    status: str
    ours: str | None
    amount: Money | None
    approve_url: str | None
    captures: tuple[Movement, ...] = ()
    refunds: tuple[Movement, ...] = ()


@dataclass(frozen=True)
class Booked:
    """One line of the provider's account: above 0 a capture, below 0 a refund."""

    id: str
    ours: str | None
    amount: Money | None
    at: datetime


def order(answer: Json) -> Order:
    """Raises ProviderTroubleError."""
    try:
        (unit,) = answer["purchase_units"]
        payments = unit.get("payments", {})
        return Order(
            id=str(answer["id"]),
            status=str(answer["status"]),
            ours=unit.get("custom_id"),
            amount=money(unit["amount"]),
            approve_url=_link(answer, "payer-action") or _link(answer, "approve"),
            captures=tuple(movement(one) for one in payments.get("captures", ())),
            refunds=tuple(movement(one) for one in payments.get("refunds", ())),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ProviderTroubleError("unreadable answer") from error


def movement(answer: Json) -> Movement:
    """Raises ProviderTroubleError."""
    try:
        return Movement(
            str(answer["id"]), str(answer["status"]), money(answer["amount"]), answer.get("custom_id")
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ProviderTroubleError("unreadable answer") from error


def booked(answer: Json) -> Booked | None:
    """None for what is neither a payment nor given back, such as payouts. Raises ProviderTroubleError."""
    try:
        info = answer["transaction_info"]
        if not str(info["transaction_event_code"]).startswith(_COMPARED):
            return None
        return Booked(
            str(info["transaction_id"]),
            info.get("custom_field"),
            money(info["transaction_amount"]),
            datetime.fromisoformat(info["transaction_initiation_date"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ProviderTroubleError("unreadable answer") from error


def money(answer: Json) -> Money | None:
    """An amount to the cent; None in a currency that is none of ours. Raises ValueError."""
    code = str(answer["currency_code"])
    try:
        minor = Decimal(str(answer["value"])) * 100
        if minor != int(minor):
            raise ValueError("below a cent")
    except (InvalidOperation, OverflowError) as error:
        raise ValueError("no amount") from error
    return Money(minor=int(minor), currency=Currency(code)) if code in set(Currency) else None


def as_amount(amount: Money) -> dict[str, str]:
    """An amount as the provider writes it."""
    return {"currency_code": amount.currency.value, "value": f"{Decimal(amount.minor) / 100:.2f}"}


def _link(answer: Json, rel: str) -> str | None:
    """Where a person is sent: a web address or nothing."""
    found = (str(link["href"]) for link in answer.get("links", ()) if link.get("rel") == rel)
    return next((href for href in found if href.startswith(("https://", "http://"))), None)
