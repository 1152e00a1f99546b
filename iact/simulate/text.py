"""Rows as bytes, column after column: fixed-width cells side by side, then the padding is cut out.

A cell is padded with NUL to the width of its column; `bytes.translate` deletes the padding of a whole chunk at once,
which is what makes a row cost a fraction of a microsecond. No cell may therefore hold a NUL of its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.bytes_]
Ints = NDArray[np.int64]

SECONDS_A_DAY = 86_400
DIGITS_IN_HALF = 5  # ten digits are two look-ups in a table that stays in the processor's cache


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one form of text separates cells, writes null and guards a cell that holds the separator."""

    separator: bytes
    null: bytes
    quoted: bool

    def cell(self, value: str | None) -> bytes:
        if value is None:
            return self.null
        raw = value.encode()
        if self.quoted and any(mark in raw for mark in (self.separator, b'"', b"\n")):
            return b'"' + raw.replace(b'"', b'""') + b'"'
        return raw

    def cells(self, values: Iterable[str | None]) -> Cells:
        return np.array([self.cell(value) for value in values], dtype=np.bytes_)


CSV = Dialect(separator=b",", null=b"", quoted=True)
LOAD_DATA = Dialect(separator=b"\t", null=b"\\N", quoted=False)
PIPES = Dialect(separator=b"|", null=b"", quoted=False)


def rows(dialect: Dialect, columns: Sequence[Sequence[Cells]]) -> "Rows":
    """Rows of columns; a column is one or more parts that are written without anything between them."""
    parts: list[Cells] = []
    kinds: list[tuple[str, str]] = []
    constants: list[tuple[str, bytes]] = []
    for number, column in enumerate(columns):
        for part in column:
            kinds.append((f"p{len(kinds)}", part.dtype.str))
            parts.append(part)
        end = b"\n" if number == len(columns) - 1 else dialect.separator
        kinds.append((f"s{number}", "S1"))
        constants.append((f"s{number}", end))
    table = np.empty(len(parts[0]), dtype=np.dtype(kinds))
    names = [name for name, _ in kinds if name.startswith("p")]
    for name, part in zip(names, parts, strict=True):
        table[name] = part
    for name, end in constants:
        table[name] = end
    return Rows(table)


@dataclass(frozen=True, slots=True)
class Rows:
    """A chunk of rows of one table, still padded."""

    table: NDArray[np.void]

    def __len__(self) -> int:
        return len(self.table)

    def where(self, mask: NDArray[np.bool_]) -> "Rows":
        return Rows(self.table[mask])

    def encode(self) -> bytes:
        return self.table.tobytes().translate(None, b"\0")


def ten_digits(numbers: Ints) -> Cells:
    """Telephone numbers of exactly ten digits."""
    halves = np.empty((len(numbers), 2), dtype=f"S{DIGITS_IN_HALF}")
    table = five_digits()
    high, low = np.divmod(numbers, 10**DIGITS_IN_HALF)
    halves[:, 0] = table[high]
    halves[:, 1] = table[low]
    return halves.view(f"S{2 * DIGITS_IN_HALF}").reshape(-1)


@cache
def five_digits() -> Cells:
    """00000 to 99999."""
    return np.array([b"%05d" % number for number in range(10**DIGITS_IN_HALF)], dtype="S5")


@cache
def times_of_day() -> Cells:
    """00:00:00 to 23:59:59."""
    return np.array(
        [b"%02d:%02d:%02d" % (s // 3600, s // 60 % 60, s % 60) for s in range(SECONDS_A_DAY)],
        dtype="S8",
    )


class Dates:
    """Dates by day number (days since 1970-01-01), for a span of days that is known beforehand."""

    def __init__(self, first: int, last: int) -> None:
        self.first = first
        span = np.arange(first, last + 1).astype("datetime64[D]")
        self._cells: Cells = np.datetime_as_string(span, unit="D").astype("S10")

    def cells(self, days: Ints) -> Cells:
        return self._cells[days - self.first]

    def moments(self, wall: Ints) -> Cells:
        """Date and time of wall-clock seconds."""
        days, seconds = np.divmod(wall, SECONDS_A_DAY)
        return joined([self.cells(days), b" ", times_of_day()[seconds]])


def integers(values: Ints) -> Cells:
    """Whole numbers from 0 to 9 999 999 999 as text, in halves that come from tables."""
    high, low = np.divmod(values, 10**DIGITS_IN_HALF)
    if not high.any():
        return _small_integers()[low]
    long = high > 0
    return joined(
        [
            np.where(long, _small_integers()[high], b""),
            np.where(long, five_digits()[low], _small_integers()[low]),
        ]
    )


def joined(parts: Sequence[Cells | bytes]) -> Cells:
    """One column of several parts; the padding between them goes with all other padding."""
    size = next(len(part) for part in parts if not isinstance(part, bytes))
    kinds = [f"S{len(part)}" if isinstance(part, bytes) else part.dtype.str for part in parts]
    table = np.empty(size, dtype=np.dtype([(f"p{number}", kind) for number, kind in enumerate(kinds)]))
    for number, part in enumerate(parts):
        table[f"p{number}"] = part
    return table.view(f"S{table.dtype.itemsize}")


@cache
def _small_integers() -> Cells:
    return np.array([b"%d" % number for number in range(10**DIGITS_IN_HALF)], dtype="S5")
