"""The simulated provider over HTTP: its API, the page where the payer agrees, and a door for tests."""

from __future__ import annotations

import base64
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import orjson
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from portal.format import filters
from processors.runtime.payments.answers import money
from schema.clock import machine_time
from service.provider import WEBHOOK_ID
from service.provider.book import Book, Faults, Json, RefusedError, shown
from service.provider.notifying import Notifier, signed

_HERE = Path(__file__).parent
_TOKEN_SECONDS = 32_400
_LISTED_AT_ONCE = timedelta(days=31)


def provider_app(
    *,
    webhook_url: Callable[[], str],
    client: str,
    secret: str,
    address: Callable[[], str],
    clock: Callable[[], datetime] = machine_time,
    kept_in: Path | None = None,
    test_door: bool = False,
) -> FastAPI:
    """The whole simulator; `address` is where payers find it, `test_door` lets tests order faults.

    `kept_in` is the file that its account outlives a restart in.
    """
    book = Book(clock, secrets.token_bytes(32), kept_in)
    notifier = Notifier(book, webhook_url)
    desk = _Desk(book, set())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        notifier.start()
        yield
        await anyio.to_thread.run_sync(notifier.stop)

    app = FastAPI(lifespan=lifespan, openapi_url=None)
    app.state.book, app.state.notifier = book, notifier
    _account(app, desk, client, secret)
    _orders(app, desk, address)
    _pages(app, book)
    if test_door:
        _door(app, book, notifier)
    return app


@dataclass(frozen=True)
class _Desk:
    """Carries requests out and answers them, or not, as the faults say."""

    book: Book
    tokens: set[str]

    async def answered(
        self, request: Request, verb: str, act: Callable[[bytes], Json], status: int = 200
    ) -> Response:
        faults = self.book.faults
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return _json({"name": "AUTHENTICATION_FAILURE"}, 401)
        if faults.shut_out:
            return _json({"name": "NOT_AUTHORIZED", "details": [{"issue": "PERMISSION_DENIED"}]}, 403)
        body = await request.body()
        if _spent(self.book, faults.fail, verb):
            return _json({"name": "SERVICE_UNAVAILABLE"}, 503)
        try:
            if verb in faults.refuse:
                raise RefusedError(422, faults.refuse[verb])
            with self.book.lock:
                answer = shown(act(body))
        except RefusedError as refused:
            name = "RESOURCE_NOT_FOUND" if refused.status == 404 else "UNPROCESSABLE_ENTITY"
            return _json({"name": name, "details": [{"issue": refused.issue}]}, refused.status)
        if faults.slow_seconds:
            await anyio.sleep(faults.slow_seconds)
        if _spent(self.book, faults.lose, verb):
            return _json({"name": "INTERNAL_SERVER_ERROR"}, 500)
        return _json(answer, status)


def _account(app: FastAPI, desk: _Desk, client: str, secret: str) -> None:
    @app.post("/v1/oauth2/token")
    async def token(request: Request) -> Response:
        expected = "Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode()
        if not secrets.compare_digest(request.headers.get("authorization", ""), expected):
            return _json({"error": "invalid_client"}, 401)
        made = secrets.token_urlsafe(24)
        desk.tokens.add(made)
        return _json({"access_token": made, "token_type": "Bearer", "expires_in": _TOKEN_SECONDS})

    @app.post("/v1/notifications/verify-webhook-signature")
    async def verify(request: Request) -> Response:
        def looked_at(body: bytes) -> Json:
            said = orjson.loads(body)
            event = body.partition(b'"webhook_event":')[2][:-1]
            expected = desk.book.signature(said["transmission_id"], said["transmission_time"], event)
            good = secrets.compare_digest(expected, said["transmission_sig"])
            genuine = good and said["webhook_id"] == WEBHOOK_ID
            return {"verification_status": "SUCCESS" if genuine else "FAILURE"}

        return await desk.answered(request, "verify", looked_at)

    @app.get("/v1/reporting/transactions")
    async def transactions(request: Request) -> Response:
        asked = request.query_params
        since, until = (datetime.fromisoformat(asked[name]) for name in ("start_date", "end_date"))

        def listed(_: bytes) -> Json:
            if until - since > _LISTED_AT_ONCE:
                raise RefusedError(400, "INVALID_REQUEST")
            return {"transaction_details": desk.book.transactions(since, until), "total_pages": 1}

        return await desk.answered(request, "transactions", listed)

    @app.get("/health")
    async def health() -> Response:
        return Response(b"ok")


def _orders(app: FastAPI, desk: _Desk, address: Callable[[], str]) -> None:
    book = desk.book

    @app.post("/v2/checkout/orders")
    async def create(request: Request) -> Response:
        def made(body: bytes) -> Json:
            wish = orjson.loads(body)
            return book.once("orders", _id(request), lambda: book.create(wish, f"{address()}/payer/"))

        return await desk.answered(request, "create", made, 201)

    @app.get("/v2/checkout/orders/{order}")
    async def read(request: Request, order: str) -> Response:
        return await desk.answered(request, "order", lambda _: book.order(order))

    @app.post("/v2/checkout/orders/{order}/capture")
    async def capture(request: Request, order: str) -> Response:
        def taken(_: bytes) -> Json:
            return book.once(f"capture/{order}", _id(request), lambda: book.capture(order))

        return await desk.answered(request, "capture", taken, 201)

    @app.post("/v2/payments/captures/{capture_id}/refund")
    async def refund(request: Request, capture_id: str) -> Response:
        def given(body: bytes) -> Json:
            wish = orjson.loads(body)
            return book.once(f"refund/{capture_id}", _id(request), lambda: book.refund(capture_id, wish))

        return await desk.answered(request, "refund", given, 201)


def _id(request: Request) -> str:
    return request.headers.get("paypal-request-id", "")


def _pages(app: FastAPI, book: Book) -> None:
    environment = Environment(loader=FileSystemLoader(str(_HERE)), autoescape=True, undefined=StrictUndefined)
    environment.filters.update(filters("fr"))
    page = environment.get_template("page.html")

    @app.get("/payer/{order}")
    async def show(order: str) -> Response:
        try:
            found = book.order(order)
        except RefusedError:
            return HTMLResponse(page.render(amount=None, described="", order="", over=True), 404)
        (unit,) = found["purchase_units"]
        amount = money(unit["amount"])
        assert amount is not None
        return HTMLResponse(
            page.render(
                amount=amount.model_dump(mode="json"),
                described=unit.get("description", ""),
                order=order,
                over=found["status"] not in ("PAYER_ACTION_REQUIRED", "APPROVED"),
            )
        )

    @app.post("/payer/{order}")
    async def decide(request: Request, order: str) -> Response:
        try:
            found = book.order(order)
        except RefusedError:
            return HTMLResponse(page.render(amount=None, described="", order="", over=True), 404)
        back, cancelled = found["_back"]
        if (await request.form()).get("act") == "cancel":
            return RedirectResponse(f"{cancelled}&token={order}", 303)
        book.approve(order)
        return RedirectResponse(f"{back}?token={order}", 303)


def _door(app: FastAPI, book: Book, notifier: Notifier) -> None:
    @app.post("/test/faults")
    async def order_faults(request: Request) -> Response:
        """Set all faults anew; those not named are off."""
        asked = orjson.loads(await request.body())
        known = {field.name for field in fields(Faults)}
        if not set(asked) <= known:
            return _json({"unknown": sorted(set(asked) - known)}, 422)
        book.faults = Faults(**asked)
        return _json({})

    @app.post("/test/release")
    async def release() -> Response:
        return _json({"sent": notifier.release()})

    @app.post("/test/approve/{order}")
    async def approve(order: str) -> Response:
        return _json(shown(book.approve(order)))

    @app.get("/test/book")
    async def account() -> Response:
        """Everything that moved."""
        return _json({"captures": list(map(shown, book.captures.values())),
                      "refunds": list(map(shown, book.refunds.values())),
                      "orders": list(map(shown, book.orders.values()))})  # fmt: skip

    @app.post("/test/sign")
    async def sign(request: Request) -> Response:
        """Headers of a genuine notification with this body."""
        return _json(signed(book, await request.body()))


def _spent(book: Book, faults: dict[str, int], verb: str) -> bool:
    with book.lock:
        left = faults.get(verb, 0)
        if left > 0:
            faults[verb] = left - 1
        return left > 0


def _json(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")
