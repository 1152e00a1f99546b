"""Counts what really happened while the calls are drawn; see manifest.py for the shape."""

from collections.abc import Sequence
from datetime import date
from functools import cache

import numpy as np
from numpy.typing import NDArray

from iact.simulate import catalogue as cat
from iact.simulate import legacy_calls as lc
from iact.simulate.distinct import DistinctByDay, DistinctByMonth
from iact.simulate.legacy_plan import EPOCH, Plan
from iact.simulate.manifest import Counts
from iact.simulate.tally import Tally
from iact.simulate.text import SECONDS_A_DAY, Ints
from iact.simulate.zones import MARGIN_DAYS, WallClock

LINE_KINDS = ("no_digito", "misma_linea", "linea_diferente")
SEGMENT_COUNTS = ("calls", "abandoned", "duration_s_sum", "swapped", "menu_errors", *LINE_KINDS)
SEGMENTS = len(cat.SEGMENTS)
THURSDAY = 3  # 1970-01-01 was one; Monday is 0
CENTRE_NAMES = (*cat.combinations().centre_names, *cat.CENTRE_SENTINELS.values())
TOTALS = ("past_midnight", "past_quarter", "without_caller", "repeated_rows")
DIRT = (
    "swapped_times", "date_mismatch", "unknown_did", "origin_null", "typed_null", "typed_blank",
    "menu_null", "menu_blank", "menu_sin_cmenu", "menu_phone", "menu_spelling",
    "centre_null", "centre_blank", "centre_zeros", "centre_bad_start",
    "centre_glued_17", "centre_glued_16", "centre_glued_18", "centre_glued_24", "centre_glued_25",
)  # fmt: skip


class DayCounts:
    """Calls, abandoned calls and distinct callers by day and segment in one zone."""

    def __init__(self, plan: Plan, clock: WallClock) -> None:
        self.clock = clock
        self.first = plan.first_day - MARGIN_DAYS
        self._days = plan.last_day + MARGIN_DAYS + 1 - self.first
        self.calls, self.abandoned, self.seconds = (Tally(self._days * SEGMENTS) for _ in range(3))
        self.callers = DistinctByDay(self._days, SEGMENTS, plan.callers.count)

    def add(self, calls: lc.Calls, start: Ints, abandoned: NDArray[np.bool_]) -> None:
        day = start // SECONDS_A_DAY - self.first
        cell = day * SEGMENTS + calls.segment
        self.calls.add(cell)
        self.abandoned.add(cell, abandoned)
        self.seconds.add(cell, calls.duration)
        known = calls.origin >= 0
        self.callers.add(day[known], calls.segment[known], calls.origin[known])

    def rows(self, *, seconds: bool) -> list[list[str | int]]:
        by_cell = self.callers.by_group()
        found: list[list[str | int]] = []
        for cell in np.flatnonzero(self.calls.sums).tolist():
            sums = [self.calls.sums, self.abandoned.sums, by_cell, *([self.seconds.sums] if seconds else [])]
            numbers = [int(column[cell]) for column in sums]
            found.append([self.name(cell // SEGMENTS), cat.SEGMENTS[cell % SEGMENTS], *numbers])
        return found

    def per_day(self, sums: Ints) -> Counts:
        return {self.name(day): int(sums[day]) for day in np.flatnonzero(sums).tolist()}

    def name(self, day: int) -> str:
        return date.fromordinal(EPOCH + self.first + day).isoformat()


class Truth:
    """Everything the manifest says, gathered from the codes of the calls and never from their text."""

    def __init__(self, plan: Plan, asked_zones: Sequence[str]) -> None:
        self.plan = plan
        self.days = DayCounts(plan, plan.clock)
        self.zones = {zone: DayCounts(plan, WallClock(zone, plan.first_day, plan.last_day)) for zone in asked_zones}
        self.dids = Tally(len(cat.DIDS))
        self.menus = Tally(len(cat.MENU_NAMES))
        self.options = Tally(len(cat.combinations().option_names))
        self.centres = Tally(len(CENTRE_NAMES))
        self.labels = Tally(len(cat.LABELS))
        self.hours = Tally(24)
        self.weekdays = Tally(7)
        self.durations = Tally(SECONDS_A_DAY)
        self.stamps = Tally(plan.last_day - plan.first_day + 1)
        self.dirt = Tally(len(DIRT))
        self.totals = Tally(len(TOTALS))
        self.segments = {name: Tally(SEGMENTS) for name in SEGMENT_COUNTS}
        # The last day may push a call over midnight where the clock changes at midnight.
        dates = [*plan.dates, date.fromordinal(plan.dates[-1].toordinal() + 1)]
        self.months = list(dict.fromkeys((day.year, day.month) for day in dates))
        self._month_of_day = np.array([self.months.index((day.year, day.month)) for day in dates])
        self.callers = DistinctByMonth(len(self.months), SEGMENTS, plan.callers.count)

    def add(self, calls: lc.Calls) -> None:
        plan, day, segment = self.plan, calls.day, calls.segment
        abandoned = _abandoned_menus()[calls.menu]
        self.days.add(calls, calls.start, abandoned)
        utc = plan.clock.to_utc(calls.start)
        for counts in self.zones.values():
            counts.add(calls, counts.clock.to_wall(utc), abandoned)
        self.dids.add(calls.did)
        self.menus.add(calls.menu)
        self.options.add(calls.option)
        self.centres.add(_centres(calls))
        self.labels.add(calls.labels)
        self.hours.add(calls.start // 3600 % 24)
        self.weekdays.add((day + THURSDAY) % 7)
        self.durations.add(calls.duration)
        self.stamps.add(calls.stamp - plan.first_day)
        self.dirt.sums += np.array(_dirt(calls))
        self.totals.sums += np.array(self._totals(calls))
        self._add_segments(calls, abandoned)
        self.callers.add(self._month_of_day[day - plan.first_day], segment, calls.origin)

    def _add_segments(self, calls: lc.Calls, abandoned: NDArray[np.bool_]) -> None:
        line = np.where(calls.typed < 0, 0, np.where(calls.typed == calls.origin, 1, 2))
        segment, sums = calls.segment, self.segments
        sums["calls"].add(segment)
        sums["duration_s_sum"].add(segment, calls.duration)
        phone = calls.menu == cat.PHONE_MENU_CODE
        for name, flags in (("abandoned", abandoned), ("swapped", calls.swapped), ("menu_errors", phone)):
            sums[name].add(segment, flags)
        for code, name in enumerate(LINE_KINDS):
            sums[name].add(segment, line == code)

    def _totals(self, calls: lc.Calls) -> list[int]:
        plan = self.plan
        end_day = (calls.start + calls.duration) // SECONDS_A_DAY
        later = end_day > calls.day
        # A call that ends after the last day ends in the next quarter: the days end with one.
        last = len(plan.quarters) - 1
        started = plan.quarters[np.minimum(calls.day - plan.first_day, last)]
        ended = plan.quarters[np.minimum(end_day - plan.first_day, last)] + (end_day > plan.last_day)
        return [_count(later), _count(later & (ended > started)), _count(calls.origin < 0), len(calls.repeats)]


def _centres(calls: lc.Calls) -> Ints:
    """The centre after every rule: a VDN, or a sentinel behind the VDNs."""
    centre = calls.centre.copy()
    centre[centre == cat.HUNG_UP_CODE] = CENTRE_NAMES.index("CLIENTE_COLGO")
    for kind, name in (
        (lc.NULL, "CASO_NULL"),
        (lc.BLANK, "CASO_NULL"),
        (lc.ZEROS, "CASO_ERROR_CEROS"),
        (lc.BAD_START, "ERROR_CARACTER_INICIAL"),
    ):
        centre[calls.centre_class == kind] = CENTRE_NAMES.index(name)
    return centre


def _dirt(calls: lc.Calls) -> list[int]:
    """Rows of each category, in the order of DIRT."""
    empty = calls.menu == 0
    form = cat.menu_forms().table[calls.menu, calls.menu_form]
    spelled = ~empty & (calls.menu != cat.PHONE_MENU_CODE) & ~_first_spellings()[form]
    texts = _empty_texts()
    return [
        _count(calls.swapped),
        _count(calls.stamp != calls.day),
        _count(calls.segment == cat.UNKNOWN),
        _count(calls.origin == lc.NOBODY),
        _count(calls.typed == lc.NOBODY),
        _count(calls.typed == lc.BLANK_NUMBER),
        *(_count(empty & chosen[form]) for chosen in texts),
        _count(calls.menu == cat.PHONE_MENU_CODE),
        _count(spelled),
        *(_count(calls.centre_class == kind) for kind in CENTRE_DIRT),
    ]


CENTRE_DIRT = (
    lc.NULL, lc.BLANK, lc.ZEROS, lc.BAD_START, lc.GLUED_17, lc.GLUED_16, lc.GLUED_18, lc.GLUED_24, lc.GLUED_25,
)  # fmt: skip


@cache
def _empty_texts() -> tuple[NDArray[np.bool_], ...]:
    """Which texts of cMenu are null, blank, or say that there is no menu."""
    texts = cat.menu_forms().texts
    null = np.array([text is None for text in texts])
    blank = np.array([text is not None and not text.strip() for text in texts])
    words = np.array([text is not None and text.lower() == "sin cmenu" for text in texts])
    return null, blank, words


@cache
def _first_spellings() -> NDArray[np.bool_]:
    """Which texts of cMenu are the catalogue's own spelling."""
    return np.array([text in cat.MENU_NAMES for text in cat.menu_forms().texts])


@cache
def _abandoned_menus() -> NDArray[np.bool_]:
    return np.array([name in cat.ABANDONED_MENUS for name in cat.MENU_NAMES])


def _count(flags: NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(flags))
