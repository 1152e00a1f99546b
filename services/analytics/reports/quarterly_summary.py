"""`quarterly-summary`: the period on one page, beside the period before and the same dates a year before."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from services.analytics.periods import Compare, compare_with
from services.analytics.question import Cell, Filter, Order, Question, zone_of
from services.analytics.reports.model import Answers, Column, Report, Request, Table

TOP = 10  # what fits beside the rest on one page
COLUMNS = (
    Column("section", "text", "Sección", "Section"),
    Column("item", "text", "Concepto", "Item"),
    Column("metric", "text", "Métrica", "Metric"),
    Column("unit", "text", "Unidad", "Unit"),
    Column("value", "number", "Valor", "Value"),
    Column("previous_period", "number", "Periodo anterior", "Period before"),
    Column("change_on_previous_period", "ratio", "Cambio", "Change"),
    Column("previous_year", "number", "Año anterior", "Year before"),
    Column("change_on_previous_year", "ratio", "Cambio anual", "Change on the year"),
    Column("class", "text", "Clase", "Class"),
)
VOLUME = ("calls", "unique_callers", "weekday_calls", "weekend_calls", "transferred", "ended_in_ivr", "duration_s_mean")
ABANDONMENT = ("abandoned", "abandoned_rate")
QUALITY = ("menu_errors", "swapped_times")
# Section → its dimension (None is the whole) and its metrics.
SECTIONS: dict[str, tuple[str | None, tuple[str, ...]]] = {
    "volume": (None, VOLUME),
    "abandonment": (None, ABANDONMENT),
    "segments": ("segment", ("calls", "unique_callers", "abandoned_rate")),
    "top_menus": ("menu", ("calls",)),
    "top_centres": ("centre", ("calls",)),
    "quality": (None, QUALITY),
}
COMPARED: tuple[Compare, ...] = ("previous_period", "previous_year")
# Calls that reached no centre have none to be ranked by.
TRANSFERRED = Filter("outcome", "in", ("transferred",))


def questions(request: Request) -> dict[str, Question]:
    asked = {
        "whole": request.question("legacy", [*VOLUME, *ABANDONMENT, *QUALITY]),
        "segments": request.question("legacy", SECTIONS["segments"][1], dimensions=["segment"]),
        "top_menus": _top(request, "menu"),
        "top_centres": _top(request, "centre", TRANSFERRED),
    }
    return {
        f"{name} {compare}": _compared(request, question, compare)
        for name, question in asked.items()
        for compare in COMPARED
    }


def _top(request: Request, dimension: str, *filters: Filter) -> Question:
    most = [Order("calls", descending=True)]
    return request.question("legacy", ["calls"], dimensions=[dimension], order_by=most, filters=filters, limit=TOP)


def _compared(request: Request, question: Question, compare: Compare) -> Question:
    zone = zone_of(request.zone)
    return replace(question, comparison=compare_with(compare, since=request.since, until=request.until, zone=zone))


def build(request: Request, answers: Answers) -> Table:
    rows = [row for section in SECTIONS for row in _section(request, answers, section)]
    return Table(COLUMNS, rows)


def _section(request: Request, answers: Answers, section: str) -> Iterator[list[Cell]]:
    dimension, metrics = SECTIONS[section]
    name = section if dimension else "whole"
    before, year = (answers[f"{name} {compare}"] for compare in COMPARED)
    a_year_ago = {_item(row, dimension): row for row in year.records()}
    units = {column.name: column.metric.unit for column in before.columns if column.metric is not None}
    for row in before.records():
        item = _item(row, dimension)
        if _is_gone(row, metrics, dimension):
            continue
        for metric in metrics:
            grade = request.bands.classify(row[metric]) if metric == "abandoned_rate" else None
            compared = [row[f"{metric}_previous"], row[f"{metric}_change"]]
            yearly = a_year_ago.get(item, {})
            compared += [yearly.get(f"{metric}_previous"), yearly.get(f"{metric}_change")]
            yield [section, item, metric, units[metric], row[metric], *compared, grade]


def _item(row: dict[str, Cell], dimension: str | None) -> Cell:
    return row[dimension] if dimension else None


def _is_gone(row: dict[str, Cell], metrics: Sequence[str], dimension: str | None) -> bool:
    """An item of the other period only has no line here: the page is about this period."""
    return dimension is not None and not row[metrics[0]]


REPORT = Report("quarterly-summary", "legacy", "Resumen trimestral", "Quarterly summary", questions, build)
