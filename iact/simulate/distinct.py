"""Exact distinct counts in bounded memory: one bit a caller and month, and one sort a day."""

import numpy as np
from numpy.typing import NDArray

from iact.simulate.text import Ints

PENDING_MAX = 1 << 20  # calls kept until their days are complete: a few of the busiest days
DAYS_OPEN = 2  # a chunk may still add to the day before its last one


class DistinctByDay:
    """Distinct callers by day and group, and by day alone; days must arrive nearly in order."""

    def __init__(self, days: int, groups: int, callers: int) -> None:
        self._groups, self._callers = groups, callers
        self._by_group: Ints = np.zeros(days * groups, dtype=np.int64)
        self._by_day: Ints = np.zeros(days, dtype=np.int64)
        self._pending: list[Ints] = []
        self._size, self._limit = 0, PENDING_MAX

    def add(self, day: Ints, group: Ints, caller: Ints) -> None:
        self._pending.append((day * self._callers + caller) * self._groups + group)
        self._size += len(day)
        if self._size > self._limit:
            self._count(int(day.max()) - DAYS_OPEN)
            # Where one day alone is above the limit, sorting it again for every chunk would take forever.
            self._limit = max(PENDING_MAX, 2 * self._size)

    def by_group(self) -> Ints:
        """By day by group."""
        self._count(len(self._by_day))
        return self._by_group

    def by_day(self) -> Ints:
        self._count(len(self._by_day))
        return self._by_day

    def _count(self, before_day: int) -> None:
        keys = distinct(np.concatenate([*self._pending, np.empty(0, dtype=np.int64)]))
        end = int(np.searchsorted(keys, before_day * self._callers * self._groups))
        done, self._pending, self._size = keys[:end], [keys[end:]], len(keys) - end
        person, group = np.divmod(done, self._groups)
        day = person // self._callers
        self._by_group += np.bincount(day * self._groups + group, minlength=len(self._by_group))
        self._by_day += np.bincount(day[_first(person)], minlength=len(self._by_day))


class DistinctByMonth:
    """Who called in which month, a bit each; any union of months and groups can be asked."""

    def __init__(self, months: int, groups: int, callers: int) -> None:
        self._seen: NDArray[np.unsignedinteger] = np.zeros((groups, callers), dtype=_dtype(months))

    def add(self, month: Ints, group: Ints, caller: Ints) -> None:
        known = caller >= 0
        for code in np.unique(month).tolist():
            bit = self._seen.dtype.type(1 << code)
            of_month = known & (month == code)
            for number, seen in enumerate(self._seen):
                chosen = caller[of_month & (group == number)]
                seen[chosen] |= bit

    def count(self, months: list[int], group: int | None = None) -> int:
        """Distinct callers in any of the months, of one group or of all."""
        mask = self._seen.dtype.type(sum(1 << month for month in months))
        seen = np.bitwise_or.reduce(self._seen, axis=0) if group is None else self._seen[group]
        return int(np.count_nonzero(seen & mask))


def distinct(keys: Ints) -> Ints:
    """What `np.unique` gives, in order; its hashing is ten times slower than sorting millions of numbers."""
    keys = np.sort(keys)
    return keys[_first(keys)]


def _first(ordered: Ints) -> NDArray[np.bool_]:
    return np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]


def _dtype(months: int) -> np.dtype[np.unsignedinteger]:
    for bits in (8, 16, 32, 64):
        if months <= bits:
            return np.dtype(f"u{bits // 8}")
    raise ValueError(f"{months} months do not fit into 64 bits")
