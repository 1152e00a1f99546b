"""Rollups in PostgreSQL: written by a load, and rebuilt from facts in SQL as the independent check of what it wrote.

Functions take a connection first and never begin or commit.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import asyncpg
import numpy as np

from services.ivr.cells import GRAINS, Cell, Ints
from services.ivr.copying import copy_packed
from services.ivr.rollup_rows import Table
from shared.postgres import Connection
from shared.sketches import merge_sketches
from shared.sql import folder, identifier

load = folder(__file__)

REBUILD_TIMEOUT_S = 1_800.0  # all grains of a quarter of 14 million calls, on a slow disk
# Each table with the statement that fills it.
LEGACY_UNIT_TABLES = {
    "legacy_quarter_hours": "rebuild_legacy_quarter_hours",
    "legacy_hours": "rebuild_legacy_hours",
    "legacy_days": "rebuild_legacy_days",
}
DELETE_MONTHS = "DELETE FROM ivr.legacy_months WHERE source_id = $1 AND month = ANY ($2)"
QUEUE_BUCKET_TABLES = {"queue_quarter_hours": "rebuild_queue_quarter_hours", "queue_hours": "rebuild_queue_hours"}


async def ensure_cells(conn: Connection, grain: int, cells: Sequence[Cell]) -> Ints:
    """The number of each cell of one grain; new ones get theirs."""
    lists = [[cell[place] for cell in cells] for place in range(1, len(Cell._fields))]
    while True:
        found = (await conn.fetch(load("find_legacy_cells"), grain, *lists, timeout=REBUILD_TIMEOUT_S))[0]
        places, cell_ids = found["places"], found["cell_ids"]
        if len(places) == len(cells):
            numbers = np.zeros(len(cells), dtype=np.int64)
            numbers[np.array(places, dtype=np.int64)] = cell_ids
            return numbers
        # Only what is missing is added: each row that is offered takes a number, used or not.
        known = set(places)
        missing = [[each for at, each in enumerate(column) if at not in known] for column in lists]
        await conn.execute(load("add_legacy_cells"), grain, *missing, timeout=REBUILD_TIMEOUT_S)


async def unit_days(conn: Connection, unit_ids: Sequence[int]) -> set[date]:
    """The local days that these units have rollup rows of."""
    return {row["day"] for row in await conn.fetch(load("unit_days"), list(unit_ids), timeout=REBUILD_TIMEOUT_S)}


async def delete_unit_rollups(conn: Connection, unit_ids: Sequence[int], grains: Sequence[int] = GRAINS) -> None:
    """Take out what these units own, before it is written again; different callers with all grains only."""
    units = list(unit_ids)
    for statement in ("delete_unit_quarter_hours", "delete_unit_hours"):
        await conn.execute(load(statement), units, timeout=REBUILD_TIMEOUT_S)
    await conn.execute(load("delete_unit_days"), units, list(grains), timeout=REBUILD_TIMEOUT_S)
    if tuple(grains) == GRAINS:
        await conn.execute(load("delete_unit_callers"), units, timeout=REBUILD_TIMEOUT_S)


async def copy_table(conn: Connection, table: Table) -> None:
    """RowsUnaccounted when PostgreSQL took another number of rows than there are."""
    if not table.rows:
        return
    await copy_packed(conn, table.name, table.columns, table.stream, table.rows)


async def months_of_other_units(
    conn: Connection, source_id: int, months: Sequence[date], unit_ids: Sequence[int]
) -> set[date]:
    """Which of these months have days of other units than these: only PostgreSQL knows all of their days."""
    rows = await conn.fetch(
        load("months_of_other_units"), source_id, list(months), list(unit_ids), timeout=REBUILD_TIMEOUT_S
    )
    return {row["month"] for row in rows}


async def replace_months(conn: Connection, source_id: int, months: Sequence[date], tables: Iterable[Table]) -> None:
    """Calendar months, given by their first days, by rows that were counted elsewhere."""
    await conn.execute(DELETE_MONTHS, source_id, list(months), timeout=REBUILD_TIMEOUT_S)
    for table in tables:
        await copy_table(conn, table)


async def write_months(conn: Connection, source_id: int, months: Sequence[date]) -> None:
    """Calendar months, given by their first days, from the days: sums by SQL, sketches here: 20 times as fast."""
    await conn.execute(DELETE_MONTHS, source_id, list(months), timeout=REBUILD_TIMEOUT_S)
    await conn.execute(load("add_legacy_months"), source_id, list(months), timeout=REBUILD_TIMEOUT_S)
    for month in months:  # one after the other: a month of sketches is some ten megabytes
        rows = await conn.fetch(load("joined_legacy_months"), source_id, [month], timeout=REBUILD_TIMEOUT_S)
        if rows:
            records = await asyncio.to_thread(_merged, rows)
            await conn.copy_records_to_table(
                "legacy_months", schema_name="ivr", columns=list(rows[0].keys()), records=records
            )


def _merged(rows: Sequence[asyncpg.Record]) -> list[tuple[Any, ...]]:
    """The rows with their last column, joined sketches, merged."""
    return [(*values[:-1], merge_sketches([values[-1]])) for row in rows if (values := tuple(row))]


async def rebuild_legacy_units(conn: Connection, unit_ids: Sequence[int]) -> None:
    """The rollup rows that these units own, from their facts."""
    units = list(unit_ids)
    await conn.execute(load("ensure_legacy_cells"), units, timeout=REBUILD_TIMEOUT_S)
    for table, statement in LEGACY_UNIT_TABLES.items():
        await conn.execute(
            f"DELETE FROM ivr.{identifier(table)} WHERE unit_id = ANY ($1)",  # noqa: S608 - declared above
            units,
            timeout=REBUILD_TIMEOUT_S,
        )
        await conn.execute(load(statement), units, timeout=REBUILD_TIMEOUT_S)


async def rebuild_legacy_months(conn: Connection, source_id: int, months: Sequence[date]) -> None:
    """Calendar months, given by their first days, from the days."""
    await conn.execute(DELETE_MONTHS, source_id, list(months))
    await conn.execute(load("rebuild_legacy_months"), source_id, list(months), timeout=REBUILD_TIMEOUT_S)


async def rebuild_legacy_repeats(conn: Connection, source_id: int, since: date, until: date) -> None:
    """Local days in [since, until); their cells must be there."""
    await conn.execute(
        "DELETE FROM ivr.legacy_repeat_days WHERE source_id = $1 AND day >= $2 AND day < $3", source_id, since, until
    )
    await conn.execute(load("rebuild_legacy_repeat_days"), source_id, since, until, timeout=REBUILD_TIMEOUT_S)


async def rebuild_queue_buckets(conn: Connection, source_id: int, since: datetime, until: datetime) -> None:
    """Buckets in [since, until), both at full hours of UTC."""
    await conn.execute(load("ensure_queue_cells"), source_id, since, until, timeout=REBUILD_TIMEOUT_S)
    for table, statement in QUEUE_BUCKET_TABLES.items():
        await conn.execute(
            f"DELETE FROM ivr.{identifier(table)} WHERE source_id = $1 AND bucket >= $2 AND bucket < $3",  # noqa: S608 - declared above
            *(source_id, since, until),
        )
        await conn.execute(load(statement), source_id, since, until, timeout=REBUILD_TIMEOUT_S)


async def rebuild_queue_days(conn: Connection, source_id: int, since: date, until: date) -> None:
    """Local days in [since, until) and the months that they lie in; their cells must be there."""
    await conn.execute(
        "DELETE FROM ivr.queue_days WHERE source_id = $1 AND day >= $2 AND day < $3", source_id, since, until
    )
    await conn.execute(load("rebuild_queue_days"), source_id, since, until, timeout=REBUILD_TIMEOUT_S)
    months = _months(since, until)
    await conn.execute("DELETE FROM ivr.queue_months WHERE source_id = $1 AND month = ANY ($2)", source_id, months)
    await conn.execute(load("rebuild_queue_months"), source_id, months, timeout=REBUILD_TIMEOUT_S)


async def rebuild_queue_repeats(conn: Connection, source_id: int, since: date, until: date) -> None:
    """Local days in [since, until); their cells must be there."""
    await conn.execute(
        "DELETE FROM ivr.queue_repeat_days WHERE source_id = $1 AND day >= $2 AND day < $3", source_id, since, until
    )
    await conn.execute(load("rebuild_queue_repeat_days"), source_id, since, until, timeout=REBUILD_TIMEOUT_S)


def _months(since: date, until: date) -> list[date]:
    """The first days of the months that [since, until) touches."""
    months = []
    month = since.replace(day=1)
    while month < until:
        months.append(month)
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return months
