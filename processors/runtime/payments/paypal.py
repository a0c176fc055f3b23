"""PayPal's Orders v2 over HTTP: the few calls that the school makes, each safe to repeat (FAC-2, FAC-3)."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote
from uuid import UUID

import httpx2
import orjson

from aggregates.kernel import Money
from processors.runtime.payments import answers
from processors.runtime.payments.answers import (
    Booked,
    Movement,
    Order,
    ProviderRefusedError,
    ProviderTroubleError,
)

CONNECT_SECONDS, REPLY_SECONDS = 2.0, 6.0
_SAYS_NOTHING = frozenset({401, 403, 408, 409, 425, 429})
"""Busy, or not letting us in: nothing is known of the outcome, so it is asked again."""
_ASKED_AT_ONCE = timedelta(days=30)
"""The provider lists at most 31 days in one answer."""
_SPARE_SECONDS = 60.0
"""A token is given up that long before it ends."""
_TRANSMISSION = {
    "auth_algo": "paypal-auth-algo",
    "cert_url": "paypal-cert-url",
    "transmission_id": "paypal-transmission-id",
    "transmission_sig": "paypal-transmission-sig",
    "transmission_time": "paypal-transmission-time",
}


@dataclass(frozen=True)
class Account:
    """Where the provider is, and who we are there."""

    url: str
    client: str
    secret: str
    webhook_id: str


class PayPal:
    """A context. Every call raises ProviderTroubleError where its outcome is unknown, and
    ProviderRefusedError where the provider says no. `request` is the intent's id, the same at every try."""

    def __init__(self, account: Account, *, reply_seconds: float = REPLY_SECONDS) -> None:
        self._account = account
        self._http = httpx2.Client(
            base_url=account.url, timeout=httpx2.Timeout(reply_seconds, connect=CONNECT_SECONDS)
        )
        self._lock = threading.Lock()
        self._token, self._token_ends = "", 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def create_order(self, request: UUID, amount: Money, back: str, described: str) -> Order:
        """What a payer is to pay; `back` is where the provider sends them afterwards."""
        unit = {"custom_id": request.hex, "description": described, "amount": answers.as_amount(amount)}
        experience = {
            "return_url": back,
            "cancel_url": f"{back}?annule=1",
            "user_action": "PAY_NOW",
            "shipping_preference": "NO_SHIPPING",
        }
        body = {
            "intent": "CAPTURE",
            "purchase_units": [unit],
            "payment_source": {"paypal": {"experience_context": experience}},
        }
        return answers.order(self._post("/v2/checkout/orders", body, request))

    def order(self, order: str) -> Order:
        """The order as it stands: the inquiry that settles what is unknown."""
        return answers.order(self._call("GET", f"/v2/checkout/orders/{quote(order, safe='')}"))

    def capture(self, request: UUID, order: str) -> Order:
        """Take the money of an approved order."""
        return answers.order(self._post(f"/v2/checkout/orders/{quote(order, safe='')}/capture", {}, request))

    def refund(self, request: UUID, capture: str, amount: Money) -> Movement:
        """Give back part of a capture, or all of it."""
        body = {"amount": answers.as_amount(amount), "custom_id": request.hex}
        path = f"/v2/payments/captures/{quote(capture, safe='')}/refund"
        return answers.movement(self._post(path, body, request))

    def is_genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the provider signed this notification, byte for byte."""
        said: dict[str, str] = {name: headers.get(header, "") for name, header in _TRANSMISSION.items()}
        said["webhook_id"] = self._account.webhook_id
        # The event goes back as it came: written anew it would be other bytes than those signed.
        asked = orjson.dumps(said)[:-1] + b',"webhook_event":' + body + b"}"
        try:
            answer = self._call("POST", "/v1/notifications/verify-webhook-signature", content=asked)
        except ProviderRefusedError:
            return False
        return bool(answer.get("verification_status") == "SUCCESS")

    def booked(self, since: datetime, until: datetime) -> Iterator[Booked]:
        """The payments and what was given back on the provider's account in that time."""
        while since < until:
            end = min(until, since + _ASKED_AT_ONCE)
            yield from self._booked(since, end)
            since = end + timedelta(seconds=1)

    def _booked(self, since: datetime, until: datetime) -> Iterator[Booked]:
        page, pages = 1, 1
        while page <= pages:
            asked = {
                "start_date": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "end_date": until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "transaction_status": "S",
                "fields": "transaction_info",
                "page_size": "500",
                "page": str(page),
            }
            answer = self._call("GET", "/v1/reporting/transactions", params=asked)
            lines = map(answers.booked, answer.get("transaction_details", ()))
            yield from (line for line in lines if line is not None)
            page, pages = page + 1, int(answer.get("total_pages", 1))

    def _post(self, path: str, body: Mapping[str, Any], request: UUID) -> dict[str, Any]:
        headers = {"PayPal-Request-Id": request.hex, "Prefer": "return=representation"}
        return self._call("POST", path, content=orjson.dumps(body), headers=headers)

    def _call(self, method: str, path: str, **given: Any) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", **given.pop("headers", {})}
        for token in (self._known_token(), None):
            headers["Authorization"] = f"Bearer {token or self._new_token()}"
            answer = self._sent(method, path, headers=headers, **given)
            if answer.status_code != 401:
                return _read(answer)
        raise ProviderTroubleError("not let in")

    def _sent(self, method: str, path: str, **given: Any) -> httpx2.Response:
        try:
            return self._http.request(method, path, **given)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise ProviderTroubleError(type(error).__name__) from None

    def _known_token(self) -> str | None:
        with self._lock:
            return self._token if time.monotonic() < self._token_ends else None

    def _new_token(self) -> str:
        answer = self._sent(
            "POST",
            "/v1/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=(self._account.client, self._account.secret),
        )
        try:
            said = _read(answer)
            token, seconds = str(said["access_token"]), float(said["expires_in"])
        except (ProviderRefusedError, KeyError, TypeError, ValueError):
            raise ProviderTroubleError("no token") from None
        with self._lock:
            self._token, self._token_ends = token, time.monotonic() + seconds - _SPARE_SECONDS
        return token


def _read(answer: httpx2.Response) -> dict[str, Any]:
    """What it says; its text may hold what is personal, so of a refusal only the code is kept."""
    if answer.status_code >= 500 or answer.status_code in _SAYS_NOTHING:
        raise ProviderTroubleError(str(answer.status_code))
    try:
        said = orjson.loads(answer.content)
    except ValueError:
        raise ProviderTroubleError("unreadable answer") from None
    if not isinstance(said, dict):
        raise ProviderTroubleError("unreadable answer")
    if answer.status_code >= 300:
        issues = [str(detail.get("issue", "")) for detail in said.get("details", ())]
        code = next(filter(None, issues), str(said.get("name", answer.status_code)))
        unknown = answer.status_code == 404 and said.get("name") == "RESOURCE_NOT_FOUND"
        raise ProviderRefusedError(code, unknown=unknown)
    return said
