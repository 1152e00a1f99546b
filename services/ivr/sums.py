"""Counts, keyed hashes and times added up per unit for a whole chunk. Pure."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from services.ivr.columns import Ints, Words

_T = TypeVar("_T", bound=np.generic)
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


class Groups:
    """Rows of a chunk by unit. `units` has each unit once; the other results follow its order."""

    def __init__(self, numbers: NDArray[np.uint16]) -> None:
        self._order: Ints | None = None
        if (numbers[1:] < numbers[:-1]).any():
            self._order = np.argsort(numbers, kind="stable")
            numbers = numbers[self._order]
        firsts = np.flatnonzero(numbers[1:] != numbers[:-1]) + 1
        self._firsts = np.concatenate([np.zeros(min(1, len(numbers)), dtype=np.int64), firsts])
        self.units: list[int] = numbers[self._firsts].tolist()
        self.counts: list[int] = np.diff(np.append(self._firsts, len(numbers))).tolist()

    def hash_totals(self, hashes: Words) -> list[int]:
        """Exact sums of 128-bit numbers: 32 bits at a time cannot overflow in a chunk."""
        lower, upper = hashes[:, 0], hashes[:, 1]
        limbs = [lower & _LOW, lower >> _HALF, upper & _LOW, upper >> _HALF]
        sums = [np.add.reduceat(self._sorted(limb), self._firsts).tolist() for limb in limbs]
        return [sum(limb << 32 * n for n, limb in enumerate(each)) for each in zip(*sums, strict=True)]

    def least(self, values: Ints) -> list[int]:
        least: list[int] = np.minimum.reduceat(self._sorted(values), self._firsts).tolist()
        return least

    def most(self, values: Ints) -> list[int]:
        most: list[int] = np.maximum.reduceat(self._sorted(values), self._firsts).tolist()
        return most

    def _sorted(self, values: NDArray[_T]) -> NDArray[_T]:
        return values if self._order is None else values[self._order]
