"""What comes in and goes out over HTTP; the page's code is made from it. Unknown fields of a request are an error."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from services.analytics.catalog import Good, SourceKind, ValueType
from services.analytics.columns import ColumnKind
from services.analytics.periods import Compare
from services.analytics.question import GRANULARITIES, Attribution, Operator, storable

METRICS_MAX = 40  # more columns than any table that a person reads
DIMENSIONS_MAX = 6  # beyond this the combinations are nearly as many as the calls
FILTERS_MAX = 20
FILTER_VALUES_MAX = 1_000  # every centre of a large platform, picked by hand
ORDER_BY_MAX = 10
ROWS_MAX = 10_000  # api.md: what is larger is an export
ROWS_DEFAULT = 1_000
TEXT_LENGTH_MAX = 200
CURSOR_LENGTH_MAX = 20_000  # six long names and their encoding
WAIT_S_MAX = 86_400.0  # nobody waits longer than a day
YEAR_MIN, YEAR_MAX = 1990, 2100  # outside lies no call centre's data, and PostgreSQL's own limits are far away


DATE_START = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]", re.ASCII)


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _storable(value: Any) -> Any:
    """PostgreSQL stores neither NUL nor half of a surrogate pair."""
    if isinstance(value, str) and not storable(value):
        raise ValueError("the text holds a character that cannot be stored")
    return value


def _reasonable(value: Any) -> Any:
    """A number is no time here: 0, or "0", would quietly mean 1970."""
    if not isinstance(value, datetime) and not (isinstance(value, str) and DATE_START.match(value)):
        raise ValueError("write a time as RFC 3339 text with its offset, like 2025-07-01T00:00:00-06:00")
    return value


def _a_page(value: Any) -> Any:
    """More rows than a page holds are an export."""
    if isinstance(value, int) and value > ROWS_MAX:
        raise ValueError(f"a page has at most {ROWS_MAX} rows; for more ask for an export (POST /analytics/exports)")
    return value


Text: TypeAlias = Annotated[str, BeforeValidator(_storable), StringConstraints(max_length=TEXT_LENGTH_MAX)]
Name: TypeAlias = Annotated[Text, StringConstraints(min_length=1)]
Instant: TypeAlias = Annotated[AwareDatetime, BeforeValidator(_reasonable)]
# Cells are not validated one by one on the way out: the compiler knows their types, and a page holds 10 000 rows.
OutCell: TypeAlias = Annotated[
    Any,
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}, {"type": "null"}], "title": "Cell"}
    ),
]
FilterValue: TypeAlias = Annotated[
    Any,
    BeforeValidator(_storable),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}, {"type": "null"}]}),
]
GranularityName: TypeAlias = Annotated[Name, WithJsonSchema({"type": "string", "enum": list(GRANULARITIES)})]


class TimeRange(Strict):
    """Half open: [from, to)."""

    since: Annotated[Instant, Field(alias="from")]
    until: Annotated[Instant, Field(alias="to")]
    granularity: GranularityName = "total"
    zone: Name | None = None


class OtherRange(Strict):
    """Any other range to compare with."""

    since: Annotated[Instant, Field(alias="from")]
    until: Annotated[Instant, Field(alias="to")]


class FilterIn(Strict):
    dimension: Name
    op: Operator
    values: Annotated[list[FilterValue], Field(max_length=FILTER_VALUES_MAX)] = []


class ServiceLevelIn(Strict):
    variant: Literal["A", "B", "C", "D"] = "B"
    threshold_s: Annotated[float, Field(ge=0, le=WAIT_S_MAX, allow_inf_nan=False)] = 20.0
    comparison: Literal["lt", "lte"] = "lte"
    short_abandon_s: Annotated[float, Field(ge=0, le=WAIT_S_MAX, allow_inf_nan=False)] = 5.0


class QueryRequest(Strict):
    source_kind: SourceKind | None = None
    metrics: Annotated[list[Name], Field(min_length=1, max_length=METRICS_MAX)]
    dimensions: Annotated[list[Name], Field(max_length=DIMENSIONS_MAX)] = []
    time: TimeRange
    filters: Annotated[list[FilterIn], Field(max_length=FILTERS_MAX)] = []
    service_level: ServiceLevelIn = ServiceLevelIn()
    attribution: Attribution = Field(
        default="entry",
        description="Which moment puts a call into a bucket: `entry`, or `event`, which a metric is about. With "
        "`event`, calls, offered, open, different callers and repeats stay with the entry; exits, rates, waits and "
        "service levels go to the moment of leaving the queue; talk, durations and transfers to the end. In the legacy "
        "IVR all but calls, different callers, repeats and containment goes to the end of the call. Concurrency, "
        "occupancy and agents signed in are split over the buckets that they touch either way.",
    )
    compare: Compare | OtherRange | None = None
    order_by: Annotated[list[Name], Field(max_length=ORDER_BY_MAX)] = []
    limit: Annotated[int, Field(ge=1, le=ROWS_MAX), BeforeValidator(_a_page)] = ROWS_DEFAULT
    totals: bool = False
    cursor: Annotated[str, StringConstraints(max_length=CURSOR_LENGTH_MAX)] | None = None


class ServiceLevelOut(BaseModel):
    """The definition that a service level was counted by; `short_abandon_s` matters to variant C alone."""

    variant: Literal["A", "B", "C", "D"]
    threshold_s: float
    comparison: Literal["lt", "lte"]
    short_abandon_s: float


class ColumnOut(BaseModel):
    """`previous` and `change` columns follow the metric that `of` names; change is (value - previous) / |previous|.

    `exact` is about the numbers of this answer; where it is false, `error` is their greatest relative error.

    `service_level` stands at the columns of that metric, whose formula is that of the variant asked for. `formula`
    is in English, `formula_es` the same in Spanish.
    """

    name: str
    kind: ColumnKind
    unit: str | None = None
    good: Good | None = None
    exact: bool | None = None
    error: float | None = None
    version: int | None = None
    formula: str | None = None
    formula_es: str | None = None
    of: str | None = None
    service_level: ServiceLevelOut | None = None


class SourceAge(BaseModel):
    """Up to when one source's data reaches; null when it has none yet."""

    source: str
    data_as_of: datetime | None


class Meta(BaseModel):
    """`segment` is the asking person's own data segment, which has filtered everything.

    `sources` are those of the kind that a filter on `source` leaves. `data_as_of` is that of the newest of them: a
    source that ended years ago does not make today's numbers old. `sources_as_of` tells each one's own.
    """

    zone: str
    data_as_of: datetime | None
    source_kind: SourceKind
    sources: list[str]
    sources_as_of: list[SourceAge]
    answered_from: str
    elapsed_s: float
    segment: str | None = None


class AnswerWarning(BaseModel):
    code: str
    detail: str
    column: str | None = None
    calls: int | None = None


class QueryAnswer(BaseModel):
    """`totals` has one cell per column that is neither time nor dimension, in their order."""

    columns: list[ColumnOut]
    rows: list[list[OutCell]]
    totals: list[OutCell] | None = None
    meta: Meta
    warnings: list[AnswerWarning]
    next_cursor: str | None = None


class Texts(BaseModel):
    es: str
    en: str

    @classmethod
    def of(cls, es: str, en: str) -> Self:
        return cls(es=es, en=en)


class MetricForm(BaseModel):
    """A metric as one kind of source defines it; `formula` in English, `formula_es` the same in Spanish."""

    source_kind: SourceKind
    formula: str
    formula_es: str
    definition: Texts
    version: int
    exact: bool


class MetricOut(BaseModel):
    name: str
    unit: str
    good: Good
    forms: list[MetricForm]


class DimensionOut(BaseModel):
    """`values` lists all values where they are few and fixed."""

    name: str
    source_kinds: list[SourceKind]
    type: ValueType
    values: list[str]
    many: bool
    definition: Texts


class CatalogAnswer(BaseModel):
    metrics: list[MetricOut]
    dimensions: list[DimensionOut]
    granularities: list[str]
    service_level_variants: list[str]


class AbandonmentBands(BaseModel):
    """Shares, 0-1: optimal below the first, critical above the second, acceptable from one to the other."""

    optimal_below: float
    critical_above: float


class ServiceTarget(BaseModel):
    """Shares, 0-1, of the level that `measured_by` defines: `at_least` keeps it, below `critical_below` is far off."""

    at_least: float
    critical_below: float
    measured_by: ServiceLevelOut


class CentreTargets(BaseModel):
    abandonment: AbandonmentBands
    service_level: ServiceTarget
