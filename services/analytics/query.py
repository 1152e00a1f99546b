"""Turns a question into one SQL statement over the route that answers it. Pure: no connection, no clock.

Values travel as bound parameters; the text is made only of what the catalogue and the routes declare.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from services.analytics.catalog import Catalog, Distinct, Metric
from services.analytics.columns import Column, columns_of, keys_of, values_of
from services.analytics.conditions import Parameters, conditions, keyset
from services.analytics.facts import LABEL_JOIN, REPEAT_WINDOWS_S, Facts, repeat_windows
from services.analytics.merge import merge
from services.analytics.question import Order, Question
from services.analytics.timeline import bucket, timeline


@dataclass(frozen=True, slots=True)
class Statement:
    """`left_out` names the repeat windows whose uncovered calls the statement counts, in its columns' order."""

    sql: str
    arguments: tuple[Any, ...]
    columns: tuple[Column, ...]
    left_out: tuple[str, ...] = ()


def choose_route(question: Question) -> Facts:
    """The cheapest relation that covers the question. Facts cover everything, so they stand last in the list."""
    return Facts(question.kind)


def compile_rows(catalog: Catalog, question: Question) -> Statement:
    """The page of rows that the question asks for, and one row more to know whether there is a next page."""
    parameters = Parameters()
    columns = columns_of(catalog, question)
    answer = _answer(catalog, question, parameters)
    order = order_of(catalog, question)
    after = "" if question.after is None else f" WHERE {keyset(order, question.after, parameters)}"
    ranking = ", ".join(f"{_collated(column)} {_direction(item)} NULLS LAST" for column, item in order)
    ordered = f" ORDER BY {ranking}" if ranking else ""
    shown = ", ".join(column.sql for column in columns)
    limit = parameters.bind(question.limit + 1, "bigint")
    sql = f"SELECT {shown} FROM ({answer}) AS answer{after}{ordered} LIMIT {limit}"  # noqa: S608 - see the module
    return Statement(sql, parameters.arguments, columns)


def compile_totals(catalog: Catalog, question: Question) -> Statement:
    """One row over the whole range: counted afresh, never summed from the rows."""
    whole = _whole(question)
    parameters = Parameters()
    columns = columns_of(catalog, whole)
    shown = ", ".join(column.sql for column in columns)
    sql = f"SELECT {shown} FROM ({_answer(catalog, whole, parameters)}) AS answer"  # noqa: S608 - see the module
    return Statement(sql, parameters.arguments, columns)


def compile_left_out(catalog: Catalog, question: Question) -> Statement | None:
    """How many calls each metric that looks ahead has to leave out; None when no metric does."""
    windows = repeat_windows(catalog, question.kind, question.metrics)
    if not windows:
        return None
    whole, route, parameters = _whole(question), choose_route(question), Parameters()
    left_out = ", ".join(f"{route.count(f'uncovered_{window}')} AS left_out_{window}" for window in windows)
    calls = _calls(catalog, whole, route, parameters, (whole.since, whole.until))
    sql = f"SELECT {left_out} FROM ({calls}) AS calls"  # noqa: S608 - see the module
    return Statement(sql, parameters.arguments, (), windows)


def _whole(question: Question) -> Question:
    return replace(question, dimensions=(), granularity="total")


def order_of(catalog: Catalog, question: Question) -> tuple[tuple[Column, Order], ...]:
    """The order asked for, then time and dimensions, so that no two rows tie and a cursor is exact."""
    by_name = {column.name: column for column in columns_of(catalog, question)}
    asked = [(by_name[item.column], item) for item in question.order_by]
    named = {column.name for column, _ in asked}
    ties = [(column, Order(column.name)) for column in keys_of(catalog, question) if column.name not in named]
    return (*asked, *ties)


def _answer(catalog: Catalog, question: Question, parameters: Parameters) -> str:
    """A relation with a column per answer column: buckets without calls filled in, comparisons beside the values."""
    route = choose_route(question)
    now = _grouped(catalog, question, route, parameters, (question.since, question.until))
    if question.granularity == "total" and question.comparison is None:
        return now
    before = None
    if question.comparison is not None:
        span = (question.comparison.since, question.comparison.until)
        before = _grouped(catalog, question, route, parameters, span)
    timed = timeline(question, parameters) if question.granularity != "total" else None
    return merge(keys_of(catalog, question), values_of(catalog, question), now=now, before=before, timeline=timed)


def _grouped(
    catalog: Catalog, question: Question, route: Facts, parameters: Parameters, span: tuple[datetime, datetime]
) -> str:
    """The metrics of each bucket and combination that has calls."""
    key_columns = keys_of(catalog, question)
    keys = [column.sql for column in key_columns]
    metrics = [column for column in values_of(catalog, question) if column.kind == "metric"]
    calls = _calls(catalog, question, route, parameters, span)
    apart = _counted_apart(metrics) if any(column.sql_type == "text" for column in key_columns) else {}
    cells = [
        f"{_aggregate(catalog, question, route, column, parameters)} AS {column.sql}"
        if column.sql not in apart
        else f"NULL::bigint AS {column.sql}"
        for column in metrics
    ]
    # HAVING makes one row of all calls, also when this kind knows none of the metrics and nothing aggregates them.
    grouped = f"GROUP BY {', '.join(keys)}" if keys else "HAVING true"
    sql = f"SELECT {', '.join([*keys, *cells])} FROM ({calls}) AS calls {grouped}"  # noqa: S608 - see the module
    if not apart:
        return sql
    return _with_distinct(sql, calls, keys, metrics, {name: route.value(value) for name, value in apart.items()})


def _counted_apart(metrics: Sequence[Column]) -> dict[str, str]:
    """The columns that count different values, and which values."""
    return {
        column.sql: column.metric.recipe.value
        for column in metrics
        if column.known and column.metric is not None and isinstance(column.metric.recipe, Distinct)
    }


def _with_distinct(
    sql: str, calls: str, keys: Sequence[str], metrics: Sequence[Column], distinct: Mapping[str, str]
) -> str:
    """The groups of `sql` with different values counted beside them.

    count(DISTINCT) sorts every call by its keys. Texts sort slowly: reading the calls twice and hashing them takes half
    the time. Instants and numbers sort faster than that, so only text keys come here.
    """
    named, parts = ", ".join(keys), [sql]
    for counted, value in distinct.items():
        cells = ("count(*)" if column.sql == counted else f"NULL::{column.sql_type}" for column in metrics)
        pairs = f"SELECT DISTINCT {named}, {value} AS counted FROM ({calls}) AS calls WHERE {value} IS NOT NULL"  # noqa: S608 - see the module
        parts.append(f"SELECT {named}, {', '.join(cells)} FROM ({pairs}) AS pairs GROUP BY {named}")  # noqa: S608 - see the module
    merged = (
        f"coalesce(max({column.sql}), 0) AS {column.sql}"
        if column.sql in distinct
        else f"max({column.sql}) AS {column.sql}"
        for column in metrics
    )
    return f"SELECT {named}, {', '.join(merged)} FROM ({' UNION ALL '.join(parts)}) AS parts GROUP BY {named}"  # noqa: S608 - see the module


def _aggregate(catalog: Catalog, question: Question, route: Facts, column: Column, parameters: Parameters) -> str:
    metric: Metric | None = catalog.metric(column.name, question.kind)
    if metric is None:
        return f"NULL::{column.sql_type}"
    sql = route.aggregate(metric.recipe, variant=question.service_level.variant)
    return parameters.fill(sql, question)


def _calls(
    catalog: Catalog, question: Question, route: Facts, parameters: Parameters, span: tuple[datetime, datetime]
) -> str:
    """The calls of a span that the filters and the caller's segment leave, each with its bucket and keys."""
    keys = []
    for column in keys_of(catalog, question):
        if column.kind == "time":
            expression = bucket(question.granularity, f"calls.{route.time}", span[0], question.zone, parameters)
        elif column.known:
            expression = parameters.fill(route.dimension(column.name), question)
        else:
            expression = f"NULL::{column.sql_type}"
        keys.append(f", {expression} AS {column.sql}")
    label_join = f" {LABEL_JOIN}" if "label" in question.dimensions and question.kind == "legacy" else ""
    where = " AND ".join(conditions(catalog, question, route, parameters, span))
    relation = _relation(catalog, question, route, parameters, span)
    return f"SELECT calls.*{''.join(keys)} FROM {relation} AS calls{label_join} WHERE {where}"  # noqa: S608 - see the module


def _relation(
    catalog: Catalog, question: Question, route: Facts, parameters: Parameters, span: tuple[datetime, datetime]
) -> str:
    """The calls; with each caller's next call beside it when a metric looks ahead."""
    windows = repeat_windows(catalog, question.kind, question.metrics)
    if not windows:
        return route.relation
    time = f"calls.{route.time}"
    ahead = timedelta(seconds=max(REPEAT_WINDOWS_S[window] for window in windows))
    bounds = [
        f"{time} >= {parameters.bind(span[0], 'timestamptz')}",
        f"{time} <= {parameters.bind(span[1] + ahead, 'timestamptz')}",
    ]
    if question.segment is not None:
        # What the caller may not see must not show through "somebody called again" either.
        bounds.append(f"calls.segment = {parameters.bind(question.segment, 'text')}")
    return (
        f"(SELECT calls.*, version.data_as_of, lead({time}) OVER (PARTITION BY calls.caller_id"  # noqa: S608 - see the module
        f" ORDER BY {time}, calls.call_id) AS next_at FROM {route.relation} AS calls"
        f" LEFT JOIN ivr.data_version_v1 AS version ON version.source = calls.source WHERE {' AND '.join(bounds)})"
    )


def _collated(column: Column) -> str:
    # The same order on every server, whatever its locale: a cursor must not depend on it.
    return f'{column.sql} COLLATE "C"' if column.sql_type == "text" else column.sql


def _direction(item: Order) -> str:
    return "DESC" if item.descending else "ASC"
