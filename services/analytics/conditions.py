"""Filters and cursors as conditions on a route's rows. Pure."""

from collections.abc import Iterator, Sequence

from services.analytics.catalog import Catalog
from services.analytics.columns import DIMENSION_TYPES
from services.analytics.parameters import Parameters
from services.analytics.question import Cell, Filter, SegmentForbidden
from services.analytics.relations import Route, Scope

LABELS = "calls.labels"


def conditions(catalog: Catalog, route: Route, scope: Scope) -> Iterator[str]:
    """The range, the asking person's segment, and the filters."""
    question, parameters = scope.question, scope.parameters
    yield from route.within(scope)
    if question.segment is not None:
        if question.kind != "legacy":
            raise SegmentForbidden
        yield f"calls.segment = {parameters.bind(question.segment, 'text')}"
    for each in () if route.filters_inside else question.filters:
        yield parameters.fill(condition(catalog, each, route, parameters), question)


def condition(catalog: Catalog, each: Filter, route: Route, parameters: Parameters) -> str:
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


def keyset(order: Sequence[tuple[str, str, bool]], after: Sequence[Cell], parameters: Parameters) -> str:
    """Rows that come after the cursor's row in this order of (name, type, descending); nulls come last either way."""
    alternatives = []
    equal: list[str] = []
    for (sql, sql_type, descending), value in zip(order, after, strict=True):
        name = f'{sql} COLLATE "C"' if sql_type == "text" else sql
        if value is None:
            # Nothing comes after a null but other nulls, which the next key tells apart.
            equal.append(f"{sql} IS NULL")
            continue
        bound = parameters.bind(value, sql_type)
        beyond = f"({name} {'<' if descending else '>'} {bound} OR {sql} IS NULL)"
        alternatives.append(" AND ".join([*equal, beyond]))
        equal.append(f"{name} = {bound}")
    return " OR ".join(f"({alternative})" for alternative in alternatives) or "false"
