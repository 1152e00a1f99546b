"""Puts the rows of a period, of the period it is compared with, and of its empty buckets into one relation.

They are stacked and grouped by key instead of joined: GROUP BY takes nulls as equal and hashes, a join does neither.
"""

from collections.abc import Sequence

from services.analytics.columns import Column


def merge(
    keys: Sequence[Column], values: Sequence[Column], *, now: str, before: str | None, timeline: str | None
) -> str:
    """One row per bucket and combination that either period has.

    `timeline` has bucket and, when compared, bucket_before.
    """
    metrics = [column for column in values if column.kind == "metric"]
    compared = before is not None
    tables = [f"now AS ({now})"]
    if before is not None:
        tables.append(f"before AS ({before})")
    if timeline is not None:
        tables.append(f"buckets AS ({timeline})")
    names = [column.sql for column in keys] + [column.sql for column in metrics]
    if compared:
        names += [*(_before(column) for column in metrics), "paired"]
    parts = " UNION ALL ".join(_parts(keys, metrics, compared=compared, timed=timeline is not None))
    cells = [
        *(column.sql for column in keys),
        *(_merged(column, compared=compared, timed=timeline is not None) for column in metrics),
    ]
    grouped = f" GROUP BY {', '.join(column.sql for column in keys)}" if keys else ""
    sql = (
        f"WITH {', '.join(tables)} SELECT {', '.join(cells)}"  # noqa: S608 - made of declared names only
        f" FROM ({parts}) AS parts ({', '.join(names)}){grouped}"
    )
    if not compared:
        return sql
    changes = ", ".join(_change(column) for column in metrics)
    return f"SELECT merged.*, {changes} FROM ({sql}) AS merged"  # noqa: S608 - made of declared names only


def _parts(keys: Sequence[Column], metrics: Sequence[Column], *, compared: bool, timed: bool) -> list[str]:
    """Selects with the same columns: keys, own values and, when compared, the other period's values and `paired`."""
    dimensions = [column.sql for column in keys if column.kind == "dimension"]
    own = [column.sql for column in metrics]
    nothing = [f"NULL::{column.sql_type}" for column in metrics]
    bucket = ["buckets.bucket"] if timed else []
    no_other = [*nothing, "NULL::boolean"] if compared else []
    parts = [_select([column.sql for column in keys] + own + no_other, "now")]
    if compared:
        # A bucket of the other period that has no counterpart here (a 31st day) is in no row; totals count it.
        join = "before JOIN buckets ON buckets.bucket_before = before.bucket" if timed else "before"
        cells = [*bucket, *(f"before.{name}" for name in dimensions), *nothing]
        parts.append(_select([*cells, *(f"before.{name}" for name in own), "true"], join))
    if timed:
        paired = [*nothing, "buckets.bucket_before IS NOT NULL"] if compared else []
        combinations = f"buckets{_combinations(dimensions, compared=compared)}"
        parts.append(_select([*bucket, *dimensions, *nothing, *paired], combinations))
    return parts


def _combinations(dimensions: Sequence[str], *, compared: bool) -> str:
    if not dimensions:
        return ""
    seen = _select(dimensions, "now")
    if compared:
        seen += f" UNION {_select(dimensions, 'before')}"
    return f" CROSS JOIN (SELECT DISTINCT * FROM ({seen}) AS seen) AS combinations"  # noqa: S608 - made of declared names only


def _select(cells: Sequence[str], table: str) -> str:
    return f"SELECT {', '.join(cells)} FROM {table}"  # noqa: S608 - made of declared names only


def _merged(column: Column, *, compared: bool, timed: bool) -> str:
    """The one value that is not null; where there is none, a count is 0."""
    own = f"max({column.sql})"
    if column.zero_when_empty:
        own = f"coalesce({own}, 0)"
    if not compared:
        return f"{own} AS {column.sql}"
    other = f"max({_before(column)})"
    if column.zero_when_empty:
        # A bucket without a counterpart has nothing to be compared with, which is not the same as no calls.
        other = f"coalesce({other}, 0)"
        other = f"CASE WHEN bool_or(paired) THEN {other} END" if timed else other
    return f"{own} AS {column.sql}, {other} AS {_before(column)}"


def _change(column: Column) -> str:
    before, change = _before(column), column.sql.replace("value_", "change_")
    return f"({column.sql} - {before})::float8 / nullif(abs({before}), 0) AS {change}"


def _before(column: Column) -> str:
    return column.sql.replace("value_", "before_")
