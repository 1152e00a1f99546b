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

from services.analytics.charts import STRONG, bars, heat, places
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
        "heat": "Mapa de calor",
    },
    "en": {
        "page": "Page",
        "nothing": "There is nothing to count in this period.",
        "facts": "What this report is made of",
        "as_of": "Data until",
        "no_data": "no data",
        "zone": "Zone",
        "alt": "Bar chart",
        "heat": "Heat map",
    },
}


NOTHING: Final = "-"
NUMERIC: Final = frozenset({"integer", "ratio", "number"})
INSTANTS: Final = frozenset({"entered_at"})  # texts with an offset
SECONDS_LENGTH: Final = len("2025-07-01T00:00:00")
TICKS: Final = 7  # labels below upright bars that stand clear of one another


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands around the table."""

    title: str
    subtitle: str
    zone: str
    data_as_of: datetime | None
    facts: Sequence[tuple[str, str]]
    language: Language
    # What is said instead of an empty table; by default that there is nothing to count.
    nothing: str | None = None


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
        "nothing": sheet.nothing or words["nothing"],
        "facts_title": words["facts"],
        "facts": [list(fact) for fact in sheet.facts],
        "columns": [
            {"title": _title(column, sheet.language), "numeric": column.type in NUMERIC and column.name != "weekday"}
            for column in table.columns
        ],
        "rows": [_line(row, table.columns, sheet.language) for row in table.rows],
        "strong": [index for index, row in enumerate(table.rows) if row and row[0] in STRONG],
        "chart": None if chart is None else _picture(table, chart, sheet),
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
        return _words(str(cell), column, language)
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


def _words(cell: str, column: Column, language: Language) -> str:
    if column.name in INSTANTS:
        return cell[:SECONDS_LENGTH].replace("T", " ")  # the zone stands on every page
    return SHOWN[language].get(cell, cell) if column.name in KINDS else cell


def _picture(table: Table, chart: Chart, sheet: Sheet) -> dict[str, Any] | None:
    """None where there is nothing to compare."""
    return _bars(table, chart, sheet) if chart.across is None else _heat(table, chart, sheet)


def _heat(table: Table, chart: Chart, sheet: Sheet) -> dict[str, Any] | None:
    columns = {column.name: column for column in table.columns}
    made = heat(table, chart, lambda place, cell: _text(cell, table.columns[place], sheet.language))
    if made is None or chart.across is None:
        return None
    value = columns[chart.value]
    titles = [_title(columns[name], sheet.language) for name in (chart.value, chart.label, chart.across)]
    [most] = [
        f"{down}, {across}: {_text(number, value, sheet.language)}"
        for down, line in zip(made.down, made.numbers, strict=True)
        for across, number in zip(made.across, line, strict=True)
        if number == made.most
    ][:1]
    caption = " · ".join(titles)
    return {
        "form": "heat",
        "down": made.down,
        "across": made.across,
        "shares": [[(number or 0.0) / made.most for number in line] for line in made.numbers],
        "shown": [[_text(number, value, sheet.language) for number in line] for line in made.numbers],
        "caption": caption,
        "alt": f"{WORDS[sheet.language]['heat']}: {caption}. {most}",
    }


def _bars(table: Table, chart: Chart, sheet: Sheet) -> dict[str, Any] | None:
    label, value = places(table, chart)
    pairs = bars(table, chart, lambda cell: _text(cell, table.columns[label], sheet.language))
    if not pairs:
        return None
    labels, numbers = [name for name, _ in pairs], [number for _, number in pairs]
    most = numbers.index(max(numbers))
    titles = [_title(table.columns[place], sheet.language) for place in (value, label)]
    number_column = table.columns[value]
    if chart.section is not None:  # a table of many units: that of the section is a count
        titles = [SHOWN[sheet.language][chart.section], SHOWN[sheet.language].get("calls", "calls")]
        number_column = replace(number_column, type="integer")
    caption = " · ".join(titles)
    shown = [_text(number, number_column, sheet.language) for number in numbers]
    return {
        "form": "bars",
        "most": shown[most],
        "ticks": [[index / len(labels), labels[index]] for index in _ticks(len(labels))],
        "labels": labels,
        "values": numbers,
        "shown": shown,
        "upright": chart.in_order,
        "caption": caption,
        # Everything that the picture shows stands in the table; the text says what to look for.
        "alt": f"{WORDS[sheet.language]['alt']}: {caption}. {labels[most]}: {shown[most]}",
    }


def _ticks(bars_shown: int) -> list[int]:
    """Which bars have their label below; the last one ends before the edge of the page."""
    shown = min(TICKS, bars_shown)
    return [index * bars_shown // shown for index in range(shown)]
