"""How many legacy calls start on which day, and the tables that a chunk is drawn from.

Everything depends on the seed, the number of rows and the days only, never on the speed or the target.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

from iact.simulate import catalogue as cat
from iact.simulate.callers import Callers
from iact.simulate.text import Ints
from iact.simulate.zones import WallClock

CHUNK_ROWS = 1 << 15  # about 6 MB of padded text: stays near the processor, large enough to hide numpy's fixed costs
BITS = 1 << 16  # chances are compared with 16 random bits
STREAM = 1  # keeps the random numbers of the two kinds apart
DURATION_S_MIN, DURATION_S_MAX = 5, 895
DURATION_S_MEDIAN, DURATION_SPREAD = 140.0, 0.85
EPOCH = date(1970, 1, 1).toordinal()
QUANTILE_KNOTS = 513

Floats = NDArray[np.float64]


def generator(*keys: int) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(keys)))


@dataclass(frozen=True, slots=True)
class Plan:
    rows: int
    seed: int
    clock: WallClock
    first_day: int
    last_day: int
    dates: tuple[date, ...]
    quarters: Ints  # four times the year + quarter - 1
    profiles: Ints
    shapes: Ints  # which shape of the day: Monday to Friday, Saturday, Sunday
    ends_quarter: NDArray[np.bool_]
    phone_limits: Ints  # day by segment, in 65 536ths
    ends: Ints  # rows up to and with each day
    callers: Callers

    @classmethod
    def make(cls, *, rows: int, seed: int, zone: str, first: date, last: date) -> Self:
        dates = tuple(date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1))
        quarters = np.array([quarter_of(day) for day in dates])
        weekdays = np.array([day.weekday() for day in dates])
        noise = 1 + 0.04 * (generator(seed, STREAM).random(len(dates)) - 0.5)
        return cls(
            rows=rows,
            seed=seed,
            clock=WallClock(zone, first.toordinal() - EPOCH, last.toordinal() - EPOCH),
            first_day=first.toordinal() - EPOCH,
            last_day=last.toordinal() - EPOCH,
            dates=dates,
            quarters=quarters,
            profiles=np.array([cat.profile_of(int(quarter)) for quarter in quarters]),
            shapes=np.clip(weekdays - 4, 0, 2),
            ends_quarter=np.append(quarters[1:] != quarters[:-1], False),
            phone_limits=np.array([_phone_limits(day) for day in dates]),
            ends=np.cumsum(spread(rows, np.array(cat.WEEKDAYS)[weekdays] * noise)),
            callers=Callers(rows),
        )

    @property
    def chunks(self) -> int:
        return -(-self.rows // CHUNK_ROWS)

    def days_of(self, number: int) -> Ints:
        """The day, counted from the first, of every call of a chunk."""
        first = number * CHUNK_ROWS
        places = np.arange(first, min(first + CHUNK_ROWS, self.rows))
        return np.asarray(np.searchsorted(self.ends, places, side="right"), dtype=np.int64)


def quarter_of(day: date) -> int:
    return day.year * 4 + (day.month - 1) // 3


def spread(total: int, weights: Floats) -> Ints:
    """Whole numbers that add up to the total, as near to the weights as can be."""
    exact = weights / weights.sum() * total
    counts = np.floor(exact).astype(np.int64)
    missing = total - int(counts.sum())
    counts[np.argsort(counts - exact, kind="stable")[:missing]] += 1
    return np.asarray(counts, dtype=np.int64)


def _phone_limits(day: date) -> list[int]:
    return [round(cat.phone_menu_share(segment, day.year, day.month) * BITS) for segment in range(len(cat.SEGMENTS))]


@cache
def hour_shapes() -> list[tuple[Floats, Floats]]:
    """For each shape of the day: shares of the day passed, and the seconds at which they are."""
    edges = np.arange(25, dtype=np.float64) * 3600
    shapes: list[tuple[Floats, Floats]] = []
    for hours in cat.HOURS:
        passed = np.array([0.0, *np.cumsum(hours).tolist()])
        shapes.append((passed / passed[-1], edges))
    return shapes


@cache
def durations() -> Ints:
    """Seconds for every value of 16 random bits: log-normal, cut off where the IVR cuts off."""
    chance = (np.arange(BITS) + 0.5) / BITS
    knots = np.linspace(-4, 4, QUANTILE_KNOTS)
    density = np.exp(-knots * knots / 2)
    passed = np.cumsum(density) / density.sum()
    normal = np.interp(chance, passed, knots)
    seconds = DURATION_S_MEDIAN * np.exp(DURATION_SPREAD * normal)
    return np.clip(np.rint(seconds), DURATION_S_MIN, DURATION_S_MAX).astype(np.int64)
