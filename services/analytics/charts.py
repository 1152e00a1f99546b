"""What the picture of a report shows, on paper and in a workbook. Pure."""

from collections.abc import Callable
from typing import Final

from services.analytics.question import Cell
from services.analytics.reports.model import Chart, Table

BARS_MAX: Final = 12  # what a reader compares at a glance; days stand upright and may be more
STRONG: Final = frozenset({"subtotal", "total"})


def places(table: Table, chart: Chart) -> tuple[int, int]:
    """Where the label and the value stand in a row."""
    names = [column.name for column in table.columns]
    return names.index(chart.label), names.index(chart.value)


def bars(table: Table, chart: Chart, named: Callable[[Cell], str]) -> list[tuple[str, float]]:
    """Label and value of each bar; none where there is nothing to compare."""
    label, value = places(table, chart)
    totals: dict[str, float] = {}  # a menu with several centres is one bar
    for row in table.rows:
        cell = row[value]
        if row[0] not in STRONG and isinstance(cell, int | float):
            name = named(row[label])
            totals[name] = totals.get(name, 0.0) + float(cell)
    pairs = list(totals.items()) if chart.in_order else sorted(totals.items(), key=lambda pair: -pair[1])[:BARS_MAX]
    return pairs if any(number > 0 for _, number in pairs) else []
