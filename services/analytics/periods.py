"""Periods as people mean them: quarters, and what a period is compared with. Wall-clock arithmetic, no clock."""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

Compare: TypeAlias = Literal["previous_period", "previous_week", "previous_year"]

QUARTER = re.compile(r"(?:(?P<year>\d{4})-Q(?P<quarter>[1-4])|Q0(?P<short_quarter>[1-4])_(?P<short_year>\d{2}))")
QUARTERS = 4
MONTHS_A_QUARTER = 3
MONTHS_A_YEAR = 12
BUCKET_S = {"15min": 900, "30min": 1_800, "hour": 3_600}
BUCKET_DAYS = {"day": 1, "week": 7}
BUCKET_MONTHS = {"month": 1, "quarter": MONTHS_A_QUARTER, "year": MONTHS_A_YEAR}


@dataclass(frozen=True, slots=True)
class Shift:
    """How far a bucket lies from the one it is compared with, on the wall clock."""

    months: int = 0
    days: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """The other period, and the way from a bucket of this one to its counterpart."""

    since: datetime
    until: datetime
    shift: Shift


@dataclass(frozen=True, slots=True)
class Quarter:
    year: int
    quarter: int

    @property
    def code(self) -> str:
        return f"{self.year}-Q{self.quarter}"

    def before(self) -> "Quarter":
        return Quarter(self.year, self.quarter - 1) if self.quarter > 1 else Quarter(self.year - 1, QUARTERS)

    def range(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """[first instant, first instant of the next quarter) in the zone, as UTC."""
        start = datetime(self.year, MONTHS_A_QUARTER * (self.quarter - 1) + 1, 1)  # noqa: DTZ001 - wall clock
        return to_utc(start, zone), to_utc(add_months(start, MONTHS_A_QUARTER), zone)


def parse_quarter(text: str) -> Quarter:
    """`2025-Q3`, or the older `Q03_25`. Raises ValueError with a sentence."""
    found = QUARTER.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no quarter; write it like 2025-Q3")
    if found["year"] is not None:
        return Quarter(int(found["year"]), int(found["quarter"]))
    return Quarter(2000 + int(found["short_year"]), int(found["short_quarter"]))


def compare_with(compare: Compare, *, since: datetime, until: datetime, zone: ZoneInfo) -> Comparison:
    """The period before, the same days a week before, or the same dates a year before."""
    start, end = to_local(since, zone), to_local(until, zone)
    match compare:
        case "previous_week":
            return _moved(start, end, Shift(days=7), zone)
        case "previous_year":
            # A date is compared with the same date, so a leap day does not push the rest of the year out of step.
            return _moved(start, end, Shift(months=MONTHS_A_YEAR), zone)
        case "previous_period":
            return compare_range(since=since, other=_period_before(since, until, zone), zone=zone)


def compare_range(*, since: datetime, other: tuple[datetime, datetime], zone: ZoneInfo) -> Comparison:
    """Any other range; buckets are paired by their distance from the beginning."""
    distance = to_local(since, zone) - to_local(other[0], zone)
    return Comparison(*other, Shift(seconds=distance.total_seconds()))


def _moved(start: datetime, end: datetime, shift: Shift, zone: ZoneInfo) -> Comparison:
    return Comparison(to_utc(move(start, shift), zone), to_utc(move(end, shift), zone), shift)


def _period_before(since: datetime, until: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Whole months and whole days go back as such: the quarter before, not 92 days before."""
    start, end = to_local(since, zone), to_local(until, zone)
    if start != _day(start) or end != _day(end):
        return since - (until - since), since
    if start.day == 1 and end.day == 1:
        months = MONTHS_A_YEAR * (end.year - start.year) + end.month - start.month
        return to_utc(add_months(start, -months), zone), since
    return to_utc(start - (end - start), zone), since


def _day(local: datetime) -> datetime:
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def move(local: datetime, shift: Shift) -> datetime:
    """A wall-clock time, moved back."""
    return add_months(local, -shift.months) - timedelta(days=shift.days, seconds=shift.seconds)


def bucket_end(granularity: str, start: datetime, zone: ZoneInfo) -> datetime:
    """Where the bucket that begins at `start` ends: days and longer on the wall clock, shorter ones in real time."""
    if granularity in BUCKET_S:
        return start + timedelta(seconds=BUCKET_S[granularity])
    local = to_local(start, zone)
    if granularity in BUCKET_DAYS:
        return to_utc(local + timedelta(days=BUCKET_DAYS[granularity]), zone)
    return to_utc(add_months(local, BUCKET_MONTHS[granularity]), zone)


def add_months(local: datetime, months: int) -> datetime:
    """The same day of another month, or its last day when it is shorter (as PostgreSQL does)."""
    index = local.year * MONTHS_A_YEAR + local.month - 1 + months
    year, month = divmod(index, MONTHS_A_YEAR)
    last = calendar.monthrange(year, month + 1)[1]
    return local.replace(year=year, month=month + 1, day=min(local.day, last))


def to_local(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)


def to_utc(local: datetime, zone: ZoneInfo) -> datetime:
    return local.replace(tzinfo=zone).astimezone(UTC)


def month_starts(since: datetime, until: datetime, zone: ZoneInfo) -> list[datetime]:
    """The first instants of the local months that [since, until) touches, and that of the month behind them, in UTC."""
    local = since.astimezone(zone)
    month = datetime(local.year, local.month, 1)  # noqa: DTZ001 - wall clock
    starts = [to_utc(month, zone)]
    while starts[-1] < until:
        month = add_months(month, 1)
        starts.append(to_utc(month, zone))
    return starts
