"""The delivery metrics as pure functions: rows and a window in, numbers out. No clock, no connection.

Deployment frequency counts what changed the environment, over all calendar days of the window: days without a
deployment count as days, and what was not observed is null, never 0.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from services.dora.events import SHIPPED
from services.dora.models import Granularity, Status

BUCKETS_MAX = 1_000  # nearly three years of days: more points than a chart has pixels
DAY = timedelta(days=1)


class TooManyBucketsError(ValueError):
    """This window has more buckets than an answer may carry; choose a coarser granularity."""


@dataclass(frozen=True, slots=True)
class Row:
    """One reported deployment of the window."""

    service: str
    status: Status
    occurred_at: datetime
    artefact: str | None


@dataclass(frozen=True, slots=True)
class Bucket:
    """One interval of the series, clipped to the window."""

    since: datetime
    until: datetime
    partial: bool


@dataclass(frozen=True, slots=True)
class Frequency:
    """Deployment frequency of one interval; every figure is over calendar days of the zone."""

    n: int
    days: float
    active_days: int
    interval_s: tuple[float, ...]

    @property
    def per_day(self) -> float | None:
        return self.n / self.days if self.days > 0 else None

    @property
    def interval_s_mean(self) -> float | None:
        """Window over count, not the mean of the gaps: five deployments in one afternoon do not make a busy month."""
        return self.days * DAY.total_seconds() / self.n if self.n else None


@dataclass(frozen=True, slots=True)
class Counted:
    """The rows of a window, parted: what counts, and how many do not, by reason."""

    rows: tuple[Row, ...]
    redeployments: int
    excluded: Mapping[str, int]


def part(rows: Sequence[Row], ran_before: Mapping[str, str | None], *, count_redeployments: bool) -> Counted:
    """Part the rows of a window, ordered by time, into those that count and those that do not.

    A redeployment brings what already runs: the same commit (or version) as the deployment before it in its service.
    """
    running = dict(ran_before)
    counted: list[Row] = []
    excluded: Counter[str] = Counter()
    redeployments = 0
    for row in rows:
        if row.status not in SHIPPED:
            excluded[REASONS[row.status]] += 1
            continue
        again = row.artefact is not None and running.get(row.service) == row.artefact
        running[row.service] = row.artefact
        redeployments += again
        if again and not count_redeployments:
            excluded["redeployment"] += 1
        else:
            counted.append(row)
    return Counted(tuple(counted), redeployments, dict(excluded))


REASONS: Mapping[Status, str] = {
    "in_progress": "in_progress",
    "failed": "failed_before_reaching_the_environment",
    "canceled": "canceled",
}


def frequency(rows: Sequence[Row], since: datetime, until: datetime, zone: ZoneInfo) -> Frequency:
    """The frequency of the counted rows in [since, until)."""
    times = sorted(row.occurred_at for row in rows if since <= row.occurred_at < until)
    return Frequency(
        n=len(times),
        days=calendar_days(since, until, zone),
        active_days=len({time.astimezone(zone).date() for time in times}),
        interval_s=tuple(sorted((later - earlier).total_seconds() for earlier, later in pairwise(times))),
    )


def calendar_days(since: datetime, until: datetime, zone: ZoneInfo) -> float:
    """Days on the wall: a day of 23 or 25 hours is one day."""
    return max(0.0, (_wall(until, zone) - _wall(since, zone)) / DAY)


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """Linear interpolation between the two nearest ranks, as PostgreSQL's percentile_cont; None of nothing."""
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


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
