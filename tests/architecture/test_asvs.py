"""docs/asvs.md has every item of ASVS 5.0 at levels 1 and 2, and what it names exists (T25)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, repository

PAGE = ROOT / "docs" / "asvs.md"
ITEMS = (Path(__file__).parent / "asvs_items.txt").read_text("utf-8").splitlines()
"""Id and level of each, as the standard numbers them."""
MAPPED = 1.0
"""Share of the applicable items with a test or a decision; it only rises."""
_ROW = re.compile(r"^\| (V[\d.]+) \| (\d) \|([^|]*)\|([^|]*)\|$", re.MULTILINE)
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_DECISION = re.compile(r"`(docs/decisions/\d{4}-[\w-]+\.md)`(: \S.*)?")
_WORDS = re.compile(r"(not applicable|à faire): \S.*")
FLOORS = {
    "starlette": (1, 3),
    "python-multipart": (0, 0, 27),
    "jinja2": (3, 1, 6),
    "pydantic": (2, 4),
}
"""The first releases without the holes that were published of older ones."""
SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b"
    r"|\bsk_live_[A-Za-z0-9]{16,}|\bxox[abpr]-[A-Za-z0-9-]{20,}|\bportail_[A-Za-z0-9_-]{43}(?![\w-])"
)
"""Shapes of keys and tokens, ours among them."""


def answers(page: str) -> dict[str, str]:
    return {match[1]: match[4].strip() for match in _ROW.finditer(page)}


@cache
def _functions(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


def _is_answered(answer: str) -> bool:
    if test := _TEST.fullmatch(answer):
        path = ROOT / test[1]
        return path.is_file() and test[2].startswith("test_") and test[2] in _functions(path)
    if decision := _DECISION.fullmatch(answer):
        path = ROOT / decision[1]
        return path.is_file() and "Status: accepted" in path.read_text("utf-8")
    return _WORDS.fullmatch(answer) is not None


def faults(page: str) -> Iterator[str]:
    """What the page lacks or names wrongly."""
    found = [f"{match[1]} {match[2]}" for match in _ROW.finditer(page)]
    if found != ITEMS:
        yield f"not each item once, in order: {sorted(set(found) ^ set(ITEMS))}"
    for match in _ROW.finditer(page):
        if not match[3].strip() or not _is_answered(match[4].strip()):
            yield f"{match[1]}: {match[3].strip()!r} → {match[4].strip()!r}"


def share(page: str) -> tuple[int, int, int]:
    """Items that apply, of them those with a test, and those with a decision."""
    apply = [a for a in answers(page).values() if not a.startswith("not applicable")]
    return len(apply), sum("`tests/" in a for a in apply), sum("`docs/decisions/" in a for a in apply)


@pytest.mark.rule("T25")
def test_every_item_has_its_answer_and_what_is_named_exists() -> None:
    page = PAGE.read_text("utf-8")
    assert list(faults(page)) == []
    applicable, tests, decisions = share(page)
    print(f"ASVS: {len(ITEMS)} items, {applicable} apply: {tests} by test, {decisions} by decision")
    assert len(ITEMS) == 253
    assert (tests + decisions) / applicable >= MAPPED


@pytest.mark.rule("T25")
@pytest.mark.parametrize(
    ("row", "planted"),
    [
        ("V1.2.5", "| V1.2.5 | 1 | shell |  |"),
        ("V1.2.5", "| V1.2.5 | 1 |  | not applicable: no shell |"),
        ("V1.2.5", "| V1.2.5 | 1 | shell | not applicable: |"),
        ("V1.2.5", "| V1.2.5 | 1 | shell | `tests/nowhere.py::test_it` |"),
        ("V1.2.5", "| V1.2.5 | 1 | shell | `tests/architecture/test_asvs.py::test_nothing_of_the_kind` |"),
        ("V1.2.5", "| V1.2.5 | 1 | shell | `docs/decisions/9999-nowhere.md` |"),
        ("V1.2.5", ""),
        ("V1.2.5", "| V1.2.5 | 2 | shell | à faire: all |"),
    ],
)
def test_a_wrong_row_is_found(row: str, planted: str) -> None:
    page = re.sub(rf"^\| {row} .*$", lambda _: planted, PAGE.read_text("utf-8"), flags=re.MULTILINE)
    assert list(faults(page))


def too_old(lock: str) -> list[str]:
    """Packages of the lock below their floor, or not in it."""
    found = dict(re.findall(r"^([\w.-]+)==([\d.]+)", lock, re.MULTILINE))
    return [
        name
        for name, floor in FLOORS.items()
        if tuple(int(part) for part in found.get(name, "0").split(".")) < floor
    ]


@pytest.mark.rule("T25")
@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_the_locks_hold_releases_without_the_holes_we_know(name: str) -> None:
    lock = (ROOT / name).read_text("utf-8")
    assert too_old(lock) == []
    assert too_old(re.sub(r"^jinja2==\S+", "jinja2==3.1.5", lock, flags=re.MULTILINE)) == ["jinja2"]
    assert too_old("") == list(FLOORS)


@pytest.mark.rule("T20", "T25")
def test_no_file_of_the_repository_holds_a_secret() -> None:
    assert [str(source.path) for source in repository() if SECRET.search(source.text)] == []


@pytest.mark.rule("T20", "T25")
def test_a_secret_would_be_found() -> None:
    for planted in ("-----BEGIN PRIVATE " + "KEY-----", "AKIA" + "A1" * 8, "portail_" + "aB-" * 14 + "x"):
        assert SECRET.search(f'key = "{planted}"')
    assert not SECRET.search("portail_secret = settings.paypal_secret")
