"""Numbers of texts seen before, for whole columns of texts. Pure."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.ivr.columns import UNKNOWN, Ints, Words

ENTRIES_FIRST: Final = 1_024  # places of a new dictionary; it doubles when they are taken
SLOTS_PER_ENTRY: Final = 4  # at least: three of four look-ups for a new text end at the first slot
_FACTORS: Final = np.random.default_rng(20250701).integers(1 << 62, 1 << 63, 64, dtype=np.uint64) | np.uint64(1)
_LAST_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
_EMPTY: Final = -1


class Dictionary:
    """Texts are found by hash, then compared whole, so that two texts can never share a number.

    Texts carry their lengths in front, so none is the beginning of another. An open hash table: the slot where a
    text's search ends on an empty one is where it would stand.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self.clear()

    def clear(self) -> None:
        self._size = 0
        self._words: Words = np.zeros((self._width, ENTRIES_FIRST), dtype=np.uint64)
        self._numbers: Ints = np.zeros(ENTRIES_FIRST, dtype=np.int64)
        self._hashes: Words = np.zeros(ENTRIES_FIRST, dtype=np.uint64)
        self._slots: NDArray[np.int32] = np.full(SLOTS_PER_ENTRY * ENTRIES_FIRST, _EMPTY, dtype=np.int32)

    def __len__(self) -> int:
        return self._size

    def find(self, words: Words, hashes: Words) -> Ints:
        """The number of each text; UNKNOWN where it has none."""
        place = self._places(hashes)
        same = place != _EMPTY
        for mine, theirs in zip(self._words, words, strict=False):
            same &= mine[place] == theirs
        return np.where(same, self._numbers[place], UNKNOWN)

    def add(self, words: Words, hashes: Words, numbers: Sequence[int]) -> None:
        """New texts. Where another text has the same hash already, the later one stays unknown for good."""
        hashes, firsts = np.unique(hashes, return_index=True)
        free = self._places(hashes) == _EMPTY
        hashes, firsts = hashes[free], firsts[free]
        begin, end = self._size, self._size + len(hashes)
        self._grow(end)
        self._words[: len(words), begin:end] = words[:, firsts]
        self._numbers[begin:end] = np.array(numbers, dtype=np.int64)[firsts]
        self._hashes[begin:end] = hashes
        self._size = end
        self._enter(begin, end)

    def _places(self, hashes: Words) -> Ints:
        """Where the text of each hash stands, or _EMPTY."""
        mask = len(self._slots) - 1
        slot: Ints = hashes.astype(np.int64) & mask
        place: Ints = self._slots[slot].astype(np.int64)
        wrong = np.flatnonzero((self._hashes[place] != hashes) & (place != _EMPTY))
        while len(wrong):
            slot[wrong] = (slot[wrong] + 1) & mask
            place[wrong] = self._slots[slot[wrong]]
            wrong = wrong[(self._hashes[place[wrong]] != hashes[wrong]) & (place[wrong] != _EMPTY)]
        return place

    def _grow(self, entries: int) -> None:
        while entries > len(self._numbers):
            self._words = np.concatenate([self._words, np.zeros_like(self._words)], axis=1)
            self._numbers = np.concatenate([self._numbers, np.zeros_like(self._numbers)])
            self._hashes = np.concatenate([self._hashes, np.zeros_like(self._hashes)])
        if len(self._slots) < SLOTS_PER_ENTRY * len(self._numbers):
            self._slots = np.full(SLOTS_PER_ENTRY * len(self._numbers), _EMPTY, dtype=np.int32)
            self._enter(0, self._size)

    def _enter(self, begin: int, end: int) -> None:
        mask = len(self._slots) - 1
        slots = self._slots
        for place, slot in enumerate((self._hashes[begin:end].astype(np.int64) & mask).tolist(), begin):
            while slots[slot] != _EMPTY:
                slot = (slot + 1) & mask  # noqa: PLW2901 - the search goes on from where it began
            slots[slot] = place


class Lookup:
    """Some rows of a chunk on their way through a dictionary: first what is known, then what was learned meanwhile."""

    def __init__(self, dictionary: Dictionary, rows: Ints, words: Words) -> None:
        self._dictionary = dictionary
        self._rows = rows
        self._words = words
        self._hashes = hash_words(words)
        self._found = dictionary.find(words, self._hashes)
        self._new = np.flatnonzero(self._found == UNKNOWN)
        _, firsts = np.unique(self._hashes[self._new], return_index=True)
        self._firsts = self._new[firsts]

    @property
    def first_rows(self) -> Ints:
        """The rows in which new texts stand for the first time."""
        return self._rows[self._firsts]

    def settle(self, result: Ints, learn: Callable[[int], int]) -> None:
        """Fill in `result`, in which the first rows of new texts stand already. `learn` gives a row's number."""
        found, new, firsts = self._found, self._new, self._firsts
        if len(new):
            self._dictionary.add(self._words[:, firsts], self._hashes[firsts], result[self._rows[firsts]].tolist())
            found[new] = self._dictionary.find(self._words[:, new], self._hashes[new])
            for at in np.flatnonzero(found == UNKNOWN).tolist():  # two texts of one hash
                found[at] = learn(int(self._rows[at]))
        result[self._rows] = found


def hash_words(words: Words) -> Words:
    """A 64-bit hash; zero words behind change nothing. Not secret: only the first step of a look-up."""
    total = np.zeros(words.shape[1], dtype=np.uint64)
    for each, factor in zip(words, _FACTORS, strict=False):
        total += (each ^ (each >> np.uint64(29))) * factor
    total ^= total >> np.uint64(32)
    result: Words = total * _LAST_FACTOR
    result ^= result >> np.uint64(32)
    return result
