"""Reconciliations as jobs: one a source at a time, kept in PostgreSQL, one at once in this process."""

import asyncio
from contextlib import AsyncExitStack
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from services.ivr import key_epochs, store, store_reconcile
from services.ivr.config import Source
from services.ivr.kept_days import read_first_kept_day
from services.ivr.key_epochs import KeyProblem
from services.ivr.keys import Keys
from services.ivr.reconcile_asterisk import reconcile_asterisk
from services.ivr.reconcile_legacy import Overtaken, reconcile_legacy
from services.ivr.sources.errors import SourceError
from services.ivr.sources.guard import guarded
from services.ivr.sources.legacy import Window
from services.ivr.work import Request
from shared.errors import Conflict
from shared.log import log
from shared.postgres import OUTAGES, Database, DatabaseUnavailable
from shared.tasks import end

BROKEN = "Something broke on our side; the log has reconciliation_id {}."
INTERRUPTED = "The process that worked on this reconciliation ended before it did; ask for it again."


def window_of_kept(window: Window, first: date | None) -> tuple[Window, list[str]]:
    """The part of the window whose calls are there, and what to say of the rest. Pure."""
    if first is None or (window.since is not None and window.since >= first):
        return window, []
    until = None if window.until is None else max(window.until, first)
    return Window(first, until), [f"Days before {first} were not compared: retention has removed their calls."]


class ReconciliationRunning(Conflict):
    """A reconciliation of this source is already working; wait for it."""


class Reconciler:
    """Compares sources in this process."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database = database
        self._keys = keys
        self._tasks: dict[int, asyncio.Task[None]] = {}
        # A second one would read a second source at full speed and take a core from the runs.
        self._slot = asyncio.Semaphore(1)

    async def submit(self, source: Source, request: Request, *, deep: bool, requested_by: str) -> int:
        """Begin to compare. ReconciliationRunning when one of this source works, here or elsewhere."""
        async with AsyncExitStack() as held:
            lock = await held.enter_async_context(self._database.connection())
            source_id = await store.upsert_source(lock, source.id, source.kind, source.zone)
            # Whoever works on it holds the lock for as long as its connection lives: taken before the row is there.
            if not await store_reconcile.try_lock(lock, source_id):
                raise ReconciliationRunning
            for left, _ in await store_reconcile.running(lock, source_id):
                await store_reconcile.fail(lock, left, INTERRUPTED)
            asked: dict[str, Any] = {**request.as_dict(), "deep": deep}
            number = await store_reconcile.create(lock, source_id, asked, requested_by)
            work = self._work(number, source, source_id, request, deep=deep, held=held.pop_all())
        task = self._tasks[number] = asyncio.create_task(work, name=f"reconciliation-{number}")
        task.add_done_callback(lambda _: self._tasks.pop(number, None))
        return number

    async def wait(self, number: int) -> None:
        if number in self._tasks:
            await self._tasks[number]

    async def recover(self) -> None:
        """Mark what a killed process left; nothing is taken up: a comparison is asked for, not owed."""
        async with self._database.connection() as conn:
            for number, source_id in await store_reconcile.running(conn):
                if number not in self._tasks and await store_reconcile.try_lock(conn, source_id):
                    await store_reconcile.fail(conn, number, INTERRUPTED)
                    await store_reconcile.unlock(conn, source_id)

    async def close(self) -> None:
        await end(list(self._tasks.values()))

    async def _work(
        self, number: int, source: Source, source_id: int, request: Request, *, deep: bool, held: AsyncExitStack
    ) -> None:
        if source.allow_privileged:
            structlog.contextvars.bind_contextvars(allow_privileged=True)  # of this task
        async with held:  # its connection goes back to the pool at the end, and the lock with it
            try:
                await self._attempt(number, source, source_id, request, deep=deep)
            except (SourceError, Overtaken, KeyProblem) as error:
                await self._fail(number, str(error))
            except (*OUTAGES, DatabaseUnavailable):
                await self._fail(number, "PostgreSQL went away in the middle of the comparison; ask for it again.")
            except Exception:  # noqa: BLE001 - whatever breaks becomes a sentence and is logged
                log.exception(f"reconciliation {number} broke", source=source.id, reconciliation_id=number)
                await self._fail(number, BROKEN.format(number))

    async def _attempt(self, number: int, source: Source, source_id: int, request: Request, *, deep: bool) -> None:
        compare = reconcile_legacy if source.kind == "legacy" else reconcile_asterisk
        async with self._slot:
            source = guarded(self._database, source)
            async with self._database.connection() as conn:
                self._keys = (await key_epochs.fitting(conn, self._keys)).keys
                first = await read_first_kept_day(conn, ZoneInfo(source.zone))
            window, notes = window_of_kept(request.window, first)
            found = await compare(self._database, self._keys, source, source_id, window, deep=deep)
            found.notes.extend(notes)
        async with self._database.transaction() as conn:
            await store_reconcile.finish(conn, number, found)
        different = len(found.different)
        level = log.warning if different else log.info
        level(f"{source.id} and the warehouse differ in {different} cells", source=source.id, different=different)

    async def _fail(self, number: int, sentence: str) -> None:
        try:
            async with self._database.connection() as conn:
                await store_reconcile.fail(conn, number, sentence)
        except (*OUTAGES, DatabaseUnavailable):
            log.warning("a failed reconciliation could not be noted", reconciliation_id=number)
