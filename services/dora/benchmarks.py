"""What DORA published, as data with the year it belongs to. Pure.

Clusters are results of a survey of one year, not a standard: they leave gaps, they overlap, and 2025 has none.
The bands of the Quick Check are the only public scale that DORA still offers; an edge belongs to the slower band.
"""

from bisect import bisect_right
from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

Band: TypeAlias = Literal[
    "less_than_hour",
    "on_demand",
    "hour_to_day",
    "day_to_week",
    "week_to_month",
    "month_to_half_year",
    "more_than_half_year",
    "less_than_half_yearly",
]
Cluster: TypeAlias = Literal["elite", "high", "medium", "low"]
Timed: TypeAlias = Literal["change_lead_time", "deployment_frequency", "failed_deployment_recovery_time"]

Rated: TypeAlias = Literal["change_fail_rate", "deployment_rework_rate"]

ANSWERS_YEAR = 2025
DURATIONS: tuple[Band, ...] = (
    *("less_than_hour", "hour_to_day", "day_to_week"),
    *("week_to_month", "month_to_half_year", "more_than_half_year"),
)
FREQUENCIES: tuple[Band, ...] = (
    *("on_demand", "hour_to_day", "day_to_week"),
    *("week_to_month", "month_to_half_year", "less_than_half_yearly"),
)

# The shares of the answers of 2025, fastest band first.
ANSWERS: Mapping[Timed, tuple[float, ...]] = {
    "change_lead_time": (0.094, 0.150, 0.319, 0.283, 0.132, 0.020),
    "deployment_frequency": (0.162, 0.065, 0.219, 0.315, 0.203, 0.036),
    "failed_deployment_recovery_time": (0.213, 0.353, 0.280, 0.094, 0.049, 0.010),
}

# Shares have no bands in the Quick Check, which asks for a percentage. The answers of 2025 lie between these edges, an
# edge with the higher ones; the last share of rework is what the published ones leave.
EDGES: tuple[float, ...] = (0.0, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.0)
RATES: Mapping[Rated, tuple[float, ...]] = {
    "change_fail_rate": (0.085, 0.081, 0.196, 0.260, 0.195, 0.125, 0.059),
    "deployment_rework_rate": (0.073, 0.128, 0.265, 0.261, 0.154, 0.069, 0.050),
}

# Per year the clusters whose published range holds each band, fastest band first. 2022 is missing: no copy of its table
# could be verified. Change fail rates were published as points, and those of 2024 are not even in order.
Ranges: TypeAlias = tuple[tuple[Cluster, ...], ...]
CLUSTERS: Mapping[int, Mapping[Timed, Ranges]] = {
    2018: {
        "change_lead_time": (("elite",), (), ("high",), ("medium",), ("low",), ()),
        "deployment_frequency": (("elite",), ("high",), (), ("medium", "low"), (), ()),
        "failed_deployment_recovery_time": (("elite",), ("high", "medium"), (), ("low",), (), ()),
    },
    2019: {
        "change_lead_time": (("elite",), ("elite",), ("high",), ("medium",), ("low",), ()),
        "deployment_frequency": (("elite",), (), ("high",), ("medium",), ("low",), ()),
        "failed_deployment_recovery_time": (("elite",), ("high", "medium"), (), ("low",), (), ()),
    },
    2021: {
        "change_lead_time": (("elite",), (), ("high",), (), ("medium",), ("low",)),
        "deployment_frequency": (("elite",), (), (), ("high",), ("medium",), ("low",)),
        "failed_deployment_recovery_time": (("elite",), ("high",), ("medium",), (), (), ("low",)),
    },
    2023: {
        "change_lead_time": (("elite",), ("elite",), ("high",), ("medium", "low"), (), ()),
        "deployment_frequency": (("elite",), (), ("high",), ("medium", "low"), (), ()),
        "failed_deployment_recovery_time": (("elite",), ("high",), ("medium",), (), ("low",), ()),
    },
    2024: {
        "change_lead_time": (("elite",), ("elite",), ("high",), ("medium",), ("low",), ()),
        "deployment_frequency": (("elite",), (), ("high",), ("medium",), ("low",), ()),
        "failed_deployment_recovery_time": (("elite",), ("high", "medium"), (), ("low",), (), ()),
    },
}


def bands(metric: Timed) -> tuple[Band, ...]:
    """The bands of a metric, fastest first."""
    return FREQUENCIES if metric == "deployment_frequency" else DURATIONS


def share_of_answers(metric: Timed, band: Band) -> float:
    """The share of the answers of 2025 that named this band."""
    return ANSWERS[metric][bands(metric).index(band)]


def share_slower(metric: Timed, band: Band) -> float:
    """The share of the answers of 2025 that are slower than this band."""
    return round(sum(ANSWERS[metric][bands(metric).index(band) + 1 :]), 3)


def answers_about(metric: Rated, value: float) -> tuple[float, float, float, float]:
    """The edges around a share, the share of the answers of 2025 between them, and the share above them."""
    place = min(bisect_right(EDGES, value), len(EDGES) - 1) - 1
    return EDGES[place], EDGES[place + 1], RATES[metric][place], round(sum(RATES[metric][place + 1 :]), 3)


def clusters(year: int, metric: Timed, band: Band) -> tuple[Cluster, ...]:
    """The clusters of a year whose range holds this band; none where that year left a gap."""
    return CLUSTERS[year][metric][bands(metric).index(band)]


TIMED: tuple[Timed, ...] = get_args(Timed)
RATED: tuple[Rated, ...] = get_args(Rated)
