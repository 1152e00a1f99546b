"""What the compiler asks of a route: facts, a rollup, or a table of callers or repeats. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Protocol, TypeAlias
from zoneinfo import ZoneInfo

from services.analytics.catalog import SourceKind
from services.analytics.parameters import Parameters
from services.analytics.periods import to_local, to_utc
from services.analytics.question import Question

Span: TypeAlias = tuple[datetime, datetime]
# Changes of the clocks lie weeks apart, so offsets seen once a week are all that a range has.
OFFSETS_SEEN_EVERY = timedelta(days=7)
MONTH_AT_MOST = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Scope:
    """One reading of a route: the question, the span that is read, and the statement's parameters."""

    question: Question
    span: Span
    parameters: Parameters

    def instants(self) -> tuple[str, str]:
        since, until = self.span
        return self.parameters.bind(since, "timestamptz"), self.parameters.bind(until, "timestamptz")

    def days(self) -> tuple[str, str]:
        """The local days of the span, half open; only for spans of whole local days."""
        since, until = local_days(self.span, self.question.zone)
        return self.parameters.bind(since, "date"), self.parameters.bind(until, "date")


class Route(Protocol):
    """Rows to group. Expressions name the relation `calls`; `{names}` in them become bound parameters."""

    @property
    def kind(self) -> SourceKind: ...

    @property
    def name(self) -> str: ...

    @property
    def filters_inside(self) -> bool:
        """Whether the relation has applied the question's filters itself, before it counted."""

    def relation(self, scope: Scope) -> str:
        """What stands after FROM."""

    def within(self, scope: Scope) -> Iterator[str]:
        """The conditions that hold the rows to the span."""

    def bucket(self, scope: Scope) -> str:
        """The beginning of the bucket that a row falls into."""

    def dimension(self, name: str) -> str:
        """A row's value of a dimension."""


def local_days(span: Span, zone: str) -> tuple[date, date]:
    place = ZoneInfo(zone)
    return to_local(span[0], place).date(), to_local(span[1], place).date()


def whole_days(span: Span, zone: str) -> bool:
    """Whether both ends are the beginning of a local day."""
    place = ZoneInfo(zone)
    return all(instant == _midnight(to_local(instant, place).date(), place) for instant in span)


def whole_periods(span: Span, zone: str, months: int) -> bool:
    """Whether both ends are the beginning of a month, quarter (3) or year (12) of the zone."""
    return whole_days(span, zone) and all(
        day.day == 1 and (day.month - 1) % months == 0 for day in local_days(span, zone)
    )


def days_within(span: Span, zone: str) -> tuple[date, date] | None:
    """The local days that lie whole in the span, as [first, the day after the last); None where none does."""
    since, until = local_days(span, zone)
    if _midnight(since, ZoneInfo(zone)) < span[0]:
        since += timedelta(days=1)
    return (since, until) if since < until else None


def months_within(since: date, until: date) -> tuple[date, date] | None:
    """The months that lie whole in [since, until), as [first day, first day after them); None where none does."""
    first = since if since.day == 1 else (since.replace(day=1) + MONTH_AT_MOST).replace(day=1)
    last = until.replace(day=1)
    return (first, last) if first < last else None


def whole_months(span: Span, zone: str) -> tuple[date, date] | None:
    """The whole months of a span that is made of whole days; None for any other, and where there is none."""
    return months_within(*local_days(span, zone)) if whole_days(span, zone) else None


def whole_steps(span: Span, step_s: int) -> bool:
    """Whether both ends lie on a multiple of the step in UTC."""
    return all(instant.timestamp() % step_s == 0 for instant in span)


@lru_cache(maxsize=1_024)  # a few zones times the ranges of one screen
def offsets_fit(span: Span, zone: str, step_s: int) -> bool:
    """Whether the wall clock of the zone shows multiples of the step at multiples of the step, all through the span."""
    place = ZoneInfo(zone)
    at, until = span[0] - timedelta(days=1), span[1] + timedelta(days=1)
    while at < until:
        offset = at.astimezone(place).utcoffset() or timedelta()
        if offset.total_seconds() % step_s:
            return False
        at += OFFSETS_SEEN_EVERY
    return True


def midnight(day: date, zone: str) -> datetime:
    """The beginning of a local day."""
    return _midnight(day, ZoneInfo(zone))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return to_utc(datetime(day.year, day.month, day.day), zone)  # noqa: DTZ001 - wall clock
