"""A question that has been understood: every name known, every limit kept. What query.py compiles.

Pure. A wrong name, zone or value becomes a 422 that names the field and, where there is one, the likely spelling.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal, TypeAlias, cast
from zoneinfo import ZoneInfo, available_timezones

from services.analytics.catalog import KINDS, Catalog, Dimension, SourceKind, UnknownName, closest
from services.analytics.periods import Comparison
from shared.errors import FieldError, Forbidden, Unprocessable

Cell: TypeAlias = str | int | float | bool | datetime | None
Operator: TypeAlias = Literal["in", "not_in", "between", "prefix", "is_null"]
Attribution: TypeAlias = Literal["entry", "event"]
Granularity: TypeAlias = Literal["15min", "30min", "hour", "day", "week", "month", "quarter", "year", "total"]

OPERATORS: tuple[Operator, ...] = ("in", "not_in", "between", "prefix", "is_null")
# Shortest length of a bucket in seconds: a limit on buckets must not depend on the calendar.
GRANULARITIES: dict[Granularity, int] = {
    "15min": 900,
    "30min": 1_800,
    "hour": 3_600,
    "day": 23 * 3_600,
    "week": 7 * 86_400 - 3_600,
    "month": 28 * 86_400 - 3_600,
    "quarter": 90 * 86_400 - 3_600,
    "year": 365 * 86_400 - 3_600,
    "total": 0,
}
BUCKETS_MAX = 40_000  # a year by 15 minutes is 35 040; more is a machine's appetite, and it can ask year by year
INTEGER_MAX = 2**63 - 1
PAIR = 2  # a range has two ends


class SegmentForbidden(Forbidden):
    """Your data segment does not reach this data: queue calls carry no segment. Whoever administers people can
    change your segment.
    """


@dataclass(frozen=True, slots=True)
class Filter:
    dimension: str
    operator: Operator
    values: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    variant: str = "B"
    threshold_s: float = 20.0
    comparison: Literal["lt", "lte"] = "lte"
    short_abandon_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Order:
    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`segment` is the asking person's own limit; it is no filter that anybody can leave out.

    `attribution` says which moment puts a call into a bucket: its entry, or the event that a metric is about.
    """

    kind: SourceKind
    metrics: tuple[str, ...]
    since: datetime
    until: datetime
    zone: str
    granularity: Granularity = "total"
    dimensions: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    segment: str | None = None
    service_level: ServiceLevel = ServiceLevel()
    comparison: Comparison | None = None
    order_by: tuple[Order, ...] = ()
    limit: int = 1_000
    totals: bool = False
    after: tuple[Cell, ...] | None = None
    attribution: Attribution = "entry"


class Faults:
    """Collects what is wrong with a request, so that all of it is told at once."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def add(self, param: str, detail: str, suggestion: str | None = None) -> None:
        self.errors.append(FieldError(param, detail, suggestion))

    def unknown(self, param: str, what: str, error: UnknownName) -> None:
        self.add(param, f"there is no {what} {error.name!r}", error.suggestion)

    def check(self) -> None:
        """Raises Unprocessable when anything was wrong."""
        if self.errors:
            summary = "; ".join(f"{error.param}: {error.detail}" for error in self.errors)
            raise Unprocessable(summary, errors=self.errors)


def choose_kind(catalog: Catalog, metrics: Iterable[str], dimensions: Iterable[str]) -> SourceKind:
    """The only kind that knows everything asked, else legacy. The names are known to exist."""
    metrics, dimensions = list(metrics), list(dimensions)
    able = [
        kind
        for kind in KINDS
        if all(catalog.metric(name, kind) is not None for name in metrics)
        and all(kind in catalog.dimension(name).kinds for name in dimensions)
    ]
    return able[0] if len(able) == 1 else "legacy"


def check_names(catalog: Catalog, metrics: Sequence[str], dimensions: Sequence[str], faults: Faults) -> None:
    """Every name exists and is asked for once."""
    for index, name in enumerate(metrics):
        try:
            catalog.metric(name, "legacy")
        except UnknownName as error:
            faults.unknown(f"metrics.{index}", "metric", error)
    for index, name in enumerate(dimensions):
        try:
            catalog.dimension(name)
        except UnknownName as error:
            faults.unknown(f"dimensions.{index}", "dimension", error)
    for param, names in (("metrics", metrics), ("dimensions", dimensions)):
        if len(set(names)) < len(names):
            faults.add(param, "a name is asked for twice")


def check_time(*, since: datetime, until: datetime, granularity: str, zone: str, faults: Faults) -> None:
    if granularity not in GRANULARITIES:
        faults.add("time.granularity", f"there is no granularity {granularity!r}", closest(granularity, GRANULARITIES))
    if zone not in zones():
        faults.add("time.zone", f"there is no IANA time zone {zone!r}", closest(zone, zones()))
    if until <= since:
        faults.add("time.to", "the end must lie after the beginning")
    shortest_s = GRANULARITIES.get(cast("Granularity", granularity), 0)
    if shortest_s and (until - since).total_seconds() / shortest_s > BUCKETS_MAX:
        faults.add(
            "time.granularity", f"the range has more than {BUCKETS_MAX} buckets; shorten it or ask for longer buckets"
        )


def buckets_most(question: Question) -> int:
    """No question has more buckets than this tells, whatever the calendar does; 1 for `total`."""
    shortest_s = GRANULARITIES[question.granularity]
    if not shortest_s:
        return 1
    return math.ceil((question.until - question.since).total_seconds() / shortest_s) + 1  # the first may be cut


@cache
def zones() -> frozenset[str]:
    """IANA names that a client may use; the machine's own pseudo-zones are not among them."""
    return frozenset(name for name in available_timezones() if name not in {"localtime", "Factory"})


def storable(text: str) -> bool:
    """PostgreSQL stores neither NUL nor half of a surrogate pair."""
    return not any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text)


def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def understand_filter(
    catalog: Catalog, kind: SourceKind, *, dimension: str, operator: Operator, values: Sequence[Any]
) -> Filter:
    """A filter with its values in the dimension's own type. Raises UnknownName or ValueError with a sentence."""
    declared = catalog.dimension(dimension)
    if kind not in declared.kinds:
        raise ValueError(f"{kind} calls have no {dimension}")
    match operator:
        case "is_null":
            return Filter(dimension, operator, _is_null(values))
        case "between":
            if len(values) != PAIR or None in values:
                raise ValueError("between takes two values, the lowest and the highest")
        case "prefix":
            if declared.shown_as != "text" or declared.labels or len(values) != 1 or values[0] is None:
                raise ValueError("prefix takes one text and a dimension of texts")
        case "in" | "not_in":
            if not values:
                raise ValueError(f"{operator} takes at least one value")
    return Filter(dimension, operator, tuple(typed_value(declared, value) for value in values))


def _is_null(values: Sequence[Any]) -> tuple[Cell, ...]:
    if len(values) > 1 or any(not isinstance(value, bool) for value in values):
        raise ValueError("is_null takes no value, or true or false")
    return tuple(values) or (True,)


def typed_value(dimension: Dimension, value: Any) -> Cell:
    """The value as SQL compares it; a band's label becomes its index. Raises ValueError with a sentence."""
    if value is None:
        return None
    if dimension.labels:
        if value not in dimension.labels:
            raise ValueError(f"{dimension.name} has the bands {', '.join(dimension.labels)}")
        return dimension.labels.index(value)
    match dimension.value_type:
        case "text" if isinstance(value, str):
            return value
        case "boolean" if isinstance(value, bool):
            return value
        case "integer" if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= INTEGER_MAX:
            return value
    raise ValueError(f"{dimension.name} takes values of type {dimension.value_type}")
