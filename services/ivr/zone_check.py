"""Whether a source's zone is right: its local times against the epochs that unique ids begin with. Pure.

The most frequent difference counts, not the mean: later legs of a call carry the id of its beginning.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.ivr.clock import LocalClock
from services.ivr.names import epoch_of

QUARTER_HOUR_S: Final = 900  # zones differ by multiples of it; calls are logged within seconds
ROWS_MIN: Final = 5  # fewer rows with an epoch prove nothing
OFFSET_S_MAX: Final = 26 * 3600  # no two zones are further apart; more is a call held for days, or damage


@dataclass(frozen=True, slots=True)
class ZoneFinding:
    """Local times stand `offset_s` after the epochs in `share` of the rows looked at; 0 is right."""

    offset_s: int
    share: float
    rows: int

    @property
    def right(self) -> bool:
        return self.offset_s == 0


@dataclass(slots=True)
class ZoneTally:
    """Differences of one table, by quarter of an hour."""

    differences: Counter[int] = field(default_factory=Counter)

    def add(self, local: float, epoch: int | None) -> None:
        """A local time as read with the declared zone, and the epoch beside it."""
        if epoch is not None and abs(local - epoch) <= OFFSET_S_MAX:
            self.differences[round((local - epoch) / QUARTER_HOUR_S)] += 1

    def add_all(self, local: NDArray[np.float64], epoch: NDArray[np.float64]) -> None:
        """The same for many; NaN where there is no epoch."""
        apart = local - epoch
        quarters = np.rint(apart[np.abs(apart) <= OFFSET_S_MAX] / QUARTER_HOUR_S).astype(np.int64)
        for quarter, rows in zip(*(each.tolist() for each in np.unique(quarters, return_counts=True)), strict=True):
            self.differences[quarter] += rows

    def look(self, clock: LocalClock, local: str, unique_id: str) -> None:
        """The same of texts; a time that is none, or an id without an epoch, is passed over."""
        epoch = epoch_of(unique_id)
        at = None if epoch is None else clock.epoch(local.strip().encode("ascii", "replace"))
        if at is not None:
            self.add(at, epoch)

    def finding(self) -> ZoneFinding | None:
        """None when too few rows carried an epoch. Of two as frequent the nearer one counts."""
        rows = self.differences.total()
        if rows < ROWS_MIN:
            return None
        quarters, most = min(self.differences.items(), key=lambda each: (-each[1], abs(each[0]), each[0]))
        return ZoneFinding(quarters * QUARTER_HOUR_S, most / rows, rows)
