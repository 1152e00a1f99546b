"""Legacy rows become calls a chunk at a time. Same results as the per-row interpreter, to the last bit. Pure.

Usual rows are worked on as columns; the rules run once per new combination. A row that is unusual in any way (an odd or
missing time, an hour in which the clocks change, an over-long number) goes through the per-row interpreter, alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from services.ivr import rules
from services.ivr.clock import LocalClock, month_of
from services.ivr.columns import (
    HOURS,
    REFUSED,
    UNKNOWN,
    WORD_BYTES,
    Block,
    Bools,
    Bytes,
    Dictionary,
    Fields,
    Ints,
    Words,
    hash_words,
    hour_places,
    hour_text,
    split,
)
from services.ivr.keys import Keys
from services.ivr.legacy import (
    COLUMNS,
    COMBINATIONS_MAX,
    DURATION_S_MAX,
    Call,
    Chunk,
    Interpreter,
    Reject,
    UnitCount,
)
from services.ivr.legacy import months as months_of_calls
from services.ivr.occurrences import Occurrences
from services.ivr.rows import unpack_row
from services.ivr.rules import DIFFERENT_LINE, NO_LINE, SAME_LINE, Unusable
from services.ivr.sums import Groups, hash_rows, sha256_words
from services.ivr.unit_columns import UnitNumbers

NUMBER_WORDS = 2  # a telephone has at most 15 digits; longer ones are compared by the per-row interpreter
COMBINATION_WORDS = 16  # longer than nearly all; the rest is looked up row by row
LABEL_WORDS = 8
DAY, START, END, DID, CENTRE, MENU, OPTION, ORIGIN, TYPED, LABELS = range(len(COLUMNS))
_SPACE = ord(" ")


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

    rows: Sequence[bytes]
    block: Block
    fields: Fields
    units: NDArray[np.uint16]
    ids: Ints
    occurrences: Ints
    positions: Ints
    usual: Bools

    def ends(self, field: int) -> tuple[Bytes, Bytes, Bools]:
        """First and last byte of a field, and whether it has any."""
        start, length = self.fields.starts[field], self.fields.lengths[field]
        return self.block.bytes[start], self.block.bytes[start + np.maximum(length, 1) - 1], length > 0


class ColumnInterpreter:
    """The interpreter of one table for chunks of rows; takes what `Interpreter` takes and gives what it gives."""

    def __init__(
        self, *, keys: Keys, clock: LocalClock, source: str, table: str, wanted: frozenset[date] | None = None
    ) -> None:
        self._keys = keys
        self._clock = clock
        self._prefix = keys.prefix("row", source, table)
        self._wanted = wanted
        self._one = Interpreter(keys=keys, clock=clock, source=source, table=table)
        self._numbers = UnitNumbers()
        self._occurrences = Occurrences()
        self._hours = np.full(HOURS, UNKNOWN, dtype=np.int64)
        self._combinations = Dictionary(COMBINATION_WORDS)
        self._labels = Dictionary(LABEL_WORDS)
        self._position = 0
        self.meanings = self._one.meanings
        self.label_sets = self._one.label_sets
        self.units: dict[date, UnitCount] = self._one.units

    def take(self, rows: Sequence[bytes]) -> ColumnChunk:
        """Interpret some rows. The rows of one table must all go through one interpreter, in any chunks."""
        taken = self._open(rows)
        if not taken.rows:
            return ColumnChunk()
        groups = self._count(taken)
        started, ended, swapped = self._times(taken)
        lines = self._lines(taken)
        unusual = np.flatnonzero(~taken.usual)
        calls: list[Call] = []
        rejects: list[Reject] = []
        combination = self._combination(taken, unusual, calls, rejects)
        label_set = self._label_sets(taken)
        for at in np.flatnonzero(~taken.usual & ~_marked(unusual, len(taken.rows))).tolist():
            self._single(taken, at, calls, rejects)
        rejects.sort(key=lambda reject: reject.position)
        facts = self._facts(taken, started, ended, swapped, lines, combination, label_set)
        if len(facts):
            self._see(facts, ended[taken.usual])
        units = frozenset(self._numbers.dates[number] for number in groups.units)
        return ColumnChunk(calls, rejects, units, len(self.meanings), len(self.label_sets), facts)

    def _open(self, rows: Sequence[bytes]) -> _Taken:
        block = Block(rows)
        positions = np.arange(self._position + 1, self._position + 1 + len(rows))
        self._position += len(rows)
        units, usual = self._numbers.of_rows(block, rows, self._one.unit)
        if self._wanted is not None:
            wanted = np.array([day in self._wanted for day in self._numbers.dates], dtype=np.bool_)[units]
            if not wanted.all():
                rows = [rows[at] for at in np.flatnonzero(wanted).tolist()]
                units, usual, positions = units[wanted], usual[wanted], positions[wanted]
                block = Block(rows)
        fields = split(block, len(COLUMNS))
        empty = np.zeros(0, dtype=np.int64)
        return _Taken(rows, block, fields, units, empty, empty, positions, usual & fields.whole)

    def _count(self, taken: _Taken) -> Groups:
        hashes = hash_rows(self._prefix, taken.rows)
        taken.ids = np.ascontiguousarray(hashes[:, 1]).view(np.int64)
        taken.occurrences = self._occurrences.count_array(taken.ids)
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
        for field in (START, END):
            place, seconds, usual = hour_places(taken.block, taken.fields.starts[field])
            taken.usual &= usual & (taken.fields.lengths[field] == len("2025-07-01 09:00:00"))
            place[~taken.usual] = 0
            hours = self._hours[place]
            for each in np.unique(place[(hours == UNKNOWN) & taken.usual]).tolist():
                steady = self._clock.steady_hour(hour_text(each))
                self._hours[each] = REFUSED if steady is None else steady
            hours = self._hours[place]
            taken.usual &= hours > REFUSED
            local.append(place * 3600 + seconds)
            epochs.append(hours + seconds)
        started, ended = np.minimum(*epochs), np.maximum(*epochs)
        taken.usual &= ended - started <= DURATION_S_MAX
        return started, ended, local[0] > local[1]

    def _lines(self, taken: _Taken) -> Ints:
        words = []
        for field in (ORIGIN, TYPED):
            start, length = taken.fields.starts[field], taken.fields.lengths[field]
            first, last, some = taken.ends(field)
            plain = ~some | ((first > _SPACE) & (last > _SPACE))
            if field == ORIGIN:
                plain &= ~some | _digit(first) | _digit(last)  # without any digit nobody knows the caller
            taken.usual &= plain & (length <= NUMBER_WORDS * WORD_BYTES)
            words.append(taken.block.words(start, np.where(taken.usual, length, 0), NUMBER_WORDS))
        same = (words[0] == words[1]).all(axis=0) & (taken.fields.lengths[ORIGIN] == taken.fields.lengths[TYPED])
        kinds = np.where(same, SAME_LINE, DIFFERENT_LINE)
        return np.where(taken.fields.lengths[TYPED] == 0, NO_LINE, kinds)

    def _combination(self, taken: _Taken, unusual: Ints, calls: list[Call], rejects: list[Reject]) -> Ints:
        """The combination of each usual row. Names are shown as first seen: all that is new is learned row by row."""
        starts = taken.fields.starts[DID] - 1
        lengths = taken.fields.starts[OPTION] + taken.fields.lengths[OPTION] - starts
        single = taken.usual & (self._numbers_inside(taken) | (lengths > COMBINATION_WORDS * WORD_BYTES))
        looked_up = np.flatnonzero(taken.usual & ~single)
        words, hashes = _texts(taken.block, starts[looked_up], lengths[looked_up])
        if len(self._combinations) >= COMBINATIONS_MAX:
            self._combinations.clear()
        found = self._combinations.find(words, hashes)
        result = np.full(len(taken.rows), UNKNOWN, dtype=np.int64)
        new = np.flatnonzero(found == UNKNOWN)
        _, firsts = np.unique(hashes[new], return_index=True)
        firsts = new[firsts]
        singles = np.union1d(np.flatnonzero(single), looked_up[firsts])
        for at in np.sort(np.concatenate([singles, unusual])).tolist():
            if taken.usual[at]:
                result[at] = self._learn_combination(taken, at)
            else:
                self._single(taken, at, calls, rejects)
        if len(new):
            self._combinations.add(words[:, firsts], hashes[firsts], result[looked_up[firsts]].tolist())
            found[new] = self._combinations.find(words[:, new], hashes[new])
            for at in np.flatnonzero(found == UNKNOWN).tolist():  # two texts of one hash
                found[at] = self._learn_combination(taken, int(looked_up[at]))
        result[looked_up] = found
        taken.usual &= result > REFUSED
        return result

    def _numbers_inside(self, taken: _Taken) -> Bools:
        """Rows in which a telephone may hide in centre or menu: what they mean cannot be looked up by their text."""
        first, last, some = taken.ends(CENTRE)
        length = taken.fields.lengths[CENTRE]
        inside = some & ((first <= _SPACE) | (last <= _SPACE) | ((length > rules.TELEPHONE_DIGITS) & _digit(first)))
        head = taken.block.windows(taken.fields.starts[CENTRE], rules.MENU_TELEPHONE_DIGITS_MIN)
        for field in (ORIGIN, TYPED):
            alike = (length >= rules.MENU_TELEPHONE_DIGITS_MIN) & (length == taken.fields.lengths[field])
            at = np.flatnonzero(alike)
            if len(at):
                theirs = taken.block.windows(taken.fields.starts[field][at], rules.MENU_TELEPHONE_DIGITS_MIN)
                inside[at] |= (head[:, at] == theirs).all(axis=0)
        first, last, some = taken.ends(MENU)
        length = taken.fields.lengths[MENU]
        number = (length >= rules.MENU_TELEPHONE_DIGITS_MIN) & _digit(first) & _digit(last)
        return inside | (some & ((first <= _SPACE) | (last <= _SPACE))) | number

    def _learn_combination(self, taken: _Taken, at: int) -> int:
        did, centre, menu, option, origin, typed = unpack_row(taken.rows[at])[DID:LABELS]
        try:
            return self._one.combination(did, centre, menu, option, origin or b"", typed or b"")
        except Unusable:
            return REFUSED

    def _label_sets(self, taken: _Taken) -> Ints:
        starts = taken.fields.starts[LABELS] - 1
        lengths = taken.fields.lengths[LABELS] + 1
        short = taken.usual & (lengths <= LABEL_WORDS * WORD_BYTES)
        looked_up = np.flatnonzero(short)
        words, hashes = _texts(taken.block, starts[looked_up], lengths[looked_up])
        if len(self._labels) >= COMBINATIONS_MAX:
            self._labels.clear()
        found = self._labels.find(words, hashes)
        new = np.flatnonzero(found == UNKNOWN)
        result = np.full(len(taken.rows), UNKNOWN, dtype=np.int64)
        if len(new):
            _, firsts = np.unique(hashes[new], return_index=True)
            firsts = np.sort(new[firsts])
            learned = [self._learn_labels(taken, at) for at in looked_up[firsts].tolist()]
            self._labels.add(words[:, firsts], hashes[firsts], learned)
            found[new] = self._labels.find(words[:, new], hashes[new])
        result[looked_up] = found
        for at in np.flatnonzero(taken.usual & (result == UNKNOWN)).tolist():
            result[at] = self._learn_labels(taken, at)
        taken.usual &= result > REFUSED
        return result

    def _learn_labels(self, taken: _Taken, at: int) -> int:
        try:
            return self._one.label_set(unpack_row(taken.rows[at])[LABELS])
        except Unusable:
            return REFUSED

    def _single(self, taken: _Taken, at: int, calls: list[Call], rejects: list[Reject]) -> None:
        row = taken.rows[at]
        result = self._one.one(
            row,
            unpack_row(row),
            self._numbers.dates[int(taken.units[at])],
            int(taken.positions[at]),
            int(taken.ids[at]),
            int(taken.occurrences[at]),
        )
        if isinstance(result, Call):
            calls.append(result)
        else:
            rejects.append(result)

    def _facts(
        self,
        taken: _Taken,
        started: Ints,
        ended: Ints,
        swapped: Bools,
        lines: Ints,
        combination: Ints,
        label_set: Ints,
    ) -> Facts:
        at = np.flatnonzero(taken.usual)
        occurrence = taken.occurrences[at]
        call_id = np.where(taken.ids[at] == 0, 1, taken.ids[at])
        for again in np.flatnonzero(occurrence > 1).tolist():
            call_id[again] = self._keys.call_id(int(taken.ids[at[again]]), int(occurrence[again]))
        return Facts(
            call_id,
            self._callers(taken, at),
            started[at],
            (ended - started)[at],
            taken.units[at],
            combination[at],
            label_set[at],
            lines[at],
            swapped[at],
            occurrence,
            tuple(self._numbers.dates),
        )

    def _callers(self, taken: _Taken, at: Ints) -> Ints:
        known = taken.fields.lengths[ORIGIN][at] > 0
        start = taken.fields.starts[ORIGIN][at[known]]
        stop = start + taken.fields.lengths[ORIGIN][at[known]]
        text = taken.block.text
        numbers = [text[a:b] for a, b in zip(start.tolist(), stop.tolist(), strict=True)]
        result = np.zeros(len(at), dtype=np.int64)
        if numbers:
            ids = np.ascontiguousarray(sha256_words(self._keys.caller_prefix, numbers)[:, 0]).view(np.int64)
            result[known] = np.where(ids == 0, 1, ids)
        return result


def months(chunk: ColumnChunk) -> set[date]:
    """The months that need a partition."""
    found = months_of_calls(chunk.calls)
    if chunk.facts:
        found |= {month_of(quarter * 21_600) for quarter in np.unique(chunk.facts.started // 21_600).tolist()}
    return found


def _texts(block: Block, starts: Ints, lengths: Ints) -> tuple[Words, Words]:
    width = max(1, -(-int(lengths.max(initial=0)) // WORD_BYTES))
    words = block.words(starts, lengths, width)
    return words, hash_words(words)


def _digit(byte: Bytes) -> Bools:
    return (byte >= ord("0")) & (byte <= ord("9"))


def _marked(at: Ints, size: int) -> Bools:
    marks = np.zeros(size, dtype=np.bool_)
    marks[at] = True
    return marks
