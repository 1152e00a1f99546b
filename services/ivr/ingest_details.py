"""cdr into legs and cel into steps: a file in one transaction, a table batch by batch, each row accounted for."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.ivr import store, store_calls, store_details
from services.ivr.ahead import ahead
from services.ivr.call_steps import CallsInMenus
from services.ivr.cdr import CdrReader
from services.ivr.cdr_columns import LegChunk, LegColumnReader
from services.ivr.cel import CelReader
from services.ivr.cel_columns import EventColumnReader
from services.ivr.clock import moment
from services.ivr.detail_batches import (
    Day,
    Days,
    Order,
    Read,
    Rows,
    Settled,
    settle_bad,
    settle_events,
)
from services.ivr.gaps import Gap, filled, gaps_between
from services.ivr.leg_settling import settle_leg_columns
from services.ivr.published_legs import PublishedLegs
from services.ivr.sources.details import DAY_S, DetailBatch, DetailStream, Resume
from services.ivr.sources.errors import SourceDamaged
from services.ivr.store import UnitProof
from services.ivr.store_details import DetailPlace
from services.ivr.work import LOAD_TIMEOUT_S, Work
from services.ivr.zone_check import ZoneTally
from shared.log import log
from shared.postgres import Connection

SWEEP_EVERY_S = 600.0  # the last 24 hours again: changed records, and calls longer than the overlap
FUTURE_S_MAX = 86_400.0  # a start beyond it is a wrong clock; zones and clocks differ by less
LOG_KEY = "log"  # in a proof's details: its rows are no events of a queue


async def ingest_details(work: Work, streams: Sequence[DetailStream], *, alone: bool) -> list[str]:
    """Every stream by itself, cdr first; the sentences of those that are damaged.

    `alone` when the source shows no queue log now: then these rows say how far the data reaches, unless a queue log
    was read before.
    """
    problems = []
    async with work.database.connection() as conn:
        done = await store.run_tables(conn, work.run_id)
        alone = alone and not await store_calls.read_streams(conn, work.source_id)
        reads_legs = any(stream.log == "cdr" for stream in streams)
        none_yet = reads_legs and not await store_details.has_legs(conn, work.source_id)
    published = PublishedLegs(none_yet=none_yet)
    for stream in streams:
        if stream.in_one_transaction and stream.name in done:
            continue  # a resumed run: this file's transaction was committed before the interruption
        try:
            await _Load(work, stream, published, alone=alone).run()
        except SourceDamaged as damage:
            problems.append(str(damage))
    return problems


@dataclass(slots=True)
class _Total:
    """What a transaction has to conclude."""

    days: Days = field(default_factory=dict)
    changed: int = 0
    newest_at: float | None = None
    next_position: int = 0
    gone: list[Gap] = field(default_factory=list)
    new: list[Gap] = field(default_factory=list)

    def add(self, settled: Settled, newest_at: float | None) -> None:
        for unit, day in settled.days.items():
            total = self.days.setdefault(unit, Day())
            total.read += day.read
            total.published += day.published
            total.rejected += day.rejected
            total.duplicate += day.duplicate
        self.changed += settled.changed
        if newest_at is not None:
            self.newest_at = newest_at if self.newest_at is None else max(self.newest_at, newest_at)


class _Load:
    """One stream of one run."""

    def __init__(self, work: Work, stream: DetailStream, published: PublishedLegs, *, alone: bool) -> None:
        self._work = work
        self._published = published
        self._alone = alone
        self._stream = stream
        self._zone = ZoneTally()
        self._place = DetailPlace()
        self._gaps: list[Gap] = []
        self._cel_newest_at: float | None = None
        self._rows = Rows(work.keys, work.clock(), positioned=stream.positioned, places=stream.places)
        self._read = self._reader()

    async def run(self) -> None:
        work, stream = self._work, self._stream
        work.progress.phase = f"loading {stream.name}"
        async with work.database.connection() as conn:
            resume = await self._resume(conn)
        if stream.in_one_transaction:
            async with work.database.transaction(timeout_s=LOAD_TIMEOUT_S) as conn:
                total = _Total()
                async with aclosing(ahead(self._batches(resume))) as batches:
                    async for batch, found in batches:
                        await self._take(conn, batch, found, total)
                await self._conclude(conn, total, finished=True, sweep=False)
                await work.lease.check(conn)
            return
        newest_at: float | None = None
        async with aclosing(ahead(self._batches(resume))) as batches:
            async for batch, found in batches:
                total = _Total()
                async with work.database.transaction(timeout_s=LOAD_TIMEOUT_S) as conn:
                    await self._take(conn, batch, found, total)
                    if total.newest_at is not None:
                        newest_at = total.newest_at if newest_at is None else max(newest_at, total.newest_at)
                    await self._conclude(conn, total, finished=False, sweep=False)
                    await work.lease.check(conn)
        # A window without an id is done only when all of it is: its end moves now, and not in the middle.
        async with work.database.transaction(timeout_s=LOAD_TIMEOUT_S) as conn:
            await self._conclude(conn, _Total(newest_at=newest_at), finished=True, sweep=resume.sweep)
            await work.lease.check(conn)

    async def _batches(self, resume: Resume) -> AsyncGenerator[tuple[DetailBatch, Read | LegChunk]]:
        """What the source sends, and what it says: the next batch is read while one is written."""
        async for batch in self._stream.batches(resume):
            yield batch, await asyncio.to_thread(self._read, batch)

    async def _resume(self, conn: Connection) -> Resume:
        work, stream = self._work, self._stream
        self._place = place = await store_details.read_stream(conn, work.source_id, stream.id)
        newest_at = None if place.newest_at is None else place.newest_at.timestamp()
        self._cel_newest_at = newest_at
        if stream.by_id:
            self._gaps = await store_details.gaps(conn, work.source_id, stream.id)
        sweep = place.swept_at is None or datetime.now(UTC) - place.swept_at >= timedelta(seconds=SWEEP_EVERY_S)
        day_position = None
        if sweep and stream.by_id and stream.log == "cdr" and newest_at is not None:
            since = moment(newest_at - DAY_S)
            day_position = await store_details.day_position(conn, work.source_id, stream.name, since)
        return Resume(place.next_position, newest_at, day_position, tuple(self._gaps), sweep, work.request.force)

    def _reader(self) -> Callable[[DetailBatch], Read | LegChunk]:
        work, stream = self._work, self._stream
        clock = work.clock()
        rows = self._rows
        if stream.log == "cel":
            cel = CelReader(keys=work.keys, clock=clock, stream=stream.id, places=stream.places)
            events = EventColumnReader(cel, rows, stream.width)
            return lambda batch: events.read(
                batch.packets, batch.positions, batch.bad, known_below=self._known_below(), latest=_latest()
            )
        reader = CdrReader(
            keys=work.keys,
            clock=clock,
            source=work.source.id,
            stream=stream.id,
            places=stream.places,
            positioned=stream.positioned,
        )
        legs = LegColumnReader(reader, rows, self._zone, stream.width)
        return lambda batch: legs.read(
            batch.packets, batch.positions, batch.bad, known_below=self._known_below(), latest=_latest()
        )

    def _known_below(self) -> int:
        """Where a file was not read before; a table's rows are known otherwise."""
        work, stream = self._work, self._stream
        by_offset = stream.in_one_transaction and not (work.request.force and stream.log == "cdr")
        return self._place.next_position if by_offset else 0

    async def _take(self, conn: Connection, batch: DetailBatch, found: Read | LegChunk, total: _Total) -> None:
        work, stream = self._work, self._stream
        settled = Settled()
        fresh = {reject.position for reject, repeated in found.bad if not repeated}
        known = await store_details.known_rejects(conn, work.source_id, stream.name, fresh)
        settle_bad(found.bad, settled, set() if stream.in_one_transaction and not work.request.force else known)
        if isinstance(found, LegChunk):
            await self._publish_legs(conn, found, settled)
        else:
            await self._publish_steps(conn, found, settled)
        if settled.rejects:
            await store_calls.copy_rejects(conn, work.run_id, work.source_id, stream.name, settled.rejects)
        total.add(settled, found.newest_at)
        self._watch_gaps(batch, total)
        total.next_position = max(total.next_position, batch.next_position or 0)
        work.progress.rows_expected = stream.rows_expected or None
        work.read(len(batch))

    async def _publish_legs(self, conn: Connection, found: LegChunk, settled: Settled) -> None:
        work = self._work
        asked = ~found.repeated & self._published.may_have(found.legs.leg_id)
        known = await store_details.known_legs(conn, work.source_id, found.legs.take(asked))
        order, table = self._order(), self._stream.name
        rows = await asyncio.to_thread(
            lambda: settle_leg_columns(found, self._rows, settled, known, order=order, table=table)
        )
        if len(rows):
            legs = found.legs if len(rows) == len(found.legs) else found.legs.take(rows)
            place = (work.source_id, table)
            await store_details.write_legs(work.database, conn, *place, legs, found.arena, settled.replaced)
            self._published.add(legs.leg_id)

    def _order(self) -> Order:
        if not self._stream.positioned:
            return "content"
        # Whoever asks for everything gets what the table says now, though its rows were numbered anew.
        return "place" if self._stream.by_id and not self._work.request.force else "read"

    async def _publish_steps(self, conn: Connection, found: Read, settled: Settled) -> None:
        work = self._work
        events = settle_events(found, settled)
        if not events:
            return
        kept = await store_details.kept_events(conn, work.source_id, {event.linked_id for event in events})
        calls = CallsInMenus(work.source.id, work.keys, self._cel_newest_at, kept)

        def tell() -> Any:
            for event in events:
                calls.add(event)
            return calls.changes()

        changes = await asyncio.to_thread(tell)
        await store_details.write_steps(work.database, conn, work.source_id, changes)
        await store_details.replace_kept_events(conn, work.source_id, changes, calls.newest_at)
        self._cel_newest_at = calls.newest_at

    def _watch_gaps(self, batch: DetailBatch, total: _Total) -> None:
        """Ids that came late fill their gaps; those that are missing among the new ones become gaps."""
        if not self._stream.by_id:
            return
        positions = batch.positions
        watched = positions <= max((last for _, last in self._gaps), default=-1)
        for gap, left in filled(self._gaps, positions[watched].tolist()).items():
            self._gaps.remove(gap)
            self._gaps += left
            total.gone.append(gap)
            total.new += left
        next_position = max(self._place.next_position, total.next_position)
        new = gaps_between(next_position, positions[positions >= next_position])
        if not batch.late:
            self._gaps += new
            total.new += new

    async def _conclude(self, conn: Connection, total: _Total, *, finished: bool, sweep: bool) -> None:
        """The stream's place, the proof and the version, in the transaction of the rows."""
        work, stream = self._work, self._stream
        newest_at = None if total.newest_at is None else moment(total.newest_at)
        moves = finished or stream.by_id
        place = DetailPlace(total.next_position, newest_at if moves else None, datetime.now(UTC) if sweep else None)
        await store_details.move_stream(conn, work.source_id, stream.id, stream.name, place)
        self._place = replace(
            self._place, next_position=max(self._place.next_position, total.next_position), newest_at=newest_at
        )
        if newest_at is not None and stream.by_id:
            await store_details.replace_gaps(
                conn, work.source_id, stream.id, gone=total.gone, new=total.new, at=newest_at
            )
        await store.add_proofs(conn, work.run_id, [_proof(stream, unit, day) for unit, day in total.days.items()])
        published = sum(day.published + day.rejected for day in total.days.values())
        if published:
            # Beside a queue log the figures are as of its newest event: the other logs do not move that.
            await store.move_data_version(conn, work.source_id, newest_at if self._alone else None)
            log.info(
                f"published {published} rows of {stream.name}",
                source=work.source.id,
                run_id=work.run_id,
                rows=published,
            )
        if finished:
            await self._note(conn)
        if total.changed:
            work.details["changed"] = work.details.get("changed", 0) + total.changed

    async def _note(self, conn: Connection) -> None:
        """What the whole stream told: its zone, and a line that was being written."""
        work, stream = self._work, self._stream
        finding = self._zone.finding()
        if finding is not None:
            await store_details.put_zone_check(conn, work.source_id, stream.table, work.source.zone, finding)
        if unfinished := getattr(stream, "unfinished_lines", 0):
            work.details["unfinished_lines"] = work.details.get("unfinished_lines", 0) + unfinished


def _latest() -> float:
    return time.time() + FUTURE_S_MAX


def _proof(stream: DetailStream, unit: Any, day: Day) -> UnitProof:
    return UnitProof(
        source_table=stream.name,
        unit_date=unit,
        rows_read=day.read,
        outcome="published" if day.published or day.rejected else "duplicate",
        rows_published=day.published,
        rows_rejected=day.rejected,
        rows_duplicate=day.duplicate,
        details={LOG_KEY: stream.log},
    )
