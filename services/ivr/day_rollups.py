"""All rollup rows of some local days of queue calls, counted together. Pure."""

from dataclasses import dataclass

from services.ivr.copy_fields import EPOCH_2000
from services.ivr.event_columns import MICRO, Ints
from services.ivr.queue_pack import Facts
from services.ivr.queue_rollups import Days, Row, bucket_rows, callers_of, day_rows
from services.ivr.queue_touched import whole_hours


@dataclass(frozen=True, slots=True)
class DayRollups:
    """`buckets` by their seconds; `callers` the different ones of each day's number and queue's cell."""

    days: Days
    buckets: dict[int, list[Row]]
    day_rows: list[Row]
    callers: dict[tuple[int, int], Ints]


def count_days(facts: Facts, source_id: int, days: Days, bucket_seconds: tuple[int, ...]) -> DayRollups:
    """From all facts of the hours that hold these days; others are left out."""
    since, until = (round((at.timestamp() - EPOCH_2000) * MICRO) for at in whole_hours(days))
    facts = facts[(facts["entered_at"] >= since) & (facts["entered_at"] < until)]
    buckets = {seconds: bucket_rows(facts, source_id, seconds) for seconds in bucket_seconds}
    facts = inside(facts, days)
    return DayRollups(days, buckets, day_rows(facts, source_id, days), callers_of(facts, days))


def inside(facts: Facts, days: Days) -> Facts:
    """The facts of these days alone."""
    entered = facts["entered_at"]
    found: Facts = facts[(entered >= days.starts[0]) & (entered < days.starts[-1])]
    return found
