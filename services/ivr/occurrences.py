"""Which of several identical rows a row is, without a Python object for each row. Pure.

The legacy tables have no key and identical rows all count, so the n-th one must get an id of its own. Identical rows
are of one unit, and tables are read day by day for the most part: each unit has a hash table of its own, small enough
for the processor's cache, which is what makes it quick. A unit that has not come for a while keeps its ids alone:
8 bytes a row, 24 for a table that jumps between its days all the time.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Places = NDArray[np.intp]

UNIT_ROWS_FIRST: Final = 256
GROWTH: Final = 2  # each id is entered twice in all
GUESS_MAX: Final = 16  # days are alike: a growing unit may become as large as the largest, but not without sign of it
SLOTS_PER_ROW: Final = 2  # an open table that is fuller is searched for long
REENTER_ROWS: Final = 16_384  # at once: what does not leave the cache
REST_CHUNKS: Final = 64  # about a million rows without the unit: it is read, as a rule
_HALF: Final = np.uint64(32)


class Occurrences:
    """Counts identical ids over all chunks of one table."""

    def __init__(self) -> None:
        self._units: dict[int, _Unit] = {}
        self._repeated: dict[int, int] = {}
        self._largest = 0
        self._chunk = 0

    def count(self, ids: list[int]) -> list[int]:
        """For each id: the how-manieth time it is seen."""
        result: list[int] = self.count_array(np.array(ids, dtype=np.int64)).tolist()
        return result

    def count_array(self, ids: Ids, units: NDArray[np.uint16] | None = None) -> Ids:
        """The same for a whole chunk at once. Rows of different units are never identical."""
        self._chunk += 1
        counts = np.ones(len(ids), dtype=np.int64)
        for number, rows in _by_unit(len(ids), units):
            unit = self._units.get(number)
            if unit is None:
                unit = self._units[number] = _Unit()
            again = unit.add(ids if rows is None else ids[rows], self._largest)
            unit.seen = self._chunk
            self._largest = max(self._largest, unit.size)
            for at in (again if rows is None else rows[again]).tolist():
                value = int(ids[at])
                self._repeated[value] = counts[at] = self._repeated.get(value, 1) + 1
        if self._chunk % REST_CHUNKS == 0:
            for unit in self._units.values():
                if unit.seen <= self._chunk - REST_CHUNKS:
                    unit.rest()
        return counts


class _Unit:
    """The ids of one unit in the order in which they came, and an open hash table of their places."""

    def __init__(self) -> None:
        self.size = 0
        self.seen = 0
        self._ids: Ids = np.empty(0, dtype=np.int64)
        # A slot holds the place of an id plus one; zero is empty.
        self._slots: NDArray[np.int32] = np.zeros(0, dtype=np.int32)

    def add(self, ids: Ids, largest: int) -> Places:
        """Take ids in; where those stand in `ids` that were there before, or earlier in it."""
        rows = self.size + len(ids)
        if rows > len(self._ids) or not len(self._slots):
            self._grow(max(rows + UNIT_ROWS_FIRST, int(rows * GROWTH), min(int(largest * 1.1), rows * GUESS_MAX)))
        self._ids[self.size : rows] = ids
        again = self._enter(ids, self.size)
        self.size = rows
        return again

    def rest(self) -> None:
        """Keep the ids alone; the next ones are entered into a table made anew."""
        self._ids = self._ids[: self.size].copy()
        self._slots = np.zeros(0, dtype=np.int32)

    def _enter(self, ids: Ids, begin: int) -> Places:
        """`ids` stand from `begin` on in the unit's. Those that are there twice get no slot of their own."""
        slots = self._slots
        places = np.arange(begin + 1, begin + 1 + len(ids), dtype=np.int32)
        scaled = (ids.view(np.uint64) >> _HALF) * np.uint64(len(slots)) >> _HALF
        slot = scaled.view(np.int64)
        todo = np.arange(len(ids))
        again: list[Places] = []
        while len(todo):
            free = np.flatnonzero(slots[slot] == 0)[::-1]
            slots[slot[free]] = places[free]  # backwards, so that of several in one slot the first stays there
            there = slots[slot]
            lost = np.flatnonzero(there != places)
            same = self._ids[there[lost] - 1] == ids[todo[lost]]
            again.append(todo[lost[same]])
            lost = lost[~same]
            todo, places, slot = todo[lost], places[lost], slot[lost] + 1
            slot[slot == len(slots)] = 0
        return np.sort(np.concatenate(again)) if again else np.zeros(0, dtype=np.intp)

    def _grow(self, room: int) -> None:
        ids = np.empty(room, dtype=np.int64)
        ids[: self.size] = self._ids[: self.size]
        self._ids = ids
        self._slots = np.zeros(SLOTS_PER_ROW * room, dtype=np.int32)
        for begin in range(0, self.size, REENTER_ROWS):
            self._enter(ids[begin : min(begin + REENTER_ROWS, self.size)], begin)


def _by_unit(rows: int, units: NDArray[np.uint16] | None) -> list[tuple[int, Places | None]]:
    """The rows of each unit; None for all of them."""
    if not rows:
        return []
    if units is None or (units == units[0]).all():
        return [(0 if units is None else int(units[0]), None)]
    order = np.argsort(units, kind="stable")
    firsts = np.flatnonzero(np.diff(units[order])) + 1
    return [(int(units[part[0]]), part) for part in np.split(order, firsts)]
