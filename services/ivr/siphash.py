"""SipHash-2-4 with 64 bits (Aumasson and Bernstein), for one value and for whole columns of short ones. Pure.

numpy has no rotation and every step is a pass over memory, so a column works in place on four arrays; one value is
worked on as plain numbers, which is quicker than arrays of length one.
"""

from typing import Final

import numpy as np

from services.ivr.columns import WORD_BYTES, Ints, Words

KEY_BYTES: Final = 16
_START: Final = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
_MASK: Final = (1 << 64) - 1
_END: Final = 0xFF
_ROUNDS_WORD, _ROUNDS_END = 2, 4
_LENGTH_SHIFT: Final = 56
_SHIFTS: Final = {bits: (np.uint64(bits), np.uint64(64 - bits)) for bits in (13, 16, 17, 21, 32)}


class SipHash:
    """The function of one key. `one` and `many` give the same."""

    def __init__(self, key: bytes) -> None:
        first, second = (int.from_bytes(key[at : at + WORD_BYTES], "little") for at in (0, WORD_BYTES))
        self._state = tuple(each ^ start for each, start in zip((first, second) * 2, _START, strict=True))

    def one(self, value: bytes) -> int:
        v0, v1, v2, v3 = self._state
        whole = len(value) & ~7
        words = [int.from_bytes(value[at : at + WORD_BYTES], "little") for at in range(0, whole, WORD_BYTES)]
        words.append(int.from_bytes(value[whole:], "little") | (len(value) & 0xFF) << _LENGTH_SHIFT)
        for word in words:
            v3 ^= word
            v0, v1, v2, v3 = _mixed(v0, v1, v2, v3, _ROUNDS_WORD)
            v0 ^= word
        v0, v1, v2, v3 = _mixed(v0, v1, v2 ^ _END, v3, _ROUNDS_END)
        return v0 ^ v1 ^ v2 ^ v3

    def many(self, words: Words, length: Ints) -> Words:
        """Of values that are given as little-endian words, zero behind their ends: one row of `words` a word."""
        blocks = length // WORD_BYTES
        result = np.empty(len(length), dtype=np.uint64)
        counts = np.unique(blocks).tolist()
        for count in counts:
            at = slice(None) if len(counts) == 1 else np.flatnonzero(blocks == count)
            last = length[at].astype(np.uint64) << np.uint64(_LENGTH_SHIFT)
            if count < len(words):
                last |= words[count][at]
            result[at] = self._columns([*(each[at] for each in words[:count]), last])
        return result

    def _columns(self, words: list[Words]) -> Words:
        v0, v1, v2, v3 = (np.full(len(words[0]), each, dtype=np.uint64) for each in self._state)
        spare = np.empty(len(words[0]), dtype=np.uint64)
        for word in words:
            v3 ^= word
            for _ in range(_ROUNDS_WORD):
                _mix(v0, v1, v2, v3, spare)
            v0 ^= word
        v2 ^= np.uint64(_END)
        for _ in range(_ROUNDS_END):
            _mix(v0, v1, v2, v3, spare)
        result: Words = v0 ^ v1 ^ v2 ^ v3
        return result


def _mixed(v0: int, v1: int, v2: int, v3: int, rounds: int) -> tuple[int, int, int, int]:
    for _ in range(rounds):
        v0 = v0 + v1 & _MASK
        v1 = (v1 << 13 & _MASK | v1 >> 51) ^ v0
        v0 = v0 << 32 & _MASK | v0 >> 32
        v2 = v2 + v3 & _MASK
        v3 = (v3 << 16 & _MASK | v3 >> 48) ^ v2
        v0 = v0 + v3 & _MASK
        v3 = (v3 << 21 & _MASK | v3 >> 43) ^ v0
        v2 = v2 + v1 & _MASK
        v1 = (v1 << 17 & _MASK | v1 >> 47) ^ v2
        v2 = v2 << 32 & _MASK | v2 >> 32
    return v0, v1, v2, v3


def _mix(v0: Words, v1: Words, v2: Words, v3: Words, spare: Words) -> None:
    np.add(v0, v1, out=v0)
    _rotate(v1, 13, spare)
    np.bitwise_xor(v1, v0, out=v1)
    _rotate(v0, 32, spare)
    np.add(v2, v3, out=v2)
    _rotate(v3, 16, spare)
    np.bitwise_xor(v3, v2, out=v3)
    np.add(v0, v3, out=v0)
    _rotate(v3, 21, spare)
    np.bitwise_xor(v3, v0, out=v3)
    np.add(v2, v1, out=v2)
    _rotate(v1, 17, spare)
    np.bitwise_xor(v1, v2, out=v1)
    _rotate(v2, 32, spare)


def _rotate(value: Words, bits: int, spare: Words) -> None:
    left, right = _SHIFTS[bits]
    np.left_shift(value, left, out=spare)
    np.right_shift(value, right, out=value)
    np.bitwise_or(value, spare, out=value)
