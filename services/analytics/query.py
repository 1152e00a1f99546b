"""Turns a question into one SQL statement over the routes that answer it. Pure: no connection, no clock.

Values travel as bound parameters; the text is made only of what the catalogue and the routes declare.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.analytics.bands import without_band
from services.analytics.catalog import Catalog
from services.analytics.cells import Cell, cells_of
from services.analytics.columns import Column, columns_of, keys_of, values_of
from services.analytics.conditions import conditions, keyset
from services.analytics.distributions import GROUPS_MAX
from services.analytics.facts import Facts, repeat_windows
from services.analytics.kept import kept
from services.analytics.limits import combinations_max
from services.analytics.merge import COMBINATIONS, merge, stack
from services.analytics.navigation import NOTHING_KNOWN, Known, Plan, choose_route
from services.analytics.parameters import Parameters
from services.analytics.question import Order, Question
from services.analytics.relations import Route, Scope
from services.analytics.repeats import Repeats
from services.analytics.timeline import timeline


@dataclass(frozen=True, slots=True)
class Statement:
    """`shown` names what the statement returns, in order. `cells` and the plans say how metrics are made of it.

    `whole` means that all groups are returned, without order or limit, because the order hangs on a sketch.
    `combinations_max`: how many combinations may be laid out over all buckets; then the last value of each record is
    how many there are, one above it at most.
    `left_out` names the repeat windows whose uncovered calls the statement counts.
    `keys` tell what a record is about: the key columns, but for a band that is cut out of its sketches.
    """

    sql: str
    arguments: tuple[Any, ...]
    columns: tuple[Column, ...]
    shown: tuple[str, ...] = ()
    now: Plan | None = None
    before: Plan | None = None
    own_cells: tuple[Cell, ...] = ()
    other_cells: tuple[Cell, ...] = ()
    whole: bool = False
    combinations_max: int | None = None
    left_out: tuple[str, ...] = ()
    keys: tuple[Column, ...] = ()

    @property
    def name(self) -> str:
        """What the answer is made from."""
        names = [plan.name for plan in (self.now, self.before) if plan is not None]
        return " + ".join(dict.fromkeys(part for name in names for part in name.split(" + ")))

    @property
    def plain(self) -> bool:
        """Whether SQL finishes every metric, so that a record is a row."""
        return all(cell.changes for cell in (*self.own_cells, *self.other_cells))


@dataclass(frozen=True, slots=True)
class _Answer:
    """A relation with the key columns and cells of an answer."""

    sql: str
    now: Plan
    before: Plan | None
    own: tuple[Cell, ...]
    other: tuple[Cell, ...]

    def shown(self, columns: Sequence[Column]) -> tuple[str, ...]:
        """The columns' own names where SQL finishes them, and the aggregates of the others."""
        raws = [cell.sql for cell in self.own if not cell.changes]
        raws += [cell.before for cell in self.other if not cell.changes]
        named = {column.sql for column in columns}
        known = {cell.sql for cell in self.own if cell.changes}
        if self.before is not None:
            known |= {name for cell in self.other if cell.changes for name in (cell.before, cell.change)}
        metrics = [column.sql for column in columns if column.kind not in ("time", "dimension")]
        keys = [column.sql for column in columns if column.kind in ("time", "dimension")]
        return (*keys, *(name for name in metrics if name in known & named), *raws)


@kept
def compile_rows(catalog: Catalog, question: Question, known: Known = NOTHING_KNOWN) -> Statement:
    """The page of rows that the question asks for, and one row more to know whether there is a next page."""
    parameters = Parameters()
    plan = choose_route(catalog, question, (question.since, question.until), known)
    grouped = question if plan.band is None else without_band(question, plan.band)
    answer = _answer(catalog, grouped, parameters, known, plan)
    shown = answer.shown(columns_of(catalog, grouped))
    order = order_of(catalog, question)
    whole = plan.band is not None or any(column.sql not in shown for column, _ in order)
    most = combinations_max(grouped)
    selected = [*shown, COMBINATIONS] if most is not None else shown
    select = f"SELECT {', '.join(selected) or 'NULL'} FROM ({answer.sql}) AS answer"  # noqa: S608 - see the module
    if whole:
        sql = f"{select} LIMIT {parameters.bind(GROUPS_MAX + 1, 'bigint')}"
    else:
        ranked = [(column.sql, column.sql_type, item.descending) for column, item in order]
        after = "" if question.after is None else f" WHERE {keyset(ranked, question.after, parameters)}"
        ranking = ", ".join(f"{_collated(column)} {_direction(item)} NULLS LAST" for column, item in order)
        ordered = f" ORDER BY {ranking}" if ranking else ""
        sql = f"{select}{after}{ordered} LIMIT {parameters.bind(question.limit + 1, 'bigint')}"
    made = _statement(sql, parameters, columns_of(catalog, question), answer, shown)
    return replace(made, whole=whole, combinations_max=most, keys=keys_of(catalog, grouped))


@kept
def compile_totals(catalog: Catalog, question: Question, known: Known = NOTHING_KNOWN) -> Statement:
    """One row over the whole range: counted afresh, never summed from the rows."""
    total = _whole(question)
    parameters = Parameters()
    columns = columns_of(catalog, total)
    plan = choose_route(catalog, total, (total.since, total.until), known)
    answer = _answer(catalog, total, parameters, known, plan)
    shown = answer.shown(columns)
    sql = f"SELECT {', '.join(shown)} FROM ({answer.sql}) AS answer"  # noqa: S608 - see the module
    return _statement(sql, parameters, columns, answer, shown)


@kept
def compile_left_out(catalog: Catalog, question: Question, known: Known = NOTHING_KNOWN) -> Statement | None:
    """How many calls each metric that looks ahead has to leave out; None when no metric does."""
    windows = repeat_windows(catalog, question.kind, question.metrics)
    if not windows:
        return None
    total, parameters = _whole(question), Parameters()
    span = (total.since, total.until)
    scope = Scope(total, span, parameters)
    stored = [each for each in choose_route(catalog, total, span, known).routes if isinstance(each, Repeats)]
    route: Repeats | Facts = stored[0] if stored else Facts(question.kind, windows)
    left_out = ", ".join(f"{route.uncovered(window)} AS left_out_{window}" for window in windows)
    sql = f"SELECT {left_out} FROM ({_calls(catalog, route, scope)}) AS calls"  # noqa: S608 - see the module
    return Statement(sql, parameters.arguments, (), left_out=windows)


def _statement(
    sql: str,
    parameters: Parameters,
    columns: tuple[Column, ...],
    answer: _Answer,
    shown: tuple[str, ...],
) -> Statement:
    return Statement(
        sql,
        parameters.arguments,
        columns,
        shown=shown,
        now=answer.now,
        before=answer.before,
        own_cells=answer.own,
        other_cells=answer.other,
    )


def _whole(question: Question) -> Question:
    return replace(question, dimensions=(), granularity="total")


def order_of(catalog: Catalog, question: Question) -> tuple[tuple[Column, Order], ...]:
    """The order asked for, then time and dimensions, so that no two rows tie and a cursor is exact."""
    by_name = {column.name: column for column in columns_of(catalog, question)}
    asked = [(by_name[item.column], item) for item in question.order_by]
    named = {column.name for column, _ in asked}
    ties = [(column, Order(column.name)) for column in keys_of(catalog, question) if column.name not in named]
    return (*asked, *ties)


def _answer(catalog: Catalog, question: Question, parameters: Parameters, known: Known, now: Plan) -> _Answer:
    """A relation with a column per answer column: buckets without calls filled in, comparisons beside the values."""
    metrics = [column for column in values_of(catalog, question) if column.kind == "metric"]
    span = (question.since, question.until)
    own = cells_of(metrics, now.expressions)
    if question.granularity == "total" and question.comparison is None:
        return _Answer(_grouped(catalog, question, now, own, Scope(question, span, parameters)), now, None, own, ())
    before: Plan | None = None
    other: tuple[Cell, ...] = ()
    compared = None
    if question.comparison is not None:
        other_span = (question.comparison.since, question.comparison.until)
        before = choose_route(catalog, question, other_span, known)
        other = cells_of(metrics, before.expressions)
        if [(cell.sql, cell.sql_type, cell.zero) for cell in other] != [
            (cell.sql, cell.sql_type, cell.zero) for cell in own
        ]:
            # Both periods fill the same columns: where one has no rollup that fits, both are counted from facts.
            facts = replace(known, complete=False)
            now, before = (choose_route(catalog, question, each, facts) for each in (span, other_span))
            own, other = cells_of(metrics, now.expressions), cells_of(metrics, before.expressions)
        compared = _grouped(catalog, question, before, other, Scope(question, other_span, parameters))
    most = combinations_max(question)
    sql = merge(
        keys_of(catalog, question),
        own,
        now=_grouped(catalog, question, now, own, Scope(question, span, parameters)),
        before=compared,
        timeline=timeline(question, parameters) if question.granularity != "total" else None,
        combinations_max=None if most is None else parameters.bind(most, "bigint"),
    )
    return _Answer(sql, now, before, own, other)


def _grouped(catalog: Catalog, question: Question, plan: Plan, cells: Sequence[Cell], scope: Scope) -> str:
    """The cells of each bucket and combination that has calls."""
    keys = keys_of(catalog, question)
    return stack(keys, cells, [_part(catalog, route, cells, scope) for route in plan.routes])


def _part(catalog: Catalog, route: Route, cells: Sequence[Cell], scope: Scope) -> str:
    """The groups of one route, with its own cells filled."""
    keys = [column.sql for column in keys_of(catalog, scope.question)]
    calls = _calls(catalog, route, scope)
    if isinstance(route, Facts) and route.pairs:
        # count(DISTINCT) sorts every call by its keys. Texts sort slowly: reading the calls twice and hashing them
        # takes half the time. Instants and numbers sort faster than that, so only text keys come here.
        named, value = ", ".join(keys), route.value("caller_id")
        calls = f"SELECT DISTINCT {named}, {value} AS counted FROM ({calls}) AS calls WHERE {value} IS NOT NULL"  # noqa: S608 - see the module
    shown = [*keys, *(_cell(cell, route, scope) for cell in cells)] or ["NULL"]
    # HAVING makes one row of all calls, also when this kind knows none of the metrics and nothing aggregates them.
    grouped = f"GROUP BY {', '.join(keys)}" if keys else "HAVING true"
    return f"SELECT {', '.join(shown)} FROM ({calls}) AS calls {grouped}"  # noqa: S608 - see the module


def _cell(cell: Cell, route: Route, scope: Scope) -> str:
    if cell.raw is None or cell.raw.route != route:
        return f"NULL::{cell.sql_type} AS {cell.sql}"
    return f"{cell.filled(scope.parameters.fill(cell.raw.sql, scope.question))} AS {cell.sql}"


def _calls(catalog: Catalog, route: Route, scope: Scope) -> str:
    """The rows of a span that the filters and the caller's segment leave, each with its bucket and keys."""
    question, parameters = scope.question, scope.parameters
    keys = []
    for column in keys_of(catalog, question):
        if column.kind == "time":
            expression = route.bucket(scope)
        elif column.known:
            expression = parameters.fill(route.dimension(column.name), question)
        else:
            expression = f"NULL::{column.sql_type}"
        keys.append(f", {expression} AS {column.sql}")
    where = " AND ".join(conditions(catalog, route, scope))
    return f"SELECT calls.*{''.join(keys)} FROM {route.relation(scope)} WHERE {where}"  # noqa: S608 - see the module


def _collated(column: Column) -> str:
    # The same order on every server, whatever its locale: a cursor must not depend on it.
    return f'{column.sql} COLLATE "C"' if column.sql_type == "text" else column.sql


def _direction(item: Order) -> str:
    return "DESC" if item.descending else "ASC"
