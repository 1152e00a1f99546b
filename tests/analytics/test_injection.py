"""Dirty texts in every form: whatever a menu is called, nothing in a file is calculated, set as markup or lost."""

import csv
import io
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.analytics import csvfile, pdf, spreadsheet
from services.analytics.dirty_text import MARK, for_paper, for_worksheet
from services.analytics.export_files import CsvSink, remove_strangers
from services.analytics.export_sheets import XlsxSink, template
from services.analytics.reports.model import Chart, Column, Table

pytestmark = pytest.mark.unit

DIRTY = [
    "=1+1",
    "+1",
    "-1+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u00a0=1",
    "\ufeff=1",
    "\x00=1",
    "\u200b=1",
    "\u202e=1",
    "\uff1d1",
    "a;=1",
    'a;"=1"',
    "a|=1",
    "a\t+1",
    "a\r\n@x",
    'he said "=1"',
    "a,b;c\td",
    "\ud800",
    "a\udfffb",
    "\ufffe\uffff",
    "_x003D_1",
    "\x0b\x0c\x1b[31m",
    "x" * 32_767,
    "\U0001f600" * 20_000,
    "日本語",
    '#panic() $x^2$ <label> @ref \\ `code` // [a] *b* _c_ = d "]; #eval("1")',
    "<r><t>rich</t></r>",
    "<r></c></row></r>",
    "",
]
PIECES = st.sampled_from(
    ["=", "+", "-", "@", ";", ",", '"', "'", "|", "\t", "\r", "\n", "\x00", "\ufeff", "\u202e", "\u200b", "1"]
)
TEXTS = st.one_of(st.sampled_from(DIRTY), st.lists(PIECES, max_size=8).map("".join), st.text(max_size=30))
COLUMNS = (
    Column("row", "text", "Fila", "Row"),
    Column("menu", "text", "Menú", "Menu"),
    Column("calls", "integer", "Llamadas", "Calls"),
)
SHEET = pdf.Sheet(
    title="Prueba",
    subtitle="2025-Q3",
    zone="America/Mexico_City",
    data_as_of=datetime(2025, 10, 1, 6, 30, tzinfo=UTC),
    facts=[("Aviso", "=1+1")],
    language="es",
)


def as_utf8(text: str) -> str:
    """What is left of a text in UTF-8: a lone surrogate is a question mark."""
    return text.encode(errors="replace").decode()


def without_marks(text: str) -> str:
    return text.replace("'", "")


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=5))
@example([[text, text] for text in DIRTY])
def test_a_csv_has_the_same_cells_but_for_what_neutralises_them(rows: list[list[str]]) -> None:
    written = csvfile.to_csv(["a", "b"], rows).encode(errors="replace").decode()
    read = list(csv.reader(io.StringIO(written, newline="")))[1:]
    assert [[without_marks(cell) for cell in row] for row in read] == [
        [without_marks(as_utf8(cell)) for cell in row] for row in rows
    ]


@given(TEXTS, st.sampled_from([",", ";", "\t", "|"]))
@example('"=', ",")
def test_no_cell_begins_a_formula_whatever_the_separator(text: str, separator: str) -> None:
    """A spreadsheet set to another separator than ours cuts the lines elsewhere, where our quotes are left over."""
    left_over = "" if separator == "," else '"'
    written = csvfile.to_csv(["a", "b"], [["x", text]])
    for line in csv.reader(io.StringIO(written, newline=""), delimiter=separator):
        for cell in line:
            seen = cell.strip(left_over + " \u00a0\ufeff\u200b\u202e\x00")
            assert not seen.startswith(("=", "+", "-", "@", "\uff1d")), (text, cell)


@pytest.mark.parametrize("bom", [False, True])
def test_an_export_as_csv_is_the_same_file(tmp_path: Path, bom: bool) -> None:
    rows = [["x", text] for text in DIRTY]
    sink = CsvSink(tmp_path / "a.csv", ["a", "b"], bom=bom)
    sink.write(rows)
    sink.close()
    expected = csvfile.to_csv(["a", "b"], rows, bom=bom).encode(errors="replace")
    assert (tmp_path / "a.csv").read_bytes() == expected


def cells_of(content: bytes) -> list[list[Any]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [list(row) for sheet in book for row in sheet.iter_rows()]


def plain_texts(texts: list[str]) -> Table:
    return Table(COLUMNS, [["detail", text, 1] for text in texts])


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(TEXTS, min_size=1, max_size=4))
@example(DIRTY)
def test_no_cell_of_a_workbook_is_a_formula(texts: list[str]) -> None:
    facts = [(text, text) for text in texts]
    content = spreadsheet.to_xlsx(plain_texts(texts), title="Prueba", facts=facts, language="es")
    rows = cells_of(content)
    assert {cell.data_type for row in rows for cell in row} <= {"s", "n"}
    assert {cell.hyperlink for row in rows for cell in row} == {None}
    shown = [row[1].value for row in rows[1 : len(texts) + 1]]
    for text, cell in zip(texts, shown, strict=True):
        if text.isprintable() and "_x" not in text:
            assert (cell or "") == for_worksheet(text, 32_767)


def test_an_export_as_workbook_holds_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    made = template(["a", "=b"], ["any", "any"], title="Datos", facts=[("=1", "=2")], facts_title="Consulta")
    sink = XlsxSink(path, made)
    sink.write([["x", text] for text in DIRTY])
    sink.close()
    assert "f" not in {cell.data_type for row in cells_of(path.read_bytes()) for cell in row}


def test_what_a_killed_worker_left_of_a_workbook_goes(tmp_path: Path) -> None:
    sink = XlsxSink(
        tmp_path / "7-1.xlsx.part", template(["a"], ["any"], title="Datos", facts=[], facts_title="Consulta")
    )
    sink.write([["x"]])
    left = [path.name for path in tmp_path.iterdir()]
    assert left == ["7-1.xlsx.part"]  # and nothing beside it
    assert remove_strangers(tmp_path, {(7, 1)}) == []  # its worker may live
    sink.close()
    assert remove_strangers(tmp_path, {(7, 2)}) == left
    assert list(tmp_path.iterdir()) == []


@given(st.text(), st.integers(1, 20))
def test_a_worksheet_counts_in_utf16(text: str, most: int) -> None:
    shown = for_worksheet(text, most)
    assert len(shown.encode("utf-16-le")) <= 2 * most  # also: there is no lone surrogate left
    if len(text.encode("utf-16-le", "surrogatepass")) <= 2 * most and shown != text:
        assert any("\ud800" <= char <= "\udfff" for char in text)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(TEXTS, min_size=1, max_size=3))
@example([text for text in DIRTY if len(text) < 1_000])
def test_no_text_breaks_a_pdf(texts: list[str]) -> None:
    document = pdf.to_pdf(plain_texts(texts), SHEET, chart=Chart("menu", "calls"))
    assert document.startswith(b"%PDF")


def test_a_menu_that_no_font_has_costs_only_itself(tmp_path: Path) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed (apt-get install poppler-utils)")
    path = tmp_path / "a.pdf"
    path.write_bytes(
        pdf.to_pdf(plain_texts(["日本語 Factura", "Ñandú “año” €", "#panic() $x$ <a> \\b", "uno\tdos"]), SHEET)
    )
    text = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True).stdout
    text = " ".join(text.split())
    for shown in (f"{MARK * 3} Factura", "Ñandú “año” €", "#panic() $x$ <a> \\b", "uno dos"):
        assert shown in text


def test_every_letter_kept_on_paper_has_a_font() -> None:
    kept = "".join(char for char in map(chr, range(0x20, 0x3000)) if for_paper(char, latin_only=True) == char)
    texts = [kept[at : at + 40] for at in range(0, len(kept), 40)]
    assert pdf.to_pdf(plain_texts(texts), SHEET).startswith(b"%PDF")
    assert len(kept) > 300


def test_what_paper_does_not_show_is_marked() -> None:
    assert for_paper("a\u202eb\x00c\td\u2028e") == f"a{MARK}b{MARK}c d e"
    assert for_paper("日", latin_only=True) == MARK


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=12),
)
INSTANT = st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone comes with timezones


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(CELLS, CELLS, INSTANT.map(lambda at: at.replace(microsecond=0))), min_size=1, max_size=12))
def test_rows_written_at_once_read_as_those_written_cell_by_cell(rows: list[tuple[Any, Any, datetime]]) -> None:
    folder = Path(tempfile.mkdtemp())
    kinds = ["any", "ratio", "time"]
    sink = XlsxSink(folder / "a.xlsx", template(["a", "b", "at"], kinds, title="D", facts=[], facts_title="C"))
    sink.write([[a, b, at.isoformat()] for a, b, at in rows])
    sink.close()
    with xlsxwriter.Workbook(str(folder / "b.xlsx"), {"strings_to_formulas": False}) as book:
        sheet, moment = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        share = book.add_format({"num_format": "0.00%"})
        sheet.write_row(0, 0, ["a", "b", "at"])
        for index, (a, b, at) in enumerate(rows, start=1):
            for column, cell, form in ((0, a, None), (1, b, share)):
                if isinstance(cell, str):
                    sheet.write_string(index, column, cell, form)
                elif cell is not None:
                    sheet.write(index, column, cell, form)
            sheet.write_datetime(index, 2, at.replace(tzinfo=None), moment)
    ours, theirs = (openpyxl.load_workbook(folder / name).worksheets[0] for name in ("a.xlsx", "b.xlsx"))
    assert ours.dimensions == theirs.dimensions
    for own, other in zip(ours.iter_rows(), theirs.iter_rows(), strict=True):
        assert [(cell.value or None, cell.data_type) for cell in own if cell.value not in (None, "")] == [
            (cell.value or None, cell.data_type) for cell in other if cell.value not in (None, "")
        ]
    shutil.rmtree(folder)
