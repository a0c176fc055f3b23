"""docs/rules.md beside the markers of the tests; run as a program, it writes the tests column anew."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.architecture.source import ROOT, Source, python

PAGE = ROOT / "docs" / "rules.md"
NONE = "–"
_ROW = re.compile(r"^\| ([A-Z]{3}-\d+|T\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
_STATUS = re.compile(r"done|later|partly: \S.*")


@dataclass(frozen=True)
class Row:
    """One rule: what it is about, how far it is proved, and the test files that mark it."""

    rule: str
    about: str
    status: str
    tests: str


def rows(page: str) -> list[Row]:
    """The rows of both tables."""
    return [Row(*(cell.strip() for cell in match.groups())) for match in _ROW.finditer(page)]


def markers(sources: Iterable[Source]) -> Iterator[tuple[str, Path]]:
    """Every id of `@pytest.mark.rule(…)`, with its file. Raises ValueError on one that isn't written out."""
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.rule":
                ids = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                if not ids or len(ids) != len(node.args) or node.keywords:
                    raise ValueError(f"{source.path}:{node.lineno}: write the rule's id out")
                yield from ((str(rule), source.path) for rule in ids)


def marked(sources: Iterable[Source]) -> Mapping[str, str]:
    """Rule → its test files as the table names them."""
    files: dict[str, set[str]] = {}
    for rule, path in markers(sources):
        files.setdefault(rule, set()).add(path.relative_to("tests").as_posix())
    return {rule: ", ".join(f"`{name}`" for name in sorted(names)) for rule, names in files.items()}


def faults(page: str, tests: Mapping[str, str]) -> list[str]:
    """What doesn't agree, in words."""
    found: list[str] = []
    table = {row.rule: row for row in rows(page)}
    if len(table) != len(rows(page)):
        found.append("a rule stands there twice")
    found += [f"{rule}: marked by a test, no row" for rule in sorted(tests.keys() - table.keys())]
    for row in table.values():
        if row.tests != tests.get(row.rule, NONE):
            found.append(f"{row.rule}: the tests column is stale, run `make rules`")
        if not _STATUS.fullmatch(row.status):
            found.append(f"{row.rule}: {row.status!r} is no status")
        if (row.status == "later") is (row.rule in tests):
            found.append(f"{row.rule}: {row.status!r}, but {tests.get(row.rule, 'no test')}")
    return found


def rewritten(page: str, tests: Mapping[str, str]) -> str:
    """The page with its tests column anew; a rule's first test makes it `partly: begun`."""

    def row(match: re.Match[str]) -> str:
        rule, about, status, _ = (cell.strip() for cell in match.groups())
        if rule in tests and status == "later":
            status = "partly: begun"
        return f"| {rule} | {about} | {status} | {tests.get(rule, NONE)} |"

    return _ROW.sub(row, page)


if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text("utf-8"), marked(python("tests"))), "utf-8")
