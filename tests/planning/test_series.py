"""Instants and wall clocks, over days on which the clocks change."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.planning.series import ClosedHours, Grid, closed_intervals, history_of

pytestmark = pytest.mark.unit

MADRID = Grid(1_800, ZoneInfo("Europe/Madrid"))


@pytest.mark.parametrize(
    ("day", "intervals"), [(date(2025, 10, 26), 50), (date(2025, 3, 30), 46), (date(2025, 7, 1), 48)]
)
def test_days_have_their_own_number_of_intervals(day: date, intervals: int) -> None:
    assert len(list(MADRID.instants(day))) == intervals


@given(st.dates(date(2024, 1, 1), date(2026, 1, 1)), st.sampled_from([900, 1_800, 3_600, 86_400]))
def test_every_instant_lies_in_its_day(day: date, interval_s: int) -> None:
    grid = Grid(interval_s, ZoneInfo("Europe/Madrid"))
    places = [grid.place(instant) for instant in grid.instants(day)]
    assert {found for found, _ in places} == {day}
    assert {interval for _, interval in places} <= set(range(grid.intervals))


def test_a_repeated_interval_is_no_double_one() -> None:
    day = date(2025, 10, 26)
    counts = [(instant, 6.0) for instant in MADRID.instants(day)]
    history = history_of(counts, MADRID, since=day, until=day + timedelta(days=1))
    assert history.days[day].tolist() == [6.0] * 48


def test_a_skipped_interval_was_not_observed() -> None:
    day = date(2025, 3, 30)
    history = history_of([(i, 6.0) for i in MADRID.instants(day)], MADRID, since=day, until=day + timedelta(days=1))
    assert np.flatnonzero(np.isnan(history.days[day])).tolist() == [4, 5]  # 02:00 and 02:30


def test_days_before_the_first_call_are_no_days_without_calls() -> None:
    first = date(2025, 7, 1)
    counts = [(datetime(2025, 7, 3, 9, tzinfo=MADRID.zone), 5.0), (datetime(2025, 7, 6, 9, tzinfo=MADRID.zone), 0.0)]
    history = history_of(counts, MADRID, since=first, until=date(2025, 7, 7))
    assert sorted(history.days) == [date(2025, 7, day) for day in (3, 4, 5, 6)]


def test_closed_hours_close_whole_intervals_only() -> None:
    closed = closed_intervals([ClosedHours([1, 7], time(20, 15), None), ClosedHours([1], time(), time(8, 15))], MADRID)
    assert np.flatnonzero(closed[0]).tolist() == [*range(16), *range(41, 48)]
    assert np.flatnonzero(closed[6]).tolist() == list(range(41, 48))
    assert not closed[1:6].any()
