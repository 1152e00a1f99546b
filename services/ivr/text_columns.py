"""Texts of whole columns: where each stands in one piece of memory, and what each different one says. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from services.ivr.columns import UNKNOWN, WORD_BYTES, Block, Bools, Ints
from services.ivr.dictionary import Dictionary, hash_words
from services.ivr.event_columns import Names

NAME_WORDS: Final = 5  # names of up to 40 bytes are looked up together, longer ones one by one
NAMES_MAX: Final = 200_000  # damage, or a telephone in each row, must not fill memory
NO_TEXT: Final = -1  # the length of a text that is not there


@dataclass(frozen=True, slots=True)
class Texts:
    """Of each row where its text begins in the arena, and how many bytes it has; NO_TEXT where there is none."""

    starts: Ints
    lengths: Ints

    def take(self, rows: Ints | Bools) -> Self:
        return type(self)(self.starts[rows], self.lengths[rows])

    def put(self, at: int, place: tuple[int, int]) -> None:
        self.starts[at], self.lengths[at] = place

    def of(self, arena: bytes, at: int) -> str | None:
        start, length = int(self.starts[at]), int(self.lengths[at])
        return None if length == NO_TEXT else arena[start : start + length].decode()


class Arena:
    """The bytes that a chunk's texts point into: the rows as they came, and behind them what was made of some."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self._parts = [text]
        self._end = len(text)
        self._known: dict[str | None, tuple[int, int]] = {None: (0, NO_TEXT)}

    def add(self, text: str | None) -> tuple[int, int]:
        """Where the text stands from now on, and its length."""
        place = self._known.get(text)
        if place is None:
            part = (text or "").encode()
            place = self._known[text] = (self._end, len(part))
            self._parts.append(part)
            self._end += len(part)
        return place

    def column(self, names: Names, numbers: Ints) -> Texts:
        """The name of each number; none for 0."""
        used, places = np.unique(numbers, return_inverse=True)
        found = [self.add(names.texts[number] or None) for number in used.tolist()]
        table = np.array(found, dtype=np.int64).reshape(-1, 2)[places]
        return Texts(np.ascontiguousarray(table[:, 0]), np.ascontiguousarray(table[:, 1]))

    def texts(self, wanted: Texts) -> list[bytes]:
        """The texts themselves; none is missing."""
        ends = (wanted.starts + wanted.lengths).tolist()
        memory = self.text if max(ends, default=0) <= len(self.text) else self.joined()
        return [memory[start:end] for start, end in zip(wanted.starts.tolist(), ends, strict=True)]

    def joined(self) -> bytes:
        return b"".join(self._parts)


class TextNumbers:
    """What each different text of a column stands for: a number of at least 0 that `learn` gives it once."""

    def __init__(self, learn: Callable[[bytes], int]) -> None:
        self._learn = learn
        self._known = Dictionary(NAME_WORDS)

    def clear(self) -> None:
        self._known.clear()

    def of(self, block: Block, start: Ints, length: Ints) -> Ints:
        """The number of each text; none holds a NUL."""
        if len(self._known) >= NAMES_MAX:
            self._known.clear()
        result = np.full(len(start), UNKNOWN, dtype=np.int64)
        short = np.flatnonzero(length <= NAME_WORDS * WORD_BYTES)
        words = block.words(start[short], length[short], NAME_WORDS)
        hashes = hash_words(words)
        found = self._known.find(words, hashes)
        new = np.flatnonzero(found == UNKNOWN)
        if len(new):
            _, firsts = np.unique(hashes[new], return_index=True)
            firsts = new[firsts]
            numbers = [self._learn(text) for text in texts_of(block, start[short[firsts]], length[short[firsts]])]
            self._known.add(words[:, firsts], hashes[firsts], numbers)
            found[new] = self._known.find(words[:, new], hashes[new])
        result[short] = found
        single = np.flatnonzero(result == UNKNOWN)  # long ones, and two of one hash
        seen: dict[bytes, int] = {}
        for at, text in zip(single.tolist(), texts_of(block, start[single], length[single]), strict=True):
            number = seen.get(text)
            if number is None:
                number = seen[text] = self._learn(text)
            result[at] = number
        return result


def texts_of(block: Block, start: Ints, length: Ints) -> list[bytes]:
    text = block.text
    return [bytes(text[at : at + size]) for at, size in zip(start.tolist(), length.tolist(), strict=True)]
