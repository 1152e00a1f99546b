"""Batches of one stream become slices: as many rows as are told and written together. CPU only, it runs in threads."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np

from services.ivr.clock import LocalClock
from services.ivr.event_columns import Bools, Callids, EventColumns, Floats, Ints, Names, columns_of
from services.ivr.keys import Keys
from services.ivr.legacy import NO_DATE, Reject
from services.ivr.queue_columns import ColumnReader
from services.ivr.queue_events import AgentEvent, EventReader, masked_event
from services.ivr.sources.asterisk import Batch, QueueStream

FIRST_SLICE_ROWS: Final = 100_000  # each next one is twice as large: what is published is seen to grow from the start
SLICE_ROWS: Final = 400_000  # about two seconds of work and 200 MiB; half a dozen days of a busy centre
_QUARTER_S: Final = 900

Known = Callable[[Ints], Bools]


def rows_of_next(rows: int) -> int:
    """How many rows the slice behind one of so many is to have."""
    return min(2 * rows, SLICE_ROWS)


@dataclass(slots=True)
class Day:
    read: int = 0
    published: int = 0
    rejected: int = 0
    duplicate: int = 0


@dataclass(slots=True)
class Slice:
    """What some rows of a stream are, and what became of every one of them."""

    callids: Callids = field(default_factory=Callids)
    parts: list[EventColumns] = field(default_factory=list)
    agents: list[AgentEvent] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    verbs: Counter[str] = field(default_factory=Counter)
    days: dict[date, Day] = field(default_factory=dict)
    positions: list[Ints] = field(default_factory=list)  # of rows that were not read before
    times: list[Floats] = field(default_factory=list)  # of these rows, NaN where they have none
    lateness_s: list[Floats] = field(default_factory=list)
    late_rows: int = 0
    rows: int = 0
    next_position: int = 0

    @property
    def is_news(self) -> bool:
        return any(len(each) for each in self.positions)

    def events(self, names: Names) -> EventColumns:
        return EventColumns.join(self.parts) if self.parts else columns_of([], names, self.callids)

    def day(self, unit: date) -> Day:
        return self.days.setdefault(unit, Day())


class Slicer:
    """Reads the batches of one stream. `known` says which positions were read before this run."""

    def __init__(
        self, *, keys: Keys, clock: LocalClock, stream: QueueStream, names: Names, known: Known, watermark: int
    ) -> None:
        self._clock = clock
        self._known = known
        self._watermark = watermark
        self._by_offset = stream.in_one_transaction
        reader = EventReader(keys=keys, clock=clock, dialect=stream.dialect, stream=stream.id)
        self._reader = ColumnReader(reader, stream.names, names)
        self._days: dict[int, date] = {}
        self.newest_at: float | None = None  # before this run: what rows are late against

    def take(self, told: Slice, batch: Batch) -> None:
        given = None if batch.positions is None else np.array(batch.positions, dtype=np.int64)
        taken = self._reader.open(batch.packets, given, batch.id_column)
        positions = taken.positions
        repeated = self._known(positions)
        chunk = self._reader.take(taken, told.callids, repeated)
        told.parts.append(chunk.events)
        told.agents += chunk.agents
        told.verbs.update(chunk.verbs)
        told.rows += len(batch)
        told.next_position = max(told.next_position, batch.next_position)
        told.positions.append(positions[~repeated])
        for unit, rows in self._by_day(chunk.events.at):
            told.day(unit).read += rows
            told.day(unit).published += rows
        for unit, rows in self._by_day(chunk.repeated_at):
            told.day(unit).read += rows
            told.day(unit).duplicate += rows
        bad = [*chunk.bad]
        for position, text in batch.bad:
            if self._known(np.array([position]))[0]:
                told.day(NO_DATE).read += 1
                told.day(NO_DATE).duplicate += 1
            else:
                bad.append((position, "the line is not a row of a queue_log", text))
        self._reject(told, sorted(bad))
        if not self._by_offset:
            new = positions[~repeated]
            times = np.full(len(new), np.nan)
            times[np.searchsorted(new, chunk.events.position)] = chunk.events.at
            told.times.append(times)
            self._measure(told, chunk.events, new)

    def _reject(self, told: Slice, bad: list[tuple[int, str, str]]) -> None:
        for position, reason, text in bad:
            told.rejects.append(Reject(NO_DATE, position, reason, masked_event(text)))
        if bad:
            told.day(NO_DATE).read += len(bad)
            told.day(NO_DATE).rejected += len(bad)

    def _measure(self, told: Slice, events: EventColumns, positions: Ints) -> None:
        """Rows below the watermark came late: how far behind the newest event that was published before them."""
        told.late_rows += int(np.count_nonzero(positions < self._watermark))
        late = events.at[events.position < self._watermark]
        if len(late) and self.newest_at is not None:
            told.lateness_s.append(np.maximum(0.0, self.newest_at - late))

    def _by_day(self, moments: Floats) -> list[tuple[date, int]]:
        """Rows a local day, by quarters of an hour: no zone changes its day within one."""
        known = moments[~np.isnan(moments)]
        found: Counter[date] = Counter()
        for quarter, rows in zip(*np.unique((known // _QUARTER_S).astype(np.int64), return_counts=True), strict=True):
            day = self._days.get(int(quarter))
            if day is None:
                day = self._days[int(quarter)] = self._clock.day(int(quarter) * _QUARTER_S)
            found[day] += int(rows)
        if len(known) < len(moments):
            found[NO_DATE] += len(moments) - len(known)
        return list(found.items())
