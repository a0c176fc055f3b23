"""The language a page is read in: who decides, its sentences, and marks for those put into words later.

French is the language of the code and the templates; a catalogue in locale/ has another one's sentences.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from starlette.requests import Request

from commands.problems import language_of
from schema.wording import LANGUAGES, Language

CATALOGUES = Path(__file__).parent / "locale"
COOKIE = "langue"
NAMES: Mapping[Language, str] = {"fr": "Français", "en": "English"}
"""Each in its own words: who reads one alone finds it."""


@dataclass(frozen=True)
class _Reading:
    language: Language = "fr"
    here: str = "/"


_AT_FIRST = _Reading()
_reading: ContextVar[_Reading] = ContextVar("reading", default=_AT_FIRST)


def language() -> Language:
    """What the page of this request is read in."""
    return _reading.get().language


def here() -> str:
    """The address of this request, to come back to."""
    return _reading.get().here


def begin(request: Request) -> None:
    """Until more is known of who asks, the page is read as their browser has it."""
    path, query = request.url.path, request.url.query
    _reading.set(_Reading(asked_for(request), f"{path}?{query}" if query else path))


def read_in(chosen: Language) -> None:
    """From now on this request is answered in that language."""
    _reading.set(replace(_reading.get(), language=chosen))


def asked_for(request: Request) -> Language:
    """The language of the link that was followed last, else what the browser asks for."""
    return known(request.cookies.get(COOKIE)) or language_of(request)


def known(code: str | None) -> Language | None:
    """The language of that code, if pages have it."""
    return next((each for each in LANGUAGES if each == code), None)


def say(sentence: str, **values: object) -> str:
    """The sentence in the language of the page, with values at each %(name)s."""
    return sentences(language()).gettext(sentence) % values


def say_of(count: int, one: str, many: str, **values: object) -> str:
    """The same of a number, at %(num)s."""
    return sentences(language()).ngettext(one, many, count) % {"num": count, **values}


def later(sentence: str) -> str:
    """The French sentence itself, which `say` or a template puts into words: a mark for the catalogue."""
    return sentence


def worded(version: str) -> str:
    """The version of a text that somebody agreed to, in the language they read: each has its own."""
    return version if language() == "fr" else f"{version}-{language()}"


class _French(NullTranslations):
    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return msgid1 if abs(n) < 2 else msgid2


@cache
def sentences(of: Language) -> NullTranslations:
    """A language's sentences; one that the catalogue lacks stays French."""
    if of == "fr":
        return _French()
    compiled = io.BytesIO()
    with (CATALOGUES / f"{of}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=of, abort_invalid=True))
    compiled.seek(0)
    return GNUTranslations(compiled)
