"""From the lines of a file to commands, one at a time; what is wrong with a line is said by column."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

from pydantic import ValidationError

from aggregates.kernel import fold
from commands.message import Command
from schema.labels import label
from service.importing.mapping import FileMapping, ImportFileError
from service.importing.names import Names

_UNREADABLE = "\N{REPLACEMENT CHARACTER}"


class LineFault(StrEnum):
    """Why a line can't be looked at field by field."""

    UNREADABLE_LINE = "unreadable_line"
    WRONG_WIDTH = "wrong_width"
    WRONG_ENCODING = "wrong_encoding"


@dataclass(frozen=True)
class Fault:
    """What is wrong with a line: a field, or None for the line as a whole, and why."""

    field: str | None
    code: str
    """One of `LineFault`, or of the labels `malformed`."""

    @property
    def sentence(self) -> str:
        """In French."""
        return label("fr", "line_fault" if isinstance(self.code, LineFault) else "malformed", self.code)


@dataclass(frozen=True)
class Line:
    """One line of the file: what it becomes, or why not."""

    number: int
    """Of its first line in the file, the head being 1."""
    key: str
    command: Command | None
    faults: Sequence[Fault]
    share: float
    """How much of the file is read with it, 0 to 1."""


def lines(path: Path, mapping: FileMapping, names: Names) -> Iterator[Line]:
    """The file's lines, never more than one in memory.

    Raises ImportFileError.
    """
    try:
        size = max(1, path.stat().st_size)
        file = path.open("rb")
    except OSError as error:
        raise ImportFileError(f"{path} : {error.strerror}") from None
    with file:
        texts = io.TextIOWrapper(file, mapping.encoding, errors="replace", newline="")
        rows = csv.reader(texts, delimiter=mapping.separator)
        head = _head(rows, path, mapping)
        while True:
            number = rows.line_num + 1
            try:
                cells = next(rows)
            except StopIteration:
                return
            except csv.Error:
                yield Line(number, "", None, [Fault(None, LineFault.UNREADABLE_LINE)], file.tell() / size)
                continue
            if any(cell.strip() for cell in cells):
                given, faults = _cells(cells, head, mapping)
                command = None
                if not faults:
                    command, faults = _command(given, mapping, names)
                yield Line(number, given.get("key", ""), command, faults, file.tell() / size)


def _head(rows: Iterator[list[str]], path: Path, mapping: FileMapping) -> Sequence[str]:
    head = [cell.removeprefix("\ufeff").strip() for cell in next(rows, [])]
    if missing := sorted(set(mapping.columns.values()) - set(head)):
        raise ImportFileError(f"{path} : colonnes absentes : {', '.join(missing)}")
    return head


def _cells(
    cells: Sequence[str], head: Sequence[str], mapping: FileMapping
) -> tuple[dict[str, str], list[Fault]]:
    """Field → what stands in its column."""
    row = dict(zip(head, (cell.strip() for cell in cells), strict=False))
    given = {field: row.get(column, "") for field, column in mapping.columns.items()}
    if len(cells) != len(head):
        return given, [Fault(None, LineFault.WRONG_WIDTH)]
    return given, [
        Fault(field, LineFault.WRONG_ENCODING) for field, text in given.items() if _UNREADABLE in text
    ]


def _command(
    given: Mapping[str, str], mapping: FileMapping, names: Names
) -> tuple[Command | None, list[Fault]]:
    """Empty cells count as absent; a field has one fault at most."""
    texts = dict(mapping.defaults)
    faults: dict[str, str] = {}
    for field, text in given.items():
        meant = mapping.values.get(field, {}).get(text, text)
        if not meant:
            continue
        try:
            # What was translated is written as the command wants it.
            texts[field] = (
                meant if meant != text else _as_meant(text, _types(mapping.command, field), mapping)
            )
        except ValueError:
            faults[field] = _unreadable(_types(mapping.command, field))
    for field, known in names.items():
        if field in texts:
            texts[field] = known.get(fold(texts[field]), texts[field])
    texts["source"] = mapping.source
    try:
        command = mapping.command.model_validate_strings(texts, strict=False)
    except ValidationError as error:
        faults = {str(e["loc"][0]): e["type"] for e in error.errors()} | faults
        command = None
    return (None if faults else command), [Fault(field, code) for field, code in faults.items()]


def _as_meant(text: str, types: Sequence[Any], mapping: FileMapping) -> str:
    """The cell as commands read it. Raises ValueError on an unreadable date or amount."""
    if datetime in types:
        return datetime.strptime(text, mapping.times).isoformat()  # noqa: DTZ007  # on local clocks
    if date in types:
        return datetime.strptime(text, mapping.dates).date().isoformat()  # noqa: DTZ007  # a day
    if Decimal in types:
        digits = "".join(text.split())
        if {".", ","} & set(digits) - {mapping.decimal}:
            raise ValueError("1.250 would be read as 1,25")
        return digits.replace(mapping.decimal, ".")
    return text


def _unreadable(types: Sequence[Any]) -> str:
    """What is said of a cell that is not of its field's type."""
    if Decimal in types:
        return "decimal_parsing"
    return "datetime_parsing" if datetime in types else "date_parsing"


@cache
def _types(command: type[Command], field: str) -> tuple[Any, ...]:
    annotation = command.model_fields[field].annotation
    parts = get_args(annotation) or (annotation,)
    plain = (get_args(t)[0] if get_origin(t) is Annotated else t for t in parts)
    return tuple(t for t in plain if t is not NoneType)
