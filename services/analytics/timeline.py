"""Buckets of time, as PostgreSQL makes them: UTC steps below a day, wall-clock days and longer above.

Days of 23 and 25 hours come out right because a day is cut on the wall clock of the zone and an hour is not.
"""

from datetime import datetime
from typing import TypeAlias

from services.analytics.parameters import Parameters
from services.analytics.periods import Comparison
from services.analytics.question import Granularity, Question

Span: TypeAlias = tuple[datetime, datetime]

STRIDES: dict[str, str] = {"15min": "15 minutes", "30min": "30 minutes", "hour": "1 hour"}
STEPS: dict[str, str] = {
    "day": "1 day",
    "week": "1 week",
    "month": "1 month",
    "quarter": "3 months",
    "year": "1 year",
}
# An instant before the open end of a range: PostgreSQL's clock ticks in microseconds.
TICK = "interval '1 microsecond'"


def bucket(granularity: Granularity, time: str, since: datetime, zone: str, parameters: Parameters) -> str:
    """The beginning of the bucket that `time` falls into. `since` anchors steps below a day at a local midnight."""
    zone_sql = parameters.bind(zone, "text")
    if granularity in STRIDES:
        # Zones whose offset is not a whole hour start their hours at their own midnight, not at UTC's.
        anchor = f"date_trunc('day', {parameters.bind(since, 'timestamptz')}, {zone_sql})"
        return f"date_bin(interval '{STRIDES[granularity]}', {time}, {anchor})"
    return f"date_trunc('{granularity}', {time}, {zone_sql})"


def buckets(granularity: Granularity, span: Span, zone: str, parameters: Parameters) -> str:
    """Every bucket that touches the span: (bucket, ordinal)."""
    since, until = (parameters.bind(instant, "timestamptz") for instant in span)
    if granularity in STRIDES:
        first = bucket(granularity, since, span[0], zone, parameters)
        series = f"generate_series({first}, {until} - {TICK}, interval '{STRIDES[granularity]}')"
        return f"SELECT bucket, row_number() OVER (ORDER BY bucket) AS ordinal FROM {series} AS bucket"  # noqa: S608 - only bound values
    zone_sql = parameters.bind(zone, "text")
    first = f"date_trunc('{granularity}', {since} AT TIME ZONE {zone_sql})"
    last = f"({until} - {TICK}) AT TIME ZONE {zone_sql}"
    series = f"generate_series({first}, {last}, interval '{STEPS[granularity]}')"
    return (
        f"SELECT local_time AT TIME ZONE {zone_sql} AS bucket, row_number() OVER (ORDER BY local_time) AS ordinal"  # noqa: S608 - only bound values
        f" FROM {series} AS local_time"
    )


def timeline(question: Question, parameters: Parameters) -> str:
    """Every bucket of the question, with its counterpart when it is compared."""
    span = (question.since, question.until)
    if question.comparison is None:
        return f"SELECT bucket FROM ({buckets(question.granularity, span, question.zone, parameters)}) AS own"  # noqa: S608 - only bound values
    return paired_buckets(question.granularity, span, question.comparison, question.zone, parameters)


def paired_buckets(
    granularity: Granularity, span: Span, comparison: Comparison, zone: str, parameters: Parameters
) -> str:
    """Every bucket of the span with its counterpart in the compared period: (bucket, bucket_before or null).

    Up to a day the counterpart has the same time on the wall clock; longer buckets are paired by their order.
    """
    own = buckets(granularity, span, zone, parameters)
    other_span = (comparison.since, comparison.until)
    others = buckets(granularity, other_span, zone, parameters)
    if granularity not in (*STRIDES, "day"):
        return (
            "SELECT own.bucket, others.bucket AS bucket_before"  # noqa: S608 - only bound values
            f" FROM ({own}) AS own LEFT JOIN ({others}) AS others USING (ordinal)"
        )
    zone_sql = parameters.bind(zone, "text")
    shift = (
        f"make_interval(months => {parameters.bind(comparison.shift.months, 'int')},"
        f" days => {parameters.bind(comparison.shift.days, 'int')},"
        f" secs => {parameters.bind(comparison.shift.seconds, 'float8')})"
    )
    moved = f"((own.bucket AT TIME ZONE {zone_sql}) - {shift}) AT TIME ZONE {zone_sql}"
    counterpart = bucket(granularity, moved, other_span[0], zone, parameters)
    return (
        f"SELECT own.bucket, others.bucket AS bucket_before FROM ({own}) AS own"  # noqa: S608 - only bound values
        f" LEFT JOIN ({others}) AS others ON others.bucket = {counterpart}"
    )
