"""Ids that were missing when the ids around them were read. Pure.

Ids are given in the order of inserts and become visible in the order of commits: an id that is missing may still come.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Gap = tuple[int, int]  # the first and the last missing id

GAPS_MAX: Final = 5_000  # some servers leave out every second id on purpose: then the newest gaps are watched


def gaps_between(next_position: int, positions: Sequence[int] | Ints) -> list[Gap]:
    """The missing ids among new ones in order; before the first id ever read nothing is missing."""
    there: Ints = np.asarray(positions, dtype=np.int64)
    if not len(there):
        return []
    expected = np.concatenate([[next_position or there[0]], there[:-1] + 1])
    at = np.flatnonzero(there > expected)
    return list(zip(expected[at].tolist(), (there[at] - 1).tolist(), strict=True))


def filled(gaps: Sequence[Gap], positions: Iterable[int]) -> dict[Gap, list[Gap]]:
    """What is left of each gap that some of these ids lay in."""
    ordered = sorted(gaps)
    firsts = [first for first, _ in ordered]
    found: dict[Gap, set[int]] = {}
    for position in positions:
        at = bisect_right(firsts, position) - 1
        if at >= 0 and position <= ordered[at][1]:
            found.setdefault(ordered[at], set()).add(position)
    return {gap: _without(gap, sorted(come)) for gap, come in found.items()}


def _without(gap: Gap, come: Sequence[int]) -> list[Gap]:
    left: list[Gap] = []
    first, last = gap
    for position in come:
        if position > first:
            left.append((first, position - 1))
        first = position + 1
    return [*left, (first, last)] if first <= last else left
