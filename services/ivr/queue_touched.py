"""Which rollup rows the calls of one transaction touch. Pure.

A batch of seconds touches single cells of single buckets; a load of days touches whole days, and then counting which
cells would cost more than counting them all.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from services.ivr.clock import moment
from services.ivr.copy_fields import EPOCH_2000
from services.ivr.event_columns import MICRO, Ints, Names
from services.ivr.queue_rollups import HOUR_S, QUARTER_S, Days
from services.ivr.queue_telling import CallColumns

SINGLE_CALLS_MAX: Final = 2_000  # more touch most cells of their days anyway
RUN_DAYS_MAX: Final = 31  # facts that are held at once while days are rolled up

Pair = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class FreshCall:
    call_id: int
    caller_id: int
    entered_at: float


@dataclass(slots=True)
class Touched:
    """Collected call by call, or by the slice where there are too many."""

    quarters: set[int] = field(default_factory=set)
    single: set[tuple[int, str, str | None]] = field(default_factory=set)  # quarter, queue, agent
    fresh: list[FreshCall] = field(default_factory=list)
    calls: int = 0

    @property
    def in_bulk(self) -> bool:
        return self.calls > SINGLE_CALLS_MAX

    def add(self, calls: CallColumns, names: Names, before: dict[int, tuple[bool, str | None]] | None) -> None:
        """Calls that were written; `before` is who had them in the facts, left out of a slice that is too large."""
        self.calls += len(calls) if before is not None else SINGLE_CALLS_MAX + 1
        quarters = (calls.entered_at // QUARTER_S).astype(np.int64)
        self.quarters.update(np.unique(quarters).tolist())
        if before is None:
            return
        for n, quarter in enumerate(quarters.tolist()):
            queue, agent = names.texts[calls.queue[n]], names.texts[calls.agent[n]] or None
            call_id = int(calls.call_id[n])
            is_new, agent_before = before[call_id]
            self.single.add((quarter, queue, agent))
            if is_new:
                self.fresh.append(FreshCall(call_id, int(calls.caller_id[n]), float(calls.entered_at[n])))
            else:
                self.single.add((quarter, queue, agent_before))

    def fresh_since(self, first: date | None, zone: ZoneInfo) -> list[FreshCall]:
        """New calls from this local day on."""
        return [call for call in self.fresh if first is None or local_day(call.entered_at, zone) >= first]

    def days(self, zone: ZoneInfo) -> set[date]:
        return {local_day(quarter * QUARTER_S, zone) for quarter in self.quarters}

    def days_single(self, zone: ZoneInfo) -> set[date]:
        """Days of the calls that were taken one by one."""
        return {local_day(quarter * QUARTER_S, zone) for quarter, _, _ in self.single}


def days_touched(calls: CallColumns, zone: ZoneInfo) -> set[date]:
    quarters = np.unique((calls.entered_at // QUARTER_S).astype(np.int64))
    return {local_day(quarter * QUARTER_S, zone) for quarter in quarters.tolist()}


def pairs_of(calls: CallColumns, names: Names) -> set[Pair]:
    pairs = np.unique((calls.queue << 32) | calls.agent).tolist()
    return {(names.texts[pair >> 32], names.texts[pair & 0xFFFFFFFF] or None) for pair in pairs}


def cell_columns(calls: CallColumns, names: Names, cells: dict[Pair, tuple[int, int]]) -> tuple[Ints, Ints]:
    """Of each call the cell of its queue, and that of its queue and agent."""
    pairs, row = np.unique((calls.queue << 32) | calls.agent, return_inverse=True)
    found = [cells[names.texts[pair >> 32], names.texts[pair & 0xFFFFFFFF] or None] for pair in pairs.tolist()]
    both = np.array(found, dtype=np.int64).reshape(-1, 2)[row]
    return both[:, 0], both[:, 1]


def local_day(epoch: float, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(epoch, zone).date()


def runs_of(days: set[date], days_max: int = RUN_DAYS_MAX) -> list[list[date]]:
    """Days in order, cut where one is missing and where there are too many."""
    runs: list[list[date]] = []
    for day in sorted(days):
        if runs and len(runs[-1]) < days_max and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def months_of(since: date, until: date) -> list[date]:
    """The first days of the months that lie in [since, until)."""
    months = [since.replace(day=1)]
    while (following := next_month(months[-1])) < until:
        months.append(following)
    return months


def days_of(run: list[date], zone: ZoneInfo) -> Days:
    """Where consecutive local days begin and the last one ends."""
    starts = [datetime(day.year, day.month, day.day, tzinfo=zone) for day in (*run, run[-1] + timedelta(days=1))]
    return Days(run, np.array([(int(start.timestamp()) - EPOCH_2000) * MICRO for start in starts], dtype=np.int64))


def whole_hours(days: Days) -> tuple[datetime, datetime]:
    """The full hours of UTC that hold these days: a zone may be half an hour away from them."""
    since, until = (int(days.starts[n]) // MICRO + EPOCH_2000 for n in (0, -1))
    return (
        moment(since // HOUR_S * HOUR_S).astimezone(UTC),
        moment(-(-until // HOUR_S) * HOUR_S).astimezone(UTC),
    )


def repeat_days(touched: set[date], before: float | None, as_of: float | None, zone: ZoneInfo) -> set[date]:
    """Days whose repeats can differ: a week before each touched one, and those that the data's end has passed over."""
    found = {day - timedelta(days=n) for day in touched for n in range(8)}
    if as_of is not None and before is not None:
        day, last = local_day(before, zone) - timedelta(days=8), local_day(as_of, zone)
        while day <= last:
            found.add(day)
            day += timedelta(days=1)
    return found
