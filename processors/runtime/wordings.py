"""The wording of each e-mail: the portal's default ones, and how placeholders are filled (COM-4)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from projections import templates
from projections.query import Reads
from schema.wording import Language

_FOLDER = Path(__file__).parents[1] / "wordings"
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True)
class Wording:
    """Subject and body in one language, placeholders in braces."""

    subject: str
    body: str


@dataclass(frozen=True)
class Filled:
    """What a recipient reads."""

    subject: str
    text: str


@cache
def defaults(language: str) -> Mapping[str, Wording]:
    """The portal's own wordings by template."""
    read = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    return {key: Wording(text["subject"], text["body"].strip()) for key, text in read.items()}


async def current(connection: Reads, template: str, language: Language) -> Wording:
    """The school's own wording, else the portal's default one (COM-4)."""
    own = await templates.own(connection, template, language)
    return defaults(language)[template] if own is None else Wording(own["subject"], own["body"])


def filled(wording: Wording, values: Mapping[str, str]) -> Filled:
    """Values in the place of placeholders, which are not looked for in values.

    A line whose placeholders all come to nothing is left out. Raises KeyError on an unknown placeholder.
    """
    lines = [_line(line, values) for line in wording.body.splitlines()]
    text = "\n".join(line for line in lines if line is not None)
    return Filled(one_line(_replaced(wording.subject, values)), _without_gaps(text))


def _line(line: str, values: Mapping[str, str]) -> str | None:
    names = _PLACEHOLDER.findall(line)
    if names and not any(values[name] for name in names):
        return None
    return _replaced(line, values)


def _replaced(text: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: values[found[1]], text)


def _without_gaps(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def one_line(text: str) -> str:
    """A header's text: no line break of any kind, no control character."""
    return " ".join(_CONTROL.sub(" ", text).split())
