"""Statistics with their uncertainty: linear percentiles, order-statistic and Wilson intervals, Kaplan-Meier. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, sqrt
from typing import Any

Z95 = 1.959963984540054  # two-sided 95 %
EXACT_MAX = 500  # beyond, the normal approximation of the binomial is off by less than one rank


@dataclass(frozen=True, slots=True)
class Spread:
    """The distribution of durations in seconds; all None of nothing. `ci95` is None for fewer than six values."""

    n: int
    median: float | None
    p75: float | None
    p90: float | None
    ci95: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Share:
    """A ratio with what it is made of; None, not 0, when there was nothing to divide."""

    numerator: int
    denominator: int
    value: float | None
    ci95: tuple[float, float] | None

    def as_dict(self) -> dict[str, Any]:
        return {
            "value": self.value,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "ci95": None if self.ci95 is None else list(self.ci95),
        }


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """Linear interpolation between the nearest ranks, as PostgreSQL's percentile_cont; None of nothing."""
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def spread(values: Sequence[float]) -> Spread:
    """Median, p75, p90 and the interval of the median."""
    ordered = sorted(values)
    return Spread(
        len(ordered),
        percentile(ordered, 0.5),
        percentile(ordered, 0.75),
        percentile(ordered, 0.9),
        median_interval(ordered),
    )


def median_interval(ordered: Sequence[float]) -> tuple[float, float] | None:
    """The narrowest pair of order statistics that holds the median with at least 95 %; free of any distribution."""
    n = len(ordered)
    rank = _rank(n)
    return None if rank is None else (ordered[rank - 1], ordered[n - rank])


def _rank(n: int) -> int | None:
    if n > EXACT_MAX:
        return int((n - Z95 * sqrt(n)) / 2)
    below, rank = 0.0, 0
    while (below + comb(n, rank)) / 2**n <= 0.025:  # noqa: PLR2004 - half of what 95 % leaves
        below += comb(n, rank)
        rank += 1
    return rank or None


def share(numerator: int, denominator: int) -> Share:
    """A ratio with Wilson's 95 % interval: 1 of 2 is 50 %, anywhere from 9.5 % to 90.5 %."""
    if denominator == 0:
        return Share(numerator, denominator, None, None)
    p, z2 = numerator / denominator, Z95**2
    middle = (p + z2 / (2 * denominator)) / (1 + z2 / denominator)
    half = Z95 * sqrt(p * (1 - p) / denominator + z2 / (4 * denominator**2)) / (1 + z2 / denominator)
    return Share(numerator, denominator, p, (max(0.0, middle - half), min(1.0, middle + half)))


def survival_median(ended: Sequence[float], censored: Sequence[float]) -> float | None:
    """Kaplan-Meier: when half had ended, counting those still open for as long as they were seen; None if never."""
    alive = len(ended) + len(censored)
    remaining = 1.0
    for at in sorted(set(ended)):
        at_risk = alive - sum(1 for each in ended if each < at) - sum(1 for each in censored if each < at)
        remaining *= 1 - sum(1 for each in ended if each == at) / at_risk
        if remaining <= 0.5:  # noqa: PLR2004 - the median
            return at
    return None


# The answers of DORA's Quick Check for durations, which it still offers; an edge belongs to the slower band.
BANDS = (
    ("less_than_hour", 3_600.0),
    ("hour_to_day", 86_400.0),
    ("day_to_week", 7 * 86_400.0),
    ("week_to_month", 30.4375 * 86_400),
    ("month_to_half_year", 6 * 30.4375 * 86_400),
    ("more_than_half_year", float("inf")),
)


def band(seconds: float | None) -> str | None:
    """The Quick Check band of a lead time or a recovery time."""
    return None if seconds is None else next(name for name, below in BANDS if seconds < below)
