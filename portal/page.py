"""What every page needs: who is logged in, the frame's values, and rendering."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from functools import cache
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment
from psycopg_pool import AsyncConnectionPool

from aggregates.kernel import Refused, Role
from commands.access import Allowed, Scope
from commands.authentication import Asker, allowed, doorkeeper, logged_in, session
from commands.problems import NotLoggedInError, status_of
from commands.sessions import Session
from portal.language import COOKIE, asked_for, known, language, read_in
from portal.templating import environment
from projections import catalogue, dossier
from projections.query import Reads
from read_api.queries import QUERIES
from schema.labels import label, refusal_sentence
from schema.wording import Language

READER_ZONE = "America/Toronto"
_REMEMBERED = 365 * 24 * 3600
"""Seconds that a browser keeps the chosen language."""


@cache
def _templates(of: Language) -> Environment:
    return environment(language=of)


def templates() -> Environment:
    """The templates in the language that this request's page is read in."""
    return _templates(language())


@dataclass(frozen=True)
class Notice:
    """What the last act did, and what may follow."""

    text: str
    next: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """One request to a page by somebody whom its table lets in."""

    request: Request
    asker: Asker
    """In the role that reaches farthest."""
    session: Session
    name: str

    @property
    def reads(self) -> AsyncConnectionPool[Any]:
        return cast("AsyncConnectionPool[Any]", self.request.app.state.reads)

    @property
    def after(self) -> int | None:
        """The position the page waits for: what was just done shows on it."""
        text = self.request.query_params.get("after", "")
        return int(text) if text.isdecimal() and len(text) < 19 else None

    @property
    def own(self) -> UUID:
        """Whose own file a client's page is about."""
        own = self.asker.who.person
        assert own is not None, "a page has somebody"
        return own

    def may(self) -> list[str]:
        """Names of the commands and queries that a role of theirs is allowed."""
        table = cast("Mapping[str, Allowed]", self.request.app.state.role_table)
        roles = self.session.principal.roles
        return [name for name, allowed in table.items() if roles & set(allowed)]

    def lets_in(self, table: Allowed) -> bool:
        """Whether a part of the page is for a role of theirs."""
        return bool(self.session.principal.roles & set(table))

    def show(
        self,
        template: str,
        context: Mapping[str, Any],
        *,
        notice: Notice | None = None,
        refused: Refused | None = None,
        then: Mapping[str, Any] | None = None,
        ways: Sequence[tuple[str, str]] = (),
    ) -> HTMLResponse:
        """The page; a refusal keeps what was typed and answers with its own status.

        `then` tells the moment of a page that shows what was, where nothing can be done (AUD-2); `ways` lead
        on from the refusal (label, address).
        """
        roles = sorted(self.session.principal.roles)
        me = {
            "name": self.name,
            "roles": [label(language(), "role", role.value) for role in roles],
            "zone": READER_ZONE,
            "may": [name for name in self.may() if then is None or name in QUERIES],
        }
        frame = {
            "me": me,
            "helping": helping(self.session, self.name),
            "csrf": self.session.csrf or "",
            "path": self.request.url.path,
            "query": self.request.query_params.get("q", ""),
            "then": then,
            "notice": notice,
            "refusal": None if refused is None else refusal(refused, ways),
        }
        status = 200 if refused is None else status_of(refused)
        shown = HTMLResponse(templates().get_template(template).render(frame | dict(context)), status)
        self._remember_language(shown)
        return shown

    def _remember_language(self, shown: Response) -> None:
        """What a client without log-in sees later, an error or the log-in, is read in their language too."""
        principal = self.session.principal
        own = Role.CLIENT in principal.roles and principal.behalf is None
        if own and asked_for(self.request) != language():
            choose_language(self.request, shown, language())


def choose_language(request: Request, answer: Response, chosen: Language) -> None:
    """Let the browser ask for that language from now on."""
    answer.set_cookie(
        COOKIE,
        chosen,
        max_age=_REMEMBERED,
        httponly=True,
        samesite="lax",
        secure=doorkeeper(request).secure,
    )


def helping(session: Session, name: str | None = None, then: str | None = None) -> dict[str, Any] | None:
    """What the banner of who is logged in as a client says; None for who is themselves (DOS-12).

    `then`: where it leads on, instead of the dossier.
    """
    if session.until is None:
        return None
    until = session.until.astimezone(UTC).isoformat()
    return {"name": name, "until": until, "csrf": session.csrf or "", "then": then}


def refusal(refused: Refused, ways: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
    """The sentence of a refusal with its rule, and the ways on."""
    sentence = refusal_sentence(language(), refused.code, refused.fields)
    following = [{"label": label, "href": href} for label, href in ways]
    return {"sentence": sentence, "rule": refused.rule, "next": following}


async def page_of(request: Request, found: Session, asker: Asker) -> Page:
    """The page of somebody whom the asker's table lets in. Raises NotLoggedInError for a machine.

    Clients, and who looks as one, read it in the client's language (DOS-16); the pages of staff are French.
    """
    person = found.principal.person
    if person is None:
        raise NotLoggedInError
    reads = cast("AsyncConnectionPool[Any]", request.app.state.reads)
    async with reads.connection() as connection:
        if Role.CLIENT in found.principal.roles:
            name = await read_as(connection, person)
        else:
            name = await catalogue.staff_name(connection, person)
            read_in("fr")
    return Page(request, asker, found, name or "")


async def read_as(connection: Reads, client: UUID) -> str | None:
    """From now on the page is read in this client's language; answers their name."""
    name, speaks = await dossier.greeted(connection, client)
    if (spoken := known(speaks)) is not None:
        read_in(spoken)
    return name


def page_for(table: Allowed) -> Callable[..., Coroutine[Any, Any, Page]]:
    """A dependency: the page, if its table lets somebody in. Raises NotLoggedInError, ForbiddenError."""

    async def opened(
        request: Request,
        found: Annotated[Session, Depends(logged_in)],
        asker: Asker = Depends(allowed(table)),  # noqa: B008  (the table is no global)
    ) -> Page:
        return await page_of(request, found, asker)

    return opened


async def page_of_client(request: Request, found: Annotated[Session | None, Depends(session)]) -> Page | None:
    """A dependency of pages for everybody: a client's own view of it, or None for all others."""
    if found is None or Role.CLIENT not in found.principal.roles:
        return None
    return await page_of(request, found, await allowed({Role.CLIENT: Scope.OWN_FILE})(request, found))


def see_other(path: str, position: int | None = None, done: str | None = None) -> Response:
    """303 to a page that waits for the position and says what was done."""
    query = [f"after={position}"] if position is not None else []
    query += [f"fait={done}"] if done else []
    joint = "&" if "?" in path else "?"
    return RedirectResponse(path + (joint + "&".join(query) if query else ""), 303)


def inside(path: str) -> str:
    """Only a path of this site may follow a log-in."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"


def uuid_or_none(text: str | None) -> UUID | None:
    """An id from a query or form field, None when it is none."""
    try:
        return UUID(text or "")
    except ValueError:
        return None
