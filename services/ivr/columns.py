"""A chunk of rows as columns: all rows are taken apart together, with numpy, one field after the other. Pure.

Nothing is interpreted here, and nothing is guessed: what does not have the usual form (a date as MariaDB writes it, a
field of at most 250 bytes) is marked, and such a row goes to the per-row interpreter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.ivr.clock import YEAR_FIRST, YEAR_LAST
from services.ivr.rows import NULL

Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Words = NDArray[np.uint64]

DAYS: Final = (YEAR_LAST - YEAR_FIRST + 1) * 12 * 31  # every month has 31 places: a look-up, not a calendar
HOURS: Final = DAYS * 24
DAY_FORM: Final = b"0000-00-00"
TIME_FORM: Final = b"0000-00-00 00:00:00"
UNKNOWN: Final = -(2**62)  # in a table of numbers: not looked up yet
REFUSED: Final = UNKNOWN + 1  # looked up: the per-row interpreter must decide
WORD_BYTES: Final = 8
DICTIONARY_FIRST: Final = 1_024  # places of a new dictionary; it doubles when they are taken

_PAD = 4_096  # more than ten fields of a broken last row can reach beyond its end
_MASKS: Final = np.array([(1 << 8 * n) - 1 for n in range(WORD_BYTES + 1)], dtype=np.uint64)
_FACTORS: Final = np.random.default_rng(20250701).integers(1 << 62, 1 << 63, 64, dtype=np.uint64) | np.uint64(1)
_LAST_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)


class Block:
    """The rows of one chunk laid end to end."""

    def __init__(self, rows: Sequence[bytes]) -> None:
        self.text = b"".join((*rows, bytes(_PAD)))
        self.bytes: Bytes = np.frombuffer(self.text, dtype=np.uint8)
        self.ends: Ints = np.cumsum(np.fromiter(map(len, rows), dtype=np.int64, count=len(rows)))
        self.starts: Ints = np.concatenate([np.zeros(min(1, len(rows)), dtype=np.int64), self.ends[:-1]])

    def windows(self, at: Ints, width: int) -> Bytes:
        """`width` bytes from each place on, as `width` columns of single bytes."""
        every = np.ndarray((len(self.bytes) - width + 1,), f"V{width}", self.text, 0, (1,))
        return np.ascontiguousarray(every[at].view(np.uint8).reshape(len(at), width).T)

    def words(self, at: Ints, length: Ints, width: int) -> Words:
        """The bytes of each slice as `width` rows of little-endian words, zero behind its end."""
        size = width * WORD_BYTES
        every = np.ndarray((len(self.bytes) - size + 1,), f"V{size}", self.text, 0, (1,))
        words = np.ascontiguousarray(every[at].view("<u8").reshape(len(at), width).T)
        shortest = int(length.min(initial=size))
        for n in range(shortest // WORD_BYTES, width):
            words[n] &= _MASKS[np.clip(length - n * WORD_BYTES, 0, WORD_BYTES)]
        return words


@dataclass(frozen=True, slots=True)
class Fields:
    """Where the fields of each row lie; `whole` rows are just these, each at most 250 bytes, none with a NUL."""

    starts: list[Ints]
    lengths: list[Ints]
    whole: Bools


def split(block: Block, count: int) -> Fields:
    """Null has length 0 here, as the empty text has: where the difference matters the length byte is looked at."""
    starts, lengths = [], []
    at = block.starts
    whole = np.ones(len(at), dtype=np.bool_)
    empty = np.zeros(len(at), dtype=np.int64)
    for _ in range(count):
        at = np.minimum(at, len(block.bytes) - _PAD)
        size = block.bytes[at]
        whole &= size <= NULL
        empty += size == 0
        length = np.where(size >= NULL, 0, size).astype(np.int64)
        at = at + 1
        starts.append(at)
        lengths.append(length)
        at = at + length
    return Fields(starts, lengths, whole & (at == block.ends) & (_zeros(block) == empty))


def _zeros(block: Block) -> Ints:
    """Zero bytes of each row: an empty field is one, its length; any other is a NUL inside a text."""
    if not len(block.starts):
        return np.zeros(0, dtype=np.int64)
    zero = (block.bytes[: block.ends[-1]] == 0).astype(np.int64)
    return np.add.reduceat(zero, block.starts)


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


class Dictionary:
    """Numbers of texts seen before: found by hash, then compared whole, so that two texts can never share a number.

    Texts carry their lengths in front, so none is the beginning of another.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self.clear()

    def clear(self) -> None:
        self._hashes: Words = np.zeros(0, dtype=np.uint64)
        self._places: Ints = np.zeros(0, dtype=np.int64)  # of each hash: where its text and number are
        self._words: Words = np.zeros((self._width, DICTIONARY_FIRST), dtype=np.uint64)
        self._numbers: Ints = np.zeros(DICTIONARY_FIRST, dtype=np.int64)

    def __len__(self) -> int:
        return len(self._hashes)

    def find(self, words: Words, hashes: Words) -> Ints:
        """The number of each text; UNKNOWN where it has none."""
        if not len(self):
            return np.full(len(hashes), UNKNOWN, dtype=np.int64)
        at = np.searchsorted(self._hashes, hashes)
        at[at == len(self)] = 0
        same = self._hashes[at] == hashes
        place = self._places[at]
        for mine, theirs in zip(self._words, words, strict=False):
            same &= mine[place] == theirs
        return np.where(same, self._numbers[place], UNKNOWN)

    def add(self, words: Words, hashes: Words, numbers: Sequence[int]) -> None:
        """New texts. Where another text has the same hash already, the later one stays unknown for good."""
        hashes, firsts = np.unique(hashes, return_index=True)
        free = ~np.isin(hashes, self._hashes)
        hashes, firsts = hashes[free], firsts[free]
        begin, end = len(self), len(self) + len(hashes)
        while end > len(self._numbers):
            self._words = np.concatenate([self._words, np.zeros_like(self._words)], axis=1)
            self._numbers = np.concatenate([self._numbers, np.zeros_like(self._numbers)])
        self._words[: len(words), begin:end] = words[:, firsts]
        self._numbers[begin:end] = np.array(numbers, dtype=np.int64)[firsts]
        at = np.searchsorted(self._hashes, hashes)
        self._hashes = np.insert(self._hashes, at, hashes)
        self._places = np.insert(self._places, at, np.arange(begin, end))


def hash_words(words: Words) -> Words:
    """A 64-bit hash; zero words behind change nothing. Not secret: only the first step of a look-up."""
    total = np.zeros(words.shape[1], dtype=np.uint64)
    for each, factor in zip(words, _FACTORS, strict=False):
        total += (each ^ (each >> np.uint64(29))) * factor
    total ^= total >> np.uint64(32)
    result: Words = total * _LAST_FACTOR
    return result
