"""Channels of whole columns: what a PBX appended stays, a telephone before it goes. Pure.

`PJSIP/2001-0000012a` is a name that comes again and again, and a number that never does: only the name is looked at.
"""

from typing import Final

import numpy as np

from services.ivr.cdr import value_of
from services.ivr.columns import Block, Bools, Ints
from services.ivr.event_columns import Names
from services.ivr.names import Names as NameReader
from services.ivr.text_columns import NO_TEXT, Arena, TextNumbers, Texts, texts_of

LONGEST: Final = 9  # -0000012a: as all are written up to the channel 0fffffff
SHORT_DIGITS_MAX: Final = 6  # seven may be a telephone
_DASH, _ZERO, _HALF = ord("-"), ord("0"), ord(";")
_HALF_WIDTH: Final = 2  # ;1 and ;2 are the halves of a local channel
_IS_HALF: Final = np.isin(np.arange(256), [ord("1"), ord("2")])
_IS_HEX: Final = np.isin(np.arange(256), list(b"0123456789abcdef"))


class ChannelColumns:
    """Reads the channels of one stream; names of their owners are numbers of `names`."""

    def __init__(self, reader: NameReader, names: Names) -> None:
        self._one = reader
        self._names = names
        self._owners = TextNumbers(self._learn)

    def of(self, block: Block, arena: Arena, start: Ints, length: Ints) -> tuple[Texts, Ints]:
        """Each channel as `names.Names.channel` gives it, and the number of what `interface` gives."""
        end, usual = _ends(block, start, length)
        rows = np.flatnonzero(usual)
        learned = self._owners.of(block, start[rows], end[rows] - start[rows])
        owners = np.zeros(len(start), dtype=np.int64)
        owners[rows] = learned >> 1
        usual[rows[learned & 1 == 0]] = False
        texts = Texts(start.copy(), np.where(length > 0, length, NO_TEXT))
        single = np.flatnonzero(~usual & (length > 0))
        for at, raw in zip(single.tolist(), texts_of(block, start[single], length[single]), strict=True):
            text = value_of(raw.decode("utf-8", "surrogateescape"))
            texts.put(at, arena.add(self._one.channel(text) or None))
            owners[at] = self._names.number(self._one.interface(text))
        return texts, owners

    def _learn(self, raw: bytes) -> int:
        """The number of an owner, doubled, and one more when its channels can stay as they are written."""
        text = raw.decode("utf-8", "surrogateescape")
        channel = text + "-0"  # no longer than what was read, for names have a limit
        clean = self._one.channel(channel) == channel
        return self._names.number(self._one.interface(channel)) << 1 | clean


def _ends(block: Block, start: Ints, length: Ints) -> tuple[Ints, Bools]:
    """Where the names of channels end, and whether a suffix as `names` knows them stands behind."""
    last = start + length
    half = (length > _HALF_WIDTH) & (block.bytes[last - _HALF_WIDTH] == _HALF) & _IS_HALF[block.bytes[last - 1]]
    last = last - np.where(half, _HALF_WIDTH, 0)
    inside = last >= LONGEST
    text = block.windows(np.where(inside, last - LONGEST, 0), LONGEST)
    end, digits = np.zeros(len(start), dtype=np.int64), inside
    for width in range(1, LONGEST):
        digits = digits & _IS_HEX[text[LONGEST - width]]
        found = digits & (text[LONGEST - width - 1] == _DASH)
        if width == LONGEST - 1:
            found &= text[1] == _ZERO
        if width <= SHORT_DIGITS_MAX or width == LONGEST - 1:
            end[found] = (last - width - 1)[found]
    return end, end > start
