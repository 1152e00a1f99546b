"""Queue logs into calls: a file in one transaction, a table slice by slice, open calls carried over between runs."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from services.ivr import store, store_calls, store_queue, store_queue_rollups
from services.ivr.ahead import Coming, ahead
from services.ivr.event_columns import Bools, Floats, Ints, Names
from services.ivr.id_blocks import ReadIds
from services.ivr.ingest_details import ingest_details
from services.ivr.memory import keep_freed_memory
from services.ivr.queue_ahead import Tellings, Told
from services.ivr.queue_load import Load
from services.ivr.queue_slices import FIRST_SLICE_ROWS, Known, Slice, Slicer, rows_of_next
from services.ivr.queue_telling import Teller
from services.ivr.sources.asterisk import OVERLAP_IDS, Batch, QueueStream, TableStream, open_asterisk
from services.ivr.sources.errors import SourceDamaged
from services.ivr.store_queue import KnownNames
from services.ivr.work import LOAD_TIMEOUT_S, Work
from services.ivr.zone_checks import keep_queue_zones
from shared.postgres import Connection

ROWS_TOGETHER = 1_000_000  # in one transaction, and one slice more: what is published is seen to grow every few seconds
SLOW_PASS_REACH = timedelta(hours=24)  # longer than any transaction of a PBX stays open, and than a replica lags


async def ingest_asterisk(work: Work) -> None:
    """Every stream by itself: a damaged one is named at the end, the others are published."""
    keep_freed_memory()
    async with work.database.connection() as conn:
        done = await store.run_tables(conn, work.run_id)
    await take_over(work)
    async with open_asterisk(work.source, work.keys, work.request.tables) as opened:
        opened.keep(work.request.logs)
        problems = list(opened.problems)
        for stream in opened.streams:
            if stream.name in done and stream.in_one_transaction:
                continue  # a resumed run: this file's transaction was committed before the interruption
            try:
                await StreamLoad(work, stream).run()
            except SourceDamaged as damage:
                problems.append(str(damage))
        problems += await ingest_details(work, opened.details, alone=not opened.streams and not work.request.tables)
        await keep_queue_zones(work, opened.streams)
    if work.source.login is None:
        async with _publishing(work) as conn:
            await store_queue_rollups.write_long_unique_callers(conn, work.source_id)
    if problems:
        raise SourceDamaged(" ".join(problems))


async def take_over(work: Work) -> None:
    """What a release without rollups left: its facts get their rollups, its open calls their new form."""
    async with work.database.connection() as conn:
        lacking = await store_queue_rollups.lacks_rollups(conn, work.source_id)
        kept = await conn.fetchval(store_queue.HAS_OLD_EVENTS, work.source_id)
    if lacking or kept:
        work.progress.phase = "building rollups"
        async with _publishing(work) as conn:
            await store_queue.adopt_kept_events(conn, work.source_id)
            if lacking:
                as_of = await store.data_as_of(conn, work.source_id)
                end = as_of.timestamp() if as_of else None
                await store_queue_rollups.build_all(conn, work.source_id, ZoneInfo(work.source.zone), end)
                await store.move_data_version(conn, work.source_id, None)


@asynccontextmanager
async def _publishing(work: Work) -> AsyncIterator[Connection]:
    async with work.database.transaction(timeout_s=LOAD_TIMEOUT_S) as conn:
        yield conn
        await work.lease.check(conn)


class StreamLoad:
    """One stream of a run."""

    def __init__(self, work: Work, stream: QueueStream) -> None:
        self._work = work
        self._stream = stream
        self._names = Names()
        self._known = KnownNames(self._names)
        self._newest_at: float | None = None
        self._lateness_s: list[Floats] = []
        self._slicer: Slicer

    async def run(self) -> None:
        work, stream = self._work, self._stream
        work.progress.phase = f"loading {stream.name}"
        async with work.database.connection() as conn:
            as_of = await store.data_as_of(conn, work.source_id)
            position = (await store_calls.read_streams(conn, work.source_id)).get(stream.id, 0)
            ids = await store_queue.read_ids(conn, work.source_id, stream.id, position - OVERLAP_IDS)
            await self._known.read(conn)
        self._newest_at = as_of.timestamp() if as_of else None
        if not isinstance(stream, TableStream):
            self._begin(_Offsets(position).known, position)
            await self._load_file(position)
            return
        self._begin(ids.known, position)
        await self._load_table(stream.batches(position), ids)
        await self.slow_pass(stream, position)

    def _begin(self, known: Known, position: int) -> None:
        work = self._work
        self._slicer = Slicer(
            keys=work.keys,
            clock=work.clock(),
            stream=self._stream,
            names=self._names,
            known=known,
            watermark=position,
        )
        self._slicer.newest_at = self._newest_at

    async def _load_file(self, position: int) -> None:
        """A damaged file must leave nothing behind."""
        tellings = self._tellings()
        async with _publishing(self._work) as conn:
            load = self._load(conn, None)
            async with aclosing(ahead(self._slices(self._stream.batches(position)))) as slices:
                async for part in slices:
                    await load.write(await tellings.tell(lambda: nullcontext(conn), part, written=True))
            await load.conclude()
        self._done(load)
        if unfinished := getattr(self._stream, "unfinished_lines", 0):
            details = self._work.details
            details["unfinished_lines"] = details.get("unfinished_lines", 0) + unfinished

    async def _load_table(self, batches: AsyncIterator[Batch], ids: ReadIds) -> None:
        """Slices are told while those before them are written, and more are read behind them.

        What has been told by then goes into the same transaction: agents, months and repeats are counted once for all.
        """
        tellings = self._tellings()
        async with aclosing(Coming(self._told(tellings, batches))) as slices:
            while (told := await slices.take()) is not None:
                async with _publishing(self._work) as conn:
                    load = self._load(conn, ids)
                    while told is not None:
                        await load.write(told)
                        more = slices.ready and load.rows < ROWS_TOGETHER
                        told = await slices.take() if more else None
                    await load.conclude()
                tellings.committed(load.slices)
                self._done(load)

    async def _told(self, tellings: Tellings, batches: AsyncIterator[Batch]) -> AsyncGenerator[Told]:
        async with aclosing(ahead(self._slices(batches))) as slices:
            async for part in slices:
                yield await tellings.tell(self._work.database.connection, part, written=False)

    def _tellings(self) -> Tellings:
        teller = Teller(self._work.source.id, self._work.keys, self._names)
        return Tellings(self._work.source_id, teller, self._known, self._newest_at)

    def _load(self, conn: Connection, ids: ReadIds | None) -> Load:
        return Load(self._work, conn, self._stream, self._known, self._newest_at, ids)

    def _done(self, load: Load) -> None:
        self._newest_at = load.newest_at
        load.tell_of_it()
        self._lateness_s += load.lateness_s
        if self._lateness_s:
            lateness = np.concatenate(self._lateness_s)
            self._work.details["lateness_s_p95"] = float(np.percentile(lateness, 95, method="higher"))
            self._work.details["lateness_s_max"] = float(lateness.max())

    async def _slices(self, batches: AsyncIterator[Batch]) -> AsyncGenerator[Slice]:
        part, rows_max = Slice(), FIRST_SLICE_ROWS
        async for batch in batches:
            await asyncio.to_thread(self._slicer.take, part, batch)
            self._work.progress.rows_expected = self._stream.rows_expected or None
            self._work.read(len(batch))
            if part.rows >= rows_max:
                yield part
                part, rows_max = Slice(), rows_of_next(rows_max)
        if part.rows or self._stream.in_one_transaction:
            yield part

    async def slow_pass(self, stream: TableStream, position: int) -> None:
        """The ids of the last 24 hours again: what none of the runs saw is read now, however late it was committed."""
        work, now = self._work, datetime.now(UTC)
        async with work.database.connection() as conn:
            last = await store_queue.slow_pass_at(conn, work.source_id, stream.id)
            if last is not None and now - last < timedelta(seconds=work.source.slow_pass_s):
                return
            as_of = await store.data_as_of(conn, work.source_id)
            since = as_of - SLOW_PASS_REACH if as_of else None
            floor = None
            if since is not None:
                floor = await store_queue.oldest_block_since(conn, work.source_id, stream.id, since)
            ids = await store_queue.read_ids(conn, work.source_id, stream.id, floor or 0)
        if floor is not None and last is not None:
            work.progress.phase = f"looking for late rows of {stream.name}"
            if missing := await _unknown(stream.ids(floor, position - OVERLAP_IDS), ids):
                self._begin(ids.known, position)
                await self._load_table(stream.batches_at(missing), ids)
        async with _publishing(work) as conn:
            if as_of is not None and since is not None:
                await store_queue.prune_read_ids(conn, work.source_id, stream.id, position - OVERLAP_IDS, since)
                await store_queue.forget_over_calls(conn, work.source_id, as_of)
            zone = ZoneInfo(work.source.zone)
            new_day = last is None or last.astimezone(zone).date() < now.astimezone(zone).date()
            await store_queue_rollups.write_long_unique_callers(
                conn, work.source_id, ended_before=None if new_day or as_of is None else as_of.astimezone(zone).date()
            )
            await store_queue.slow_pass_done(conn, work.source_id, stream.id, now)


class _Offsets:
    """A file is read from its beginning each time: everything before its last position is known."""

    def __init__(self, position: int) -> None:
        self._position = position

    def known(self, positions: Ints) -> Bools:
        result: Bools = positions < self._position
        return result


async def _unknown(chunks: AsyncIterator[list[int]], ids: ReadIds) -> list[int]:
    missing: list[int] = []
    async for chunk in chunks:
        numbers = np.array(chunk, dtype=np.int64)
        missing += numbers[~ids.known(numbers)].tolist()
    return missing
