"""Who called again: for each local day and menu, calls whose caller called again within an hour, day, week. Pure.

Calls are looked at shard by shard of their callers' ids, so a year needs the memory of a part. Within a shard one sort
brings the calls of a caller together, a second one brings those of callers with several calls in their order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.ivr.callers import SHARD_BITS
from services.ivr.cells import ENDED, Subjects
from services.ivr.grouping import grouped
from services.ivr.kept_calls import STARTED_FIRST, Calls
from services.ivr.local_days import LocalDays

Ints = NDArray[np.int64]

WINDOWS_S: Final = (3_600, 86_400, 604_800)
LOOKED_AT_TOGETHER: Final = 1 << 19  # calls of a shard: a shard of more callers is no faster and needs more memory
REPEAT_MEASURES: Final = (
    "calls",
    "ended_in_ivr",
    *(f"{what}_{window}" for window in ("1h", "24h", "7d") for what in ("covered", "known", "repeated")),
    "ended_known_24h",
    "ended_repeated_24h",
)
_STATES: Final = 4  # of "called again within" and of "covered": none, week, day, hour; of covered the other way round
_CLASSES: Final = 2 * _STATES * _STATES  # with whether the caller is known


@dataclass(frozen=True, slots=True)
class Repeats:
    """Rows of `ivr.legacy_repeat_days`: days since 1970, places of cells of grain 2, measures."""

    day: Ints
    cell: Ints
    measures: Ints  # a line for each of REPEAT_MEASURES
    certain: bool  # false when calls of one second could not be told apart: then SQL must decide


@dataclass(slots=True)
class RepeatCount:
    """Takes all calls of some callers at a time."""

    subjects: Subjects
    local: LocalDays
    as_of: int | None
    wanted: Ints  # days since 1970, ascending, at least one
    certain: bool = True
    _parts: list[tuple[Ints, Ints]] = field(default_factory=list)

    def take(self, calls: Calls) -> None:
        if not len(calls):
            return
        known = np.flatnonzero(calls.caller_id)
        again = np.zeros(len(calls), dtype=np.int64)
        again[known] = self._again(_some(calls, known))
        started = calls.started.astype(np.int64) + STARTED_FIRST
        days = self.local.of(started) - self.wanted[0]
        inside = self._inside(days)
        if not inside.all():
            calls, again, started, days = _some(calls, inside), again[inside], started[inside], days[inside]
        width = max(1, len(self.subjects.lists[2])) * 2
        ended = (self.subjects.classes // 2 == ENDED).astype(np.int64)
        days *= width
        days += (self.subjects.cells[2] * 2 + ended)[calls.subject]
        keys, at = grouped(days, (int(self.wanted[-1] - self.wanted[0]) + 1) * width)
        classes = again * _STATES
        classes += self._covered(started)
        classes += (calls.caller_id != 0) * (_STATES * _STATES)
        counts = np.bincount(classes * len(keys) + at, minlength=len(keys) * _CLASSES).reshape(_CLASSES, -1)
        self._parts.append((keys // width << 32 | keys % width // 2, _measures(counts, keys % 2)))

    def _inside(self, days: Ints) -> NDArray[np.bool_]:
        """Which days, counted from the first wanted one, are wanted."""
        table = np.zeros(int(self.wanted[-1] - self.wanted[0]) + 1, dtype=np.bool_)
        table[self.wanted - self.wanted[0]] = True
        inside = (days >= 0) & (days < len(table))
        if not inside.all():
            inside[inside] = table[days[inside]]
            return inside
        return table[days]

    def done(self) -> Repeats:
        keys = np.concatenate([np.zeros(0, dtype=np.int64), *(part[0] for part in self._parts)])
        empty = np.zeros((len(REPEAT_MEASURES), 0), dtype=np.int64)
        measures = np.concatenate([empty, *(part[1] for part in self._parts)], axis=1)
        keys, at = np.unique(keys, return_inverse=True)
        sums = [np.bincount(at, weights=each, minlength=len(keys)).astype(np.int64) for each in measures]
        return Repeats((keys >> 32) + self.wanted[0], keys & ((1 << 32) - 1), np.stack(sums), self.certain)

    def _covered(self, started: Ints) -> Ints:
        """How many of the windows end before the data does."""
        if self.as_of is not None and started.max(initial=0) <= self.as_of - WINDOWS_S[-1]:
            return np.full(len(started), len(WINDOWS_S), dtype=np.int64)
        result = np.zeros(len(started), dtype=np.int64)
        if self.as_of is not None:
            for window_s in WINDOWS_S:
                result += started <= self.as_of - window_s
        return result

    def _again(self, calls: Calls) -> Ints:
        """For each call, how many of the windows its caller called again in."""
        order, same = _by_caller(calls.caller_id)
        result = np.zeros(len(calls), dtype=np.int64)
        of_several = np.zeros(len(calls), dtype=np.bool_)
        of_several[1:] = same
        of_several[:-1] |= same
        several = np.flatnonzero(of_several)
        if not len(several):
            return result
        first = np.ones(len(several), dtype=np.int64)
        first[several > 0] = ~same[several[several > 0] - 1]
        order, runs = order[several], np.cumsum(first)
        place = self._in_time(calls, order, runs)
        order, runs = order[place], runs[place]
        started = calls.started[order].astype(np.int64)
        gaps = started[1:] - started[:-1]
        windows = (gaps <= WINDOWS_S[0]).astype(np.int64) + (gaps <= WINDOWS_S[1]) + (gaps <= WINDOWS_S[2])
        result[order[:-1]] = np.where(runs[1:] == runs[:-1], windows, 0)
        return result

    def _in_time(self, calls: Calls, order: Ints, runs: Ints) -> Ints:
        """The order of these calls by caller (run), moment, and what tells calls of the same moment apart."""
        started = calls.started[order].astype(np.int64)
        started -= started.min()
        bits = [int(each.max()).bit_length() for each in (runs, started)]
        rest = (len(order) - 1).bit_length()
        if sum(bits) + rest > 63:  # noqa: PLR2004 - bits of a positive number
            place = np.lexsort((started, runs))
        else:
            place = np.sort((runs << bits[1] | started) << rest | np.arange(len(order))) & ((1 << rest) - 1)
        runs, started = runs[place], started[place]
        same = (runs[1:] == runs[:-1]) & (started[1:] == started[:-1])
        if not same.any():
            return place
        ties = np.flatnonzero(np.append(same, False) | np.append(False, same))
        apart = calls.order[order[place[ties]]]
        sorted_ties = ties[np.lexsort((apart, started[ties], runs[ties]))]
        place[ties] = place[sorted_ties]
        first, second = order[place[:-1][same]], order[place[1:][same]]
        alike = self._alike(calls.subject)
        unsure = (calls.order[first] == calls.order[second]) & (alike[first] != alike[second])
        self.certain &= not unsure.any()
        return place

    def _alike(self, subject: NDArray[np.int32]) -> Ints:
        """Equal for calls that count in the same way: their order does not matter."""
        alike: Ints = self.subjects.cells[2] * 2 + (self.subjects.classes // 2 == ENDED)
        return alike[subject]


def in_shards(parts: list[Calls]) -> list[list[Calls]]:
    """The parts cut by the upper bits of caller ids. `parts` is emptied on the way: there is memory for one of them."""
    calls_n = sum(map(len, parts))
    bits = min(SHARD_BITS, max(0, (calls_n - 1) // LOOKED_AT_TOGETHER).bit_length())
    if not bits:
        whole = [parts.copy()]
        parts.clear()
        return whole
    shards: list[list[Calls]] = [[] for _ in range(1 << bits)]
    while parts:
        calls = parts.pop()
        shard = ((calls.caller_id >> (64 - bits)) + (1 << bits >> 1)).astype(np.uint8)
        order = np.argsort(shard, kind="stable")
        ends = np.cumsum(np.bincount(shard, minlength=1 << bits)).tolist()
        ordered = _some(calls, order)
        for number, (start, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
            if end > start:
                shards[number].append(_some(ordered, slice(start, end)))
    return shards


def joined(parts: Sequence[Calls]) -> Calls:
    if len(parts) == 1:
        return parts[0]
    return Calls(*(np.concatenate([getattr(part, name) for part in parts]) for name in Calls.__slots__))


def _some(calls: Calls, which: Ints | NDArray[np.bool_] | slice) -> Calls:
    return Calls(calls.caller_id[which], calls.started[which], calls.subject[which], calls.order[which])


def _by_caller(callers: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """An order that brings the calls of each caller together, and whether each next call is of the same caller."""
    rest = max(1, (len(callers) - 1).bit_length())
    # Most of the id and the place in one number: one sort without comparing rows. Shards take the upper bits' place.
    mask = (1 << rest) - 1
    keys = (callers << SHARD_BITS) & ~mask
    keys |= np.arange(len(callers))
    keys.sort()
    order = keys & mask
    keys >>= rest
    ordered = callers[order]
    same = ordered[1:] == ordered[:-1]
    if np.count_nonzero(keys[1:] == keys[:-1]) != np.count_nonzero(same):
        # Two callers are alike in these bits: their calls may be interleaved.
        order = np.argsort(callers, kind="stable")
        ordered = callers[order]
        same = ordered[1:] == ordered[:-1]
    return order, same


def _measures(counts: Ints, ended: Ints) -> Ints:
    """The measures of each group from the counts of its classes; `ended` is 1 where calls ended in the IVR."""
    result = np.zeros((len(REPEAT_MEASURES), counts.shape[1]), dtype=np.int64)
    for each in np.flatnonzero(counts.any(axis=1)).tolist():
        for place in np.flatnonzero(_CLASS_MEASURES[each]).tolist():
            result[place] += counts[each]
    for place in _OF_ENDED:
        result[place] *= ended
    return result


def _class_measures() -> Ints:
    """What one call of each class adds to each measure, had it ended in the IVR."""
    table = np.zeros((_CLASSES, len(REPEAT_MEASURES)), dtype=np.int64)
    for each in range(_CLASSES):
        head, covered = divmod(each, _STATES)
        known, again = divmod(head, _STATES)
        measures = [1, 1]
        # The shortest window is the first to be covered and the last to be called again in.
        for place in range(len(WINDOWS_S)):
            inside = covered > place
            measures += [inside, inside and known, inside and known and again >= len(WINDOWS_S) - place]
        inside = bool(known and covered > 1)
        table[each] = (*measures, inside, inside and again >= 2)  # noqa: PLR2004 - a day is the second window
    return table


_CLASS_MEASURES: Final = _class_measures()
_OF_ENDED: Final = tuple(place for place, name in enumerate(REPEAT_MEASURES) if name.startswith("ended"))
