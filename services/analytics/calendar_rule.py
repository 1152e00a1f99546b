"""When a schedule runs, and which period its report is about. Pure; wall clocks of the rule's zone, UTC outside."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, TypeAlias, assert_never
from zoneinfo import ZoneInfo

from services.analytics.periods import MONTHS_A_QUARTER, add_months, to_local, to_utc

Every: TypeAlias = Literal["day", "week", "month", "quarter"]
DAYS_AHEAD_MAX = 366  # every rule runs at least once a quarter


@dataclass(frozen=True, slots=True)
class CalendarRule:
    """`weekday` is 1 (Monday) to 7 and counts for weeks; `day` is 1 to 28 of a month or of a quarter's first month."""

    every: Every
    at: time
    zone: ZoneInfo
    weekday: int = 1
    day: int = 1


def next_run(rule: CalendarRule, after: datetime) -> datetime:
    """The first moment later than `after` at which the rule runs."""
    today = to_local(after, rule.zone).date()
    for ahead in range(DAYS_AHEAD_MAX + 1):
        day = today + timedelta(days=ahead)
        if _runs_on(rule, day):
            # A wall-clock time that a change of clocks skips is the same distance behind it; both exist in UTC.
            moment = to_utc(datetime.combine(day, rule.at), rule.zone)
            if moment > after:
                return moment
    raise AssertionError("every rule runs within a year")


def _runs_on(rule: CalendarRule, day: date) -> bool:
    match rule.every:
        case "day":
            return True
        case "week":
            return day.isoweekday() == rule.weekday
        case "month":
            return day.day == rule.day
        case "quarter":
            return day.day == rule.day and day.month % MONTHS_A_QUARTER == 1
        case _:
            assert_never(rule.every)


def period_before(rule: CalendarRule, planned: datetime) -> tuple[date, date]:
    """[since, until) of the last whole day, week (Monday to Sunday), month or quarter before a run."""
    local = to_local(planned, rule.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    match rule.every:
        case "day":
            since, until = local - timedelta(days=1), local
        case "week":
            until = local - timedelta(days=local.isoweekday() - 1)
            since = until - timedelta(days=7)
        case "month":
            until = local.replace(day=1)
            since = add_months(until, -1)
        case "quarter":
            until = add_months(local.replace(day=1), -((local.month - 1) % MONTHS_A_QUARTER))
            since = add_months(until, -MONTHS_A_QUARTER)
        case _:
            assert_never(rule.every)
    return since.date(), until.date()
