"""The page on the API, /api/docs: what the OpenAPI file says, for people, and nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, cast

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup, escape

from portal.language import language
from portal.page import templates

router = APIRouter(include_in_schema=False)


@router.get("/api/docs")
async def show(request: Request) -> HTMLResponse:
    describe = cast("Callable[[str], dict[str, Any]]", request.app.state.openapi)
    text = await anyio.to_thread.run_sync(lambda: _page(describe(language())))
    return HTMLResponse(text)


def _page(described: dict[str, Any]) -> str:
    groups = [
        {
            "name": tag["name"],
            "about": tag["description"],
            "operations": [o for o in _operations(described) if tag["name"] in o["tags"]],
        }
        for tag in described["tags"]
    ]
    context = {
        "me": None,
        "csrf": "",
        "path": "/api/docs",
        "query": "",
        "notice": None,
        "refusal": None,
        "about": paragraphs(described["info"]["description"]),
        "groups": groups,
    }
    return templates().get_template("public/api.html").render(context)


def _operations(described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield {
                "address": f"{method.upper()} {path}",
                "summary": operation["summary"],
                "about": paragraphs(operation["description"]),
                "tags": operation["tags"],
                "parameters": [
                    {"name": p["name"], "about": p["description"], "needed": p["required"]}
                    for p in operation.get("parameters", ())
                ],
                "answers": [
                    {"status": status, "about": answer["description"]}
                    for status, answer in operation["responses"].items()
                ],
            }


def paragraphs(text: str) -> list[Markup]:
    """The text of a description, with names of fields and codes as such."""
    return [
        Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(part))))  # noqa: S704  (escaped above)
        for part in text.split("\n\n")
    ]
