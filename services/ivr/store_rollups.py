"""Rollups from facts, in SQL: the independent check of what a load writes in its own pass, and the way to rebuild.

Functions take a connection first and never begin or commit.
"""

from collections.abc import Sequence
from datetime import date, datetime

from shared.postgres import Connection
from shared.sql import folder, identifier

load = folder(__file__)

REBUILD_TIMEOUT_S = 1_800.0  # all grains of a quarter of 14 million calls, on a slow disk
# Each table with the statement that fills it.
LEGACY_UNIT_TABLES = {
    "legacy_quarter_hours": "rebuild_legacy_quarter_hours",
    "legacy_hours": "rebuild_legacy_hours",
    "legacy_days": "rebuild_legacy_days",
}
QUEUE_BUCKET_TABLES = {"queue_quarter_hours": "rebuild_queue_quarter_hours", "queue_hours": "rebuild_queue_hours"}


async def rebuild_legacy_units(conn: Connection, unit_ids: Sequence[int]) -> None:
    """The rollup rows that these units own, from their facts."""
    units = list(unit_ids)
    await conn.execute(load("ensure_legacy_cells"), units, timeout=REBUILD_TIMEOUT_S)
    for table, statement in LEGACY_UNIT_TABLES.items():
        await conn.execute(
            f"DELETE FROM ivr.{identifier(table)} WHERE unit_id = ANY ($1)",  # noqa: S608 - declared above
            units,
            timeout=REBUILD_TIMEOUT_S,
        )
        await conn.execute(load(statement), units, timeout=REBUILD_TIMEOUT_S)


async def rebuild_legacy_months(conn: Connection, source_id: int, months: Sequence[date]) -> None:
    """Calendar months, given by their first days, from the days."""
    await conn.execute(
        "DELETE FROM ivr.legacy_months WHERE source_id = $1 AND month = ANY ($2)", source_id, list(months)
    )
    await conn.execute(load("rebuild_legacy_months"), source_id, list(months), timeout=REBUILD_TIMEOUT_S)


async def rebuild_legacy_repeats(conn: Connection, source_id: int, since: date, until: date) -> None:
    """Local days in [since, until); their cells must be there."""
    await conn.execute(
        "DELETE FROM ivr.legacy_repeat_days WHERE source_id = $1 AND day >= $2 AND day < $3", source_id, since, until
    )
    await conn.execute(load("rebuild_legacy_repeat_days"), source_id, since, until, timeout=REBUILD_TIMEOUT_S)


async def rebuild_queue_buckets(conn: Connection, source_id: int, since: datetime, until: datetime) -> None:
    """Buckets in [since, until), both at full hours of UTC."""
    await conn.execute(load("ensure_queue_cells"), source_id, since, until, timeout=REBUILD_TIMEOUT_S)
    for table, statement in QUEUE_BUCKET_TABLES.items():
        await conn.execute(
            f"DELETE FROM ivr.{identifier(table)} WHERE source_id = $1 AND bucket >= $2 AND bucket < $3",  # noqa: S608 - declared above
            *(source_id, since, until),
        )
        await conn.execute(load(statement), source_id, since, until, timeout=REBUILD_TIMEOUT_S)


async def rebuild_queue_days(conn: Connection, source_id: int, since: date, until: date) -> None:
    """Local days in [since, until) and the months that they lie in; their cells must be there."""
    await conn.execute(
        "DELETE FROM ivr.queue_days WHERE source_id = $1 AND day >= $2 AND day < $3", source_id, since, until
    )
    await conn.execute(load("rebuild_queue_days"), source_id, since, until, timeout=REBUILD_TIMEOUT_S)
    months = _months(since, until)
    await conn.execute("DELETE FROM ivr.queue_months WHERE source_id = $1 AND month = ANY ($2)", source_id, months)
    await conn.execute(load("rebuild_queue_months"), source_id, months, timeout=REBUILD_TIMEOUT_S)


async def rebuild_queue_repeats(conn: Connection, source_id: int, since: date, until: date) -> None:
    """Local days in [since, until); their cells must be there."""
    await conn.execute(
        "DELETE FROM ivr.queue_repeat_days WHERE source_id = $1 AND day >= $2 AND day < $3", source_id, since, until
    )
    await conn.execute(load("rebuild_queue_repeat_days"), source_id, since, until, timeout=REBUILD_TIMEOUT_S)


def _months(since: date, until: date) -> list[date]:
    """The first days of the months that [since, until) touches."""
    months = []
    month = since.replace(day=1)
    while month < until:
        months.append(month)
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return months
