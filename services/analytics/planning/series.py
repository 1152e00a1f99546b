"""Between buckets of an answer (instants) and days with intervals on the wall clock (what a forecast thinks in)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from services.analytics.planning.forecast import Floats, History

DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class Grid:
    """Intervals of a day on the wall clock of a zone; `interval_s` divides a day."""

    interval_s: int
    zone: ZoneInfo

    @property
    def intervals(self) -> int:
        return DAY_S // self.interval_s

    def place(self, instant: datetime) -> tuple[date, int]:
        """The local day and its interval."""
        local = instant.astimezone(self.zone)
        return local.date(), (local.hour * 3_600 + local.minute * 60 + local.second) // self.interval_s

    def midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def instants(self, day: date) -> Iterator[datetime]:
        """The beginnings of the day's intervals: some twice in a day of 25 hours, some missing in one of 23."""
        if self.interval_s == DAY_S:
            yield self.midnight(day)
            return
        instant, end = self.midnight(day), self.midnight(day + timedelta(days=1))
        while instant < end:
            yield instant
            instant += timedelta(seconds=self.interval_s)


def history_of(
    counts: Iterable[tuple[datetime, float]],
    grid: Grid,
    *,
    since: date,
    until: date,
    holidays: frozenset[date] = frozenset(),
    closed: NDArray[np.bool_] | None = None,
) -> History:
    """Days in [since, until) of a series without gaps; those before the first call were not observed.

    An interval that the clocks repeat is the mean of both: its profile is that of one.
    """
    sums = {day: np.zeros(grid.intervals) for day in _days(since, until)}
    seen = {day: np.zeros(grid.intervals) for day in sums}
    for instant, count in counts:
        day, interval = grid.place(instant)
        if day in sums:
            sums[day][interval] += count
            seen[day][interval] += 1
    days: dict[date, Floats] = {}
    for day, total in sums.items():
        if days or total.any():
            days[day] = np.where(seen[day] > 0, total / np.maximum(seen[day], 1), np.nan)
    return History(days, grid.intervals, holidays, closed)


@dataclass(frozen=True, slots=True)
class ClosedHours:
    """From one time of the wall clock to another, on these weekdays (1 Monday to 7 Sunday); `until` None: day's end."""

    weekdays: Sequence[int]
    since: time
    until: time | None


def closed_intervals(hours: Iterable[ClosedHours], grid: Grid) -> NDArray[np.bool_]:
    """An interval is closed when all of it is."""
    closed = np.zeros((7, grid.intervals), dtype=np.bool_)
    for each in hours:
        first = -(-_seconds(each.since) // grid.interval_s)
        last = grid.intervals if each.until is None else _seconds(each.until) // grid.interval_s
        for weekday in each.weekdays:
            closed[weekday - 1, first:last] = True
    return closed


def _seconds(clock: time) -> int:
    return clock.hour * 3_600 + clock.minute * 60 + clock.second


def _days(since: date, until: date) -> Iterator[date]:
    for number in range((until - since).days):
        yield since + timedelta(days=number)
