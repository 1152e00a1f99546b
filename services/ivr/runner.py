"""Runs of sources: asked for, worked on, interrupted, taken up again.

A run lives in PostgreSQL, not in this process: whoever starts next finds what a killed process left, marks it failed
with a sentence, and takes its work up in a new run.
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import structlog

from services.ivr import key_epochs, store
from services.ivr.config import Source
from services.ivr.examine import examine
from services.ivr.ingest_asterisk import ingest_asterisk
from services.ivr.ingest_legacy import ingest_legacy
from services.ivr.key_epochs import KeyProblem
from services.ivr.keys import Keys, show_nul
from services.ivr.lease import Lease, LeaseLost, SourceBusy, is_gone
from services.ivr.manners import keep_manners
from services.ivr.memory import collecting_rarely, forget_failed_load
from services.ivr.pausing import note_care, wait_out
from services.ivr.read_again import reading_again
from services.ivr.rekey import rekey
from services.ivr.schedule import REQUESTED_BY, paused
from services.ivr.sources import guard
from services.ivr.sources.errors import SourceDamaged, SourceError, SourceUnavailable
from services.ivr.sources.guard import SourcePaused, guarded
from services.ivr.store import UnfinishedRun
from services.ivr.work import Cancelled, Progress, Request, Work
from shared.errors import Conflict
from shared.log import log
from shared.postgres import OUTAGES, Connection, Database, DatabaseUnavailable
from shared.tasks import beside, end

ATTEMPTS_MAX = 5  # interrupted this often, something kills it on purpose: a person must look
SOURCE_ATTEMPTS_MAX = 3  # a source that breaks off three times in a row is reported, the next schedule tries again
BACKOFF_FIRST_S = 0.5
BACKOFF_MAX_S = 30.0
REPORT_EVERY_S = 0.5  # how fresh progress is, and how fast cancel is seen
SIGN_OF_LIFE_S = 3.0  # a run heard of more recently than this is in the hands of a living process
RUNS_AT_ONCE = 2  # each keeps a core busy, the smallest supported machine has two
# Lock, load, names, progress and two locks of connections of each; two to look for old runs, two for checks.
CONNECTIONS_OF_RUNS_MAX = 6 * RUNS_AT_ONCE + 4

OUTAGES_MAX = 10  # broken off so often although PostgreSQL answers, something of it or of ours breaks it each time
OUTCOMES_KEPT = 100  # of ended runs, for who waits for one; a source of ten seconds has 8 640 a day
BUSY_ATTEMPTS_MAX = 10  # a lock whose holder just died is free again within seconds
BROKEN = "Something broke on our side; the log has run_id {}."
BROKEN_OFF = "Its connection to PostgreSQL broke off {} times although PostgreSQL answers; the log has run_id {}."
INTERRUPTED = "The process that worked on this run ended before the run did; nothing half-done was published."


@dataclass(frozen=True, slots=True)
class Outcome:
    run_id: int
    state: str
    error: str | None = None


class Runner:
    """Works runs off in this process. One for the service, one for `iact ingest FILE…`."""

    def __init__(self, database: Database, keys: Keys, sources: Sequence[Source], *, gives_way: bool = True) -> None:
        self._database = database
        self._gives_way = gives_way
        self._keys = keys
        self._sources = {source.id: source for source in sources}
        self._tasks: dict[int, asyncio.Task[Outcome]] = {}
        self._work: dict[int, Work] = {}
        self._slots = asyncio.Semaphore(RUNS_AT_ONCE)

    @property
    def sources(self) -> dict[str, Source]:
        return self._sources

    @property
    def scheduled(self) -> frozenset[str]:
        """The sources that are read by themselves; all others are read when a person has them read."""
        return frozenset(source.id for source in self._sources.values() if source.schedule is not None)

    async def declare(self) -> None:
        """Make the declared sources known to the database, so that they are shown before their first run."""
        async with self._database.connection() as conn:
            for source in self._sources.values():
                await store.upsert_source(conn, source.id, source.kind, source.zone)

    async def recover(self) -> list[int]:
        """Take up what a killed process left: its runs are marked failed and asked for again."""
        async with self._database.connection() as conn:
            left = await store.unfinished_runs(conn)
        return [run_id for run in left if (run_id := await self._take_up(run)) is not None]

    async def submit(
        self, source: Source, request: Request, *, requested_by: str, idempotency_key: str | None = None
    ) -> int:
        """Queue a run and begin to work on it. SourceBusy when one is queued or running."""
        if requested_by != REQUESTED_BY and paused(guard.utc_now(), ZoneInfo(source.zone), source.pauses):
            request = replace(request, in_pause=True)
        async with self._database.connection() as conn:
            source_id = await store.upsert_source(conn, source.id, source.kind, source.zone)
            for _ in range(2):
                try:
                    run_id = await store.create_run(
                        conn,
                        source_id,
                        request.as_dict(),
                        requested_by=requested_by,
                        idempotency_key=idempotency_key,
                    )
                    break
                except asyncpg.UniqueViolationError as conflict:
                    if "one_per_source" not in str(conflict):
                        raise Conflict("This Idempotency-Key was used a moment ago; ask for its run.") from conflict
                    await self._free(source_id)
            else:
                raise SourceBusy(source_id, f"A run of {source.id} is already working; wait for it or cancel it.")
        self._begin(run_id, source, source_id, request)
        return run_id

    async def wait(self, run_id: int) -> Outcome:
        return await self._tasks[run_id]

    def cancel(self, run_id: int) -> None:
        """Stop a run of this process at once; one of another process reads the request from the database."""
        if run_id in self._work:
            self._work[run_id].cancelled.set()

    def progress(self, run_id: int) -> Progress | None:
        work = self._work.get(run_id)
        return work.progress if work else None

    async def close(self) -> None:
        """Let go of running loads: they stay `running` in the database and are taken up by the next start."""
        await end(list(self._tasks.values()))

    async def _free(self, source_id: int) -> None:
        """Mark what a killed process left of this source; a live one is left alone."""
        async with self._database.connection() as conn:
            for run in await store.unfinished_runs(conn, source_id):
                if _may_live(run):
                    return
                if await store.try_lock(conn, source_id):
                    await store.finish_run(conn, run.run_id, "failed", INTERRUPTED)
                    await store.unlock(conn, source_id)

    async def _take_up(self, run: UnfinishedRun) -> int | None:
        at_work = self._tasks.get(run.run_id)
        if (at_work is not None and not at_work.done()) or _may_live(run):
            return None
        source = self._sources.get(run.source)
        async with self._database.connection() as conn:
            if not await store.try_lock(conn, run.source_id):
                return None  # another process works on it
            try:
                run_id = await self._next_run(conn, run, source)
            finally:
                await store.unlock(conn, run.source_id)
        if run_id is not None and source is not None:
            self._begin(run_id, source, run.source_id, Request.from_dict(run.request))
        return run_id

    async def _next_run(self, conn: Connection, run: UnfinishedRun, source: Source | None) -> int | None:
        """The run that does the work of an interrupted one; None when only a person can."""
        if source is None:
            await store.finish_run(conn, run.run_id, "failed", f"{INTERRUPTED} Give its files to `iact ingest` again.")
            return None
        if run.state == "queued":
            return run.run_id
        if run.attempt >= ATTEMPTS_MAX:
            await store.finish_run(conn, run.run_id, "failed", f"{INTERRUPTED} It was tried {run.attempt} times.")
            return None
        async with conn.transaction():
            await store.finish_run(conn, run.run_id, "failed", f"{INTERRUPTED} The next run takes it up.")
            run_id = await store.create_run(
                conn,
                run.source_id,
                run.request,
                requested_by=run.requested_by,
                retry_of=run.run_id,
                attempt=run.attempt + 1,
            )
        log.warning(f"run {run.run_id} was interrupted; run {run_id} takes it up", source=source.id, run_id=run_id)
        return run_id

    def _begin(self, run_id: int, source: Source, source_id: int, request: Request) -> None:
        for ended in [each for each, task in self._tasks.items() if task.done()][:-OUTCOMES_KEPT]:
            del self._tasks[ended]
        task = asyncio.create_task(self._run(run_id, source, source_id, request), name=f"run-{run_id}")
        self._tasks[run_id] = task
        task.add_done_callback(partial(self._ended, run_id))

    def _ended(self, run_id: int, task: asyncio.Task[Outcome]) -> None:
        self._work.pop(run_id, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            # Nobody works on it any more, and the database does not know: it is found as a killed process's is.
            log.error(f"run {run_id} was left", run_id=run_id, exc_info=error)

    async def _run(self, run_id: int, source: Source, source_id: int, request: Request) -> Outcome:
        if source.allow_privileged:
            structlog.contextvars.bind_contextvars(allow_privileged=True)  # of this task: every line of this run
        async with self._slots:
            outcome = await self._persist(run_id, source, source_id, request)
        if outcome.state != "succeeded":
            forget_failed_load()
        level = log.info if outcome.state == "succeeded" else log.warning
        level(f"run {run_id} of {source.id} {outcome.state}", source=source.id, run_id=run_id, error=outcome.error)
        return outcome

    async def _persist(self, run_id: int, source: Source, source_id: int, request: Request) -> Outcome:
        """Work until it is done or cannot be: PostgreSQL's absence is waited out, a source's only for some attempts."""
        delay_s, failures, outages = BACKOFF_FIRST_S, 0, 0
        while True:
            details: dict[str, Any] = {}
            try:
                await self._attempt(run_id, source, source_id, request, details)
                return await self._finish(run_id, "succeeded", None, details)
            except (*OUTAGES, DatabaseUnavailable):
                outages += await self._answers()
                if outages >= OUTAGES_MAX:
                    log.exception(f"run {run_id} broke off {outages} times", source=source.id, run_id=run_id)
                    return await self._finish(run_id, "failed", BROKEN_OFF.format(outages, run_id), details)
                log.warning(f"run {run_id} waits for PostgreSQL", source=source.id, run_id=run_id)
            except asyncpg.DeadlockDetectedError as error:
                # Two sources that share new names: one of both goes on, and this one finds the names there.
                log.warning(f"run {run_id} gave way to another one: {error}", source=source.id, run_id=run_id)
            except (SourceUnavailable, SourceBusy) as error:
                failures += 1
                if failures >= (SOURCE_ATTEMPTS_MAX if isinstance(error, SourceUnavailable) else BUSY_ATTEMPTS_MAX):
                    return await self._finish(run_id, "failed", str(error), details)
                log.warning(f"run {run_id} waits: {error}", source=source.id, run_id=run_id)
            except Exception as error:  # noqa: BLE001 - whatever breaks a run becomes its sentence and is logged
                state, sentence = _ending(error, run_id)
                if sentence == BROKEN.format(run_id):
                    log.exception(f"run {run_id} broke", source=source.id, run_id=run_id)
                return await self._finish(run_id, state, sentence, details)
            forget_failed_load()
            # Full jitter: many waiting runs must not come back at the same moment.
            await asyncio.sleep(random.uniform(BACKOFF_FIRST_S, delay_s))  # noqa: S311 - no secret
            delay_s = min(2 * delay_s, BACKOFF_MAX_S)

    async def _answers(self) -> bool:
        """Whether PostgreSQL is there, so that it was no outage, or one that is over already."""
        try:
            await self._database.ping()
        except (*OUTAGES, DatabaseUnavailable, asyncpg.PostgresError):
            return False
        return True

    async def _attempt(
        self, run_id: int, source: Source, source_id: int, request: Request, details: dict[str, Any]
    ) -> None:
        async with Lease.hold(self._database, source_id) as lease:
            source = guarded(self._database, source, heeds_pauses=not request.in_pause)
            async with self._database.connection() as conn:
                fit = await key_epochs.fitting(conn, self._keys, renewal=request.rekey)
                await conn.execute(store.load("set_run_key"), run_id, fit.epoch)
            if not request.rekey:
                self._keys = fit.keys  # renewed by another process: read again from their file
            work = Work(
                self._database,
                fit.keys,
                source,
                source_id,
                run_id,
                request,
                lease,
                details=details,
                key_epoch=fit.epoch,
                former_keys=fit.former,
            )
            before = self._work.get(run_id)
            if before is not None and before.cancelled.is_set():
                raise Cancelled
            self._work[run_id] = work
            keep_manners(work.manners)
            async with self._database.connection() as conn:
                asked_to_stop = await store.start_run(conn, run_id, lease.epoch)
            if asked_to_stop is not False:
                raise Cancelled
            async with beside(self._report(work)):
                try:
                    await _until_cancelled(work)
                finally:
                    note_care(work)

    async def _report(self, work: Work) -> None:
        """Write progress, read what is asked for; PostgreSQL's absence is the load's business to notice."""
        while True:
            try:
                async with self._database.connection() as conn:
                    await self._report_once(conn, work)
            except (*OUTAGES, DatabaseUnavailable):
                pass
            except asyncpg.PostgresError as error:
                log.warning(f"the progress of run {work.run_id} is not written: {error}", run_id=work.run_id)
            await asyncio.sleep(REPORT_EVERY_S)

    async def _report_once(self, conn: Connection, work: Work) -> None:
        now, held_back_s = work.progress, work.manners.gave_way_s
        if await store.report_progress(conn, work.run_id, now.phase, now.rows_read, now.rows_expected, held_back_s):
            work.cancelled.set()
        work.manners.heard(asked=self._gives_way and await store.people_ask(conn))

    async def _finish(self, run_id: int, state: str, error: str | None, details: dict[str, Any]) -> Outcome:
        delay_s = BACKOFF_FIRST_S
        # A sentence may quote a file's name or header, and those may hold any bytes; PostgreSQL's text may not.
        error = error and show_nul(error.encode("utf-8", "replace").decode())
        while True:
            try:
                async with self._database.connection() as conn:
                    await store.finish_run(conn, run_id, state, error, details)
                return Outcome(run_id, state, error)
            except (*OUTAGES, DatabaseUnavailable, asyncpg.PostgresError) as trouble:
                log.warning(f"the end of run {run_id} is not written yet: {trouble!r}", run_id=run_id)
                await asyncio.sleep(delay_s)
                delay_s = min(2 * delay_s, BACKOFF_MAX_S)


async def _ingest(work: Work) -> None:
    if work.request.rekey:
        await rekey(work)
    elif work.source.kind == "legacy":
        await ingest_legacy(work)
    elif work.request.replay:
        async with reading_again(work, work.keys):
            pass  # nothing more to write than what the source tells
    else:
        # Not around a legacy table: its arrays wait for the same looks, and a quarter would need 250 MiB more.
        with collecting_rarely():
            await ingest_asterisk(work)


async def _until_cancelled(work: Work) -> None:
    """Read the source in. Cancelled at once when somebody asks for it, whatever the reading waits for."""
    reading, asked = asyncio.create_task(_read_all(work)), asyncio.create_task(work.cancelled.wait())
    try:
        await asyncio.wait({reading, asked}, return_when=asyncio.FIRST_COMPLETED)
        if not reading.done():
            raise Cancelled
        await reading
    finally:
        await end([reading, asked])


async def _read_all(work: Work) -> None:
    while not await _read(work):
        pass


async def _read(work: Work) -> bool:
    """Read the source in; False when a pause came in between, and is over now."""
    try:
        problems = await examine(work)
        await _ingest(work)
    except SourcePaused as pause:
        await wait_out(work, pause)
        return False
    if problems:
        raise SourceDamaged(" ".join(problems))
    return True


def _may_live(run: UnfinishedRun) -> bool:
    """Whether a process may still work on it: one heard of a moment ago, unless that one is known to be dead."""
    return run.age_s < SIGN_OF_LIFE_S and not is_gone(run.holder)


def _ending(error: Exception, run_id: int) -> tuple[str, str]:
    """The state and the sentence that a run ends with."""
    if isinstance(error, Cancelled):
        return "cancelled", "Cancelled; what was not yet published is discarded."
    if isinstance(error, SourceError | KeyProblem):
        return "failed", str(error)
    if isinstance(error, LeaseLost):
        return "failed", "Another process has taken this source over; nothing of this run is published."
    if isinstance(error, asyncpg.DiskFullError):
        return "failed", "PostgreSQL's disk is full; free space and run it again."
    return "failed", BROKEN.format(run_id)
