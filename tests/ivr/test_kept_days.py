"""Which month is the first that stays, and which local days have all of their calls. Pure."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iact import retention
from services.ivr.kept_days import first_kept_day, kept
from services.ivr.reconciler import window_of_kept
from services.ivr.sources.legacy import Window

JUNE, JULY, AUGUST = (date(2025, month, 1) for month in (6, 7, 8))


@pytest.mark.unit
def test_the_first_month_that_stays() -> None:
    assert retention.first_kept_month(date(2026, 11, 26), 12) == date(2025, 11, 1)
    assert retention.first_kept_month(date(2026, 1, 1), 3) == date(2025, 10, 1)


@pytest.mark.unit
@given(day=st.dates(date(2000, 1, 1), date(2100, 1, 1)), keep=st.integers(retention.KEEP_MIN, retention.KEEP_MAX))
def test_so_many_whole_months_stay(day: date, keep: int) -> None:
    month = retention.first_kept_month(day, keep)
    for _ in range(keep):
        month = retention.next_month(month)
    assert month == day.replace(day=1)


@pytest.mark.unit
@given(
    month=st.dates(date(2000, 1, 1), date(2030, 1, 1)),
    zone=st.sampled_from(("America/Mexico_City", "Europe/Madrid", "UTC", "Asia/Kolkata", "America/Sao_Paulo")),
)
def test_the_first_kept_day_begins_when_all_calls_are_there(month: date, zone: str) -> None:
    since = datetime(month.year, month.month, 1, tzinfo=UTC)
    first = first_kept_day(since, ZoneInfo(zone))
    begins, before = (
        datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        for day in (first, first - timedelta(days=1))
    )
    assert before < since <= begins
    assert kept([first - timedelta(days=1), first], first) == {first}
    assert kept([first], None) == {first}


@pytest.mark.unit
@pytest.mark.parametrize(
    ("asked", "compared", "told"),
    [
        (Window(), Window(JULY), True),
        (Window(AUGUST), Window(AUGUST), False),
        (Window(JUNE, AUGUST), Window(JULY, AUGUST), True),
        (Window(None, JUNE), Window(JULY, JULY), True),
    ],
)
def test_only_days_with_all_their_calls_are_compared(asked: Window, compared: Window, *, told: bool) -> None:
    window, notes = window_of_kept(asked, JULY)
    assert (window, bool(notes)) == (compared, told)
    assert window_of_kept(asked, None) == (asked, [])
