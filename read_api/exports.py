"""Rows as CSV or XLSX files, made in parts: the same bytes for the same rows, nothing that is carried out."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeAlias

import anyio
import anyio.to_thread
import xlsxwriter  # type: ignore[import-untyped]
from fastapi import Query
from fastapi.responses import StreamingResponse

from schema.labels import Language, label

Cell: TypeAlias = str | int | float | date | None
Form = Annotated[Literal["csv", "xlsx"], Query(description="File to make of the rows.", examples=["csv"])]
BOM = "\ufeff"
MEDIA_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": {kind: {} for kind in MEDIA_TYPES.values()}}
}
"""For the OpenAPI file: what a route answers that makes one."""
_CARRIED_OUT = ("=", "+", "-", "@", "\t", "\r")
_MADE = datetime(2000, 1, 1)  # noqa: DTZ001  (a file's own date has no zone, and no meaning here)
_PART = 500
"""Rows that become one part of the answer."""
_BYTES = 65_536
_MOST_ROWS, _MOST_SIGNS = 1_048_576, 32_767
"""What a sheet and a cell can hold; what is beyond would be left out without a word."""
_KEPT_IN_MEMORY = 1_000_000


@dataclass(frozen=True)
class Cents:
    """An amount in minor units, written as a decimal number with two places."""

    minor: int

    def __str__(self) -> str:
        whole, cents = divmod(abs(self.minor), 100)
        return f"{'-' if self.minor < 0 else ''}{whole},{cents:02d}"


Row: TypeAlias = Sequence[Cell | Cents]


def headings(language: Language, columns: Sequence[str]) -> list[str]:
    """What stands above these columns; each module names its own in a constant called COLUMNS."""
    return [label(language, "column", name) for name in columns]


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe stands before = + - @ tab and return."""
    return f"'{text}" if text.startswith(_CARRIED_OUT) else text


async def csv_parts(head: Sequence[str], rows: AsyncIterator[Row]) -> AsyncIterator[bytes]:
    """CSV as French spreadsheets read it: UTF-8 with its mark, semicolons, decimal commas, CRLF."""
    lines = [_line(head)]
    first = BOM
    async for row in rows:
        lines.append(_line(row))
        if len(lines) > _PART:
            yield (first + "".join(lines)).encode()
            lines, first = [], ""
    yield (first + "".join(lines)).encode()


async def xlsx_parts(title: str, head: Sequence[str], rows: AsyncIterator[Row]) -> AsyncIterator[bytes]:
    """A sheet of that title, and more where one can't hold the rows; they lie on disk while it is made."""
    with tempfile.SpooledTemporaryFile(_KEPT_IN_MEMORY) as file:
        book = xlsxwriter.Workbook(
            file,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "default_date_format": "yyyy-mm-dd",
            },
        )
        try:
            book.set_properties({"created": _MADE})
            bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
            sheet, at = _sheet(book, title, head, bold), 1
            async for part in _in_parts(rows):
                if at + len(part) > _MOST_ROWS:
                    number = len(book.worksheets()) + 1
                    sheet, at = _sheet(book, f"{title[:26]} {number}", head, bold), 1
                await anyio.to_thread.run_sync(_write, sheet, at, part, money)
                at += len(part)
        finally:
            with anyio.CancelScope(shield=True):  # else who hangs up leaves its files behind
                await anyio.to_thread.run_sync(book.close)
        file.seek(0)
        while data := file.read(_BYTES):
            yield data


def download(
    form: Literal["csv", "xlsx"], name: str, head: Sequence[str], rows: AsyncIterator[Row]
) -> StreamingResponse:
    """The rows as a file of that name (ASCII, without ending) to be saved."""
    made = csv_parts(head, rows) if form == "csv" else xlsx_parts(name[:31], head, rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"', "Cache-Control": "no-store"}
    return StreamingResponse(made, media_type=MEDIA_TYPES[form], headers=headers)


def _line(row: Row) -> str:
    made = io.StringIO()
    csv.writer(made, delimiter=";", lineterminator="\r\n").writerow([_shown(cell) for cell in row])
    return made.getvalue()


def _shown(cell: Cell | Cents) -> str:
    match cell:
        case None:
            return ""
        case str():
            return harmless(cell)
        case float():
            return str(cell).replace(".", ",")
        case _:
            return str(cell)


async def _in_parts(rows: AsyncIterator[Row]) -> AsyncIterator[list[Row]]:
    part: list[Row] = []
    async for row in rows:
        part.append(row)
        if len(part) == _PART:
            yield part
            part = []
    if part:
        yield part


def _sheet(book: Any, title: str, head: Sequence[str], bold: Any) -> Any:
    sheet = book.add_worksheet(title)
    sheet.write_row(0, 0, head, bold)
    sheet.freeze_panes(1, 0)
    return sheet


def _write(sheet: Any, at: int, rows: Iterable[Row], money: Any) -> None:
    """Text is written as text whatever it begins with; amounts and numbers as numbers."""
    for line, row in enumerate(rows, at):
        for column, cell in enumerate(row):
            match cell:
                case None:
                    pass
                case Cents():
                    sheet.write_number(line, column, cell.minor / 100, money)
                case str():
                    long = len(cell) > _MOST_SIGNS
                    sheet.write_string(line, column, f"{cell[: _MOST_SIGNS - 1]}…" if long else cell)
                case datetime() | date():
                    sheet.write_datetime(line, column, cell)
                case _:
                    sheet.write_number(line, column, cell)
