"""docs/security.md claims nothing that no test proves, and the source keeps the rules it speaks of (T25)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from service.run import CHILDREN
from tests.architecture.source import PACKAGES, ROOT, Source, python, snippet, with_suffix
from tests.architecture.test_asvs import _is_answered

pytestmark = pytest.mark.rule("T25")
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
_TEST = re.compile(r"`tests/[\w/]+\.py::\w+`")
_CRYPTO = {"hashlib", "hmac", "cryptography", "argon2", "pyotp"}
_HASHES = {"sha256", "blake2b"}
_SINKS = re.compile(
    r"\.(inner|outer)HTML\s*\+?=(?!=)|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc"
)
_KEPT = re.compile(r"(?:local|session)Storage\.setItem\(\s*([^,]+),|indexedDB|document\.cookie")


def unproved(page: str) -> list[str]:
    """Rows of tables with a proof column that name no test, or one that isn't there."""
    found, proved = [], False
    for line in page.splitlines():
        if line.startswith("|---"):
            continue
        if not line.startswith("| "):
            proved = False
        elif line.endswith("| proved by |"):
            proved = True
        elif proved:
            proof = line.rpartition("| ")[2].removesuffix(" |") if line.endswith(" |") else line
            if not (_TEST.fullmatch(proof) and _is_answered(proof)):
                found.append(line)
    return found


def test_each_claim_names_a_test_that_is_there() -> None:
    assert unproved(PAGE) == []
    assert PAGE.count("`tests/") > 60


@pytest.mark.parametrize("proof", ["", "`tests/nowhere.py::test_it`", "surely"])
def test_a_claim_without_proof_is_found(proof: str) -> None:
    planted = re.sub(r"`tests/schema/test_mapper[^`]+`", proof, PAGE, count=1)
    assert len(unproved(planted)) == 1


def with_cryptography(sources: Iterator[Source]) -> set[str]:
    found = set()
    for source in sources:
        for node in ast.walk(source.tree):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if {name.partition(".")[0] for name in names} & _CRYPTO:
                found.add(source.path.as_posix())
    return found


def test_all_cryptography_stands_in_the_inventory() -> None:
    section = PAGE.partition("## Cryptography")[2].partition("\n## ")[0]
    listed = set(re.findall(r"`([\w/]+\.py)`", section))
    assert with_cryptography(python(*PACKAGES)) == listed
    assert with_cryptography(iter([snippet("from hashlib import md5")]))


def weak_hashes(sources: Iterator[Source]) -> list[str]:
    found = []
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "hashlib":
                found += [node.attr] if node.attr not in _HASHES else []
            if isinstance(node, ast.ImportFrom) and node.module == "hashlib":
                found += [a.name for a in node.names if a.name not in _HASHES]
    return found


def test_only_hashes_that_hold_are_used() -> None:
    assert weak_hashes(python(*PACKAGES)) == []
    assert weak_hashes(iter([snippet("import hashlib\nx = hashlib.md5(b'')")])) == ["md5"]


def made_patterns(sources: Iterator[Source]) -> list[str]:
    """Patterns that are not written out, or made of constants alone."""
    found = []
    for source in sources:
        for node in ast.walk(source.tree):
            if not (isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.") and node.args):
                continue
            holes = [n.value for n in ast.walk(node.args[0]) if isinstance(n, ast.FormattedValue)]
            parts = holes or [node.args[0]]
            for part in parts:
                text = ast.unparse(part)
                ours = "# pattern: " in source.text.splitlines()[node.lineno - 1]
                constant = ours or isinstance(part, ast.Constant | ast.JoinedStr)
                named = re.fullmatch(r"_?[A-Z][A-Z_]*", text)
                if not constant and not named and not text.startswith("re.escape("):
                    found.append(f"{source.path}:{node.lineno}: {text}")
    return found


def test_no_pattern_is_made_of_what_was_typed() -> None:
    assert made_patterns(python(*PACKAGES)) == []
    assert made_patterns(iter([snippet("import re\ndef f(x):\n    re.search(x, 'a')")]))
    assert made_patterns(iter([snippet("import re\ndef f(x):\n    re.search(f'a{x}', 'a')")]))
    assert not made_patterns(iter([snippet("import re\n_A = 'a'\nre.compile(f'{_A}b')")]))


def test_scripts_set_text_and_keep_nothing_but_the_colours() -> None:
    scripts = [source for source in with_suffix(".js") if source.path.parts[0] == "portal"]
    assert len(scripts) > 3
    assert [s.path for s in scripts if _SINKS.search(s.text)] == []
    assert {match[1] for s in scripts for match in _KEPT.finditer(s.text)} == {'"theme"'}
    for planted in ("a.innerHTML = b", "a.insertAdjacentHTML('x', b)", "eval(b)"):
        assert _SINKS.search(planted)


def test_fields_of_passwords_hide_what_is_typed_and_let_managers_fill_them() -> None:
    fields = []
    for source in with_suffix(".html"):
        fields += re.findall(r"{{ field\(\"(?:current|password|proof)\".*?}}\s", source.text)
        fields += re.findall(r"<input[^>]*name=\"(?:current|password|proof)\"[^>]*>", source.text)
    assert len(fields) >= 5
    for field in fields:
        assert re.search(r"type=\"password\"", field), field
        assert re.search(r"autocomplete\"?[:=] ?\"(current|new)-password", field), field
        assert not re.search(r"onpaste|maxlength|readonly", field), field


def test_every_log_stands_in_the_list() -> None:
    section = PAGE.partition("The logs of an installation")[2].partition("\n## ")[0]
    listed = set(re.findall(r"^\| `(\w+)\.log`", section, re.MULTILINE))
    assert listed == {*CHILDREN, "serve", "mailbox", "provider", "pg", "valkey"}
