"""Rollups of queue calls, written in the transaction that publishes the calls. Functions take a connection first and
never begin or commit.

Every row is counted from the facts as they stand, never added to: whatever a batch changed, the row is right.
Repeats alone are added to in small batches, for they look at two weeks of calls; then only what differs is looked at.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from services.ivr import queue_rollups as rollups
from services.ivr.clock import moment
from services.ivr.copy_fields import EPOCH_2000
from services.ivr.day_rollups import DayRollups, count_days, inside
from services.ivr.event_columns import MICRO, Ints, Names
from services.ivr.kept_days import kept, read_first_kept_day
from services.ivr.queue_pack import FACT, REPEAT_FACT, Facts, facts_of
from services.ivr.queue_rollups import COUNTS, HOUR_S, QUARTER_S, SKETCHES, WINDOWS_S, Days, Row
from services.ivr.queue_telling import CallColumns
from services.ivr.queue_touched import (
    FreshCall,
    Pair,
    Touched,
    cell_columns,
    days_of,
    days_touched,
    months_of,
    next_month,
    pairs_of,
    repeat_days,
    runs_of,
    whole_hours,
)
from services.ivr.totals import write_queue_totals
from shared.postgres import Connection
from shared.sql import folder, identifier

load = folder(__file__)

TIMEOUT_S = 1_800.0  # a first load of years, on a slow disk
COVERED_AT_ONCE_S = 86_400.0  # the data's end moved further than this: whole days are counted again
CALLERS_HELD_MAX = 4_000_000  # 32 MB of ids before they are made different
VALUES = (*COUNTS, *SKETCHES)
UNIQUE_COLUMNS = ("source_id", "period", "since", "queue", "callers")
BUCKET_TABLES = {"queue_quarter_hours": QUARTER_S, "queue_hours": HOUR_S}
BUCKET_COLUMNS = ("bucket", "cell_id", "source_id", *VALUES)
DAY_COLUMNS = ("day", "grain", "cell_id", "source_id", *VALUES)
REPEAT_ROW = (
    *("day", "cell_id", "source_id", "calls"),
    *(f"{what}_{window}" for window in ("1h", "24h", "7d") for what in ("covered", "known", "repeated")),
)


@dataclass(frozen=True, slots=True)
class DataEnd:
    """How far the data reached before this transaction, and how far it does now."""

    before: float | None
    now: float | None

    @property
    def moved_far(self) -> bool:
        return self.now is not None and (self.before is None or self.now - self.before > COVERED_AT_ONCE_S)


async def roll_up(conn: Connection, source_id: int, zone: ZoneInfo, touched: Touched, end: DataEnd) -> None:
    """All rollup rows that the transaction's calls touch; days with calls that retention has dropped keep theirs."""
    first = await read_first_kept_day(conn, zone)
    days = kept(touched.days(zone), first)
    if touched.in_bulk:
        # Slices that were bulk were rolled up when they were written; those before them may have been small.
        for run in runs_of(kept(touched.days_single(zone), first)):
            await _days_in_bulk(conn, source_id, days_of(run, zone))
        await _months(conn, source_id, {day.replace(day=1) for day in days}, None)
        await write_queue_totals(conn, source_id, days)
    elif touched.calls:
        cells = await _cells(conn, {(queue, agent) for _, queue, agent in touched.single})
        for day in sorted(days):
            await _single_cells(conn, source_id, days_of([day], zone), touched, cells)
        await _months(
            conn,
            source_id,
            {day.replace(day=1) for day in days},
            sorted({each for two in cells.values() for each in two}),
        )
    if days:
        await conn.execute(load("delete_long_unique_callers"), source_id, sorted(days))
    if touched.in_bulk or end.moved_far:
        wanted = kept(repeat_days(days, end.before, end.now, zone), first)
        await write_repeats(conn, source_id, zone, wanted, end.now)
    elif touched.fresh or end.now != end.before:
        await _add_repeats(conn, source_id, touched.fresh_since(first, zone), end)


async def lacks_rollups(conn: Connection, source_id: int) -> bool:
    return bool(await conn.fetchval(load("lacks_queue_rollups"), source_id))


async def build_all(conn: Connection, source_id: int, zone: ZoneInfo, end: float | None) -> None:
    """The rollups of a source that was filled before there were any."""
    span = await conn.fetchrow(load("queue_span"), source_id)
    if span is not None and span["first"] is not None:
        until = span["last"] + timedelta(seconds=1)
        first, last = span["first"].astimezone(zone).date(), span["last"].astimezone(zone).date()
        days = {first + timedelta(days=n) for n in range((last - first).days + 1)}
        await conn.execute(load("ensure_queue_cells"), source_id, span["first"], until, timeout=TIMEOUT_S)
        for run in runs_of(days):
            await _days_in_bulk(conn, source_id, days_of(run, zone))
        await _months(conn, source_id, {day.replace(day=1) for day in days}, None)
        await write_queue_totals(conn, source_id, days)
        await write_repeats(conn, source_id, zone, days, end)
        await conn.execute(load("delete_long_unique_callers"), source_id, sorted(days))
    await conn.execute(load("queue_rollups_complete"), source_id)


async def write_long_unique_callers(conn: Connection, source_id: int, ended_before: date | None = None) -> None:
    """Exact numbers of different callers of the months, quarters and years that lack them."""
    months: dict[date, dict[str, Ints]] = {}
    counted: dict[tuple[date, ...], dict[str | None, int]] = {}  # a quarter may have no other calls than its month
    for period in await conn.fetch(load("long_periods_missing"), source_id, ended_before, timeout=TIMEOUT_S):
        for month in months_of(period["since"], period["until"]):
            if month not in months:
                months[month] = await _callers_of_month(conn, source_id, month)
        some = tuple(month for month in months_of(period["since"], period["until"]) if months[month])
        if some not in counted:
            counted[some] = await asyncio.to_thread(rollups.callers_counted, [months[month] for month in some])
        rows = [(source_id, period["period"], period["since"], queue, n) for queue, n in counted[some].items()]
        await conn.execute(load("delete_period_unique_callers"), source_id, period["period"], period["since"])
        await _insert(conn, "queue_unique_callers", UNIQUE_COLUMNS, rows)


async def _callers_of_month(conn: Connection, source_id: int, month: date) -> dict[str, Ints]:
    """The different callers of each queue, in order; a day at a time, so that no month is held twice."""
    by_queue: dict[str, Ints] = {}
    parts: list[Ints] = []
    last: str | None = None
    query = load("queue_callers_between")
    async for row in conn.cursor(query, source_id, month, next_month(month), prefetch=100):
        if row["queue"] != last or sum(map(len, parts)) > CALLERS_HELD_MAX:
            await asyncio.to_thread(_merge_callers, by_queue, last, parts)
            parts, last = [], row["queue"]
        parts.append(rollups.unpack_callers(row["callers"]))
    await asyncio.to_thread(_merge_callers, by_queue, last, parts)
    return by_queue


def _merge_callers(by_queue: dict[str, Ints], queue: str | None, parts: list[Ints]) -> None:
    if queue is not None:
        before = [by_queue[queue]] if queue in by_queue else []
        by_queue[queue] = np.unique(np.concatenate([*before, *parts]))


async def _days_in_bulk(conn: Connection, source_id: int, days: Days) -> None:
    facts = await _facts(conn, source_id, *whole_hours(days), None)
    await _write_days(conn, source_id, await asyncio.to_thread(_counted, facts, source_id, days))


def _counted(facts: Facts, source_id: int, days: Days) -> DayRollups:
    return count_days(facts, source_id, days, tuple(BUCKET_TABLES.values()))


async def _write_days(conn: Connection, source_id: int, counted: DayRollups) -> None:
    """All rows of some days."""
    days = counted.days
    since, until = whole_hours(days)
    for table, seconds in BUCKET_TABLES.items():
        await _delete_range(conn, table, "bucket", source_id, since, until)
        await _insert(conn, table, BUCKET_COLUMNS, counted.buckets[seconds])
    first, after = days.days[0], days.days[-1] + timedelta(days=1)
    await _delete_range(conn, "queue_days", "day", source_id, first, after)
    await _insert(conn, "queue_days", DAY_COLUMNS, counted.day_rows)
    await _delete_range(conn, "queue_caller_days", "day", source_id, first, after)
    await _write_callers(conn, source_id, days, counted.callers, every_queue=True)


async def _single_cells(
    conn: Connection, source_id: int, days: Days, touched: Touched, cells: dict[Pair, tuple[int, int]]
) -> None:
    """One day's cells that the calls touch; the day's other rows stay as they are."""
    since, until = whole_hours(days)
    begin, end = (int(bound) // MICRO + EPOCH_2000 for bound in (days.starts[0], days.starts[1]))
    here = [
        (quarter, cells[queue, agent]) for quarter, queue, agent in touched.single if begin <= quarter * QUARTER_S < end
    ]
    queue_cells = sorted({both[0] for _, both in here})
    facts = await _facts(conn, source_id, since, until, queue_cells)
    for table, seconds in BUCKET_TABLES.items():
        wanted = {(quarter * QUARTER_S // seconds, both[0]) for quarter, both in here}
        packed = np.array([(bucket << 32) | cell for bucket, cell in wanted], dtype=np.int64)
        bucket = facts["entered_at"].astype(np.int64) // MICRO + EPOCH_2000
        part = facts[np.isin((bucket // seconds << 32) | facts["cell_id"].astype(np.int64), packed)]
        keys = [(moment(bucket * seconds), cell) for bucket, cell in sorted(wanted)]
        await _delete_keys(conn, table, "bucket", source_id, keys)
        await _insert(conn, table, BUCKET_COLUMNS, rollups.bucket_rows(part, source_id, seconds))
    facts = inside(facts, days)
    day_cells = {each for _, both in here for each in both}
    await _delete_keys(conn, "queue_days", "day", source_id, [(days.days[0], cell) for cell in sorted(day_cells)])
    rows = [row for row in rollups.day_rows(facts, source_id, days) if row[2] in day_cells]
    await _insert(conn, "queue_days", DAY_COLUMNS, rows)
    await _write_callers(conn, source_id, days, rollups.callers_of(facts, days))


async def _cells(conn: Connection, pairs: Iterable[Pair]) -> dict[Pair, tuple[int, int]]:
    """The cells of pairs of queue and agent, made where they are missing."""
    split = _split(pairs)
    await conn.execute(load("add_queue_cells"), *split)
    rows = await conn.fetch(load("queue_cells_of"), *split)
    return {(row["queue"], row["agent"]): (row["cell_id"], row["agent_cell_id"]) for row in rows}


@dataclass(slots=True)
class BulkRollups:
    """The rollups of one large slice. Days without a call so far are counted from the slice itself; the others, few of
    them, from the facts.
    """

    source_id: int
    zone: ZoneInfo
    fresh: set[date]
    mixed: set[date]
    cells: dict[Pair, tuple[int, int]]

    @classmethod
    async def begin(
        cls, conn: Connection, source_id: int, zone: ZoneInfo, calls: CallColumns, names: Names
    ) -> "BulkRollups":
        """Before the calls are written."""
        days = kept(days_touched(calls, zone), await read_first_kept_day(conn, zone))
        mixed: set[date] = set()
        for run in runs_of(days):
            bounds = days_of(run, zone)
            since, until = whole_hours(bounds)
            rows = await conn.fetch(load("queue_days_with_calls"), source_id, since, until, zone.key, timeout=TIMEOUT_S)
            mixed |= {row["day"] for row in rows}
            if (bounds.starts % (HOUR_S * MICRO)).any():
                mixed |= set(run)  # an hour of UTC that two local days share is counted from the facts of both
        return cls(source_id, zone, days - mixed, days & mixed, await _cells(conn, pairs_of(calls, names)))

    def count(self, calls: CallColumns, names: Names) -> list[DayRollups]:
        """While the calls are written. CPU only."""
        facts = facts_of(calls, *cell_columns(calls, names, self.cells))
        return [_counted(facts, self.source_id, days_of(run, self.zone)) for run in runs_of(self.fresh)]

    async def write(self, conn: Connection, counted: Sequence[DayRollups]) -> None:
        """After the calls are written."""
        for each in counted:
            await _write_days(conn, self.source_id, each)
        for run in runs_of(self.mixed):
            await _days_in_bulk(conn, self.source_id, days_of(run, self.zone))


async def _facts(
    conn: Connection, source_id: int, since: datetime, until: datetime, cells: Sequence[int] | None
) -> Facts:
    return await _copied(conn, FACT, load("queue_facts"), source_id, since, until, cells)


async def _copied(conn: Connection, form: np.dtype[Any], query: str, *arguments: Any) -> Facts:
    # Cells are few and PostgreSQL has not counted them: it would look at each of them for each call.
    await conn.execute("SET LOCAL enable_nestloop = off")
    stored: bytes | None = await conn.fetchval(query, *arguments, timeout=TIMEOUT_S)
    await conn.execute("SET LOCAL enable_nestloop = on")
    return np.frombuffer(stored or b"", dtype=form)


async def _write_callers(
    conn: Connection, source_id: int, days: Days, callers: dict[tuple[int, int], Ints], *, every_queue: bool = False
) -> None:
    """Callers by the day's number and the queue's cell, and how many different ones each of the days has in all.

    `every_queue`: these are all that there are of these days, and none are stored.
    """
    rows = await conn.fetch("SELECT cell_id, queue FROM ivr.queue_cells WHERE grain = 1")
    names = {row["cell_id"]: row["queue"] for row in rows}
    found = {(days.days[day], names[cell]): ids for (day, cell), ids in callers.items()}
    if not every_queue:
        keys = sorted(found)
        await conn.execute(
            load("delete_queue_caller_days"), source_id, [day for day, _ in keys], [name for _, name in keys]
        )
    await _insert(
        conn,
        "queue_caller_days",
        ("day", "queue", "source_id", "callers_n", "callers", "sketch"),
        [
            (day, queue, source_id, len(ids), rollups.pack_callers(ids), rollups.caller_sketch(ids))
            for (day, queue), ids in found.items()
        ],
    )
    await conn.execute(load("delete_day_unique_callers"), source_id, list(days.days))
    if not every_queue:
        for row in await conn.fetch(load("queue_callers_of_days"), source_id, list(days.days)):
            found[row["day"], row["queue"]] = rollups.unpack_callers(row["callers"])
    unique: list[Row] = [(source_id, "day", day, queue, len(ids)) for (day, queue), ids in found.items()]
    for day in sorted({day for day, _ in found}):
        ids = [each for (of, _), each in found.items() if of == day]
        unique.append((source_id, "day", day, None, len(np.unique(np.concatenate(ids)))))
    await _insert(conn, "queue_unique_callers", UNIQUE_COLUMNS, unique)


async def _months(conn: Connection, source_id: int, months: Iterable[date], cells: Sequence[int] | None) -> None:
    for month in sorted(months):
        parts = [
            tuple(row)
            for row in await conn.fetch(load("queue_month_parts"), source_id, month, cells, timeout=TIMEOUT_S)
        ]
        await conn.execute(
            "DELETE FROM ivr.queue_months WHERE source_id = $1 AND month = $2 AND grain IN (1, 2)"
            " AND ($3::integer[] IS NULL OR cell_id = ANY ($3::integer[]))",
            *(source_id, month, cells),
        )
        if parts:
            width = len(SKETCHES)
            merged = await asyncio.to_thread(rollups.merged_sketches, [part[-width:] for part in parts])
            columns = ("month", "grain", "cell_id", *VALUES, "source_id")
            rows = [
                (*part[:-width], *sketch, source_id)
                for part, sketch in zip(parts, zip(*merged, strict=True), strict=True)
            ]
            await _insert(conn, "queue_months", columns, rows)


async def write_repeats(conn: Connection, source_id: int, zone: ZoneInfo, wanted: set[date], end: float | None) -> None:
    """Whole days of repeats, counted anew."""
    as_of = None if end is None else round((end - EPOCH_2000) * MICRO)
    for run in runs_of(wanted):
        days = days_of(run, zone)
        since, until = whole_hours(days)
        beyond = until + timedelta(seconds=WINDOWS_S[-1] + 1)
        facts = await _copied(conn, REPEAT_FACT, load("queue_repeat_facts"), source_id, since, beyond)
        await _delete_range(conn, "queue_repeat_days", "day", source_id, run[0], run[-1] + timedelta(days=1))
        rows = await asyncio.to_thread(rollups.repeat_rows, facts, source_id, days, as_of)
        await _insert(conn, "queue_repeat_days", REPEAT_ROW, rows)


async def _add_repeats(conn: Connection, source_id: int, fresh: Sequence[FreshCall], end: DataEnd) -> None:
    if end.now is None:
        return
    await conn.execute(
        load("add_queue_repeats"),
        source_id,
        [call.call_id for call in fresh],
        [call.caller_id for call in fresh],
        [moment(call.entered_at) for call in fresh],
        moment(end.now if end.before is None else end.before),
        moment(end.now),
        timeout=TIMEOUT_S,
    )


async def _delete_range(conn: Connection, table: str, column: str, source_id: int, since: Any, until: Any) -> None:
    sql = f"DELETE FROM ivr.{identifier(table)} WHERE source_id = $1 AND {identifier(column)} >= $2"  # noqa: S608 - named above
    sql += f" AND {identifier(column)} < $3"
    await conn.execute(sql, source_id, since, until, timeout=TIMEOUT_S)


async def _delete_keys(
    conn: Connection, table: str, column: str, source_id: int, keys: Sequence[tuple[Any, int]]
) -> None:
    sql = f"DELETE FROM ivr.{identifier(table)} WHERE source_id = $1 AND ({identifier(column)}, cell_id) IN "  # noqa: S608 - named above
    if column == "bucket":
        sql += "(SELECT * FROM unnest($2::timestamptz[], $3::integer[]))"
    else:
        sql += "(SELECT * FROM unnest($2::date[], $3::integer[]))"
    await conn.execute(sql, source_id, [key for key, _ in keys], [cell for _, cell in keys], timeout=TIMEOUT_S)


async def _insert(conn: Connection, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    if rows:
        await conn.copy_records_to_table(table, schema_name="ivr", columns=columns, records=rows, timeout=TIMEOUT_S)


def _split(pairs: Iterable[Pair]) -> tuple[list[str], list[str | None]]:
    ordered = sorted(pairs, key=lambda pair: (pair[0], pair[1] or ""))
    return [queue for queue, _ in ordered], [agent for _, agent in ordered]
