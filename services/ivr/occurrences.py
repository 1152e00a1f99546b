"""Which of several identical rows a row is, without a Python object for each row. Pure.

The legacy tables have no key and identical rows all count, so the n-th one must get an id of its own. Ids seen are
kept as sorted runs of 64-bit numbers that are merged when they are of similar size: 8 bytes a row, 112 MB for the
largest known quarter.
"""

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
MARKS_BITS_FIRST = 16
MARKS_BITS_MAX = 26  # 64 MiB: of 14 million ids one in five is looked for in vain
MARKS_PER_ID_BITS = 2  # at least four marks an id while there is room


class Occurrences:
    """Counts identical ids over all chunks of one table."""

    def __init__(self) -> None:
        self._runs: list[Ids] = []
        self._repeated: dict[int, int] = {}
        self._rows = 0
        self._bits = MARKS_BITS_FIRST
        self._marks = np.zeros(1 << self._bits, dtype=np.bool_)

    def count(self, ids: list[int]) -> list[int]:
        """For each id: the how-manieth time it is seen."""
        result: list[int] = self.count_array(np.array(ids, dtype=np.int64)).tolist()
        return result

    def count_array(self, ids: Ids) -> Ids:
        """The same for a whole chunk at once."""
        ordered = np.sort(ids)
        seen = self._seen(ordered)
        counts = np.ones(len(ids), dtype=np.int64)
        if not seen.any() and not (ordered[1:] == ordered[:-1]).any():
            self._add(ordered)
            return counts
        ordered, firsts = np.unique(ids, return_index=True)
        fresh = ~self._seen(ordered)
        again = np.ones(len(ids), dtype=np.bool_)
        again[firsts[fresh]] = False
        for at in np.flatnonzero(again).tolist():
            value = int(ids[at])
            self._repeated[value] = counts[at] = self._repeated.get(value, 1) + 1
        self._add(ordered[fresh])
        return counts

    def _seen(self, ordered: Ids) -> NDArray[np.bool_]:
        """Whether each id was seen in a chunk before; the marks leave few that must be looked for."""
        found = np.zeros(len(ordered), dtype=np.bool_)
        maybe = np.flatnonzero(self._marks[_places(ordered, self._bits)])
        if not len(maybe):
            return found
        wanted = ordered[maybe]
        for run in self._runs:
            at = np.searchsorted(run, wanted)
            at[at == len(run)] = 0
            found[maybe] |= run[at] == wanted
        return found

    def _mark(self, ordered: Ids) -> None:
        self._rows += len(ordered)
        if self._rows << MARKS_PER_ID_BITS > len(self._marks) and self._bits < MARKS_BITS_MAX:
            while self._rows << MARKS_PER_ID_BITS > len(self._marks) >> 1 and self._bits < MARKS_BITS_MAX:
                self._bits += 1
                self._marks = np.zeros(1 << self._bits, dtype=np.bool_)
            for run in self._runs:
                self._marks[_places(run, self._bits)] = True
        self._marks[_places(ordered, self._bits)] = True

    def _add(self, ordered: Ids) -> None:
        if not len(ordered):
            return
        self._mark(ordered)
        self._runs.append(ordered)
        # Merging only similar sizes keeps the work per row logarithmic.
        while len(self._runs) > 1 and len(self._runs[-2]) < 2 * len(self._runs[-1]):
            last = self._runs.pop()
            self._runs[-1] = np.sort(np.concatenate([self._runs[-1], last]), kind="stable")


def _places(ids: Ids, bits: int) -> Ids:
    """Where each id's mark lies: its upper bits, so that sorted ids walk through the marks in order."""
    return (ids >> (64 - bits)) + (1 << (bits - 1))
