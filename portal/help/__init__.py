"""The articles of the help, read from the TOML files beside this one, and whom each is for (AID-1)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aggregates.kernel import Role

HERE = Path(__file__).parent
ANYONE = "anyone"
"""In place of roles: also for who has no access yet."""
_PLAIN = re.compile(r"[!-~]+")
"""A host that looks like another's, in other letters, has to be written as it is looked up."""


@dataclass(frozen=True)
class Article:
    """One question with its answer."""

    key: str
    area: str
    title: str
    words: str
    """What else people call it; searched, not shown."""
    steps: tuple[str, ...]
    who: frozenset[str]
    """Roles that may do it, or ANYONE."""
    path: str
    """The page where it begins."""
    pages: tuple[str, ...]
    """Paths of the pages it is about, as their routes write them; `path` first."""
    rules: tuple[str, ...]
    tasks: tuple[int, ...]
    """Numbers in docs/taches.md."""
    for_clients: str | None = None
    """Where clients go instead."""
    note: str | None = None
    video: str | None = None
    """Address of a film elsewhere, https only."""

    @property
    def video_host(self) -> str | None:
        """Whose site the film is on, told before one goes there."""
        return urlsplit(self.video).hostname if self.video else None

    def for_roles(self, roles: Iterable[Role]) -> bool:
        """Whether somebody in one of these roles may do it."""
        return ANYONE in self.who or any(role.value in self.who for role in roles)

    @property
    def public(self) -> bool:
        """Whether it may be read by clients and without log-in."""
        return bool(self.who & {ANYONE, Role.CLIENT.value})

    def is_about(self, path: str) -> bool:
        """Whether this page of the portal is one of its own."""
        patterns = (re.sub(r"\{\w+\}", "[^/]+", page) for page in self.pages)
        return any(re.fullmatch(each, path) for each in patterns)  # pattern: of the help's own files


@cache
def articles() -> tuple[Article, ...]:
    """All of them, in the order of their areas' files.

    Raises KeyError for one that lacks a part, ValueError for a video that is no https address.
    """
    files = (tomllib.loads(path.read_text("utf-8")) for path in sorted(HERE.glob("*.toml")))
    return tuple(_article(file["area"], each) for file in files for each in file["article"])


def _article(area: str, each: dict[str, Any]) -> Article:
    path = each["path"]
    return Article(
        key=each["key"],
        area=area,
        title=each["title"],
        words=each["words"],
        steps=tuple(each["steps"]),
        who=frozenset(each["who"]),
        path=path,
        pages=(path, *each.get("pages", ())),
        rules=tuple(each.get("rules", ())),
        tasks=tuple(each.get("tasks", ())),
        for_clients=each.get("for_clients"),
        note=each.get("note"),
        video=_video(each),
    )


def _video(each: dict[str, Any]) -> str | None:
    """Where its film is. Raises ValueError for what no reader should be sent to."""
    address = each.get("video")
    if address is None:
        return None
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or not _PLAIN.fullmatch(address):
        raise ValueError(f"{each['key']}: the video {address!r} is no plain https address")
    return str(address)


def by_area(found: Iterable[Article]) -> list[dict[str, Any]]:
    """The articles under their areas, in the order they came."""
    areas: dict[str, list[Article]] = {}
    for article in found:
        areas.setdefault(article.area, []).append(article)
    return [{"name": name, "articles": each} for name, each in areas.items()]
