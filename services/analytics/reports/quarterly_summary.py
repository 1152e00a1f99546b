"""`quarterly-summary`: the period on one page, beside the period before and the same dates a year before."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from services.analytics.periods import Compare, Comparison, compare_with
from services.analytics.question import Cell, Filter, Order, Question, zone_of
from services.analytics.reports.model import ROWS_MAX, Answers, Chart, Column, Report, Request, Table

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
BEFORE: Compare = "previous_period"
YEAR: Compare = "previous_year"
# Calls that reached no centre have none to be ranked by.
TRANSFERRED = Filter("outcome", "in", ("transferred",))


def questions(request: Request) -> dict[str, Question]:
    asked = {
        "whole": request.question("legacy", [*VOLUME, *ABANDONMENT, *QUALITY]),
        "segments": request.question("legacy", SECTIONS["segments"][1], dimensions=["segment"]),
        "top_menus": _top(request, "menu"),
        "top_centres": _top(request, "centre", TRANSFERRED),
    }
    # The year before is asked by itself: compared as well, this period would be counted a second time.
    compared = {name: replace(question, comparison=_other(request, BEFORE)) for name, question in asked.items()}
    yearly = {f"{name} {YEAR}": _moved(question, _other(request, YEAR)) for name, question in asked.items()}
    return {**compared, **yearly}


def _top(request: Request, dimension: str, *filters: Filter) -> Question:
    most = [Order("calls", descending=True)]
    return request.question("legacy", ["calls"], dimensions=[dimension], order_by=most, filters=filters, limit=TOP)


def _other(request: Request, compare: Compare) -> Comparison:
    return compare_with(compare, since=request.since, until=request.until, zone=zone_of(request.zone))


def _moved(question: Question, other: Comparison) -> Question:
    """The same question over the other period, with every item: the first of this period need not be its first."""
    return replace(question, since=other.since, until=other.until, limit=ROWS_MAX)


def build(request: Request, answers: Answers) -> Table:
    rows = [row for section in SECTIONS for row in _section(request, answers, section)]
    return Table(COLUMNS, rows)


def _section(request: Request, answers: Answers, section: str) -> Iterator[list[Cell]]:
    dimension, metrics = SECTIONS[section]
    name = section if dimension else "whole"
    answer = answers[name]
    a_year_ago = {_item(row, dimension): row for row in answers[f"{name} {YEAR}"].records()}
    known = {column.name: column for column in answer.columns if column.kind == "metric"}
    for row in answer.records():
        item = _item(row, dimension)
        if _is_gone(row, metrics, dimension):
            continue
        for metric in metrics:
            grade = request.bands.classify(row[metric]) if metric == "abandoned_rate" else None
            now, column = row[metric], known[metric]
            unit = column.metric.unit if column.metric is not None else None
            then = a_year_ago.get(item, {}).get(metric, 0 if column.zero_when_empty else None)
            compared = [row[f"{metric}_previous"], row[f"{metric}_change"], then, _change(now, then)]
            yield [section, item, metric, unit, now, *compared, grade]


def _change(value: Cell, before: Cell) -> float | None:
    """As a compared answer tells it: (value - before) / |before|, null where there is nothing to divide by."""
    if not isinstance(value, int | float) or not isinstance(before, int | float) or before == 0:
        return None
    return (value - before) / abs(before)


def _item(row: dict[str, Cell], dimension: str | None) -> Cell:
    return row[dimension] if dimension else None


def _is_gone(row: dict[str, Cell], metrics: Sequence[str], dimension: str | None) -> bool:
    """An item of the other period only has no line here: the page is about this period."""
    return dimension is not None and not row[metrics[0]]


REPORT = Report(
    "quarterly-summary",
    "legacy",
    "Resumen trimestral",
    "Quarterly summary",
    questions,
    build,
    chart=Chart("item", "value", section="top_menus"),
)
