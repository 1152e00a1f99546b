"""Callers of whole columns as keyed ids. Pure."""

from typing import Final

import numpy as np

from services.ivr.columns import WORD_BYTES, Block, Bools, Bytes, Ints
from services.ivr.keys import Keys

CALLER_WORDS: Final = 3  # telephones are shorter
_ZERO: Final = ord("0")
_NINE: Final = 9
_SPACE: Final = ord(" ")


def caller_ids(keys: Keys, block: Block, start: Ints, length: Ints) -> Ints:
    """Numbers without spaces around them and with a digit at an end all together; the others one by one."""
    result = np.zeros(len(start), dtype=np.int64)
    first, last = block.bytes[start], block.bytes[start + np.maximum(length, 1) - 1]
    usual = (length > 0) & (length <= CALLER_WORDS * WORD_BYTES) & (first > _SPACE) & (last > _SPACE)
    usual &= _is_digit(first) | _is_digit(last)
    words = block.words(start[usual], length[usual], CALLER_WORDS)
    result[usual] = keys.caller_column(words, length[usual])
    for at in np.flatnonzero(~usual & (length > 0)).tolist():
        result[at] = keys.caller_id(bytes(block.text[start[at] : start[at] + length[at]]))
    return result


def _is_digit(byte: Bytes) -> Bools:
    result: Bools = (byte - np.uint8(_ZERO)) <= _NINE
    return result
