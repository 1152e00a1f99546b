"""A chunk of rows as columns: all rows are taken apart together, with numpy, one field after the other. Pure.

Nothing is interpreted here, and nothing is guessed: what does not have the usual form (a date as MariaDB writes it, a
field of at most 250 bytes) is marked, and such a row goes to the per-row interpreter.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from services.ivr.clock import YEAR_FIRST, YEAR_LAST
from services.ivr.rows import NULL

Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Words = NDArray[np.uint64]
Buffer: TypeAlias = bytes | bytearray

DAYS: Final = (YEAR_LAST - YEAR_FIRST + 1) * 12 * 31  # every month has 31 places: a look-up, not a calendar
HOURS: Final = DAYS * 24
DAY_FORM: Final = b"0000-00-00"
TIME_FORM: Final = b"0000-00-00 00:00:00"
UNKNOWN: Final = -(2**62)  # in a table of numbers: not looked up yet
REFUSED: Final = UNKNOWN + 1  # looked up: the per-row interpreter must decide
WORD_BYTES: Final = 8
TURN_ROWS: Final = 512  # turned into columns at once: a piece that stays in the nearest cache

PAD: Final = 4_096  # more than ten fields of a broken last row can reach beyond its end
_MASKS: Final = np.array([(1 << 8 * n) - 1 for n in range(WORD_BYTES + 1)], dtype=np.uint64)
# Words of digits, each byte a digit: https://kholdstare.github.io/technical/2020/05/26/faster-integer-parsing.html
_ZEROS: Final = np.uint64(0x3030303030303030)
_BEYOND_NINE: Final = np.uint64(0x7676767676767676)  # 10 and more reach the top bit of their byte
_TOP_BITS: Final = np.uint64(0x8080808080808080)
_TENS_AND_ONES: Final = np.uint64((10 << 8) + 1)
_HUNDREDS_AND_ONES: Final = np.uint64((100 << 16) + 1)
_MYRIADS_AND_ONES: Final = np.uint64((10_000 << 32) + 1)
_PAIRS: Final = np.uint64(0x00FF00FF00FF00FF)
_FOURS: Final = np.uint64(0x0000FFFF0000FFFF)
_GAP_MAX: Final = 4  # a packet's header
_LENGTHS: Final = np.array([n if n < NULL else 0 for n in range(256)], dtype=np.int64)


class Block(Sequence[bytes]):
    """The rows of one chunk in one piece of memory, some bytes apart (in an answer: the headers of its packets).

    Behind the last row at least `PAD` bytes must follow, so that no look-ahead needs a check.
    """

    def __init__(self, text: Buffer, starts: Ints, ends: Ints) -> None:
        self.text = text
        self.bytes: Bytes = np.frombuffer(text, dtype=np.uint8)
        self.starts = starts
        self.ends = ends

    @classmethod
    def of(cls, rows: Iterable[bytes]) -> "Block":
        if isinstance(rows, Block):
            return rows
        rows = list(rows)
        ends: Ints = np.cumsum(np.fromiter(map(len, rows), dtype=np.int64, count=len(rows)))
        starts = np.concatenate([np.zeros(min(1, len(rows)), dtype=np.int64), ends[:-1]])
        return cls(b"".join((*rows, bytes(PAD))), starts, ends)

    @classmethod
    def join(cls, blocks: Sequence["Block"]) -> "Block":
        """The rows of several in one, as far apart as packets stand."""
        blocks = [block for block in blocks if len(block)]
        if len(blocks) < 2:  # noqa: PLR2004 - nothing to join
            return blocks[0] if blocks else cls.of([])
        texts: list[bytes | memoryview] = []
        starts: list[Ints] = []
        ends: list[Ints] = []
        at = 0
        for block in blocks:
            first, last = int(block.starts[0]), int(block.ends[-1])
            texts += [memoryview(block.text)[first:last], bytes(_GAP_MAX)]
            starts.append(block.starts - first + at)
            ends.append(block.ends - first + at)
            at += last - first + _GAP_MAX
        return cls(b"".join((*texts, bytes(PAD))), np.concatenate(starts), np.concatenate(ends))

    def where(self, rows: Ints | Bools) -> "Block":
        """Some of the rows, over the same memory."""
        return Block(self.text, self.starts[rows], self.ends[rows])

    @override
    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, at: int) -> bytes: ...
    @overload
    def __getitem__(self, at: slice) -> "Block": ...
    @override
    def __getitem__(self, at: int | slice) -> "bytes | Block":
        if isinstance(at, slice):
            return Block(self.text, self.starts[at], self.ends[at])
        return self.bytes[self.starts[at] : self.ends[at]].tobytes()

    @override
    def __iter__(self) -> Iterator[bytes]:
        text = memoryview(self.text)
        for start, end in zip(self.starts.tolist(), self.ends.tolist(), strict=True):
            yield bytes(text[start:end])

    def windows(self, at: Ints, width: int) -> Bytes:
        """`width` bytes from each place on, as `width` columns of single bytes."""
        every = np.ndarray((len(self.bytes) - width + 1,), f"V{width}", self.text, 0, (1,))
        return np.ascontiguousarray(every[at].view(np.uint8).reshape(len(at), width).T)

    def raw_words(self, at: Ints, width: int) -> Words:
        """`width` little-endian words from each place on, as rows of words, whatever lies there."""
        size = width * WORD_BYTES
        if not size:
            return np.zeros((0, len(at)), dtype=np.uint64)
        every = np.ndarray((len(self.bytes) - size + 1,), f"V{size}", self.text, 0, (1,))
        rows = every[at].view("<u8").reshape(len(at), width)
        columns = np.empty((width, len(at)), dtype=np.uint64)
        for begin in range(0, len(at), TURN_ROWS):
            columns[:, begin : begin + TURN_ROWS] = rows[begin : begin + TURN_ROWS].T
        return columns

    def words(self, at: Ints, length: Ints, width: int) -> Words:
        """The bytes of each slice as `width` rows of words, zero behind its end."""
        words = self.raw_words(at, width)
        first = int(length.min(initial=width * WORD_BYTES)) // WORD_BYTES
        if len(at) < TURN_ROWS:  # few rows: the number of steps counts, not their size
            words[first:] &= masks(length, np.arange(first, width)[:, np.newaxis])
            return words
        for n in range(first, width):
            words[n] &= masks(length, n)
        return words

    def zeros(self) -> Ints:
        """Zero bytes of each row."""
        if not len(self):
            return np.zeros(0, dtype=np.int64)
        first = int(self.starts[0])
        places = np.flatnonzero(self.bytes[first : int(self.ends[-1])] == 0) + first
        return np.searchsorted(places, self.ends) - np.searchsorted(places, self.starts)

    def zeros_in_all(self) -> int | None:
        """The same in total, at a tenth of the price; None when rows do not follow one another as in an answer."""
        if not len(self):
            return 0
        gaps = self.starts[1:] - self.ends[:-1]
        gap = int(gaps.max(initial=0))
        if gap > _GAP_MAX or gap != int(gaps.min(initial=gap)):
            return None
        text = self.bytes[int(self.starts[0]) : int(self.ends[-1])]
        between = [self.bytes[self.ends[:-1] + n] for n in range(gap)]
        return _count_zeros(text) - sum(map(_count_zeros, between))


def masks(length: Ints, word: int | Ints) -> Words:
    """What the n-th word of a text of that length holds of it."""
    left = np.minimum(np.maximum(length - word * WORD_BYTES, 0), WORD_BYTES)
    found: Words = _MASKS[left]
    return found


def _count_zeros(values: Bytes) -> int:
    return len(values) - int(np.count_nonzero(values))


@dataclass(frozen=True, slots=True)
class Fields:
    """Where the fields of each row lie; `whole` rows are just these, each at most 250 bytes, none with a NUL."""

    starts: list[Ints]
    lengths: list[Ints]
    whole: Bools

    def where(self, rows: Ints | Bools) -> "Fields":
        return Fields([each[rows] for each in self.starts], [each[rows] for each in self.lengths], self.whole[rows])


def split(block: Block, count: int) -> Fields:
    """Null has length 0 here, as the empty text has: where the difference matters the length byte is looked at."""
    starts, lengths = [], []
    at = block.starts
    longest = np.zeros(len(at), dtype=np.uint8)
    empty = np.zeros(len(at), dtype=np.uint8)
    for _ in range(count):
        size = block.bytes.take(at, mode="clip")
        np.maximum(longest, size, out=longest)
        empty += size == 0
        length = _LENGTHS[size]
        at = at + 1
        starts.append(at)
        lengths.append(length)
        at = at + length
    whole = (longest <= NULL) & (at == block.ends)
    # An empty field is one zero byte, its length; any other is a NUL inside a text.
    if block.zeros_in_all() != int(empty.sum(dtype=np.int64)) or not whole.all():
        whole &= block.zeros() == empty
    return Fields(starts, lengths, whole)


def day_places(block: Block, at: Ints) -> tuple[Ints, Bools]:
    """The place of each date in a table of `DAYS`, and whether it has the usual form."""
    pairs, usual = _digits(block.windows(at, len(DAY_FORM)), DAY_FORM)
    return _place_of_day(pairs, usual)


def hour_places(block: Block, at: Ints) -> tuple[Ints, Ints, Bools]:
    """The place of each time's hour in a table of `HOURS`, its second in the hour, and whether its form is usual."""
    pairs, usual = _digits(block.windows(at, len(TIME_FORM)), TIME_FORM)
    hour, minute, second = pairs[4], pairs[5], pairs[6]
    place, usual = _place_of_day(pairs, usual & (hour < 24) & (minute < 60) & (second < 60))  # noqa: PLR2004 - a clock
    seconds = minute.astype(np.int64) * 60 + second
    return np.where(usual, place * 24 + hour, 0), seconds, usual


def plain_numbers(block: Block, start: Ints, length: Ints, digits_max: int) -> tuple[Ints, Bools]:
    """Numbers of plain digits, at most 18 of them, and whether a field is one; 0 where it is none.

    Eight digits at a time, the last ones first: a word of them becomes four numbers of two digits, two of four, one.
    """
    usual = (length > 0) & (length <= digits_max)
    values = np.zeros(len(length), dtype=np.uint64)
    left, scale = np.where(usual, length, 0), 1
    while left.any():
        size = np.minimum(left, WORD_BYTES)
        left = left - size
        # What lies behind the digits is pushed out, zeros come before them; the first digit is the lowest byte.
        pushed = (8 * (WORD_BYTES - size)).astype(np.uint64)
        digits = block.raw_words(np.where(usual, start + left, 0), 1)[0] << pushed
        digits ^= _ZEROS << pushed
        usual &= ((digits + _BEYOND_NINE) | digits) & _TOP_BITS == 0
        digits = digits * _TENS_AND_ONES >> 8 & _PAIRS
        digits = digits * _HUNDREDS_AND_ONES >> 16 & _FOURS
        values += (digits * _MYRIADS_AND_ONES >> 32) * np.uint64(scale)
        scale *= 10**WORD_BYTES
    return np.where(usual, values, 0).astype(np.int64), usual


def hour_text(place: int) -> bytes:
    """The first 13 characters of the times of that hour: 2025-07-01 09."""
    day, hour = divmod(place, 24)
    months, day = divmod(day, 31)
    year, month = divmod(months, 12)
    return f"{YEAR_FIRST + year:04}-{month + 1:02}-{day + 1:02} {hour:02}".encode()


def _digits(text: Bytes, form: bytes) -> tuple[list[Bytes], Bools]:
    """The numbers of two digits in a text of that form, and whether it has the form."""
    places = [n for n, each in enumerate(form) if each == ord("0")]
    usual = np.ones(text.shape[1], dtype=np.bool_)
    for n, each in enumerate(form):
        if n not in places:
            usual &= text[n] == each
    values = text - np.uint8(ord("0"))
    for n in places:
        usual &= values[n] <= 9  # noqa: PLR2004 - a digit
    ten = np.uint8(10)
    return [values[tens] * ten + values[ones] for tens, ones in zip(places[::2], places[1::2], strict=True)], usual


def _place_of_day(pairs: list[Bytes], usual: Bools) -> tuple[Ints, Bools]:
    century, year_of, month, day = pairs[:4]
    year = century.astype(np.int64) * 100 + year_of
    usual = usual & (year >= YEAR_FIRST) & (year <= YEAR_LAST)
    usual &= (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)  # noqa: PLR2004 - a calendar
    place = ((year - YEAR_FIRST) * 12 + month - 1) * 31 + day - 1
    return np.where(usual, place, 0), usual
