"""The rollups of one load: counted while its calls pass by, written in the transaction that publishes the calls."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

import numpy as np

from services.ivr import rollup_rows, store_callers, store_rollups
from services.ivr.aggregate import NO_DURATION, Aggregate, Ints, Rollups, Rows
from services.ivr.calendar_periods import months_of
from services.ivr.cells import GRAINS, Subjects
from services.ivr.kept_calls import KeptCalls
from services.ivr.kept_days import kept, read_first_kept_day
from services.ivr.legacy import Call
from services.ivr.legacy_columns import ColumnChunk, Facts
from services.ivr.load_months import Months, months_of_days
from services.ivr.local_days import LocalDays
from services.ivr.recount_repeats import RepeatRecount, days_looked_ahead_of
from services.ivr.rollup_rows import Numbers, Table, caller_days
from services.ivr.totals import write_legacy_totals
from shared.postgres import Connection, Database
from shared.tasks import settled

EPOCH = date(1970, 1, 1)


class RollupLoad:
    """Takes the calls of a load in any portions; leaves their rollups in the load's transaction.

    `write` once all calls are in, `conclude` once the units are published and the data version has moved.
    """

    def __init__(self, source_id: int, zone: str) -> None:
        self._source_id = source_id
        self._zone = ZoneInfo(zone)
        self.subjects = Subjects()
        self._units: dict[int, int] = {}  # the place of each unit
        self._local = LocalDays(zone)
        self._aggregate = Aggregate(self.subjects, self._local)
        self._kept = KeptCalls(self.subjects)
        self._months: dict[int, Months] = {}  # by grain
        self._numbers: Numbers | None = None

    def place_of(self, unit_id: int) -> int:
        return self._units.setdefault(unit_id, len(self._units))

    def take(self, rows: Rows) -> None:
        if batch := self._aggregate.take(rows):
            self._kept.take(batch)

    async def write(self, conn: Connection, database: Database, grains: Sequence[int] = GRAINS) -> set[date]:
        """Write all that the units own; the local days that they have calls on. Cells get their numbers outside."""
        rollups = await asyncio.to_thread(self._count)
        async with database.connection() as names:
            cells = {g: await store_rollups.ensure_cells(names, g, self.subjects.lists[g]) for g in grains}
        self._numbers = numbers = Numbers(self._source_id, np.array([*self._units], dtype=np.int64), cells)
        tables = _tables(rollups, numbers)
        if tuple(grains) == GRAINS:
            tables = chain(tables, caller_days(self._kept.caller_sets(), self.subjects.did_ids, numbers))
        await _copy(conn, tables)
        return {EPOCH + timedelta(days=day) for day in np.unique(rollups.days[1].bucket).tolist()}

    async def conclude(
        self, conn: Connection, database: Database, days: set[date], as_of_before: datetime | None
    ) -> None:
        """Write anew what looks beyond units: months, different callers, repeats. `days` are those that changed."""
        if not days:
            return
        await self._write_months(conn, months_of(days))
        await write_legacy_totals(conn, self._source_id, days)
        await store_callers.recount_callers(conn, self._source_id, days)
        await self.recount_repeats(conn, database, days_looked_ahead_of(days, as_of_before, self._zone))

    async def _write_months(self, conn: Connection, months: Sequence[date]) -> None:
        """From memory where no other unit has calls, else from the days in PostgreSQL."""
        others = set(months)
        if (numbers := self._numbers) is not None:
            others = await store_rollups.months_of_other_units(conn, self._source_id, months, [*self._units])
            own = [month for month in months if month not in others]
            firsts = [(month - EPOCH).days for month in own]
            tables = (rollup_rows.months(self._months[grain].of(firsts), grain, numbers) for grain in numbers.cells)
            await store_rollups.replace_months(conn, self._source_id, own, tables)
        if others:
            await store_rollups.write_months(conn, self._source_id, sorted(others))

    async def recount_repeats(self, conn: Connection, database: Database, days: set[date]) -> None:
        """Write the repeats of these days anew; calls that are not in memory are read from facts.

        Days with calls that retention has dropped keep theirs.
        """
        days = kept(days, await read_first_kept_day(conn, self._zone))
        if not days:
            return
        calls, self._kept.blocks = [block.calls for block in self._kept.blocks], []
        repeats = RepeatRecount(self._source_id, self.subjects, self._local, [*self._units])
        await repeats.write(conn, database, days, calls)

    def _count(self) -> Rollups:
        if batch := self._aggregate.flush():
            self._kept.take(batch)
        rollups = self._aggregate.done()
        self._aggregate = Aggregate(self.subjects, self._local)  # its partial results have become these
        self._months = {
            grain: months_of_days(counted, rollups.day_sketches.get(grain)) for grain, counted in rollups.days.items()
        }
        return rollups


def _tables(rollups: Rollups, numbers: Numbers) -> Iterator[Table]:
    yield rollup_rows.quarter_hours(rollups.quarter_hours, numbers)
    yield rollup_rows.hours(rollups.hours, rollups.hour_sketches, numbers)
    for grain in numbers.cells:
        counted = rollups.days[grain]
        yield rollup_rows.days(counted, grain, rollups.day_sketches.get(grain), numbers)


async def _copy(conn: Connection, tables: Iterator[Table]) -> None:
    """Each is packed while PostgreSQL takes the one before it: no more than two are in memory."""
    packing = asyncio.create_task(asyncio.to_thread(next, tables, None))
    try:
        while (table := await packing) is not None:
            packing = asyncio.create_task(asyncio.to_thread(next, tables, None))
            await store_rollups.copy_table(conn, table)
    finally:
        # A thread cannot be stopped: what failed here must not end while it works on the load's memory.
        await settled(packing)


def rows_of(chunk: ColumnChunk, units: Mapping[date, int], subjects: Ints) -> Rows:
    """The calls of a chunk; `units` has the place of each date, `subjects` that of each combination."""
    parts = []
    if chunk.facts is not None and len(chunk.facts):
        parts.append(_rows_of_facts(chunk.facts, units, subjects))
    if chunk.calls:
        parts.append(_rows_of_calls(chunk.calls, units, subjects))
    return Rows.joined(parts)


def _rows_of_facts(facts: Facts, units: Mapping[date, int], subjects: Ints) -> Rows:
    places = np.array([units.get(day, 0) for day in facts.dates], dtype=np.int64)
    return Rows(
        unit=places[facts.units],
        subject=subjects[facts.combination],
        started=facts.started,
        duration_s=facts.duration_s,
        line=facts.line_kind * 2 + facts.swapped,
        caller_id=facts.caller_id,
        call_id=facts.call_id,
    )


def _rows_of_calls(calls: list[Call], units: Mapping[date, int], subjects: Ints) -> Rows:
    def column(values: list[int]) -> Ints:
        return np.array(values, dtype=np.int64)

    return Rows(
        unit=column([units[call.unit] for call in calls]),
        subject=subjects[column([call.combination for call in calls])],
        started=column([call.started for call in calls]),
        duration_s=column([NO_DURATION if call.duration_s is None else call.duration_s for call in calls]),
        line=column([call.line_kind * 2 + call.swapped for call in calls]),
        caller_id=column([call.caller_id for call in calls]),
        call_id=column([call.call_id for call in calls]),
    )
