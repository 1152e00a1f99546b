"""An Asterisk source against what is published of it: every row is read again, every call, leg and step told anew.

The warehouse is looked at first: what the source gets while it is being read is then known by its position.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.ivr import store_calls, store_queue, store_reconcile
from services.ivr.clock import LocalClock
from services.ivr.config import Source
from services.ivr.id_blocks import ReadIds
from services.ivr.keys import Keys
from services.ivr.legacy import NO_DATE
from services.ivr.memory import collecting_rarely
from services.ivr.queue_calls import OpenCalls
from services.ivr.queue_events import BadEvent, EventReader
from services.ivr.reconcile import (
    Cell,
    Compared,
    HashedCall,
    HashedUnit,
    Part,
    RowDifference,
    RowKind,
    Tally,
    compare,
    differing_buckets,
    queue_hash,
    row_differences,
    wrap64,
)
from services.ivr.reconcile_details import Details, Told, reconcile_details
from services.ivr.reconcile_legacy import DEEP_UNITS_MAX, ROWS_NAMED_MAX, snapshot
from services.ivr.sources.asterisk import OVERLAP_IDS, Batch, QueueStream, Row, open_asterisk
from services.ivr.sources.errors import SourceDamaged
from services.ivr.sources.legacy import Window
from services.ivr.store_reconcile import Findings, FoundRow
from shared.postgres import Connection, Database

Tallies = dict[Cell, Tally]

GRACE_S = 120.0  # an event this young may be waiting for the next run: schedules are 10 s, rows are committed late


# What is named of the days whose cells of these parts differ. A row of cel that is no step's only counts.
_NAMED: dict[RowKind, frozenset[Part]] = {
    "call": frozenset({"events", "queue"}),
    "leg": frozenset({"legs"}),
    "step": frozenset({"steps", "cel_events"}),
}
_NO_END = 1 << 62  # beyond every id and every byte


@dataclass(frozen=True, slots=True)
class _Read:
    """How far a stream is read in."""

    next_position: int
    recent: ReadIds
    is_file: bool

    def __contains__(self, position: int) -> bool:
        if self.is_file or position < self.next_position - OVERLAP_IDS:
            return position < self.next_position
        return position in self.recent


@dataclass(slots=True)
class _Side:
    """The source's side. `calls` maps a call's id to (hash, entered_at, queue, description)."""

    events: Counter[date] = field(default_factory=Counter)
    calls: dict[int, HashedCall] = field(default_factory=dict)
    queues: dict[int, str] = field(default_factory=dict)
    waiting: int = 0
    first_at: float | None = None


async def reconcile_asterisk(
    database: Database, keys: Keys, source: Source, source_id: int, window: Window, *, deep: bool
) -> Findings:
    """SourceDamaged when a file or table of the source cannot be read."""
    with collecting_rarely():
        return await _reconcile(database, keys, source, source_id, window, deep=deep)


async def _reconcile(
    database: Database, keys: Keys, source: Source, source_id: int, window: Window, *, deep: bool
) -> Findings:
    async with snapshot(database) as conn, open_asterisk(source, keys, ()) as opened:
        if opened.problems:
            raise SourceDamaged(" ".join(opened.problems))
        positions = await store_calls.read_streams(conn, source_id)
        side = _Side()
        telling = _Telling(side, keys, source)
        for stream in opened.streams:
            await _read(conn, source_id, stream, telling, positions.get(stream.id))
        details = await reconcile_details(conn, keys, source, source_id, window, opened.details)
        difference = _Difference(conn, source, source_id, window, side, details)
        await difference.compare()
        if deep:
            await difference.name_rows()
        return difference.findings()


async def _read(
    conn: Connection, source_id: int, stream: QueueStream, telling: "_Telling", position: int | None
) -> None:
    recent = await store_queue.read_ids(conn, source_id, stream.id, (position or 0) - OVERLAP_IDS)
    known = _Read(position or 0, recent, stream.in_one_transaction)
    reader = telling.reader(stream)
    async for batch in stream.batches(0, frozenset()):
        await asyncio.to_thread(telling.take, batch, reader, known)


async def told_calls(
    keys: Keys, source: Source, streams: Sequence[QueueStream]
) -> tuple[Collection[int], float | None]:
    """The ids of all queue calls that the source tells, and the moment of its first event."""
    side = _Side()
    telling = _Telling(side, keys, source)
    everything = _Read(_NO_END, ReadIds(), is_file=True)
    for stream in streams:
        reader = telling.reader(stream)
        async for batch in stream.batches(0, frozenset()):
            await asyncio.to_thread(telling.take, batch, reader, everything)
    return side.calls.keys(), side.first_at


class _Telling:
    """Events into calls, as a run does it. CPU only: it runs in a thread."""

    def __init__(self, side: _Side, keys: Keys, source: Source) -> None:
        self._side = side
        self._keys = keys
        self._clock = LocalClock(source.zone)
        self._open = OpenCalls(source.id, keys)
        self._young = time.time() - GRACE_S

    def reader(self, stream: QueueStream) -> EventReader:
        return EventReader(keys=self._keys, clock=self._clock, dialect=stream.dialect, stream=stream.id)

    def take(self, batch: Batch, reader: EventReader, known: _Read) -> None:
        for position, row in batch.rows:
            self._take_row(position, row, reader, known)
        for call in self._open.changed():
            words = f"{call.callid} {call.queue} {call.exit}"
            self._side.calls[call.call_id] = HashedCall(call.call_id, queue_hash(call), call.entered_at, words)
            self._side.queues[call.call_id] = call.queue
        self._open.save()

    def _take_row(self, position: int, row: Row, reader: EventReader, known: _Read) -> None:
        try:
            event = None if isinstance(row, str) else reader.read(position, row)
        except BadEvent:
            event = None
        if event is None:
            self._side.events[NO_DATE] += 1
        elif event.at > self._young and position not in known:
            self._side.waiting += 1
        else:
            self._side.events[self._clock.day(int(event.at))] += 1
            self._side.first_at = event.at if self._side.first_at is None else min(self._side.first_at, event.at)
            self._open.add(event)


class _Difference:
    """Both sides beside each other."""

    def __init__(
        self, conn: Connection, source: Source, source_id: int, window: Window, side: _Side, details: Details
    ) -> None:
        self._conn = conn
        self._zone = ZoneInfo(source.zone)
        self._clock = LocalClock(source.zone)
        self._source_id = source_id
        self._window = window
        self._side = side
        self._details = details
        self._compared: list[Compared] = []
        self._rows: list[FoundRow] = []
        self._rows_different: int | None = None
        self._notes: list[str] = []

    async def compare(self) -> None:
        """Queue calls and events; legs and steps come told already."""
        bounds = (self._window.since, self._window.until)
        theirs = await store_reconcile.event_tallies(self._conn, self._source_id, *bounds)
        days = await self._days()
        if days:
            starts = [self._start(day) for day in (*days, days[-1] + timedelta(days=1))]
            theirs |= await store_reconcile.queue_tallies(self._conn, self._source_id, days, starts)
        self._compared = compare(self._ours() | self._details.ours, theirs | self._details.theirs)
        if waiting := self._side.waiting + self._details.waiting:
            self._notes.append(f"{waiting} events of the last {GRACE_S:.0f} s wait for the next run.")
        if any(each.verdict == "gone" for each in self._compared):
            self._notes.append("Some days are gone at the source; --from leaves out what is purged there.")

    def _ours(self) -> dict[Cell, Tally]:
        tallies = {Cell("events", "", day): Tally(rows) for day, rows in self._side.events.items() if self._asked(day)}
        for call_id, call in self._side.calls.items():
            day = self._clock.day(int(call.at))
            if self._asked(day):
                cell = Cell("queue", "", day, self._side.queues[call_id])
                before = tallies.get(cell, Tally())
                tallies[cell] = Tally(before.rows + 1, wrap64(before.hash + call.hash))
        return tallies

    def _asked(self, day: date) -> bool:
        return (None if day == NO_DATE else day) in self._window

    async def _days(self) -> list[date]:
        """Every local day that has a call on either side and was asked for."""
        moments = [call.at for call in self._side.calls.values()]
        if span := await store_reconcile.queue_span(self._conn, self._source_id):
            moments += [each.timestamp() for each in span]
        if not moments:
            return []
        first = max(self._clock.day(int(min(moments))), self._window.since or date.min)
        last = self._clock.day(int(max(moments)))
        if self._window.until is not None:
            last = min(last, self._window.until - timedelta(days=1))
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]

    def _start(self, day: date) -> datetime:
        """The first moment of a local day. A day without midnight begins when its clocks first tell it."""
        return datetime(day.year, day.month, day.day, tzinfo=self._zone).astimezone(UTC)

    async def name_rows(self) -> None:
        """Bisection: buckets of the differing days first, then the rows of the buckets that differ."""
        self._rows_different = 0
        for kind, parts in _NAMED.items():
            days = {each.cell.day for each in self._compared if each.verdict != "equal" and each.cell.part in parts}
            await self._name(kind, sorted(days - {NO_DATE}))
        if self._rows_different > len(self._rows):
            self._notes.append(f"The first {ROWS_NAMED_MAX} of {self._rows_different} differing rows are named.")

    async def _name(self, kind: RowKind, days: Sequence[date]) -> None:
        if len(days) > DEEP_UNITS_MAX:
            self._notes.append(f"Of the {kind}s the first {DEEP_UNITS_MAX} of {len(days)} differing days are compared.")
        ours: dict[date, list[HashedCall]] = {day: [] for day in days[:DEEP_UNITS_MAX]}
        for day, row in self._rows_of(kind) if days else ():
            if day in ours:
                ours[day].append(row)
        for day, rows in ours.items():
            found = await self._differing_rows(kind, day, rows)
            self._rows_different = (self._rows_different or 0) + len(found)
            room = ROWS_NAMED_MAX - len(self._rows)
            self._rows += [FoundRow("", day, each, kind) for each in found[:room]]

    def _rows_of(self, kind: RowKind) -> Iterator[tuple[date, HashedCall]]:
        """All that the source tells, by local day."""
        if kind == "call":
            return ((self._clock.day(int(call.at)), call) for call in self._side.calls.values())
        told: Collection[Told] = self._details.legs if kind == "leg" else self._details.steps
        return ((each.day, each.row) for each in told)

    async def _differing_rows(self, kind: RowKind, day: date, rows: Sequence[HashedCall]) -> list[RowDifference]:
        where = (self._source_id, self._start(day), self._start(day + timedelta(days=1)))
        hashed = HashedUnit.of([row.call_id for row in rows], [row.hash for row in rows])
        numbers = differing_buckets(hashed.buckets(), await store_reconcile.asterisk_buckets(self._conn, kind, *where))
        if not numbers:
            return []
        theirs = await store_reconcile.asterisk_bucket_rows(self._conn, kind, numbers, *where)
        return row_differences([rows[at] for at in hashed.within(numbers).tolist()], theirs)

    def findings(self) -> Findings:
        return Findings(self._compared, self._rows, self._rows_different, self._notes)
