"""« English », « Français »: /langue/{code} keeps the choice of who is not logged in, and leads back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from portal.language import known
from portal.page import choose_language, inside
from read_api.lists import NotFoundError

router = APIRouter(include_in_schema=False)


@router.get("/langue/{code}")
async def choose(
    request: Request, code: str, following: Annotated[str, Query(alias="next", max_length=2_000)] = "/"
) -> Response:
    """A link, so that it works without scripts and without a form; it changes nothing but a cookie."""
    chosen = known(code)
    if chosen is None:
        raise NotFoundError
    answer = RedirectResponse(inside(following), 303)
    choose_language(request, answer, chosen)
    return answer
