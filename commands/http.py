"""POST /api/commands/<verb-noun> for each command class of the registry."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeVar, cast
from uuid import UUID, uuid4, uuid5

import anyio.to_thread
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aggregates.kernel import Role
from commands.access import Allowed, Principal
from commands.authentication import credentials
from commands.dispatch import Dispatcher
from commands.message import Act, Answer, Command, sender
from commands.problems import MalformedError, NotLoggedInError, TooLargeError, malformed
from commands.sessions import Credentials, Sessions

T = TypeVar("T")
MAX_BODY = 1_000_000
_KEY_LENGTH = 200
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same command sent again with the same key is carried out once and answered alike.",
    "schema": {"type": "string", "minLength": 1, "maxLength": _KEY_LENGTH, "examples": ["import-2026-0412"]},
}


class Done(BaseModel):
    """What a command answers: the position of its last event, and ids that it made, by name."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, UUID] = Field(init=False)

    position: str = Field(examples=["3145728"], description="Given as `after`, a query shows the event.")


async def limited_body(request: Request, most: int = MAX_BODY) -> bytes:
    """The request's body. Raises TooLargeError."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise TooLargeError
    return body


def command_id(who: Principal, key: str | None) -> UUID:
    """uuid5(user, Idempotency-Key); without a key each request is its own."""
    return uuid4() if key is None else uuid5(who.user or UUID(int=0), key)


async def run(request: Request, command: Command, who: Principal, id_: UUID) -> Answer:
    """Dispatch in a worker thread of the app's limiter."""

    def act(dispatcher: Dispatcher, waited: float) -> Answer:
        with dispatcher.store.log.connection(waited) as connection:
            return dispatcher.dispatch(command, who, id_, connection=connection)

    return await _in_thread(request, act)


async def consider(request: Request, look: Callable[[Act], T], who: Principal, allowed: Allowed) -> T:
    """What the look comes to, in such a thread; nothing is done."""
    return await _in_thread(
        request, lambda dispatcher, waited: dispatcher.consider(look, who, allowed, waited)
    )


async def _in_thread(request: Request, act: Callable[[Dispatcher, float], T]) -> T:
    """Threads are few: the seconds that one was waited for count towards the answer's."""
    dispatcher = cast("Dispatcher", request.app.state.dispatcher)
    limiter = cast("anyio.CapacityLimiter", request.app.state.dispatch_limiter)
    came_at = monotonic()
    return await anyio.to_thread.run_sync(lambda: act(dispatcher, monotonic() - came_at), limiter=limiter)


@dataclass(frozen=True)
class _Post:
    """A command as it came over HTTP, not yet looked at."""

    command_type: type[Command]
    shown: Credentials
    content_type: str
    key: str | None
    body: bytes

    def carry_out(self, dispatcher: Dispatcher, sessions: Sessions, waited: float) -> Answer:
        """Who? → may they? → is it well formed? → dispatch: all on one connection, in one thread.

        Raises NotLoggedInError, ForbiddenError, MalformedError, and what dispatch raises.
        """
        with dispatcher.store.log.connection(waited) as connection:
            found = sessions.find_on(connection, self.shown)
            if found is None:
                raise NotLoggedInError
            who = found.principal
            sender(who, self.command_type)
            return dispatcher.dispatch(self._command(), who, command_id(who, self.key), connection=connection)

    def _command(self) -> Command:
        rule = self.command_type.RULES[0]
        if self.content_type.partition(";")[0].strip() != "application/json":
            raise MalformedError([{"field": "body", "code": "not_json"}], rule)
        if self.key is not None and not 0 < len(self.key) <= _KEY_LENGTH:
            raise MalformedError([{"field": "Idempotency-Key", "code": "string_too_long"}], "FAC-3")
        try:
            return self.command_type.model_validate_json(self.body, strict=True)
        except ValidationError as error:
            raise malformed(error, rule) from None


def _route(command_type: type[Command]) -> Any:
    async def post(request: Request) -> Response:
        shown = credentials(request)
        if shown is None:
            raise NotLoggedInError
        content_type, key = request.headers.get("content-type", ""), request.headers.get("idempotency-key")
        body = await limited_body(request)
        wish = _Post(command_type, shown, content_type, key, body)
        sessions = request.app.state.doorkeeper.sessions
        answer = await _in_thread(request, lambda d, waited: wish.carry_out(d, sessions, waited))
        return Response(answer.to_bytes(), media_type="application/json")

    return post


def routes(command_types: Iterable[type[Command]]) -> APIRouter:
    """One POST route per command, with its schema and roles in the OpenAPI file."""
    router = APIRouter(prefix="/api/commands", tags=["commands"])
    for command_type in command_types:
        schema = command_type.model_json_schema(ref_template="#/components/schemas/commands.{model}")
        router.add_api_route(
            f"/{command_type.verb_noun()}",
            _route(command_type),
            methods=["POST"],
            name=command_type.__name__,
            description=inspect.cleandoc(command_type.__doc__ or ""),
            responses={200: {"description": "Done.", "model": Done}},
            openapi_extra={
                "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
                "parameters": [_KEY],
                "x-roles": [role.value for role in Role if role in command_type.ALLOWED],
                "x-rules": list(command_type.RULES),
            },
        )
    return router
