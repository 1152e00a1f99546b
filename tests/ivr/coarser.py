"""Coarser rollups against the rows that they are made of, added up here and in plain SQL."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg
import numpy as np

from shared.sketches import ENTRY

HOUR_COUNTS = {
    "legacy": ("calls", "transferred", "ended_in_ivr"),
    "queue": (
        *("offered", "answered", "abandoned", "timed_out", "key_exits", "empty_exits", "withdrawn", "flowed_out"),
        "open",
    ),
}
LEGACY_SUMS = (
    *HOUR_COUNTS["legacy"],
    *("no_typed_line", "same_line", "different_line", "menu_errors", "swapped_times", "duration_n", "duration_s_total"),
)
QUEUE_SUMS = (
    *HOUR_COUNTS["queue"],
    *("transfers", "ring_no_answer"),
    *("wait_n", "wait_s_total", "wait_answered_n", "wait_answered_s_total", "queued_n", "talk_n", "talk_s_total"),
    *("duration_n", "duration_s_total"),
)
QUEUE_SKETCHES = ("waits_answered", "waits_abandoned", "waits_other", "talks", "durations")
Key = tuple[Any, ...]


async def check_coarser(conn: asyncpg.Connection) -> None:
    """What triggers keep, and those totals that are there."""
    for kind in HOUR_COUNTS:
        await check_month_hours(conn, kind)
    await check_repeat_months(conn)
    await check_missing(conn)
    days = await conn.fetch(
        "SELECT d.*, k.menu_abandoned FROM ivr.legacy_days d JOIN ivr.legacy_cells k USING (cell_id) WHERE d.grain = 1"
    )
    totals = await conn.fetch("SELECT * FROM ivr.legacy_day_totals")
    own: tuple[str, ...] = ("day", "unit_id", "menu_abandoned", "source_id")
    check_totals(totals, days, own, ("day", "unit_id"), LEGACY_SUMS, ("duration_s_max",), ("durations",))
    months = await conn.fetch(
        "SELECT d.*, k.menu_id FROM ivr.legacy_months d JOIN ivr.legacy_cells k USING (cell_id) WHERE d.grain = 2"
    )
    menus = await conn.fetch("SELECT * FROM ivr.legacy_menu_months")
    sums = (*LEGACY_SUMS, "weekday_calls")
    own = ("month", "menu_id", "source_id")
    check_totals(menus, months, own, ("month", "source_id"), sums, ("duration_s_max",), ("durations",))
    queues = await conn.fetch("SELECT * FROM ivr.queue_days WHERE grain = 1")
    totals = await conn.fetch("SELECT * FROM ivr.queue_day_totals")
    most, own = ("wait_s_max", "duration_s_max"), ("day", "source_id")
    check_totals(totals, queues, own, own, QUEUE_SUMS, most, QUEUE_SKETCHES)
    months = await conn.fetch(
        "SELECT d.*, k.agent FROM ivr.queue_months d JOIN ivr.queue_cells k USING (cell_id) WHERE d.grain = 2"
    )
    agents = await conn.fetch("SELECT * FROM ivr.queue_agent_months")
    own = ("month", "agent", "source_id")
    check_totals(agents, months, own, ("month", "source_id"), QUEUE_SUMS, most, QUEUE_SKETCHES)


# What totals are made of, and themselves: a query of their keys each.
KEYS = {
    "legacy_days": (
        "SELECT day, unit_id, source_id FROM ivr.legacy_days WHERE grain = 1",
        "SELECT day, unit_id, source_id FROM ivr.legacy_day_totals",
    ),
    "legacy_menus": (
        "SELECT month, 0, source_id FROM ivr.legacy_months WHERE grain = 2",
        "SELECT month, 0, source_id FROM ivr.legacy_menu_months",
    ),
    "queue_days": (
        "SELECT day, 0, source_id FROM ivr.queue_days WHERE grain = 1",
        "SELECT day, 0, source_id FROM ivr.queue_day_totals",
    ),
    "queue_agents": (
        "SELECT month, 0, source_id FROM ivr.queue_months WHERE grain = 2",
        "SELECT month, 0, source_id FROM ivr.queue_agent_months",
    ),
}


async def check_missing(conn: asyncpg.Connection) -> None:
    """Every row is in a total or told as missing from one, never both."""
    for rollup, queries in KEYS.items():
        rows, totals = [{tuple(row) for row in await conn.fetch(query)} for query in queries]
        missing = await conn.fetch("SELECT since, unit_id, source_id FROM ivr.totals_missing WHERE rollup = $1", rollup)
        told = {tuple(row) for row in missing}
        assert not told & totals, rollup
        assert totals | (told & rows) == rows, rollup


async def check_month_hours(conn: asyncpg.Connection, kind: str) -> None:
    counts = HOUR_COUNTS[kind]
    key, shown = "cell_id", list(counts)
    sums = [f"sum(told.{name})" for name in counts]
    if kind == "legacy":
        key, shown = "did_id", [*counts, "abandoned"]
        sums.append("coalesce(sum(told.calls) FILTER (WHERE k.menu_abandoned), 0)")
    truth = await conn.fetch(
        "SELECT date_trunc('month', told.at)::date AS month, extract(isodow FROM told.at)::int AS weekday,"
        f" extract(hour FROM told.at)::int AS hour, k.{key}, told.source_id, {', '.join(sums)}"
        f" FROM (SELECT h.*, h.bucket AT TIME ZONE z.zone AS at FROM ivr.{kind}_hours h JOIN"
        f" ivr.month_hours_zones z USING (source_id)) AS told JOIN ivr.{kind}_cells k USING (cell_id)"
        " GROUP BY 1, 2, 3, 4, 5"
    )
    kept = await conn.fetch(
        f"SELECT month, week_hour / 24 + 1, week_hour % 24, {key}, source_id, {', '.join(shown)}"
        f" FROM ivr.{kind}_month_hours WHERE {counts[0]} <> 0"
    )
    assert {tuple(row) for row in kept} == {tuple(row) for row in truth}, kind


async def check_repeat_months(conn: asyncpg.Connection) -> None:
    names = await conn.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'ivr.legacy_repeat_months'::regclass AND attnum > 3"
    )
    counts = [row["attname"] for row in names]
    truth = await conn.fetch(
        f"SELECT date_trunc('month', day)::date, cell_id, source_id, {', '.join(f'sum({n})' for n in counts)}"
        " FROM ivr.legacy_repeat_days GROUP BY 1, 2, 3"
    )
    kept = await conn.fetch(
        f"SELECT month, cell_id, source_id, {', '.join(counts)} FROM ivr.legacy_repeat_months WHERE calls <> 0"
    )
    assert {tuple(row) for row in kept} == {tuple(row) for row in truth}


def check_totals(
    totals: Sequence[asyncpg.Record],
    rows: Iterable[asyncpg.Record],
    own: Sequence[str],
    filled: Sequence[str],
    sums: Sequence[str],
    most: Sequence[str],
    sketches: Sequence[str],
) -> None:
    """`filled`: what is either there as a whole or not at all."""
    there = {tuple(row[name] for name in filled) for row in totals}
    parts: dict[Key, list[asyncpg.Record]] = defaultdict(list)
    for row in rows:
        if tuple(row[name] for name in filled) in there:
            parts[tuple(row[name] for name in own)].append(row)
    found = {tuple(row[name] for name in own): row for row in totals}
    assert len(found) == len(totals)
    assert found.keys() == parts.keys()
    for key, total in found.items():
        for name in sums:
            assert abs(total[name] - sum(row[name] for row in parts[key])) < 1e-6, (key, name)
        for name in most:
            known = [row[name] for row in parts[key] if row[name] is not None]
            assert total[name] == max(known, default=None), (key, name)
        for name in sketches:
            assert entries(total[name]) == sum((entries(row[name]) for row in parts[key]), Counter()), (key, name)
            codes = np.frombuffer(total[name], dtype=ENTRY)["code"].tolist()
            assert codes == sorted(set(codes)), (key, name)


def entries(sketch: bytes) -> Counter[int]:
    counted: Counter[int] = Counter()
    for code, n in np.frombuffer(sketch, dtype=ENTRY).tolist():
        counted[code] += n
    return counted
