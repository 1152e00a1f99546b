"""From what a statement returned to the cells of an answer: quotients, percentiles, order and page. Pure.

It may take a while for a large answer, so it runs in the pool of threads and never on the event loop.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final, TypeAlias

from services.analytics.bands import banded_rows
from services.analytics.catalog import Occupancy, SignedIn
from services.analytics.cells import Cell
from services.analytics.columns import Column
from services.analytics.distributions import Distributions, callers, read_all
from services.analytics.expressions import ByBand, Callers, Expression, PercentileOf, Plain, Quotient, Raw, Term
from services.analytics.query import Statement
from services.analytics.question import Order
from shared.sketches import RELATIVE_ERROR_MAX

CALLERS_ERROR: Final = 0.02  # 2.5 standard errors of 2^14 registers
Values: TypeAlias = list[Any]


@dataclass(slots=True)
class Finished:
    """Rows in the order of the columns; `errors` has the relative error of each metric that is not exact."""

    rows: list[Values]
    errors: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class _Reader:
    """The columns of one period's cells, by aggregate."""

    columns: Mapping[Raw, Values]
    errors: dict[str, float]
    read: dict[Raw, list[Distributions]] = field(default_factory=dict)

    def value(self, metric: str, expression: Expression) -> Values:
        match expression:
            case PercentileOf(raw, share):
                return self._percentile(metric, raw, share)
            case Quotient(numerator, denominator):
                above = self._sum(numerator)
                return above if denominator is None else _divide(above, self._sum(denominator))
            case Callers(exact, sketches):
                return self._callers(metric, exact, sketches)
            case Plain():
                raise AssertionError("SQL finishes this metric")
            case ByBand():
                raise AssertionError("bands make rows of their own")

    def _distributions(self, raw: Raw) -> list[Distributions]:
        if raw not in self.read:
            self.read[raw] = read_all([sketch or b"" for sketch in self.columns[raw]])
        return self.read[raw]

    def _percentile(self, metric: str, raw: Raw, share: float) -> Values:
        values: Values = []
        for batch in self._distributions(raw):
            found, exact = batch.percentile(share)
            values += found
            if not all(exact):
                self.errors[metric] = RELATIVE_ERROR_MAX
        return values

    def _sum(self, terms: Sequence[Term]) -> Values:
        columns = [self._term(term) for term in terms]
        # A bucket that has nothing to be compared with has no counts either.
        return [None if None in counts else sum(counts) for counts in zip(*columns, strict=True)]

    def _term(self, term: Term) -> Values:
        column = self.columns[term.raw]
        if term.up_to_s is None:
            return column if term.sign > 0 else [None if count is None else -count for count in column]
        counts: list[int] = []
        for batch in self._distributions(term.raw):
            counts += batch.up_to(term.up_to_s, inclusive=term.inclusive)
        return [None if sketch is None else term.sign * count for sketch, count in zip(column, counts, strict=True)]

    def _callers(self, metric: str, exact: Raw, sketches: Raw) -> Values:
        values: Values = []
        for number, sketch in zip(self.columns[exact], self.columns[sketches], strict=True):
            if number is None and sketch:
                self.errors[metric] = CALLERS_ERROR
                values.append(callers(sketch))
            elif number is None:
                values.append(None if sketch is None else 0)
            else:
                values.append(number)
        return values


def finish(statement: Statement, records: Sequence[Sequence[Any]]) -> Finished:
    """The rows of an answer, in the order in which the records came."""
    if statement.plain or statement.now is None:
        return Finished([list(record) for record in records])
    by_name = dict(zip(statement.shown, map(list, zip(*records, strict=True)), strict=True)) if records else {}
    if not by_name:
        return Finished([])
    if statement.now.band is not None:
        keys = {column.name: by_name[column.sql] for column in statement.keys}
        raws = _by_raw(statement.own_cells, by_name, _own)
        return Finished(banded_rows(statement.now.band, statement.columns, keys, raws, statement.now.expressions))
    errors: dict[str, float] = {}
    own = _Reader(_by_raw(statement.own_cells, by_name, _own), errors)
    other = _Reader(_by_raw(statement.other_cells, by_name, _before), errors) if statement.before else None
    now, before = statement.now, statement.before
    for column in statement.columns:
        if column.sql in by_name or column.metric is None:
            continue
        metric = column.metric.name
        if column.kind == "metric":
            by_name[column.sql] = own.value(metric, now.expressions[metric])
        elif column.kind == "previous" and other is not None and before is not None:
            by_name[column.sql] = other.value(metric, before.expressions[metric])
        else:
            index = column.sql.removeprefix("change_")
            by_name[column.sql] = _change(by_name[f"value_{index}"], by_name[f"before_{index}"])
    return Finished(
        [list(row) for row in zip(*(by_name[column.sql] for column in statement.columns), strict=True)], errors
    )


def asks_about_agents(columns: Sequence[Column]) -> bool:
    return any(_is_about_agents(column) for column in columns)


def without_agents(statement: Statement, records: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The records with nulls for what only agents' sessions tell: where none is known, none is not 0."""
    unknown = {column.sql for column in statement.columns if _is_about_agents(column)}
    return [
        tuple(None if name in unknown else cell for name, cell in zip(statement.shown, record, strict=True))
        for record in records
    ]


def _is_about_agents(column: Column) -> bool:
    return column.known and column.metric is not None and isinstance(column.metric.recipe, SignedIn | Occupancy)


def page(
    rows: list[Values],
    columns: Sequence[Column],
    order: Sequence[tuple[Column, Order]],
    *,
    after: Sequence[Any] | None,
    limit: int,
) -> list[Values]:
    """One page and one row more, ordered as SQL would: nulls last in either direction."""
    names = [column.sql for column in columns]
    places = [(names.index(column.sql), item.descending) for column, item in order]
    if after is not None:
        rows = [row for row in rows if _follows(row, places, after)]
    for place, descending in reversed(places):
        given = sorted((row for row in rows if row[place] is not None), key=itemgetter(place), reverse=descending)
        rows = given + [row for row in rows if row[place] is None]
    return rows[: limit + 1]


def _follows(row: Values, places: Sequence[tuple[int, bool]], after: Sequence[Any]) -> bool:
    for (place, descending), value in zip(places, after, strict=True):
        cell = row[place]
        if cell == value:
            continue
        if value is None or cell is None:
            return cell is None
        return bool(cell < value if descending else cell > value)
    return False


def _own(cell: Cell) -> str:
    return cell.sql


def _before(cell: Cell) -> str:
    return cell.before


def _by_raw(cells: Sequence[Cell], by_name: Mapping[str, Values], name: Callable[[Cell], str]) -> dict[Raw, Values]:
    return {cell.raw: by_name[name(cell)] for cell in cells if cell.raw is not None and not cell.changes}


def _divide(above: Values, below: Values) -> Values:
    return [part / whole if part is not None and whole else None for part, whole in zip(above, below, strict=True)]


def _change(own: Values, before: Values) -> Values:
    return [
        None if value is None or not other else (value - other) / abs(other)
        for value, other in zip(own, before, strict=True)
    ]
