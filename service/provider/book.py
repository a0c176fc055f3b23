"""What the simulated provider knows: orders, captures, refunds, and what it answered to each request id."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

Json = dict[str, Any]


class RefusedError(Exception):
    """A request that the provider answers with 404 or 422 and its own word for why."""

    def __init__(self, status: int, issue: str) -> None:
        super().__init__(issue)
        self.status = status
        self.issue = issue


@dataclass
class Faults:
    """What tests make it do; plain answers by default."""

    lose: dict[str, int] = field(default_factory=dict)
    """Verb (create, order, capture, refund, verify) → so many requests are carried out, not answered."""
    fail: dict[str, int] = field(default_factory=dict)
    """So many are answered 503 and not carried out."""
    refuse: dict[str, str] = field(default_factory=dict)
    """Verb → the provider's own word for why: all are refused and not carried out."""
    slow_seconds: float = 0.0
    """Each answer waits that long."""
    decline: int = 0
    """So many captures are declined."""
    duplicate: int = 1
    """Each notification is sent that often."""
    hold_back: bool = False
    """Notifications wait; released they go out last first."""
    silent: bool = False
    """None are sent."""
    other_data: bool = False
    """A known request id is answered with another payer's order."""
    amount_off: int = 0
    """Cents that captures take more than asked."""
    shut_out: bool = False
    """We are known, but may do nothing, as with wrong rights."""
    ignore_ids: bool = False
    """Request ids are not looked at: a control, no such provider is fit for use."""


class Book:
    """Everything under one lock: requests come from several threads."""

    def __init__(self, clock: Callable[[], datetime], secret: bytes, kept_in: Path | None = None) -> None:
        self.clock = clock
        self.secret = secret
        self._kept_in = kept_in
        self.lock = threading.RLock()
        self.orders: dict[str, Json] = {}
        self.captures: dict[str, Json] = {}
        self.refunds: dict[str, Json] = {}
        self.payouts: list[Json] = []
        self.faults = Faults()
        self.notify: Callable[[str, Json], None] = lambda _kind, _resource: None
        self._answers: dict[tuple[str, str], Json] = {}
        if kept_in is not None and kept_in.is_file():
            self._read(orjson.loads(kept_in.read_bytes()))

    def _read(self, kept: Json) -> None:
        """Orders hold their captures and refunds; those are known by id again."""
        self.orders = kept
        for order in kept.values():
            for unit in order["purchase_units"]:
                payments = unit.get("payments", {})
                self.captures |= {one["id"]: one for one in payments.get("captures", ())}
                self.refunds |= {one["id"]: one for one in payments.get("refunds", ())}

    def _keep(self) -> None:
        if self._kept_in is not None:
            unfinished = self._kept_in.with_suffix(".new")
            unfinished.write_bytes(orjson.dumps(self.orders))
            unfinished.rename(self._kept_in)

    def once(self, path: str, request_id: str, act: Callable[[], Json]) -> Json:
        """The first answer again for a request id that this call saw before, whatever it asks now."""
        with self.lock:
            key = (path, request_id)
            if request_id and not self.faults.ignore_ids and key in self._answers:
                known = self._answers[key]
                if self.faults.other_data and len(self.orders) > 1:
                    return next(o for id_, o in self.orders.items() if id_ != known.get("id"))
                return known
            self._answers[key] = answer = act()
            return answer

    def create(self, wish: Json, pages: str) -> Json:
        """An order that waits for its payer."""
        id_ = _new("O")
        (unit,) = wish["purchase_units"]
        context = wish["payment_source"]["paypal"]["experience_context"]
        order = {
            "id": id_,
            "status": "PAYER_ACTION_REQUIRED",
            "purchase_units": [{**unit, "reference_id": "default"}],
            "links": [{"rel": "payer-action", "href": f"{pages}{id_}", "method": "GET"}],
            "_back": (context["return_url"], context["cancel_url"]),
        }
        self.orders[id_] = order
        self._keep()
        return order

    def order(self, id_: str) -> Json:
        with self.lock:
            if id_ not in self.orders:
                raise RefusedError(404, "INVALID_RESOURCE_ID")
            return self.orders[id_]

    def approve(self, id_: str) -> Json:
        """The payer presses « Payer »."""
        with self.lock:
            order = self.order(id_)
            if order["status"] == "PAYER_ACTION_REQUIRED":
                order["status"] = "APPROVED"
                self._keep()
                self.notify("CHECKOUT.ORDER.APPROVED", shown(order))
            return order

    def capture(self, id_: str) -> Json:
        """Take the money of an approved order; without request ids it would be taken twice."""
        order = self.order(id_)
        if order["status"] == "COMPLETED" and not self.faults.ignore_ids:
            raise RefusedError(422, "ORDER_ALREADY_CAPTURED")
        if order["status"] not in ("APPROVED", "COMPLETED"):
            raise RefusedError(422, "ORDER_NOT_APPROVED")
        if self.faults.decline > 0:
            self.faults.decline -= 1
            raise RefusedError(422, "INSTRUMENT_DECLINED")
        (unit,) = order["purchase_units"]
        value = Decimal(unit["amount"]["value"]) + Decimal(self.faults.amount_off) / 100
        capture = {
            "id": _new("C"),
            "status": "COMPLETED",
            "amount": {**unit["amount"], "value": f"{value:.2f}"},
            "custom_id": unit.get("custom_id"),
            "create_time": _instant(self.clock()),
            "_order": id_,
        }
        self.captures[capture["id"]] = capture
        unit.setdefault("payments", {}).setdefault("captures", []).append(capture)
        order["status"] = "COMPLETED"
        self._keep()
        resource = {**shown(capture), "supplementary_data": {"related_ids": {"order_id": id_}}}
        self.notify("PAYMENT.CAPTURE.COMPLETED", resource)
        return order

    def refund(self, capture_id: str, wish: Json) -> Json:
        """Give back, in all at most what was taken."""
        capture = self.captures.get(capture_id)
        if capture is None:
            raise RefusedError(404, "INVALID_RESOURCE_ID")
        taken = Decimal(capture["amount"]["value"])
        given = sum(
            (Decimal(r["amount"]["value"]) for r in self.refunds.values() if r["_capture"] == capture_id),
            start=Decimal(0),
        )
        if given + Decimal(wish["amount"]["value"]) > taken:
            raise RefusedError(422, "CAPTURE_FULLY_REFUNDED" if given == taken else "REFUND_AMOUNT_EXCEEDED")
        refund = {
            "id": _new("R"),
            "status": "COMPLETED",
            "amount": wish["amount"],
            "custom_id": wish.get("custom_id"),
            "create_time": _instant(self.clock()),
            "_capture": capture_id,
        }
        self.refunds[refund["id"]] = refund
        (unit,) = self.orders[capture["_order"]]["purchase_units"]
        unit["payments"].setdefault("refunds", []).append(refund)
        given += Decimal(wish["amount"]["value"])
        capture["status"] = "REFUNDED" if given == taken else "PARTIALLY_REFUNDED"
        self._keep()
        self.notify("PAYMENT.CAPTURE.REFUNDED", shown(refund))
        return refund

    def pay_out(self, amount: Json) -> None:
        """To the school's bank, as the provider does by itself: it is in no order's books."""
        with self.lock:
            self.payouts.append({"id": _new("P"), "amount": amount, "create_time": _instant(self.clock())})

    def transactions(self, since: datetime, until: datetime) -> list[Json]:
        """What moved on the account in that time."""
        with self.lock:
            signed = (
                [(c, "", "T0006") for c in self.captures.values()]
                + [(r, "-", "T1107") for r in self.refunds.values()]
                + [(p, "-", "T0403") for p in self.payouts]
            )
            return [
                {
                    "transaction_info": {
                        "transaction_id": one["id"],
                        "transaction_event_code": code,
                        **({"custom_field": one["custom_id"]} if one.get("custom_id") else {}),
                        "transaction_initiation_date": one["create_time"],
                        "transaction_amount": {
                            "currency_code": one["amount"]["currency_code"],
                            "value": sign + one["amount"]["value"],
                        },
                    }
                }
                for one, sign, code in signed
                if since <= datetime.fromisoformat(one["create_time"]) <= until
            ]

    def signature(self, transmission: str, at: str, body: bytes) -> str:
        """What stands in place of the provider's certificate."""
        return hmac.new(self.secret, f"{transmission}|{at}|".encode() + body, hashlib.sha256).hexdigest()


def shown(resource: Mapping[str, Any]) -> Json:
    """Without what the simulator notes for itself."""
    return {
        name: [shown(v) if isinstance(v, dict) else v for v in value]
        if isinstance(value, list)
        else shown(value)
        if isinstance(value, dict)
        else value
        for name, value in resource.items()
        if not name.startswith("_")
    }


def _new(kind: str) -> str:
    return kind + uuid4().hex[:16].upper()


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S+00:00")
