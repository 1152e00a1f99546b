"""Whole months by weekday and hour of the source's wall clock (`ivr.*_month_hours_v1`) as a route. Pure.

A year by weekday and hour of every cell reads a fifth of the rows that its hours are, and no clock. What a span has
before its first whole month and after its last one is read by hours.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from services.analytics.catalog import Count, Ratio, Recipe, ServiceLevelRatio, SourceKind
from services.analytics.expressions import Expression, Raw, Term
from services.analytics.facts import DIMENSION_SQL
from services.analytics.question import Question, ServiceLevel
from services.analytics.relations import (
    Scope,
    Span,
    local_days,
    midnight,
    months_within,
    offsets_fit,
    whole_days,
    whole_periods,
)
from services.analytics.rollups import STEPS_S, Rollup
from services.analytics.splits import split_rows

CLOCK: Final[Mapping[str, str]] = {"weekday": "calls.weekday", "hour_of_day": "calls.hour"}
_KEYS: Final[Mapping[SourceKind, Sequence[str]]] = {
    "legacy": ("source", "did", "segment"),
    "asterisk": ("source", "queue"),
}
# Fewer than other rollups keep: each costs every load.
_COUNTS: Final[Mapping[SourceKind, tuple[str, ...]]] = {
    "legacy": ("calls", "abandoned", "transferred", "ended_in_ivr"),
    "asterisk": (
        *("offered", "answered", "abandoned", "timed_out", "key_exits", "empty_exits", "withdrawn", "flowed_out"),
        "open",
    ),
}
# How queue calls ended splits rows; what callers typed is not kept.
_SPLITS: Final = frozenset({"asterisk"})


@dataclass(frozen=True, slots=True)
class MonthHours(Rollup):
    """Counts alone: neither sums of values nor distributions are kept. `edges`: hours before and after the months."""

    @property
    @override
    def name(self) -> str:
        return "rollup_month_hour + rollup_hour" if self.edges else "rollup_month_hour"

    @property
    @override
    def sketched(self) -> bool:
        return False

    @override
    def relation(self, scope: Scope) -> str:
        rows = self._pieces(scope) if self.edges else f"{self._view('month_hours')} AS calls"
        return split_rows(self.kind, rows) if self.split else rows

    def _view(self, rows: str) -> str:
        return f"ivr.{'legacy' if self.kind == 'legacy' else 'queue'}_{rows}_v1"

    def _pieces(self, scope: Scope) -> str:
        zone = scope.question.zone
        since, until = local_days(scope.span, zone)
        months = months_within(since, until)
        if months is None:
            raise AssertionError("the span has no whole month")
        shown = ", ".join(f"calls.{name}" for name in (*_KEYS[self.kind], *_COUNTS[self.kind]))
        first, last = (scope.parameters.bind(day, "date") for day in months)
        whole = (
            f"SELECT calls.weekday, calls.hour, {shown} FROM {self._view('month_hours')} AS calls"  # noqa: S608 - declared names and bound values
            f" WHERE calls.month >= {first} AND calls.month < {last}"
        )
        parts = [whole]
        local = f"calls.bucket AT TIME ZONE {scope.parameters.bind(zone, 'text')}"
        for begin, end in ((since, months[0]), (months[1], until)):
            if begin < end:
                low, high = (scope.parameters.bind(midnight(day, zone), "timestamptz") for day in (begin, end))
                parts.append(
                    f"SELECT extract(isodow FROM {local})::int, extract(hour FROM {local})::int, {shown}"  # noqa: S608 - declared names and bound values
                    f" FROM {self._view('hours')} AS calls WHERE calls.bucket >= {low} AND calls.bucket < {high}"
                )
        return f"({' UNION ALL '.join(parts)}) AS calls"

    @override
    def within(self, scope: Scope) -> Iterator[str]:
        if self.edges:
            yield "true"  # each piece of the relation has its own time
            return
        since, until = scope.days()
        yield f"calls.month >= {since}"
        yield f"calls.month < {until}"

    @override
    def bucket(self, scope: Scope) -> str:
        raise AssertionError(f"no buckets of {scope.question.granularity} are asked of a weekday's hour")

    @override
    def dimension(self, name: str) -> str:
        return CLOCK.get(name) or DIMENSION_SQL[self.kind][name]

    @override
    def expression(self, recipe: Recipe, level: ServiceLevel) -> Expression | None:
        if not isinstance(recipe, Count | Ratio | ServiceLevelRatio):
            return None
        return Rollup.expression(self, recipe, level)  # super() does not know a class with slots

    @override
    def _term(self, name: str, sign: int, level: ServiceLevel) -> Term | None:
        del level  # thresholds are about values, which are not kept
        if name not in _COUNTS[self.kind]:
            return None
        return Term(Raw(self, f"coalesce(sum(calls.{name}), 0)::bigint", "bigint"), sign)


def month_hours(question: Question, span: Span, *, in_source_zone: bool, split: bool) -> MonthHours | None:
    """What answers a question by the hour of the day over a span with a whole month, by the clock of its source.

    Only where hours of that clock begin with hours of UTC, all through the span: so the rows were counted.
    """
    asked = {*question.dimensions, *(each.dimension for each in question.filters)}
    if "hour_of_day" not in asked or "is_holiday" in asked or question.granularity != "total" or not in_source_zone:
        return None
    if split and question.kind not in _SPLITS:
        return None
    if not whole_days(span, question.zone) or months_within(*local_days(span, question.zone)) is None:
        return None
    if not offsets_fit(span, question.zone, STEPS_S["hour"]):
        return None
    return MonthHours(question.kind, "hour", edges=not whole_periods(span, question.zone, 1), split=split)
