"""Rollup rows of queue calls from their facts, as arrays. Pure.

`sql/rebuild_queue_*.sql` say the same in SQL; a property test holds both equal. A row is a tuple in the order of its
table's columns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from services.ivr.clock import moment
from services.ivr.copy_fields import EPOCH_2000
from services.ivr.event_columns import MICRO, Bools, Floats, Ints
from services.ivr.grouping import grouped
from services.ivr.queue_pack import Facts
from services.ivr.queue_telling import EXIT_NAMES
from shared.sketches import ENTRY, codes_of, hyperloglog, write_registers

QUARTER_S, HOUR_S = 900, 3_600
WINDOWS_S: Final = (3_600, 86_400, 604_800)
COUNTS: Final = (
    *("offered", "answered", "abandoned", "timed_out", "key_exits", "empty_exits", "withdrawn", "flowed_out", "open"),
    *("transfers", "ring_no_answer", "wait_n", "wait_s_total", "wait_s_max", "wait_answered_n"),
    *("wait_answered_s_total", "queued_n", "talk_n", "talk_s_total", "duration_n", "duration_s_total"),
    "duration_s_max",
)
SKETCHES: Final = ("waits_answered", "waits_abandoned", "waits_other", "talks", "durations")
_EXITS: Final = ("answered", "abandoned", "timeout", "key_exit", "empty", "withdrawn", "flow_out", "open")
_ANSWERED, _ABANDONED, _OPEN = (EXIT_NAMES.index(name) for name in ("answered", "abandoned", "open"))
_WAITS, _TALKS, _DURATIONS = 0, 3, 4
_CODES: Final = 1 << 16

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Days:
    """Local days of a source: day n lasts from `starts[n]` to `starts[n + 1]`, in microseconds of 2000."""

    days: Sequence[date]
    starts: Ints

    def of(self, entered_at: Ints) -> Ints:
        """The number of the day of each moment; outside it is -1 or the number of days."""
        return np.searchsorted(self.starts, entered_at, side="right") - 1


def bucket_rows(facts: Facts, source_id: int, seconds: int) -> list[Row]:
    """Rows of queue_quarter_hours or queue_hours."""
    bucket = facts["entered_at"].astype(np.int64) // (seconds * MICRO)
    keys, row = _distinct(bucket, facts["cell_id"])
    return [
        (_moment(begin * seconds * MICRO), cell, source_id, *values)
        for (begin, cell), values in zip(keys, _counted(facts, row, len(keys)), strict=True)
    ]


def day_rows(facts: Facts, source_id: int, days: Days) -> list[Row]:
    """Rows of queue_days, both grains."""
    number = days.of(facts["entered_at"].astype(np.int64))
    rows = []
    for grain, cells in ((1, facts["cell_id"]), (2, facts["agent_cell_id"])):
        keys, row = _distinct(number, cells)
        rows += [
            (days.days[day], grain, cell, source_id, *values)
            for (day, cell), values in zip(keys, _counted(facts, row, len(keys)), strict=True)
        ]
    return rows


def _counted(facts: Facts, row: Ints, rows: int) -> list[Row]:
    """What is counted of each row's calls, in the order COUNTS, SKETCHES."""
    exits = facts["exit"].astype(np.int64)
    by_exit = np.bincount(row * len(EXIT_NAMES) + exits, minlength=rows * len(EXIT_NAMES)).reshape(rows, -1)
    answered = exits == _ANSWERED
    wait = np.where(exits == _OPEN, np.nan, facts["wait_s"])
    talk = np.where(answered, facts["talk_s"], np.nan)
    duration = facts["duration_s"].astype(np.float64)

    def total(values: NDArray[Any], which: Bools | None = None) -> Floats:
        known = ~np.isnan(values) if which is None else which & ~np.isnan(values)
        return np.bincount(row[known], values[known], minlength=rows).astype(np.float64)

    def count(which: Bools) -> Ints:
        return np.bincount(row[which], minlength=rows)

    columns: list[list[Any]] = [by_exit.sum(axis=1).tolist()]
    columns += [by_exit[:, EXIT_NAMES.index(name)].tolist() for name in _EXITS]
    columns += [
        _whole(total(facts["transfers"].astype(np.float64))),
        _whole(total(facts["ring_no_answer"].astype(np.float64))),
    ]
    columns += [count(~np.isnan(wait)).tolist(), total(wait).tolist(), _greatest(wait, row, rows)]
    columns += [count(answered & ~np.isnan(wait)).tolist(), total(wait, answered).tolist()]
    columns += [count(answered & (wait > 0)).tolist(), count(~np.isnan(talk)).tolist(), total(talk).tolist()]
    columns += [count(~np.isnan(duration)).tolist(), total(duration).tolist(), _greatest(duration, row, rows)]
    kind = np.where(answered, _WAITS, np.where(exits == _ABANDONED, _WAITS + 1, _WAITS + 2))
    parts = [(kind, wait), (np.full(len(row), _TALKS), talk), (np.full(len(row), _DURATIONS), duration)]
    codes, places = [], []
    for kinds, values in parts:
        known = values >= 0
        codes.append(codes_of(values[known].astype(np.float64)))
        places.append(row[known] * len(SKETCHES) + kinds[known])
    place, code = np.concatenate(places), np.concatenate(codes)
    columns += sketches(*np.unique(place * _CODES + code, return_counts=True), rows)
    return list(zip(*columns, strict=True))


def sketches(keys: Ints, counts: Ints, rows: int) -> list[list[bytes]]:
    """The sketches of each row, a list for each of SKETCHES, from how often each key is there, in ascending order.

    A key is a place by _CODES + code, a place is row by the number of sketches + sketch.
    """
    entries = np.empty(len(keys), dtype=ENTRY)
    entries["code"], entries["n"] = keys % _CODES, counts
    text = entries.tobytes()
    bounds = np.searchsorted(keys // _CODES, np.arange(rows * len(SKETCHES) + 1)) * ENTRY.itemsize
    cuts = bounds.tolist()
    each = [text[begin:end] for begin, end in pairwise(cuts)]
    return [each[n :: len(SKETCHES)] for n in range(len(SKETCHES))]


def merged_sketches(joined: Sequence[Sequence[bytes]]) -> list[list[bytes]]:
    """Of each row the sketches of its parts end to end become one each, codes ascending."""
    lengths = np.array([[len(text) // ENTRY.itemsize for text in row] for row in joined], dtype=np.int64).reshape(-1)
    entries = np.frombuffer(b"".join(text for row in joined for text in row), dtype=ENTRY)
    place = np.repeat(np.arange(len(lengths)), lengths)
    keys, at = np.unique(place * _CODES + entries["code"], return_inverse=True)
    counts = np.bincount(at, entries["n"], minlength=len(keys)).astype(np.int64)
    return sketches(keys, counts, len(joined))


def repeat_rows(facts: Facts, source_id: int, days: Days, as_of: int | None) -> list[Row]:
    """Rows of queue_repeat_days. `facts` reach a week beyond the days; `as_of` is in microseconds of 2000."""
    facts = facts[_by_caller(facts)]
    entered, caller = facts["entered_at"].astype(np.int64), facts["caller_id"].astype(np.int64)
    wait = np.full(len(facts), np.iinfo(np.int64).max)
    same = caller[1:] == caller[:-1]
    wait[:-1][same] = (entered[1:] - entered[:-1])[same]
    number = days.of(entered)
    inside = (number >= 0) & (number < len(days.days))
    keys, row = _distinct(number[inside], facts["cell_id"][inside])
    columns = [np.bincount(row, minlength=len(keys))]
    for window_s in WINDOWS_S:
        covered = entered[inside] + window_s * MICRO <= (-(1 << 62) if as_of is None else as_of)
        known = covered & (caller[inside] != 0)
        again = known & (wait[inside] <= window_s * MICRO)
        columns += [np.bincount(row[which], minlength=len(keys)) for which in (covered, known, again)]
    values = np.stack(columns, axis=1).tolist() if keys else []
    return [(days.days[day], cell, source_id, *each) for (day, cell), each in zip(keys, values, strict=True)]


def _by_caller(facts: Facts) -> Ints:
    """The calls of each caller together, in the order in which they came; most callers have one."""
    caller = facts["caller_id"].astype(np.int64)
    order = np.argsort(caller)
    ordered = caller[order]
    same = ordered[1:] == ordered[:-1]
    of_several = np.zeros(len(facts), dtype=np.bool_)
    of_several[1:] = same
    of_several[:-1] |= same
    some = order[of_several]
    call, entered = (facts[name][some].astype(np.int64) for name in ("call_id", "entered_at"))
    order[of_several] = some[np.lexsort((call, entered, caller[some]))]
    return order


def callers_of(facts: Facts, days: Days) -> dict[tuple[int, int], Ints]:
    """The different known callers of each day's number and queue's cell, ascending."""
    number = days.of(facts["entered_at"].astype(np.int64))
    order = np.lexsort((facts["caller_id"], facts["cell_id"], number))
    number, cell, caller = (each[order].astype(np.int64) for each in (number, facts["cell_id"], facts["caller_id"]))
    starts = np.ones(len(order), dtype=np.bool_)
    starts[1:] = (number[1:] != number[:-1]) | (cell[1:] != cell[:-1])
    different = starts.copy()
    different[1:] |= caller[1:] != caller[:-1]
    cuts = np.append(np.flatnonzero(starts), len(order)).tolist()
    found = {}
    for begin, end in pairwise(cuts):
        callers = caller[begin:end][different[begin:end]]
        found[int(number[begin]), int(cell[begin])] = callers[callers != 0]
    return found


def callers_counted(months: Sequence[Mapping[str, Ints]]) -> dict[str | None, int]:
    """How many different callers these months have together (None), and each queue of theirs; ids are ascending."""
    parts: dict[str, list[Ints]] = {}
    for month in months:
        for queue, ids in month.items():
            parts.setdefault(queue, []).append(ids)
    by_queue = {queue: each[0] if len(each) == 1 else np.unique(np.concatenate(each)) for queue, each in parts.items()}
    every = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *by_queue.values()]))
    return {None: len(every), **{queue: len(ids) for queue, ids in by_queue.items()}}


def pack_callers(callers: Ints) -> bytes:
    return callers.astype(">i8").tobytes()


def unpack_callers(stored: bytes) -> Ints:
    return np.frombuffer(stored, dtype=">i8").astype(np.int64)


def caller_sketch(callers: Ints) -> bytes:
    return write_registers(hyperloglog(callers))


def _distinct(first: NDArray[Any], second: NDArray[Any]) -> tuple[list[tuple[int, int]], Ints]:
    """The different pairs in order, and which of them each element is. The second of each is not below zero."""
    if not len(first):
        return [], np.zeros(0, dtype=np.int64)
    begin, width = int(first.min()), int(second.max()) + 1
    packed = (first.astype(np.int64) - begin) * width + second
    keys, row = grouped(packed, (int(first.max()) - begin + 1) * width)
    return list(zip((keys // width + begin).tolist(), (keys % width).tolist(), strict=True)), row


def _greatest(values: Floats, row: Ints, rows: int) -> list[float | None]:
    known = ~np.isnan(values)
    greatest = np.full(rows, -np.inf)
    np.maximum.at(greatest, row[known], values[known])
    return [None if value == -np.inf else value for value in greatest.tolist()]


def _whole(values: Floats) -> list[int]:
    found: list[int] = values.astype(np.int64).tolist()
    return found


def _moment(micros: int) -> datetime:
    return moment(EPOCH_2000 + micros / MICRO)
