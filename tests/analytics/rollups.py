"""Rebuilds every rollup from the facts by the statements of services/ivr, as a complete load leaves them.

Numbers of different callers are made here in plain Python: they check what the load writes, and share no code with it.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import numpy as np

from services.ivr import store_rollups
from services.ivr.totals import write_legacy_totals, write_queue_totals
from shared.sketches import hyperloglog, write_registers

TABLES = (
    "legacy_quarter_hours",
    "legacy_hours",
    "legacy_days",
    "legacy_months",
    "legacy_repeat_days",
    "legacy_caller_days",
    "legacy_caller_months",
    "legacy_caller_month_sketches",
    "legacy_unique_callers",
    "legacy_month_hours",
    "legacy_repeat_months",
    "legacy_day_totals",
    "legacy_menu_months",
    "legacy_cells",
    "queue_quarter_hours",
    "queue_hours",
    "queue_days",
    "queue_months",
    "queue_repeat_days",
    "queue_caller_days",
    "queue_unique_callers",
    "queue_month_hours",
    "month_hours_zones",
    "queue_day_totals",
    "queue_agent_months",
    "totals_missing",
    "queue_cells",
)


async def roll_up(conn: asyncpg.Connection) -> None:
    # TRUNCATE makes files anew, which takes longer than deleting a hundred rows.
    await conn.execute("; ".join(f"DELETE FROM ivr.{table}" for table in TABLES))
    for source in await conn.fetch("SELECT source_id, kind, zone FROM ivr.sources"):
        make = _legacy if source["kind"] == "legacy" else _queues
        await make(conn, source["source_id"], ZoneInfo(source["zone"]))
    await conn.execute("UPDATE ivr.rollup_states SET complete = true")


async def _legacy(conn: asyncpg.Connection, source_id: int, zone: ZoneInfo) -> None:
    found = await conn.fetch("SELECT unit_id FROM ivr.units WHERE source_id = $1", source_id)
    units = [row["unit_id"] for row in found]
    await store_rollups.rebuild_legacy_units(conn, units)
    calls = await conn.fetch(
        "SELECT c.started_at AS at, c.caller_id, c.did_id AS part, c.unit_id, d.segment AS split"
        " FROM ivr.legacy_calls c JOIN ivr.dids d USING (did_id) WHERE source_id = $1",
        source_id,
    )
    if not calls:
        return
    since, until = _span(calls, zone)
    await store_rollups.rebuild_legacy_months(conn, source_id, _months(since, until))
    await store_rollups.rebuild_legacy_repeats(conn, source_id, since, until)
    await write_legacy_totals(conn, source_id, _days(since, until))
    for (day, did_id, unit_id), ids in _grouped(calls, zone, "part", "unit_id").items():
        await conn.execute(
            "INSERT INTO ivr.legacy_caller_days VALUES ($1, $2, $3, $4, $5, $6, $7)",
            *(day, did_id, unit_id, source_id, len(ids), _bytes(ids), _sketch(ids)),
        )
    for (day, did_id), ids in _grouped(calls, zone, "part", by="month").items():
        await conn.execute(
            "INSERT INTO ivr.legacy_caller_month_sketches VALUES ($1, $2, $3, $4)", day, did_id, source_id, _sketch(ids)
        )
    await _unique(conn, "legacy", source_id, zone, calls)


async def _queues(conn: asyncpg.Connection, source_id: int, zone: ZoneInfo) -> None:
    calls = await conn.fetch(
        "SELECT entered_at AS at, caller_id, queue AS split FROM ivr.queue_calls WHERE source_id = $1", source_id
    )
    if not calls:
        return
    since, until = _span(calls, zone)
    hour = timedelta(hours=1)
    instants = [call["at"].replace(minute=0, second=0, microsecond=0) for call in calls]
    await store_rollups.rebuild_queue_buckets(conn, source_id, min(instants), max(instants) + hour)
    await store_rollups.rebuild_queue_days(conn, source_id, since, until)
    await store_rollups.rebuild_queue_repeats(conn, source_id, since, until)
    await write_queue_totals(conn, source_id, _days(since, until))
    for (day, queue), ids in _grouped(calls, zone, "split").items():
        await conn.execute(
            "INSERT INTO ivr.queue_caller_days VALUES ($1, $2, $3, $4, $5, $6)",
            *(day, queue, source_id, len(ids), _bytes(ids), _sketch(ids)),
        )
    await _unique(conn, "queue", source_id, zone, calls)


async def _unique(
    conn: asyncpg.Connection, table: str, source_id: int, zone: ZoneInfo, calls: list[asyncpg.Record]
) -> None:
    rows = []
    for by in ("day", "month", "quarter", "year"):
        for (since, split), ids in _grouped(calls, zone, "split", by=by).items():
            rows.append((source_id, by, since, split, len(ids)))
        rows += [(source_id, by, since, None, len(ids)) for (since,), ids in _grouped(calls, zone, by=by).items()]
    await conn.executemany(f"INSERT INTO ivr.{table}_unique_callers VALUES ($1, $2, $3, $4, $5)", rows)


def _grouped(
    calls: Iterable[asyncpg.Record], zone: ZoneInfo, *names: str, by: str = "day"
) -> dict[tuple[Any, ...], set[int]]:
    """The known callers of each period and group; groups of unknown callers are there with none."""
    found: dict[tuple[Any, ...], set[int]] = defaultdict(set)
    for call in calls:
        found[_period(call["at"].astimezone(zone).date(), by), *(call[name] for name in names)] |= {call["caller_id"]}
    return {key: ids - {0} for key, ids in found.items()}


def _period(day: date, by: str) -> date:
    match by:
        case "day":
            return day
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(day=1, month=day.month - (day.month - 1) % 3)
        case _:
            return day.replace(day=1, month=1)


def _span(calls: Iterable[asyncpg.Record], zone: ZoneInfo) -> tuple[date, date]:
    days = [_local(call["at"], zone) for call in calls]
    return min(days), max(days) + timedelta(days=1)


def _local(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def _days(since: date, until: date) -> list[date]:
    return [since + timedelta(days=n) for n in range((until - since).days)]


def _months(since: date, until: date) -> list[date]:
    return sorted({day.replace(day=1) for day in _days(since, until)})


def _bytes(ids: set[int]) -> bytes:
    return np.array(sorted(ids), dtype=">i8").tobytes()


def _sketch(ids: set[int]) -> bytes:
    return write_registers(hyperloglog(np.array(sorted(ids), dtype=np.int64)))
