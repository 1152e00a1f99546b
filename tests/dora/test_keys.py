from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dora import cursors, keys
from services.dora.models import Granularity

pytestmark = pytest.mark.unit

MADRID = ZoneInfo("Europe/Madrid")
MEXICO = ZoneInfo("America/Mexico_City")
UTC_ZONE = ZoneInfo("UTC")
GRANULARITIES = get_args(Granularity)

START = datetime(2024, 1, 1, tzinfo=UTC)
moments = st.integers(0, 3 * 366 * 86_400_000).map(lambda ms: START + timedelta(milliseconds=ms))
zones = st.sampled_from([MADRID, MEXICO, UTC_ZONE, ZoneInfo("Africa/Cairo"), ZoneInfo("Pacific/Apia")])


@pytest.mark.parametrize(
    ("first", "last", "hours"), [((2026, 3, 29), (2026, 3, 30), 23), ((2026, 10, 25), (2026, 10, 26), 25)]
)
def test_day_of_23_or_25_hours_is_one_day(first: tuple[int, int, int], last: tuple[int, int, int], hours: int) -> None:
    since, until = datetime(*first, tzinfo=MADRID), datetime(*last, tzinfo=MADRID)
    assert until.astimezone(UTC) - since.astimezone(UTC) == timedelta(hours=hours)
    assert keys.calendar_days(since, until, MADRID) == 1.0
    assert [bucket.partial for bucket in keys.buckets(since, until, "day", MADRID)] == [False]


def test_weeks_begin_on_monday_and_the_window_cuts_them() -> None:
    since, until = datetime(2026, 3, 4, tzinfo=MEXICO), datetime(2026, 3, 17, 12, tzinfo=MEXICO)
    cut = keys.buckets(since, until, "week", MEXICO)
    assert [(bucket.since.day, bucket.until.day, bucket.partial) for bucket in cut] == [
        (4, 9, True),
        (9, 16, False),
        (16, 17, True),
    ]


@pytest.mark.parametrize(
    ("granularity", "first", "following"),
    [
        ("day", date(2026, 12, 31), date(2027, 1, 1)),
        ("week", date(2026, 12, 28), date(2027, 1, 4)),
        ("month", date(2026, 12, 1), date(2027, 1, 1)),
        ("quarter", date(2026, 10, 1), date(2027, 1, 1)),
        ("year", date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_buckets_follow_the_calendar(granularity: Granularity, first: date, following: date) -> None:
    assert keys.first_day(date(2026, 12, 31), granularity) == first
    assert keys.next_day(first, granularity) == following


def test_too_many_buckets_are_refused() -> None:
    with pytest.raises(keys.TooManyBucketsError):
        keys.buckets(datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), "day", UTC_ZONE)


@given(moments, st.integers(1, 60 * 24 * 400), st.sampled_from(GRANULARITIES), zones)
def test_buckets_cover_the_window_without_gap_or_overlap(
    since: datetime, minutes: int, granularity: Granularity, zone: ZoneInfo
) -> None:
    until = since + timedelta(minutes=minutes)
    cut = keys.buckets(since, until, granularity, zone)
    assert (cut[0].since, cut[-1].until) == (since, until)
    assert all(earlier.until == later.since for earlier, later in pairwise(cut))
    assert all(bucket.since.astimezone(UTC) < bucket.until.astimezone(UTC) for bucket in cut)
    assert not any(bucket.partial for bucket in cut[1:-1])


@given(moments, st.integers(0, 2**63 - 1))
def test_cursor_comes_back_as_it_went(time: datetime, number: int) -> None:
    assert cursors.decode(cursors.encode(time, number)) == (time, number)


@given(st.text(max_size=80))
def test_made_up_cursor_is_refused_with_its_own_error(text: str) -> None:
    with pytest.raises(cursors.BadCursorError):
        cursors.decode(text)
