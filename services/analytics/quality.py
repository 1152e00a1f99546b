"""What the data says about itself: identities, hours that fell silent, dirty shares and their trend. Pure."""

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.analytics.catalog import SourceKind
from services.analytics.question import Cell, Granularity, Question

EXITS: Final = (
    "answered",
    "abandoned",
    "timed_out",
    "key_exits",
    "empty_exits",
    "withdrawn",
    "flowed_out",
    "open",
)
LINES: Final = ("no_typed_line", "same_line", "different_line")
# The parts that must add up to the whole, whatever happened.
IDENTITIES: Final[Mapping[SourceKind, tuple[str, tuple[str, ...]]]] = {
    "legacy": ("calls", LINES),
    "asterisk": ("offered", EXITS),
}
DIRTY: Final = ("swapped_times", "menu_errors")
# An hour is silent when the same hour of the same weekday has so many calls in the middle of the weeks looked at.
USUAL_CALLS_MIN: Final = 10
WEEKS_MIN: Final = 3  # two other weeks are needed to say what is usual
GAPS_MAX: Final = 500  # what a person can look at; a source that is away for a month is one finding, not a thousand
UNKNOWN_SEGMENT: Final = "desconocido"

Row = Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Broken:
    """A bucket in which the parts do not add up to the whole."""

    time: str
    queue: str | None
    whole: int
    parts: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Neighbouring hours without a call where there usually are some."""

    since: datetime
    until: datetime
    usual_calls: int


@dataclass(frozen=True, slots=True)
class Share:
    """A dirty share of one week; null where the week has no calls."""

    time: str
    name: str
    calls: int
    of: int

    @property
    def share(self) -> float | None:
        return self.calls / self.of if self.of else None


def questions(
    kind: SourceKind, since: datetime, until: datetime, *, zone: str, segment: str | None
) -> dict[str, Question]:
    """What has to be asked to judge one kind of source."""

    def ask(metrics: Sequence[str], granularity: Granularity, *dimensions: str) -> Question:
        return Question(
            kind=kind,
            metrics=tuple(metrics),
            dimensions=dimensions,
            since=since,
            until=until,
            zone=zone,
            granularity=granularity,
            segment=segment,
            limit=100_000,
        )

    whole, parts = IDENTITIES[kind]
    by_queue = ("queue",) if kind == "asterisk" else ()
    asked = {"identities": ask((whole, *parts), "day", *by_queue), "hours": ask((whole,), "hour")}
    if kind == "legacy":
        asked |= {"dirty": ask(("calls", *DIRTY), "week"), "segments": ask(("calls",), "week", "segment")}
    return asked


def whole_days_until(newest: datetime, zone: ZoneInfo) -> datetime:
    """The end of the local day that the newest data lies in."""
    local = newest.astimezone(zone)
    return _midnight(local.date() if local.time() == time() else local.date() + timedelta(days=1), zone)


def whole_weeks_since(until: datetime, look_back: timedelta, zone: ZoneInfo) -> datetime:
    """The beginning of the local week (a Monday) that the earliest moment to look back to lies in."""
    day = (until - look_back).astimezone(zone).date()
    return _midnight(day - timedelta(days=day.isoweekday() - 1), zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def broken(kind: SourceKind, rows: Sequence[Row]) -> list[Broken]:
    """The buckets that fail their identity: each is an alarm."""
    whole, parts = IDENTITIES[kind]
    found = []
    for row in rows:
        total, added = _count(row[whole]), sum(_count(row[name]) for name in parts)
        if total != added:
            queue = row.get("queue")
            found.append(Broken(str(row["time"]), None if queue is None else str(queue), total, added))
    return found


def gaps(rows: Sequence[Row], metric: str, *, data_as_of: datetime | None) -> list[Gap]:
    """Hours without a call, put together where they follow one another; what the data does not reach is no gap."""
    hours = [(datetime.fromisoformat(str(row["time"])), _count(row[metric])) for row in rows]
    if data_as_of is not None:
        hours = [(at, calls) for at, calls in hours if at + timedelta(hours=1) <= data_as_of]
    usual: dict[tuple[int, int], list[int]] = defaultdict(list)
    for at, calls in hours:
        usual[at.isoweekday(), at.hour].append(calls)
    found: list[Gap] = []
    for at, calls in hours:
        weeks = usual[at.isoweekday(), at.hour]
        expected = round(statistics.median(weeks))
        if calls or len(weeks) < WEEKS_MIN or expected < USUAL_CALLS_MIN:
            continue
        end = at + timedelta(hours=1)
        if found and found[-1].until == at:
            found[-1] = Gap(found[-1].since, end, found[-1].usual_calls + expected)
        else:
            found.append(Gap(at, end, expected))
    return found[:GAPS_MAX]


def dirty_shares(weeks: Sequence[Row], segments: Sequence[Row]) -> list[Share]:
    """Swapped times, telephones in menus and unknown DIDs of each week."""
    shares = [
        Share(str(week["time"]), name, _count(week[name]), _count(week["calls"])) for name in DIRTY for week in weeks
    ]
    unknown = {str(row["time"]): _count(row["calls"]) for row in segments if row["segment"] == UNKNOWN_SEGMENT}
    return shares + [
        Share(str(week["time"]), "unknown_dids", unknown.get(str(week["time"]), 0), _count(week["calls"]))
        for week in weeks
    ]


def trend(shares: Sequence[float | None]) -> float | None:
    """The last week's share less the median of those before; null where there is nothing to compare."""
    known = [share for share in shares if share is not None]
    return known[-1] - statistics.median(known[:-1]) if len(known) > 1 else None


def _count(cell: Cell) -> int:
    return int(cell) if isinstance(cell, int | float) else 0
