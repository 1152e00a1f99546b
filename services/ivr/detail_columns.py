"""What rows of cdr and of cel have in common, as columns: unique ids, local times and names. Pure.

Nothing is guessed: each single id, time or name that does not have the usual form is read as per-row interpreters do.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from services.ivr.cdr import value_of
from services.ivr.clock import SECOND_TEXT_LENGTH, LocalClock
from services.ivr.columns import HOURS, REFUSED, UNKNOWN, Block, Fields, hour_places, hour_text, plain_numbers, split
from services.ivr.event_columns import Bools, Floats, Ints, Names
from services.ivr.names import Names as NameReader
from services.ivr.names import epoch_of
from services.ivr.rows import unpack_row
from services.ivr.text_columns import Arena, TextNumbers, Texts, texts_of

NAMES_KEPT_MAX: Final = 500_000  # then all is learned anew: a telephone in each row must not fill memory
NO_TIMES_KEPT_MAX: Final = 10_000  # texts that are no time in any hour
EPOCH_DIGITS: Final = (9, 10)
NUMBER_DIGITS_MAX: Final = 18  # what 64 bits hold
_POINT: Final = ord(".")


@dataclass(slots=True)
class Taken:
    """The rows of one batch that are whole, while they are worked on; `odd` ones need the per-row interpreter."""

    block: Block
    fields: Fields
    positions: Ints
    arena: Arena
    odd: Bools

    def __len__(self) -> int:
        return len(self.positions)

    def column(self, at: int | None) -> tuple[Ints, Ints]:
        """Where its texts begin and how long they are; a column that is not there is empty."""
        if at is None:
            return self.block.starts, np.zeros(len(self), dtype=np.int64)
        return self.fields.starts[at], self.fields.lengths[at]


@dataclass(slots=True)
class Ids:
    """Unique ids of a column: the texts, and the epochs that they begin with."""

    texts: Texts
    made: Floats


class DetailColumns:
    """The columns of one stream. `places` says which of ours stands where among the `width` columns of a row."""

    def __init__(self, reader: NameReader, clock: LocalClock, places: Mapping[str, int], width: int) -> None:
        self._reader = reader
        self._clock = clock
        self._places = places
        self._width = width
        self._hours = np.full(HOURS, UNKNOWN, dtype=np.int64)
        self._no_times: set[bytes] = set()
        self._name_numbers = TextNumbers(self._learn_name)
        self.names = Names()

    def open(self, block: Block, positions: Ints) -> tuple[Taken, Ints]:
        """The whole rows, and which of all rows they are."""
        fields = split(block, self._width)
        whole = np.flatnonzero(fields.whole)
        arena, odd = Arena(bytes(block.text)), np.zeros(len(whole), dtype=np.bool_)
        if len(whole) == len(block):
            return Taken(block, fields, positions, arena, odd), whole
        return Taken(block.where(whole), fields.where(whole), positions[whole], arena, odd), whole

    def forget(self) -> bool:
        """Before a batch: whether numbers of names mean something else from now on."""
        if len(self.names.texts) <= NAMES_KEPT_MAX:
            return False
        self.names = Names()
        self._name_numbers.clear()
        return True

    def column(self, taken: Taken, name: str) -> tuple[Ints, Ints]:
        return taken.column(self._places.get(name))

    def name_numbers(self, taken: Taken, name: str) -> Ints:
        return self._name_numbers.of(taken.block, *self.column(taken, name))

    def named(self, taken: Taken, name: str) -> Texts:
        return taken.arena.column(self.names, self.name_numbers(taken, name))

    def unique_ids(self, taken: Taken, name: str) -> Ids:
        """`1751382000.7` as it is, all together; the others one by one."""
        start, length = self.column(taken, name)
        head = np.where(taken.block.bytes[start + EPOCH_DIGITS[0]] == _POINT, *EPOCH_DIGITS)
        made, usual = plain_numbers(taken.block, start, head, EPOCH_DIGITS[1])
        usual &= taken.block.bytes[start + head] == _POINT
        usual &= plain_numbers(taken.block, start + head + 1, length - head - 1, NUMBER_DIGITS_MAX)[1]
        texts, epochs = Texts(start.copy(), length.copy()), np.where(usual, made, np.nan)
        single = np.flatnonzero(~usual & (length > 0))
        for at, raw in zip(single.tolist(), texts_of(taken.block, start[single], length[single]), strict=True):
            text = self._reader.unique_id(text_of(raw))
            texts.put(at, taken.arena.add(text))
            epoch = epoch_of(text)
            epochs[at] = np.nan if epoch is None else epoch
        return Ids(texts, epochs)

    def moments(
        self, taken: Taken, name: str, beside: Floats, read: Callable[[float | None, str], float | None]
    ) -> Floats:
        """Local times of hours that are as long as others all together; the others by `read`, beside what is known."""
        start, length = self.column(taken, name)
        result = np.full(len(taken), np.nan)
        local = np.flatnonzero(length == SECOND_TEXT_LENGTH)
        place, seconds, usual = hour_places(taken.block, start[local])
        hours = self._hours[place]
        for each in np.unique(place[(hours == UNKNOWN) & usual]).tolist():
            steady = self._clock.steady_hour(hour_text(each))
            self._hours[each] = REFUSED if steady is None else steady
        hours = self._hours[place]
        result[local] = np.where(usual & (hours > REFUSED), hours + seconds, np.nan)
        single = np.flatnonzero(np.isnan(result) & (length > 0))
        for at, raw in zip(single.tolist(), texts_of(taken.block, start[single], length[single]), strict=True):
            if raw in self._no_times:
                continue
            known = float(beside[at])
            found = read(None if np.isnan(known) else known, text_of(raw))
            if found is not None:
                result[at] = found
            elif len(self._no_times) < NO_TIMES_KEPT_MAX:
                self._no_times.add(raw)
        return result

    def _learn_name(self, raw: bytes) -> int:
        return self.names.number(self._reader.name(text_of(raw)))


def text_of(raw: bytes) -> str:
    return value_of(raw.decode("utf-8", "surrogateescape"))


def row_of(packet: bytes) -> list[str]:
    return ["" if value is None else value.decode("utf-8", "surrogateescape") for value in unpack_row(packet)]
