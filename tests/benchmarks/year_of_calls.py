"""A year of calls made inside PostgreSQL, straight into the facts, and every rollup of them.

Half of the calls are legacy ones, half are queue calls. A week is drawn and rolled up by the statements of
services/ivr; the other weeks are copies of its facts and rollups with half of their callers new, months are added up
from days. Different callers are made with numpy, month after month.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import numpy as np
from numpy.typing import NDArray

from services.ivr import store_rollups
from shared.sketches import hyperloglog, write_registers

YEAR = 2025
ZONE = "America/Mexico_City"
QUEUES, AGENTS, MENUS, OPTIONS, CENTRES = 20, 200, 60, 8, 30
CALLS_A_CALLER = 8
WEEKS = 52  # and a day
FIRST = date(YEAR, 1, 1)
WEEK = timedelta(days=7)
# What is copied from week to week, with the column that says when.
WEEKLY = {
    "legacy_calls": "started_at",
    "queue_calls": "entered_at",
    "legacy_quarter_hours": "bucket",
    "legacy_hours": "bucket",
    "legacy_days": "day",
    "legacy_repeat_days": "day",
    "queue_quarter_hours": "bucket",
    "queue_hours": "bucket",
    "queue_days": "day",
    "queue_repeat_days": "day",
}
Ids = NDArray[np.int64]
Tell = Callable[[str], None]

DIMENSIONS = f"""
INSERT INTO ivr.sources (source, kind, zone) VALUES ('legacy', 'legacy', '{ZONE}'), ('queues', 'asterisk', '{ZONE}');
INSERT INTO ivr.data_versions (source_id, version, data_as_of)
SELECT source_id, 1, timestamptz '{YEAR + 1}-01-01 06:00Z' FROM ivr.sources;
INSERT INTO ivr.dids (did) VALUES ('19028031'), ('19020001'), ('19020084'), ('1902001') ON CONFLICT DO NOTHING;
INSERT INTO ivr.menus (menu_key, menu, menu_kind, menu_abandoned, menu_goal)
SELECT 'menu-' || n, 'Menu-' || n, CASE n WHEN 1 THEN 'phone' ELSE 'menu' END, n <= 3, n = 4
FROM generate_series(1, {MENUS}) AS n;
INSERT INTO ivr.options (option) SELECT 'OPT' || n FROM generate_series(1, {OPTIONS}) AS n;
INSERT INTO ivr.centres (centre, centre_kind)
SELECT 'C' || n, CASE n WHEN 1 THEN 'hung_up' WHEN 2 THEN 'null' ELSE 'vdn' END FROM generate_series(1, {CENTRES}) AS n;
INSERT INTO ivr.label_sets (labels) VALUES ('{{}}'), ('{{vip}}');
INSERT INTO ivr.units (source_id, source_table, unit_date)
SELECT source_id, 't', date '{YEAR}-01-01' + n FROM ivr.sources, generate_series(0, 364) AS n WHERE kind = 'legacy';
"""
# Ids of small tables begin where their sequence does, so each is looked up by its place.
LEGACY_WEEK = """
WITH places AS (
    SELECT (SELECT array_agg(did_id ORDER BY did_id) FROM ivr.dids WHERE did LIKE '1902%') AS dids,
           (SELECT array_agg(menu_id ORDER BY menu_id) FROM ivr.menus WHERE menu LIKE 'Menu-%') AS menus,
           (SELECT array_agg(option_id ORDER BY option_id) FROM ivr.options WHERE option LIKE 'OPT%') AS options,
           (SELECT array_agg(centre_id ORDER BY centre_id) FROM ivr.centres WHERE centre ~ '^C[0-9]+$') AS centres,
           (SELECT array_agg(label_set_id ORDER BY label_set_id) FROM ivr.label_sets) AS labels,
           (SELECT array_agg(unit_id ORDER BY unit_date) FROM ivr.units WHERE source_table = 't') AS units
), drawn AS (
    SELECT n, random() AS r1, random() AS r2, random() AS r3, random() AS r4, random() AS r5, random() AS r6,
           $2::timestamp + ($3::timestamp - $2::timestamp) * ((n - $1)::float8 / $4) AS at
    FROM generate_series($1::bigint, $1::bigint + $4::bigint - 1) AS n
)
INSERT INTO ivr.legacy_calls
SELECT n, hashint8extended((r1 * $5)::bigint, 7), at AT TIME ZONE $6, (-ln(1 - r2 * 0.999) * 130)::int,
       (SELECT source_id FROM ivr.sources WHERE kind = 'legacy'), units[extract(doy FROM at)::int],
       dids[1 + (r3 * r3 * 3.499)::int], menus[1 + (r4 * r4 * 59.499)::int], options[1 + (r4 * 1000)::int % 3],
       centres[1 + ((r4 * r4 * 59.499)::int + (r6 * 2.499)::int) % 30], labels[1], 1, (r5 * 2.499)::int, r6 < 0.39
FROM drawn, places
"""
QUEUE_WEEK = """
WITH drawn AS (
    SELECT n, random() AS r1, random() AS r2, random() AS r3, random() AS r4, random() AS r5,
           $2::timestamp + ($3::timestamp - $2::timestamp) * ((n - $1)::float8 / $4) AS at
    FROM generate_series($1::bigint, $1::bigint + $4::bigint - 1) AS n
), told AS (
    SELECT n, r1, r3, r5, at AT TIME ZONE $6 AS at, (-ln(1 - r2 * 0.999) * 45)::int AS wait_s,
           CASE WHEN r4 < 0.90 THEN 'answered' WHEN r4 < 0.98 THEN 'abandoned' ELSE 'timeout' END AS exit,
           (-ln(1 - r5 * 0.999) * 180)::int AS talk_s
    FROM drawn
)
INSERT INTO ivr.queue_calls
SELECT n, hashint8extended((r1 * $5)::bigint, 7), (SELECT source_id FROM ivr.sources WHERE kind = 'asterisk'), 'c' || n,
       'queue-' || (r3 * r3 * 19.499)::int, CASE exit WHEN 'answered' THEN 'agent-' || (r5 * 199)::int END, at,
       at + make_interval(secs => wait_s + CASE exit WHEN 'answered' THEN talk_s ELSE 0 END), exit, wait_s, NULL,
       CASE exit WHEN 'answered' THEN talk_s END, 1, (r1 < 0.05)::int, (r3 < 0.1)::int
FROM told
"""
LEGACY_CALLERS = """
SELECT (c.started_at AT TIME ZONE $1)::date AS day, c.did_id AS part, d.segment AS split, c.unit_id,
       string_agg(int8send(c.caller_id), '') AS ids
FROM ivr.legacy_calls c JOIN ivr.dids d USING (did_id)
WHERE c.started_at >= $2 AND c.started_at < $3 GROUP BY 1, 2, 3, 4
"""
QUEUE_CALLERS = """
SELECT (entered_at AT TIME ZONE $1)::date AS day, queue AS part, queue AS split, 0 AS unit_id,
       string_agg(int8send(caller_id), '') AS ids
FROM ivr.queue_calls WHERE entered_at >= $2 AND entered_at < $3 GROUP BY 1, 2
"""


async def make(conn: asyncpg.Connection, rows: int, tell: Tell) -> None:
    """The whole year, analysed: what a complete load would leave."""
    await conn.execute(DIMENSIONS)
    # Indexes of a random key would take longer than all the rest; questions do not read them.
    await conn.execute("ALTER TABLE ivr.queue_calls DROP CONSTRAINT queue_calls_pkey")
    for month in range(13):
        for table in ("legacy_calls", "queue_calls"):
            await conn.execute("SELECT ivr.ensure_month($1, $2)", table, date(YEAR + month // 12, month % 12 + 1, 1))
    a_week = rows // 2 // WEEKS
    for statement in (LEGACY_WEEK, QUEUE_WEEK):
        await conn.execute(statement, 1, _wall(FIRST), _wall(FIRST + WEEK), a_week, rows / 2 / CALLS_A_CALLER, ZONE)
    await conn.execute("ANALYZE")
    legacy, queues = [row[0] for row in await conn.fetch("SELECT source_id FROM ivr.sources ORDER BY kind DESC")]
    await _roll_up(conn, legacy, queues)
    tell("one week, rolled up")
    for week in range(1, WEEKS + 1):
        await _copy_week(conn, week)
    tell("all weeks")
    for month in range(1, 13):
        await store_rollups.rebuild_legacy_months(conn, legacy, [date(YEAR, month, 1)])
        await conn.execute(store_rollups.load("rebuild_queue_months"), queues, [date(YEAR, month, 1)])
    await conn.execute("RESET enable_nestloop")
    tell("all months")
    await _callers(conn, "legacy", LEGACY_CALLERS, tell)
    await _callers(conn, "queue", QUEUE_CALLERS, tell)
    await conn.execute("VACUUM ANALYZE")


async def _roll_up(conn: asyncpg.Connection, legacy: int, queues: int) -> None:
    """The first week. The planner takes the groups of a statement for few, and would look through all for each."""
    await conn.execute("SET enable_nestloop = off")
    units = [row[0] for row in await conn.fetch("SELECT unit_id FROM ivr.units WHERE unit_date < $1", FIRST + WEEK)]
    await conn.execute(store_rollups.load("ensure_legacy_cells"), units)
    await conn.execute("ANALYZE ivr.legacy_cells")
    await store_rollups.rebuild_legacy_units(conn, units)
    await store_rollups.rebuild_legacy_repeats(conn, legacy, FIRST, FIRST + WEEK)
    await store_rollups.rebuild_queue_buckets(conn, queues, _instant(FIRST), _instant(FIRST + WEEK))
    await store_rollups.rebuild_queue_days(conn, queues, FIRST, FIRST + WEEK)
    await conn.execute("DELETE FROM ivr.queue_months")
    await store_rollups.rebuild_queue_repeats(conn, queues, FIRST, FIRST + WEEK)


async def _copy_week(conn: asyncpg.Connection, week: int) -> None:
    """The first week again, so many weeks later; the year's last week is cut at its end."""
    days = 7 * week
    shift = f"interval '{days} days'"
    caller = f"CASE WHEN call_id % 2 = 0 THEN caller_id ELSE hashint8extended(caller_id, {week}) END"
    moved = {
        "bucket": f"bucket + {shift}",
        "day": f"day + {days}",
        "unit_id": f"unit_id + {days}",
        "call_id": f"call_id + {week}::bigint * 10000000000",
        "caller_id": caller,
        **{name: f"{name} + {shift}" for name in ("started_at", "entered_at", "ended_at")},
    }
    for table, time in WEEKLY.items():
        names = await conn.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped"
            " ORDER BY attnum",
            f"ivr.{table}",
        )
        columns = [row["attname"] for row in names]
        end = FIRST + WEEK if time == "day" else _instant(FIRST + WEEK)
        last = date(YEAR + 1, 1, 1) if time == "day" else _instant(date(YEAR + 1, 1, 1))
        await conn.execute(
            f"INSERT INTO ivr.{table} ({', '.join(columns)})"
            f" SELECT {', '.join(moved.get(name, name) for name in columns)} FROM ivr.{table}"
            f" WHERE {time} < $1 AND {moved[time]} < $2",
            end,
            last,
        )


async def _callers(conn: asyncpg.Connection, table: str, statement: str, tell: Tell) -> None:
    """Sketches of days (and months), and exact numbers of days, months, quarters and the year."""
    kind = "legacy" if table == "legacy" else "asterisk"
    source = await conn.fetchval("SELECT source_id FROM ivr.sources WHERE kind = $1", kind)
    periods: dict[tuple[str, date, str | None], list[Ids]] = {}
    for month in range(1, 13):
        since, until = _month(month)
        days: list[tuple[Any, ...]] = []
        parts: dict[Any, NDArray[np.uint8]] = {}
        for row in await conn.fetch(statement, ZONE, _instant(since), _instant(until)):
            ids = np.unique(np.frombuffer(row["ids"], dtype=">i8").astype(np.int64))
            sketch = hyperloglog(ids)
            unit = (row["unit_id"],) if table == "legacy" else ()
            days.append((row["day"], row["part"], *unit, source, len(ids), b"", write_registers(sketch)))
            parts[row["part"]] = np.maximum(sketch, parts.get(row["part"], np.zeros_like(sketch)))
            for split in (None, row["split"]):
                periods.setdefault(("day", row["day"], split), []).append(ids)
        await _copy(conn, f"{table}_caller_days", days)
        if table == "legacy":
            months = [(since, part, source, write_registers(sketch)) for part, sketch in parts.items()]
            await _copy(conn, "legacy_caller_month_sketches", months)
        _widen(periods, since)
        tell(f"callers of {since:%Y-%m} ({table})")
    rows = [(source, period, since, split, len(_union(ids))) for (period, since, split), ids in periods.items()]
    await _copy(conn, f"{table}_unique_callers", rows)


def _widen(periods: dict[tuple[str, date, str | None], list[Ids]], month: date) -> None:
    """Adds the month's days to its month, its quarter and its year."""
    days = [key for key in periods if key[0] == "day" and key[1] >= month]
    quarter = month.replace(month=month.month - (month.month - 1) % 3)
    for split in {key[2] for key in days}:
        ids = _union([each for key in days if key[2] == split for each in periods[key]])
        for period, since in (("month", month), ("quarter", quarter), ("year", month.replace(month=1))):
            periods.setdefault((period, since, split), []).append(ids)


def _union(ids: list[Ids]) -> Ids:
    return ids[0] if len(ids) == 1 else np.unique(np.concatenate(ids))


async def _copy(conn: asyncpg.Connection, table: str, rows: list[tuple[Any, ...]]) -> None:
    await conn.copy_records_to_table(table, schema_name="ivr", records=rows)


def _month(month: int) -> tuple[date, date]:
    return date(YEAR, month, 1), date(YEAR + month // 12, month % 12 + 1, 1)


def _wall(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - wall clock


def _instant(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(ZONE))
