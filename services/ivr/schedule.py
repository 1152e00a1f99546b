"""When a source is due: a time of its own clock, or every so many seconds; pause windows move it. Pure.

Two odd hours again: a time that the clocks skip is due when it would have been, an hour later by the wall; one that
happens twice is due at its first pass only.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from typing_extensions import override

LEGACY_AT = time(2, 0)  # the PBX is quiet, yesterday's rows are complete
ASTERISK_EVERY_S = 10.0
LEGACY_SPACING = timedelta(hours=6)  # a pass over tables without an index is paid by the production server
FAILED_SPACING = timedelta(seconds=60)  # a source that is down is not asked every ten seconds
EVERY_S_MIN, EVERY_S_MAX = 1.0, 86_400.0
NIGHTLY_DAYS = 7  # rows of a week ago still arrive after a replica was down
NIGHTLY_DAYS_MAX = 400
DAYS_LOOKED_AT = 4  # a zone may skip a whole day
TABLE_NAME: Final = re.compile(r"^tbl_historico_t([1-4])_([0-9]{4})$")
REQUESTED_BY = "schedule"  # who asked, in the list of runs
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_DAY_MINUTES = 24 * 60


class BadSchedule(ValueError):  # noqa: N818 - reads as what it is
    """The schedule or pause of a source cannot be read; the text says how to write it."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Either a local time or an interval."""

    at: time | None = None
    every_s: float | None = None

    @override
    def __str__(self) -> str:
        return f"daily at {self.at:%H:%M}" if self.at is not None else f"every {self.every_s:g} s"


@dataclass(frozen=True, slots=True)
class Pause:
    """Minutes of the local day in which a source is left alone, half-open; `since` after `until` goes over midnight."""

    since: int
    until: int

    def covers(self, moment: datetime, zone: ZoneInfo) -> bool:
        local = moment.astimezone(zone)
        minute = local.hour * 60 + local.minute
        if self.since < self.until:
            return self.since <= minute < self.until
        return minute >= self.since or minute < self.until


@dataclass(frozen=True, slots=True)
class LastRun:
    """The last run over the whole source, whoever asked for it."""

    state: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    queued_at: datetime
    finished_at: datetime | None


def read_time(text: str) -> time:
    """BadSchedule unless it is like 02:00."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise BadSchedule(f"{text!r} is no time of day; write it like 02:00")
    return time(int(found[1]), int(found[2]))


def read_pause(text: str) -> Pause:
    """BadSchedule unless it is like 09:00-11:00; 24:00 may end it."""
    since, dash, until = text.partition("-")
    if not dash:
        raise BadSchedule(f"{text!r} is no pause; write it like 09:00-11:00")
    first = _minute(since.strip())
    last = _DAY_MINUTES if until.strip() == "24:00" else _minute(until.strip())
    if first == last:
        raise BadSchedule(f"the pause {text!r} has no end; write it like 09:00-11:00")
    return Pause(first, last)


def _minute(text: str) -> int:
    at = read_time(text)
    return at.hour * 60 + at.minute


def next_run_at(
    schedule: Schedule | None, zone: str, pauses: Sequence[Pause], last: LastRun | None, now: datetime
) -> datetime | None:
    """The moment from which the source is due; it is due when that is not after `now`. None: never, or it works.

    A source that never ran has missed nothing: its first run waits for the next time of the schedule.
    """
    if schedule is None or (last is not None and last.state in {"queued", "running"}):
        return None
    place = ZoneInfo(zone)
    if schedule.at is not None:
        due = next_local_time(now, schedule.at, place) if last is None else _after_last(schedule.at, place, last)
    else:
        due = _after_interval(schedule.every_s or ASTERISK_EVERY_S, last, now)
    soonest = max(due, now)
    return after_pauses(soonest, place, pauses) if paused(soonest, place, pauses) else due


def _after_last(at: time, zone: ZoneInfo, last: LastRun) -> datetime:
    """The first time of the schedule that no run covers; sooner after a failure, never within the spacing."""
    soonest = last.queued_at + LEGACY_SPACING
    return soonest if last.state == "failed" else max(soonest, next_local_time(last.queued_at, at, zone))


def _after_interval(every_s: float, last: LastRun | None, now: datetime) -> datetime:
    if last is None:
        return now
    ended = last.finished_at or last.queued_at
    due = max(last.queued_at + timedelta(seconds=every_s), ended)
    return max(due, ended + FAILED_SPACING) if last.state == "failed" else due


def next_local_time(after: datetime, at: time, zone: ZoneInfo) -> datetime:
    """The first moment after `after` at which the zone's clocks show `at`, once for each local day."""
    day = after.astimezone(zone).date() - timedelta(days=1)
    for n in range(DAYS_LOOKED_AT + 1):
        moment = datetime.combine(day + timedelta(days=n), at, tzinfo=zone).astimezone(UTC)
        if moment > after:
            return moment
    raise AssertionError(f"no {at} within {DAYS_LOOKED_AT} days of {after}")


def after_pauses(moment: datetime, zone: ZoneInfo, pauses: Sequence[Pause]) -> datetime:
    """The first minute from this moment on that no pause covers; the moment itself when all minutes are covered."""
    later = moment
    for _ in range(_DAY_MINUTES):
        if not paused(later, zone, pauses):
            return later
        later = later.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return moment + timedelta(days=1)


def paused(moment: datetime, zone: ZoneInfo, pauses: Sequence[Pause]) -> bool:
    """Whether the source is to be left alone at this moment."""
    return any(pause.covers(moment, zone) for pause in pauses)


def nightly_tables(names: Sequence[str], today: date, days: int) -> list[str]:
    """The tables of a nightly run: current and previous quarter, those of the last days, and what is no quarter.

    A current table that is not there yet is normal; where none of them is there, the newest is read.
    """
    oldest = min(_quarter_of(today - timedelta(days=days)), _before(_quarter_of(today)))
    quarters = {name: (int(found[2]), int(found[1])) for name in names if (found := TABLE_NAME.match(name))}
    wanted = [name for name in names if name not in quarters or oldest <= quarters[name]]
    if any(name in quarters for name in wanted) or not quarters:
        return wanted
    return [*wanted, max(quarters, key=quarters.__getitem__)]


def current_table(today: date) -> str:
    year, quarter = _quarter_of(today)
    return f"tbl_historico_t{quarter}_{year}"


def _quarter_of(day: date) -> tuple[int, int]:
    return day.year, (day.month - 1) // 3 + 1


def _before(quarter: tuple[int, int]) -> tuple[int, int]:
    year, number = quarter
    return (year, number - 1) if number > 1 else (year - 1, 4)
