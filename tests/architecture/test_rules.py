"""docs/rules.md and the tests' markers say the same."""

from __future__ import annotations

import pytest

from tests.architecture.rules_table import PAGE, faults, marked, markers, rewritten, rows
from tests.architecture.source import Source, python, snippet

TABLE = """
| INS-4 | deposit | partly: no card | `commands/test_a.py` |
| T4 | seats | later | – |
"""


def planted(*rules: str, path: str = "tests/commands/test_a.py") -> Source:
    """A test file with these markers."""
    return snippet("\n".join(f'@pytest.mark.rule("{rule}")\ndef test(): ...' for rule in rules), path)


def test_the_table_and_the_markers_agree() -> None:
    assert faults(PAGE.read_text("utf-8"), marked(python("tests"))) == []


def test_the_table_has_every_rule_and_every_acceptance_test() -> None:
    ids = [row.rule for row in rows(PAGE.read_text("utf-8"))]
    counts = {"DOS": 20, "CAT": 4, "ATE": 10, "INS": 15, "FAC": 10, "COM": 12, "REQ": 4, "LIS": 5}
    counts |= {"ATT": 2, "AUD": 4, "AID": 1, "STF": 1, "IMP": 1}
    expected = [f"{area}-{n}" for area, last in counts.items() for n in range(1, last + 1)]
    assert ids == expected + [f"T{n}" for n in range(1, 28)]


@pytest.mark.parametrize(
    ("page", "sources", "fault"),
    [
        (TABLE, [planted("INS-4"), planted("INS-5")], "INS-5: marked by a test, no row"),
        (TABLE, [], "INS-4: the tests column is stale"),
        (TABLE, [planted("INS-4", path="tests/test_b.py")], "INS-4: the tests column is stale"),
        (TABLE, [planted("INS-4", "T4")], "T4: 'later', but `commands/test_a.py`"),
        (TABLE.replace("later", "done"), [planted("INS-4")], "T4: 'done', but no test"),
        (TABLE.replace("partly: no card", "partly:"), [planted("INS-4")], "INS-4: 'partly:' is no status"),
        (TABLE + TABLE, [planted("INS-4")], "a rule stands there twice"),
    ],
)
def test_each_disagreement_is_found(page: str, sources: list[Source], fault: str) -> None:
    assert [found for found in faults(page, marked(sources)) if found.startswith(fault)]


def test_agreement_is_no_fault() -> None:
    assert faults(TABLE, marked([planted("INS-4")])) == []


def test_an_id_that_is_not_written_out_is_refused() -> None:
    with pytest.raises(ValueError, match="write the rule's id out"):
        list(markers([snippet("@pytest.mark.rule(RULE)\ndef test(): ...", "tests/test_a.py")]))


def test_rewriting_keeps_what_was_written_by_hand() -> None:
    anew = rewritten(TABLE, marked([planted("T4", path="tests/test_b.py")]))
    assert "| INS-4 | deposit | partly: no card | – |" in anew
    assert "| T4 | seats | partly: begun | `test_b.py` |" in anew
