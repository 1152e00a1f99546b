"""The calendar of a series: a window cut into buckets on the wall of a zone. Pure; the figures are the core's."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.dora.models import Granularity

BUCKETS_MAX = 1_000  # nearly three years of days: more points than a chart has pixels
DAY = timedelta(days=1)


class TooManyBucketsError(ValueError):
    """This window has more buckets than an answer may carry; choose a coarser granularity."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """One interval of the series, clipped to the window."""

    since: datetime
    until: datetime
    partial: bool


def calendar_days(since: datetime, until: datetime, zone: ZoneInfo) -> float:
    """Days on the wall: a day of 23 or 25 hours is one day."""
    return max(0.0, (_wall(until, zone) - _wall(since, zone)) / DAY)


def buckets(since: datetime, until: datetime, granularity: Granularity, zone: ZoneInfo) -> list[Bucket]:
    """The window cut at the edges of the calendar; the first and the last piece may be partial."""
    if since >= until:
        return []
    found: list[Bucket] = []
    for start, end in _calendar(since, until, granularity, zone):
        if len(found) == BUCKETS_MAX:
            raise TooManyBucketsError
        found.append(Bucket(max(start, since), min(end, until), partial=start < since or end > until))
    return found


def _calendar(
    since: datetime, until: datetime, granularity: Granularity, zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    if granularity == "total":
        yield since, until
        return
    day = first_day(since.astimezone(zone).date(), granularity)
    start = _midnight(day, zone)
    while start < until:
        day = next_day(day, granularity)
        end = _midnight(day, zone)
        if end > since:  # else a clock set back at midnight left an empty piece before the window
            yield start, end
        start = end


def first_day(day: date, granularity: Granularity) -> date:
    """The first day of the bucket that holds `day`; weeks begin on Monday."""
    match granularity:
        case "day" | "total":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "year":
            return day.replace(month=1, day=1)


def next_day(day: date, granularity: Granularity) -> date:
    """The first day of the bucket after the one that begins with `day`."""
    length = {"day": 1, "total": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}[granularity]
    return first_day(day + timedelta(days=length), granularity)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _wall(time: datetime, zone: ZoneInfo) -> datetime:
    return time.astimezone(zone).replace(tzinfo=None)
