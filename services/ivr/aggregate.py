"""Rollups of a load, counted while its calls pass by: additive counts and sketches per bucket, cell and unit. Pure.

Rows are gathered until there are enough to be counted together, then by one look-up and one bincount after the other:
no row is sorted but for the sketches. What is kept grows with the rollups, not with the rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.ivr.cells import CLASSES, ENDED, TRANSFERRED, Subjects
from services.ivr.grouping import CELL_MASK, DENSE_MIN, DENSE_PER_ROW, begins, grouped, key_of, rekeyed, split_keys
from services.ivr.local_days import LocalDays
from shared.sketches import CODE_MAX, ENTRY, MINUTE_S, MINUTES_FIRST, WHOLE_S_MAX, merge_sketches

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

COUNTED_TOGETHER: Final = 1 << 19  # rows: 25 MiB of columns; fewer make more partial results, more do not pay
LINES: Final = 6  # line kind x swapped
MEASURES: Final = (
    "calls",
    "transferred",
    "ended_in_ivr",
    "no_typed_line",
    "same_line",
    "different_line",
    "menu_errors",
    "swapped_times",
    "duration_n",
    "duration_s_total",
    "duration_s_max",
)
MAX: Final = len(MEASURES) - 1  # the one measure that is not a sum; -1 where no call has a duration
NO_DURATION: Final = -1
HOUR_QUARTERS: Final = 4
_CODE_BITS: Final = 16
_NARROW_GROUPS: Final = 1 << 31 - _CODE_BITS


@dataclass(frozen=True, slots=True)
class Rows:
    """Calls as columns; `unit` and `subject` are places in lists of the load, `line` is line kind x 2 + swapped."""

    unit: Ints
    subject: Ints
    started: Ints
    duration_s: Ints  # NO_DURATION where nobody knows
    line: Ints
    caller_id: Ints
    call_id: Ints

    def __len__(self) -> int:
        return len(self.unit)

    @classmethod
    def joined(cls, parts: "Sequence[Rows]") -> "Rows":
        if len(parts) == 1:
            return parts[0]
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__))


@dataclass(frozen=True, slots=True)
class Counted:
    """Rows of one rollup: places of unit and cell, the bucket (quarter hour, hour, day since 1970), measures."""

    unit: Ints
    bucket: Ints
    cell: Ints
    measures: Ints  # a line for each of MEASURES

    def __len__(self) -> int:
        return len(self.unit)


@dataclass(frozen=True, slots=True)
class Rollups:
    """All that the load's units own. Sketches stand in the order of their rows."""

    quarter_hours: Counted
    hours: Counted
    hour_sketches: list[bytes]
    days: dict[int, Counted]  # by grain
    day_sketches: dict[int, list[bytes]]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that were counted together, and the unit and local day of each: a place in `days`, whose cell is 0."""

    rows: Rows
    days: Ints
    day: Ints


Runs = dict[int, bytes | list[bytes]]  # sketches, or what has still to be merged, by key


@dataclass(slots=True)
class Aggregate:
    """Takes the rows of a load in any order and any portions; `done` gives their rollups."""

    subjects: Subjects
    days: LocalDays
    _waiting: list[Rows] = field(default_factory=list)
    _waiting_n: int = 0
    _quarters: list[tuple[Ints, Ints]] = field(default_factory=list)
    _days: list[tuple[Ints, Ints]] = field(default_factory=list)
    _hour_runs: Runs = field(default_factory=dict)
    _day_runs: Runs = field(default_factory=dict)

    def take(self, rows: Rows) -> Batch | None:
        """The rows that were counted now, if any; the others wait for more."""
        if len(rows):
            self._waiting.append(rows)
            self._waiting_n += len(rows)
        return self.flush() if self._waiting_n >= COUNTED_TOGETHER else None

    def flush(self) -> Batch | None:
        if not self._waiting:
            return None
        rows = Rows.joined(self._waiting)
        self._waiting, self._waiting_n = [], 0
        return self._count(rows)

    def done(self) -> Rollups:
        """After `flush`."""
        cells = self.subjects.cells
        quarter_keys, quarter_measures = reduced(self._quarters)
        hour_keys = rekeyed(quarter_keys, bucket=_hour_of)
        hours = _counted(*reduced([(hour_keys, quarter_measures)]))
        day_keys, day_measures = reduced(self._days)
        by_grain = {
            grain: _counted(*reduced([(rekeyed(day_keys, cell=cells[grain]), day_measures)])) for grain in cells
        }
        menus = _merged(self._day_runs)
        first_of = _any_subject(cells[2])
        wholes: Runs = {}
        for key, sketch in menus.items():
            cell = key & CELL_MASK
            _add(wholes, key - cell + int(cells[1][first_of[cell]]), sketch)
        return Rollups(
            _counted(quarter_keys, quarter_measures),
            hours,
            _sketches(hours, _merged(self._hour_runs)),
            by_grain,
            {1: _sketches(by_grain[1], _merged(wholes)), 2: _sketches(by_grain[2], menus)},
        )

    def _count(self, rows: Rows) -> Batch:
        slots = self.days.slots(rows.started)
        least = int(slots.min())
        span = int(slots.max()) - least + 1
        moments, place = grouped(rows.unit * span + (slots - least), (int(rows.unit.max()) + 1) * span)
        unit, slot = moments // span, moments % span + least
        quarter = slot >> 1
        cells = self.subjects.cells
        width = len(self.subjects.lists[1])
        keys, at = grouped(place * width + cells[1][rows.subject], len(moments) * width)
        found = key_of(unit[keys // width], quarter[keys // width], keys % width)
        classes = self.subjects.classes[rows.subject] * LINES + rows.line
        self._quarters.append((found, _measures(len(keys), at, classes, CLASSES * LINES, rows.duration_s)))
        coded, codes = _codes(rows.duration_s)
        hours, hour_of = np.unique(rekeyed(found, bucket=_hour_of), return_inverse=True)
        _sketch(self._hour_runs, hours, hour_of[at[coded]], codes)
        days, day_of = np.unique(key_of(unit, self.days.days(slot), np.zeros_like(unit)), return_inverse=True)
        batch = Batch(rows, days, day_of[place])
        self._count_days(batch, coded, codes)
        return batch

    def _count_days(self, batch: Batch, coded: Bools | slice, codes: Ints) -> None:
        rows, days, width = batch.rows, batch.days, len(self.subjects)
        keys, at = grouped(batch.day * width + rows.subject, len(days) * width)
        subject = keys % width
        found = days[keys // width] + subject
        lines = _measures(len(keys), at, rows.line, LINES, rows.duration_s, self.subjects.classes[subject])
        self._days.append((found, lines))
        menus, menu_of = np.unique(rekeyed(found, cell=self.subjects.cells[2]), return_inverse=True)
        _sketch(self._day_runs, menus, menu_of[at[coded]], codes)


def _hour_of(quarters: Ints) -> Ints:
    return quarters // HOUR_QUARTERS


def reduced(parts: Sequence[tuple[Ints, Ints]]) -> tuple[Ints, Ints]:
    """Each key once, ascending, with the measures of all its parts."""
    if not parts:
        return np.zeros(0, dtype=np.int64), np.zeros((len(MEASURES), 0), dtype=np.int64)
    keys = np.concatenate([part[0] for part in parts])
    measures = np.concatenate([part[1] for part in parts], axis=1)
    if (keys[1:] > keys[:-1]).all():
        return keys, measures
    different, at = np.unique(keys, return_inverse=True)
    result = np.empty((len(MEASURES), len(different)), dtype=np.int64)
    for place in range(MAX):
        result[place] = np.bincount(at, weights=measures[place], minlength=len(different))
    result[MAX] = NO_DURATION
    np.maximum.at(result[MAX], at, measures[MAX])
    return different, result


def _counted(keys: Ints, measures: Ints) -> Counted:
    return Counted(*split_keys(keys), measures)


def _measures(groups: int, at: Ints, classes: Ints, width: int, duration_s: Ints, more: Ints | None = None) -> Ints:
    """The measures of each group. Classes are all that counts depend on, but for what `more` says of whole groups."""
    result = np.zeros((len(MEASURES), groups), dtype=np.int64)
    table = _CLASS_MEASURES[:width]
    if groups * width <= max(DENSE_MIN, DENSE_PER_ROW * len(at)):
        # Class by class and not by a product of matrices: a row of groups is added in one go, and by one thread.
        counts = np.bincount(classes * groups + at, minlength=groups * width).reshape(width, groups)
        for each, place in zip(*np.nonzero(table), strict=True):
            result[place] += counts[each]
    else:
        for place in range(MAX - 2):
            result[place] = np.bincount(at, weights=table[:, place][classes], minlength=groups)
    if more is not None:
        for place in _OF_SUBJECT:
            result[place] = result[0] * _CLASS_MEASURES[more * LINES, place]
    known = duration_s >= 0
    if known.all():
        result[MAX - 2] = result[0]
    else:
        at, duration_s = at[known], duration_s[known]
        result[MAX - 2] = np.bincount(at, minlength=groups)
    result[MAX - 1] = np.bincount(at, weights=duration_s, minlength=groups)  # whole numbers below 2 to the 53rd: exact
    result[MAX] = NO_DURATION
    np.maximum.at(result[MAX], at, duration_s)
    return result


def _class_measures() -> Ints:
    """What one call of each class adds to the first eight measures."""
    table = np.zeros((CLASSES * LINES, MAX - 2), dtype=np.int64)
    for each in range(CLASSES * LINES):
        kind, line = divmod(each, LINES)
        table[each] = (
            *(1, kind // 2 == TRANSFERRED, kind // 2 == ENDED),
            *(line // 2 == 0, line // 2 == 1, line // 2 == 2, kind % 2, line % 2),  # noqa: PLR2004 - line kinds
        )
    return table


_CLASS_MEASURES: Final = _class_measures()
_OF_SUBJECT: Final = tuple(MEASURES.index(name) for name in ("transferred", "ended_in_ivr", "menu_errors"))


def _codes(duration_s: Ints) -> tuple[Bools | slice, Ints]:
    """Which rows have a duration, and the codes of those: shared.sketches' own, of whole seconds."""
    known = duration_s >= 0
    which: Bools | slice = slice(None)
    if not known.all():
        which = known
        duration_s = duration_s[known]
    long = np.flatnonzero(duration_s > WHOLE_S_MAX)
    if len(long):
        duration_s = duration_s.copy()
        minutes = (duration_s[long] - WHOLE_S_MAX) // MINUTE_S
        duration_s[long] = MINUTES_FIRST + np.minimum(minutes, CODE_MAX - MINUTES_FIRST)
    return which, duration_s


def _sketch(runs: Runs, keys: Ints, group: Ints, codes: Ints) -> None:
    """Count the codes of each group."""
    both = group << _CODE_BITS | codes
    # Half as wide is sorted twice as fast.
    both = np.sort(both.astype(np.int32) if len(keys) <= _NARROW_GROUPS else both)
    firsts = begins(both)
    entries = np.empty(len(firsts), dtype=ENTRY)
    both_once = both[firsts]
    entries["code"] = both_once & CODE_MAX
    entries["n"] = np.diff(np.append(firsts, len(both)))
    text = entries.tobytes()
    ends = np.searchsorted(both_once, (np.arange(len(keys)) + 1) << _CODE_BITS) * ENTRY.itemsize
    start = 0
    for key, end in zip(keys.tolist(), ends.tolist(), strict=True):
        _add(runs, key, text[start:end])
        start = end


def _add(runs: Runs, key: int, sketch: bytes) -> None:
    before = runs.get(key)
    if before is None:
        runs[key] = sketch
    elif isinstance(before, list):
        before.append(sketch)
    else:
        runs[key] = [before, sketch]


def _merged(runs: Runs) -> dict[int, bytes]:
    return {key: run if isinstance(run, bytes) else merge_sketches(run) for key, run in runs.items()}


def _sketches(counted: Counted, merged: dict[int, bytes]) -> list[bytes]:
    return [merged.get(key, b"") for key in key_of(counted.unit, counted.bucket, counted.cell).tolist()]


def _any_subject(cells: Ints) -> Ints:
    """A subject of each cell."""
    found = np.zeros(int(cells.max(initial=-1)) + 1, dtype=np.int64)
    found[cells] = np.arange(len(cells))
    return found
