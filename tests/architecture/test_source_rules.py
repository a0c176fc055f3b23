"""The code keeps its own rules, and each detector finds what it is made for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest

from tests.architecture import detectors
from tests.architecture.source import PACKAGES, Finding, Source, python, repository, snippet, with_suffix

Detector = Callable[[Source], Iterator[Finding]]
IMPURE = frozenset({"query", "runtime", "delivery", "queue", "caught_mail"})
"""Files and folders of projections/ and processors/ that run the pure part and meet the world."""
FROM_DECLARATIONS = frozenset(
    {
        "projections/model.py",
        "projections/runtime/builds.py",
        "projections/runtime/check.py",
        "projections/runtime/rebuild.py",
    }
)
"""Put SQL together from the names that read models declare; no value comes near it."""
CODE = (*PACKAGES, "bench")


def found(detector: Detector, sources: Iterable[Source]) -> list[str]:
    return [f"{s.path}:{f.line}: {f.what}" for s in sources for f in detector(s)]


def pure() -> Iterator[Source]:
    for source in python("aggregates", "projections", "processors"):
        names = {*source.path.parts[1:-1], source.path.stem}
        if source.folder == "aggregates" or not names & IMPURE:
            yield source


def code_and_sql() -> Iterator[Source]:
    yield from python(*CODE)
    yield from with_suffix(".sql")


def test_pure_code_never_asks_for_time_ids_or_chance() -> None:
    assert found(detectors.clock_and_chance, pure()) == []


def test_only_leases_read_the_databases_clock() -> None:
    assert found(detectors.database_time, code_and_sql()) == []


def test_the_database_never_folds_case() -> None:
    assert found(detectors.database_case, code_and_sql()) == []


def test_values_reach_sql_as_parameters_only() -> None:
    sources = (s for s in python(*CODE) if s.path.as_posix() not in FROM_DECLARATIONS)
    assert found(detectors.values_in_sql, sources) == []


def test_no_file_and_no_function_is_too_long() -> None:
    assert found(detectors.too_long, with_suffix(".py", ".sql", ".html", ".css", ".js")) == []


def test_every_module_says_why_it_exists() -> None:
    assert found(detectors.no_docstring, python()) == []
    assert [s.path for s in with_suffix(".sql") if not s.text.startswith("-- ")] == []


def test_no_comment_puts_work_off() -> None:
    prose = {".md", ".lock"}
    assert found(detectors.unfinished, (s for s in repository() if s.path.suffix not in prose)) == []


CONTROLS: list[tuple[Detector, str, str]] = [
    (
        detectors.clock_and_chance,
        "from datetime import datetime\nat = datetime.now(None)",
        "def decide(now):\n    return act.now",
    ),
    (detectors.clock_and_chance, "from uuid import uuid4\nnew = uuid4()", "from uuid import uuid5"),
    (detectors.clock_and_chance, "import uuid\nnew = uuid.uuid4()", "import uuid\nnew = uuid.UUID(int=1)"),
    (detectors.clock_and_chance, "import random", "import math"),
    (detectors.clock_and_chance, "import os\nnonce = os.urandom(12)", "import os\nname = os.sep"),
    (detectors.clock_and_chance, "from datetime import date\nd = date.today()", "d = date(2026, 1, 1)"),
    (detectors.clock_and_chance, "import time\nat = time.time()", "at = lease.time"),
    (detectors.database_time, "q = 'update t set at = now()'", "q = 'where lease_until > now()'"),
    (detectors.database_time, "q = 'select current_timestamp'", '"""Never now()."""'),
    (detectors.database_case, "q = 'select lower(name) from t'", "text = name.lower()"),
    (
        detectors.values_in_sql,
        "def find(c, name):\n    c.execute(f\"select a from t where n = '{name}'\")",
        "T = 't'\ndef find(c, name):\n    c.execute(f'select a from {T} where n = %s', (name,))",
    ),
    (
        detectors.values_in_sql,
        "def find(c, name):\n    c.execute('select a from t where n = ' + name)",
        "def find(c, up):\n    way = '' if up else 'x'\n    c.execute('select a from t order by a ' + way)",
    ),
    (
        detectors.values_in_sql,
        "def find(c, name):\n    c.execute('delete from t where n = %s' % name)",
        "def find(c, name):\n    c.execute('delete from t where n = %s', (name,))",
    ),
    (
        detectors.values_in_sql,
        "def find(c, table):\n    c.execute('delete from {}'.format(table))",
        "def find(c, table):\n    c.execute(sql.SQL('delete from {}').format(sql.Identifier(table)))",
    ),
    (
        detectors.values_in_sql,
        "def find(c, rows):\n    for row in rows:\n        c.execute(f'delete from {row}')",
        "def find(c, past):\n    c.execute(f'delete from t where n = {past}')  # sql: an integer of ours",
    ),
    (
        detectors.too_long,
        "def long():\n" + "    x = 1\n" * 60,
        "def short():\n" + "    x = 1\n" * 59,
    ),
    (detectors.too_long, "x = 1\n" * 401, "x = 1\n" * 400),
    (detectors.no_docstring, "x = 1", '"""Why."""'),
    (detectors.unfinished, "x = 1  # TODO: finish", "x = 'TODO'"),
]


@pytest.mark.parametrize(("detector", "bad", "good"), CONTROLS)
def test_a_detector_finds_what_is_bad_and_nothing_else(detector: Detector, bad: str, good: str) -> None:
    assert found(detector, [snippet(bad)])
    assert found(detector, [snippet(good)]) == []


def test_the_detectors_read_sql_files_too() -> None:
    bad = snippet("select lower(n), now() from t;", "schema/sql/9999_planted.sql")
    good = snippet("select n from t; -- never lower(n) or now()", "schema/sql/9999_planted.sql")
    for detector in (detectors.database_case, detectors.database_time):
        assert found(detector, [bad])
        assert found(detector, [good]) == []


def test_every_detector_has_a_control() -> None:
    written = {
        value
        for name, value in vars(detectors).items()
        if callable(value)
        and not name.startswith("_")
        and getattr(value, "__module__", "") == detectors.__name__
    }
    assert {control[0] for control in CONTROLS} == written
