import statistics
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dora import cursors, keys
from services.dora.models import Granularity
from tests.dora.tables import moment, rows

pytestmark = pytest.mark.unit

MADRID = ZoneInfo("Europe/Madrid")
MEXICO = ZoneInfo("America/Mexico_City")
UTC_ZONE = ZoneInfo("UTC")
GRANULARITIES = get_args(Granularity)

START = datetime(2024, 1, 1, tzinfo=UTC)
moments = st.integers(0, 3 * 366 * 86_400_000).map(lambda ms: START + timedelta(milliseconds=ms))
zones = st.sampled_from([MADRID, MEXICO, UTC_ZONE, ZoneInfo("Africa/Cairo"), ZoneInfo("Pacific/Apia")])


def test_only_what_changed_the_environment_counts() -> None:
    counted = keys.part(
        rows("""
            at        status
            02T10:00  success
            02T11:00  failed
            02T12:00  rolled_back
            02T13:00  canceled
            02T14:00  in_progress
            02T15:00  failed
        """),
        {},
        count_redeployments=True,
    )
    assert [row.status for row in counted.rows] == ["success", "rolled_back"]
    assert counted.excluded == {"failed_before_reaching_the_environment": 2, "canceled": 1, "in_progress": 1}


def test_redeployment_brings_what_already_runs_in_the_same_service() -> None:
    told = rows("""
        at        artefact  service
        02T10:00  a         gateway
        02T11:00  a         ui
        02T12:00  b         gateway
        02T13:00  b         gateway
        02T14:00  a         gateway
        02T15:00  .         gateway
        02T16:00  .         gateway
    """)
    counted = keys.part(told, {"gateway": "a"}, count_redeployments=False)
    assert [row.occurred_at.hour for row in counted.rows] == [11, 12, 14, 15, 16]
    assert (counted.redeployments, counted.excluded) == (2, {"redeployment": 2})
    everything = keys.part(told, {"gateway": "a"}, count_redeployments=True)
    assert (len(everything.rows), everything.redeployments, everything.excluded) == (7, 2, {})


def test_failed_attempt_does_not_change_what_runs() -> None:
    told = rows("""
        at        artefact  status
        02T10:00  a         success
        02T11:00  b         failed
        02T12:00  a         success
    """)
    assert keys.part(told, {}, count_redeployments=True).redeployments == 1


def test_frequency_is_over_all_days_of_the_window() -> None:
    told = rows("""
        at
        02T10:00
        02T12:00
        02T16:00
        09T10:00
    """)
    found = keys.frequency(told, moment("01T00:00"), moment("11T00:00"), UTC_ZONE)
    assert (found.n, found.days, found.active_days, found.per_day) == (4, 10.0, 2, 0.4)
    assert found.interval_s == (7200.0, 14400.0, 6.75 * 86_400)
    assert found.interval_s_mean == 2.5 * 86_400


def test_window_without_deployments_has_no_interval() -> None:
    found = keys.frequency([], moment("01T00:00"), moment("11T00:00"), UTC_ZONE)
    assert (found.n, found.per_day, found.interval_s_mean) == (0, 0.0, None)


def test_active_days_are_days_of_the_zone() -> None:
    told = rows("""
        at
        02T05:59
        02T06:01
    """)
    window = moment("01T00:00"), moment("04T00:00")
    assert keys.frequency(told, *window, UTC_ZONE).active_days == 1
    assert keys.frequency(told, *window, MEXICO).active_days == 2  # UTC-6: midnight lies between them


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


@given(st.lists(moments, max_size=30), moments, st.integers(1, 60 * 24 * 400), st.sampled_from(GRANULARITIES), zones)
def test_series_adds_up_to_the_window(
    times: list[datetime], since: datetime, minutes: int, granularity: Granularity, zone: ZoneInfo
) -> None:
    until = since + timedelta(minutes=minutes)
    told = [keys.Row("gateway", "success", time, None) for time in sorted(times)]
    whole = keys.frequency(told, since, until, zone)
    parts = [
        keys.frequency(told, bucket.since, bucket.until, zone)
        for bucket in keys.buckets(since, until, granularity, zone)
    ]
    assert sum(part.n for part in parts) == whole.n
    assert sum(part.days for part in parts) == pytest.approx(whole.days, abs=1e-6)


@given(st.lists(st.floats(0, 1e9), min_size=2, max_size=50))
def test_percentile_is_the_linear_one(values: list[float]) -> None:
    ordered = sorted(values)
    cuts = statistics.quantiles(ordered, n=20, method="inclusive")
    for share, expected in ((0.5, cuts[9]), (0.75, cuts[14]), (0.9, cuts[17])):
        assert keys.percentile(ordered, share) == pytest.approx(expected)


def test_percentile_of_nothing_is_unknown() -> None:
    assert keys.percentile([], 0.5) is None
    assert keys.percentile([3.0], 0.9) == 3.0


@given(moments, st.integers(0, 2**63 - 1))
def test_cursor_comes_back_as_it_went(time: datetime, number: int) -> None:
    assert cursors.decode(cursors.encode(time, number)) == (time, number)


@given(st.text(max_size=80))
def test_made_up_cursor_is_refused_with_its_own_error(text: str) -> None:
    with pytest.raises(cursors.BadCursorError):
        cursors.decode(text)
