"""Different callers in PostgreSQL: months, quarters and years told from the days. Functions never begin or commit."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import asyncpg

from services.ivr.calendar_periods import month_of, months_of, next_month, quarter_of, year_of
from services.ivr.callers import SHARDS, Ints, count_callers, read_set, shards_of, sketch_of, union, write_set
from services.ivr.store_rollups import load
from shared.postgres import Connection

TIMEOUT_S = 1_800.0  # a year's sets from a slow disk
IDS_TOGETHER = 4_000_000  # 32 MB of ids; a longer period is counted some shards at a time
UNIQUE_COLUMNS = ("source_id", "period", "since", "segment", "callers")

Period = tuple[str, date]
Counts = dict[Period, dict[str | None, int]]


@dataclass(slots=True)
class _Month:
    """What one month's days make: rows of the month's tables, and counts."""

    shards: list[tuple[Any, ...]] = field(default_factory=list)
    sketches: list[tuple[Any, ...]] = field(default_factory=list)
    counts: Counts = field(default_factory=dict)


async def recount_callers(conn: Connection, source_id: int, days: Collection[date]) -> None:
    """Write anew what hangs on the callers of these local days: the days themselves, months, quarters and years."""
    segments = await read_segments(conn)
    months = months_of(days)
    counts: Counts = {}
    for month in months:
        made = await _unions_of(conn, source_id, month, {day for day in days if month_of(day) == month}, segments)
        await _write_month(conn, source_id, month, made)
        counts |= made.counts
    await _count_years(conn, source_id, months, counts, segments)
    touched = {("day", day) for day in days}
    touched |= {(name, first(month)) for month in months for name, first in _LONG_PERIODS}
    await replace_counts(conn, source_id, touched, counts)


async def recount_segments(conn: Connection, source_id: int, segments: Mapping[int, str]) -> None:
    """Count every period anew by these segments of DIDs; the sets of callers stay as they are."""
    days_of = "SELECT DISTINCT day FROM ivr.legacy_caller_days WHERE source_id = $1"
    rows = await conn.fetch(days_of, source_id, timeout=TIMEOUT_S)
    days = {row["day"] for row in rows}
    months = months_of(days)
    counts: Counts = {}
    for month in months:
        made = await _unions_of(conn, source_id, month, {day for day in days if month_of(day) == month}, segments)
        counts |= made.counts
    await _count_years(conn, source_id, months, counts, segments)
    await conn.execute("DELETE FROM ivr.legacy_unique_callers WHERE source_id = $1", source_id, timeout=TIMEOUT_S)
    await replace_counts(conn, source_id, (), counts)


async def read_segments(conn: Connection) -> dict[int, str]:
    return {row["did_id"]: row["segment"] for row in await conn.fetch("SELECT did_id, segment FROM ivr.dids")}


async def replace_counts(conn: Connection, source_id: int, periods: Collection[Period], counts: Counts) -> None:
    ordered = sorted(periods)
    names, sinces = [name for name, _ in ordered], [since for _, since in ordered]
    await conn.execute(load("delete_unique_callers"), source_id, names, sinces, timeout=TIMEOUT_S)
    await conn.copy_records_to_table(
        "legacy_unique_callers",
        schema_name="ivr",
        columns=UNIQUE_COLUMNS,
        records=[
            (source_id, *period, segment, callers)
            for period, found in counts.items()
            for segment, callers in found.items()
        ],
        timeout=TIMEOUT_S,
    )


async def _unions_of(
    conn: Connection, source_id: int, month: date, days: set[date], segments: Mapping[int, str]
) -> _Month:
    """The unions of a month from its days, and the counts of the month and of the wanted days."""
    rows = await conn.fetch(load("caller_days"), source_id, month, next_month(month), timeout=TIMEOUT_S)
    return await asyncio.to_thread(_unions, rows, source_id, month, days, segments)


async def _write_month(conn: Connection, source_id: int, month: date, made: _Month) -> None:
    shards = ("month", "did_id", "shard", "source_id", "callers_n", "callers")
    sketches = ("month", "did_id", "source_id", "sketch")
    for delete, table, columns, records in (
        ("delete_caller_months", "legacy_caller_months", shards, made.shards),
        ("delete_caller_month_sketches", "legacy_caller_month_sketches", sketches, made.sketches),
    ):
        await conn.execute(load(delete), source_id, month, timeout=TIMEOUT_S)
        await conn.copy_records_to_table(table, schema_name="ivr", columns=columns, records=records, timeout=TIMEOUT_S)


def _unions(
    rows: Sequence[asyncpg.Record], source_id: int, month: date, days: set[date], segments: Mapping[int, str]
) -> _Month:
    made = _Month()
    by_did: dict[int, list[Ints]] = defaultdict(list)
    by_day: dict[date, list[tuple[int, Ints]]] = defaultdict(list)
    for row in rows:
        ids = read_set(row["callers"])
        by_did[row["did_id"]].append(ids)
        if row["day"] in days:
            by_day[row["day"]].append((row["did_id"], ids))
    made.counts = {("day", day): count_callers(sets, segments) for day, sets in by_day.items()}
    wholes = {did_id: union(sets) for did_id, sets in by_did.items()}
    if wholes:
        made.counts["month", month] = count_callers(wholes.items(), segments)
    for did_id, ids in wholes.items():
        made.sketches.append((month, did_id, source_id, sketch_of(ids)))
        for shard, part in enumerate(shards_of(ids)):
            # The first is written though it be empty: a month whose callers nobody knows has been counted, too.
            if len(part) or not shard:
                made.shards.append((month, did_id, shard, source_id, len(part), write_set(part)))
    return made


async def _count_years(
    conn: Connection, source_id: int, touched: Sequence[date], counts: Counts, segments: Mapping[int, str]
) -> None:
    """Add the counts of the quarters and years that these months lie in. `counts` has those of the months."""
    for year in sorted({year_of(month) for month in touched}):
        span = (year, date(year.year + 1, 1, 1))
        rows = await conn.fetch(load("caller_month_sizes"), source_id, *span, timeout=TIMEOUT_S)
        sizes = {row["month"]: row["callers_n"] for row in rows}
        quarters: dict[date, list[date]] = defaultdict(list)
        for month in sizes:
            quarters[quarter_of(month)].append(month)
        wanted = {quarter_of(month) for month in touched} & quarters.keys()
        # A period whose calls lie in one part of it has that part's counts.
        for quarter in wanted:
            month = quarters[quarter][0]
            if len(quarters[quarter]) == 1 and ("month", month) in counts:
                counts["quarter", quarter] = counts["month", month]
        unknown = {quarter: quarters[quarter] for quarter in wanted if ("quarter", quarter) not in counts}
        alone = len(quarters) == 1 and bool(wanted)
        counts |= await _summed(conn, source_id, span, unknown, sizes, segments, year=bool(quarters) and not alone)
        if alone:
            counts["year", year] = counts["quarter", next(iter(quarters))]


async def _summed(
    conn: Connection,
    source_id: int,
    span: tuple[date, date],
    quarters: Mapping[date, Sequence[date]],
    sizes: Mapping[date, int],
    segments: Mapping[int, str],
    *,
    year: bool,
) -> Counts:
    """Counts of these quarters, and of the year of the span, shard by shard."""
    if not quarters and not year:
        return {}
    total = sum(size for month, size in sizes.items() if span[0] <= month < span[1])
    step = SHARDS
    while step > 1 and total * step > IDS_TOGETHER * SHARDS:
        step //= 2
    counts: Counts = {}
    for shard in range(0, SHARDS, step):
        rows = await conn.fetch(load("caller_months"), source_id, *span, shard, shard + step, timeout=TIMEOUT_S)
        found = await asyncio.to_thread(_count_periods, rows, quarters, span[0] if year else None, segments)
        for period, each in found.items():
            sums = counts.setdefault(period, defaultdict(int))
            for segment, callers in each.items():
                sums[segment] += callers
    return counts


def _count_periods(
    rows: Sequence[asyncpg.Record],
    quarters: Mapping[date, Sequence[date]],
    year: date | None,
    segments: Mapping[int, str],
) -> Counts:
    sets = [(row["month"], row["did_id"], read_set(row["callers"])) for row in rows]
    counts: Counts = {
        ("quarter", quarter): count_callers([(did, ids) for month, did, ids in sets if month in months], segments)
        for quarter, months in quarters.items()
    }
    if year is not None:
        counts["year", year] = count_callers([(did, ids) for _, did, ids in sets], segments)
    return counts


_LONG_PERIODS = (("month", month_of), ("quarter", quarter_of), ("year", year_of))
