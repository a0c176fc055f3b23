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

import orjson
import typst

_ROOM = Path(__file__).with_name("typst")
_STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]
_CONTROL = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
"""Never shown, or able to turn the reading order of what stands beside them."""
_LONG = re.compile(r"\S{24}(?=\S{6})")
_UNSHOWN = re.compile(r'the text `"(.+?)"` could not be displayed')
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
        return b"\n".join((_layouts(), self.template.encode(), _json(self)))


def pressed(paper: Paper) -> bytes:
    """The PDF; takes some milliseconds of a core, so not on an event loop.

    Characters that no font has are shown as □.
    """
    data = _json(paper).decode()
    for _ in range(_MOST_UNSHOWN):
        try:
            return _compiled(paper, data, _STANDARDS)
        except typst.TypstError as error:
            unshown = _UNSHOWN.search(str(error))
            if unshown is None:
                raise
            for sign in unshown[1]:
                data = data.replace(sign, _MISSING)
    return _compiled(paper, data, [])


def _json(paper: Paper) -> bytes:
    return orjson.dumps(_clean({**paper.data, "made": paper.made.isoformat()}), option=orjson.OPT_SORT_KEYS)


def _clean(part: Any) -> Any:
    """Texts without what is never shown; in words longer than a line, places where they may break."""
    match part:
        case str():
            return _LONG.sub(lambda found: f"{found[0]}\u200b", _CONTROL.sub("", part))
        case Mapping():
            return {key: _clean(value) for key, value in part.items()}
        case list() | tuple():
            return [_clean(value) for value in part]
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
