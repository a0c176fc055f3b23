"""The press: a document's data, always as text and never as markup, set by typst into the bytes of a PDF.

The same data give the same bytes: fonts of the wheel alone, no clock, no network; dates come with the data.
Accessible and fit for archives (PDF/UA-1, PDF/A-2a), which also refuses what no font can show.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unicodedata import category

import orjson
import typst

_ROOM = Path(__file__).with_name("typst")
_STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]
_LONG = re.compile(r"\S{24}(?=\S{6})")
_LINKS = ("https://", "http://")
_UNSHOWN = re.compile(r'the text `"(.+?)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
_MISSING = "□"
_MOST_UNSHOWN = 40
_idle: list[typst.Compiler] = []
"""Compilers that nobody uses: one serves one thread at a time, and keeps what it has read and parsed."""


@dataclass(frozen=True)
class Paper:
    """A document ready to be set."""

    template: str
    """Name of the file in typst/."""
    name: str
    """Of the PDF, without ending, in ASCII; nothing personal in it."""
    made: date
    """Its own date, which the file bears too."""
    data: Mapping[str, Any]
    """What stands on it, as text."""
    persons: int = 1
    """How many persons' data it holds."""

    def fingerprint(self) -> bytes:
        """Equal where the bytes will be equal: of the data, the layouts and the press itself."""
        return b"\n".join((_layouts(), self.template.encode(), _json(self, _Signs()).encode()))


def pressed(paper: Paper) -> bytes:
    """The PDF; takes some milliseconds of a core, so not on an event loop.

    Characters that no font has are shown as □.
    """
    signs = _Signs()
    for _ in range(_MOST_UNSHOWN):
        try:
            return _compiled(paper, _json(paper, signs), _STANDARDS)
        except typst.TypstError as error:
            found = _UNSHOWN.search(str(error))
            if found is None:
                raise
            if not signs.learn(_ESCAPED.sub(lambda escaped: chr(int(escaped[1], 16)), found[1])):
                break
    return _compiled(paper, _json(paper, signs), [])


class _Signs(dict[int, str | None]):
    """What becomes of each sign, as `str.translate` asks for it."""

    def __init__(self) -> None:
        super().__init__()
        self._without_marks = False

    def __missing__(self, point: int) -> str | None:
        """Control signs, and those that turn the reading order, go; those of no script are marked."""
        sign = chr(point)
        match category(sign):
            case "Cc" | "Cf" | "Cs" | "Zl" | "Zp":
                shown = "\n" if sign == "\n" else None
            case "Co" | "Cn":
                shown = _MISSING
            case "Mn" | "Mc" | "Me" if self._without_marks:
                shown = None
            case _:
                shown = sign
        self[point] = shown
        return shown

    def learn(self, unshown: str) -> bool:
        """Mark what no font has; marks set on it go too. False where there is nothing left to do."""
        new = {ord(sign) for sign in unshown if not sign.isascii() and sign != _MISSING} - {
            point for point, shown in self.items() if shown == _MISSING
        }
        if not new and not self._without_marks:
            self._without_marks = True
            for point in [point for point in self if category(chr(point)).startswith("M")]:
                del self[point]
            return True
        self.update(dict.fromkeys(new, _MISSING))
        return bool(new)


def _json(paper: Paper, signs: _Signs) -> str:
    data = _clean({**paper.data, "made": paper.made.isoformat()}, signs)
    return orjson.dumps(data, option=orjson.OPT_SORT_KEYS).decode()


def _clean(part: Any, signs: _Signs) -> Any:
    """Texts without what is never shown; in words longer than a line, places where they may break."""
    match part:
        case str():
            shown = part.translate(signs)
            return shown if shown.startswith(_LINKS) else _LONG.sub("\\g<0>\u200b", shown)
        case Mapping():
            return {key: _clean(value, signs) for key, value in part.items()}
        case list() | tuple():
            return [_clean(value, signs) for value in part]
        case _:
            return part


def _compiled(paper: Paper, data: str, standards: list[typst.PDFStandard]) -> bytes:
    moment = datetime(paper.made.year, paper.made.month, paper.made.day, tzinfo=UTC)
    try:
        compiler = _idle.pop()
    except IndexError:
        compiler = typst.Compiler(root=_ROOM, font_paths=_fonts(), ignore_system_fonts=True)
    try:
        made = compiler.compile(
            _ROOM / f"{paper.template}.typ",
            format="pdf",
            sys_inputs={"data": data},
            pdf_standards=standards,
            timestamp=moment,
        )
    finally:
        _idle.append(compiler)
    assert isinstance(made, bytes)
    return made


@cache
def _layouts() -> bytes:
    return b"\n".join([version("typst").encode(), *(path.read_bytes() for path in sorted(_ROOM.iterdir()))])


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)
