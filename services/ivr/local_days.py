"""The local calendar day of a moment, for many moments at once: one look-up a quarter of an hour. Pure.

Zones are multiples of 15 minutes away from UTC, so a quarter of an hour lies within one local day, but for one kind of
change: clocks put back across midnight in the middle of it. Such a quarter has two slots, one for each day.
"""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from services.ivr.clock import YEAR_FIRST, YEAR_LAST

Ints = NDArray[np.int64]

QUARTER_S: Final = 900
# A day before and after the years that a call can be in: local years begin earlier or later than UTC's.
QUARTER_FIRST: Final = int(datetime(YEAR_FIRST - 1, 12, 31, tzinfo=UTC).timestamp()) // QUARTER_S
QUARTERS: Final = int(datetime(YEAR_LAST + 1, 1, 2, tzinfo=UTC).timestamp()) // QUARTER_S - QUARTER_FIRST
_UNKNOWN: Final = -1
_EPOCH_ORDINAL: Final = 719_163  # date(1970, 1, 1).toordinal()


class LocalDays:
    """Days of one zone, as days since 1970. Remembers every quarter of an hour that it was asked for."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self._days = np.full(QUARTERS, _UNKNOWN, dtype=np.int32)
        self._uneven: set[int] = set()

    def slots(self, started: Ints) -> Ints:
        """Twice the quarter of an hour since 1970, plus one where clocks put back made it the day before."""
        quarters = started // QUARTER_S
        slots = quarters * 2
        for quarter in self._uneven_of(quarters):
            first = self._day(quarter * QUARTER_S)
            for at in np.flatnonzero(quarters == quarter).tolist():
                slots[at] += self._day(int(started[at])) != first
        return slots

    def days(self, slots: Ints) -> Ints:
        """The local day of each slot that `slots` gave."""
        quarters, second = slots >> 1, (slots & 1).astype(np.bool_)
        found: Ints = self._days[quarters - QUARTER_FIRST].astype(np.int64)
        for at in np.flatnonzero(second).tolist():
            found[at] = self._day(int(quarters[at]) * QUARTER_S + QUARTER_S - 1)
        return found

    def of(self, started: Ints) -> Ints:
        """The local day of each moment."""
        if not len(started):
            return np.zeros(0, dtype=np.int64)
        quarters = started // QUARTER_S
        uneven = self._uneven_of(quarters)
        found = self._days[quarters - QUARTER_FIRST].astype(np.int64)
        for quarter in uneven:
            for at in np.flatnonzero(quarters == quarter).tolist():
                found[at] = self._day(int(started[at]))
        return found

    def _uneven_of(self, quarters: Ints) -> list[int]:
        """Which of these quarters hold two days; makes all of them known."""
        places = quarters - QUARTER_FIRST
        new = self._days[places] == _UNKNOWN
        if new.any():
            unknown = places[new]
            marks = np.zeros(int(unknown.max()) - (least := int(unknown.min())) + 1, dtype=np.bool_)
            marks[unknown - least] = True
            for place in (np.flatnonzero(marks) + least).tolist():
                self._learn(place + QUARTER_FIRST)
        if not self._uneven:
            return []
        return [quarter for quarter in sorted(self._uneven) if (quarters == quarter).any()]

    def _learn(self, quarter: int) -> None:
        first, last = self._day(quarter * QUARTER_S), self._day(quarter * QUARTER_S + QUARTER_S - 1)
        self._days[quarter - QUARTER_FIRST] = first
        if first != last:
            self._uneven.add(quarter)

    def _day(self, epoch: int) -> int:
        return datetime.fromtimestamp(epoch, self._zone).toordinal() - _EPOCH_ORDINAL
