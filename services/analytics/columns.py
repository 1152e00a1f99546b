"""The columns of an answer, in order: time, dimensions, then each metric with its comparison."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from services.analytics.catalog import COUNTED, Catalog, Metric, ServiceLevelRatio, ValueType
from services.analytics.kept import kept
from services.analytics.question import Question

ColumnKind: TypeAlias = Literal["time", "dimension", "metric", "previous", "change"]
SqlType: TypeAlias = Literal["timestamptz", "text", "bigint", "boolean", "float8"]

DIMENSION_TYPES: dict[ValueType, SqlType] = {"text": "text", "integer": "bigint", "boolean": "boolean"}
COMPARED = ("previous", "change")


@dataclass(frozen=True, slots=True)
class Column:
    """`sql` is the name inside the statement; `known` is false where this kind of source cannot know the value."""

    name: str
    kind: ColumnKind
    sql: str
    sql_type: SqlType
    metric: Metric | None = None
    labels: tuple[str, ...] = ()
    known: bool = True

    @property
    def is_service_level(self) -> bool:
        return self.known and self.metric is not None and isinstance(self.metric.recipe, ServiceLevelRatio)

    @property
    def zero_when_empty(self) -> bool:
        """Counts of nothing are 0; everything else of nothing is null."""
        return self.known and self.metric is not None and isinstance(self.metric.recipe, COUNTED)


def columns_of(catalog: Catalog, question: Question) -> tuple[Column, ...]:
    return (*keys_of(catalog, question), *values_of(catalog, question))


@kept
def keys_of(catalog: Catalog, question: Question) -> tuple[Column, ...]:
    """What a row is about."""
    time = (Column("time", "time", "key_time", "timestamptz"),) if question.granularity != "total" else ()
    return (*time, *_dimensions(catalog, question))


def _dimensions(catalog: Catalog, question: Question) -> Iterator[Column]:
    for index, name in enumerate(question.dimensions):
        declared = catalog.dimension(name)
        yield Column(
            name,
            "dimension",
            f"key_{index}",
            DIMENSION_TYPES[declared.value_type],
            labels=declared.labels,
            known=question.kind in declared.kinds,
        )


@kept
def values_of(catalog: Catalog, question: Question) -> tuple[Column, ...]:
    """What is told about it."""
    return tuple(_values(catalog, question))


def _values(catalog: Catalog, question: Question) -> Iterator[Column]:
    for index, name in enumerate(question.metrics):
        found = catalog.metric(name, question.kind)
        metric = found or catalog.any_metric(name)
        counts = isinstance(metric.recipe, COUNTED)
        known = found is not None
        value = Column(name, "metric", f"value_{index}", "bigint" if counts else "float8", metric=metric, known=known)
        yield value
        if question.comparison is not None:
            before = f"before_{index}"
            yield Column(f"{name}_previous", "previous", before, value.sql_type, metric=metric, known=known)
            yield Column(f"{name}_change", "change", f"change_{index}", "float8", metric=metric, known=known)
