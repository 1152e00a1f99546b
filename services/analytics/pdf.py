"""A report as a tagged PDF (PDF/UA-1), set by Typst. Pure: a table in, bytes out.

The template reads everything as data, so nothing in a menu's name can become markup; no font, package or picture comes
from outside the package.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import typst

from services.analytics.charts import STRONG, bars, places
from services.analytics.dirty_text import for_paper
from services.analytics.question import Cell
from services.analytics.report_words import KINDS, SHOWN, UNIT_TYPES, WEEKDAYS, Language
from services.analytics.reports.model import Chart, Column, Table

MEDIA_TYPE: Final = "application/pdf"
TEMPLATE: Final = Path(__file__).with_name("report.typ")
ROWS_MAX: Final = 2_000  # some fifty pages: nobody prints more, and setting them takes seconds

WORDS: Final[dict[Language, dict[str, str]]] = {
    "es": {
        "page": "Página",
        "nothing": "No hay nada que contar en este periodo.",
        "facts": "De qué está hecho este informe",
        "as_of": "Datos hasta",
        "no_data": "sin datos",
        "zone": "Zona",
        "alt": "Gráfico de barras",
    },
    "en": {
        "page": "Page",
        "nothing": "There is nothing to count in this period.",
        "facts": "What this report is made of",
        "as_of": "Data until",
        "no_data": "no data",
        "zone": "Zone",
        "alt": "Bar chart",
    },
}


NOTHING: Final = "-"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands around the table."""

    title: str
    subtitle: str
    zone: str
    data_as_of: datetime | None
    facts: Sequence[tuple[str, str]]
    language: Language


def to_pdf(table: Table, sheet: Sheet, *, chart: Chart | None = None) -> bytes:
    """The bytes of the document."""
    words = WORDS[sheet.language]
    as_of = words["no_data"] if sheet.data_as_of is None else sheet.data_as_of.strftime("%Y-%m-%d %H:%M %Z")
    data = {
        "title": sheet.title,
        "subtitle": sheet.subtitle,
        "language": sheet.language,
        "footer": f"{sheet.title} · {words['zone']}: {sheet.zone} · {words['as_of']}: {as_of}",
        "page": words["page"],
        "nothing": words["nothing"],
        "facts_title": words["facts"],
        "facts": [list(fact) for fact in sheet.facts],
        "columns": [
            {"title": _title(column, sheet.language), "numeric": column.type in ("integer", "ratio", "number")}
            for column in table.columns
        ],
        "rows": [_line(row, table.columns, sheet.language) for row in table.rows],
        "strong": [index for index, row in enumerate(table.rows) if row and row[0] in STRONG],
        "chart": None if chart is None else _bars(table, chart, sheet),
    }
    try:
        return _compiled(_cleaned(data, latin_only=False))
    except typst.TypstError:
        # A tagged document refuses a letter that its font lacks; one menu must not cost everybody the report.
        return _compiled(_cleaned(data, latin_only=True))


def _compiled(data: Any) -> bytes:
    document: bytes = typst.compile(
        TEMPLATE.read_bytes(),
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        ignore_system_fonts=True,  # the same document on every machine
        pdf_standards=["ua-1"],
    )
    return document


def _cleaned(data: Any, *, latin_only: bool) -> Any:
    """The same structure with every text in it fit to be set."""
    match data:
        case str():
            return for_paper(data, latin_only=latin_only)
        case list():
            return [_cleaned(each, latin_only=latin_only) for each in data]
        case dict():
            return {name: _cleaned(each, latin_only=latin_only) for name, each in data.items()}
        case _:
            return data


def _title(column: Column, language: Language) -> str:
    return column.es if language == "es" else column.en


def _line(row: Sequence[Cell], columns: Sequence[Column], language: Language) -> list[str]:
    """The cells of a row as texts; where one names the unit, the numbers of the row are written by it."""
    units = [cell for cell, column in zip(row, columns, strict=True) if column.name == "unit"]
    form = UNIT_TYPES.get(units[0]) if units else None
    return [
        _text(cell, replace(column, type=form) if form and column.type == "number" else column, language)
        for cell, column in zip(row, columns, strict=True)
    ]


def _text(cell: Cell, column: Column, language: Language) -> str:
    """The cell as a person reads it; null is a dash, never 0. Mexico and the English write numbers alike."""
    if cell is None:
        return NOTHING
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return SHOWN[language].get(str(cell), str(cell)) if column.name in KINDS else str(cell)
    if column.name == "weekday":
        return WEEKDAYS[language][int(cell) - 1]
    match column.type:
        case "ratio":
            text = f"{100 * cell:,.2f} %"
        case "integer":
            text = f"{cell:,.0f}"
        case _:
            text = f"{cell:,.2f}"
    return text


def _bars(table: Table, chart: Chart, sheet: Sheet) -> dict[str, Any] | None:
    """None where there is nothing to compare."""
    label, value = places(table, chart)
    pairs = bars(table, chart, lambda cell: _text(cell, table.columns[label], sheet.language))
    if not pairs:
        return None
    labels, numbers = [name for name, _ in pairs], [number for _, number in pairs]
    most = numbers.index(max(numbers))
    caption = f"{_title(table.columns[value], sheet.language)} · {_title(table.columns[label], sheet.language)}"
    shown = [_text(number, table.columns[value], sheet.language) for number in numbers]
    return {
        "labels": labels,
        "values": numbers,
        "shown": shown,
        "upright": chart.in_order,
        "caption": caption,
        # Everything that the picture shows stands in the table; the text says what to look for.
        "alt": f"{WORDS[sheet.language]['alt']}: {caption}. {labels[most]}: {shown[most]}",
    }
