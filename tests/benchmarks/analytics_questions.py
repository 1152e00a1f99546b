"""What the page asks, for a year and a month, and the same questions as plain SQL. For tests.benchmarks.analytics."""

from dataclasses import dataclass
from typing import Any

from services.analytics.dimensions import DURATION_BANDS_S, WAIT_BANDS_S
from tests.benchmarks.year_of_calls import YEAR, ZONE

YEAR_RANGE = {"from": f"{YEAR}-01-01T00:00:00-06:00", "to": f"{YEAR + 1}-01-01T00:00:00-06:00"}
# Neither begins nor ends with a month: months in the middle, days at the edges.
UNEVEN_RANGE = {"from": f"{YEAR}-01-10T00:00:00-06:00", "to": f"{YEAR}-11-21T00:00:00-06:00"}
MONTH_RANGE = {"from": f"{YEAR}-07-01T00:00:00-06:00", "to": f"{YEAR}-08-01T00:00:00-06:00"}
LEGACY_TILES = (
    "calls",
    "abandoned",
    "abandoned_rate",
    "unique_callers",
    "duration_s_p50",
    "duration_s_p90",
    "ended_in_ivr",
)
QUEUE_TILES = ("offered", "answered", "abandoned", "abandoned_rate", "service_level", "asa_s", "wait_s_p90")


@dataclass(frozen=True)
class Asked:
    """One question; `plain` is the same as SQL over the facts, where {calls} are the rows and {at} their local time."""

    name: str
    kind: str
    metrics: tuple[str, ...]
    dimensions: tuple[str, ...] = ()
    granularity: str = "total"
    order_by: tuple[str, ...] = ()
    limit: int = 2_000
    totals: bool = False
    plain: str | None = None

    def body(self, when: dict[str, str]) -> dict[str, Any]:
        return {
            "source_kind": self.kind,
            "metrics": self.metrics,
            "dimensions": self.dimensions,
            "time": {**when, "granularity": self.granularity, "zone": ZONE},
            "order_by": self.order_by,
            "limit": self.limit,
            "totals": self.totals,
        }


def _band(value: str, uppers: tuple[int, ...]) -> str:
    steps = " ".join(f"WHEN {value} <= {upper} THEN {index}" for index, upper in enumerate(uppers))
    return f"CASE {steps} WHEN {value} IS NOT NULL THEN {len(uppers)} END"


_LEVEL = (
    "count(*) FILTER (WHERE exit = 'answered' AND wait_s <= 20)::float8"
    " / count(*) FILTER (WHERE exit IN ('answered', 'abandoned'))"
)
QUESTIONS = (
    Asked("legacy_tiles", "legacy", LEGACY_TILES),
    Asked(
        "legacy_trend",
        "legacy",
        ("calls", "abandoned", "abandoned_rate"),
        granularity="day",
        plain="SELECT date_trunc('day', {at}), count(*), count(*) FILTER (WHERE menu_abandoned)"
        " FROM {calls} GROUP BY 1",
    ),
    Asked("legacy_tile_trend", "legacy", LEGACY_TILES, granularity="month"),
    Asked(
        "menus",
        "legacy",
        ("calls", "abandoned"),
        ("menu",),
        order_by=("-calls",),
        limit=10,
        totals=True,
        plain="SELECT menu, count(*) AS n, count(*) FILTER (WHERE menu_abandoned) FROM {calls} GROUP BY 1"
        " ORDER BY n DESC LIMIT 10",
    ),
    Asked(
        "menu_table",
        "legacy",
        ("calls", "abandoned", "abandoned_rate", "duration_s_p90"),
        ("menu",),
        order_by=("-calls",),
    ),
    Asked("centre_table", "legacy", ("calls", "transferred", "same_line"), ("centre",), order_by=("-calls",)),
    Asked("segments", "legacy", ("calls", "abandoned_rate", "unique_callers"), ("segment",)),
    Asked(
        "legacy_heat",
        "legacy",
        ("calls", "abandoned", "abandoned_rate"),
        ("weekday", "hour_of_day"),
        plain="SELECT extract(isodow FROM {at}), extract(hour FROM {at}), count(*),"
        " count(*) FILTER (WHERE menu_abandoned) FROM {calls} GROUP BY 1, 2",
    ),
    Asked(
        "duration_percentiles_by_day",
        "legacy",
        ("duration_s_p50", "duration_s_p90", "duration_s_p95"),
        granularity="day",
        plain="SELECT date_trunc('day', {at}), percentile_disc(0.5) WITHIN GROUP (ORDER BY duration_s),"
        " percentile_disc(0.9) WITHIN GROUP (ORDER BY duration_s),"
        " percentile_disc(0.95) WITHIN GROUP (ORDER BY duration_s) FROM {calls} GROUP BY 1",
    ),
    Asked(
        "unique_callers_by_month",
        "legacy",
        ("unique_callers",),
        granularity="month",
        plain="SELECT date_trunc('month', {at}), count(DISTINCT caller_id) FROM {calls} GROUP BY 1",
    ),
    Asked(
        "durations",
        "legacy",
        ("calls", "abandoned"),
        ("duration_band",),
        plain=f"SELECT {_band('duration_s', DURATION_BANDS_S)}, count(*), count(*) FILTER (WHERE menu_abandoned)"
        " FROM {calls} GROUP BY 1",
    ),
    Asked("lines", "legacy", ("calls", "abandoned"), ("line_kind",)),
    Asked("repeats", "legacy", ("repeat_rate_24h", "contained_rate")),
    Asked("queue_tiles", "asterisk", QUEUE_TILES),
    Asked("queue_trend", "asterisk", ("offered", "answered", "abandoned", "service_level"), granularity="day"),
    Asked(
        "service_level_by_queue",
        "asterisk",
        ("offered", "answered", "abandoned", "abandoned_rate", "service_level", "asa_s", "wait_s_p90"),
        ("queue",),
        order_by=("-offered",),
        plain=f"SELECT queue, count(*) AS n, count(*) FILTER (WHERE exit = 'answered'), {_LEVEL},"
        " avg(wait_s) FILTER (WHERE exit = 'answered'), percentile_disc(0.9) WITHIN GROUP (ORDER BY wait_s)"
        " FROM {calls} GROUP BY 1 ORDER BY n DESC",
    ),
    Asked(
        "queue_heat",
        "asterisk",
        ("offered", "abandoned", "abandoned_rate"),
        ("weekday", "hour_of_day"),
        plain="SELECT extract(isodow FROM {at}), extract(hour FROM {at}), count(*),"
        " count(*) FILTER (WHERE exit = 'abandoned') FROM {calls} GROUP BY 1, 2",
    ),
    Asked(
        "wait_percentiles_by_day",
        "asterisk",
        ("wait_s_p50", "wait_s_p90", "wait_s_p95"),
        granularity="day",
        plain="SELECT date_trunc('day', {at}), percentile_disc(0.5) WITHIN GROUP (ORDER BY wait_s),"
        " percentile_disc(0.9) WITHIN GROUP (ORDER BY wait_s),"
        " percentile_disc(0.95) WITHIN GROUP (ORDER BY wait_s) FROM {calls} GROUP BY 1",
    ),
    Asked(
        "waits",
        "asterisk",
        ("offered", "abandoned"),
        ("wait_band",),
        plain=f"SELECT {_band('wait_s', WAIT_BANDS_S)}, count(*), count(*) FILTER (WHERE exit = 'abandoned')"
        " FROM {calls} GROUP BY 1",
    ),
    Asked("exits", "asterisk", ("offered",), ("exit",), plain="SELECT exit, count(*) FROM {calls} GROUP BY 1"),
    Asked("hours_by_queue", "asterisk", ("offered", "abandoned"), ("queue", "hour_of_day")),
    Asked("queue_unique_callers_by_month", "asterisk", ("unique_callers",), granularity="month"),
    Asked("agents", "asterisk", ("answered", "talk_s_mean", "talk_s_p90"), ("agent",), order_by=("-answered",)),
)
