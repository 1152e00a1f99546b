"""Queues with agents: Erlang C (nobody hangs up) and Erlang A (callers lose patience). Pure.

Sources: A. K. Erlang 1917 (B and C, by the recursion of B, so that nothing overflows); Baccelli and Hebuterne 1981 and
Zeltyn and Mandelbaum 2005 for M/M/n+M: the density of the offered wait is lambda * p(n-1) * exp(lambda H(x) - n mu x),
H(x) = (1 - exp(-theta x)) / theta. Its integrals are taken numerically on a logarithmic scale: stable for any size.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

AGENTS_MAX: Final = 100_000  # ten times the largest centre that is known; a search beyond is a slip of the keyboard
PANELS: Final = 50  # against 400 panels, 7e-9 of a probability at most
NODES: Final = 16
EXPONENT_MAX: Final = 700.0  # beyond, a float overflows: somebody is free for certain
NEGLIGIBLE: Final = 45.0  # exp(-45) of the largest value changes no digit that anybody sees

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(NODES)


@dataclass(frozen=True, slots=True)
class Traffic:
    """Calls offered in an interval, and what each takes. `patience_s` is the mean; None: nobody hangs up."""

    calls: float
    interval_s: float
    aht_s: float
    patience_s: float | None = None

    @property
    def load(self) -> float:
        """Offered load in Erlang: agents that would be busy if nobody had to wait."""
        return self.calls / self.interval_s * self.aht_s


@dataclass(frozen=True, slots=True)
class Staffed:
    """What to expect of a number of agents; ratios 0-1. `service_level`: answered within the target / all calls.

    `asa_s`: Erlang C the mean wait of all calls, Erlang A the mean time in queue of all, those who left included.
    None where a queue without patience grows without bound.
    """

    agents: int
    p_wait: float
    service_level: float
    asa_s: float | None
    occupancy: float
    p_abandon: float | None


def erlang_b(load: float, agents: int) -> float:
    """The probability that all agents are busy where nobody waits."""
    blocked = 1.0
    for n in range(1, agents + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def expect(traffic: Traffic, agents: int, target_s: float) -> Staffed:
    """What `agents` achieve. agents >= 0; an interval without calls is served by nobody."""
    if traffic.load <= 0:
        return Staffed(agents, 0.0, 1.0, 0.0, 0.0, None if traffic.patience_s is None else 0.0)
    if traffic.patience_s is None:
        return _erlang_c(traffic, agents, target_s)
    if agents == 0:
        return Staffed(0, 1.0, 0.0, traffic.patience_s, 0.0, 1.0)
    return _erlang_a(traffic, traffic.patience_s, agents, target_s)


def _erlang_c(traffic: Traffic, agents: int, target_s: float) -> Staffed:
    load = traffic.load
    if agents <= load:
        return Staffed(agents, 1.0, 0.0, None, 1.0 if agents else 0.0, None)
    blocked = erlang_b(load, agents)
    p_wait = blocked / (1 - load / agents * (1 - blocked))
    spare = agents - load
    level = 1 - p_wait * math.exp(-spare * target_s / traffic.aht_s)
    return Staffed(agents, p_wait, level, p_wait * traffic.aht_s / spare, load / agents, None)


def _erlang_a(traffic: Traffic, patience_s: float, agents: int, target_s: float) -> Staffed:
    rate, theta = traffic.calls / traffic.interval_s, 1 / patience_s
    service = agents / traffic.aht_s

    def exponent(x: NDArray[np.float64]) -> NDArray[np.float64]:
        result: NDArray[np.float64] = rate * -np.expm1(-theta * x) / theta - service * x
        return result

    # The density rises while calls come faster than agents take them, then falls for good.
    peak = max(0.0, math.log(rate / service) / theta)
    top = float(exponent(np.array([peak]))[0])
    end = _where_negligible(exponent, peak, top, start=1 / (service + rate))
    places = [0.0, peak, end] if peak else [0.0, end]
    if target_s < end:
        places.append(target_s)
    x, weights = _nodes(sorted(set(places)))
    density = rate * np.exp(exponent(x) - top) * weights
    # Weights of "an agent is free" and "must wait", both divided by p(n-1) * exp(top).
    blocked = erlang_b(traffic.load, agents - 1)
    weight = -math.log(blocked) - top if blocked > 0 else math.inf
    free = math.exp(weight) if weight < EXPONENT_MAX else math.inf
    waiting = float(density.sum())
    p_wait = waiting / (free + waiting)
    survives = np.exp(-theta * x)
    share = p_wait / waiting
    p_abandon = float((density * (1 - survives)).sum()) * share
    level = 1 - p_wait + float((density * survives)[x <= target_s].sum()) * share
    occupancy = min(1.0, rate * (1 - p_abandon) / service)  # rounding must not pass a limit of 1
    return Staffed(agents, p_wait, level, p_abandon * patience_s, occupancy, p_abandon)


def _where_negligible(
    exponent: Callable[[NDArray[np.float64]], NDArray[np.float64]], peak: float, top: float, *, start: float
) -> float:
    """A place behind the peak where the density has become nothing."""
    step = start
    while float(exponent(np.array([peak + step]))[0]) > top - NEGLIGIBLE:
        step *= 2
    return peak + step


def _nodes(places: list[float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gauss-Legendre nodes and weights over panels that no given place lies inside of."""
    edges = np.concatenate(
        [np.linspace(low, high, PANELS, endpoint=False) for low, high in pairwise(places)] + [np.array(places[-1:])]
    )
    half = np.diff(edges) / 2
    x = (edges[:-1] + half)[:, None] + half[:, None] * _NODES[None, :]
    return x.ravel(), (half[:, None] * _WEIGHTS[None, :]).ravel()


@dataclass(frozen=True, slots=True)
class Goal:
    """What a plan must reach: answered within `target_s` / all calls, and at most this share of time on calls."""

    service_level: float
    target_s: float
    occupancy_max: float = 1.0


def agents_needed(traffic: Traffic, goal: Goal, *, at_least: int | None = None) -> Staffed:
    """The fewest agents that reach the goal. ValueError when AGENTS_MAX do not.

    `at_least`: as many are needed for fewer calls of the same kind, so the search begins there.
    """
    if traffic.load <= 0:
        return expect(traffic, 0, goal.target_s)
    if at_least is None:
        low, high = 0, min(AGENTS_MAX, max(1, math.ceil(traffic.load)))  # `low` never reaches the goal
    else:
        low, high = max(0, at_least - 1), max(1, at_least)
    step = high if at_least is None else 1
    while not _reaches(best := expect(traffic, high, goal.target_s), goal):
        if high == AGENTS_MAX:
            raise ValueError(f"more than {AGENTS_MAX} agents would be needed")
        low, high, step = high, min(AGENTS_MAX, high + step), 2 * step
    while high - low > 1:
        middle = (low + high) // 2
        tried = expect(traffic, middle, goal.target_s)
        if _reaches(tried, goal):
            high, best = middle, tried
        else:
            low = middle
    return best


def _reaches(staffed: Staffed, goal: Goal) -> bool:
    return staffed.service_level >= goal.service_level and staffed.occupancy <= goal.occupancy_max


def rostered(agents: int, shrinkage: float) -> int:
    """People on the roster for `agents` at work; shrinkage is the share of paid time away from the queue, below 1."""
    # A hair less than the quotient: 14 / 0.7 is 20 people, whatever binary fractions say.
    return math.ceil(agents / (1 - shrinkage) - 1e-9)
