"""Many rows by small keys: which keys there are, and where each row's key is among them. Pure."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

DENSE_PER_ROW: Final = 8  # a table of all possible keys may have this many places a row, else keys are sorted
DENSE_MIN: Final = 1 << 16
# A key: unit, bucket (quarter hour, hour or day since 1970) and cell in one number.
CELL_BITS: Final = 24
BUCKET_BITS: Final = 23  # quarters of an hour from 1989 to 2100 are 3.9 million
CELL_MASK: Final = (1 << CELL_BITS) - 1


def key_of(unit: Ints, bucket: Ints, cell: Ints) -> Ints:
    return unit << (BUCKET_BITS + CELL_BITS) | bucket << CELL_BITS | cell


def split_keys(keys: Ints) -> tuple[Ints, Ints, Ints]:
    bucket = keys >> CELL_BITS & ((1 << BUCKET_BITS) - 1)
    return keys >> (BUCKET_BITS + CELL_BITS), bucket, keys & CELL_MASK


def rekeyed(keys: Ints, *, bucket: Callable[[Ints], Ints] | None = None, cell: Ints | None = None) -> Ints:
    """The same keys with other buckets, or with the place in `cell` that each cell leads to."""
    units, buckets, cells = split_keys(keys)
    return key_of(units, buckets if bucket is None else bucket(buckets), cells if cell is None else cell[cells])


def new_values(ordered: Ints) -> NDArray[np.bool_]:
    """Whether each value is another than the one before it."""
    new = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return new


def begins(ordered: Ints) -> Ints:
    """Where each different value begins."""
    return np.flatnonzero(new_values(ordered))


def present(numbers: Ints, size: int) -> Ints:
    """The different ones of small numbers, ascending, in one pass. All are in [0, size)."""
    there = np.zeros(size, dtype=np.bool_)
    there[numbers] = True
    return np.flatnonzero(there)


def grouped(keys: Ints, size: int) -> tuple[Ints, Ints]:
    """The different keys, ascending, and the place of each row's key among them. All keys are in [0, size)."""
    if size > max(DENSE_MIN, DENSE_PER_ROW * len(keys)):
        different, places = np.unique(keys, return_inverse=True)
        return different, places
    different = present(keys, size)
    place = np.empty(size, dtype=np.int64)
    place[different] = np.arange(len(different))
    return different, place[keys]
