"""Repeats of the days that a publication changes: calls in memory beside their neighbours from PostgreSQL."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from services.ivr import store, store_rollups
from services.ivr.cells import Subjects
from services.ivr.kept_calls import ORDER_SHIFT, STARTED_FIRST, Calls
from services.ivr.local_days import LocalDays
from services.ivr.repeats import RepeatCount, Repeats, in_shards, joined
from services.ivr.rollup_rows import repeat_days
from services.ivr.store_facts import FactsReader, StoredCalls
from services.ivr.store_rollups import load
from shared.postgres import Connection, Database

EPOCH: Final = date(1970, 1, 1)
DAY: Final = timedelta(days=1)
AHEAD: Final = timedelta(days=7)  # the longest window


def days_looked_ahead_of(days: Collection[date], as_of_before: datetime | None, zone: ZoneInfo) -> set[date]:
    """The days whose calls may be repeated by calls of these, and those whose windows the data had not reached."""
    wanted = {day - DAY * n for day in days for n in range(AHEAD.days + 1)}
    if as_of_before is not None:
        last = as_of_before.astimezone(zone).date()
        wanted |= {last - DAY * n for n in range(AHEAD.days + 2)}  # a local week may be an hour longer than seven days
    return wanted


@dataclass(frozen=True, slots=True)
class RepeatRecount:
    """Recounts days of one source; the calls of `units` are those in memory."""

    source_id: int
    subjects: Subjects
    local: LocalDays
    units: Sequence[int]

    async def write(self, conn: Connection, database: Database, days: Collection[date], calls: list[Calls]) -> None:
        """Replace the rows of these local days. `calls` is taken over and emptied."""
        ordered = sorted(days)
        for since, until in _spans(ordered):
            calls += await self._neighbours(conn, since, until)
        as_of = await store.data_as_of(conn, self.source_id)
        wanted = np.array([(day - EPOCH).days for day in ordered], dtype=np.int64)
        count = RepeatCount(self.subjects, self.local, None if as_of is None else int(as_of.timestamp()), wanted)
        repeats = await asyncio.to_thread(_count, count, calls)
        if not repeats.certain:
            for run in _runs(ordered):
                await store_rollups.rebuild_legacy_repeats(conn, self.source_id, *run)
            return
        await conn.execute(load("delete_repeat_days"), self.source_id, ordered)
        async with database.connection() as names:
            cells = await store_rollups.ensure_cells(names, 2, self.subjects.lists[2])
        await store_rollups.copy_table(conn, await asyncio.to_thread(repeat_days, repeats, cells, self.source_id))

    async def _neighbours(self, conn: Connection, since: datetime, until: datetime) -> list[Calls]:
        spans = await conn.fetch(load("unit_spans"), self.source_id, list(self.units), since, until)
        if not spans:
            return []
        found: list[Calls] = []
        reader = FactsReader(self.subjects)
        await reader.learn(conn)
        first, last = min(span["first_at"] for span in spans), max(span["last_at"] for span in spans)
        units = [span["unit_id"] for span in spans]
        await reader.read(conn, units, first, last, lambda stored: found.append(_calls(stored)))
        return found


def _calls(stored: StoredCalls) -> Calls:
    return Calls(
        stored.caller_id,
        (stored.started - STARTED_FIRST).astype(np.uint32),
        stored.subject.astype(np.int32),
        (stored.call_id >> ORDER_SHIFT).astype(np.int32),
    )


def _count(count: RepeatCount, calls: list[Calls]) -> Repeats:
    shards = in_shards(calls)
    while shards:
        if parts := shards.pop():
            count.take(joined(parts))
    return count.done()


def _runs(days: Sequence[date], gap: timedelta = DAY) -> Iterable[tuple[date, date]]:
    """Days as half-open intervals; those no further than `gap` apart are one."""
    since = before = days[0]
    for day in days[1:]:
        if day - before > gap:
            yield since, before + DAY
            since = day
        before = day
    yield since, before + DAY


def _spans(days: Sequence[date]) -> Iterable[tuple[datetime, datetime]]:
    """The moments whose calls have to be looked at: generous by a day for the zone, and never the same one twice."""
    for since, until in _runs(days, gap=AHEAD + 4 * DAY):
        first = datetime.combine(since - DAY, time(), UTC)
        yield first, datetime.combine(until + DAY, time(), UTC) + AHEAD
