"""What the documentation names exists, and decision records have their parts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGES, ROOT, Source, repository, snippet

RECORDS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
PARTS = ["Context", "Decision", "Consequences", "Alternatives", "Enforced by"]
_NAMED = re.compile(rf"`((?:{'|'.join((*PACKAGES, 'bench', 'docs', 'tests'))})/[\w./-]*|[A-Z]+\.md)`")
_NOT_THERE = {"commands/registrations/extend_registration.py", "bench/report.json"}
"""An example's file, and one that is made."""


def missing(page: Source) -> Iterator[str]:
    """Files and folders of the repository in backticks that aren't there."""
    for match in _NAMED.finditer(page.text):
        name = match[1]
        if name not in _NOT_THERE and not (ROOT / name).exists():
            yield f"{page.path}: {name}"


def test_every_file_that_a_page_names_exists() -> None:
    pages = (s for s in repository() if s.path.suffix == ".md" and s.path.name != "rules.md")
    assert [name for page in pages for name in missing(page)] == []


def test_a_file_that_is_not_there_is_found() -> None:
    assert list(missing(snippet("see `schema/nowhere.py`", "docs/planted.md")))
    assert list(missing(snippet("see `schema/seals.py`, `tests/` and `/api/docs`", "docs/planted.md"))) == []


@pytest.mark.parametrize(
    "path", [*RECORDS, ROOT / "docs" / "decisions" / "template.md"], ids=lambda p: p.stem
)
def test_a_decision_record_has_its_parts(path: Path) -> None:
    text = path.read_text("utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == PARTS
    assert re.match(r"# (NNNN|\d{4}) · \S.*\n\nDate: \S+ · Status: (accepted|replaced by \d{4})", text)


def test_no_decision_has_the_number_of_another() -> None:
    """Numbers are given out before records are written, to several at a time; one not needed stays a gap."""
    numbers = [path.name[:4] for path in RECORDS]
    assert sorted(set(numbers)) == numbers
    assert numbers[0] == "0001"
