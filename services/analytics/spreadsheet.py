"""A report as a workbook: typed cells under a frozen header, and a second sheet that says what was asked.

Texts are written as texts whatever they begin with: nothing in here is ever calculated.
"""

import io
from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

import xlsxwriter

from services.analytics.dirty_text import for_worksheet
from services.analytics.question import Cell
from services.analytics.reports.model import Column, ColumnType, Table

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
QUERY_SHEET = "Consulta"
SHEET_NAME_MAX = 31  # the format's own limit
CELL_TEXT_MAX = 32_767  # the format's own limit
NARROW, WIDE = 12, 48  # characters
FORMATS: dict[ColumnType, str] = {
    "text": "@",
    "integer": "#,##0",
    "ratio": "0.00%",
    "number": "#,##0.00",
    "date": "yyyy-mm-dd",
}

Language = Literal["es", "en"]


def to_xlsx(table: Table, *, title: str, facts: Sequence[tuple[str, str]], language: Language) -> bytes:
    """The bytes of the workbook. `facts` are the lines of the second sheet."""
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
    }
    with xlsxwriter.Workbook(out, options) as book:
        _write_table(book, table, title, language)
        write_facts(book, facts)
    return out.getvalue()


def _write_table(book: Any, table: Table, title: str, language: Language) -> None:
    sheet = book.add_worksheet(title[:SHEET_NAME_MAX])
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = [book.add_format({"num_format": FORMATS[column.type]}) for column in table.columns]
    for index, column in enumerate(table.columns):
        sheet.write_string(0, index, column.es if language == "es" else column.en, head)
        sheet.set_column(index, index, _width(column, table.rows, index))
    for row_index, row in enumerate(table.rows, start=1):
        for index, cell in enumerate(row):
            _write_cell(sheet, row_index, index, cell, table.columns[index], formats[index])
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(table.rows), 1), len(table.columns) - 1)


def _write_cell(sheet: Any, row: int, index: int, cell: Cell, column: Column, form: Any) -> None:
    match cell:
        case None:
            sheet.write_blank(row, index, None, form)
        case bool():
            sheet.write_boolean(row, index, cell, form)
        case int() | float():
            sheet.write_number(row, index, cell, form)
        case str() if column.type == "date":
            sheet.write_datetime(row, index, date.fromisoformat(cell), form)
        case _:
            sheet.write_string(row, index, for_worksheet(str(cell), CELL_TEXT_MAX), form)


def write_facts(book: Any, facts: Sequence[tuple[str, str]]) -> None:
    """The sheet that says what was asked."""
    sheet = book.add_worksheet(QUERY_SHEET)
    bold = book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, NARROW * 2)
    sheet.set_column(1, 1, WIDE * 2)
    for index, (name, value) in enumerate(facts):
        sheet.write_string(index, 0, for_worksheet(name, CELL_TEXT_MAX), bold)
        sheet.write_string(index, 1, for_worksheet(value, CELL_TEXT_MAX), wrapped)
    sheet.freeze_panes(0, 1)


def _width(column: Column, rows: Sequence[Sequence[Cell]], index: int) -> int:
    if column.type != "text":
        return NARROW
    longest = max((len(str(row[index])) for row in rows if row[index] is not None), default=0)
    return min(max(NARROW, longest + 2), WIDE)
