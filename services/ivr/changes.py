"""Changes of dimensions that change history: made with the rollups that they touch, and published at once.

A change is a row in PostgreSQL and one transaction. It holds the leases of all legacy sources, so no load counts by the
old meaning meanwhile. One process works changes off, in their order; a killed one's change is begun again.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from services.ivr import store, store_callers, store_rollups
from services.ivr.calendar_periods import months_of
from services.ivr.lease import Lease, SourceBusy
from services.ivr.rebuild_rollups import CALLS_TOGETHER, roll_up
from services.ivr.store_rollups import load
from services.ivr.totals import write_legacy_totals
from services.ivr.work import LOAD_TIMEOUT_S
from shared.locks import DIMENSION_CHANGES
from shared.log import log
from shared.loops import Rounds
from shared.postgres import OUTAGES, Connection, Database, DatabaseUnavailable

LOOK_EVERY_S = 2.0  # how soon a change is taken up that another process accepted and did not live to make
BUSY_S = 0.2  # between two attempts while a run works
FLAG_GRAINS = (1, 3)  # those that tell abandoned menus apart
ATTEMPTS_MAX = 5  # what has taken too long this often will do so for ever, and holds every source's lease meanwhile
AGAIN_AFTER_S = 5.0  # after the first attempt that took too long; twice as long after each further one
BROKEN = "Something broke on our side; the log has change_id {}."


@dataclass(frozen=True, slots=True)
class Change:
    change_id: int
    kind: str
    target: str
    wanted: dict[str, Any]
    actor_id: int | None
    request_id: str | None


class Changes:
    """Works changes off in this process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked = asyncio.Event()
        self._finished: dict[int, asyncio.Future[bool]] = {}
        self._rounds = Rounds("changes of dimensions")
        self._slow: dict[int, int] = {}

    async def submit(self, change: Change, requested_by: str) -> int:
        """Queue a change and begin to work on it."""
        async with self._database.connection() as conn:
            number = int(
                await conn.fetchval(
                    load("create_change"),
                    *(change.kind, change.target, json.dumps(change.wanted), requested_by),
                    *(change.actor_id, change.request_id),
                )
            )
        self._finished[number] = asyncio.get_running_loop().create_future()
        self._asked.set()
        return number

    async def settled(self, number: int, patience_s: float) -> bool | None:
        """Whether the change was published, waiting for it a little; None when that is not known yet."""
        done, _ = await asyncio.wait([self._finished[number]], timeout=patience_s)
        del self._finished[number]
        return done.pop().result() if done else None

    async def run(self) -> None:
        """Until cancelled. PostgreSQL's absence is waited out."""
        while True:
            pause_s = LOOK_EVERY_S
            self._asked.clear()  # before looking: what is asked meanwhile is looked at again
            with self._rounds:
                if not await self._work_off():
                    pause_s = BUSY_S
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._asked.wait()

    async def _work_off(self) -> bool:
        """Make what waits; False when another process is at it."""
        async with self._database.connection() as conn:
            if not await conn.fetchval("SELECT pg_try_advisory_lock($1, $2)", *DIMENSION_CHANGES):
                return False
            try:
                while (row := await conn.fetchrow(load("next_change"))) is not None:
                    await self._make(conn, row)
            finally:
                if not conn.is_closed():
                    await conn.execute("SELECT pg_advisory_unlock($1, $2)", *DIMENSION_CHANGES)
            return True

    async def _make(self, conn: Connection, row: asyncpg.Record) -> None:
        number, kind, error = row["change_id"], row["kind"], None
        try:
            await self._publish(Change(**{**row, "wanted": json.loads(row["wanted"])}))
            log.info(f"change {number} of a {kind} is published", change_id=number)
        except TimeoutError:
            if await self._again(number):
                return
            error = BROKEN.format(number)
            log.exception(f"change {number} took too long {ATTEMPTS_MAX} times", change_id=number)
        except (*OUTAGES, DatabaseUnavailable):
            raise  # it stays running, and is begun again
        except Exception:  # noqa: BLE001 - whatever breaks a change becomes its sentence and is logged
            error = BROKEN.format(number)
            log.exception(f"change {number} broke", change_id=number)
        self._slow.pop(number, None)
        if error is not None:
            await conn.execute(load("finish_change"), number, "failed", error)
        if waiting := self._finished.get(number):
            waiting.set_result(error is None)

    async def _again(self, number: int) -> bool:
        """Whether one that took too long may be tried again; pauses before that, and longer each time."""
        attempts = self._slow[number] = self._slow.get(number, 0) + 1
        if attempts >= ATTEMPTS_MAX:
            return False
        log.warning(f"change {number} took too long, and is tried again", change_id=number, attempts=attempts)
        await asyncio.sleep(AGAIN_AFTER_S * 2 ** (attempts - 1))
        return True

    async def _publish(self, change: Change) -> None:
        async with (
            self._all_leases() as leases,
            self._database.transaction(timeout_s=LOAD_TIMEOUT_S) as own,
        ):
            await _apply(own, self._database, change, sorted(leases))
            await own.execute(load("finish_change"), change.change_id, "succeeded", None)
            for lease in leases.values():
                await lease.check(own)

    @asynccontextmanager
    async def _all_leases(self) -> AsyncIterator[dict[int, Lease]]:
        """The leases of all legacy sources; waits for runs to end."""
        async with self._database.connection() as conn:
            rows = await conn.fetch("SELECT source_id FROM ivr.sources WHERE kind = 'legacy' ORDER BY source_id")
        while True:
            async with AsyncExitStack() as stack:
                leases: dict[int, Lease] = {}
                try:
                    for row in rows:
                        lease = Lease.hold(self._database, row["source_id"])
                        leases[row["source_id"]] = await stack.enter_async_context(lease)
                except SourceBusy:
                    leases.clear()
                if leases or not rows:
                    yield leases
                    return
            await asyncio.sleep(BUSY_S)


async def _apply(conn: Connection, database: Database, change: Change, sources: Sequence[int]) -> None:
    if change.kind == "menu":
        await _menu(conn, database, change, sources)
    else:
        await _segment(conn, change, sources)
    await store.move_legacy_versions(conn)


async def _menu(conn: Connection, database: Database, change: Change, sources: Sequence[int]) -> None:
    before = await conn.fetchrow("SELECT menu_id, menu_abandoned FROM ivr.menus WHERE menu_key = $1", change.target)
    assert before is not None  # noqa: S101 - menus are never deleted
    abandoned = change.wanted["abandoned"]
    if abandoned is not None and abandoned != before["menu_abandoned"]:
        await _recount_flag(conn, database, change, sources, {before["menu_id"]: abandoned})
    row = await conn.fetchrow(load("put_menu"), change.target, abandoned, change.wanted["goal"])
    assert row is not None  # noqa: S101 - as above
    details = {"abandoned": row["abandoned"], "goal": row["goal"]}
    await record_event(conn, "MENU_CHANGED", change.actor_id, change.request_id, "menu", row["menu"], details)


async def _recount_flag(
    conn: Connection, database: Database, change: Change, sources: Sequence[int], flags: dict[int, bool]
) -> None:
    """The rollups that tell abandoned menus apart, of all units with calls in this menu, by what it will count as."""
    (menu_id,) = flags
    units = {each: await conn.fetch(load("menu_units"), each, menu_id, timeout=LOAD_TIMEOUT_S) for each in sources}
    zones = {row["source_id"]: row["zone"] for row in await conn.fetch("SELECT source_id, zone FROM ivr.sources")}
    expected = sum(unit["rows_published"] for found in units.values() for unit in found)
    done = 0
    for source_id, found in units.items():
        days = set()
        for some in _together(found):
            days |= await roll_up(conn, database, source_id, zones[source_id], some, grains=FLAG_GRAINS, flags=flags)
            done += sum(unit["rows_published"] for unit in some)
            async with database.connection() as telling:
                await telling.execute(load("change_progress"), change.change_id, expected, done)
        if days:
            await store_rollups.write_months(conn, source_id, months_of(days))
            await write_legacy_totals(conn, source_id, days)


def _together(units: Sequence[asyncpg.Record]) -> Iterator[list[asyncpg.Record]]:
    """As many units as fit in memory."""
    some: list[asyncpg.Record] = []
    calls = 0
    for unit in units:
        if some and calls + unit["rows_published"] > CALLS_TOGETHER:
            yield some
            some, calls = [], 0
        some.append(unit)
        calls += unit["rows_published"]
    if some:
        yield some


async def _segment(conn: Connection, change: Change, sources: Sequence[int]) -> None:
    segment = change.wanted["segment"]
    did_id = await conn.fetchval("SELECT did_id FROM ivr.dids WHERE did = $1 AND segment <> $2", change.target, segment)
    if did_id is not None:
        segments = {**await store_callers.read_segments(conn), did_id: segment}
        for source_id in sources:
            await store_callers.recount_segments(conn, source_id, segments)
    row = await conn.fetchrow(load("put_segment"), change.target, segment)
    assert row is not None  # noqa: S101 - an upsert returns its row
    details = {"from": row["segment_before"], "to": segment}
    await record_event(conn, "SEGMENT_CHANGED", change.actor_id, change.request_id, "did", change.target, details)


async def record_event(
    conn: Connection,
    event: str,
    actor_id: int | None,
    request_id: str | None,
    target_kind: str,
    target_id: str,
    details: dict[str, Any],
) -> None:
    """Into the audit trail, in the transaction of what it tells."""
    await conn.execute(
        load("record_event"),
        *(event, actor_id, target_kind, target_id, request_id, json.dumps(details)),
    )
