"""docs/exemples.md has a part for each example and none beside."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.examples.story import heads

FOLDER = Path(__file__).parent


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
