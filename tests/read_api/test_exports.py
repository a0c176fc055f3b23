"""Files of rows: what spreadsheets read, the same bytes each time, and nothing that they carry out."""

from __future__ import annotations

import asyncio
import csv
import io
import time
import tracemalloc
import zipfile
from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any
from xml.etree import ElementTree

import pytest

from read_api.exports import BOM, Cents, Row, csv_parts, xlsx_parts

HEAD = ("Client", "Montant", "Jour")
DAY = date(2026, 11, 24)
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
FORMULAS = ("=1+1", "+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\tx", "\rx")


async def each(rows: Sequence[Row]) -> AsyncIterator[Row]:
    for row in rows:
        yield row


def joined(parts: AsyncIterator[bytes]) -> bytes:
    async def all_of() -> bytes:
        return b"".join([part async for part in parts])

    return asyncio.run(all_of())


def as_csv(*rows: Row) -> bytes:
    return joined(csv_parts(HEAD, each(rows)))


def as_xlsx(*rows: Row) -> bytes:
    return joined(xlsx_parts("Journal", HEAD, each(rows)))


def cells(made: bytes, sheet: int = 1) -> list[list[tuple[str, str]]]:
    """Kind and content of each cell of a sheet; text that stands in the cell itself is `inlineStr`."""
    with zipfile.ZipFile(io.BytesIO(made)) as file:
        root = ElementTree.fromstring(file.read(f"xl/worksheets/sheet{sheet}.xml"))
    assert root.findall(f".//{SHEET}f") == [], "a formula"
    return [
        [(cell.get("t", "n"), "".join(cell.itertext())) for cell in row.iter(f"{SHEET}c")]
        for row in root.iter(f"{SHEET}row")
    ]


@pytest.mark.rule("REQ-3", "FAC-6")
def test_csv_is_what_french_spreadsheets_open() -> None:
    made = as_csv(("D'Arcy; dit « Éloi »", Cents(-33_705), DAY), ('a "b"\nc', Cents(5), None))
    text = made.decode()
    assert text.startswith(f'{BOM}Client;Montant;Jour\r\n"D\'Arcy; dit « Éloi »";-337,05;2026-11-24\r\n')
    read = list(csv.reader(io.StringIO(text.removeprefix(BOM), newline=""), delimiter=";"))
    assert read[2] == ['a "b"\nc', "0,05", ""]


@pytest.mark.rule("REQ-3")
@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula(text: str) -> None:
    read = list(csv.reader(io.StringIO(as_csv((text, 1, None)).decode(), newline=""), delimiter=";"))
    assert read[1][0] == f"'{text}"
    kind, content = cells(as_xlsx((text, 1, None)))[1][0]
    assert (kind, content.replace("_x000D_", "\r")) == ("inlineStr", text)


@pytest.mark.rule("REQ-3")
def test_numbers_stay_numbers() -> None:
    line = as_csv(("x", Cents(-100), None), ("y", -1, None), ("z", -1.5, None)).decode().splitlines()
    assert [row.split(";")[1] for row in line[1:]] == ["-1,00", "-1", "-1,5"]
    rows = cells(as_xlsx(("x", Cents(-100), DAY), ("y", -1, None)))
    assert [row[1] for row in rows[1:]] == [("n", "-1"), ("n", "-1")]
    assert rows[1][2] == ("n", "46350"), "a day counts from 1899-12-30"


@pytest.mark.rule("FAC-6")
def test_rows_that_no_sheet_can_hold_go_on_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("read_api.exports._MOST_ROWS", 1_001)
    made = as_xlsx(*((str(n), n, None) for n in range(2_300)))
    rows = [row for sheet in (1, 2, 3) for row in cells(made, sheet)[1:]]
    assert [row[1] for row in rows] == [("n", str(n)) for n in range(2_300)]
    assert all(cells(made, sheet)[0][0] == ("inlineStr", "Client") for sheet in (1, 2, 3))


def test_text_that_no_cell_can_hold_shows_that_it_goes_on() -> None:
    kind, content = cells(as_xlsx(("é" * 40_000, 1, None)))[1][0]
    assert (kind, content) == ("inlineStr", "é" * 32_766 + "…")


@pytest.mark.rule("FAC-6")
@pytest.mark.parametrize("made", [as_csv, as_xlsx])
def test_the_same_rows_give_the_same_bytes(made: Any) -> None:
    first = made(("a", Cents(1), DAY))
    time.sleep(2.1)  # archives tell the time in steps of two seconds
    assert made(("a", Cents(1), DAY)) == first
    assert made(("b", Cents(1), DAY)) != first, "the control"


@pytest.mark.rule("REQ-3")
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_many_rows_are_not_held_in_memory(form: str) -> None:
    async def many() -> AsyncIterator[Row]:
        for n in range(8_000):
            yield (f"Cliente numéro {n} " * 40, Cents(n), DAY)

    async def passed_on() -> int:
        parts = csv_parts(HEAD, many()) if form == "csv" else xlsx_parts("Journal", HEAD, many())
        return sum([len(part) async for part in parts])

    tracemalloc.start()
    try:
        size = asyncio.run(passed_on())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size > 100_000
    assert peak < 3_000_000
