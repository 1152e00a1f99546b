"""Many sketches at once: percentiles and counts up to a threshold for every row of an answer. Pure, numpy.

One sketch after the other costs a tenth of a millisecond each; a thousand together cost ten in all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.sketches import CODE_MAX, ENTRY, MIDDLES, WHOLE_S_MAX, Floats, Ints, estimate, read_registers

Bools = NDArray[np.bool_]

# Sketches of so many groups are read before any of them can be put in order: 20 pages of the largest answer.
GROUPS_MAX: Final = 20_000
# Rows times different values that are held as one table: 32 MB of counts.
TABLE_MAX: Final = 4_000_000
# What is read at once: arrays of some hundred kilobytes stay in the cache, and in memory that need not be asked for
# again and again. A year of days takes less than half of the time that it takes in one piece.
BLOCK_BYTES: Final = 1 << 17


@dataclass(frozen=True, slots=True)
class Distributions:
    """For each row how often each value occurs: `cumulated` has a row each, `seconds` the values in their order."""

    seconds: Floats
    whole: Bools
    cumulated: Ints

    @property
    def n(self) -> Ints:
        return self.cumulated[:, -1] if len(self.seconds) else np.zeros(len(self.cumulated), dtype=np.int64)

    def percentile(self, share: float) -> tuple[list[float | None], list[bool]]:
        """Nearest rank in each row, as percentile_disc, and whether the value is exact. None without values."""
        n = self.n
        if not len(self.seconds):
            return [None] * len(n), [True] * len(n)
        ranks = np.maximum(1, np.ceil(share * n)).astype(np.int64)
        # Each row lifted above the one before it makes one ascending run, in which all ranks are found at once.
        width, lifts = len(self.seconds), np.concatenate(([0], np.cumsum(n + 1)[:-1]))
        places = np.searchsorted((self.cumulated + lifts[:, None]).ravel(), ranks + lifts)
        at = np.minimum(places - np.arange(len(n)) * width, width - 1)
        values, exact = self.seconds[at].tolist(), (self.whole[at] | (n == 0)).tolist()
        return [value if count else None for value, count in zip(values, n.tolist(), strict=True)], exact

    def up_to(self, seconds: float, *, inclusive: bool) -> list[int]:
        """How many values of each row are at most (or below) a threshold; exact for whole seconds of the first hour."""
        at = int(np.searchsorted(self.seconds, seconds, side="right" if inclusive else "left"))
        counts: list[int] = self.cumulated[:, at - 1].tolist() if at else [0] * len(self.cumulated)
        return counts


def read_all(sketches: Sequence[bytes]) -> list[Distributions]:
    """The distributions of sketches (or joined ones), in batches that keep their order."""
    seen = np.zeros(CODE_MAX + 1, dtype=np.bool_)
    for start, end in _blocks(sketches):
        seen[np.frombuffer(b"".join(sketches[start:end]), dtype=ENTRY)["code"]] = True
    codes = np.flatnonzero(seen)
    codes = codes[np.argsort(MIDDLES[codes], kind="stable")]
    places = np.zeros(CODE_MAX + 1, dtype=np.int64)
    places[codes] = np.arange(len(codes))
    rows = max(1, TABLE_MAX // max(1, len(codes)))
    return [_table(sketches[start : start + rows], codes, places) for start in range(0, len(sketches), rows)]


def _table(sketches: Sequence[bytes], codes: Ints, places: Ints) -> Distributions:
    width = len(codes)
    cumulated = np.empty((len(sketches), width), dtype=np.int64)
    for start, end in _blocks(sketches):
        part = sketches[start:end]
        entries = np.frombuffer(b"".join(part), dtype=ENTRY)
        lengths = np.fromiter(map(len, part), dtype=np.int64, count=len(part)) // ENTRY.itemsize
        cells = places[entries["code"]]
        cells += np.repeat(np.arange(len(part)) * width, lengths)
        counts = np.bincount(cells, weights=entries["n"], minlength=len(part) * width)
        cumulated[start:end] = np.cumsum(counts.reshape(len(part), width), axis=1)
    return Distributions(MIDDLES[codes], codes <= WHOLE_S_MAX, cumulated)


def _blocks(sketches: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Pieces of about BLOCK_BYTES, at least a sketch each."""
    start, size = 0, 0
    for at, sketch in enumerate(sketches):
        if size and size + len(sketch) > BLOCK_BYTES:
            yield start, at
            start, size = at, 0
        size += len(sketch)
    if start < len(sketches):
        yield start, len(sketches)


def callers(sketches: bytes) -> int:
    """How many different ids HyperLogLogs have together that lie end to end."""
    return estimate(read_registers(sketches))
