"""How the facts (`ivr.*_v1`) express the catalogue's counts, values and dimensions in SQL.

The last route: exact for everything, as slow as the calls are many. A `{name}` in an expression is replaced by a
bound parameter; nothing that a client sends ever becomes part of the text.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeAlias

from services.analytics.catalog import (
    Catalog,
    Concurrency,
    Count,
    Distinct,
    Maximum,
    Mean,
    Occupancy,
    Percentile,
    Ratio,
    Recipe,
    ServiceLevelRatio,
    SignedIn,
    SourceKind,
)
from services.analytics.dimensions import DURATION_BANDS_S, WAIT_BANDS_S
from services.analytics.expressions import Plain, Raw
from services.analytics.metrics_asterisk import SERVICE_LEVEL_VARIANTS
from services.analytics.question import ServiceLevel
from services.analytics.relations import Scope
from services.analytics.timeline import bucket

Moment: TypeAlias = Literal["entry", "left", "ended"]

HOUR_S = 3_600
# Windows in which another call of the same caller counts as a repeat.
REPEAT_WINDOWS_S = {"1h": HOUR_S, "24h": 24 * HOUR_S, "7d": 7 * 24 * HOUR_S}


def _bands(value: str, upper_bounds: Iterable[int]) -> str:
    steps = " ".join(f"WHEN {value} <= {upper} THEN {index}" for index, upper in enumerate(upper_bounds))
    return f"CASE {steps} WHEN {value} IS NOT NULL THEN {len(tuple(upper_bounds))} END"


def _repeat_counts(time: str) -> dict[str, str]:
    """Counts that look at the same caller's next call; a window that the data does not cover yet is left out."""
    counts: dict[str, str] = {}
    for name, window_s in REPEAT_WINDOWS_S.items():
        end = f"{time} + interval '{window_s} seconds'"
        known = f"(calls.caller_id <> 0 AND {end} <= calls.data_as_of)"
        counts[f"uncovered_{name}"] = f"({end} <= calls.data_as_of) IS NOT TRUE"
        counts[f"repeat_known_{name}"] = known
        counts[f"repeated_{name}"] = f"{known} AND calls.next_at <= {end}"
    return counts


LEGACY_REPEATS = _repeat_counts("calls.started_at")
ASTERISK_REPEATS = _repeat_counts("calls.entered_at")
_ENDED_IN_IVR = "calls.centre_kind IN ('hung_up', 'null')"
_CONTAINMENT = {
    "contained": f"{_ENDED_IN_IVR} AND (calls.menu_goal OR ({LEGACY_REPEATS['repeat_known_24h']}"
    f" AND ({LEGACY_REPEATS['repeated_24h']}) IS NOT TRUE))",
    "containment_known": f"({_ENDED_IN_IVR}) IS NOT TRUE OR calls.menu_goal OR {LEGACY_REPEATS['repeat_known_24h']}",
}

PREDICATES: Mapping[SourceKind, Mapping[str, str]] = {
    "legacy": {
        "calls": "true",
        "abandoned": "calls.menu_abandoned",
        "transferred": "calls.centre_kind = 'vdn'",
        "ended_in_ivr": _ENDED_IN_IVR,
        "same_line": "calls.line_kind = 'misma_linea'",
        "different_line": "calls.line_kind = 'linea_diferente'",
        "no_typed_line": "calls.line_kind = 'no_digito'",
        "weekday_calls": "extract(isodow FROM calls.started_at AT TIME ZONE {zone}) <= 5",
        "weekend_calls": "extract(isodow FROM calls.started_at AT TIME ZONE {zone}) > 5",
        "menu_errors": "calls.menu_kind = 'phone'",
        "swapped_times": "calls.swapped",
        **LEGACY_REPEATS,
        **_CONTAINMENT,
    },
    "asterisk": {
        "offered": "true",
        "answered": "calls.exit = 'answered'",
        "abandoned": "calls.exit = 'abandoned'",
        "short_abandoned": "calls.exit = 'abandoned' AND calls.wait_s <= {short_abandon_s}",
        "timed_out": "calls.exit = 'timeout'",
        "key_exits": "calls.exit = 'key_exit'",
        "empty_exits": "calls.exit = 'empty'",
        "withdrawn": "calls.exit = 'withdrawn'",
        "flowed_out": "calls.exit = 'flow_out'",
        "open": "calls.exit = 'open'",
        "answered_in_time": "calls.exit = 'answered' AND calls.wait_s {comparison} {threshold_s}",
        "abandoned_in_time": "calls.exit = 'abandoned' AND calls.wait_s {comparison} {threshold_s}",
        **ASTERISK_REPEATS,
    },
}
SUMS: Mapping[SourceKind, Mapping[str, str]] = {
    "legacy": {},
    "asterisk": {"transfers": "calls.transfers", "ring_no_answer": "calls.ring_no_answer"},
}
# One number a call, null where the call does not count.
VALUES: Mapping[SourceKind, Mapping[str, str]] = {
    "legacy": {"duration_s": "calls.duration_s", "caller_id": "nullif(calls.caller_id, 0)"},
    "asterisk": {
        "duration_s": "extract(epoch FROM calls.ended_at - calls.entered_at)::float8",
        "wait_s": "CASE WHEN calls.exit <> 'open' THEN calls.wait_s END",
        "wait_answered_s": "CASE WHEN calls.exit = 'answered' THEN calls.wait_s END",
        "wait_queued_s": "CASE WHEN calls.exit = 'answered' AND calls.wait_s > 0 THEN calls.wait_s END",
        "talk_s": "CASE WHEN calls.exit = 'answered' THEN calls.talk_s END",
        "caller_id": "nullif(calls.caller_id, 0)",
    },
}
_OUTCOME = (
    f"CASE WHEN calls.centre_kind = 'vdn' THEN 'transferred' WHEN {_ENDED_IN_IVR} THEN 'ended_in_ivr' "
    "ELSE 'unreadable' END"
)


CLOCK_DIMENSIONS = ("hour_of_day", "weekday", "is_holiday")


def _clock(time: str) -> dict[str, str]:
    local = f"({time} AT TIME ZONE {{zone}})"
    return {
        "hour_of_day": f"extract(hour FROM {local})::int",
        "weekday": f"extract(isodow FROM {local})::int",
        "is_holiday": f"({local}::date IN (SELECT holidays.day FROM ivr.holidays_v1 AS holidays))",  # noqa: S608 - declared here
    }


DIMENSION_SQL: Mapping[SourceKind, Mapping[str, str]] = {
    "legacy": {
        **{name: f"calls.{name}" for name in ("segment", "did", "centre", "menu", "option", "line_kind", "source")},
        "label": "labelled.label",
        "outcome": _OUTCOME,
        "duration_band": _bands("calls.duration_s", DURATION_BANDS_S),
        **_clock("calls.started_at"),
    },
    "asterisk": {
        **{name: f"calls.{name}" for name in ("queue", "agent", "exit", "source")},
        "duration_band": _bands("extract(epoch FROM calls.ended_at - calls.entered_at)", DURATION_BANDS_S),
        "wait_band": _bands("(CASE WHEN calls.exit <> 'open' THEN calls.wait_s END)", WAIT_BANDS_S),
        **_clock("calls.entered_at"),
    },
}
# A call with several labels is one row per label; one without stays, with a null.
LABEL_JOIN = "LEFT JOIN LATERAL (SELECT DISTINCT unnest(calls.labels) AS label) AS labelled ON true"


# Which moment a call is counted at where questions ask for the event. Nobody stays in a queue for longer than a day.
MOMENTS: Mapping[SourceKind, Mapping[Moment, str]] = {
    "legacy": {
        "entry": "calls.started_at",
        "left": "(calls.started_at + make_interval(secs => coalesce(calls.duration_s, 0)))",
        "ended": "(calls.started_at + make_interval(secs => coalesce(calls.duration_s, 0)))",
    },
    "asterisk": {
        "entry": "calls.entered_at",
        "left": "(calls.entered_at + make_interval(secs => coalesce(calls.wait_s, 0)))",
        "ended": "coalesce(calls.ended_at, calls.entered_at)",
    },
}
CALL_LENGTH_MAX = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Facts:
    """The calls themselves. `ahead` names the windows for which each call needs its caller's next one beside it."""

    kind: SourceKind
    ahead: tuple[str, ...] = ()
    # Another statement over the same calls, to count different values of a group by hashing (query.py says why).
    pairs: bool = False
    moment: Moment = "entry"

    @property
    def filters_inside(self) -> bool:
        return False

    @property
    def name(self) -> str:
        return "facts"

    @property
    def view(self) -> str:
        return "ivr.legacy_calls_v1" if self.kind == "legacy" else "ivr.queue_calls_v1"

    @property
    def time(self) -> str:
        return "started_at" if self.kind == "legacy" else "entered_at"

    def relation(self, scope: Scope) -> str:
        calls = f"{self._with_next_call(scope) if self.ahead else self.view} AS calls"
        return f"{calls} {LABEL_JOIN}" if self.kind == "legacy" and "label" in scope.question.dimensions else calls

    def within(self, scope: Scope) -> Iterator[str]:
        since, until = scope.instants()
        if self.moment == "entry":
            yield f"calls.{self.time} >= {since}"
        else:
            # The entry finds the partitions, the event decides.
            longest = scope.parameters.bind(scope.span[0] - CALL_LENGTH_MAX, "timestamptz")
            yield f"calls.{self.time} >= {longest}"
            yield f"{self._at} >= {since}"
            yield f"{self._at} < {until}"
        yield f"calls.{self.time} < {until}"

    @property
    def _at(self) -> str:
        return MOMENTS[self.kind][self.moment]

    def bucket(self, scope: Scope) -> str:
        question = scope.question
        return bucket(question.granularity, self._at, scope.span[0], question.zone, scope.parameters)

    def dimension(self, name: str) -> str:
        sql = DIMENSION_SQL[self.kind][name]
        return sql.replace(f"calls.{self.time}", self._at) if name in CLOCK_DIMENSIONS else sql

    def predicate(self, count: str) -> str | None:
        """The condition under which a call counts, or None when the count is a sum."""
        return PREDICATES[self.kind].get(count)

    def count(self, name: str) -> str:
        condition = self.predicate(name)
        if condition is None:
            return f"coalesce(sum({SUMS[self.kind][name]}), 0)::bigint"
        return "count(*)" if condition == "true" else f"count(*) FILTER (WHERE {condition})"

    def value(self, name: str) -> str:
        return VALUES[self.kind][name]

    def uncovered(self, window: str) -> str:
        """How many calls a window is not covered for yet."""
        return self.count(f"uncovered_{window}")

    def expression(self, recipe: Recipe, level: ServiceLevel) -> Plain:
        """One metric over a group of calls; facts need no sketch."""
        counts = isinstance(recipe, Count | Distinct)
        return Plain(Raw(self, self.aggregate(recipe, variant=level.variant), "bigint" if counts else "float8"))

    def aggregate(self, recipe: Recipe, *, variant: str) -> str:
        values = VALUES[self.kind]
        match recipe:
            case Count(count):
                sql = self.count(count)
            case Ratio():
                sql = self._ratio(recipe)
            case ServiceLevelRatio():
                sql = self._ratio(SERVICE_LEVEL_VARIANTS[variant])
            case Mean(value):
                sql = f"avg({values[value]})::float8"
            case Percentile(value, share):
                sql = f"(percentile_disc({share}) WITHIN GROUP (ORDER BY {values[value]}))::float8"
            case Maximum(value):
                sql = f"max({values[value]})::float8"
            case Distinct(value):
                sql = "count(*)" if self.pairs else f"count(DISTINCT {values[value]})"
            case SignedIn() | Occupancy() | Concurrency():
                raise AssertionError("what lasts is counted by lasting.py")
        return sql

    def _ratio(self, ratio: Ratio) -> str:
        return f"({self._terms(ratio.numerator)})::float8 / nullif({self._terms(ratio.denominator)}, 0)"

    def _terms(self, names: tuple[str, ...]) -> str:
        signed = (f"- {self.count(name[1:])}" if name.startswith("-") else f"+ {self.count(name)}" for name in names)
        return " ".join(signed)

    def _with_next_call(self, scope: Scope) -> str:
        """The calls of the span and of the longest window after it, each with its caller's next call."""
        parameters, time = scope.parameters, f"calls.{self.time}"
        ahead = timedelta(seconds=max(REPEAT_WINDOWS_S[window] for window in self.ahead))
        bounds = [
            f"{time} >= {parameters.bind(scope.span[0], 'timestamptz')}",
            f"{time} <= {parameters.bind(scope.span[1] + ahead, 'timestamptz')}",
        ]
        if scope.question.segment is not None:
            # What the caller may not see must not show through "somebody called again" either.
            bounds.append(f"calls.segment = {parameters.bind(scope.question.segment, 'text')}")
        return (
            f"(SELECT calls.*, version.data_as_of, lead({time}) OVER (PARTITION BY calls.caller_id"  # noqa: S608 - declared names and bound values
            f" ORDER BY {time}, calls.call_id) AS next_at FROM {self.view} AS calls"
            f" LEFT JOIN ivr.data_version_v1 AS version ON version.source = calls.source WHERE {' AND '.join(bounds)})"
        )


def counts_of(recipe: Recipe, *, variant: str) -> tuple[str, ...]:
    """The names of the counts that a metric is made of."""
    match recipe:
        case Count(count):
            return (count,)
        case Ratio(numerator, denominator):
            return tuple(name.removeprefix("-") for name in (*numerator, *denominator))
        case ServiceLevelRatio():
            return counts_of(SERVICE_LEVEL_VARIANTS[variant], variant=variant)
        case _:
            return ()


def moment_of(recipe: Recipe) -> Moment:
    """The moment of the event that a metric is about: a rate, a wait or an exit happens when the queue is left."""
    match recipe:
        case Count("calls" | "offered" | "open") | Distinct():
            return "entry"
        case Ratio() if any(repeat_window(count) for count in counts_of(recipe, variant="B")):
            return "entry"
        case Mean(value) | Percentile(value) | Maximum(value):
            return "left" if value.startswith("wait") else "ended"
        case Count("transfers"):
            return "ended"
        case _:
            return "left"


def repeat_window(count: str) -> str | None:
    """The window ("24h") that a count looks ahead, or None when it looks at its own call only."""
    if count in _CONTAINMENT:
        return "24h"
    name = count.rpartition("_")[2]
    return name if count.startswith(("repeated_", "repeat_known_", "uncovered_")) else None


def repeat_windows(catalog: Catalog, kind: SourceKind, metrics: Iterable[str]) -> tuple[str, ...]:
    """The windows that these metrics look ahead, shortest first."""
    recipes = [found.recipe for name in metrics if (found := catalog.metric(name, kind)) is not None]
    counts = {count for recipe in recipes for count in counts_of(recipe, variant="B")}
    return tuple(window for window in REPEAT_WINDOWS_S if any(repeat_window(count) == window for count in counts))
