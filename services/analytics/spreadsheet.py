"""A report as a workbook: typed cells under a frozen header, and a second sheet that says what was asked.

Texts are written as texts whatever they begin with: nothing in here is ever calculated.
"""

import io
from collections.abc import Sequence
from typing import Any, Literal

import xlsxwriter

from services.analytics.charts import Heat, bars, heat, places
from services.analytics.dirty_text import for_worksheet
from services.analytics.question import Cell
from services.analytics.report_words import SHOWN, WEEKDAYS
from services.analytics.reports.model import Chart, Column, ColumnType, Table
from services.analytics.sheet_rows import CELL_TEXT_MAX, SheetRows

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FACTS_SHEETS = {"es": "Consulta", "en": "Query"}
CHART_SHEETS = {"es": "Gráfica", "en": "Chart"}
CHART_WIDTH, CHART_HEIGHT = 760, 420  # pixels: beside the numbers on a small screen
HEAT_COLOUR = "#1F5F8B"
NOTHING = "—"
SHEET_NAME_MAX = 31  # the format's own limit
NARROW, WIDE = 12, 48  # characters
FORMATS: dict[ColumnType, str] = {
    "text": "@",
    "integer": "#,##0",
    "ratio": "0.00%",
    "number": "#,##0.00",
    "date": "yyyy-mm-dd",
}

Language = Literal["es", "en"]


def to_xlsx(
    table: Table, *, title: str, facts: Sequence[tuple[str, str]], language: Language, chart: Chart | None = None
) -> bytes:
    """The bytes of the workbook. `facts` are the lines of the second sheet; a chart stands on the third."""
    out = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
    }
    with xlsxwriter.Workbook(out, options) as book:
        _write_table(book, table, title, language)
        write_facts(book, FACTS_SHEETS[language], facts)
        if chart is not None:
            _write_picture(book, table, chart, language)
    return out.getvalue()


def _write_picture(book: Any, table: Table, chart: Chart, language: Language) -> None:
    if chart.across is not None:
        made = heat(table, chart, lambda place, cell: _named(table.columns[place], cell, language))
        if made is not None:
            _write_heat(book, table, chart, made, language)
        return
    pairs = bars(table, chart, lambda cell: NOTHING if cell is None else str(cell))
    if pairs:
        _write_chart(book, table, chart, pairs, language)


def _named(column: Column, cell: Cell, language: Language) -> str:
    return WEEKDAYS[language][int(cell) - 1] if column.name == "weekday" and isinstance(cell, int) else str(cell)


def _write_heat(book: Any, table: Table, chart: Chart, made: Heat, language: Language) -> None:
    """The numbers as a square, each the darker the larger it is."""
    sheet = book.add_worksheet(CHART_SHEETS[language])
    column = table.columns[places(table, chart)[1]]
    bold, form = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": FORMATS[column.type]})
    sheet.set_column(0, 0, NARROW)
    sheet.write_string(0, 0, column.es if language == "es" else column.en, bold)
    for index, name in enumerate(made.across, start=1):
        sheet.write_string(0, index, name, bold)
    for number, (name, line) in enumerate(zip(made.down, made.numbers, strict=True), start=1):
        sheet.write_string(number, 0, name)
        for index, value in enumerate(line, start=1):
            if value is not None:
                sheet.write_number(number, index, value, form)
    scale = {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": HEAT_COLOUR}
    sheet.conditional_format(1, 1, len(made.down), len(made.across), scale)
    sheet.freeze_panes(1, 1)


def _write_table(book: Any, table: Table, title: str, language: Language) -> None:
    sheet = book.add_worksheet(title[:SHEET_NAME_MAX])
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = [book.add_format({"num_format": FORMATS[column.type]}) for column in table.columns]
    for index, column in enumerate(table.columns):
        sheet.set_column(index, index, _width(column, table.rows, index))
    for index, column in enumerate(table.columns):
        sheet.write_string(0, index, column.es if language == "es" else column.en, head)
    SheetRows(sheet, [column.type for column in table.columns], formats, blanks=True).write(table.rows)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(table.rows), 1), len(table.columns) - 1)


def _write_chart(book: Any, table: Table, chart: Chart, pairs: Sequence[tuple[str, float]], language: Language) -> None:
    """The bars' numbers, and beside them the bars: upright where they are in the table's order."""
    name = CHART_SHEETS[language]
    sheet = book.add_worksheet(name)
    column_of = [table.columns[place] for place in places(table, chart)]
    titles = [column.es if language == "es" else column.en for column in column_of]
    if chart.section is not None:  # a table of many units: that of the section is a count
        titles = [SHOWN[language][chart.section], SHOWN[language].get("calls", "calls")]
    formats = [book.add_format({"num_format": FORMATS[column.type]}) for column in column_of]
    sheet.set_column(0, 0, NARROW * 2)
    for index, title in enumerate(titles):
        sheet.write_string(0, index, title, book.add_format({"bold": True, "bottom": 1}))
    SheetRows(sheet, ["text", "number"], [None, formats[1]]).write([list(pair) for pair in pairs])
    picture = book.add_chart({"type": "column" if chart.in_order else "bar"})
    picture.add_series(
        {
            "name": titles[1],
            "categories": [name, 1, 0, len(pairs), 0],
            "values": [name, 1, 1, len(pairs), 1],
            "categories_data": [label for label, _ in pairs],
            "values_data": [number for _, number in pairs],
        }
    )
    picture.set_title({"name": f"{titles[1]} · {titles[0]}", "overlay": False})
    picture.set_legend({"none": True})
    if not chart.in_order:
        picture.set_y_axis({"reverse": True})  # the largest on top
    picture.set_size({"width": CHART_WIDTH, "height": CHART_HEIGHT})
    sheet.insert_chart(1, 3, picture)
    sheet.freeze_panes(1, 0)


def write_facts(book: Any, title: str, facts: Sequence[tuple[str, str]]) -> None:
    """The sheet that says what was asked."""
    sheet = book.add_worksheet(title)
    bold = book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, NARROW * 2)
    sheet.set_column(1, 1, WIDE * 2)
    for index, (name, value) in enumerate(facts):
        sheet.write_string(index, 0, plain(name), bold)
        sheet.write_string(index, 1, plain(value), wrapped)
    sheet.freeze_panes(0, 1)


def plain(text: str) -> str:
    """What xlsxwriter writes as it stands: it takes a text between <r> and </r> for XML of its own."""
    fit = for_worksheet(text, CELL_TEXT_MAX)
    return f"{fit} " if fit.startswith("<r>") and fit.endswith("</r>") else fit


def _width(column: Column, rows: Sequence[Sequence[Cell]], index: int) -> int:
    if column.type != "text":
        return NARROW
    longest = max((len(str(row[index])) for row in rows if row[index] is not None), default=0)
    return min(max(NARROW, longest + 2), WIDE)
