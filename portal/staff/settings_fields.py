"""A setting of the school as a field: how it is read, typed, and written back (INS-5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aggregates.catalogue.settings import SchoolSettings
from portal.form import NotAnAmountError, WrongFieldError, minor_of

Draft = dict[str, Any]
"""Settings as JSON has them, being changed."""
_LINK = re.compile(r"https?://[^\s<>\"']+")


@dataclass(frozen=True)
class Setting:
    """One field: its text as it stands, and what a typed text makes of the settings."""

    name: str
    label: str
    read: Callable[[SchoolSettings], str]
    write: Callable[[Draft, str], None]
    """Raises WrongFieldError."""
    kind: str = "text"
    """text | number | amount | link | lines | yes | choice"""
    help: str = ""
    choices: Mapping[str, str] | None = None
    required: bool = False
    under: str = ""
    """Heading that begins above it."""

    def shown(self, text: str) -> str:
        """As people read it: « oui », a name in place of an id."""
        if self.kind == "yes":
            return "oui" if text else "non"
        return (self.choices or {}).get(text, text)


def within(draft: Draft, *path: str) -> Draft:
    """The part of the draft at that path, made where it lacks."""
    for name in path:
        draft = draft.setdefault(name, {})
    return draft


def text_of(name: str, words: str, **more: Any) -> Setting:
    """A line of text."""

    def write(draft: Draft, text: str) -> None:
        if not text and more.get("required"):
            raise WrongFieldError(name, "Ne laissez pas ce champ vide.")
        draft[name] = text

    return Setting(name, words, lambda s: str(getattr(s, name)), write, **more)


def link(name: str, words: str, path: Sequence[str], read: Callable[[SchoolSettings], str]) -> Setting:
    """An address of a page; empty takes it away."""

    def write(draft: Draft, text: str) -> None:
        *above, last = path
        if text and not _LINK.fullmatch(text):
            raise WrongFieldError(name, "Écrivez une adresse complète, qui commence par https://.")
        if text or not above:
            within(draft, *above)[last] = text
        else:
            within(draft, *above).pop(last, None)

    return Setting(name, words, read, write, "link")


def number(name: str, words: str, least: int, most: int, **more: Any) -> Setting:
    """A whole number within bounds."""

    def write(draft: Draft, text: str) -> None:
        draft[name] = whole(name, text, least, most)

    return Setting(name, words, lambda s: str(getattr(s, name)), write, "number", required=True, **more)


def whole(name: str, text: str, least: int, most: int) -> int:
    """Raises WrongFieldError."""
    if not (text.isdecimal() and len(text) < 7 and least <= int(text) <= most):
        raise WrongFieldError(name, f"Écrivez un nombre entier de {least} à {most}.")
    return int(text)


def minor(name: str, text: str) -> int:
    """An amount in minor units. Raises NotAnAmountError."""
    found = minor_of(text)
    if found is None or found // 100 > 100_000:
        raise NotAnAmountError(name)
    return found


def lines(text: str) -> list[str]:
    """Those that hold something, each with single blanks."""
    return [line for raw in text.splitlines() if (line := " ".join(raw.split()))]


def pairs(name: str, text: str) -> list[tuple[str, str]]:
    """« Québec : 514 555-0199 », a line each. Raises WrongFieldError."""
    found = [line.rpartition(":") for line in lines(text)]
    if not all(left.strip() and right.strip() for left, _, right in found):
        raise WrongFieldError(name, "Une ligne chacun, avec un deux-points : « Québec : 514 555-0199 ».")
    return [(left.strip(), right.strip()) for left, _, right in found]


@dataclass(frozen=True)
class Part:
    """One page of settings."""

    key: str
    title: str
    about: str
    settings: Sequence[Setting]

    def typed(self, draft: Draft, given: Mapping[str, str], was: SchoolSettings) -> dict[str, str]:
        """What was typed put into the draft, where it is not as it was; errors by field."""
        errors = {}
        for setting in self.settings:
            text = given.get(setting.name, "")
            if text == setting.read(was):
                continue
            try:
                setting.write(draft, text)
            except WrongFieldError as error:
                errors[setting.name] = error.says
        return errors
