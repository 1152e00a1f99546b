"""A slice of a log into queue calls, all calls together; what `queue_calls.OpenCalls` tells event by event. Pure.

Most calls are plain: one queue, entered once, left once. Those are told as columns; every other call goes through
`queue_calls.tell`, and a property test holds both ways equal.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from services.ivr.event_columns import Bools, Callids, EventColumns, Floats, Ints, Names
from services.ivr.grouping import present
from services.ivr.keys import Keys
from services.ivr.queue_calls import ENDED_KEPT_S, NO_CALL, OPEN_KEPT_S, QueueCall, tell
from services.ivr.queue_events import COMPLETIONS, ENTRY, EXITS, TRANSFERS, Exit

EXIT_NAMES: Final[tuple[Exit, ...]] = get_args(Exit)
_ANSWERED, _OPEN = EXIT_NAMES.index("answered"), EXIT_NAMES.index("open")
_ENTER, _RING, _CONNECT, _COMPLETE, _TRANSFER = range(1, 6)
_EXIT_FIRST: Final = 10  # _EXIT_FIRST + n leaves the queue by EXIT_NAMES[n]


@dataclass(frozen=True, slots=True)
class CallColumns:
    """Queue calls as columns; missing numbers and moments are NaN, `exit` is a place in EXIT_NAMES."""

    call_id: Ints
    caller_id: Ints
    callid: Ints
    queue: Ints
    agent: Ints
    entered_at: Floats
    ended_at: Floats
    exit: Ints
    wait_s: Floats
    ring_s: Floats
    talk_s: Floats
    entry_position: Floats
    transfers: Ints
    ring_no_answer: Ints

    def __len__(self) -> int:
        return len(self.call_id)

    def take(self, places: Ints | Bools | slice) -> "CallColumns":
        return CallColumns(*(getattr(self, each.name)[places] for each in fields(self)))

    @staticmethod
    def join(parts: Sequence["CallColumns"]) -> "CallColumns":
        return CallColumns(
            *(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(CallColumns))
        )


@dataclass(frozen=True, slots=True)
class Telling:
    """What a slice became. `kept` are the events of touched calls that a later event can still change."""

    calls: CallColumns
    touched: list[str]
    kept: EventColumns
    kept_open: Bools
    newest_at: float | None


class Teller:
    """Tells the calls of one source."""

    def __init__(self, source: str, keys: Keys, names: Names) -> None:
        self._source = source
        self._keys = keys
        self._names = names

    def callids_of(self, events: EventColumns, callids: Callids) -> list[str]:
        """The callids whose calls these events may change: what is kept of them must be handed to `tell`."""
        numbers = present(events.callid[self._about_calls(events, callids)], len(callids.texts))
        return [callids.texts[number] for number in numbers.tolist()]

    def tell(self, kept: EventColumns, events: EventColumns, callids: Callids, newest_at: float | None) -> Telling:
        """`kept` in the order in which they happened, `events` in the order in which they came."""
        before = np.maximum.accumulate(np.concatenate([[-np.inf if newest_at is None else newest_at], events.at]))
        calling = self._about_calls(events, callids)
        group = _Groups.of(
            EventColumns.join([kept, events.take(calling)]),
            np.concatenate([np.full(len(kept), np.nan), before[:-1][calling]]),
            self._classes(),
        )
        newest = None if np.isneginf(before[-1]) else float(before[-1])
        calls = [self._plain(group, callids)]
        keep = np.ones(len(group.work), dtype=np.bool_)
        open_ = np.ones(len(group.starts), dtype=np.bool_)
        open_[group.number[group.plain[group.number] & group.entering]] = np.isnan(calls[0].ended_at)
        slow: list[QueueCall] = []
        for number in np.flatnonzero(~group.plain & ~group.empty).tolist():
            told, kept_rows, open_[number] = self._single(group, number, callids)
            slow += told
            keep[group.starts[number] : group.ends[number]] = False
            keep[kept_rows] = True
        calls.append(call_columns(slow, self._names, callids))
        if newest is not None:
            over = newest - group.last_at(keep) > np.where(open_, OPEN_KEPT_S, ENDED_KEPT_S)
            keep &= ~over[group.number]
        return Telling(
            CallColumns.join(calls),
            [callids.texts[each] for each in group.work.callid[group.starts].tolist()],
            group.work.take(keep),
            open_[group.number[keep]],
            newest,
        )

    def _about_calls(self, events: EventColumns, callids: Callids) -> Bools:
        classes = self._classes()
        nobody = np.array([callids.number(text) for text in sorted(NO_CALL)], dtype=np.int64)
        result: Bools = (classes[events.verb] > 0) & ~np.isin(events.callid, nobody)
        return result

    def _classes(self) -> Ints:
        """What each verb does, by its number."""
        number = self._names.number
        found = {number(ENTRY): _ENTER, number("RINGNOANSWER"): _RING, number("CONNECT"): _CONNECT}
        found |= {number(verb): _COMPLETE for verb in sorted(COMPLETIONS)}
        found |= {number(verb): _TRANSFER for verb in sorted(TRANSFERS)}
        found |= {number(verb): _EXIT_FIRST + EXIT_NAMES.index(how) for verb, how in EXITS.items()}
        classes = np.zeros(len(self._names.texts), dtype=np.int64)
        classes[list(found)] = list(found.values())
        return classes

    def _plain(self, group: "_Groups", callids: Callids) -> CallColumns:
        work, count = group.work, int(np.count_nonzero(group.plain))
        row = np.cumsum(group.plain) - 1  # of each plain group among the calls
        chosen = group.plain[group.number]
        enter = np.flatnonzero(chosen & group.entering)
        nothing = np.full(count, np.nan)
        agent, exits = np.zeros(count, dtype=np.int64), np.full(count, _OPEN)
        wait, ring, talk, ended = nothing.copy(), nothing.copy(), nothing.copy(), nothing.copy()
        decisive = (group.kind == _CONNECT) | (group.kind >= _EXIT_FIRST)
        leave = np.flatnonzero(chosen & decisive)
        at = row[group.number[leave]]
        agent[at] = work.agent[leave]
        exits[at] = np.where(group.kind[leave] == _CONNECT, _ANSWERED, group.kind[leave] - _EXIT_FIRST)
        clock = np.maximum(0.0, work.at[leave] - work.at[enter][at])
        wait[at] = np.where(np.isnan(work.wait[leave]), clock, work.wait[leave])
        ring[at] = np.where(group.kind[leave] == _CONNECT, work.ring[leave], np.nan)
        ended[at] = np.where(group.kind[leave] == _CONNECT, np.nan, work.at[leave])
        done = np.flatnonzero(chosen & ((group.kind == _COMPLETE) | (group.kind == _TRANSFER)))
        ended[row[group.number[done]]] = work.at[done]
        talk[row[group.number[done]]] = work.talk[done]
        texts, queues = callids.texts, [name.encode("utf-8", "surrogateescape") for name in self._names.texts]
        told = zip(work.callid[enter].tolist(), work.queue[enter].tolist(), work.at[enter].tolist(), strict=True)
        parts = [b"%b\0%b\0%.6f\x001" % (texts[callid].encode(), queues[queue], at) for callid, queue, at in told]
        return CallColumns(
            call_id=self._keys.text_id_column((self._source,), parts),
            caller_id=work.caller[enter],
            callid=work.callid[enter],
            queue=work.queue[enter],
            agent=agent,
            entered_at=work.at[enter],
            ended_at=ended,
            exit=exits,
            wait_s=wait,
            ring_s=ring,
            talk_s=talk,
            entry_position=work.entry[enter],
            transfers=group.count(group.kind == _TRANSFER)[group.plain],
            ring_no_answer=group.count(group.kind == _RING)[group.plain],
        )

    def _single(self, group: "_Groups", number: int, callids: Callids) -> tuple[list[QueueCall], list[int], bool]:
        """The calls of one callid, the rows that stay of it, and whether one has not ended: as OpenCalls does it."""
        told: list[QueueCall] = []
        kept: list[int] = []
        touched = False
        events = {
            row: group.work.event(row, self._names, callids.texts)
            for row in range(group.starts[number], group.ends[number])
        }

        def calls_of(rows: list[int]) -> tuple[list[QueueCall], bool]:
            ordered = sorted((events[row] for row in rows), key=lambda each: (each.at, each.stream, each.position))
            calls = tell(ordered, self._source, self._keys)
            return calls, not calls or any(call.ended_at is None for call in calls)

        for row in events:
            now = float(group.newest[row])
            last_at = max((events[each].at for each in kept), default=now)
            if now - last_at > ENDED_KEPT_S:  # never of what was kept: `now` is not a number there
                calls, is_open = calls_of(kept)
                if now - last_at > (OPEN_KEPT_S if is_open else ENDED_KEPT_S):
                    told += calls if touched else []
                    kept = []
            touched |= not np.isnan(now)
            kept.append(row)
        calls, is_open = calls_of(kept)
        last = {call.call_id: call for call in [*told, *calls]}
        return list(last.values()), kept, is_open


@dataclass(frozen=True, slots=True)
class _Groups:
    """Events by callid, in the order in which they came; `newest` is the newest moment before each, NaN if kept."""

    work: EventColumns
    newest: Floats
    kind: Ints
    number: Ints  # the group of each event
    starts: Ints
    ends: Ints
    plain: Bools
    empty: Bools

    @classmethod
    def of(cls, work: EventColumns, newest: Floats, classes: Ints) -> "_Groups":
        order = np.argsort(work.callid, kind="stable")
        work, newest = work.take(order), newest[order]
        first = np.ones(len(work), dtype=np.bool_)
        first[1:] = work.callid[1:] != work.callid[:-1]
        starts = np.flatnonzero(first)
        none = np.zeros(len(starts), dtype=np.bool_)
        group = cls(
            *(work, newest, classes[work.verb], np.cumsum(first) - 1, starts),
            *(np.append(starts[1:], len(work)), none, none.copy()),
        )
        group._judge(first)
        return group

    @property
    def entering(self) -> Bools:
        result: Bools = self.kind == _ENTER
        return result

    def count(self, which: Bools) -> Ints:
        return np.bincount(self.number[which], minlength=len(self.starts))

    def last_at(self, which: Bools) -> Floats:
        last = np.full(len(self.starts), -np.inf)
        np.maximum.at(last, self.number[which], self.work.at[which])
        return last

    def _judge(self, first: Bools) -> None:
        """Which groups are plain, and which hold no entry into a queue and so no call."""
        work, kind = self.work, self.kind
        connect, done, leave = kind == _CONNECT, (kind == _COMPLETE) | (kind == _TRANSFER), kind >= _EXIT_FIRST
        odd = np.zeros(len(work), dtype=np.bool_)
        step = work.at[1:] - work.at[:-1]
        odd[1:] = (step < 0) | ((step == 0) & (work.position[1:] <= work.position[:-1]))
        odd[1:] |= work.stream[1:] != work.stream[:-1]
        odd[1:] |= self.newest[1:] - work.at[:-1] > ENDED_KEPT_S
        odd &= ~first
        orderly = self.count(odd) == 0
        entries = self.count(self.entering)
        self.empty[:] = orderly & (entries == 0)
        connects, dones, leaves = self.count(connect), self.count(done), self.count(leave)
        # A completion needs its CONNECT before it; between the two nothing else may decide.
        talked = np.zeros(len(self.starts), dtype=np.bool_)
        place = np.full((2, len(self.starts)), -1, dtype=np.int64)
        place[0, self.number[connect]] = np.flatnonzero(connect)
        place[1, self.number[done]] = np.flatnonzero(done)
        talked = (dones == 0) | ((connects == 1) & (place[1] > place[0]))
        same_queue = self.count(work.queue != work.queue[self.starts][self.number]) == 0
        one = (entries == 1) & self.entering[self.starts] & same_queue & talked
        self.plain[:] = orderly & one & (connects + leaves <= 1) & (dones <= 1)


def call_columns(calls: Sequence[QueueCall], names: Names, callids: Callids) -> CallColumns:
    """Single calls as columns."""

    def floats(values: Sequence[float | None]) -> NDArray[np.float64]:
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)

    def ints(values: Sequence[int]) -> Ints:
        return np.array(values, dtype=np.int64)

    return CallColumns(
        ints([call.call_id for call in calls]),
        ints([call.caller_id for call in calls]),
        ints([callids.number(call.callid) for call in calls]),
        ints([names.number(call.queue) for call in calls]),
        ints([names.number(call.agent or "") for call in calls]),
        floats([call.entered_at for call in calls]),
        floats([call.ended_at for call in calls]),
        ints([EXIT_NAMES.index(call.exit) for call in calls]),
        floats([call.wait_s for call in calls]),
        floats([call.ring_s for call in calls]),
        floats([call.talk_s for call in calls]),
        floats([call.entry_position for call in calls]),
        ints([call.transfers for call in calls]),
        ints([call.ring_no_answer for call in calls]),
    )


def single_calls(calls: CallColumns, names: Names, callids: Callids) -> list[QueueCall]:
    """Columns as calls by themselves."""

    def maybe(value: float) -> float | None:
        return None if np.isnan(value) else float(value)

    return [
        QueueCall(
            call_id=int(calls.call_id[n]),
            caller_id=int(calls.caller_id[n]),
            callid=callids.texts[calls.callid[n]],
            queue=names.texts[calls.queue[n]],
            agent=names.texts[calls.agent[n]] or None,
            entered_at=float(calls.entered_at[n]),
            ended_at=maybe(calls.ended_at[n]),
            exit=EXIT_NAMES[calls.exit[n]],
            wait_s=maybe(calls.wait_s[n]),
            ring_s=maybe(calls.ring_s[n]),
            talk_s=maybe(calls.talk_s[n]),
            entry_position=None if np.isnan(calls.entry_position[n]) else int(calls.entry_position[n]),
            transfers=int(calls.transfers[n]),
            ring_no_answer=int(calls.ring_no_answer[n]),
        )
        for n in range(len(calls))
    ]
