"""What users read: a sentence per fact and refusal, a word per value, in French and English."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID

from aggregates.catalogue.settings import SchoolSettings
from aggregates.kernel import Fact, Money, Value
from schema.wording import Language, day, moment, money

__all__ = ["SCHOOL_ZONE", "Language", "Names", "fact_sentence", "label", "refusal_sentence", "value_text"]

Names = Callable[[UUID], "str | None"]
"""What an id stands for: a client's or staff user's name, an activity's or venue's; for a workshop
activity, dates and place. None when it is not known; « [effacé] » when it was erased."""
SCHOOL_ZONE = SchoolSettings().zone
"""Zone of instants when the caller knows no better one."""

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_PLACE = re.compile(r"\{(\w+)(?:\.(\w+))?(#)?(?:\|([^}]*))?\}")
_BEFORE = re.compile(r" (?=[:;?!»])|(?<=«) ")


@cache
def tables(language: Language) -> Mapping[str, Mapping[str, str]]:
    """Every label of a language, by kind and value."""
    text = (files("schema") / "labels" / f"{language}.toml").read_text("utf-8")
    if language == "fr":
        # French marks never begin a line.
        text = _BEFORE.sub("\N{NO-BREAK SPACE}", text)
    return tomllib.loads(text)


def label(language: Language, kind: str, value: str) -> str:
    """The word for a value: kind `role`, `field`, `status`, `malformed` or an enum's name (`region`).

    A kind with an entry `other` has an answer for every value. Raises KeyError.
    """
    table = tables(language)[kind]
    return table[value] if value in table or "other" not in table else table["other"]


def fact_sentence(language: Language, fact: Fact, names: Names, zone: str = SCHOOL_ZONE) -> str:
    """What happened, for history and audit pages (AUD-1); erased values read « [effacé] » (DOS-11)."""
    values = {name: getattr(fact, name) for name in type(fact).model_fields}
    return _Writer(language, names, zone).fill(tables(language)["fact"][fact.TOPIC], values)


def refusal_sentence(
    language: Language, code: str, fields: Mapping[str, Any], zone: str = SCHOOL_ZONE
) -> str:
    """Why a wish was refused and what to do; instants read on the clocks of `zone`. Raises KeyError."""
    writer = _Writer(language, lambda _: None, zone)
    values = {**fields, "changed": writer.changes(fields.get("changed") or {})}
    return writer.fill(tables(language)["refused"][code], values)


def value_text(language: Language, value: Any, names: Names, zone: str = SCHOOL_ZONE) -> str:
    """One value of a fact as people read it; "nothing" where there is none."""
    writer = _Writer(language, names, zone)
    if isinstance(value, bool):
        return tables(language)["word"][str(value).lower()]
    return tables(language)["word"]["nothing"] if _is_empty(value) else writer.text(value)


def kind_of(enum: type[Enum]) -> str:
    """The kind under which an enum's values stand: PriceReason → price_reason."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", enum.__name__).lower()


@dataclass(frozen=True)
class _Writer:
    """Puts values into sentences of one language."""

    language: Language
    names: Names
    zone: str

    def fill(self, template: str, values: Mapping[str, Any]) -> str:
        """The sentence; an optional part goes with any empty value in it."""

        def kept(part: re.Match[str]) -> str:
            empty = any(_is_empty(values.get(place[1])) for place in _PLACE.finditer(part[1]))
            return "" if empty else part[1]

        def written(place: re.Match[str]) -> str:
            name, part, count, instead = place.groups()
            value = values.get(name)
            if _is_empty(value) and instead is not None:
                return instead
            if count:
                return str(len(value or ()))
            return self.text([getattr(item, part) for item in _items(value)] if part else value)

        return _PLACE.sub(written, _OPTIONAL.sub(kept, template))

    def text(self, value: Any) -> str:
        """One value as it is read. `True` adds nothing: its optional part says it."""
        match value:
            case None | True:
                return ""
            case UUID():
                return self.names(value) or self._word("unknown")
            case Enum():
                return label(self.language, kind_of(type(value)), str(value.value))
            case Money():
                return money(self.language, value)
            case datetime():
                return moment(self.language, value, self.zone)
            case date():
                return day(self.language, value)
            case str():
                return value
            case Value():
                return " – ".join(self.text(part) for part in vars(value).values())
            case Mapping():
                return ", ".join(f"{key} {self.text(item)}" for key, item in value.items())
            case Sequence():
                return ", ".join(self.text(item) for item in value)
            case _:
                return str(value)

    def changes(self, changed: Mapping[str, Mapping[str, Any]]) -> str:
        """Fields that somebody else changed, each with their value and the one wanted."""
        return ", ".join(
            self.fill(
                self._word("changed"),
                {
                    "field": label(self.language, "field", name),
                    "theirs": self._version(pair["theirs"]),
                    "yours": self._version(pair["yours"]),
                },
            )
            for name, pair in changed.items()
        )

    def _version(self, value: Any) -> str | None:
        """One side of a clash; nothing for ids and values of several parts, which have no name here."""
        if isinstance(value, bool):
            return self._word(str(value).lower())
        if _is_empty(value):
            return self._word("nothing")
        first = next(iter(value), None) if isinstance(value, Sequence) else value
        unnamed = isinstance(first, UUID) or (isinstance(first, Value) and not isinstance(first, Money))
        return None if unnamed else self.text(value)

    def _word(self, name: str) -> str:
        return tables(self.language)["word"][name]


def _items(value: Any) -> Sequence[Any]:
    """The parts of a value that has several, or the one that it is."""
    if isinstance(value, Sequence):
        return value
    return () if value is None else (value,)


def _is_empty(value: Any) -> bool:
    return value is None or value is False or (isinstance(value, str | Sequence | Mapping) and not value)
