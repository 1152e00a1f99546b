"""Rows of a worksheet that PostgreSQL writes, read by another library: the cells that Python would have written."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import asyncpg
import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.analytics import store
from services.analytics.call_routes import call_out
from services.analytics.call_rows import compile_call_rows
from services.analytics.call_schemas import LegacyCallOut, QueueCallOut
from services.analytics.catalog import SourceKind, catalog
from services.analytics.drilldown import Listing
from services.analytics.export_files import TooManyBytes
from services.analytics.export_sheets import SHEET, SheetFile, SheetLineSink, Template, XlsxSink, template
from services.analytics.question import Cell, Question
from services.analytics.sheet_sql import sheet_lines
from tests.analytics.facts import LegacyCall, QueueCall, Warehouse
from tests.analytics.test_csv_sql import COLUMNS, DIRTY, PLAIN, ROWS, shown

SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
KINDS = ("time", "any", "any", "any", "any", "any", "ratio")
# What a worksheet writes in its own way, beside what a CSV does.
XML = [
    "a&b",
    "<r>x</r>",
    "_x0041_",
    "a_x",
    " a",
    "a ",
    "a  b",
    "\\",
    "a\\nb",
    "Atenci\u00f3n",
    "\U0001f600",
    "\ufffe",
    "[1]",
]
TEXTS = [*DIRTY, *XML, "x" * 40_000]


def made(kinds: tuple[str, ...]) -> Template:
    return template([f"c{index}" for index in range(len(kinds))], kinds, title="D", facts=[], facts_title="F")


def cells_of(path: Path) -> list[dict[str, tuple[str, str, Any]]]:
    """Type, style and value of every cell by its column, row by row; an empty text is no cell."""
    with ZipFile(path) as book:
        rows = ET.fromstring(book.read(SHEET)).iter(f"{SPACE}row")  # noqa: S314 - our own file
        return [
            {
                each.attrib["r"]: (each.get("t", "n"), each.get("s", ""), value_of(each))
                for each in row
                if value_of(each) != ""
            }
            for row in rows
        ]


def value_of(cell: ET.Element) -> Any:
    """A number, with the digits that a worksheet shows, or a text."""
    number = cell.find(f"{SPACE}v")
    if number is not None and cell.get("t") != "s":
        return pytest.approx(float(number.text or ""), rel=1e-14, abs=0)
    return "".join(cell.itertext())


async def copied(conn: asyncpg.Connection, rows: list[tuple[Any, ...]], zone: str, path: Path, cut: int) -> int:
    """The rows through COPY into a workbook, in pieces of `cut` bytes; how many were counted."""
    values = ", ".join(f"${number}::{column.sql_type}[]" for number, column in enumerate(COLUMNS, start=1))
    names = ", ".join(column.sql for column in COLUMNS)
    sql = f"SELECT {names} FROM unnest({values}) WITH ORDINALITY AS given({names}, place) ORDER BY place"
    arguments = [[row[index] for row in rows] for index in range(len(COLUMNS))]
    target, counted = made(KINDS), 0
    sink = SheetLineSink(path, target)

    async def write(chunk: bytes) -> None:
        nonlocal counted
        for at in range(0, len(chunk), cut):
            counted += sink.write(bytes(chunk[at : at + cut]))

    lines = sheet_lines(
        sql, arguments, lambda cells: [cells.column(column, column.sql) for column in COLUMNS], target.styles
    )
    async with conn.transaction():
        await store.copy_lines(conn, *lines, write, zone=zone, timeout_s=60, form="text")
    sink.close()
    return counted


def written(rows: list[list[Cell]], path: Path) -> None:
    """The same rows by Python."""
    sink = XlsxSink(path, made(KINDS))
    sink.write(rows)
    sink.close()


@pytest.mark.integration
@pytest.mark.parametrize("zone", ["America/Mexico_City", "Asia/Kathmandu"])
async def test_both_writers_write_the_same_cells(conn: asyncpg.Connection, tmp_path: Path, zone: str) -> None:
    rows: list[tuple[Any, ...]] = [(PLAIN[0], text, other, *PLAIN[3:]) for text in TEXTS for other in ("clean", text)]
    rows.append((*PLAIN[:3], 1, *PLAIN[4:]))  # a label that begins like a formula stays a text
    rows.append((None,) * len(COLUMNS))
    assert await copied(conn, rows, zone, tmp_path / "a.xlsx", 1_000) == len(rows)
    written([shown(row, zone) for row in rows], tmp_path / "b.xlsx")
    assert cells_of(tmp_path / "a.xlsx") == cells_of(tmp_path / "b.xlsx")
    ours, theirs = (openpyxl.load_workbook(tmp_path / name).worksheets[0] for name in ("a.xlsx", "b.xlsx"))
    assert ours.dimensions == theirs.dimensions == f"A1:G{len(rows)}"  # the last row is empty
    assert {cell.data_type for row in ours.iter_rows() for cell in row} <= {"s", "n", "d", "b"}  # no formula
    texts = [(one.value, other.value) for one, other in zip(ours["B"], theirs["B"], strict=True)]
    assert all(one == other for one, other in texts)


@pytest.mark.integration
@settings(deadline=None, max_examples=12, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(ROWS, min_size=1, max_size=30), cut=st.sampled_from((7, 100, 100_000)))
@example(rows=[(PLAIN[0], "a\x01b", "\x01", *PLAIN[3:]), PLAIN], cut=7)
async def test_both_writers_agree_on_anything(
    conn: asyncpg.Connection, tmp_path: Path, rows: list[tuple[Any, ...]], cut: int
) -> None:
    zone = "America/Mexico_City"
    assert await copied(conn, rows, zone, tmp_path / "a.xlsx", cut) == len(rows)
    written([shown(row, zone) for row in rows], tmp_path / "b.xlsx")
    assert cells_of(tmp_path / "a.xlsx") == cells_of(tmp_path / "b.xlsx")


@pytest.mark.integration
async def test_calls_are_the_cells_that_the_list_shows(
    conn: asyncpg.Connection, warehouse: Warehouse, tmp_path: Path
) -> None:
    at = datetime(2025, 7, 1, 15, tzinfo=UTC)
    await warehouse.add(
        [
            LegacyCall(
                started_at=at + timedelta(seconds=number),
                call_id=number,
                caller_id=number % 3,
                duration_s=None if number % 4 else number,
                option=text,
                labels=("vip", "=a;b")[: number % 3],
                swapped=number % 2 == 0,
            )
            for number, text in enumerate(DIRTY)
        ]
    )
    await warehouse.add_queue([QueueCall(entered_at=at, call_id=1, queue="=1;-2", exit="answered", wait_s=1.25)])
    kinds: tuple[SourceKind, ...] = ("legacy", "asterisk")
    for kind in kinds:
        question = Question(kind=kind, metrics=(), since=at, until=at + timedelta(hours=1), zone="America/Mexico_City")
        model = LegacyCallOut if kind == "legacy" else QueueCallOut
        names = [name for name in model.model_fields if name != "source_kind"]
        target = template(
            names, ["time" if name.endswith("_at") else "any" for name in names], title="D", facts=[], facts_title="F"
        )
        ours, theirs = tmp_path / f"{kind}-a.xlsx", tmp_path / f"{kind}-b.xlsx"
        sink = SheetLineSink(ours, target)

        async def write(chunk: bytes, sink: SheetLineSink = sink) -> None:
            sink.write(bytes(chunk))

        lines = compile_call_rows(catalog(), Listing(question), target.styles, limit=100)
        async with conn.transaction():
            await store.copy_lines(conn, *lines, write, zone=question.zone, timeout_s=60, form="text")
        sink.close()
        records = await store.calls(conn, catalog(), Listing(question), limit=100, after=None)
        expected = XlsxSink(theirs, target)
        expected.write([call_row(call_out(question, record).model_dump(mode="json"), names) for record in records])
        expected.close()
        assert cells_of(ours) == cells_of(theirs)
        assert len(records) == {"legacy": len(DIRTY), "asterisk": 1}[kind]


def call_row(values: dict[str, Any], names: list[str]) -> list[Any]:
    cells = (values[name] for name in names)
    return [", ".join(cell) if isinstance(cell, list) else cell for cell in cells]


@pytest.mark.unit
def test_a_sheet_that_no_archive_holds_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.analytics.export_sheets.XML_MAX", 2_000)
    sheet = SheetFile(tmp_path / "a.xlsx", made(KINDS))
    with pytest.raises(TooManyBytes):
        sheet.write(b" " * 2_000)
    sheet.close()
    assert len(cells_of(tmp_path / "a.xlsx")) == 1  # still a workbook: its header
