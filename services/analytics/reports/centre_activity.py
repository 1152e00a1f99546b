"""`centres-by-segment`: which centres are at work and which have fallen silent.

Idle days are counted from the centre's own last day with calls, not from the end of its month, to the end of the
period or of the data, whichever comes first.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from services.analytics.navigation import Known
from services.analytics.question import Cell, zone_of
from services.analytics.reports.model import Chart, Column, Listing, Report, Request, Table, share

BUSY_CALLS: Final = 1_000  # the customer's own classes: below, a quiet day says nothing
MEDIUM_CALLS: Final = 100
INSIDE_DAYS: Final = 3
AT_RISK_DAYS: Final = 5
FOLLOW_UP_DAYS: Final = {True: 1, False: 3}  # of a busy centre at once
ESCALATE_DAYS: Final = 5
SATURDAY: Final = 6

COLUMNS = (
    Column("segment", "text", "Segmento", "Segment"),
    Column("centre", "text", "Centro", "Centre"),
    Column("calls", "integer", "Llamadas", "Calls"),
    Column("weekday_share", "ratio", "% entre semana", "% on weekdays"),
    Column("first_day", "date", "Primera actividad", "First activity"),
    Column("last_day", "date", "Última actividad", "Last activity"),
    Column("working_days", "integer", "Días hábiles del periodo", "Working days of the period"),
    Column("idle_working_days", "integer", "Días hábiles sin llamadas", "Idle working days"),
    Column("follow_up_on", "date", "Seguimiento", "Follow up on"),
    Column("escalate_on", "date", "Escalar", "Escalate on"),
    Column("class", "text", "Clase SLA", "SLA class"),
    Column("share_of_segment", "ratio", "% del segmento", "% of the segment"),
    Column("rank", "integer", "Lugar", "Rank"),
    Column("activity_percentile", "ratio", "Percentil de actividad", "Activity percentile"),
    Column("share_of_leader", "ratio", "% del primero", "% of the leader"),
)


def statement(request: Request, known: Known) -> tuple[str, tuple[Any, ...]]:
    """From the days of the rollups where they cover the period, else from the calls."""
    zone = zone_of(request.zone)
    since, until = request.since.astimezone(zone), request.until.astimezone(zone)
    segment = request.segment or request.own_segment
    whole_days = since.time() == until.time() == time()
    if known.complete and known.zones == {request.zone} and whole_days:
        return "centre_activity", (since.date(), until.date(), segment)
    return "centre_activity_facts", (request.since, request.until, request.zone, segment)


def build(request: Request, records: Sequence[Mapping[str, Any]]) -> Table:
    zone = zone_of(request.zone)
    first = request.since.astimezone(zone).date()
    last = (request.until - timedelta(microseconds=1)).astimezone(zone).date()
    by_segment: dict[str, list[Mapping[str, Any]]] = {}
    for row in records:
        by_segment.setdefault(row["segment"], []).append(row)
    rows: list[list[Cell]] = []
    for _, centres in sorted(by_segment.items()):
        ranked = sorted(centres, key=lambda row: (-row["calls"], row["centre"]))
        rows += [_row(row, place, ranked, first, last) for place, row in enumerate(ranked)]
    return Table(COLUMNS, rows)


def _row(
    row: Mapping[str, Any], place: int, ranked: Sequence[Mapping[str, Any]], first: date, last: date
) -> list[Cell]:
    holidays = frozenset(row["holidays"] or ())
    seen_until = min(last, _local_day(row["data_until"], last))
    idle = working_days(row["last_day"] + timedelta(days=1), seen_until, holidays)
    calls: int = row["calls"]
    total = sum(each["calls"] for each in ranked)
    busy = calls >= BUSY_CALLS
    return [
        row["segment"],
        row["centre"],
        calls,
        share(row["weekday_calls"], calls),
        row["first_day"].isoformat(),
        row["last_day"].isoformat(),
        working_days(first, seen_until, holidays),
        idle,
        after_working_days(row["last_day"], FOLLOW_UP_DAYS[busy], holidays).isoformat(),
        after_working_days(row["last_day"], ESCALATE_DAYS, holidays).isoformat(),
        classify(calls, idle),
        share(calls, total),
        place + 1,
        share(len(ranked) - place, len(ranked)),
        share(calls, ranked[0]["calls"]),
    ]


def classify(calls: int, idle: int) -> str:
    if calls < MEDIUM_CALLS:
        return "BAJO_VOLUMEN"
    if calls < BUSY_CALLS:
        return "VOLUMEN_MEDIO"
    if idle == 0:
        return "ACTIVO_HOY"
    if idle <= INSIDE_DAYS:
        return "DENTRO_SLA"
    return "RIESGO_SLA" if idle <= AT_RISK_DAYS else "FUERA_SLA"


def working_days(first: date, last: date, holidays: frozenset[date]) -> int:
    """Mondays to Fridays in [first, last] that are no holiday."""
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return sum(day.isoweekday() < SATURDAY and day not in holidays for day in days)


def after_working_days(day: date, count: int, holidays: frozenset[date]) -> date:
    """The day that lies `count` working days later."""
    while count:
        day += timedelta(days=1)
        count -= day.isoweekday() < SATURDAY and day not in holidays
    return day


def _local_day(moment: datetime | date | None, fallback: date) -> date:
    if moment is None:
        return fallback
    return moment.date() if isinstance(moment, datetime) else moment


REPORT = Report(
    "centres-by-segment",
    "legacy",
    "Centros por segmento",
    "Centres by segment",
    listing=Listing(statement, build),
    chart=Chart("centre", "calls"),
)
