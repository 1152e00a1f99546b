"""Events of one call become its queue calls: one for each time the call entered a queue. Pure.

A call can be handed in parts and in any batches: its events are kept until nothing can change it, and it is told again
from the beginning whenever one more arrives.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from services.ivr.keys import Keys
from services.ivr.queue_events import CALL_VERBS, COMPLETIONS, ENTRY, EXITS, TRANSFERS, Exit, QueueEvent

DAY_S = 86_400
ENDED_KEPT_S = DAY_S  # attended transfers and late rows still reach a call a day after its end
OPEN_KEPT_S = 7 * DAY_S  # a call that entered before a restart never ends; nobody queues for a week
NO_CALL = frozenset({"", "NONE", "REALTIME", "MANAGER", "CLI"})


@dataclass(frozen=True, slots=True)
class QueueCall:
    """One call in one queue."""

    call_id: int
    caller_id: int
    callid: str
    queue: str
    agent: str | None
    entered_at: float
    ended_at: float | None
    exit: Exit
    wait_s: float | None
    ring_s: float | None
    talk_s: float | None
    entry_position: int | None
    transfers: int
    ring_no_answer: int


@dataclass(slots=True)
class _Entry:
    enter: QueueEvent
    exit: Exit = "open"
    agent: str | None = None
    ended_at: float | None = None
    wait_s: float | None = None
    ring_s: float | None = None
    talk_s: float | None = None
    transfers: int = 0
    ring_no_answer: int = 0

    @property
    def waiting(self) -> bool:
        return self.exit == "open"

    @property
    def talking(self) -> bool:
        return self.exit == "answered" and self.ended_at is None

    def leave(self, how: Exit, event: QueueEvent) -> None:
        self.exit = how
        self.ended_at = event.at
        self.wait_s = _wait(self.enter, event)

    def connect(self, event: QueueEvent) -> None:
        self.exit = "answered"
        self.agent = event.agent
        self.ring_s = event.ring_s
        self.wait_s = _wait(self.enter, event)

    def complete(self, event: QueueEvent) -> None:
        self.ended_at = event.at
        self.talk_s = event.talk_s


def tell(events: Iterable[QueueEvent], source: str, keys: Keys) -> list[QueueCall]:
    """The queue calls of one callid, from all of its events in the order in which they happened."""
    entries: list[_Entry] = []
    for event in events:
        if event.verb == ENTRY:
            if entries and entries[-1].waiting:
                entries[-1].leave("flow_out", event)  # it went on to a queue without a word about the one before
            elif entries and entries[-1].talking:
                entries[-1].ended_at = event.at  # a transfer that nobody logged: how long they talked is unknown
            entries.append(_Entry(event))
        elif entries:
            _apply(entries, event)
    return [_finished(entry, n, source, keys) for n, entry in _numbered(entries)]


def _apply(entries: list[_Entry], event: QueueEvent) -> None:
    entry = next((each for each in reversed(entries) if each.enter.queue == event.queue), None)
    if entry is None:
        _foreign(entries[-1], event)
    elif event.verb == "RINGNOANSWER":
        entry.ring_no_answer += 1
    elif event.verb == "CONNECT":
        if entry.waiting:
            entry.connect(event)
        elif entry.exit == "answered":
            entry.transfers += 1  # connected again without entering again: somebody handed the caller on
    elif event.verb in EXITS:
        if entry.waiting:
            entry.leave(EXITS[event.verb], event)
            entry.agent = event.agent  # an ABANDON may name the agent who was just picking up
    elif entry.waiting:
        _without_connect(entry, event)
    else:
        _end_talk(entry, event)


def _foreign(last: _Entry, event: QueueEvent) -> None:
    """An attended transfer that was not logged shows as CONNECT and COMPLETE under a queue that was never entered."""
    if event.verb == "CONNECT" and last.exit == "answered":
        last.transfers += 1


def _without_connect(entry: _Entry, event: QueueEvent) -> None:
    # COMPLETE or a transfer says that somebody talked; the CONNECT before it was lost.
    if event.verb in COMPLETIONS or event.verb in TRANSFERS:
        entry.connect(event._replace(at=event.at - (event.talk_s or 0.0), ring_s=None))
        _end_talk(entry, event)


def _end_talk(entry: _Entry, event: QueueEvent) -> None:
    if entry.exit != "answered":
        return
    if event.verb in TRANSFERS:
        entry.transfers += 1
    if entry.ended_at is None or entry.talk_s is None:
        entry.complete(event)


def _finished(entry: _Entry, number: int, source: str, keys: Keys) -> QueueCall:
    enter = entry.enter
    return QueueCall(
        call_id=keys.text_id(source, enter.callid, enter.queue, f"{enter.at:.6f}", str(number)),
        caller_id=enter.caller_id,
        callid=enter.callid,
        queue=enter.queue,
        agent=entry.agent,
        entered_at=enter.at,
        ended_at=entry.ended_at,
        exit=entry.exit,
        wait_s=entry.wait_s,
        ring_s=entry.ring_s,
        talk_s=entry.talk_s,
        entry_position=enter.entry_position,
        transfers=entry.transfers,
        ring_no_answer=entry.ring_no_answer,
    )


def _numbered(entries: list[_Entry]) -> list[tuple[int, _Entry]]:
    """Entries with their number among those of the same queue and moment: an id that late rows do not shift."""
    seen: dict[tuple[str, float], int] = {}
    result = []
    for entry in entries:
        key = (entry.enter.queue, entry.enter.at)
        seen[key] = seen.get(key, 0) + 1
        result.append((seen[key], entry))
    return result


def _wait(enter: QueueEvent, event: QueueEvent) -> float:
    """What the log says, else the clock; never negative."""
    return event.wait_s if event.wait_s is not None else max(0.0, event.at - enter.at)


@dataclass(slots=True)
class _Kept:
    events: list[QueueEvent]
    last_at: float
    open: bool = True

    def over(self, now: float) -> bool:
        """Nothing that comes now can belong to this call any more."""
        return now - self.last_at > (OPEN_KEPT_S if self.open else ENDED_KEPT_S)


class OpenCalls:
    """The calls that a later event can still change, with their events; carried over from run to run."""

    def __init__(self, source: str, keys: Keys, newest_at: float | None = None) -> None:
        self._source = source
        self._keys = keys
        self._kept: dict[str, _Kept] = {}
        self._touched: set[str] = set()
        self._unsaved: set[str] = set()
        self._closed: list[QueueCall] = []
        self.newest_at = newest_at

    def restore(self, events: Iterable[QueueEvent]) -> None:
        """Events kept by an earlier run."""
        for event in events:
            self._add(event)
        for callid in self._touched:
            self._tell(callid)
        self._touched.clear()

    def add(self, event: QueueEvent) -> None:
        """Take one event; those that belong to no call are only a sign of time."""
        if event.verb in CALL_VERBS and event.callid not in NO_CALL:
            # Whether a batch ended before this event must not matter: what forget() would have dropped goes here too.
            kept = self._kept.get(event.callid)
            if kept is not None and self.newest_at is not None and self.newest_at - kept.last_at > ENDED_KEPT_S:
                self._drop_if_over(event.callid, kept, self.newest_at)
            self._add(event)
            self._unsaved.add(event.callid)
        if self.newest_at is None or event.at > self.newest_at:
            self.newest_at = event.at

    def changed(self) -> list[QueueCall]:
        """The queue calls that events since the last question touched, told anew."""
        calls = self._closed + [call for callid in sorted(self._touched) for call in self._tell(callid)]
        self._closed = []
        self._touched.clear()
        return calls

    def save(self) -> tuple[list[str], list[QueueEvent]]:
        """What changed since the last question: callids whose stored events are out of date, and their events now.

        Lets go of calls that nothing can change any more. To be asked after `changed`.
        """
        if self.newest_at is not None:
            for callid in [callid for callid, kept in self._kept.items() if kept.over(self.newest_at)]:
                del self._kept[callid]
                self._unsaved.add(callid)
        outdated = sorted(self._unsaved)
        self._unsaved.clear()
        return outdated, [event for callid in outdated if callid in self._kept for event in self._kept[callid].events]

    def _drop_if_over(self, callid: str, kept: _Kept, now: float) -> None:
        calls = self._tell(callid)
        if kept.over(now):
            if callid in self._touched:
                self._closed += calls
            del self._kept[callid]

    def _add(self, event: QueueEvent) -> None:
        kept = self._kept.get(event.callid)
        if kept is None:
            self._kept[event.callid] = _Kept([event], event.at)
        else:
            kept.events.append(event)
            kept.last_at = max(kept.last_at, event.at)
        self._touched.add(event.callid)

    def _tell(self, callid: str) -> list[QueueCall]:
        kept = self._kept[callid]
        kept.events.sort(key=lambda event: (event.at, event.stream, event.position))
        calls = tell(kept.events, self._source, self._keys)
        kept.open = not calls or any(call.ended_at is None for call in calls)
        return calls
