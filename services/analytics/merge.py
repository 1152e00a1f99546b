"""Puts the rows of a period, of the period it is compared with, and of its empty buckets into one relation.

They are stacked and grouped by key instead of joined: GROUP BY takes nulls as equal and hashes, a join does neither.
"""

from collections.abc import Sequence

from services.analytics.cells import Cell
from services.analytics.columns import Column

COMBINATIONS = "combinations"  # the column that tells how many there are


def merge(
    keys: Sequence[Column],
    cells: Sequence[Cell],
    *,
    now: str,
    before: str | None,
    timeline: str | None,
    combinations_max: str | None,
) -> str:
    """One row per bucket and combination that either period has.

    `timeline` has bucket and, when compared, bucket_before. `combinations_max`, where buckets are filled in for every
    combination, is what bounds the work: no more than one above it are laid out, and each row tells how many were.
    """
    compared = before is not None
    tables = [f"now AS ({now})"]
    if before is not None:
        tables.append(f"before AS ({before})")
    if timeline is not None:
        tables.append(f"buckets AS ({timeline})")
    if combinations_max is not None:
        dimensions = [column.sql for column in keys if column.kind == "dimension"]
        found = _combinations(dimensions, compared=compared)
        tables.append(f"combinations AS MATERIALIZED ({found} LIMIT {combinations_max} + 1)")
    names = [column.sql for column in keys] + [cell.sql for cell in cells]
    if compared:
        names += [*(cell.before for cell in cells), "paired"]
    parts = " UNION ALL ".join(_parts(keys, cells, compared=compared, timed=timeline is not None))
    shown = [
        *(column.sql for column in keys),
        *(_merged(cell, compared=compared, timed=timeline is not None) for cell in cells),
    ]
    if combinations_max is not None:
        shown.append(f"({_select(['count(*)'], 'combinations')}) AS {COMBINATIONS}")
    grouped = f" GROUP BY {', '.join(column.sql for column in keys)}" if keys else ""
    sql = (
        f"WITH {', '.join(tables)} SELECT {', '.join(shown)}"  # noqa: S608 - made of declared names only
        f" FROM ({parts}) AS parts ({', '.join(names)}){grouped}"
    )
    changes = [_change(cell) for cell in cells if cell.changes]
    if not compared or not changes:
        return sql
    return f"SELECT merged.*, {', '.join(changes)} FROM ({sql}) AS merged"  # noqa: S608 - made of declared names only


def stack(keys: Sequence[Column], cells: Sequence[Cell], parts: Sequence[str]) -> str:
    """Rows of several routes, each with its own cells and nulls for the others, as one row a key."""
    if len(parts) == 1:
        return parts[0]
    shown = [column.sql for column in keys] + [f"{cell.filled(cell.only(cell.sql))} AS {cell.sql}" for cell in cells]
    grouped = f" GROUP BY {', '.join(column.sql for column in keys)}" if keys else ""
    return f"SELECT {', '.join(shown)} FROM ({' UNION ALL '.join(parts)}) AS parts{grouped}"  # noqa: S608 - made of declared names only


def _parts(keys: Sequence[Column], cells: Sequence[Cell], *, compared: bool, timed: bool) -> list[str]:
    """Selects with the same columns: keys, own values and, when compared, the other period's values and `paired`."""
    dimensions = [column.sql for column in keys if column.kind == "dimension"]
    own = [cell.sql for cell in cells]
    nothing = [f"NULL::{cell.sql_type}" for cell in cells]
    bucket = ["buckets.bucket"] if timed else []
    no_other = [*nothing, "NULL::boolean"] if compared else []
    parts = [_select([column.sql for column in keys] + own + no_other, "now")]
    if compared:
        # A bucket of the other period that has no counterpart here (a 31st day) is in no row; totals count it.
        join = "before JOIN buckets ON buckets.bucket_before = before.key_time" if timed else "before"
        shown = [*bucket, *(f"before.{name}" for name in dimensions), *nothing]
        parts.append(_select([*shown, *(f"before.{name}" for name in own), "true"], join))
    if timed:
        paired = [*nothing, "buckets.bucket_before IS NOT NULL"] if compared else []
        grid = "buckets CROSS JOIN combinations" if dimensions else "buckets"
        parts.append(_select([*bucket, *dimensions, *nothing, *paired], grid))
    return parts


def _combinations(dimensions: Sequence[str], *, compared: bool) -> str:
    seen = _select(dimensions, "now")
    if compared:
        seen += f" UNION {_select(dimensions, 'before')}"
    return f"SELECT DISTINCT * FROM ({seen}) AS seen"  # noqa: S608 - made of declared names only


def _select(cells: Sequence[str], table: str) -> str:
    return f"SELECT {', '.join(cells)} FROM {table}"  # noqa: S608 - made of declared names only


def _merged(cell: Cell, *, compared: bool, timed: bool) -> str:
    """The one value that is not null; where there is none, a count is 0."""
    own = f"{cell.filled(cell.only(cell.sql))} AS {cell.sql}"
    if not compared:
        return own
    other = cell.filled(cell.only(cell.before))
    if cell.zero and timed:
        # A bucket without a counterpart has nothing to be compared with, which is not the same as no calls.
        other = f"CASE WHEN bool_or(paired) THEN {other} END"
    return f"{own}, {other} AS {cell.before}"


def _change(cell: Cell) -> str:
    return f"({cell.sql} - {cell.before})::float8 / nullif(abs({cell.before}), 0) AS {cell.change}"
