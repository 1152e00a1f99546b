"""Which ids of a table are read: a bit each, 1 024 in a block; a day of ids is a few hundred small rows. Pure."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

BLOCK_BITS: Final = 10  # services/ivr/migrations/0006_agents.sql shifts by the same
BLOCK_IDS: Final = 1 << BLOCK_BITS

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class ReadIds:
    """The blocks of one table that are looked at, and which of them changed."""

    def __init__(self, blocks: Iterable[tuple[int, bytes]] = ()) -> None:
        self._blocks = {
            number: np.unpackbits(np.frombuffer(bits, dtype=np.uint8)).astype(np.bool_) for number, bits in blocks
        }
        self._newest: dict[int, float] = {}

    def __contains__(self, position: int) -> bool:
        block = self._blocks.get(position >> BLOCK_BITS)
        return block is not None and bool(block[position & (BLOCK_IDS - 1)])

    def known(self, ids: Ints) -> Bools:
        """Which of these are read."""
        numbers, place = np.unique(ids >> BLOCK_BITS, return_inverse=True)
        empty = np.zeros(BLOCK_IDS, dtype=np.bool_)
        blocks = [self._blocks.get(number, empty) for number in numbers.tolist()]
        if not blocks:
            return np.zeros(0, dtype=np.bool_)
        found: Bools = np.stack(blocks)[place, ids & (BLOCK_IDS - 1)]
        return found

    def add(self, ids: Ints, at: Floats) -> None:
        """These are read from now on; `at` is the time of each, or one that is not older."""
        if not len(ids):
            return
        order = np.argsort(ids >> BLOCK_BITS, kind="stable")
        numbers, firsts = np.unique((ids >> BLOCK_BITS)[order], return_index=True)
        newest = np.maximum.reduceat(at[order], firsts).tolist()
        parts = np.split(ids[order], firsts[1:])
        for number, part, newest_at in zip(numbers.tolist(), parts, newest, strict=True):
            block = self._blocks.setdefault(number, np.zeros(BLOCK_IDS, dtype=np.bool_))
            block[part & (BLOCK_IDS - 1)] = True
            self._newest[number] = max(newest_at, self._newest.get(number, newest_at))

    def changed(self) -> list[tuple[int, bytes, float]]:
        """Number, bits and newest time of each block that was added to since the last question."""
        changed = [(n, np.packbits(self._blocks[n]).tobytes(), at) for n, at in sorted(self._newest.items())]
        self._newest.clear()
        return changed
