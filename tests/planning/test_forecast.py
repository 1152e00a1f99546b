"""Forecasts of days whose truth is known."""

import csv
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.analytics.planning.forecast import BASELINE, Forecast, History, forecast, median

pytestmark = pytest.mark.unit

FIRST = date(2025, 1, 6)  # a Monday
INTERVALS = 24


def week_of(day: date, level: float = 1.0) -> NDArray[np.float64]:
    """Busy from 8 to 20, less on Saturdays, closed on Sundays."""
    shape = np.where((np.arange(INTERVALS) >= 8) & (np.arange(INTERVALS) < 20), 100.0, 0.0)
    return shape * level * {5: 0.4, 6: 0.0}.get(day.weekday(), 1.0)


def history_of(days: int, seed: int = 1, holidays: frozenset[date] = frozenset(), closed_interval: int = -1) -> History:
    rng = np.random.default_rng(seed)
    found = {
        FIRST + timedelta(days=n): rng.poisson(week_of(FIRST + timedelta(days=n))).astype(float) for n in range(days)
    }
    closed = np.tile(np.arange(INTERVALS) == closed_interval, (7, 1))
    return History(found, INTERVALS, holidays, closed)


def changed(history: History, day: date, factor: float) -> History:
    return replace(history, days={**history.days, day: history.days[day] * factor})


def days_after(history: History, n: int = 7) -> list[date]:
    last = max(history.days)
    return [last + timedelta(days=each + 1) for each in range(n)]


def values(found: Forecast, day: date) -> list[float | None]:
    return [point.value for point in found.points if point.day == day]


def test_a_steady_week_comes_again() -> None:
    history = history_of(70)
    days = days_after(history)
    found = forecast(history, days)
    for day in days:
        told = np.array(values(found, day), dtype=float)
        assert np.abs(told - week_of(day)).max() <= 12  # 100 calls vary by 10; the middle of eight by less
    assert found.accuracy.wape_interval == pytest.approx(0.085, abs=0.03)
    assert found.accuracy.coverage == pytest.approx(0.8, abs=0.08)
    assert abs(found.accuracy.bias or 0) < 0.02
    sunday = [point for point in found.points if point.day.weekday() == 6]
    assert {(point.kind, point.value, point.low, point.high) for point in sunday} == {("closed", 0.0, 0.0, 0.0)}


def test_one_odd_day_moves_the_mean_but_not_the_middle() -> None:
    history = history_of(70)
    odd = max(history.days) - timedelta(days=6)  # the last Monday: an outage sent everybody to the telephone
    history = changed(history, odd, 5)
    told = values(forecast(history, [odd + timedelta(days=7)]), odd + timedelta(days=7))
    assert max(value or 0 for value in told) < 150
    assert forecast(history, days_after(history)).method != BASELINE


def test_a_rising_level_is_followed() -> None:
    days = {FIRST + timedelta(days=n): week_of(FIRST + timedelta(days=n), 1.04 ** (n // 7)) for n in range(112)}
    found = forecast(History(days, INTERVALS), [FIRST + timedelta(days=112)])
    assert "level" in found.method
    assert found.accuracy.wape_interval is not None
    assert found.accuracy.baseline_wape_interval is not None
    assert found.accuracy.wape_interval < found.accuracy.baseline_wape_interval


@pytest.mark.requirement("RF-054")
def test_a_holiday_is_told_from_holidays_only() -> None:
    past, coming = FIRST + timedelta(days=30), FIRST + timedelta(days=71)
    history = history_of(70, holidays=frozenset({past, coming}))
    history = changed(history, past, 0.1)
    found = forecast(history, [coming, coming + timedelta(days=1)])
    assert {point.kind for point in found.points if point.day == coming} == {"holiday"}
    assert sum(value or 0 for value in values(found, coming)) == pytest.approx(120, abs=40)
    unknown = forecast(history_of(70, holidays=frozenset({coming})), [coming])
    assert {(point.value, point.low) for point in unknown.points} == {(None, None)}


@pytest.mark.requirement("RF-020")
def test_closed_hours_are_said() -> None:
    history = history_of(21, closed_interval=12)
    found = forecast(history, days_after(history, 1))
    assert [point.kind for point in found.points if point.interval in (11, 12)] == ["open", "closed"]
    assert found.points[12].value == 0


@pytest.mark.requirement("RF-020")
def test_too_little_history_is_said() -> None:
    history = history_of(6)
    found = forecast(history, [FIRST + timedelta(days=7)])
    assert {point.value for point in found.points} == {None}
    assert found.accuracy.wape_interval is None
    assert found.accuracy.folds == 0


@pytest.mark.requirement("RF-020")
@settings(deadline=None, max_examples=30)
@given(st.integers(1, 80), st.integers(0, 1_000), st.integers(1, 14))
def test_a_band_lies_around_its_forecast(days: int, seed: int, ahead: int) -> None:
    history = history_of(days, seed)
    found = forecast(history, days_after(history, ahead))
    assert len(found.points) == ahead * INTERVALS
    for point in found.points:
        assert point.value is None or point.value >= 0
        if point.low is not None and point.high is not None:
            assert 0 <= point.low <= (point.value or 0) <= point.high


@settings(deadline=None, max_examples=20)
@given(st.integers(30, 80), st.integers(0, 1_000))
def test_nothing_after_the_first_day_is_looked_at(days: int, seed: int) -> None:
    history = history_of(days, seed)
    ahead = days_after(history)
    later = {day: week_of(day) * 50 for day in ahead}
    assert forecast(History({**history.days, **later}, INTERVALS), ahead) == forecast(history, ahead)


def test_a_real_bank_by_day(real_data: Path) -> None:
    """January 1999, calls by day: four weeks are little, and what they are worth is told."""
    with (real_data / "bank-1999" / "1999-01.tsv").open(encoding="utf-8", newline="") as file:
        counts = Counter(
            date(1900 + int(row["date"][:2]), int(row["date"][2:4]), int(row["date"][4:6]))
            for row in csv.DictReader(file, delimiter="\t")
            if row["outcome"] != "PHANTOM"
        )
    assert len(counts) == 29  # two days have no row
    history = History({day: np.array([float(calls)]) for day, calls in counts.items() if day < date(1999, 1, 25)}, 1)
    found = forecast(history, [date(1999, 1, 25) + timedelta(days=n) for n in range(7)])
    told = {point.day: point.value for point in found.points}
    wrong = sum(abs((value or 0) - counts[day]) for day, value in told.items())
    # The bank lost a quarter of its calls in that week, which no history told.
    assert wrong / sum(counts[day] for day in told) < 0.45
    assert found.accuracy.folds == 2
    assert found.accuracy.wape_day == pytest.approx(0.283, abs=0.001)
    assert found.accuracy.wape_interval == found.accuracy.wape_day
    assert found.accuracy.coverage is None  # eight days make no band


@given(
    st.integers(0, 9).flatmap(
        lambda rows: st.lists(
            st.lists(st.one_of(st.just(float("nan")), st.floats(0, 1e6)), min_size=3, max_size=3),
            min_size=rows,
            max_size=rows,
        )
    )
)
@pytest.mark.filterwarnings("ignore:All-NaN slice")
def test_the_middle_of_some_weeks_is_numpys(weeks: list[list[float]]) -> None:
    rows = np.array(weeks, dtype=np.float64).reshape(len(weeks), 3)
    truth = np.nanmedian(rows, axis=0) if weeks else np.full(3, np.nan)
    np.testing.assert_allclose(median(rows), truth, rtol=1e-12, equal_nan=True)
