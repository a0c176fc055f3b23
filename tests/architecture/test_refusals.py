"""Every refusal has a code of its own, a rule of the requirements, and a sentence in each language."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator

import pytest

import aggregates
import commands
from aggregates.kernel import Missing, Refused
from schema.labels import refusal_sentence, tables
from schema.wording import LANGUAGES, Language
from tests.architecture.rules_table import PAGE, rows

for package in (aggregates, commands):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)

_FIELD = re.compile(r"`(\w+)`")
_PLACE = re.compile(r"\{(\w+)")


def family(kind: type[Refused]) -> Iterator[type[Refused]]:
    for child in kind.__subclasses__():
        yield child
        yield from family(child)


REFUSALS = sorted(
    {kind for kind in family(Refused) if kind is not Missing and kind.__module__.startswith(("agg", "com"))},
    key=lambda kind: kind.code,
)
RULES = {row.rule for row in rows(PAGE.read_text("utf-8"))}


def test_there_are_refusals_to_walk_and_no_code_means_two_things() -> None:
    assert len(REFUSALS) > 50
    assert [code for code, n in Counter(kind.code for kind in REFUSALS).items() if n > 1] == []


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.code)
class TestEachRefusal:
    def test_is_named_like_its_code_and_serves_a_rule(self, kind: type[Refused]) -> None:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", kind.code)
        assert kind.rule in RULES
        assert kind.__doc__

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_has_a_sentence_that_says_what_its_class_gives(
        self, kind: type[Refused], language: Language
    ) -> None:
        """Every place in the sentence is a field that the docstring of the class names."""
        template = tables(language)["refused"][kind.code]
        named = set(_FIELD.findall(kind.__doc__ or ""))
        assert set(_PLACE.findall(template)) <= named
        values = {name: {} if name == "changed" else "x" for name in named}
        sentence = refusal_sentence(language, kind.code, values)
        assert sentence
        assert "{" not in sentence
