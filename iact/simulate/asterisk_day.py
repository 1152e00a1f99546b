"""One day of a contact centre's queues: callers wait in line for agents who sign in, miss rings, talk and take breaks.

The queue discipline is played call by call (first come, first served, with patience), because waits, positions and
agents that are drawn independently would contradict one another; everything around it is drawn by columns.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from iact.simulate.callers import Callers
from iact.simulate.legacy_plan import generator, hour_shapes
from iact.simulate.text import SECONDS_A_DAY, Ints
from iact.simulate.zones import WallClock

STREAM = 2  # keeps the random numbers of the two kinds apart
QUEUES = ("ventas", "soporte", "cobranza", "facturacion", "retencion")
QUEUE_SHARES = (0.27, 0.38, 0.16, 0.13, 0.06)
AGENTS_MAX = 2_000  # a queue; beyond that the simulated centre is simply overloaded
AGENTS_MIN = 3
CALLS_PER_AGENT_MIN = 15  # a queue with a handful of calls has one agent, one without calls has none
SHIFT_STARTS_S = (7 * 3600, 13 * 3600, 9 * 3600, 11 * 3600)
SHIFT_S = 8 * 3600
BUSY_S_PER_SHIFT = 0.77 * SHIFT_S  # what a planner counts on
SLACK = 0.8

TALK_S_MEDIAN, TALK_SPREAD, TALK_S_MAX = 150.0, 0.75, 3_000
HANDLED_S_MEAN = 225.0
WRAP_S_MIN, WRAP_S_MAX = 5, 25
RING_S_MIN, RING_S_MAX = 2, 9
NO_ANSWER_S, RETRY_S = 15, 5
QUEUE_TIMEOUT_S = 150
EMPTY_AFTER_S = 4
PATIENCE_S_MEAN = 190.0
KEY_SHARE, KEY_S_MEAN = 0.05, 70.0
WITHDRAW_SHARE, WITHDRAW_S_MEAN = 0.01, 60.0
MISSED_SHARES = (0.90, 0.97, 0.99, 1.0)  # cumulative: how many agents let it ring
PAUSE_SHARE, PAUSE_S_MIN, PAUSE_S_MAX = 0.02, 120, 1_800
IVR_S_MIN, IVR_S_MAX = 6, 45

ANSWERED, ABANDONED, TIMEOUT, KEY_EXIT, EMPTY, WITHDRAWN = range(6)
EXITS = ("answered", "abandoned", "timeout", "key_exit", "empty", "withdrawn")
NOBODY = -1


@dataclass(slots=True)
class Happened:
    """What did not happen to every call."""

    rings: list[tuple[int, int, int, int]] = field(default_factory=list)  # call, agent, start, milliseconds: no answer
    cancelled: list[tuple[int, int, int, int]] = field(default_factory=list)  # the caller left while it rang
    pauses: list[tuple[int, int, int]] = field(default_factory=list)  # agent, from, until
    logins: list[tuple[int, int, int]] = field(default_factory=list)  # agent, from, until


@dataclass(frozen=True, slots=True)
class Day:
    """Calls in the order of entering their queue; times in UTC seconds."""

    entry: Ints
    ivr: Ints  # seconds between the channel's start and the queue
    caller: Ints
    queue: Ints
    exit: Ints
    wait: Ints
    ring: Ints
    talk: Ints
    agent: Ints  # NOBODY, or who answered or was being rung
    position: Ints
    bits: Ints  # 32 random bits for the small choices
    happened: Happened


def simulate_day(*, seed: int, number: int, day: int, calls: int, callers: Callers, clock: WallClock) -> Day:
    """The calls that enter a queue on one local day."""
    rng = generator(seed, STREAM, number)
    wall = day * SECONDS_A_DAY + _seconds(rng, day, calls)
    entry = clock.to_utc(clock.settle(wall, np.zeros(calls, dtype=np.int64)))
    entry.sort()
    queue = np.searchsorted(np.cumsum(QUEUE_SHARES)[:-1], rng.random(calls), side="right")
    draws = Draws.draw(rng, calls)
    result = {name: np.zeros(calls, dtype=np.int64) for name in ("exit", "wait", "ring", "agent", "position")}
    happened = Happened()
    midnight = int(clock.to_utc(np.array([day * SECONDS_A_DAY]))[0])
    for code in range(len(QUEUES)):
        places = np.flatnonzero(queue == code)
        line = Line(code, midnight, entry[places].tolist(), places.tolist(), draws.of(places), happened)
        for name, values in line.play().items():
            result[name][places] = values
    return Day(
        entry=entry,
        ivr=rng.integers(IVR_S_MIN, IVR_S_MAX, size=calls),
        caller=callers.draw(rng, np.zeros(calls, dtype=np.int64)),
        queue=queue,
        talk=np.where(result["exit"] == ANSWERED, draws.talk, 0),
        bits=rng.integers(0, 1 << 32, size=calls),
        happened=happened,
        **result,
    )


def _seconds(rng: np.random.Generator, day: int, calls: int) -> Ints:
    weekday = (day + 3) % 7
    passed, edges = hour_shapes()[min(max(weekday - 4, 0), 2)]
    return np.interp(rng.random(calls), passed, edges).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Draws:
    """What every caller brings along, whether it comes to it or not."""

    leave: Ints  # seconds until the caller or the queue gives up
    reason: Ints  # the exit it then is
    ring: Ints
    talk: Ints
    wrap: Ints
    missed: Ints
    pause: Ints  # the agent's break afterwards, mostly 0

    @staticmethod
    def draw(rng: np.random.Generator, size: int) -> "Draws":
        patience = 1 + rng.exponential(PATIENCE_S_MEAN, size)
        key = np.where(rng.random(size) < KEY_SHARE, 3 + rng.exponential(KEY_S_MEAN, size), np.inf)
        withdraw = np.where(rng.random(size) < WITHDRAW_SHARE, 2 + rng.exponential(WITHDRAW_S_MEAN, size), np.inf)
        limits = np.stack([patience, np.full(size, float(QUEUE_TIMEOUT_S)), key, withdraw])
        talk = TALK_S_MEDIAN * np.exp(TALK_SPREAD * rng.standard_normal(size))
        pauses = rng.integers(PAUSE_S_MIN, PAUSE_S_MAX, size=size)
        return Draws(
            leave=limits.min(axis=0).astype(np.int64),
            reason=np.array([ABANDONED, TIMEOUT, KEY_EXIT, WITHDRAWN])[limits.argmin(axis=0)],
            ring=rng.integers(RING_S_MIN, RING_S_MAX, size=size),
            talk=np.clip(talk, 3, TALK_S_MAX).astype(np.int64),
            wrap=rng.integers(WRAP_S_MIN, WRAP_S_MAX, size=size),
            missed=np.searchsorted(MISSED_SHARES, rng.random(size), side="right"),
            pause=np.where(rng.random(size) < PAUSE_SHARE, pauses, 0),
        )

    def of(self, places: NDArray[np.int64]) -> "Draws":
        return Draws(*(getattr(self, name)[places] for name in self.__slots__))


class Line:
    """One queue's day."""

    def __init__(
        self, queue: int, midnight: int, entries: list[int], calls: list[int], draws: Draws, happened: Happened
    ) -> None:
        self._entries, self._calls, self._happened = entries, calls, happened
        self._draws = list(zip(*(getattr(draws, name).tolist() for name in Draws.__slots__), strict=True))
        self._first_agent = queue * AGENTS_MAX
        load = len(entries) * HANDLED_S_MEAN / BUSY_S_PER_SHIFT
        # Small groups need more slack than large ones: the square root of the load.
        wanted = round(load + SLACK * load**0.5) + 1
        least = min(AGENTS_MIN, -(-len(entries) // CALLS_PER_AGENT_MIN))
        self._agents = (
            min(max(wanted, AGENTS_MIN), AGENTS_MAX) if len(entries) > CALLS_PER_AGENT_MIN * AGENTS_MIN else least
        )
        starts = [midnight + SHIFT_STARTS_S[number % len(SHIFT_STARTS_S)] for number in range(self._agents)]
        self._shift_ends = [start + SHIFT_S for start in starts]
        self._starts = starts
        self._free = sorted((start, number) for number, start in enumerate(starts))
        self._last_busy = list(self._shift_ends)
        self._opens, self._closes = min(starts, default=0), max(self._shift_ends, default=0)

    def play(self) -> dict[str, Sequence[int]]:
        """Exit, wait, ring, agent and position of every call, in order."""
        rows = [self._serve(place) for place in range(len(self._entries))]
        for number, start in enumerate(self._starts):
            self._happened.logins.append((self._first_agent + number, start, self._last_busy[number]))
        positions = _positions(self._entries, [row[1] for row in rows])
        columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
        return {
            "exit": columns[0],
            "wait": columns[1],
            "ring": columns[2],
            "agent": columns[3],
            "position": positions,
        }

    def _serve(self, place: int) -> tuple[int, int, int, int]:
        entry, call = self._entries[place], self._calls[place]
        leave, reason, ring, talk, wrap, missed, pause = self._draws[place]
        if not self._opens <= entry < self._closes:
            return (EMPTY, EMPTY_AFTER_S, 0, NOBODY)
        limit, now = entry + leave, entry
        while (found := self._next_agent(now)) is not None and found[0] <= limit:
            start, agent = found
            heapq.heappop(self._free)
            if missed and start + NO_ANSWER_S <= limit:
                missed -= 1
                self._happened.rings.append((call, self._first_agent + agent, start, _milliseconds(call, NO_ANSWER_S)))
                now = start + NO_ANSWER_S
                self._release(agent, now + RETRY_S)
                continue
            answer = start + (NO_ANSWER_S if missed else ring)
            if answer > limit or missed:
                rung = _milliseconds(call, limit - start)
                self._happened.cancelled.append((call, self._first_agent + agent, start, rung))
                self._release(agent, limit + 1)
                # Who gives up in the second in which the agent picks up is logged under the agent.
                caught = reason == ABANDONED and answer == limit + 1
                return (reason, leave, 0, self._first_agent + agent if caught else NOBODY)
            self._talk(agent, answer + talk + wrap, pause)
            return (ANSWERED, answer - entry, answer - start, self._first_agent + agent)
        return (reason, leave, 0, NOBODY)

    def _next_agent(self, now: int) -> tuple[int, int] | None:
        """Who is free first, and when; agents whose shift is over go home."""
        while self._free:
            free, agent = self._free[0]
            start = max(free, now)
            if start < self._shift_ends[agent]:
                return start, agent
            heapq.heappop(self._free)
        return None

    def _release(self, agent: int, at: int) -> None:
        self._last_busy[agent] = max(self._last_busy[agent], at)
        heapq.heappush(self._free, (at, agent))

    def _talk(self, agent: int, until: int, pause: int) -> None:
        if pause and until + pause < self._shift_ends[agent]:
            self._happened.pauses.append((self._first_agent + agent, until, until + pause))
            until += pause
        self._release(agent, until)


def _milliseconds(call: int, seconds: int) -> int:
    """Rings are logged in milliseconds, never quite whole seconds."""
    return max(seconds, 0) * 1000 + call % 7


def _positions(entries: list[int], waits: list[int]) -> list[int]:
    """How many stood in line when each call entered, itself included."""
    waiting: list[int] = []
    positions = []
    for entry, wait in zip(entries, waits, strict=True):
        while waiting and waiting[0] <= entry:
            heapq.heappop(waiting)
        heapq.heappush(waiting, entry + wait)
        positions.append(len(waiting))
    return positions
