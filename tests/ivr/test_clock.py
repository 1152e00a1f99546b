"""Local times into UTC, with the two odd hours of the year, and every text that is no time."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ivr.clock import LocalClock, moment, month_of, read_day

pytestmark = pytest.mark.unit


def at(zone: str, text: str) -> str:
    epoch = LocalClock(zone).epoch(text.encode())
    return "none" if epoch is None else f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%d %H:%M:%S}"


@pytest.mark.parametrize(
    ("zone", "local", "utc"),
    [
        ("America/Mexico_City", "2025-07-01 09:00:00", "2025-07-01 15:00:00"),
        ("America/Mexico_City", "2022-07-01 09:00:00", "2022-07-01 14:00:00"),  # daylight saving ended that October
        ("America/Mexico_City", "2025-07-01 09:00:00.123456", "2025-07-01 15:00:00"),
        ("Europe/Madrid", "2025-03-30 01:59:59", "2025-03-30 00:59:59"),
        ("Europe/Madrid", "2025-03-30 02:30:00", "2025-03-30 01:30:00"),  # never happened: means 03:30
        ("Europe/Madrid", "2025-03-30 03:00:00", "2025-03-30 01:00:00"),
        ("Europe/Madrid", "2025-10-26 02:30:00", "2025-10-26 00:30:00"),  # happened twice: the first
        ("Europe/Madrid", "2025-10-26 03:00:00", "2025-10-26 02:00:00"),
        ("Australia/Lord_Howe", "2025-04-06 01:15:00", "2025-04-05 14:15:00"),
        ("Australia/Lord_Howe", "2025-04-06 01:45:00", "2025-04-05 14:45:00"),  # clocks go back half an hour
        ("Australia/Lord_Howe", "2025-10-05 02:15:00", "2025-10-04 15:45:00"),
        ("UTC", "0000-00-00 00:00:00", "none"),
        ("UTC", "1899-12-31 00:00:00", "none"),
        ("UTC", "9999-12-31 23:59:59", "none"),
        ("UTC", "2025-02-29 00:00:00", "none"),
        ("UTC", "2025-07-01 24:00:00", "none"),
        ("UTC", "2025-07-01 23:60:00", "none"),
        ("UTC", "2025-07-01 23:59:60", "none"),
        ("UTC", "2025-07-01 23:59", "none"),
        ("UTC", "2025-07-01 23:59:59x", "none"),
        ("UTC", "2025-07-01", "none"),
        ("UTC", "", "none"),
    ],
)
def test_local_time(zone: str, local: str, utc: str) -> None:
    assert at(zone, local) == utc


@pytest.mark.parametrize(
    ("start", "end", "seconds"),
    [
        ("01:59:00", "02:01:00", 120),  # the first pass is nearer
        ("02:50:00", "03:05:00", 900),  # the second pass is nearer
        ("03:05:00", "02:50:00", -900),  # swapped in the source, the same call
        ("02:10:00", "02:20:00", 600),
        ("01:50:00", "03:10:00", 140 * 60),  # the doubled hour lies between
    ],
)
def test_a_doubled_hour_is_read_nearest_to_the_other_end(start: str, end: str, seconds: int) -> None:
    clock = LocalClock("Europe/Madrid")
    span = clock.span(f"2025-10-26 {start}".encode(), f"2025-10-26 {end}".encode())
    assert span is not None
    assert span[1] - span[0] == seconds


def test_a_call_over_the_missing_hour_lasts_what_it_lasted() -> None:
    span = LocalClock("Europe/Madrid").span(b"2025-03-30 01:59:50", b"2025-03-30 03:00:10")
    assert span is not None
    assert span[1] - span[0] == 20


def test_a_missing_end_has_no_span() -> None:
    clock = LocalClock("UTC")
    assert clock.span(b"2025-07-01 09:00:00", None) is None
    assert clock.span(b"x", b"2025-07-01 09:00:00") is None


@given(
    st.datetimes(datetime(1991, 1, 1), datetime(2099, 1, 1)),  # noqa: DTZ001 - local times
    st.sampled_from(["Europe/Madrid", "America/Mexico_City", "Australia/Lord_Howe", "UTC", "Asia/Kathmandu"]),
)
def test_the_quick_way_equals_the_standard_library(local: datetime, zone: str) -> None:
    expected = int(local.replace(microsecond=0, tzinfo=ZoneInfo(zone)).timestamp())
    assert LocalClock(zone).epoch(f"{local:%Y-%m-%d %H:%M:%S}".encode()) == expected


@given(st.binary(max_size=30))
def test_no_text_breaks_the_clock(text: bytes) -> None:
    LocalClock("UTC").epoch(text)
    read_day(text)


def test_days_and_months() -> None:
    assert read_day(b"2025-07-01") == date(2025, 7, 1)
    assert read_day(b"2025-07-01 00:00:00") == date(2025, 7, 1)
    assert [read_day(text) for text in (b"0000-00-00", b"2025-7-1", b"x" * 10, None, b"1900-01-01")] == [None] * 5
    clock = LocalClock("America/Mexico_City")
    midnight = clock.epoch(b"2025-07-01 00:00:00")
    assert midnight is not None
    assert (clock.day(midnight), clock.day(midnight - 1)) == (date(2025, 7, 1), date(2025, 6, 30))
    assert month_of(midnight - 6 * 3600 - 1) == date(2025, 6, 1)
    assert moment(midnight + 0.5) == datetime(2025, 7, 1, 6, 0, 0, 500_000, tzinfo=UTC)
