"""cdr and cel of an Asterisk source, to be held against the published legs and steps: every row is read again."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.ivr import store_details, store_reconcile
from services.ivr.call_steps import CallsInMenus, Step, is_over, step_hash
from services.ivr.cdr import CdrReader, Leg, leg_hash
from services.ivr.cel import CelEvent, CelReader
from services.ivr.clock import LocalClock, moment
from services.ivr.config import Source
from services.ivr.detail_batches import EventRows, LegRows, Read, Rows, standing
from services.ivr.keys import Keys
from services.ivr.legacy import NO_DATE
from services.ivr.reconcile import Cell, HashedCall, Part, Tally, wrap64
from services.ivr.sources.details import DetailBatch, DetailStream, Resume
from services.ivr.sources.legacy import Window
from services.ivr.store_details import DetailPlace
from services.ivr.zone_check import ZoneTally
from shared.postgres import Connection

GRACE_S = 120.0  # a row this young may be waiting for the next run
WHOLE = Resume(everything=True)

Place = tuple[int, float, int]


class Told(NamedTuple):
    """A leg or step of the source on its day. Where rows have no place, `rank` says which of one key counts."""

    day: date
    row: HashedCall
    rank: tuple[str, datetime, int] | None = None


@dataclass(frozen=True, slots=True)
class Details:
    """Both sides' tallies, the rows so young that they wait for the next run, and the source's legs and steps."""

    ours: dict[Cell, Tally]
    theirs: dict[Cell, Tally]
    waiting: int
    legs: Collection[Told]
    steps: Collection[Told]


@dataclass(slots=True)
class _Side:
    """What the source says: legs by id, steps by place, and rows that only count."""

    legs: dict[int, Told] = field(default_factory=dict)
    steps: dict[Place, Told] = field(default_factory=dict)
    bad_legs: set[tuple[str, int]] = field(default_factory=set)
    events: Counter[date] = field(default_factory=Counter)
    waiting: int = 0


async def reconcile_details(
    conn: Connection, keys: Keys, source: Source, source_id: int, window: Window, streams: list[DetailStream]
) -> Details:
    """What cdr and cel tell, beside what is published of them."""
    telling = _Telling(keys, source, await _published_since(conn, source_id))
    for stream in streams:
        place = await store_details.read_stream(conn, source_id, stream.id)
        gaps = await store_details.gaps(conn, source_id, stream.id)
        await telling.take(stream, place, gaps)
    side = telling.side
    clock = _Days(source.zone, window)
    ours = _tallies("legs", side.legs.values(), clock) | _tallies("steps", side.steps.values(), clock)
    if side.bad_legs and NO_DATE in clock:
        ours[Cell("legs", "", NO_DATE)] = Tally(len(side.bad_legs))
    ours |= {Cell("cel_events", "", day): Tally(rows) for day, rows in side.events.items() if day in clock}
    days = clock.range(
        [told.day for told in (*side.legs.values(), *side.steps.values())],
        await store_reconcile.detail_span(conn, source_id),
    )
    theirs = await store_reconcile.event_tallies(conn, source_id, window.since, window.until, "cel")
    if days:
        starts = [clock.start(day) for day in (*days, days[-1] + timedelta(days=1))]
        theirs |= await store_reconcile.leg_tallies(conn, source_id, days, starts)
        theirs |= await store_reconcile.step_tallies(conn, source_id, days, starts)
    if NO_DATE in clock and (rejects := await store_reconcile.log_rejects(conn, source_id, "cdr")):
        theirs[Cell("legs", "", NO_DATE)] = Tally(rejects)
    return Details(ours, theirs, side.waiting, side.legs.values(), side.steps.values())


async def _published_since(conn: Connection, source_id: int) -> set[int]:
    return await store_reconcile.leg_ids_since(conn, source_id, moment(time.time() - GRACE_S))


async def told_details(
    keys: Keys, source: Source, streams: list[DetailStream]
) -> tuple[Collection[int], Collection[str]]:
    """The ids of all legs that the source tells, and the linkedids of all calls whose steps it tells."""
    telling = _Telling(keys, source, set(), young=math.inf)
    for stream in streams:
        await telling.take(stream, DetailPlace(), [])
    return telling.side.legs.keys(), telling.linked_ids


class _Telling:
    """Rows into legs and steps, as a run does it."""

    def __init__(self, keys: Keys, source: Source, published: set[int], *, young: float | None = None) -> None:
        self.side = _Side()
        self._keys = keys
        self._source = source
        self._published = published
        self._clock = LocalClock(source.zone)
        self._kept: dict[str, list[CelEvent]] = {}
        self._newest_at: float | None = None
        self._young = time.time() - GRACE_S if young is None else young
        self.linked_ids: set[str] = set()  # of the calls that events of cel are of

    async def take(self, stream: DetailStream, place: DetailPlace, gaps: list[tuple[int, int]]) -> None:
        clock = self._clock
        rows = Rows(self._keys, clock, positioned=stream.positioned, places=stream.places)
        if stream.log == "cdr":
            reader = CdrReader(
                keys=self._keys,
                clock=clock,
                source=self._source.id,
                stream=stream.id,
                places=stream.places,
                positioned=stream.positioned,
            )
            legs = LegRows(reader, rows, ZoneTally())
            async for batch in stream.batches(WHOLE):
                await asyncio.to_thread(self._take_legs, stream, legs, batch)
            return
        events = EventRows(CelReader(keys=self._keys, clock=clock, stream=stream.id, places=stream.places), rows)
        missing = {each for first, last in gaps if last - first < _GAP_IDS_MAX for each in range(first, last + 1)}
        self._newest_at = None
        async for batch in stream.batches(WHOLE):
            await asyncio.to_thread(self._take_events, events, batch, place.next_position, missing)

    def _take_legs(self, stream: DetailStream, legs: LegRows, batch: DetailBatch) -> None:
        found = self._read(legs, batch)
        for day, leg, *_ in found.legs:
            ended = leg.started_at if leg.ended_at is None else leg.ended_at
            if ended > self._young and leg.leg_id not in self._published:
                self.side.waiting += 1
            else:
                self._tell_leg(stream, day, leg)
        self.side.bad_legs.update((stream.id, reject.position) for reject, _ in found.bad)

    def _tell_leg(self, stream: DetailStream, day: date, leg: Leg) -> None:
        """Of several with one key the last one read, which has the highest place; without places as a run decides."""
        hashed = leg_hash(leg)
        rank = None if stream.positioned else (stream.id, *standing(leg, hashed))
        before = self.side.legs.get(leg.leg_id)
        if before is not None and before.rank and rank and before.rank[0] == stream.id and before.rank > rank:
            return
        words = f"{leg.linked_id} {leg.unique_id} {leg.disposition}"
        self.side.legs[leg.leg_id] = Told(day, HashedCall(leg.leg_id, hashed, leg.started_at, words), rank)

    def _take_events(self, events: EventRows, batch: DetailBatch, next_position: int, missing: set[int]) -> None:
        found = self._read(events, batch)
        fresh = []
        for day, event, _ in found.events:
            unread = event.position >= next_position or event.position in missing
            if event.at > self._young and unread:
                self.side.waiting += 1
            else:
                self.side.events[day] += 1
                fresh.append(event)
        if found.bad:
            self.side.events[NO_DATE] += len(found.bad)
        self._tell(fresh)

    def _tell(self, events: list[CelEvent]) -> None:
        """As a run tells a batch: with the kept events of the calls that it touches."""
        touched = {event.linked_id for event in events}
        self.linked_ids |= touched
        kept = [event for linked_id in touched for event in self._kept.get(linked_id, ())]
        calls = CallsInMenus(self._source.id, self._keys, self._newest_at, kept)
        for event in events:
            calls.add(event)
        changes, self._newest_at = calls.changes(), calls.newest_at
        for step in changes.gone:
            del self.side.steps[step.caller_id, step.at, step.step_id]
        for step in changes.steps:
            self.side.steps[step.caller_id, step.at, step.step_id] = self._told_step(step)
        for linked_id in changes.forgotten:
            self._kept.pop(linked_id, None)
        for event in changes.kept:
            self._kept.setdefault(event.linked_id, []).append(event)
        if self._newest_at is not None:
            over = [linked_id for linked_id, of_call in self._kept.items() if is_over(of_call, self._newest_at)]
            for linked_id in over:
                del self._kept[linked_id]

    def _told_step(self, step: Step) -> Told:
        words = f"{step.linked_id} {step.menu} {step.ended}"
        return Told(self._clock.day(int(step.at)), HashedCall(step.step_id, step_hash(step), step.at, words))

    def _read(self, rows: LegRows | EventRows, batch: DetailBatch) -> Read:
        return rows.read(batch.rows, known_below=0, latest=self._young)


_GAP_IDS_MAX = 100_000  # a range of purged ids; none of them is young


class _Days:
    """The local days of a source that were asked for."""

    def __init__(self, zone: str, window: Window) -> None:
        self._zone = ZoneInfo(zone)
        self._clock = LocalClock(zone)
        self._window = window

    def __contains__(self, day: date) -> bool:
        return (None if day == NO_DATE else day) in self._window

    def range(self, ours: list[date], span: tuple[datetime, datetime] | None) -> list[date]:
        """Every day from the first to the last of either side."""
        days = [*ours, *(self._clock.day(int(each.timestamp())) for each in span or ())]
        if not days:
            return []
        first = max(min(days), self._window.since or date.min)
        last = max(days) if self._window.until is None else min(max(days), self._window.until - timedelta(days=1))
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]

    def start(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self._zone).astimezone(UTC)


def _tallies(part: Part, told: Iterable[Told], days: _Days) -> dict[Cell, Tally]:
    tallies: dict[Cell, Tally] = {}
    for day, row, _ in told:
        if day in days:
            before = tallies.get(Cell(part, "", day), Tally())
            tallies[Cell(part, "", day)] = Tally(before.rows + 1, wrap64(before.hash + row.hash))
    return tallies
