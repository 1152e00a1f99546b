"""Calendar months of a load, added up from the days that it has in memory. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.ivr.aggregate import Counted, reduced
from services.ivr.grouping import key_of, split_keys
from shared.sketches import merge_sketches

Ints = NDArray[np.int64]

_WORKDAYS: Final = 5
_WEEK: Final = 7
_THURSDAY: Final = 3  # 1970 began on one; Monday is 0


@dataclass(frozen=True, slots=True)
class Months:
    """Rows of one grain: the bucket is the month's first day, as days since 1970; the unit is 0: none owns a row."""

    counted: Counted
    weekday_calls: Ints
    sketches: list[bytes] | None  # in the order of the rows

    def of(self, wanted: Sequence[int]) -> "Months":
        """The rows of these months, given as their buckets."""
        counted = self.counted
        which = np.flatnonzero(np.isin(counted.bucket, np.array(wanted, dtype=np.int64)))
        some = Counted(counted.unit[which], counted.bucket[which], counted.cell[which], counted.measures[:, which])
        sketches = None if self.sketches is None else [self.sketches[at] for at in which.tolist()]
        return Months(some, self.weekday_calls[which], sketches)


def months_of_days(days: Counted, sketches: Sequence[bytes] | None) -> Months:
    """The sums of all units of each month and cell; `sketches` stand in the order of the days' rows."""
    first = days.bucket.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    keys = key_of(np.zeros_like(first), first, days.cell)
    different, measures = reduced([(keys, days.measures)])
    at = np.searchsorted(different, keys)
    workday = (days.bucket + _THURSDAY) % _WEEK < _WORKDAYS
    weekday_calls = np.bincount(at, weights=days.measures[0] * workday, minlength=len(different)).astype(np.int64)
    merged = None if sketches is None else _merged(sketches, at, len(different))
    return Months(Counted(*split_keys(different), measures), weekday_calls, merged)


def _merged(sketches: Sequence[bytes], at: Ints, rows: int) -> list[bytes]:
    parts: list[list[bytes]] = [[] for _ in range(rows)]
    for place, sketch in zip(at.tolist(), sketches, strict=True):
        parts[place].append(sketch)
    return [merge_sketches(each) for each in parts]
