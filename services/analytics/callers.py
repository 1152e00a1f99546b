"""Different callers: stored exact numbers of calendar periods, and sketches of days and months. Pure.

An exact row is there only while it is right. So both are read in one statement: where a period has no exact row, the
union of its sketches stands in, and the answer says so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from services.analytics.catalog import SourceKind
from services.analytics.expressions import Callers, Raw
from services.analytics.facts import DIMENSION_SQL
from services.analytics.question import Question
from services.analytics.relations import Scope, Span, local_days, whole_days, whole_months, whole_periods
from services.analytics.rollups import DAY_CLOCK_SQL, Rollup

Period: TypeAlias = Literal["day", "month", "quarter", "year"]

PERIOD_MONTHS: Final[Mapping[Period, int]] = {"year": 12, "quarter": 3, "month": 1}
# The dimension that exact numbers are split by, and those that sketches are.
SPLIT: Final[Mapping[SourceKind, str]] = {"legacy": "segment", "asterisk": "queue"}
SKETCHED: Final[Mapping[SourceKind, frozenset[str]]] = {
    "legacy": frozenset({"source", "did", "segment"}),
    "asterisk": frozenset({"source", "queue"}),
}
BY_DAYS: Final = ("day", "week", "month", "quarter", "year", "total")


@dataclass(frozen=True, slots=True)
class ExactCallers:
    """Stored numbers of whole periods, of all calls or of each segment or queue."""

    kind: SourceKind
    period: Period
    split: bool

    @property
    def name(self) -> str:
        return "unique_callers"

    @property
    def view(self) -> str:
        return f"ivr.{'legacy' if self.kind == 'legacy' else 'queue'}_unique_callers_v1"

    @property
    def filters_inside(self) -> bool:
        return False

    def relation(self, scope: Scope) -> str:
        del scope
        return f"{self.view} AS calls"

    def within(self, scope: Scope) -> Iterator[str]:
        since, until = scope.days()
        yield f"calls.period = '{self.period}'"
        yield f"calls.since >= {since}"
        yield f"calls.since < {until}"
        yield f"calls.{SPLIT[self.kind]} IS {'NOT NULL' if self.split else 'NULL'}"

    def bucket(self, scope: Scope) -> str:
        return f"(calls.since::timestamp AT TIME ZONE {scope.parameters.bind(scope.question.zone, 'text')})"

    def dimension(self, name: str) -> str:
        return f"calls.{name}"


@dataclass(frozen=True, slots=True)
class CallerSketches:
    """Sketches of days, and of months where the span has whole ones; periods that `exact` knows are left to it."""

    kind: SourceKind
    months: bool
    exact: ExactCallers | None = None
    # Months, and days for what the span has before its first whole month and after its last one.
    edges: bool = False

    @property
    def name(self) -> str:
        return "caller_sketches"

    @property
    def filters_inside(self) -> bool:
        return False

    def relation(self, scope: Scope) -> str:
        del scope
        return f"ivr.{'legacy' if self.kind == 'legacy' else 'queue'}_caller_sketches_v1 AS calls"

    def within(self, scope: Scope) -> Iterator[str]:
        since, until = scope.days()
        yield f"calls.since >= {since}"
        yield f"calls.since < {until}"
        if self.edges:
            yield self._edges(scope)
        elif self.kind == "legacy":
            yield f"calls.period = '{'month' if self.months else 'day'}'"
        if self.exact is not None:
            split = SPLIT[self.kind]
            yield (
                f"NOT EXISTS (SELECT FROM {self.exact.view} AS known WHERE known.source = calls.source"
                f" AND known.period = '{self.exact.period}'"
                f" AND known.since = date_trunc('{self.exact.period}', calls.since::timestamp)::date"
                f" AND known.{split} {f'= calls.{split}' if self.exact.split else 'IS NULL'})"
            )

    def _edges(self, scope: Scope) -> str:
        months = whole_months(scope.span, scope.question.zone)
        if months is None:
            raise AssertionError("the span has no whole month")
        first, last = (scope.parameters.bind(day, "date") for day in months)
        inside = f"calls.since >= {first} AND calls.since < {last}"
        return f"CASE calls.period WHEN 'month' THEN {inside} ELSE NOT ({inside}) END"

    def bucket(self, scope: Scope) -> str:
        return Rollup(self.kind, "day").bucket(scope).replace("calls.day", "calls.since")

    def dimension(self, name: str) -> str:
        return DAY_CLOCK_SQL.get(name, DIMENSION_SQL[self.kind][name]).replace("calls.day", "calls.since")


def stored_callers(question: Question, span: Span, *, in_source_zone: bool, sources: int) -> Callers | None:
    """Different callers from what is stored, or None when neither numbers nor sketches cover the question.

    Exact numbers of two sources cannot be added up, nor those of two segments; unions of sketches can.
    """
    asked = {*question.dimensions, *(each.dimension for each in question.filters)}
    if (
        not in_source_zone
        or question.granularity not in BY_DAYS
        or not asked <= SKETCHED[question.kind] | DAY_CLOCK_SQL.keys()
        or not whole_days(span, question.zone)
    ):
        return None
    exact = _exact(question, span) if sources == 1 else None
    by_days = bool(asked & DAY_CLOCK_SQL.keys()) or question.granularity in ("day", "week")
    coarse = question.kind == "legacy" and not by_days
    months = coarse and whole_periods(span, question.zone, 1)
    edges = coarse and not months and exact is None and whole_months(span, question.zone) is not None
    sketches = CallerSketches(question.kind, months, exact, edges)
    # A span without exact numbers has the same two columns: it may be compared with one that has them.
    number = (
        Raw(sketches, "NULL::bigint", "bigint") if exact is None else Raw(exact, "sum(calls.callers)::bigint", "bigint")
    )
    return Callers(number, Raw(sketches, "string_agg(calls.sketch, ''::bytea)", "bytea"))


def _exact(question: Question, span: Span) -> ExactCallers | None:
    period = _period(question, span)
    if period is None:
        return None
    split = SPLIT[question.kind]
    filters = [each for each in question.filters if each.dimension != "source"]
    if any(each.dimension != split for each in filters) or not set(question.dimensions) <= {"source", split}:
        return None
    if split in question.dimensions:
        return ExactCallers(question.kind, period, split=True)
    if not filters and question.segment is None:
        return ExactCallers(question.kind, period, split=False)
    one = question.segment is not None or any(
        each.operator == "in" and len(set(each.values)) == 1 and None not in each.values for each in filters
    )
    return ExactCallers(question.kind, period, split=True) if one else None


def _period(question: Question, span: Span) -> Period | None:
    """The stored period that every bucket is one of."""
    if question.granularity == "day":
        return "day"
    if question.granularity == "total":
        return _whole_period(span, question.zone)
    for period, months in PERIOD_MONTHS.items():
        if question.granularity == period and whole_periods(span, question.zone, months):
            return period
    return None


def _whole_period(span: Span, zone: str) -> Period | None:
    """The one calendar period that the span is."""
    since, until = local_days(span, zone)
    if (until - since).days == 1:
        return "day"
    length = 12 * (until.year - since.year) + until.month - since.month
    for period, months in PERIOD_MONTHS.items():
        if length == months and whole_periods(span, zone, months):
            return period
    return None
