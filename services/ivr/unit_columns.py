"""The units of a chunk's rows, and their digests, without interpreting the rows. Pure."""

from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from services.ivr.columns import DAYS, REFUSED, UNKNOWN, Block, Bools, day_places, hour_text
from services.ivr.keys import Keys
from services.ivr.legacy import UnitCount, unit_of
from services.ivr.rows import unpack_row
from services.ivr.sums import Groups, hash_rows


class UnitNumbers:
    """The unit of each row as a small number: its place in `dates`."""

    def __init__(self) -> None:
        self.dates: list[date] = []
        self._numbers: dict[date, int] = {}
        self._places = np.full(DAYS, UNKNOWN, dtype=np.int64)

    def of_rows(
        self, block: Block, rows: Sequence[bytes], read: Callable[[bytes | None], date]
    ) -> tuple[NDArray[np.uint16], Bools]:
        """The units' numbers, and whether dFecha has the usual form."""
        length = block.bytes[block.starts]
        places, usual = day_places(block, block.starts + 1)
        usual &= (length >= len("2025-07-01")) & (length < 251)  # noqa: PLR2004 - one length byte, no null
        numbers = np.where(usual, self._places[places], REFUSED)
        for place in np.unique(places[numbers == UNKNOWN]).tolist():
            self._places[place] = self.number(read(hour_text(place * 24)[:10]))
        numbers = np.where(usual, self._places[places], 0)
        for at in np.flatnonzero(~usual).tolist():
            numbers[at] = self.number(read(unpack_row(rows[at])[0]))
        return numbers.astype(np.uint16), usual

    def number(self, unit: date) -> int:
        number = self._numbers.setdefault(unit, len(self.dates))
        if number == len(self.dates):
            self.dates.append(unit)
        return number


class ColumnDigests:
    """What `DigestPass` does, a chunk at a time."""

    def __init__(self, keys: Keys, source: str, table: str) -> None:
        self._prefix = keys.prefix("row", source, table)
        self._numbers = UnitNumbers()
        self.units: dict[date, UnitCount] = {}

    def take(self, rows: Sequence[bytes]) -> None:
        units, _ = self._numbers.of_rows(Block(rows), rows, unit_of)
        groups = Groups(units)
        totals = groups.hash_totals(hash_rows(self._prefix, rows))
        for number, count, total in zip(groups.units, groups.counts, totals, strict=True):
            unit = self.units.setdefault(self._numbers.dates[number], UnitCount())
            unit.rows += count
            unit.hash_total += total
