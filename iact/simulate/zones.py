"""Wall clocks of an IANA zone for whole arrays of times; wall times are seconds since 1970 as if the zone were UTC."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from iact.simulate.errors import SimulationFailed
from iact.simulate.text import SECONDS_A_DAY, Ints

MARGIN_DAYS = 3  # calls spill over midnight and other zones are up to a day away


class WallClock:
    """The offsets of one zone over a span of days, found once and then looked up."""

    def __init__(self, zone: str, first_day: int, last_day: int) -> None:
        self.zone = zone
        self._info = zone_info(zone)
        first, last = (first_day - MARGIN_DAYS) * SECONDS_A_DAY, (last_day + MARGIN_DAYS) * SECONDS_A_DAY
        changes = self._changes(first, last)
        self._instants = np.array(changes, dtype=np.int64)
        self._offsets = np.array([self._offset(first), *map(self._offset, changes)], dtype=np.int64)
        # Until this wall time the offset before a change counts: a time that happens twice is its first occurrence.
        self._boundaries = self._instants + self._offsets[:-1]

    def to_utc(self, wall: Ints) -> Ints:
        return wall - self._offsets[np.searchsorted(self._boundaries, wall, side="right")]

    def to_wall(self, utc: Ints) -> Ints:
        return utc + self._offsets[np.searchsorted(self._instants, utc, side="right")]

    def settle(self, starts: Ints, durations: Ints) -> Ints:
        """Wall starts moved behind a change of the clock that they fall into or that the call would straddle."""
        for boundary, before, after in zip(self._boundaries, self._offsets, self._offsets[1:], strict=False):
            skipped = max(0, after - before)
            straddles = (starts < boundary + skipped) & (starts + durations >= boundary)
            late = np.maximum(starts - boundary, 0)
            starts = np.where(straddles, boundary + skipped + late, starts)
        return starts

    def repeated(self) -> list[tuple[int, int]]:
        """Half-open wall times that happen twice."""
        pairs = zip(self._boundaries, self._offsets, self._offsets[1:], strict=False)
        return [(int(end + after - before), int(end)) for end, before, after in pairs if after < before]

    def _changes(self, first: int, last: int) -> list[int]:
        found = []
        for start in range(first, last, SECONDS_A_DAY):
            low, high = start, start + SECONDS_A_DAY
            if self._offset(low) == self._offset(high):
                continue
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if self._offset(middle) == self._offset(low) else (low, middle)
            found.append(high)
        return found

    def _offset(self, instant: int) -> int:
        offset = datetime.fromtimestamp(instant, UTC).astimezone(self._info).utcoffset()
        return int(offset.total_seconds()) if offset else 0


def zone_info(zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SimulationFailed(
            f"There is no time zone {zone}; give an IANA name such as America/Mexico_City."
        ) from error
