"""A range put together from the largest pieces that fit: months, days, and at its ends the calls themselves. Pure.

A range from 10 January to 20 November reads nine months and 42 days instead of 315 days; one that ends at a quarter
past ten reads that day's calls one by one, each as a row of a rollup that counts one call.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Final, Literal, TypeAlias

from services.analytics.catalog import SourceKind
from services.analytics.facts import PREDICATES, SUMS, VALUES
from services.analytics.relations import Scope, Span, days_within, midnight, months_within

Width: TypeAlias = Literal["month", "day"]

# Columns that months and days both have. Days count in integers where months need bigints: without a cast PostgreSQL
# would not carry conditions and unused columns into the parts of the union.
_KEYS: Final[Mapping[SourceKind, Sequence[str]]] = {
    "legacy": (
        *("source", "did", "segment", "menu", "menu_kind", "menu_abandoned", "menu_goal"),
        *("option", "centre", "centre_kind"),
    ),
    "asterisk": ("source", "queue", "agent"),
}
_COUNTS: Final[Mapping[SourceKind, Sequence[str]]] = {
    "legacy": (
        *("calls", "abandoned", "transferred", "ended_in_ivr", "no_typed_line", "same_line", "different_line"),
        *("menu_errors", "swapped_times", "weekday_calls", "weekend_calls"),
    ),
    "asterisk": (
        *("offered", "answered", "abandoned", "timed_out", "key_exits", "empty_exits", "withdrawn", "flowed_out"),
        *("open", "transfers", "ring_no_answer"),
    ),
}
# What is kept of a value that calls have (facts.py): how many have it, sum, greatest and sketch, where there are.
_MEASURES: Final[Mapping[SourceKind, Mapping[str, tuple[str, str, str]]]] = {
    "legacy": {"duration_s": ("duration_n", "duration_s_total", "duration_s_max")},
    "asterisk": {
        "wait_s": ("wait_n", "wait_s_total", "wait_s_max"),
        "wait_answered_s": ("wait_answered_n", "wait_answered_s_total", ""),
        "wait_queued_s": ("queued_n", "", ""),
        "talk_s": ("talk_n", "talk_s_total", ""),
        "duration_s": ("duration_n", "duration_s_total", "duration_s_max"),
    },
}
_SUM_TYPES: Final[Mapping[SourceKind, str]] = {"legacy": "bigint", "asterisk": "float8"}
_MOST_TYPES: Final[Mapping[SourceKind, str]] = {"legacy": "integer", "asterisk": "float8"}
_SKETCHES: Final[Mapping[SourceKind, Mapping[str, str]]] = {
    "legacy": {"durations": VALUES["legacy"]["duration_s"]},
    "asterisk": {
        "waits_answered": VALUES["asterisk"]["wait_answered_s"],
        "waits_abandoned": "CASE WHEN calls.exit = 'abandoned' THEN calls.wait_s END",
        "waits_other": "CASE WHEN calls.exit NOT IN ('open', 'answered', 'abandoned') THEN calls.wait_s END",
        "talks": VALUES["asterisk"]["talk_s"],
        "durations": VALUES["asterisk"]["duration_s"],
    },
}


# Views with the rows of all DIDs or queues together, by width and grain; other grains are small enough as they are.
_TOGETHER: Final[Mapping[tuple[SourceKind, str, int], str]] = {
    ("legacy", "day", 1): "legacy_day_totals",
    ("legacy", "month", 2): "legacy_menu_months",
    ("asterisk", "day", 1): "queue_day_totals",
    ("asterisk", "month", 2): "queue_agent_months",
}


def view_of(kind: SourceKind, width: str, grain: int, *, together: bool) -> str:
    """The view of these rows; of all cells `together` where that is enough and there is one."""
    told = f"{'legacy' if kind == 'legacy' else 'queue'}_{width}s"
    return f"ivr.{_TOGETHER.get((kind, width, grain), told) if together else told}_v1"


def pieces(kind: SourceKind, grain: int, scope: Scope, *, zone: str, months: bool, together: bool = False) -> str:
    """The rows of the span; `day` is the first day of each in this zone. Only for spans that hold a whole day."""
    days = days_within(scope.span, zone)
    if days is None:
        raise AssertionError("the span has no whole day")
    parts = [_calls(kind, grain, zone, each, scope) for each in call_by_call(scope.span, zone)]
    whole = months_within(*days) if months else None
    views: dict[Width, str] = {width: view_of(kind, width, grain, together=together) for width in ("month", "day")}
    if whole is None:
        return f"({' UNION ALL '.join([_rows(kind, 'day', views['day'], grain, days, scope), *parts])}) AS calls"
    edges = [each for each in ((days[0], whole[0]), (whole[1], days[1])) if each[0] < each[1]]
    parts = [*(_rows(kind, "day", views["day"], grain, each, scope) for each in edges), *parts]
    return f"({' UNION ALL '.join([_rows(kind, 'month', views['month'], grain, whole, scope), *parts])}) AS calls"


def call_by_call(span: Span, zone: str) -> Iterator[Span]:
    """What a span with a whole day has before its first one and after its last one: there calls are read one by one."""
    days = days_within(span, zone)
    if days is None:
        return
    since, until = (midnight(day, zone) for day in days)
    if span[0] < since:
        yield span[0], since
    if until < span[1]:
        yield until, span[1]


def _rows(kind: SourceKind, width: Width, view: str, grain: int, days: tuple[date, date], scope: Scope) -> str:
    shown = [f"calls.{width} AS day", "calls.grain", *(f"calls.{name}" for name in _KEYS[kind])]
    shown += [f"calls.{name}::bigint AS {name}" for name in _COUNTS[kind]]
    for n, total, most in _MEASURES[kind].values():
        shown.append(f"calls.{n}::bigint AS {n}")
        shown += [f"calls.{name}" for name in (total, most) if name]
    shown += [f"calls.{name}" for name in _SKETCHES[kind]]
    since, until = (scope.parameters.bind(day, "date") for day in days)
    return (
        f"SELECT {', '.join(shown)} FROM {view} AS calls"  # noqa: S608 - declared names and bound values
        f" WHERE calls.grain = {grain} AND calls.{width} >= {since} AND calls.{width} < {until}"
    )


def _calls(kind: SourceKind, grain: int, zone: str, span: tuple[datetime, datetime], scope: Scope) -> str:
    """Each call as the row of a rollup that has counted nothing else."""
    time = "calls.started_at" if kind == "legacy" else "calls.entered_at"
    shown = [f"({time} AT TIME ZONE {scope.parameters.bind(zone, 'text')})::date AS day", f"{grain}::smallint AS grain"]
    shown += [f"calls.{name}" for name in _KEYS[kind]]
    for name in _COUNTS[kind]:
        counted = SUMS[kind].get(name) or f"(({PREDICATES[kind][name]}) IS TRUE)::integer"
        shown.append(f"({counted})::bigint AS {name}")
    for value, (n, total, most) in _MEASURES[kind].items():
        sql = VALUES[kind][value]
        shown.append(f"(({sql}) IS NOT NULL)::integer::bigint AS {n}")
        if total:
            shown.append(f"coalesce({sql}, 0)::{_SUM_TYPES[kind]} AS {total}")
        if most:
            shown.append(f"({sql})::{_MOST_TYPES[kind]} AS {most}")
    # Sketches of one row are joined: nothing would make all of them nothing.
    for name, sql in _SKETCHES[kind].items():
        shown.append(f"coalesce(ivr.sketch_entry(ivr.value_code(({sql})::float8), 1), ''::bytea) AS {name}")
    since, until = (scope.parameters.bind(instant, "timestamptz") for instant in span)
    view = "ivr.legacy_calls_v1" if kind == "legacy" else "ivr.queue_calls_v1"
    sql = f"SELECT {', '.join(shown)} FROM {view} AS calls WHERE {time} >= {since} AND {time} < {until}"  # noqa: S608 - declared names and bound values
    return scope.parameters.fill(sql, scope.question)
