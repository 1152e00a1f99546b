"""All DIDs or queues of a day, a menu's or an agent's month together: their rollup rows added up, sketches merged.

A row is there only while it is right: triggers take it out when a row changes that it was made of and note that it is
missing (`ivr.totals_missing`). Until it is made again the views show those rows, so nothing hangs on who makes it when.
Functions take a connection first and never begin or commit; their caller holds the source's lease.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg

from services.ivr.calendar_periods import months_of
from services.ivr.queue_rollups import SKETCHES, merged_sketches
from shared.postgres import Connection
from shared.sketches import merge_sketches
from shared.sql import folder

load = folder(__file__)

TIMEOUT_S = 600.0  # a year of them takes some seconds
Records = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Totals:
    """One kind of them: its name in `ivr.totals_missing`, its table, and what tells the rows that it is made of."""

    rollup: str
    table: str
    missing: str
    merged: Callable[[Sequence[asyncpg.Record]], Records]


async def write_legacy_totals(conn: Connection, source_id: int, days: Collection[date]) -> None:
    """What these days and their months lack."""
    await _write(conn, LEGACY_DAYS, source_id, sorted(days))
    await _write(conn, LEGACY_MENUS, source_id, months_of(days))


async def write_queue_totals(conn: Connection, source_id: int, days: Collection[date]) -> None:
    """What these days and their months lack."""
    await _write(conn, QUEUE_DAYS, source_id, sorted(days))
    await _write(conn, QUEUE_AGENTS, source_id, months_of(days))


async def _write(conn: Connection, totals: Totals, source_id: int, since: Sequence[date]) -> None:
    rows = await conn.fetch(load(totals.missing), source_id, list(since), timeout=TIMEOUT_S)
    if rows:
        records = await asyncio.to_thread(totals.merged, rows)
        columns = list(rows[0].keys())
        await conn.copy_records_to_table(
            totals.table, schema_name="ivr", columns=columns, records=records, timeout=TIMEOUT_S
        )
    await conn.execute(load("totals_made"), totals.rollup, source_id, list(since))


def _one_sketch(rows: Sequence[asyncpg.Record]) -> Records:
    return [(*values[:-1], merge_sketches([values[-1]])) for row in rows if (values := tuple(row))]


def _queue_sketches(rows: Sequence[asyncpg.Record]) -> Records:
    width = len(SKETCHES)
    values = [tuple(row) for row in rows]
    merged = merged_sketches([each[-width:] for each in values])
    return [(*each[:-width], *sketches) for each, sketches in zip(values, zip(*merged, strict=True), strict=True)]


LEGACY_DAYS = Totals("legacy_days", "legacy_day_totals", "legacy_totals_missing", _one_sketch)
LEGACY_MENUS = Totals("legacy_menus", "legacy_menu_months", "legacy_menus_missing", _one_sketch)
QUEUE_DAYS = Totals("queue_days", "queue_day_totals", "queue_totals_missing", _queue_sketches)
QUEUE_AGENTS = Totals("queue_agents", "queue_agent_months", "queue_agents_missing", _queue_sketches)
