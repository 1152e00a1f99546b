"""What Asterisk's queue_log says about a day: one row an event, as codes that are turned into text later."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from iact.simulate import asterisk_day as ad
from iact.simulate.text import Ints

VERBS = (
    "QUEUESTART", "ADDMEMBER", "AGENTLOGIN", "UNPAUSE", "ENTERQUEUE", "RINGNOANSWER", "RINGCANCELED", "CONNECT",
    "COMPLETECALLER", "COMPLETEAGENT", "BLINDTRANSFER", "ATTENDEDTRANSFER", "ABANDON", "EXITWITHTIMEOUT", "EXITWITHKEY",
    "EXITEMPTY", "WITHDRAW", "PAUSE", "REMOVEMEMBER", "AGENTLOGOFF",
)  # fmt: skip
(
    QUEUESTART, ADDMEMBER, AGENTLOGIN, UNPAUSE, ENTERQUEUE, RINGNOANSWER, RINGCANCELED, CONNECT,
    COMPLETECALLER, COMPLETEAGENT, BLINDTRANSFER, ATTENDEDTRANSFER, ABANDON, EXITWITHTIMEOUT, EXITWITHKEY,
    EXITEMPTY, WITHDRAW, PAUSE, REMOVEMEMBER, AGENTLOGOFF,
) = range(len(VERBS))  # fmt: skip
EXIT_VERBS = {
    ad.ABANDONED: ABANDON,
    ad.TIMEOUT: EXITWITHTIMEOUT,
    ad.KEY_EXIT: EXITWITHKEY,
    ad.EMPTY: EXITEMPTY,
    ad.WITHDRAWN: WITHDRAW,
}
BLIND_SHARE, ATTENDED_SHARE, BY_CALLER_SHARE = 0.03, 0.045, 0.58  # cumulative, of answered calls

# Channels are numbered over the life of the PBX; epoch and number travel as one integer.
CHANNEL_BASE = 10**9
NOTHING = -1

WORDS = (
    "", "Comida", "Sanitario", "Capacitacion", "Junta", "Auto-Pause", "PAUSED", "2101", "2102", "3100", "from-internal",
    "BRIDGE", "supervisor",
)  # fmt: skip
PAUSE_REASONS = (1, 2, 3, 4)
EXTENSIONS = (7, 8, 9)
CONTEXT, BRIDGE, WITHDRAW_INFO = 10, 11, 12


@dataclass(frozen=True, slots=True)
class Events:
    """Rows of queue_log; what the five data columns mean depends on the verb."""

    time: Ints
    verb: Ints
    channel: Ints  # epoch by CHANNEL_BASE + number, or NOTHING
    queue: Ints  # or NOTHING
    agent: Ints  # or NOTHING
    data: Ints  # rows by 5; NOTHING is an empty cell
    entry: Ints  # when the call entered its queue: what the truth is counted by
    wait: Ints
    talk: Ints
    caller: Ints

    def __len__(self) -> int:
        return len(self.time)

    def take(self, places: Ints | slice) -> "Events":
        return Events(*(getattr(self, field.name)[places] for field in fields(self)))

    @staticmethod
    def together(parts: Sequence["Events"]) -> "Events":
        return Events(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Events)))

    def in_order(self) -> "Events":
        return self.take(np.lexsort((self.verb, self.time)))


def channels(day: ad.Day, first: int) -> tuple[Ints, Ints, int]:
    """The caller's channel and the answering agent's channel of every call, and the number after the last."""
    legs = 2 + np.bincount([row[0] for row in day.happened.rings], minlength=len(day.entry))
    number = first + np.cumsum(legs) - legs
    caller = (day.entry - day.ivr) * CHANNEL_BASE + number
    answered_at = day.entry + day.wait - day.ring
    return caller, answered_at * CHANNEL_BASE + number + legs - 1, first + int(legs.sum())


def events(day: ad.Day, caller_channel: Ints, agent_channel: Ints, restarts: Ints) -> Events:
    """Everything that was logged about the day's calls and agents, in order."""
    parts = [
        *_call_events(day, caller_channel, agent_channel),
        _ring_events(day, caller_channel, day.happened.rings, RINGNOANSWER),
        _ring_events(day, caller_channel, day.happened.cancelled, RINGCANCELED),
    ]
    calls = Events.together(parts)
    calls = calls.take(_survivors(calls, restarts))
    return Events.together([calls, *_agent_events(day), _plain(restarts, QUEUESTART)]).in_order()


def _survivors(found: Events, restarts: Ints) -> Ints:
    """Places of what was logged about a call before a restart ended it."""
    began = np.searchsorted(restarts, found.entry, side="right")
    return np.flatnonzero(began == np.searchsorted(restarts, found.time, side="right"))


def _call_events(day: ad.Day, caller_channel: Ints, agent_channel: Ints) -> list[Events]:
    every = np.arange(len(day.entry))
    answered = every[day.exit == ad.ANSWERED]
    connect = day.entry + day.wait
    chance = (day.bits & 0xFFFF) / 0x10000
    enter = _of_calls(day, every, caller_channel, ENTERQUEUE, day.entry, data=(None, day.caller, day.position))
    connected = _of_calls(
        day, answered, caller_channel, CONNECT, connect, data=(day.wait, agent_channel, day.ring), with_agent=True
    )
    completed = (day.wait, day.talk, day.position)
    extension = np.array(EXTENSIONS)[(day.bits >> 16) % len(EXTENSIONS)]
    words = np.ones(len(every), dtype=np.int64)
    moved = (extension, words * CONTEXT, day.wait, day.talk, day.position)
    merged = (words * BRIDGE, day.bits >> 8, day.wait, day.talk, day.position)
    ends = [
        _of_calls(day, chosen, caller_channel, verb, connect + day.talk, data=data, with_agent=True)
        for verb, chosen, data in (
            (BLINDTRANSFER, answered[chance[answered] < BLIND_SHARE], moved),
            (ATTENDEDTRANSFER, answered[_between(chance[answered], BLIND_SHARE, ATTENDED_SHARE)], merged),
            (COMPLETECALLER, answered[_between(chance[answered], ATTENDED_SHARE, BY_CALLER_SHARE)], completed),
            (COMPLETEAGENT, answered[chance[answered] >= BY_CALLER_SHARE], completed),
        )
    ]
    left_at = 1 + (day.bits >> 16) % day.position
    gone = (left_at, day.position, day.wait)
    exits = [
        _of_calls(day, every[day.exit == code], caller_channel, verb, connect, data=data, with_agent=True)
        for code, verb in EXIT_VERBS.items()
        for data in [
            {
                EXITWITHKEY: ((day.bits >> 4) % 3, *gone),
                WITHDRAW: (*gone, words * WITHDRAW_INFO),
            }.get(verb, gone)
        ]
    ]
    return [enter, connected, *ends, *exits]


def _between(chance: NDArray[np.float64], low: float, high: float) -> NDArray[np.bool_]:
    return (chance >= low) & (chance < high)


def _of_calls(
    day: ad.Day,
    chosen: Ints,
    channel: Ints,
    verb: int,
    time: Ints,
    *,
    data: Sequence[Ints | None],
    with_agent: bool = False,
) -> Events:
    cells = np.full((len(chosen), 5), NOTHING, dtype=np.int64)
    for number, column in enumerate(data):
        if column is not None:
            cells[:, number] = column[chosen]
    return Events(
        time=time[chosen],
        verb=np.full(len(chosen), verb),
        channel=channel[chosen],
        queue=day.queue[chosen],
        agent=day.agent[chosen] if with_agent else np.full(len(chosen), NOTHING),
        data=cells,
        entry=day.entry[chosen],
        wait=day.wait[chosen],
        talk=day.talk[chosen],
        caller=day.caller[chosen],
    )


def _ring_events(day: ad.Day, channel: Ints, rings: list[tuple[int, int, int, int]], verb: int) -> Events:
    call, agent, start, milliseconds = np.array(rings, dtype=np.int64).reshape(-1, 4).T
    found = _of_calls(day, call, channel, verb, day.entry, data=())
    found.data[:, 0] = milliseconds
    found.agent[:] = agent
    found.time[:] = start + milliseconds // 1000
    return found


def _agent_events(day: ad.Day) -> list[Events]:
    """Half of the agents are dynamic members, the other half log in; breaks have reasons."""
    agent, since, until = np.array(day.happened.logins, dtype=np.int64).reshape(-1, 3).T
    pausing, paused, resumed = np.array(day.happened.pauses, dtype=np.int64).reshape(-1, 3).T
    member = agent % 2 == 0
    reason = np.array(PAUSE_REASONS)[(paused + pausing) % len(PAUSE_REASONS)]
    seconds = until - since
    return [
        _of_agents(since[member], ADDMEMBER, agent[member], queued=True),
        _of_agents(until[member], REMOVEMEMBER, agent[member], queued=True),
        _of_agents(since[~member], AGENTLOGIN, agent[~member], first=agent[~member]),
        _of_agents(until[~member], AGENTLOGOFF, agent[~member], first=agent[~member], second=seconds[~member]),
        _of_agents(paused, PAUSE, pausing, queued=True, first=reason),
        _of_agents(resumed, UNPAUSE, pausing, queued=True, first=reason, talk=resumed - paused),
    ]


def _of_agents(
    time: Ints,
    verb: int,
    agent: Ints,
    *,
    queued: bool = False,
    first: Ints | None = None,
    second: Ints | None = None,
    talk: Ints | None = None,
) -> Events:
    found = _plain(time, verb)
    found.agent[:] = agent
    if queued:
        found.queue[:] = agent // ad.AGENTS_MAX
    for column, cells in ((0, first), (1, second)):
        if cells is not None:
            found.data[:, column] = cells
    if talk is not None:
        found.talk[:] = talk
    return found


def _plain(time: Ints, verb: int) -> Events:
    def nothing() -> Ints:
        return np.full(len(time), NOTHING, dtype=np.int64)

    return Events(
        time=time,
        verb=np.full(len(time), verb),
        channel=nothing(),
        queue=nothing(),
        agent=nothing(),
        data=np.full((len(time), 5), NOTHING, dtype=np.int64),
        entry=time.copy(),
        wait=nothing(),
        talk=nothing(),
        caller=nothing(),
    )
