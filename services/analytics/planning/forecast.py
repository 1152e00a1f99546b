"""Arrivals to come, from the same weekday and interval of the weeks before. Pure.

A contact centre's week repeats itself; what disturbs a plan are single odd days. So the middle of the last weeks, not
their mean, and a level that follows the last two weeks. Which form is best is found out on the history itself, and what
it was worth there (WAPE, bias, coverage) goes with every forecast. Baseline to beat: the mean of the last four weeks.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Kind = Literal["open", "closed", "holiday"]

WEEKS_LOOKED_AT: Final = 8  # older weeks belong to another season
WEEKS_MIN: Final = 2  # one week is no pattern
FOLDS_MAX: Final = 8  # weeks that the history is put to the test on
FOLDS_TO_CHOOSE: Final = 4  # with fewer folds nothing is chosen: the robust form stands
CLOSED_WEEKS_MIN: Final = 4  # nobody called in this interval for so many weeks: it is closed
LEVEL_WEEKS: Final = 2
LEVEL_CLIP: Final = (0.7, 1.4)  # a level that moves further in two weeks is an incident, not a season
GAIN_MIN: Final = 0.97  # a level that gains less than 3 % follows noise
BAND: Final = (0.1, 0.9)  # an 80 % band
RESIDUALS_MIN: Final = 20  # fewer make no band
BANDS_OF_SIZE: Final = 3  # intervals of like size share their residuals: large ones vary more than Poisson
WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class History:
    """Counts by local day and interval of the day; NaN where an interval was not observed."""

    days: Mapping[date, Floats]
    intervals: int
    holidays: frozenset[date] = frozenset()
    closed: NDArray[np.bool_] | None = None  # by weekday (Monday first) and interval: hours that are said to be closed


@dataclass(frozen=True, slots=True)
class Point:
    """One interval of a day to come; numbers are None where the history holds nothing to tell them from."""

    day: date
    interval: int
    kind: Kind
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Accuracy:
    """What the form was worth on days it had not seen; ratios. None: too little history to try it."""

    folds: int
    intervals: int
    wape_interval: float | None
    wape_day: float | None
    bias: float | None
    coverage: float | None
    baseline_wape_interval: float | None


@dataclass(frozen=True, slots=True)
class Forecast:
    method: str
    points: tuple[Point, ...]
    accuracy: Accuracy


def _mean_of_four(weeks: Floats, _level: float) -> Floats:
    return _quiet(np.nanmean, weeks[:4])


def _middle(weeks: Floats, _level: float) -> Floats:
    return median(weeks)


def _levelled(weeks: Floats, level: float) -> Floats:
    return median(weeks) * level


def _quiet(reduce: Callable[..., Floats], weeks: Floats) -> Floats:
    """NaN where no week has the interval, without numpy's warning about it."""
    some = ~np.isnan(weeks).all(axis=0)
    result = np.full(weeks.shape[1], np.nan)
    result[some] = reduce(weeks[:, some], axis=0)
    return result


def median(weeks: Floats) -> Floats:
    """Numpy's nanmedian by column, ten times as quick for a few rows; NaN where no week has the interval."""
    if not len(weeks):
        return np.full(weeks.shape[1], np.nan)
    ordered = np.sort(weeks, axis=0)  # what is not known comes last
    known = (~np.isnan(weeks)).sum(axis=0)
    columns = np.arange(weeks.shape[1])
    middle: Floats = (ordered[(known - 1) // 2, columns] + ordered[known // 2 % len(weeks), columns]) / 2
    return middle


BASELINE: Final = "mean of 4 weeks"
DEFAULT: Final = "median of 8 weeks"
LEVELLED: Final = "median of 8 weeks, level of the last 2"
Form = Callable[[Floats, float], Floats]
METHODS: Final[Mapping[str, Form]] = {
    BASELINE: _mean_of_four,
    DEFAULT: _middle,
    LEVELLED: _levelled,
}


def forecast(history: History, days: Sequence[date], *, origin: date | None = None) -> Forecast:
    """Every interval of the days to come. What lies in the history from `origin` on (the first of them) is not seen."""
    origin = origin or min(days)
    trials = _trials(history, origin)
    method = _choose(trials)
    mine = [trial for trial in trials if trial.method == method]
    spread = _Spread.of(mine)
    form, level = METHODS[method], _level(history, origin)
    points = tuple(point for day in days for point in _day(history, day, origin, form, level, spread))
    return Forecast(method, points, _accuracy(trials, method))


@dataclass(frozen=True, slots=True)
class _Trial:
    """One week that a method foretold without having seen it."""

    method: str
    fold: int
    told: Floats
    truth: Floats
    days: NDArray[np.int64]

    @property
    def error(self) -> float:
        return float(np.abs(self.told - self.truth).sum())


def _trials(history: History, origin: date) -> list[_Trial]:
    found = []
    for fold in range(1, FOLDS_MAX + 1):
        start = origin - fold * WEEK
        level = _level(history, start)
        for method in METHODS:
            trial = _trial(history, start, method, fold, level)
            if trial is not None:
                found.append(trial)
    return found


def _trial(history: History, start: date, method: str, fold: int, level: float) -> _Trial | None:
    told, truth, days = [], [], []
    for offset in range(7):
        day = start + timedelta(days=offset)
        actual = history.days.get(day)
        if actual is None or day in history.holidays:
            continue
        expected = _ordinary(history, day, start, METHODS[method], level)
        if expected is None:
            continue
        usable = ~np.isnan(actual) & ~np.isnan(expected)
        told.append(expected[usable])
        truth.append(actual[usable])
        days.append(np.full(int(usable.sum()), day.toordinal(), dtype=np.int64))
    if not told:
        return None
    return _Trial(method, fold, np.concatenate(told), np.concatenate(truth), np.concatenate(days))


def _ordinary(history: History, day: date, origin: date, form: Form, level: float) -> Floats | None:
    """The day as an ordinary one of its weekday, from days before `origin` alone."""
    weeks = _weeks(history, day, origin)
    if len(weeks) < WEEKS_MIN:
        return None
    expected = form(weeks, level)
    expected[_closed(history, day, weeks)] = 0.0
    return expected


def _level(history: History, origin: date) -> float:
    """How the days of the last two weeks stand to the middle of their weekdays; middle of all, as one may be odd."""
    ratios = []
    for back in range(1, 7 * LEVEL_WEEKS + 1):
        day = origin - timedelta(days=back)
        actual = history.days.get(day)
        if actual is None or day in history.holidays:
            continue
        usual = float(np.nansum(_middle(_weeks(history, day, origin), 1.0)))
        if usual > 0:
            ratios.append(float(np.nansum(actual)) / usual)
    level = float(np.median(ratios)) if ratios else 1.0
    return min(max(level, LEVEL_CLIP[0]), LEVEL_CLIP[1])


def _weeks(history: History, day: date, origin: date) -> Floats:
    """The last ordinary days of that weekday, newest first."""
    rows: list[Floats] = []
    other = day - WEEK
    while len(rows) < WEEKS_LOOKED_AT and other >= origin - (WEEKS_LOOKED_AT + 4) * WEEK:
        found = history.days.get(other)
        if other < origin and found is not None and other not in history.holidays:
            rows.append(found)
        other -= WEEK
    return np.array(rows, dtype=np.float64).reshape(len(rows), history.intervals)


def _closed(history: History, day: date, weeks: Floats) -> NDArray[np.bool_]:
    said = np.zeros(history.intervals, np.bool_) if history.closed is None else history.closed[day.weekday()].copy()
    if len(weeks) < CLOSED_WEEKS_MIN:
        return said
    never: NDArray[np.bool_] = np.nan_to_num(weeks).sum(axis=0) == 0
    return said | never


def _day(history: History, day: date, origin: date, form: Form, level: float, spread: "_Spread") -> list[Point]:
    weeks = _weeks(history, day, origin)
    expected = _ordinary(history, day, origin, form, level)
    holiday = day in history.holidays
    if expected is not None and holiday:
        ratio = _holiday_ratio(history, origin)
        expected = None if ratio is None else expected * ratio
    closed = _closed(history, day, weeks)
    points = []
    for interval in range(history.intervals):
        kind: Kind = "holiday" if holiday else "closed" if closed[interval] else "open"
        value = None if expected is None or np.isnan(expected[interval]) else float(expected[interval])
        if closed[interval] and not holiday:
            points.append(Point(day, interval, kind, 0.0, 0.0, 0.0))
            continue
        low, high = spread.around(value)
        points.append(Point(day, interval, kind, value, low, high))
    return points


def _holiday_ratio(history: History, origin: date) -> float | None:
    """Calls of past holidays over those of an ordinary day; None when the history has no holiday."""
    came = expected = 0.0
    for day in sorted(history.holidays):
        actual = history.days.get(day)
        if day >= origin or actual is None:
            continue
        ordinary = _ordinary(history, day, day, _middle, 1.0)
        if ordinary is not None:
            came += float(np.nansum(actual))
            expected += float(np.nansum(ordinary))
    return came / expected if expected > 0 else None


def _choose(trials: Sequence[_Trial]) -> str:
    """The robust form with the least error in the older half of the folds; the newer half tells what it is worth.

    The baseline is never chosen: a single odd day would move it.
    """
    folds = sorted({trial.fold for trial in trials})
    if len(folds) < FOLDS_TO_CHOOSE:
        return DEFAULT
    older = set(folds[len(folds) // 2 :])
    errors = {method: sum(t.error for t in trials if t.method == method and t.fold in older) for method in METHODS}
    return LEVELLED if errors[LEVELLED] < GAIN_MIN * errors[DEFAULT] else DEFAULT


@dataclass(frozen=True, slots=True)
class _Spread:
    """How far truth lay from what was told, in square roots of the size: quantiles by size of the interval."""

    upper_sizes: Floats
    low: Floats
    high: Floats

    @classmethod
    def of(cls, trials: Sequence[_Trial]) -> "_Spread":
        told = np.concatenate([trial.told for trial in trials]) if trials else np.zeros(0)
        truth = np.concatenate([trial.truth for trial in trials]) if trials else np.zeros(0)
        open_ = told > 0
        told, truth = told[open_], truth[open_]
        if len(told) < RESIDUALS_MIN:
            return cls(np.zeros(0), np.zeros(0), np.zeros(0))  # too little history for a band
        residuals = (truth - told) / np.sqrt(np.maximum(told, 1))
        groups = max(1, min(BANDS_OF_SIZE, len(told) // RESIDUALS_MIN))
        sizes = np.quantile(told, np.arange(1, groups + 1) / groups)
        group = np.minimum(np.searchsorted(sizes, told), groups - 1)
        quantiles = [np.quantile(residuals[group == each], BAND) for each in range(groups) if (group == each).any()]
        kept = [each for each in range(groups) if (group == each).any()]
        low, high = np.array(quantiles).T
        return cls(sizes[kept], low, high)

    def around(self, value: float | None) -> tuple[float | None, float | None]:
        if value is None or not len(self.upper_sizes):
            return None, None
        at = min(int(np.searchsorted(self.upper_sizes, value)), len(self.upper_sizes) - 1)
        root = max(value, 1.0) ** 0.5
        # A band lies around its forecast, whatever the bias of the past.
        low = min(value, value + float(self.low[at]) * root)
        return max(0.0, low), max(value, value + float(self.high[at]) * root)


def _accuracy(trials: Sequence[_Trial], method: str) -> Accuracy:
    folds = sorted({trial.fold for trial in trials})
    newer = set(folds[: max(1, len(folds) // 2)] if len(folds) >= FOLDS_TO_CHOOSE else folds)
    mine = [trial for trial in trials if trial.method == method and trial.fold in newer]
    if not mine:
        return Accuracy(0, 0, None, None, None, None, None)
    told, truth, days = (
        np.concatenate(parts) for parts in zip(*((t.told, t.truth, t.days) for t in mine), strict=True)
    )
    total = float(truth.sum())
    _, place = np.unique(days, return_inverse=True)
    by_day = np.abs(np.bincount(place, weights=told) - np.bincount(place, weights=truth)).sum()
    baseline = [trial for trial in trials if trial.method == BASELINE and trial.fold in newer]
    base_total = sum(float(trial.truth.sum()) for trial in baseline)
    return Accuracy(
        folds=len(mine),
        intervals=len(told),
        wape_interval=_ratio(float(np.abs(told - truth).sum()), total),
        wape_day=_ratio(float(by_day), total),
        bias=_ratio(float((told - truth).sum()), total),
        coverage=_coverage(trials, method, newer),
        baseline_wape_interval=_ratio(sum(trial.error for trial in baseline), base_total),
    )


def _coverage(trials: Sequence[_Trial], method: str, newer: set[int]) -> float | None:
    """The share of open intervals inside a band that was made of older weeks only."""
    inside = seen = 0
    for trial in (t for t in trials if t.method == method and t.fold in newer):
        spread = _Spread.of([t for t in trials if t.method == method and t.fold > trial.fold])
        for value, came in zip(trial.told.tolist(), trial.truth.tolist(), strict=True):
            low, high = spread.around(value) if value > 0 else (None, None)
            if low is not None and high is not None:
                seen += 1
                inside += low <= came <= high
    return inside / seen if seen else None


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None
