"""Queue events into calls: a file in one transaction, a table batch by batch, open calls carried over between runs."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date

from services.ivr import store, store_calls
from services.ivr.clock import LocalClock, moment, month_of
from services.ivr.ingest_details import ingest_details
from services.ivr.legacy import NO_DATE, Reject
from services.ivr.queue_calls import OpenCalls, QueueCall
from services.ivr.queue_events import BadEvent, EventReader, masked_event
from services.ivr.sources.asterisk import OVERLAP_IDS, Batch, QueueStream, Row, open_asterisk
from services.ivr.sources.errors import SourceDamaged
from services.ivr.store import UnitProof
from services.ivr.work import LOAD_TIMEOUT_S, Work
from services.ivr.zone_checks import keep_queue_zones
from shared.log import log
from shared.postgres import Connection

VERBS_SHOWN_MAX = 100  # real logs have some fifty; damage could have any number


@dataclass(slots=True)
class _Day:
    read: int = 0
    published: int = 0
    rejected: int = 0
    duplicate: int = 0


@dataclass(slots=True)
class _Told:
    """What one batch became."""

    days: dict[date, _Day] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    verbs: Counter[str] = field(default_factory=Counter)
    calls: list[QueueCall] = field(default_factory=list)
    fresh: list[int] = field(default_factory=list)

    def add(self, other: "_Told") -> None:
        for unit, day in other.days.items():
            total = self.days.setdefault(unit, _Day())
            total.read += day.read
            total.published += day.published
            total.rejected += day.rejected
            total.duplicate += day.duplicate
        self.verbs.update(other.verbs)


async def ingest_asterisk(work: Work) -> None:
    """Every stream by itself: a damaged one is named at the end, the others are published."""
    async with work.database.connection() as conn:
        events = await store_calls.kept_events(conn, work.source_id)
        as_of = await store.data_as_of(conn, work.source_id)
        done = await store.run_tables(conn, work.run_id)
    async with open_asterisk(work.source, work.keys, work.request.tables) as opened:
        problems = list(opened.problems)
        open_calls = OpenCalls(work.source.id, work.keys, as_of.timestamp() if as_of else None)
        await asyncio.to_thread(open_calls.restore, events)
        for stream in opened.streams:
            if stream.name in done and stream.in_one_transaction:
                continue  # a resumed run: this file's transaction was committed before the interruption
            try:
                await _ingest_stream(work, stream, open_calls)
            except SourceDamaged as damage:
                problems.append(str(damage))
                open_calls = await _reload(work)
        problems += await ingest_details(work, opened.details)
        await keep_queue_zones(work, opened.streams)
    if problems:
        raise SourceDamaged(" ".join(problems))


async def _reload(work: Work) -> OpenCalls:
    """The open calls as they are stored: what a damaged stream had added to them is gone with its transaction."""
    async with work.database.connection() as conn:
        events = await store_calls.kept_events(conn, work.source_id)
        as_of = await store.data_as_of(conn, work.source_id)
    open_calls = OpenCalls(work.source.id, work.keys, as_of.timestamp() if as_of else None)
    await asyncio.to_thread(open_calls.restore, events)
    return open_calls


async def _ingest_stream(work: Work, stream: QueueStream, open_calls: OpenCalls) -> None:
    work.progress.phase = f"loading {stream.name}"
    async with work.database.connection() as conn:
        next_position = (await store_calls.read_streams(conn, work.source_id)).get(stream.id, 0)
        recent = await store_calls.recent_ids(conn, work.source_id, stream.id, next_position - OVERLAP_IDS)
    interpreter = _Interpreter(work, stream, open_calls, next_position)
    batches = stream.batches(next_position, recent)
    if stream.in_one_transaction:
        async with _publishing(work) as conn:
            await _load_file(work, conn, stream, interpreter, batches)
    else:
        async for batch in batches:
            async with _publishing(work) as conn:
                await _load_page(work, conn, stream, interpreter, batch)


@asynccontextmanager
async def _publishing(work: Work) -> AsyncIterator[Connection]:
    async with work.database.transaction(timeout_s=LOAD_TIMEOUT_S) as conn:
        yield conn
        await work.lease.check(conn)


async def _load_file(
    work: Work, conn: Connection, stream: QueueStream, interpreter: "_Interpreter", batches: AsyncIterator[Batch]
) -> None:
    total, last = _Told(), 0
    async for batch in batches:
        told = await asyncio.to_thread(interpreter.take, batch)
        await _write(work, conn, stream, told)
        total.add(told)
        last = max(last, batch.next_position)
        work.progress.rows_expected = stream.rows_expected or None
        work.read(len(batch.rows))
    await _conclude(work, conn, stream, interpreter, total, last)


async def _load_page(
    work: Work, conn: Connection, stream: QueueStream, interpreter: "_Interpreter", batch: Batch
) -> None:
    work.progress.rows_expected = stream.rows_expected or None
    told = await asyncio.to_thread(interpreter.take, batch)
    await _write(work, conn, stream, told)
    await _conclude(work, conn, stream, interpreter, told, batch.next_position)
    floor = max(batch.next_position, interpreter.next_position) - OVERLAP_IDS
    await store_calls.replace_recent_ids(conn, work.source_id, stream.id, told.fresh, floor)
    work.read(len(batch.rows))


async def _write(work: Work, conn: Connection, stream: QueueStream, told: _Told) -> None:
    if told.calls:
        async with work.database.connection() as other:
            for month in sorted({month_of(int(call.entered_at)) for call in told.calls}):
                await store_calls.ensure_month(other, "queue_calls", month)
                await store_calls.notice_month(conn, "queue_calls", month)
        await store_calls.upsert_queue_calls(conn, work.source_id, told.calls)
    if told.rejects:
        await store_calls.copy_rejects(conn, work.run_id, work.source_id, stream.name, told.rejects)


async def _conclude(
    work: Work, conn: Connection, stream: QueueStream, interpreter: "_Interpreter", told: _Told, next_position: int
) -> None:
    """The open calls, the stream's position, the proof and the version, in the transaction of the calls."""
    outdated, events = interpreter.open_calls.save()
    if outdated:
        await store_calls.replace_kept_events(conn, work.source_id, outdated, events)
    published = sum(day.published + day.rejected for day in told.days.values())
    await store_calls.move_stream(conn, work.source_id, stream.id, stream.name, next_position, published)
    await store.add_proofs(conn, work.run_id, [_proof(stream, unit, day) for unit, day in told.days.items()])
    if published:
        newest = interpreter.open_calls.newest_at
        await store.move_data_version(conn, work.source_id, None if newest is None else moment(newest))
        log.info(
            f"published {published} rows of {stream.name}", source=work.source.id, run_id=work.run_id, rows=published
        )
    verbs = Counter(work.details.get("verbs", {})) + told.verbs
    work.details["verbs"] = dict(verbs.most_common(VERBS_SHOWN_MAX))
    if unfinished := getattr(stream, "unfinished_lines", 0):
        work.details["unfinished_lines"] = work.details.get("unfinished_lines", 0) + unfinished


def _proof(stream: QueueStream, unit: date, day: _Day) -> UnitProof:
    return UnitProof(
        source_table=stream.name,
        unit_date=unit,
        rows_read=day.read,
        outcome="published" if day.published or day.rejected else "duplicate",
        rows_published=day.published,
        rows_rejected=day.rejected,
        rows_duplicate=day.duplicate,
    )


class _Interpreter:
    """Batches of one stream into calls. CPU only: it runs in a thread."""

    def __init__(self, work: Work, stream: QueueStream, open_calls: OpenCalls, next_position: int) -> None:
        clock = work.clock()
        self._clock: LocalClock = clock
        self._reader = EventReader(keys=work.keys, clock=clock, dialect=stream.dialect, stream=stream.id)
        self._by_offset = stream.in_one_transaction
        self._days: dict[int, date] = {}
        self.open_calls = open_calls
        self.next_position = next_position

    def take(self, batch: Batch) -> _Told:
        told = _Told()
        for position, row in batch.rows:
            self._take_row(told, position, row, batch.repeated)
        told.calls = _last_tellings(self.open_calls.changed())
        return told

    def _take_row(self, told: _Told, position: int, row: Row, repeated: frozenset[int]) -> None:
        try:
            if isinstance(row, str):
                raise BadEvent("the line is not a row of a queue_log")  # noqa: TRY301 - one way out for both kinds of bad rows
            event = self._reader.read(position, row)
            unit = self._day(event.at)
        except BadEvent as reason:
            day = told.days.setdefault(NO_DATE, _Day())
            day.read += 1
            if self._is_duplicate(position, repeated):
                day.duplicate += 1
                return
            day.rejected += 1
            told.rejects.append(Reject(NO_DATE, position, str(reason), masked_event(row)))
            told.fresh.append(position)
            return
        day = told.days.setdefault(unit, _Day())
        day.read += 1
        if self._is_duplicate(position, repeated):
            day.duplicate += 1
            return
        day.published += 1
        told.verbs[event.verb] += 1
        told.fresh.append(position)
        self.open_calls.add(event)

    def _is_duplicate(self, position: int, repeated: frozenset[int]) -> bool:
        return position < self.next_position if self._by_offset else position in repeated

    def _day(self, at: float) -> date:
        """The local day, looked up by quarter of an hour: no zone changes its day within one."""
        quarter = int(at) // 900
        day = self._days.get(quarter)
        if day is None:
            day = self._days[quarter] = self._clock.day(quarter * 900)
        return day


def _last_tellings(calls: list[QueueCall]) -> list[QueueCall]:
    return list({call.call_id: call for call in calls}.values())
