"""Bound parameters, filters and cursors: everything in a statement that comes from outside."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from services.analytics.catalog import Catalog
from services.analytics.columns import DIMENSION_TYPES, Column
from services.analytics.facts import LABELS, Facts
from services.analytics.question import Cell, Filter, Order, Question, SegmentForbidden

COMPARISONS = {"lt": "<", "lte": "<="}


class Parameters:
    """The arguments of a statement; binding the same value twice gives the same `$n`."""

    def __init__(self) -> None:
        self._bound: dict[tuple[str, Any], int] = {}

    def bind(self, value: Any, sql_type: str) -> str:
        # bool and int are equal in Python (True == 1), so the type is part of the key.
        position = self._bound.setdefault((sql_type, value), len(self._bound) + 1)
        return f"${position}::{sql_type}"

    def fill(self, template: str, question: Question) -> str:
        """An expression of the route with its `{names}` replaced by parameters."""
        level = question.service_level
        for name, value, sql_type in (
            ("zone", question.zone, "text"),
            ("threshold_s", level.threshold_s, "float8"),
            ("short_abandon_s", level.short_abandon_s, "float8"),
        ):
            marker = "{" + name + "}"
            if marker in template:
                template = template.replace(marker, self.bind(value, sql_type))
        return template.replace("{comparison}", COMPARISONS[level.comparison])

    @property
    def arguments(self) -> tuple[Any, ...]:
        return tuple(list(value) if isinstance(value, tuple) else value for _, value in self._bound)


def conditions(
    catalog: Catalog, question: Question, route: Facts, parameters: Parameters, span: tuple[datetime, datetime]
) -> Iterator[str]:
    """The range, the asking person's segment, and the filters."""
    yield f"calls.{route.time} >= {parameters.bind(span[0], 'timestamptz')}"
    yield f"calls.{route.time} < {parameters.bind(span[1], 'timestamptz')}"
    if question.segment is not None:
        if question.kind != "legacy":
            raise SegmentForbidden
        yield f"calls.segment = {parameters.bind(question.segment, 'text')}"
    for each in question.filters:
        yield parameters.fill(condition(catalog, each, route, parameters), question)


def condition(catalog: Catalog, each: Filter, route: Facts, parameters: Parameters) -> str:
    """One filter as a condition that is true or false, never null."""
    declared = catalog.dimension(each.dimension)
    if declared.many:
        return _label_condition(each, parameters)
    expression = route.dimension(each.dimension)
    sql_type = DIMENSION_TYPES[declared.value_type]
    match each.operator:
        case "in":
            return _in(expression, each.values, sql_type, parameters)
        case "not_in":
            return f"NOT {_in(expression, each.values, sql_type, parameters)}"
        case "between":
            low, high = (parameters.bind(value, sql_type) for value in each.values)
            collated = f'({expression}) COLLATE "C"' if sql_type == "text" else f"({expression})"
            return f"({collated} BETWEEN {low} AND {high}) IS TRUE"
        case "prefix":
            return f"starts_with({expression}, {parameters.bind(each.values[0], 'text')}) IS TRUE"
        case "is_null":
            return f"({expression}) IS {'NULL' if each.values[0] else 'NOT NULL'}"


def _in(expression: str, values: tuple[Cell, ...], sql_type: str, parameters: Parameters) -> str:
    listed = parameters.bind(tuple(value for value in values if value is not None), f"{sql_type}[]")
    found = f"(({expression}) = ANY({listed})) IS TRUE"
    return f"({found} OR ({expression}) IS NULL)" if None in values else f"({found})"


def _label_condition(each: Filter, parameters: Parameters) -> str:
    """A call has a label when any of its labels fits; "no label" is the null of this dimension."""
    none = f"cardinality({LABELS}) IS NOT DISTINCT FROM 0 OR {LABELS} IS NULL"
    match each.operator:
        case "in" | "not_in":
            listed = parameters.bind(tuple(value for value in each.values if value is not None), "text[]")
            found = f"({LABELS} && {listed}) IS TRUE"
            found = f"({found} OR {none})" if None in each.values else f"({found})"
            return found if each.operator == "in" else f"NOT {found}"
        case "between":
            low, high = (parameters.bind(value, "text") for value in each.values)
            return _any_label(f'label COLLATE "C" BETWEEN {low} AND {high}')
        case "prefix":
            return _any_label(f"starts_with(label, {parameters.bind(each.values[0], 'text')})")
        case "is_null":
            return f"({none})" if each.values[0] else f"NOT ({none})"


def _any_label(test: str) -> str:
    return f"EXISTS (SELECT FROM unnest({LABELS}) AS label WHERE {test})"


def keyset(order: tuple[tuple[Column, Order], ...], after: tuple[Cell, ...], parameters: Parameters) -> str:
    """Rows that come after the cursor's row in this order; nulls come last in either direction."""
    alternatives = []
    equal: list[str] = []
    for (column, item), value in zip(order, after, strict=True):
        name = f'{column.sql} COLLATE "C"' if column.sql_type == "text" else column.sql
        if value is None:
            # Nothing comes after a null but other nulls, which the next key tells apart.
            equal.append(f"{column.sql} IS NULL")
            continue
        bound = parameters.bind(value, column.sql_type)
        beyond = f"({name} {'<' if item.descending else '>'} {bound} OR {column.sql} IS NULL)"
        alternatives.append(" AND ".join([*equal, beyond]))
        equal.append(f"{name} = {bound}")
    return " OR ".join(f"({alternative})" for alternative in alternatives) or "false"
