"""Help, /aide: what the reader may do comes first; clients and who has no access yet read a part (AID-1)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from aggregates.kernel import Role
from commands.access import Scope
from commands.authentication import Asker, session
from commands.problems import NotLoggedInError
from commands.sessions import Session
from portal.help import Article, articles, by_area
from portal.help.search import search
from portal.language import language
from portal.page import page_of
from portal.public.sheet import sheet
from read_api.lists import NotFoundError
from schema.labels import label

router = APIRouter(include_in_schema=False)
Reader = Annotated[Session | None, Depends(session)]


@router.get("/aide")
async def show(request: Request, reader: Reader, q: str = "", page: str = "") -> HTMLResponse:
    roles = _roles(reader)
    known = [article for article in articles() if _staff(roles) or article.public]
    own = [article for article in known if article.for_roles(roles)]
    here = [article for article in own if page and article.is_about(page)]
    context: dict[str, Any] = {
        "question": q.strip(),
        "found": search(q, own) + search(q, [a for a in known if a not in own]),
        "here": here,
        "own": by_area(own),
        "others": by_area(article for article in known if article not in own),
        "logged_in": reader is not None,
    }
    return await _shown(request, reader, "public/help.html", context)


@router.get("/aide/{key}")
async def read(request: Request, reader: Reader, key: str) -> HTMLResponse:
    roles = _roles(reader)
    article = next((article for article in articles() if article.key == key), None)
    if article is None:
        raise NotFoundError
    if not article.public and not _staff(roles):
        raise NotLoggedInError if reader is None else NotFoundError
    context = {
        "article": article,
        "who": [label(language(), "role", role) for role in sorted(article.who) if role in set(Role)],
        "href": _where(article, roles),
        "beside": [a for a in _beside(article) if _staff(roles) or a.public],
    }
    return await _shown(request, reader, "public/help_article.html", context)


def _where(article: Article, roles: frozenset[Role]) -> str | None:
    """The page where it is done, for whom it is open."""
    if not article.for_roles(roles):
        return None
    return article.path if _staff(roles) else article.for_clients or article.path


def _beside(article: Article) -> list[Article]:
    """Others of the same area."""
    return [a for a in articles() if a.area == article.area and a.key != article.key]


def _roles(reader: Session | None) -> frozenset[Role]:
    return frozenset() if reader is None else reader.principal.roles


def _staff(roles: frozenset[Role]) -> bool:
    return bool(roles - {Role.CLIENT, Role.SYSTEM})


async def _shown(
    request: Request, reader: Session | None, template: str, context: dict[str, Any]
) -> HTMLResponse:
    if reader is None or reader.principal.person is None:
        return sheet(template, {**context, "path": request.url.path})
    page = await page_of(request, reader, Asker(reader.principal, Scope.OWN_FILE, reader.csrf))
    return page.show(template, {**context, "query": ""})
