"""Rollups of facts that were published without: made in the background, in steps that each leave a usable state.

A step holds the source's lease and is one transaction: the units of a million calls, or what hangs on one month. A
killed process loses its step; runs go on between the steps.
"""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import asyncpg
import numpy as np

from services.ivr import store, store_callers, store_rollups
from services.ivr.aggregate import Rows
from services.ivr.calendar_periods import next_month
from services.ivr.cells import GRAINS
from services.ivr.fill_totals import fill_totals
from services.ivr.lease import Lease, LeaseLost, SourceBusy
from services.ivr.load_rollups import RollupLoad
from services.ivr.store_facts import FactsReader, StoredCalls
from services.ivr.store_rollups import load
from services.ivr.totals import write_legacy_totals
from services.ivr.work import LOAD_TIMEOUT_S
from shared.log import log
from shared.loops import Rounds
from shared.postgres import OUTAGES, Connection, Database, DatabaseUnavailable

CALLS_TOGETHER = 1_000_000  # some seconds and 100 MB
FILL_EVERY_S = 600.0  # days that small batches touch get their totals then
LOOK_EVERY_S = 5.0  # how soon a source without rollups is noticed: one small query
AGAIN_AFTER_S = 60.0  # what broke once breaks again: the log must stay readable
BUSY_S = 0.5  # between two attempts while a run of the source works
BROKEN = "The rollups could not be made; the log says why. They are tried again."


@dataclass(frozen=True, slots=True)
class Incomplete:
    """A source whose rollups do not hold all of its facts."""

    source_id: int
    source: str
    zone: str
    months_until: date | None


class Rebuilder:
    """Completes the rollups of every source, one step after the other."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked = asyncio.Event()
        self._rollups, self._totals = Rounds("rollups"), Rounds("totals")

    def wake(self) -> None:
        self._asked.set()

    async def run(self) -> None:
        """Until cancelled. What fails is told and tried again."""
        fill_at = time.monotonic()
        while True:
            pause_s = LOOK_EVERY_S
            self._asked.clear()
            with self._rollups:
                if await self.complete():
                    pause_s = AGAIN_AFTER_S
            with self._totals:
                if time.monotonic() >= fill_at:
                    done = await fill_totals(self._database)
                    fill_at = time.monotonic() + (FILL_EVERY_S if done else AGAIN_AFTER_S)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._asked.wait()

    async def complete(self) -> set[int]:
        """Work until every source is complete; the sources that cannot be got on with."""
        stuck: set[int] = set()
        while left := [each for each in await self._incomplete() if each.source_id not in stuck]:
            for each in left:
                try:
                    await self._step(each)
                except SourceBusy:
                    await asyncio.sleep(BUSY_S)
                except LeaseLost:
                    continue
                except TimeoutError:  # a statement's own limit: begun again at once it would take as long again
                    await self._broke(each)
                    stuck.add(each.source_id)
                except (*OUTAGES, DatabaseUnavailable):
                    raise
                except Exception:  # noqa: BLE001 - logged with its trace and noted; other sources go on
                    await self._broke(each)
                    stuck.add(each.source_id)
        return stuck

    async def _broke(self, source: Incomplete) -> None:
        log.exception(f"the rollups of {source.source} could not be made", source=source.source)
        async with self._database.connection() as conn:
            await conn.execute(load("fail_rollup_state"), source.source_id, BROKEN)

    async def _incomplete(self) -> list[Incomplete]:
        async with self._database.connection() as conn:
            return [Incomplete(**row) for row in await conn.fetch(load("incomplete_rollups"))]

    async def _step(self, source: Incomplete) -> None:
        async with (
            Lease.hold(self._database, source.source_id) as lease,
            self._database.transaction(timeout_s=LOAD_TIMEOUT_S) as conn,
        ):
            units = await conn.fetch(load("pending_units"), source.source_id, CALLS_TOGETHER, timeout=LOAD_TIMEOUT_S)
            if units:
                await self._units(conn, source, units)
            else:
                await self._month(conn, source)
            await lease.check(conn)

    async def _units(self, conn: Connection, source: Incomplete, units: Sequence[asyncpg.Record]) -> None:
        ids = [unit["unit_id"] for unit in units]
        await roll_up(conn, self._database, source.source_id, source.zone, units)
        await conn.execute(load("units_rolled_up"), ids, timeout=LOAD_TIMEOUT_S)
        # Months, callers and repeats begin from the first month again, for any of them may have got new days.
        await _tell(conn, source, phase="units", months_until=None)
        calls = sum(unit["rows_published"] for unit in units)
        log.info(f"rolled up {calls} calls of {source.source}", source=source.source, rows=calls)

    async def _month(self, conn: Connection, source: Incomplete) -> None:
        about = (source.source_id, source.months_until)
        month = await conn.fetchval(load("next_rollup_month"), *about, timeout=LOAD_TIMEOUT_S)
        if month is None:
            await _tell(conn, source, phase="complete", months_until=None, complete=True)
            await store.move_data_version(conn, source.source_id, None)
            log.info(f"the rollups of {source.source} are complete", source=source.source)
            return
        until = next_month(month)
        rows = await conn.fetch(load("rollup_days"), source.source_id, month, until, timeout=LOAD_TIMEOUT_S)
        days = {row["day"] for row in rows}
        await store_rollups.write_months(conn, source.source_id, [month])
        await write_legacy_totals(conn, source.source_id, days)
        await store_callers.recount_callers(conn, source.source_id, days)
        await RollupLoad(source.source_id, source.zone).recount_repeats(conn, self._database, days)
        await _tell(conn, source, phase=f"month {month:%Y-%m}", months_until=until)


async def _tell(
    conn: Connection, source: Incomplete, *, phase: str, months_until: date | None, complete: bool = False
) -> None:
    await conn.execute(load("put_rollup_state"), source.source_id, complete, phase, months_until)


async def roll_up(
    conn: Connection,
    database: Database,
    source_id: int,
    zone: str,
    units: Sequence[asyncpg.Record],
    *,
    grains: Sequence[int] = GRAINS,
    flags: dict[int, bool] | None = None,
) -> set[date]:
    """Replace the rollup rows of these units by those of their facts; the local days that they have calls on.

    With fewer grains than all only what these need is written. `flags` says of menus what they are about to count as.
    """
    ids = [unit["unit_id"] for unit in units]
    rollups = RollupLoad(source_id, zone)
    places = {unit_id: rollups.place_of(unit_id) for unit_id in ids}
    table = np.zeros(max(ids) + 1, dtype=np.int64)
    table[[*places]] = [*places.values()]

    def take(calls: StoredCalls) -> None:
        rollups.take(
            Rows(
                unit=table[calls.unit_id],
                subject=calls.subject,
                started=calls.started,
                duration_s=calls.duration_s,
                line=calls.line,
                caller_id=calls.caller_id,
                call_id=calls.call_id,
            )
        )

    reader = FactsReader(rollups.subjects)
    await reader.learn(conn, flags)
    firsts = [unit["first_started_at"] for unit in units if unit["first_started_at"] is not None]
    if firsts:
        last = max(unit["last_started_at"] for unit in units if unit["last_started_at"] is not None)
        await reader.read(conn, ids, min(firsts), last, take)
    await store_rollups.delete_unit_rollups(conn, ids, grains)
    return await rollups.write(conn, database, grains)
