"""Which of several identical rows a row is, without a Python object for each row. Pure.

The legacy tables have no key and identical rows all count, so the n-th one must get an id of its own. Ids seen are
kept as sorted runs of 64-bit numbers that are merged when they are of similar size: 8 bytes a row, 112 MB for the
largest known quarter.
"""

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]


class Occurrences:
    """Counts identical ids over all chunks of one table."""

    def __init__(self) -> None:
        self._runs: list[Ids] = []
        self._repeated: dict[int, int] = {}

    def count(self, ids: list[int]) -> list[int]:
        """For each id: the how-manieth time it is seen."""
        chunk = np.array(ids, dtype=np.int64)
        ordered, firsts = np.unique(chunk, return_index=True)
        counts = np.zeros(len(ids), dtype=np.int64)
        fresh = ~self._seen(ordered)
        counts[firsts[fresh]] = 1
        for at in np.flatnonzero(counts == 0).tolist():
            value = ids[at]
            self._repeated[value] = counts[at] = self._repeated.get(value, 1) + 1
        self._add(ordered[fresh])
        result: list[int] = counts.tolist()
        return result

    def _seen(self, ordered: Ids) -> NDArray[np.bool_]:
        found = np.zeros(len(ordered), dtype=np.bool_)
        for run in self._runs:
            at = np.searchsorted(run, ordered)
            at[at == len(run)] = 0
            found |= run[at] == ordered
        return found

    def _add(self, ordered: Ids) -> None:
        if not len(ordered):
            return
        self._runs.append(ordered)
        # Merging only similar sizes keeps the work per row logarithmic.
        while len(self._runs) > 1 and len(self._runs[-2]) < 2 * len(self._runs[-1]):
            last = self._runs.pop()
            self._runs[-1] = np.sort(np.concatenate([self._runs[-1], last]), kind="stable")
