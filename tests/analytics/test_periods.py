from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics.periods import (
    Quarter,
    Shift,
    add_months,
    bucket_end,
    compare_range,
    compare_with,
    parse_quarter,
    to_local,
)

pytestmark = pytest.mark.unit

MADRID, MEXICO = ZoneInfo("Europe/Madrid"), ZoneInfo("America/Mexico_City")


def local(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("compare", "since", "until", "other_since", "other_until"),
    [
        ("previous_period", "2025-07-01", "2025-10-01", "2025-04-01", "2025-07-01"),
        ("previous_period", "2025-03-01", "2025-04-01", "2025-02-01", "2025-03-01"),
        ("previous_period", "2025-03-30", "2025-03-31", "2025-03-29", "2025-03-30"),
        ("previous_period", "2025-03-10", "2025-03-17", "2025-03-03", "2025-03-10"),
        ("previous_week", "2025-03-31", "2025-04-01", "2025-03-24", "2025-03-25"),
        ("previous_year", "2024-02-29", "2024-03-01", "2023-02-28", "2023-03-01"),
        ("previous_year", "2025-07-01", "2025-10-01", "2024-07-01", "2024-10-01"),
    ],
)
def test_what_a_period_is_compared_with(
    compare: str, since: str, until: str, other_since: str, other_until: str
) -> None:
    found = compare_with(compare, since=local(since, MADRID), until=local(until, MADRID), zone=MADRID)  # type: ignore[arg-type] # the table's words are the literal's
    assert (found.since, found.until) == (local(other_since, MADRID), local(other_until, MADRID))


def test_part_of_a_day_goes_back_by_its_own_length() -> None:
    found = compare_with(
        "previous_period",
        since=local("2025-07-01T09:00", MEXICO),
        until=local("2025-07-01T12:00", MEXICO),
        zone=MEXICO,
    )
    assert (found.since, found.until) == (local("2025-07-01T06:00", MEXICO), local("2025-07-01T09:00", MEXICO))


def test_any_range_is_paired_from_its_beginning() -> None:
    found = compare_range(
        since=local("2025-03-31", MADRID), other=(local("2025-03-01", MADRID), local("2025-03-05", MADRID)), zone=MADRID
    )
    assert found.shift == Shift(seconds=30 * 86_400)


@pytest.mark.parametrize(
    ("text", "quarter"), [("2025-Q3", Quarter(2025, 3)), ("Q03_25", Quarter(2025, 3)), ("2024-Q1", Quarter(2024, 1))]
)
def test_quarters_in_both_spellings(text: str, quarter: Quarter) -> None:
    assert parse_quarter(text) == quarter


@pytest.mark.parametrize("text", ["2025-Q5", "Q3", "2025Q3", "Q3_25", "", "2025-Q3 "])
def test_what_is_no_quarter(text: str) -> None:
    with pytest.raises(ValueError, match="2025-Q3"):
        parse_quarter(text)


@given(st.integers(1991, 2099), st.integers(1, 4), st.sampled_from((MADRID, MEXICO)))
def test_quarters_follow_one_another_without_gap(year: int, number: int, zone: ZoneInfo) -> None:
    quarter = Quarter(year, number)
    since, until = quarter.range(zone)
    assert quarter.before().range(zone)[1] == since
    assert to_local(since, zone).day == to_local(until, zone).day == 1
    assert parse_quarter(quarter.code) == quarter


@given(
    st.datetimes(datetime(1995, 1, 1), datetime(2090, 1, 1)),  # noqa: DTZ001 - wall clock
    st.integers(1, 400),
    st.sampled_from(("previous_period", "previous_week", "previous_year")),
    st.sampled_from((MADRID, MEXICO)),
)
def test_the_other_period_lies_before_and_is_about_as_long(
    start: datetime, days: int, compare: str, zone: ZoneInfo
) -> None:
    since = start.replace(tzinfo=zone).astimezone(UTC)
    until = since + timedelta(days=days)
    found = compare_with(compare, since=since, until=until, zone=zone)  # type: ignore[arg-type] # the table's words are the literal's
    assert found.since < since
    assert abs((found.until - found.since) - (until - since)) <= timedelta(days=3)


@given(st.datetimes(), st.integers(-24, 24))
def test_months_there_and_back_lose_at_most_the_end_of_a_month(start: datetime, months: int) -> None:
    if not 3 < start.year < 9990:
        return
    back = add_months(add_months(start, months), -months)
    assert back.month == start.month
    assert 0 <= (start - back).days <= 3


@pytest.mark.parametrize(
    ("granularity", "start", "end"),
    [
        ("15min", "2025-03-30T01:45", "2025-03-30T03:00"),
        ("hour", "2025-10-26T02:00", "2025-10-26T02:00"),
        ("day", "2025-03-30", "2025-03-31"),
        ("week", "2025-10-20", "2025-10-27"),
        ("month", "2025-01-01", "2025-02-01"),
        ("quarter", "2025-10-01", "2026-01-01"),
        ("year", "2024-01-01", "2025-01-01"),
    ],
)
def test_where_a_bucket_ends(granularity: str, start: str, end: str) -> None:
    # The hour of 26 October that begins at 02:00 summer time ends at 02:00 winter time.
    fold = int(granularity == "hour")
    expected = datetime.fromisoformat(end).replace(tzinfo=MADRID, fold=fold).astimezone(UTC)
    assert bucket_end(granularity, local(start, MADRID), MADRID) == expected


@given(st.sampled_from(("15min", "30min", "hour", "day", "week", "month", "quarter", "year")), st.integers(0, 9_000))
def test_a_bucket_ends_after_it_begins(granularity: str, days: int) -> None:
    start = local("2010-01-01", MADRID) + timedelta(days=days)
    assert bucket_end(granularity, start, MADRID) > start
