"""How a metric is made from what a statement returns: finished by SQL, or from counts and sketches afterwards. Pure.

A `Raw` is one aggregate of one route. Metrics that share an aggregate share its column, so four percentiles of one
value travel as one sketch.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from services.analytics.relations import Route

RawType: TypeAlias = Literal["bigint", "float8", "bytea"]


@dataclass(frozen=True, slots=True)
class Raw:
    """One aggregate over the groups of one route."""

    route: "Route"
    sql: str
    sql_type: RawType


@dataclass(frozen=True, slots=True)
class Plain:
    """SQL gives the metric itself."""

    raw: Raw


@dataclass(frozen=True, slots=True)
class PercentileOf:
    """Nearest rank in a sketch of values."""

    raw: Raw
    share: float


@dataclass(frozen=True, slots=True)
class Term:
    """A count, or how many values of a sketch lie up to a threshold."""

    raw: Raw
    sign: int = 1
    up_to_s: float | None = None
    inclusive: bool = True


@dataclass(frozen=True, slots=True)
class Quotient:
    """The sum of some terms over that of others; without a denominator the sum itself."""

    numerator: tuple[Term, ...]
    denominator: tuple[Term, ...] | None = None


@dataclass(frozen=True, slots=True)
class Callers:
    """Different callers: the stored exact number where there is one, else the union of the sketches."""

    exact: Raw
    sketches: Raw


@dataclass(frozen=True, slots=True)
class Spread:
    """So many calls, and the sketch of the values of those that have one: how many lie in each band of values."""

    calls: Raw
    values: Raw
    sign: int = 1


@dataclass(frozen=True, slots=True)
class ByBand:
    """The sum of some spreads in each band, over that of others; `every` has all calls, and so says which bands are."""

    every: Spread
    numerator: tuple[Spread, ...]
    denominator: tuple[Spread, ...] | None = None


Expression: TypeAlias = Plain | PercentileOf | Quotient | Callers | ByBand


def raws_of(expression: Expression) -> Iterator[Raw]:
    """The aggregates that an expression is made of."""
    match expression:
        case Plain(raw) | PercentileOf(raw):
            yield raw
        case Quotient(numerator, denominator):
            yield from (term.raw for term in (*numerator, *(denominator or ())))
        case Callers(exact, sketches):
            yield sketches
            yield exact
        case ByBand(every, above, below):
            for spread in (every, *above, *(below or ())):
                yield spread.calls
                yield spread.values
