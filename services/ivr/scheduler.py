"""Starts runs when they are due. Every service process has one; the one that holds a lock in PostgreSQL leads.

The lock lives and dies with its connection, so another process leads within a second of a kill. What was missed while
nobody ran is due at once: the next time is counted from the last run, not from the clock.
"""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from services.ivr import key_epochs
from services.ivr.config import Source
from services.ivr.lease import SourceBusy
from services.ivr.runner import Runner
from services.ivr.schedule import FAILED_SPACING, REQUESTED_BY, LastRun, current_table, next_run_at, nightly_tables
from services.ivr.sources.errors import SourceError
from services.ivr.sources.guard import guarded
from services.ivr.sources.legacy import open_legacy
from services.ivr.store import load
from services.ivr.work import Request
from shared.locks import SCHEDULES_LEADER
from shared.log import log
from shared.postgres import OUTAGES, Connection, Database, DatabaseUnavailable

TICK_S = 1.0  # an interval of ten seconds is kept to a tenth
NAMES_TIMEOUT_S = 10.0  # for the names of a source's tables; the other sources wait for their turn meanwhile
PRUNE_EVERY = timedelta(hours=1)
EMPTY_RUNS_KEPT = timedelta(days=1)  # 8 640 runs a day that found nothing new are told by the newest of them


@dataclass(frozen=True, slots=True)
class SourceState:
    """What PostgreSQL knows of one source's runs."""

    last: LastRun | None
    row: Mapping[str, Any]

    @property
    def loaded_before(self) -> bool:
        return bool(self.row["has_units"])


async def source_states(conn: Connection) -> dict[str, SourceState]:
    """The last run of each source that counts for its schedule."""
    states = {}
    for row in await conn.fetch(load("last_runs")):
        last = None if row["run_id"] is None else LastRun(row["state"], row["queued_at"], row["finished_at"])
        states[row["source"]] = SourceState(last, dict(row))
    return states


class Scheduler:
    """Leads or waits to lead."""

    def __init__(self, database: Database, runner: Runner) -> None:
        self._database = database
        self._runner = runner
        self._pruned_at = datetime.min.replace(tzinfo=UTC)
        self._not_before: dict[str, datetime] = {}  # sources whose run could not be begun
        # A daily source that never ran is counted from here: a moment that moves on would never be reached.
        self._began = datetime.now(UTC)

    async def run(self) -> None:
        """Until cancelled. PostgreSQL's absence is waited out."""
        while True:
            try:
                async with AsyncExitStack() as held:
                    conn = await held.enter_async_context(self._database.connection())
                    while not await conn.fetchval("SELECT pg_try_advisory_lock($1, $2)", *SCHEDULES_LEADER):  # noqa: ASYNC110 - the event is in another process
                        await asyncio.sleep(TICK_S)
                    log.info("this process starts the scheduled runs")
                    while True:
                        await self.tick(conn, datetime.now(UTC))
                        await asyncio.sleep(TICK_S)
            except (*OUTAGES, DatabaseUnavailable, asyncpg.PostgresError) as error:
                log.warning("schedules wait for PostgreSQL", error=type(error).__name__)
            await asyncio.sleep(TICK_S)

    async def tick(self, conn: Connection, now: datetime) -> list[int]:
        """Start what is due; the ids of the runs."""
        started: list[int] = []
        if await key_epochs.renewing(conn):
            return started  # nobody publishes with the key of before; what is missed is made up afterwards
        states = await source_states(conn)
        for source in self._runner.sources.values():
            state = states.get(source.id)
            if source.schedule is None or state is None or not self._due(source, state, now):
                continue
            try:
                request = await _request(guarded(self._database, source), state, now)
                started.append(await self._runner.submit(source, request, requested_by=REQUESTED_BY))
            except SourceBusy:
                continue  # a run of a part of it works; the next tick asks again
            except (*OUTAGES, DatabaseUnavailable):
                raise
            except Exception:  # noqa: BLE001 - one source must not keep the others from being read
                self._not_before[source.id] = now + FAILED_SPACING
                log.exception(f"the due run of {source.id} could not be begun", source=source.id)
        if now - self._pruned_at >= PRUNE_EVERY:
            self._pruned_at = now
            await _prune(conn)
        return started

    def _due(self, source: Source, state: SourceState, now: datetime) -> bool:
        since = self._began if state.last is None else now
        due = next_run_at(source.schedule, source.zone, source.pauses, state.last, since)
        if due is None or max(due, self._not_before.get(source.id, due)) > now:
            return False
        # A time that was missed may be made up for inside a pause only after its end.
        return not any(pause.covers(now, ZoneInfo(source.zone)) for pause in source.pauses)


async def _request(source: Source, state: SourceState, now: datetime) -> Request:
    """What a scheduled run reads: a legacy source whole the first time, then the tables that still change."""
    if source.kind != "legacy" or not state.loaded_before:
        return Request()
    today = now.astimezone(ZoneInfo(source.zone)).date()
    try:
        async with asyncio.timeout(NAMES_TIMEOUT_S), open_legacy(source, ()) as tables:
            names = [table.name for table in tables]
    except (SourceError, TimeoutError):
        # The run says what is wrong with the source; should it be back by then, it reads the current quarter.
        return Request(tables=(current_table(today),))
    return Request(tables=tuple(nightly_tables(names, today, source.nightly_days)))


async def _prune(conn: Connection) -> None:
    async with conn.transaction():
        rows = await conn.fetch(load("prune_empty_runs"), EMPTY_RUNS_KEPT)
        await conn.execute(load("delete_runs"), [row["run_id"] for row in rows])
