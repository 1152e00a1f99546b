"""Counts of what was generated, kept as arrays until the manifest needs them as numbers by name."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from iact.simulate.manifest import Counts
from iact.simulate.text import Ints


class Tally:
    """Sums by a small code that grow chunk by chunk."""

    def __init__(self, size: int) -> None:
        self.sums: Ints = np.zeros(size, dtype=np.int64)

    def add(self, codes: Ints, weights: Ints | NDArray[np.bool_] | None = None) -> None:
        if weights is None:
            self.sums += np.bincount(codes, minlength=len(self.sums))
        elif weights.dtype == np.bool_:
            self.sums += np.bincount(codes[weights], minlength=len(self.sums))
        else:
            # Sums of a chunk's seconds are far below 2**53, so bincount's floats are exact.
            self.sums += np.bincount(codes, weights, minlength=len(self.sums)).astype(np.int64)


def named(tally: Tally, names: Sequence[str]) -> Counts:
    """Only what occurred; codes of the same name are added up."""
    found: Counts = {}
    for name, number in zip(names, tally.sums.tolist(), strict=True):
        if number:
            found[name] = found.get(name, 0) + number
    return found
