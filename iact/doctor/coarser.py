"""Coarser rollups against the rows that they are made of: sums of two months of each source, and signs."""

from typing import Final

import asyncpg

from iact.doctor.finding import Finding, good, warning

# How rows of two months are told: a year of them would be read for seconds.
_BUCKETS: Final = (
    "h.bucket >= l.month - interval '2 days' AND h.bucket < l.month + interval '1 month 2 days'"
    " AND date_trunc('month', h.bucket AT TIME ZONE l.zone) = l.month"
)
_DAYS: Final = "h.day >= l.month AND h.day < l.month + interval '1 month'"
_MONTH: Final = "h.month = l.month"
# What is kept, how its rows are told, what it is made of, how those rows are told, and the count of both. Totals are
# read as questions read them, for those that are not made yet are made of the rows themselves.
COMPARED: Final = {
    "hours of months of IVR calls": ("legacy_month_hours", _MONTH, "legacy_hours", _BUCKETS, "calls"),
    "hours of months of queue calls": ("queue_month_hours", _MONTH, "queue_hours", _BUCKETS, "offered"),
    "months of repeats": ("legacy_repeat_months", _MONTH, "legacy_repeat_days", _DAYS, "calls"),
    "days of all DIDs": ("legacy_day_totals_v1", _DAYS, "legacy_days", f"h.grain = 1 AND {_DAYS}", "calls"),
    "months of menus": ("legacy_menu_months_v1", _MONTH, "legacy_months", f"h.grain = 2 AND {_MONTH}", "calls"),
    "days of all queues": ("queue_day_totals_v1", _DAYS, "queue_days", f"h.grain = 1 AND {_DAYS}", "offered"),
    "months of agents": ("queue_agent_months_v1", _MONTH, "queue_months", f"h.grain = 2 AND {_MONTH}", "offered"),
}
# One statement each, so that both sums are of one moment while loads go on.
_COMPARISON: Final = """
    SELECT l.source, l.month::date AS month, coalesce(kept.n, 0) AS kept, coalesce(made_of.n, 0) AS made_of
    FROM (SELECT s.source_id, s.source, z.zone,
                 date_trunc('month', v.data_as_of AT TIME ZONE z.zone) - back * interval '1 month' AS month
          FROM ivr.sources s JOIN ivr.data_versions v USING (source_id) JOIN ivr.month_hours_zones z USING (source_id),
               generate_series(0, 1) AS back
          WHERE v.data_as_of IS NOT NULL) AS l
    CROSS JOIN LATERAL (
        SELECT sum(h.{count}) FROM ivr.{kept} h WHERE h.{by} = l.{by} AND {kept_in}) AS kept (n)
    CROSS JOIN LATERAL (
        SELECT sum(h.{count}) FROM ivr.{made_of} h WHERE h.source_id = l.source_id AND {made_in}) AS made_of (n)
    WHERE coalesce(kept.n, 0) <> coalesce(made_of.n, 0) ORDER BY 1, 2"""
DIFFERENCES: Final = {
    name: _COMPARISON.format(
        kept=kept,
        kept_in=kept_in,
        made_of=made_of,
        made_in=made_in,
        count=count,
        by="source" if kept.endswith("_v1") else "source_id",
    )
    for name, (kept, kept_in, made_of, made_in, count) in COMPARED.items()
}
NEGATIVE: Final = """
    SELECT s.source, count(*) AS rows, min(n.month) AS month
    FROM (SELECT source_id, month FROM ivr.legacy_month_hours WHERE calls < 0
          UNION ALL SELECT source_id, month FROM ivr.queue_month_hours WHERE offered < 0
          UNION ALL SELECT source_id, month FROM ivr.legacy_repeat_months WHERE calls < 0) AS n
    JOIN ivr.sources s USING (source_id) GROUP BY 1 ORDER BY 1"""
MEANING: Final = "Heat maps, trends or tables of long spans tell other numbers than those of a day."


async def look_at_coarser(conn: asyncpg.Connection) -> list[Finding]:
    """Whether what triggers keep is what it is made of: never seen, but answers would not say it."""
    findings = [
        warning(
            "rollups",
            f"{row['source']}: {row['rows']} sums of coarser rollups are below 0, the first of {row['month']:%Y-%m}",
            MEANING,
            _way_out(row["source"]),
        )
        for row in await conn.fetch(NEGATIVE)
    ]
    for name, statement in DIFFERENCES.items():
        findings += [
            warning(
                "rollups",
                f"{row['source']}: {name} count {row['kept']} calls of {row['month']:%Y-%m}, and what they are made of"
                f" {row['made_of']}",
                MEANING,
                _way_out(row["source"]),
            )
            for row in await conn.fetch(statement)
        ]
    return findings or [good("rollups", "sums that are kept of the newest two months are right")]


def _way_out(source: str) -> str:
    quoted = source.replace("'", "''")
    return f"as the owner: SELECT ivr.count_coarser(source_id) FROM ivr.sources WHERE source = '{quoted}'"  # noqa: S608 - shown, not run
