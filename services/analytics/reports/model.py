"""What a report is: the questions that it asks, and the one table that it makes of the answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from services.analytics.answer import Answer, Notice
from services.analytics.catalog import SourceKind
from services.analytics.navigation import Known
from services.analytics.question import Cell, Filter, Granularity, Order, Question

Class: TypeAlias = Literal["optimal", "acceptable", "critical"]
ColumnType: TypeAlias = Literal["text", "integer", "ratio", "number", "date"]

ROWS_MAX = 10_000  # api.md: what is larger is an export
ALL_SEGMENTS = "todas"


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: ColumnType
    es: str
    en: str


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[Column, ...]
    rows: list[list[Cell]]


@dataclass(frozen=True, slots=True)
class Bands:
    """Below the first threshold abandonment is optimal, above the second critical (settings)."""

    optimal_below: float
    critical_above: float

    def classify(self, rate: Cell) -> Class | None:
        """None where there is no rate: nothing was received."""
        if not isinstance(rate, int | float):
            return None
        if rate < self.optimal_below:
            return "optimal"
        return "critical" if rate > self.critical_above else "acceptable"


@dataclass(frozen=True, slots=True)
class Request:
    """What the person chose. `own_segment` is the person's limit, `segment` their choice within it (None is all)."""

    since: datetime
    until: datetime
    zone: str
    quarter: str | None
    segment: str | None
    own_segment: str | None
    bands: Bands

    def question(
        self,
        kind: SourceKind,
        metrics: Sequence[str],
        *,
        dimensions: Sequence[str] = (),
        granularity: Granularity = "total",
        order_by: Sequence[Order] = (),
        filters: Sequence[Filter] = (),
        limit: int = ROWS_MAX,
        totals: bool = False,
    ) -> Question:
        """A question over the period and segment of this report."""
        chosen = () if self.segment is None else (Filter("segment", "in", (self.segment,)),)
        return Question(
            kind=kind,
            metrics=tuple(metrics),
            dimensions=tuple(dimensions),
            since=self.since,
            until=self.until,
            zone=self.zone,
            granularity=granularity,
            filters=(*chosen, *filters),
            segment=self.own_segment,
            order_by=tuple(order_by),
            limit=limit,
            totals=totals,
        )


Answers: TypeAlias = Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Chart:
    """What a picture of the table shows: two columns. In the table's order (days), or the largest few of it.

    `across` names a third: a heat map of label by across. `section` keeps the rows whose first cell it is.
    """

    label: str
    value: str
    in_order: bool = False
    across: str | None = None
    section: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A table that no question makes: a statement of its own (name and arguments) and what its rows become."""

    statement: Callable[[Request, Known], tuple[str, tuple[Any, ...]]]
    build: Callable[[Request, Sequence[Mapping[str, Any]]], Table]


def _no_questions(_: Request) -> dict[str, Question]:
    return {}


def _no_table(_: Request, __: Answers) -> Table:
    return Table((), [])


def _no_notices(_: Request) -> tuple[Notice, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Report:
    """Made of answers to questions, or of a listing. `notices` are those that no answer gives."""

    code: str
    kind: SourceKind
    es: str
    en: str
    questions: Callable[[Request], dict[str, Question]] = _no_questions
    build: Callable[[Request, Answers], Table] = _no_table
    listing: Listing | None = None
    chart: Chart | None = None
    notices: Callable[[Request], tuple[Notice, ...]] = _no_notices


def share(part: Cell, whole: Cell) -> float | None:
    """Part / whole; null where there is nothing to divide."""
    if not isinstance(part, int | float) or not isinstance(whole, int | float) or whole == 0:
        return None
    return part / whole
