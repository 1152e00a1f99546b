"""The rollups (`ivr.*_months_v1`, `_days_v1`, `_hours_v1`, `_quarter_hours_v1`) as routes. Pure.

A rollup answers what its columns hold: counts and sums in SQL, percentiles and thresholds from sketches. What it cannot
tell is None, and the next larger route is asked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal, TypeAlias

from services.analytics.catalog import (
    Count,
    Maximum,
    Mean,
    Percentile,
    Ratio,
    Recipe,
    ServiceLevelRatio,
    SourceKind,
)
from services.analytics.edges import pieces, view_of
from services.analytics.expressions import Expression, PercentileOf, Plain, Quotient, Raw, Term
from services.analytics.facts import CLOCK_DIMENSIONS, DIMENSION_SQL
from services.analytics.metrics_asterisk import SERVICE_LEVEL_VARIANTS
from services.analytics.question import ServiceLevel
from services.analytics.relations import Scope
from services.analytics.splits import split_count, split_rows
from services.analytics.timeline import bucket
from shared.sketches import WHOLE_S_MAX

Width: TypeAlias = Literal["month", "day", "hour", "quarter_hour"]

# Smallest first: what a question is answered from is the first that covers it.
WIDTHS: Final[tuple[Width, ...]] = ("month", "day", "hour", "quarter_hour")
STEPS_S: Final[Mapping[Width, int]] = {"hour": 3_600, "quarter_hour": 900}
GRANULARITIES: Final[Mapping[Width, frozenset[str]]] = {
    "month": frozenset({"month", "quarter", "year", "total"}),
    "day": frozenset({"day", "week", "month", "quarter", "year", "total"}),
    "hour": frozenset({"hour", "day", "week", "month", "quarter", "year", "total"}),
    "quarter_hour": frozenset({"15min", "30min", "hour", "day", "week", "month", "quarter", "year", "total"}),
}
# Shorter ranges that begin or end within a day are counted call by call, exactly: half a second at most.
WITH_CALLS_MIN: Final = timedelta(days=7)
# Dimensions of the clock that each width can tell.
CLOCK: Final[Mapping[Width, frozenset[str]]] = {
    "month": frozenset(),
    "day": frozenset({"weekday", "is_holiday"}),
    "hour": frozenset(CLOCK_DIMENSIONS),
    "quarter_hour": frozenset(CLOCK_DIMENSIONS),
}
DAY_CLOCK_SQL: Final[Mapping[str, str]] = {
    "weekday": "extract(isodow FROM calls.day)::int",
    "is_holiday": "(calls.day IN (SELECT holidays.day FROM ivr.holidays_v1 AS holidays))",
}
# What a row is about: legacy grains by the dimensions that they tell apart beside source, DID and segment.
LEGACY_GRAINS: Final[Mapping[frozenset[str], int]] = {
    frozenset(): 1,
    frozenset({"menu"}): 2,
    frozenset({"centre"}): 3,
    frozenset({"menu", "centre"}): 4,
    frozenset({"menu", "option"}): 4,
    frozenset({"option"}): 4,
    frozenset({"centre", "option"}): 4,
    frozenset({"menu", "option", "centre"}): 4,
}
GRAIN_OF_CELL: Final = 1
SKETCHED_GRAIN_MAX: Final = 2  # legacy grains 3 and 4 keep no sketch
ALWAYS: Final[Mapping[SourceKind, frozenset[str]]] = {
    "legacy": frozenset({"source", "did", "segment"}),
    "asterisk": frozenset({"source", "queue"}),
}
# Those that rows of all cells together do not tell apart.
CELL_DIMENSIONS: Final[Mapping[SourceKind, frozenset[str]]] = {
    "legacy": frozenset({"did", "segment"}),
    "asterisk": frozenset({"queue"}),
}
# Dimensions that are told by a column of the grain.
BY_GRAIN: Final[Mapping[SourceKind, Mapping[str, str]]] = {
    "legacy": {"menu": "menu", "option": "option", "centre": "centre", "outcome": "centre"},
    "asterisk": {"agent": "agent"},
}
LEGACY_COUNTS: Final = frozenset(
    (
        "calls",
        "abandoned",
        "transferred",
        "ended_in_ivr",
        "no_typed_line",
        "same_line",
        "different_line",
        "menu_errors",
        "swapped_times",
    )
)
WEEK_COUNTS: Final[Mapping[str, str]] = {"weekday_calls": "<= 5", "weekend_calls": "> 5"}
QUEUE_COUNTS: Final = frozenset(
    (
        "offered",
        "answered",
        "abandoned",
        "timed_out",
        "key_exits",
        "empty_exits",
        "withdrawn",
        "flowed_out",
        "open",
        "transfers",
        "ring_no_answer",
    )
)


@dataclass(frozen=True, slots=True)
class Measure:
    """A value of calls as a rollup keeps it; None where it is not kept."""

    n: str
    total: str
    most: str | None
    sketch: str | None


_DURATION = Measure("duration_n", "duration_s_total", "duration_s_max", "calls.durations")
MEASURES: Final[Mapping[SourceKind, Mapping[str, Measure]]] = {
    "legacy": {"duration_s": _DURATION},
    "asterisk": {
        "duration_s": _DURATION,
        "wait_s": Measure(
            "wait_n",
            "wait_s_total",
            "wait_s_max",
            "calls.waits_answered || calls.waits_abandoned || calls.waits_other",
        ),
        "wait_answered_s": Measure("wait_answered_n", "wait_answered_s_total", None, "calls.waits_answered"),
        "wait_queued_s": Measure("queued_n", "wait_answered_s_total", None, None),
        "talk_s": Measure("talk_n", "talk_s_total", None, "calls.talks"),
    },
}
# Counts of waits up to a threshold that the question names.
IN_TIME: Final[Mapping[str, str]] = {
    "answered_in_time": "calls.waits_answered",
    "abandoned_in_time": "calls.waits_abandoned",
}


@dataclass(frozen=True, slots=True)
class Rollup:
    """One rollup at one grain; `sketched` is whether its rows keep distributions.

    `edges`: rows of this width, and smaller ones for what the span has before its first whole one and after its last.
    Those are days, or where `zone` names the source's zone, days and calls; `abroad` is whether that is not the
    question's zone. `split`: each row is taken apart by a dimension that it keeps a count for each value of.
    `together`: whether DIDs or queues need not be told apart, so that rows of all of them together do where there are.
    """

    kind: SourceKind
    width: Width
    grain: int = GRAIN_OF_CELL
    edges: bool = False
    split: bool = False
    zone: str | None = None
    abroad: bool = False
    together: bool = False

    @property
    def name(self) -> str:
        smaller = [" + rollup_day"] if self.edges and self.width == "month" else []
        smaller += [" + facts"] if self.zone is not None else []
        return "".join([f"rollup_{self.width}", *smaller])

    @property
    def filters_inside(self) -> bool:
        return False

    @property
    def by_days(self) -> bool:
        return self.width in ("month", "day")

    @property
    def sketched(self) -> bool:
        if self.kind == "asterisk":
            return True
        return self.width != "quarter_hour" and self.grain <= SKETCHED_GRAIN_MAX

    @property
    def time(self) -> str:
        if self.edges:
            return "day"
        return self.width if self.by_days else "bucket"

    def relation(self, scope: Scope) -> str:
        rows = f"{view_of(self.kind, self.width, self.grain, together=self.together)} AS calls"
        if self.edges:
            zone = self.zone or scope.question.zone
            months = self.width == "month"
            rows = pieces(self.kind, self.grain, scope, zone=zone, months=months, together=self.together)
        if self.split:
            rows = split_rows(self.kind, rows)
        asked = {*scope.question.dimensions, *(each.dimension for each in scope.question.filters)}
        clock = [name for name in CLOCK_DIMENSIONS if name in asked]
        return rows if self.by_days or not clock else f"{rows} JOIN {self._clock(clock, scope)}"

    def _clock(self, names: Sequence[str], scope: Scope) -> str:
        """What the wall clock says at each bucket: read once a bucket, not once a row, of which a bucket has dozens."""
        own_time = "calls.started_at" if self.kind == "legacy" else "calls.entered_at"
        told = [DIMENSION_SQL[self.kind][name].replace(own_time, "steps.bucket") for name in names]
        shown = ", ".join(f"{sql} AS {name}" for sql, name in zip(told, names, strict=True))
        since, until = scope.span
        step_s = STEPS_S[self.width]
        first = scope.parameters.bind(since, "timestamptz")
        last = scope.parameters.bind(-(-(until - since) // timedelta(seconds=step_s)) - 1, "int")
        # The planner knows how many integers there are, and reads an index once instead of once a bucket. Without
        # OFFSET it would move the clock behind the join, to every row again.
        sql = (
            f"(SELECT steps.bucket, {shown} FROM (SELECT {first} + n * interval '{step_s} seconds' AS bucket"  # noqa: S608 - declared names and bound values
            f" FROM generate_series(0, {last}) AS n) AS steps OFFSET 0) AS clock ON clock.bucket = calls.bucket"
        )
        return scope.parameters.fill(sql, scope.question)

    def within(self, scope: Scope) -> Iterator[str]:
        if self.by_days:
            yield f"calls.grain = {self.grain}"
        if self.edges:
            return  # each piece of the relation has its own days
        since, until = scope.days() if self.by_days else scope.instants()
        yield f"calls.{self.time} >= {since}"
        yield f"calls.{self.time} < {until}"

    def bucket(self, scope: Scope) -> str:
        question = scope.question
        if not self.by_days:
            return bucket(question.granularity, "calls.bucket", scope.span[0], question.zone, scope.parameters)
        local = f"calls.{self.time}::timestamp"
        if question.granularity != self.time:
            local = f"date_trunc('{question.granularity}', {local})"
        return f"({local} AT TIME ZONE {scope.parameters.bind(question.zone, 'text')})"

    def dimension(self, name: str) -> str:
        if name in CLOCK_DIMENSIONS:
            if self.by_days:
                return DAY_CLOCK_SQL[name]
            return f"clock.{name}"
        return DIMENSION_SQL[self.kind][name]

    def expression(self, recipe: Recipe, level: ServiceLevel) -> Expression | None:
        """One metric over a group of rows, or None when these rows cannot tell it."""
        made: Expression | None = None
        if self.split and not isinstance(recipe, Count | Ratio):
            return None  # values are not kept for each part of a row
        match recipe:
            case Count(count):
                made = self._quotient((count,), None, level)
            case Ratio(numerator, denominator):
                made = self._quotient(numerator, denominator, level)
            case ServiceLevelRatio():
                ratio = SERVICE_LEVEL_VARIANTS[level.variant]
                made = self._quotient(ratio.numerator, ratio.denominator, level)
            case Percentile(value, share):
                made = self._percentile(MEASURES[self.kind][value], share)
            case Mean(value):
                made = self._mean(MEASURES[self.kind][value])
            case Maximum(value):
                most = MEASURES[self.kind][value].most
                made = None if most is None else Plain(Raw(self, f"max(calls.{most})::float8", "float8"))
            case _:
                made = None
        return made

    def _mean(self, measure: Measure) -> Expression:
        return Plain(
            Raw(self, f"sum(calls.{measure.total})::float8 / nullif(sum(calls.{measure.n}), 0)::float8", "float8")
        )

    def _percentile(self, measure: Measure, share: float) -> Expression | None:
        if measure.sketch is None or not self.sketched:
            return None
        return PercentileOf(self._joined(measure.sketch), share)

    def _quotient(
        self, numerator: tuple[str, ...], denominator: tuple[str, ...] | None, level: ServiceLevel
    ) -> Expression | None:
        above = self._terms(numerator, level)
        below = () if denominator is None else self._terms(denominator, level)
        if above is None or below is None:
            return None
        if any(term.up_to_s is not None for term in (*above, *below)):
            return Quotient(above, None if denominator is None else below)
        sum_above = _signed(above)
        if denominator is None:
            return Plain(Raw(self, f"({sum_above})", "bigint"))
        return Plain(Raw(self, f"({sum_above})::float8 / nullif({_signed(below)}, 0)", "float8"))

    def _terms(self, names: tuple[str, ...], level: ServiceLevel) -> tuple[Term, ...] | None:
        told = self._split_term if self.split else self._term
        terms = [told(name.removeprefix("-"), -1 if name.startswith("-") else 1, level) for name in names]
        known = tuple(term for term in terms if term is not None)
        return known if len(known) == len(terms) else None

    def _term(self, name: str, sign: int, level: ServiceLevel) -> Term | None:
        if name in (LEGACY_COUNTS if self.kind == "legacy" else QUEUE_COUNTS):
            return Term(Raw(self, f"coalesce(sum(calls.{name}), 0)::bigint", "bigint"), sign)
        if name in WEEK_COUNTS and self.kind == "legacy" and not self.abroad:
            return Term(Raw(self, self._week_count(name), "bigint"), sign)
        if self.kind == "legacy":
            return None
        if name in IN_TIME and exact_threshold(level.threshold_s):
            return Term(self._joined(IN_TIME[name]), sign, level.threshold_s, level.comparison == "lte")
        if name == "short_abandoned" and exact_threshold(level.short_abandon_s):
            return Term(self._joined("calls.waits_abandoned"), sign, level.short_abandon_s)
        return None

    def _split_term(self, name: str, sign: int, level: ServiceLevel) -> Term | None:
        del level  # thresholds are about values, which are not kept for each part of a row
        counted = split_count(self.kind, name)
        return None if counted is None else Term(Raw(self, counted, "bigint"), sign)

    def _week_count(self, name: str) -> str:
        if self.by_days:
            return f"coalesce(sum(calls.{name}), 0)::bigint"
        weekday = f"extract(isodow FROM calls.bucket AT TIME ZONE {{zone}}) {WEEK_COUNTS[name]}"
        return f"coalesce(sum(calls.calls) FILTER (WHERE {weekday}), 0)::bigint"

    def _joined(self, sketch: str) -> Raw:
        return Raw(self, f"string_agg({sketch}, ''::bytea)", "bytea")


def exact_threshold(seconds: float) -> bool:
    """Whether a sketch counts up to this threshold exactly: whole seconds of the first hour have a code each."""
    return seconds == int(seconds) and seconds <= WHOLE_S_MAX


def _signed(terms: tuple[Term, ...]) -> str:
    return " ".join(f"{'-' if term.sign < 0 else '+'} {term.raw.sql}" for term in terms)
