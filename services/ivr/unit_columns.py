"""The units of a chunk's rows, and their digests, without interpreting the rows. Pure."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.ivr.columns import DAYS, REFUSED, UNKNOWN, Block, Bools, day_places, hour_text
from services.ivr.keys import Keys
from services.ivr.legacy import UnitCount, unit_of
from services.ivr.rows import NULL, first_field, unpack_row
from services.ivr.sums import Groups

_LENGTH: Final = np.uint64(0xFF)
_REST_OF_DAY: Final = np.uint64(0xFFFFFF)  # behind the length and seven characters of 2025-07-01


class UnitNumbers:
    """The unit of each row as a small number: its place in `dates`."""

    def __init__(self) -> None:
        self.dates: list[date] = []
        self._numbers: dict[date, int] = {}
        self._places = np.full(DAYS, UNKNOWN, dtype=np.int64)

    def of_rows(self, block: Block, read: Callable[[bytes | None], date]) -> tuple[NDArray[np.uint16], Bools]:
        """The units' numbers, and whether dFecha has the usual form. Rows come day by day: each run is read once."""
        if not len(block):
            return np.zeros(0, dtype=np.uint16), np.zeros(0, dtype=np.bool_)
        first, second = block.raw_words(block.starts, 2)
        second &= _REST_OF_DAY
        new = (first[1:] != first[:-1]) | (second[1:] != second[:-1]) | (first[1:] & _LENGTH > NULL)
        firsts = np.flatnonzero(new) + 1
        firsts = np.concatenate([np.zeros(1, dtype=np.int64), firsts])
        numbers, usual = self._of_some(block.where(firsts), read)
        rows = np.diff(firsts, append=len(block))
        return np.repeat(numbers, rows), np.repeat(usual, rows)

    def _of_some(self, block: Block, read: Callable[[bytes | None], date]) -> tuple[NDArray[np.uint16], Bools]:
        length = block.bytes[block.starts]
        places, usual = day_places(block, block.starts + 1)
        usual &= (length >= len("2025-07-01")) & (length < NULL)
        numbers = np.where(usual, self._places[places], REFUSED)
        for place in np.unique(places[numbers == UNKNOWN]).tolist():
            self._places[place] = self.number(read(hour_text(place * 24)[:10]))
        numbers = np.where(usual, self._places[places], 0)
        for at in np.flatnonzero(~usual).tolist():
            row = block[at]
            numbers[at] = self.number(read(first_field(row) if length[at] <= NULL else unpack_row(row)[0]))
        return numbers.astype(np.uint16), usual

    def number(self, unit: date) -> int:
        number = self._numbers.setdefault(unit, len(self.dates))
        if number == len(self.dates):
            self.dates.append(unit)
        return number


class ColumnDigests:
    """What `DigestPass` does, a chunk at a time."""

    def __init__(self, keys: Keys, source: str, table: str) -> None:
        self._hash = keys.rows(source, table)
        self._numbers = UnitNumbers()
        self.units: dict[date, UnitCount] = {}

    def take(self, rows: Sequence[bytes]) -> None:
        block = Block.of(rows)
        units, _ = self._numbers.of_rows(block, unit_of)
        groups = Groups(units)
        totals = groups.hash_totals(self._hash.many(block))
        for number, count, total in zip(groups.units, groups.counts, totals, strict=True):
            unit = self.units.setdefault(self._numbers.dates[number], UnitCount())
            unit.rows += count
            unit.hash_total += total
