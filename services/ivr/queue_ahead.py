"""Slices of a log are told one after the other, each while PostgreSQL still writes the one before it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from services.ivr import store_queue
from services.ivr.copy_fields import micros
from services.ivr.event_columns import Bools, Callids, EventColumns, Names
from services.ivr.queue_pack import as_kept, pack_calls
from services.ivr.queue_slices import Slice
from services.ivr.queue_telling import Teller, Telling
from services.ivr.store_queue import KnownNames
from shared.postgres import Connection

NOTHING: Final = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class Handover:
    """What PostgreSQL will say of the calls that a slice touched, while it has not been told yet."""

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
    """A slice with all that it says. `fresh` calls, `packed`, entered after all others; what was kept of `outdated`
    callids is something else now.
    """

    part: Slice
    telling: Telling
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
    _entered: int | None = None  # the newest entry that was told or is published, in microseconds of 2000
    _before: Handover | None = None

    async def tell(self, conn: Connection, part: Slice, *, written: bool) -> Told:
        """The next slice. Unless all before it is `written`, the last one of them may be on its way into PostgreSQL."""
        before = None if written else self._before
        names = self.known.names
        if self._entered is None:
            newest = await store_queue.newest_entry(conn, self.source_id)
            self._entered = NOTHING if newest is None else int(micros(np.array([newest.timestamp()]))[0])
        entered_before = self._entered
        events = part.events(names)
        callids = await asyncio.to_thread(self.teller.callids_of, events, part.callids)
        stored = callids if before is None else [callid for callid in callids if callid not in before.touched]
        kept, outdated = await store_queue.kept_events_of(conn, self.source_id, stored, self.known, part.callids)

        def told() -> Told:
            nonlocal kept
            if before is not None:
                handed, found = before.events_of(callids, part.callids)
                kept = EventColumns.join([kept, handed])
                outdated.extend(found)
            telling = self.teller.tell(kept, events, part.callids, self.newest_at)
            entered = micros(telling.calls.entered_at)
            self._entered = max(entered_before, int(entered.max(initial=entered_before)))
            fresh = entered > entered_before
            packed = pack_calls(telling.calls.take(fresh), self.source_id, names, part.callids)
            self.newest_at, self._before = telling.newest_at, Handover.of(telling, part.callids, names)
            return Told(part, telling, fresh, packed, outdated)

        return await asyncio.to_thread(told)
