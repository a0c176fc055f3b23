"""docs/exemples.md has a part for each example and none beside, and an example of each rule that has one."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

from tests.examples.story import heads

FOLDER = Path(__file__).parent
TOLD = (
    *(f"DOS-{n}" for n in (4, 6, 8, 9, 10, 13, 14, 16, 18, 20)),
    *(f"CAT-{n}" for n in range(1, 5)),
    *(f"ATE-{n}" for n in (1, 2, 4, 5, 6, 7, 8, 10)),
    *(f"INS-{n}" for n in range(1, 16)),
    *(f"FAC-{n}" for n in (1, 2, 4, 5, 9, 10)),
    "ATT-2",
)


def untold(page: Iterable[str]) -> list[str]:
    """The rules without an example under these headings."""
    told = {rule for head in page for rule in head.removeprefix("### ").partition(" · ")[0].split(", ")}
    return [rule for rule in TOLD if rule not in told]


def test_the_page_tells_every_example_and_nothing_else() -> None:
    titles = {
        (ast.get_docstring(node) or "").strip().rstrip(".")
        for path in FOLDER.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test_")
        and "story" in [a.arg for a in node.args.args]
    }
    assert {head.partition(" · ")[2] for head in heads()} == titles


def test_each_of_these_rules_has_an_example() -> None:
    assert not untold(heads())


def test_a_rule_whose_examples_are_taken_out_is_found() -> None:
    without = [head for head in heads() if not head.startswith("### DOS-6 ")]
    assert len(without) < len(heads())
    assert untold(without) == ["DOS-6"]
