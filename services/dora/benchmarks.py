"""What DORA published about deployment frequency, as data with the year it belongs to.

Clusters are results of a survey of one year, not a standard: they leave gaps, they overlap, and 2025 has none.
The bands of the Quick Check are the only public scale that DORA still offers.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Band: TypeAlias = Literal[
    "on_demand",
    "hour_to_day",
    "day_to_week",
    "week_to_month",
    "month_to_half_year",
    "less_than_half_yearly",
]
Cluster: TypeAlias = Literal["elite", "high", "medium", "low"]

DAY_S = 86_400
MONTH_S = 30.4375 * DAY_S  # a twelfth of 365.25 days


@dataclass(frozen=True, slots=True)
class BandRange:
    """A band of the Quick Check: intervals up to `interval_s_max`, and its share of the answers of 2025."""

    band: Band
    interval_s_max: float
    answers_2025: float


BANDS: tuple[BandRange, ...] = (
    BandRange("on_demand", 3_600, 0.162),
    BandRange("hour_to_day", DAY_S, 0.065),
    BandRange("day_to_week", 7 * DAY_S, 0.219),
    BandRange("week_to_month", MONTH_S, 0.315),
    BandRange("month_to_half_year", 6 * MONTH_S, 0.203),
    BandRange("less_than_half_yearly", float("inf"), 0.036),
)
ANSWERS_YEAR = 2025

# The clusters whose published range is this band. 2022 is missing: no copy of its table could be verified.
CLUSTERS: dict[int, dict[Band, tuple[Cluster, ...]]] = {
    2018: {"on_demand": ("elite",), "hour_to_day": ("high",), "week_to_month": ("medium", "low")},
    2019: {
        "on_demand": ("elite",),
        "day_to_week": ("high",),
        "week_to_month": ("medium",),
        "month_to_half_year": ("low",),
    },
    2021: {
        "on_demand": ("elite",),
        "week_to_month": ("high",),
        "month_to_half_year": ("medium",),
        "less_than_half_yearly": ("low",),
    },
    2023: {"on_demand": ("elite",), "day_to_week": ("high",), "week_to_month": ("medium", "low")},
    2024: {
        "on_demand": ("elite",),
        "day_to_week": ("high",),
        "week_to_month": ("medium",),
        "month_to_half_year": ("low",),
    },
}


def band_of(interval_s: float) -> BandRange:
    """The band of a mean interval between deployments; an edge belongs to the faster band."""
    return next(each for each in BANDS if interval_s <= each.interval_s_max)


def slower_share(band: Band) -> float:
    """The share of the answers of 2025 that deploy less often than this band."""
    names = [each.band for each in BANDS]
    return round(sum(each.answers_2025 for each in BANDS[names.index(band) + 1 :]), 3)
