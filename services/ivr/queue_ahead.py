"""Slices of a log are told one after the other, each while PostgreSQL still writes the one before it."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from services.ivr import store_queue
from services.ivr.clock import moment
from services.ivr.copy_fields import micros
from services.ivr.event_columns import Bools, Callids, EventColumns, Names
from services.ivr.queue_pack import as_kept, pack_calls
from services.ivr.queue_slices import Slice
from services.ivr.queue_telling import CallColumns, Teller, Telling
from services.ivr.queue_touched import SINGLE_CALLS_MAX
from services.ivr.store_queue import KnownNames
from shared.postgres import Connection

NOTHING: Final = np.iinfo(np.int64).min

Reading = Callable[[], AbstractAsyncContextManager[Connection]]  # a connection for one question


@dataclass(frozen=True, slots=True)
class Handover:
    """What PostgreSQL will say of the calls that a slice touched, while the slice has not been committed."""

    kept: EventColumns
    texts: Sequence[str]  # of the kept events' callids
    touched: frozenset[str]

    @classmethod
    def of(cls, telling: Telling, callids: Callids, names: Names) -> "Handover":
        return cls(as_kept(telling.kept, names), callids.texts, frozenset(telling.touched))

    def events_of(self, wanted: Sequence[str], callids: Callids) -> tuple[EventColumns, list[str]]:
        """What is kept of these callids, with the numbers of `callids`, and of which of them there is something."""
        numbers = np.full(len(self.texts), -1, dtype=np.int64)
        asked, found = set(wanted), []
        for number in np.unique(self.kept.callid).tolist():
            if self.texts[number] in asked:
                found.append(self.texts[number])
                numbers[number] = callids.number(self.texts[number])
        kept = self.kept.take(numbers[self.kept.callid] >= 0)
        return replace(kept, callid=numbers[kept.callid]), found


@dataclass(frozen=True, slots=True)
class Told:
    """A slice with all that it says; what was kept of `outdated` callids is something else now.

    Of many calls, `in_bulk`, the `fresh` ones entered after all others and are `packed`. Of few none is called fresh.
    """

    part: Slice
    telling: Telling
    in_bulk: bool
    fresh: Bools
    packed: bytes
    outdated: list[str]


@dataclass(slots=True)
class Tellings:
    """Tells the slices of one stream."""

    source_id: int
    teller: Teller
    known: KnownNames
    newest_at: float | None
    _entered: int = NOTHING  # the newest entry that was told or, once it was asked, is published: microseconds of 2000
    _asked: bool = False
    _uncommitted: deque[Handover] = field(default_factory=deque)  # of the slices told last, the oldest first

    def committed(self, slices: int) -> None:
        """So many slices more, of those that were told first, can be read by everybody."""
        for _ in range(slices):
            self._uncommitted.popleft()

    async def tell(self, reading: Reading, part: Slice, *, written: bool) -> Told:
        """The next slice. `written`: what was told before it is there already for `reading`, and nobody commits it."""
        before = [] if written else [*reversed(self._uncommitted)]
        names = self.known.names
        events = part.events(names)
        callids = await asyncio.to_thread(self.teller.callids_of, events, part.callids)
        told_of = who_tells(callids, before)
        stored = told_of[-1]
        async with reading() as conn:
            kept, outdated = await store_queue.kept_events_of(conn, self.source_id, stored, self.known, part.callids)

        def told() -> Telling:
            nonlocal kept
            for handover, wanted in zip(before, told_of, strict=False):
                handed, found = handover.events_of(wanted, part.callids)
                kept = EventColumns.join([kept, handed])
                outdated.extend(found)
            return self.teller.tell(kept, events, part.callids, self.newest_at)

        telling = await asyncio.to_thread(told)
        self.newest_at = telling.newest_at
        if not written:
            self._uncommitted.append(await asyncio.to_thread(Handover.of, telling, part.callids, names))
        in_bulk = len(telling.calls) > SINGLE_CALLS_MAX
        if in_bulk and not self._asked:
            await self._ask(reading, telling.calls)
        entered = micros(telling.calls.entered_at)
        fresh = entered > self._entered if in_bulk else np.zeros(len(entered), dtype=np.bool_)
        self._entered = int(entered.max(initial=self._entered))
        packed = b""
        if in_bulk:
            packed = await asyncio.to_thread(
                lambda: pack_calls(telling.calls.take(fresh), self.source_id, names, part.callids)
            )
        return Told(part, telling, in_bulk, fresh, packed, outdated)

    async def _ask(self, reading: Reading, calls: CallColumns) -> None:
        """Only once and only since these calls: what entered before all of them is older than `_entered` anyway."""
        since = moment(float(calls.entered_at.min() // 1))
        async with reading() as conn:
            newest = await store_queue.newest_entry(conn, self.source_id, since)
        if newest is not None:
            self._entered = max(self._entered, int(micros(np.array([newest.timestamp()]))[0]))
        self._asked = True


def who_tells(callids: Sequence[str], before: Sequence[Handover]) -> list[list[str]]:
    """The callids that each of these handovers tells of, the newest handover first; behind them what is stored."""
    found: list[list[str]] = []
    rest = list(callids)
    for handover in before:
        found.append([callid for callid in rest if callid in handover.touched])
        rest = [callid for callid in rest if callid not in handover.touched]
    return [*found, rest]
