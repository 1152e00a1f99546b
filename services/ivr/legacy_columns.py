"""Legacy rows become calls a chunk at a time. Same results as the per-row interpreter, to the last bit. Pure.

Usual rows are worked on as columns; the rules run once per new combination. A row that is unusual in any way (an odd or
missing time, an hour in which the clocks change, an over-long number) goes through the per-row interpreter, alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from services.ivr.clock import LocalClock, month_of
from services.ivr.columns import (
    HOURS,
    REFUSED,
    UNKNOWN,
    WORD_BYTES,
    Block,
    Bools,
    Fields,
    Ints,
    Words,
    hour_places,
    hour_text,
    split,
)
from services.ivr.combination_columns import (
    COMBINATIONS_MAX,
    DID,
    END,
    LABELS,
    ORIGIN,
    START,
    TYPED,
    Combinations,
    digit,
    ends,
    settle,
    texts,
)
from services.ivr.dictionary import Dictionary, Lookup
from services.ivr.keys import Keys
from services.ivr.legacy import COLUMNS, DURATION_S_MAX, Call, Chunk, Interpreter, Reject, UnitCount
from services.ivr.legacy import months as months_of_calls
from services.ivr.occurrences import Occurrences
from services.ivr.rows import NULL, unpack_row
from services.ivr.rules import DIFFERENT_LINE, NO_LINE, SAME_LINE, Unusable
from services.ivr.sums import Groups
from services.ivr.unit_columns import UnitNumbers

NUMBER_WORDS = 2  # a telephone has at most 15 digits; longer ones are compared by the per-row interpreter
LABEL_WORDS = 8
_SPACE = ord(" ")
_TIME_BYTES = len("2025-07-01 09:00:00")


@dataclass(frozen=True, slots=True)
class Facts:
    """Calls as columns, in the order of their rows; `units` are places in `dates`."""

    call_id: Ints
    caller_id: Ints
    started: Ints
    duration_s: Ints
    units: NDArray[np.uint16]
    combination: Ints
    label_set: Ints
    line_kind: Ints
    swapped: Bools
    occurrence: Ints
    dates: Sequence[date]

    def __len__(self) -> int:
        return len(self.call_id)


@dataclass(frozen=True, slots=True)
class ColumnChunk(Chunk):
    """`calls` has only those of the unusual rows."""

    facts: Facts | None = None

    def __len__(self) -> int:
        return len(self.calls) + (len(self.facts) if self.facts else 0)


@dataclass(slots=True)
class _Taken:
    """One chunk while it is worked on; `usual` shrinks as rows turn out to need the per-row interpreter."""

    block: Block
    fields: Fields
    units: NDArray[np.uint16]
    positions: Ints
    usual: Bools
    ids: Ints
    occurrences: Ints
    calls: list[Call] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    def texts(self, rows: Ints, first: int, last: int) -> list[tuple[bytes | None, ...]]:
        """Some fields of usual rows."""
        text = memoryview(self.block.text)
        columns = []
        for number in range(first, last + 1):
            starts = self.fields.starts[number][rows]
            sizes = self.block.bytes[starts - 1]
            places = zip(starts.tolist(), sizes.tolist(), strict=True)
            columns.append([None if size == NULL else bytes(text[at : at + size]) for at, size in places])
        return list(zip(*columns, strict=True))


@dataclass(frozen=True, slots=True)
class _Columns:
    """What the columns of a chunk became."""

    started: Ints
    ended: Ints
    swapped: Bools
    lines: Ints
    origins: Words
    combination: Ints
    label_set: Ints


class ColumnInterpreter:
    """The interpreter of one table for chunks of rows; takes what `Interpreter` takes and gives what it gives."""

    def __init__(
        self, *, keys: Keys, clock: LocalClock, source: str, table: str, wanted: frozenset[date] | None = None
    ) -> None:
        self._keys = keys
        self._clock = clock
        self._hash = keys.rows(source, table)
        self._wanted = wanted
        self._one = Interpreter(keys=keys, clock=clock, source=source, table=table)
        self._numbers = UnitNumbers()
        self._occurrences = Occurrences()
        self._hours = np.full(HOURS, UNKNOWN, dtype=np.int64)
        self._combinations = Combinations()
        self._labels = Dictionary(LABEL_WORDS)
        self._position = 0
        self.meanings = self._one.meanings
        self.label_sets = self._one.label_sets
        self.units: dict[date, UnitCount] = self._one.units

    def take(self, rows: Sequence[bytes]) -> ColumnChunk:
        """Interpret some rows. The rows of one table must all go through one interpreter, in any chunks."""
        taken = self._open(Block.of(rows))
        if not len(taken.block):
            return ColumnChunk()
        groups = self._count(taken)
        started, ended, swapped = self._times(taken)
        lines, origins = self._lines(taken)
        unusual = ~taken.usual
        combination = self._combination(taken)
        label_set = self._label_sets(taken)
        for at, prepared in self._prepared(taken, np.flatnonzero(~taken.usual & ~unusual).tolist()).items():
            self._single(taken, at, *prepared)
        taken.rejects.sort(key=lambda reject: reject.position)
        facts = self._facts(taken, _Columns(started, ended, swapped, lines, origins, combination, label_set))
        if len(facts):
            self._see(facts, ended if taken.usual.all() else ended[taken.usual])
        units = frozenset(self._numbers.dates[number] for number in groups.units)
        return ColumnChunk(taken.calls, taken.rejects, units, len(self.meanings), len(self.label_sets), facts)

    def _open(self, block: Block) -> _Taken:
        positions = np.arange(self._position + 1, self._position + 1 + len(block))
        self._position += len(block)
        units, usual = self._numbers.of_rows(block, self._one.unit)
        fields = split(block, len(COLUMNS))
        if self._wanted is not None:
            wanted = np.array([day in self._wanted for day in self._numbers.dates], dtype=np.bool_)[units]
            if not wanted.all():
                units, usual, positions = units[wanted], usual[wanted], positions[wanted]
                block, fields = block.where(wanted), fields.where(wanted)
        empty = np.zeros(0, dtype=np.int64)
        return _Taken(block, fields, units, positions, usual & fields.whole, empty, empty)

    def _count(self, taken: _Taken) -> Groups:
        hashes = self._hash.many(taken.block)
        taken.ids = np.ascontiguousarray(hashes[:, 0]).view(np.int64)
        taken.occurrences = self._occurrences.count_array(taken.ids, taken.units)
        groups = Groups(taken.units)
        for number, rows, total in zip(groups.units, groups.counts, groups.hash_totals(hashes), strict=True):
            count = self._one.count_of(self._numbers.dates[number])
            count.rows += rows
            count.hash_total += total
        return groups

    def _see(self, facts: Facts, ended: Ints) -> None:
        groups = Groups(facts.units)
        spans = zip(groups.units, groups.least(facts.started), groups.most(facts.started), strict=True)
        for (number, first, last), last_ended in zip(spans, groups.most(ended), strict=True):
            count = self._one.count_of(self._numbers.dates[number])
            count.see(first, last_ended)
            count.see(last, last_ended)

    def _times(self, taken: _Taken) -> tuple[Ints, Ints, Bools]:
        """Start and end in their order, and whether they were swapped."""
        local, epochs = [], []
        for number in (START, END):
            place, seconds, usual = hour_places(taken.block, taken.fields.starts[number])
            taken.usual &= usual & (taken.fields.lengths[number] == _TIME_BYTES)
            place[~taken.usual] = 0
            hours = self._hours[place]
            if (new := (hours == UNKNOWN) & taken.usual).any():
                for each in np.unique(place[new]).tolist():
                    steady = self._clock.steady_hour(hour_text(each))
                    self._hours[each] = REFUSED if steady is None else steady
                hours = self._hours[place]
            taken.usual &= hours > REFUSED
            local.append(place * 3600 + seconds)
            epochs.append(hours + seconds)
        started, ended = np.minimum(*epochs), np.maximum(*epochs)
        taken.usual &= ended - started <= DURATION_S_MAX
        return started, ended, local[0] > local[1]

    def _lines(self, taken: _Taken) -> tuple[Ints, Words]:
        """The kind of line, and the origin's number as words."""
        words = []
        for number in (ORIGIN, TYPED):
            start, length = taken.fields.starts[number], taken.fields.lengths[number]
            first, last, some = ends(taken.block, taken.fields, number)
            plain = ~some | ((first > _SPACE) & (last > _SPACE))
            if number == ORIGIN:
                plain &= ~some | digit(first) | digit(last)  # without any digit nobody knows the caller
            taken.usual &= plain & (length <= NUMBER_WORDS * WORD_BYTES)
            words.append(taken.block.words(start, np.minimum(length, NUMBER_WORDS * WORD_BYTES), NUMBER_WORDS))
        same = (words[0] == words[1]).all(axis=0) & (taken.fields.lengths[ORIGIN] == taken.fields.lengths[TYPED])
        kinds = np.where(same, SAME_LINE, DIFFERENT_LINE)
        return np.where(taken.fields.lengths[TYPED] == 0, NO_LINE, kinds), words[0]

    def _combination(self, taken: _Taken) -> Ints:
        """The combination of each usual row. Names are shown as first seen: all that is new is learned row by row."""
        unusual = np.flatnonzero(~taken.usual)
        lookups, singles = self._combinations.find(taken.block, taken.fields, taken.usual)
        result = np.full(len(taken.block), UNKNOWN, dtype=np.int64)
        rows = np.concatenate([singles, *(each.first_rows for each in lookups)])
        new = dict(zip(rows.tolist(), taken.texts(rows, DID, TYPED), strict=True))
        slow = self._prepared(taken, unusual.tolist())
        for at in sorted(new.keys() | slow.keys()):
            if at in slow:
                self._single(taken, at, *slow[at])
            else:
                result[at] = self._learn_combination(*new[at])
        settle(lookups, result, lambda at: self._learn_combination(*taken.texts(np.array([at]), DID, TYPED)[0]))
        taken.usual &= result > REFUSED
        return result

    def _learn_combination(self, *texts_: bytes | None) -> int:
        did, centre, menu, option, origin, typed = texts_
        try:
            return self._one.combination(did, centre, menu, option, origin or b"", typed or b"")
        except Unusable:
            return REFUSED

    def _label_sets(self, taken: _Taken) -> Ints:
        starts = taken.fields.starts[LABELS] - 1
        lengths = taken.fields.lengths[LABELS] + 1
        result = np.zeros(len(taken.block), dtype=np.int64)  # no labels: the first set
        some = taken.usual & (lengths > 1)
        rows = np.flatnonzero(some & (lengths <= LABEL_WORDS * WORD_BYTES))
        if len(self._labels) >= COMBINATIONS_MAX:
            self._labels.clear()
        lookup = Lookup(self._labels, rows, texts(taken.block, starts[rows], lengths[rows]))
        single = some & (lengths > LABEL_WORDS * WORD_BYTES)
        for at in np.sort(np.concatenate([lookup.first_rows, np.flatnonzero(single)])).tolist():
            result[at] = self._learn_labels(taken, at)
        lookup.settle(result, lambda at: self._learn_labels(taken, at))
        taken.usual &= result > REFUSED
        return result

    def _learn_labels(self, taken: _Taken, at: int) -> int:
        try:
            return self._one.label_set(taken.texts(np.array([at]), LABELS, LABELS)[0][0])
        except Unusable:
            return REFUSED

    def _prepared(self, taken: _Taken, rows: list[int]) -> dict[int, tuple[bytes, list[bytes | None], int]]:
        """The bytes, fields and caller ids of rows for the per-row interpreter; numbers are hashed together."""
        texts_ = [taken.block[at] for at in rows]
        fields = [unpack_row(row) for row in texts_]
        return dict(zip(rows, zip(texts_, fields, self._one.callers(fields), strict=True), strict=True))

    def _single(self, taken: _Taken, at: int, row: bytes, fields: list[bytes | None], caller: int) -> None:
        unit = self._numbers.dates[int(taken.units[at])]
        identity = (int(taken.ids[at]), int(taken.occurrences[at]))
        result = self._one.one(row, fields, unit, int(taken.positions[at]), identity, caller)
        if isinstance(result, Call):
            taken.calls.append(result)
        else:
            taken.rejects.append(result)

    def _facts(self, taken: _Taken, columns: _Columns) -> Facts:
        # Nearly every chunk is usual from end to end: then nothing is copied.
        at = slice(None) if taken.usual.all() else np.flatnonzero(taken.usual)
        ids, occurrence = taken.ids[at], taken.occurrences[at]
        call_id = np.where(ids == 0, 1, ids)
        for again in np.flatnonzero(occurrence > 1).tolist():
            call_id[again] = self._keys.call_id(int(ids[again]), int(occurrence[again]))
        length = taken.fields.lengths[ORIGIN][at]
        callers = self._keys.caller_column(columns.origins[:, at], length)
        callers[length == 0] = 0
        started = columns.started[at]
        return Facts(
            call_id=call_id,
            caller_id=callers,
            started=started,
            duration_s=columns.ended[at] - started,
            units=taken.units[at],
            combination=columns.combination[at],
            label_set=columns.label_set[at],
            line_kind=columns.lines[at],
            swapped=columns.swapped[at],
            occurrence=occurrence,
            dates=tuple(self._numbers.dates),
        )


def months(chunk: ColumnChunk) -> set[date]:
    """The months that need a partition."""
    found = months_of_calls(chunk.calls)
    if chunk.facts:
        started = chunk.facts.started
        first, last = month_of(int(started.min())), month_of(int(started.max()))
        found |= {first, last}
        if first != last:
            found |= {month_of(quarter * 21_600) for quarter in np.unique(started // 21_600).tolist()}
    return found
