"""Callers and their telephone numbers: caller n always has the same ten digits, and no two callers share them."""

import numpy as np

from iact.simulate.catalogue import AREA_PUEBLA, AREAS, PUEBLA
from iact.simulate.text import Cells, Ints, ten_digits

CALLERS_MIN = 16
CALLERS_MAX = 8_000_000  # as many local numbers as one area has; a large company has about as many lines
CALLERS_PER_ROW = 0.6
PUEBLA_SHARE = 0.175
LOCAL_FIRST = 2_000_000  # local numbers do not start with 0 or 1
SHUFFLE = 4_832_537  # odd and no multiple of 5: multiplying by it reorders the 8 000 000 local numbers
ROAMING_SHARE = 0.03  # calls of people who usually dial another segment's number


class Callers:
    """The population behind a number of rows."""

    def __init__(self, rows: int) -> None:
        self.count = min(max(int(rows * CALLERS_PER_ROW), CALLERS_MIN), CALLERS_MAX)
        self.puebla = int(self.count * PUEBLA_SHARE)
        areas = [int(area) * 10 ** (10 - len(area)) + _offset(area) for area in AREAS]
        self._areas = np.array(areas, dtype=np.int64)
        self._area_puebla = int(AREA_PUEBLA) * 10**7 + LOCAL_FIRST

    def draw(self, rng: np.random.Generator, segment: Ints) -> Ints:
        """One caller a call: some call three times as often as others, and a few call what is not their own number."""
        chance = rng.random(len(segment))
        skewed = (chance + chance * chance) / 2
        local = (segment == PUEBLA) ^ (rng.random(len(segment)) < ROAMING_SHARE)
        first = np.where(local, 0, self.puebla)
        width = np.where(local, self.puebla, self.count - self.puebla)
        return first + (skewed * width).astype(np.int64)

    def numbers(self, callers: Ints) -> Cells:
        """The ten digits of each caller."""
        local = callers * SHUFFLE % CALLERS_MAX
        area = np.where(callers < self.puebla, self._area_puebla, self._areas[callers % len(self._areas)])
        return ten_digits(area + local)


def _offset(area: str) -> int:
    """First local number: areas of two digits have eight local digits."""
    return LOCAL_FIRST if len(area) == 3 else LOCAL_FIRST * 10  # noqa: PLR2004 - digits of an area
