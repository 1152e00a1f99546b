"""What can be asked: every metric and dimension as data, for each kind of source.

A metric over existing counts is added by one declaration in metrics_legacy.py or metrics_asterisk.py; the SQL of
the counts themselves belongs to the route that answers (facts.py).
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias

SourceKind: TypeAlias = Literal["legacy", "asterisk"]
Good: TypeAlias = Literal["up", "down", "none"]
ValueType: TypeAlias = Literal["text", "integer", "boolean"]

KINDS: tuple[SourceKind, ...] = ("legacy", "asterisk")


@dataclass(frozen=True, slots=True)
class Count:
    """A sum over calls; an empty bucket is 0."""

    count: str


@dataclass(frozen=True, slots=True)
class Ratio:
    """One sum of counts over another; a term that starts with "-" is taken away. null where the divisor is 0."""

    numerator: tuple[str, ...]
    denominator: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of a value over the calls that have it."""

    value: str


@dataclass(frozen=True, slots=True)
class Percentile:
    """Nearest rank: the smallest value that at least this share of the calls does not exceed."""

    value: str
    share: float


@dataclass(frozen=True, slots=True)
class Maximum:
    value: str


@dataclass(frozen=True, slots=True)
class Distinct:
    """How many different values there are; never summed."""

    value: str


@dataclass(frozen=True, slots=True)
class ServiceLevelRatio:
    """A ratio whose terms the request chooses: variant, threshold and comparison are data."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """How many different agents were signed in at some moment of a bucket."""


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Time spent talking over time signed in and not paused, both cut at the edges of a bucket."""


@dataclass(frozen=True, slots=True)
class Concurrency:
    """The most calls at one moment of a bucket, those that began before it included."""


Recipe: TypeAlias = (
    Count | Ratio | Mean | Percentile | Maximum | Distinct | ServiceLevelRatio | SignedIn | Occupancy | Concurrency
)
# What lasts: counted over spans of time, not by the moment of entry.
LASTING = (SignedIn, Occupancy, Concurrency)
# A bucket without calls is 0 of these, and null of everything else.
COUNTED = (Count, Distinct, Concurrency, SignedIn)


@dataclass(frozen=True, slots=True)
class Wording:
    """The same in both languages."""

    es: str
    en: str


NEAREST_RANK = Wording(
    es="percentile_disc: el menor valor que esa parte de las llamadas no supera",
    en="percentile_disc: smallest value that the share of calls does not exceed",
)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric for one kind of source: two kinds may define the same name differently."""

    name: str
    kind: SourceKind
    unit: str
    good: Good
    recipe: Recipe
    formula: Wording
    es: str
    en: str
    version: int = 1
    # Parts of the definition that this kind of source does not record.
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dimension:
    """One way to split calls. `labels` name the integers of a banded dimension in their order."""

    name: str
    kinds: tuple[SourceKind, ...]
    value_type: ValueType
    es: str
    en: str
    labels: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    many: bool = False

    @property
    def shown_as(self) -> ValueType:
        """The type that a client sees: bands are integers inside and texts outside."""
        return "text" if self.labels else self.value_type


class UnknownName(Exception):  # noqa: N818 - the name says what it is
    """No metric or dimension has this name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        self.suggestion = closest(name, known)
        super().__init__(f"unknown name {name!r}")


@dataclass(frozen=True, slots=True, eq=False)
class Catalog:
    metrics: dict[tuple[str, SourceKind], Metric]
    dimensions: dict[str, Dimension]

    def metric_names(self) -> list[str]:
        return list(dict.fromkeys(name for name, _ in self.metrics))

    def metric(self, name: str, kind: SourceKind) -> Metric | None:
        """The metric as this kind defines it, or None when this kind cannot know it. UnknownName when none does."""
        found = self.metrics.get((name, kind))
        if found is None and not any((name, other) in self.metrics for other in KINDS):
            raise UnknownName(name, self.metric_names())
        return found

    def dimension(self, name: str) -> Dimension:
        if name not in self.dimensions:
            raise UnknownName(name, self.dimensions)
        return self.dimensions[name]

    def any_metric(self, name: str) -> Metric:
        """The first kind's definition: what a column of nulls says about itself."""
        return next(metric for (known, _), metric in self.metrics.items() if known == name)


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that looks most like `name`, if any does."""
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)), None)


@cache
def catalog() -> Catalog:
    # Imported here because the declarations are written in this module's words.
    from services.analytics.dimensions import DIMENSIONS  # noqa: PLC0415
    from services.analytics.metrics_asterisk import ASTERISK_METRICS  # noqa: PLC0415
    from services.analytics.metrics_legacy import LEGACY_METRICS  # noqa: PLC0415

    return Catalog(
        metrics={(metric.name, metric.kind): metric for metric in (*LEGACY_METRICS, *ASTERISK_METRICS)},
        dimensions={dimension.name: dimension for dimension in DIMENSIONS},
    )
