"""One stored sample of every fact and revision; run as a program, it adds those that lack.

A sample is never made anew: its stored part is what some release once wrote. Only `fact`, what it reads
as today, may follow a new revision or name new fields with their defaults.
"""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin
from uuid import UUID, uuid5

from pydantic import BaseModel

from aggregates.kernel import Fact
from schema.mapper import StoredFact
from schema.topics import FACTS, stored_name
from tests.support.facts import Notebook

FOLDER = Path(__file__).parent
_TEXT = frozenset({"topic"})
_JSON = frozenset({"state", "envelope"})
_NUMBERS = frozenset({"originator_version", "position"})
_IDS = frozenset({"originator_id", "person"})


def path_of(topic: str) -> Path:
    """client.registered/2 → client.registered.2.json."""
    return FOLDER / f"{topic.replace('/', '.')}.json"


def read(path: Path) -> tuple[StoredFact, dict[str, Any]]:
    """A stored row and what it must read as."""
    sample = json.loads(path.read_text("utf-8"))
    return StoredFact(**{name: _from_json(name, value) for name, value in sample["stored"].items()}), sample[
        "fact"
    ]


def _from_json(name: str, value: Any) -> Any:
    if value is None or name in _TEXT or name in _NUMBERS:
        return value
    if name in _IDS:
        return UUID(value)
    return value.encode() if name in _JSON else bytes.fromhex(value)


def _to_json(name: str, value: Any) -> Any:
    if value is None or name in _TEXT or name in _NUMBERS:
        return value
    if name in _IDS:
        return str(value)
    return value.decode() if name in _JSON else value.hex()


def write(fact: Fact) -> None:
    """Store a sample of today's revision."""
    notebook = Notebook()
    row = replace(notebook.row(fact), position=8_192)
    stored = {f.name: _to_json(f.name, getattr(row, f.name)) for f in fields(row)}
    sample = {"stored": stored, "fact": fact.model_dump(mode="json")}
    path_of(row.topic).write_text(json.dumps(sample, indent=1, ensure_ascii=False) + "\n", "utf-8")


def example(annotation: Any, name: str) -> Any:
    """A value of a field's type, always the same, never empty."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return example(arguments[0], name)
    if origin in (Union, types.UnionType):
        return example(arguments[0], name)
    if origin is tuple:
        return (example(arguments[0], name),)
    if origin is not None and issubclass(origin, Mapping):
        return {example(arguments[0], name): example(arguments[1], name)}
    if issubclass(annotation, Enum):
        return next(iter(annotation))
    if issubclass(annotation, BaseModel):
        return annotation(**{n: example(f.annotation, n) for n, f in annotation.model_fields.items()})
    plain = {
        UUID: uuid5(UUID(int=0), name),
        bool: True,
        int: 4_200,
        float: 45.508,
        str: f"{name} d’Éloïse",
        datetime: datetime(2026, 11, 24, 15, 30, tzinfo=UTC),
        date: date(2026, 11, 24),
    }
    return plain[annotation]


def add_defaults(path: Path) -> None:
    """Fields added with a default since: `fact` names them too, all else must read as it did."""
    row, expected = read(path)
    today = Notebook().read(row).fact.model_dump(mode="json")
    if today != expected and _within(expected, today):
        sample = json.loads(path.read_text("utf-8")) | {"fact": today}
        path.write_text(json.dumps(sample, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _within(before: Any, now: Any) -> bool:
    """All that was there is there unchanged."""
    if isinstance(before, dict) and isinstance(now, dict):
        return all(name in now and _within(value, now[name]) for name, value in before.items())
    if isinstance(before, list) and isinstance(now, list):
        return len(before) == len(now) and all(map(_within, before, now))
    return bool(before == now)


if __name__ == "__main__":
    for sample_path in sorted(FOLDER.glob("*.json")):
        add_defaults(sample_path)
    for fact_type in FACTS:
        if not path_of(stored_name(fact_type)).exists():
            write(example(fact_type, fact_type.TOPIC))
