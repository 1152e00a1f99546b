"""What the picture of a report shows, on paper and in a workbook. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
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
    for row, number in _numbers(table, chart, value):
        name = named(row[label])
        totals[name] = totals.get(name, 0.0) + number
    pairs = list(totals.items()) if chart.in_order else sorted(totals.items(), key=lambda pair: -pair[1])[:BARS_MAX]
    return pairs if any(number > 0 for _, number in pairs) else []


@dataclass(frozen=True, slots=True)
class Heat:
    """A number for each of `down` and each of `across`; None where the table has none."""

    down: list[str]
    across: list[str]
    numbers: list[list[float | None]]

    @property
    def most(self) -> float:
        return max((number for line in self.numbers for number in line if number is not None), default=0.0)


def heat(table: Table, chart: Chart, named: Callable[[int, Cell], str]) -> Heat | None:
    """The map in the table's order; None where there is nothing to compare. `named` takes a column's place, too."""
    names = [column.name for column in table.columns]
    label, value = places(table, chart)
    other = names.index(chart.across or chart.label)
    found = {
        (named(label, row[label]), named(other, row[other])): number for row, number in _numbers(table, chart, value)
    }
    down, across = (list(dict.fromkeys(key[index] for key in found)) for index in (0, 1))
    made = Heat(down, across, [[found.get((one, two)) for two in across] for one in down])
    return made if made.most > 0 else None


def _numbers(table: Table, chart: Chart, value: int) -> Iterator[tuple[Sequence[Cell], float]]:
    """The rows that a picture shows, sums left out, each with its number."""
    for row in table.rows:
        cell = row[value]
        wanted = row[0] == chart.section if chart.section else row[0] not in STRONG
        if wanted and isinstance(cell, int | float):
            yield row, float(cell)
