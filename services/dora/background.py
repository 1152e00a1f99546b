"""What one process of all does beside answering: reads events that wait to be read, and looks into repositories.

The lead is a lock that lives and dies with its connection, so another process leads within a tick of a kill.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg

from services.dora import store_events as store
from services.dora import store_repositories
from services.dora.clones import RefusedError, allowed, git_folder, sync
from services.dora.delivery.git import GitError
from services.dora.histories import Histories
from services.dora.reading import read_unread
from services.dora.rulebook import RuleBook, RulesUnreadable
from services.dora.webhooks.told import Reading
from shared.locks import DORA_LEADER
from shared.log import log
from shared.loops import Rounds
from shared.postgres import OUTAGES, Connection, Database, DatabaseUnavailable

TICK_S = 2.0
LOOK_EVERY = timedelta(minutes=5)  # a look without anything new takes tens of milliseconds
CONNECTIONS_MAX = 2  # the lock, and the work
BATCH_EVENTS = 200  # bodies of ten MiB would be too many at once; usual ones have 20 KiB
OTHERS = timedelta(seconds=5)  # so long an event is left to the process that kept it, which knows what it tells
BROKEN = "reading this event broke; the log of that moment knows why"
LOOK_BROKEN = "looking into it broke; the log of that moment knows why"


class Leader:
    """Leads or waits to lead."""

    def __init__(self, database: Database, histories: Histories, roots: Sequence[Path], rules: RuleBook) -> None:
        self._database, self._histories, self._roots, self._rules = database, histories, roots, rules
        self._leading, self._events = Rounds("the lead of events"), Rounds("events that wait to be read")
        self._repositories = Rounds("looks into repositories")

    async def run(self) -> None:
        """Until cancelled. PostgreSQL's absence is waited out."""
        while True:
            with self._leading:
                async with self._database.connection() as conn:
                    if await conn.fetchval("SELECT pg_try_advisory_lock($1, $2)", *DORA_LEADER):
                        try:
                            await self._lead(conn)
                        finally:
                            if not conn.is_closed():
                                await conn.execute("SELECT pg_advisory_unlock($1, $2)", *DORA_LEADER)
            await asyncio.sleep(TICK_S)

    async def _lead(self, lock: Connection) -> None:
        log.info("this process reads events that wait")
        while True:
            await lock.execute("SELECT 1")  # raises when the connection, and the lead with it, is gone
            with self._events:
                await self._read()
            with self._repositories:
                await look_into_next(self._database, self._histories, self._roots)
            await asyncio.sleep(TICK_S)

    async def _read(self) -> None:
        try:
            await read_otherwise(self._database, self._rules)
            await read_waiting(self._database, self._rules.reading())
        except RulesUnreadable as error:
            log.warning("events wait for rules that can be read", error=str(error))


async def look_into_next(database: Database, histories: Histories, roots: Sequence[Path]) -> bool:
    """Bring the clone of one repository up to date, off the event loop; whether there was one to look into."""
    async with database.transaction(readonly=True) as conn:
        row = await store_repositories.next_repository(conn, LOOK_EVERY)
    if row is None:
        return False
    refs_sha256 = problem = None
    try:
        refs_sha256 = await asyncio.to_thread(_look, Path(row["path"]), histories.clone_of(row["repository_id"]), roots)
    except (RefusedError, GitError, OSError) as error:
        problem = str(error)
        log.warning("a repository could not be looked into", repository=row["name"], problem=problem)
    except Exception:  # noqa: BLE001 - logged with its trace and noted with it: the next one is looked into
        problem = LOOK_BROKEN
        log.exception("looking into a repository broke", repository=row["name"])
    async with database.transaction() as conn:
        await store_repositories.put_sync(
            conn, row["repository_id"], asked_at=row["asked_at"], refs_sha256=refs_sha256, problem=problem
        )
    return True


def _look(path: Path, clone: Path, roots: Sequence[Path]) -> str:
    """Everything is checked again: the path may lead somewhere else by now."""
    real = allowed(path, roots)
    git_folder(real)
    return sync(real, clone)


async def read_otherwise(database: Database, rules: RuleBook) -> None:
    """Let what was read by other rules than those of now wait again, and keep every version that was ever used."""
    current, reading = rules.current(), rules.reading()
    async with database.transaction() as conn:
        await store.insert_rules(conn, current.version, json.dumps(asdict(current)), reading.version)
        await store.put_unread_read_otherwise(conn, reading.version)


async def read_waiting(database: Database, rules: Reading, *, came_before: timedelta = OTHERS) -> int:
    """Read everything that has waited so long, batch by batch; how many events were read."""
    done = 0
    while True:
        async with database.transaction() as conn:
            rows = await store.unread_events(conn, BATCH_EVENTS, came_before=came_before)
            events = [_event(row) for row in rows]
        if not events:
            return done
        try:
            await _read(database, events, rules)
        except (*OUTAGES, DatabaseUnavailable):
            raise
        except Exception:  # noqa: BLE001 - whatever broke, the others of the batch are read
            log.exception("a batch of events could not be read; they are read one by one", events=len(events))
            for event in events:
                await _read_alone(database, event, rules)
        done += len(events)


async def _read(database: Database, events: Sequence[dict[str, Any]], rules: Reading) -> None:
    async with database.transaction() as conn:
        await read_unread(conn, events, rules)


async def _read_alone(database: Database, event: dict[str, Any], rules: Reading) -> None:
    """One event that breaks must not hold up all others for ever: it is marked as not understood."""
    try:
        await _read(database, [event], rules)
    except (*OUTAGES, DatabaseUnavailable):
        raise
    except Exception:  # noqa: BLE001 - recorded with the event
        log.exception("an event could not be read", event_id=event["event_id"])
        async with database.transaction() as conn:
            await store.lock_reading(conn)
            if await store.take_unread(conn, [event["event_id"]]):
                await store.forget_reading(conn, [event["event_id"]])
                await store.insert_readings(conn, [(event["event_id"], "not_understood", BROKEN, rules.version)])


def _event(row: asyncpg.Record) -> dict[str, Any]:
    return {**row, "headers": json.loads(row["headers"])}
