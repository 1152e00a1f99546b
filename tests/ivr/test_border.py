"""The border in PostgreSQL: what each service's role may and may not do with calls."""

from datetime import UTC, date, datetime
from pathlib import Path

import asyncpg
import pytest

import services.ivr
from shared.settings import DatabaseSettings

pytestmark = pytest.mark.integration

MIGRATIONS = Path(services.ivr.__file__).parent / "migrations"
VIEWS = [
    "agent_spans_v1",
    "call_legs_v1",
    "call_steps_v1",
    "caller_key_epochs_v1",
    "data_version_v1",
    "day_versions_v1",
    "dids_v1",
    "holidays_v1",
    "legacy_caller_sketches_v1",
    "legacy_calls_v1",
    "legacy_day_totals_v1",
    "legacy_day_versions_v1",
    "legacy_days_v1",
    "legacy_hours_v1",
    "legacy_menu_months_v1",
    "legacy_month_hours_v1",
    "legacy_months_v1",
    "legacy_quarter_hours_v1",
    "legacy_repeat_days_v1",
    "legacy_repeat_months_v1",
    "legacy_unique_callers_v1",
    "menus_v1",
    "queue_agent_months_v1",
    "queue_caller_sketches_v1",
    "queue_calls_v1",
    "queue_day_totals_v1",
    "queue_day_versions_v1",
    "queue_days_v1",
    "queue_hours_v1",
    "queue_month_hours_v1",
    "queue_months_v1",
    "queue_quarter_hours_v1",
    "queue_repeat_days_v1",
    "queue_unique_callers_v1",
    "removed_calls_v1",
    "rollups_v1",
    "runs_v1",
    "sources_v1",
    "zone_checks_v1",
]


async def connect(settings: DatabaseSettings) -> asyncpg.Connection:
    return await asyncpg.connect(**settings.connect_arguments())


async def test_analytics_reads_every_view_of_the_border(database_settings: DatabaseSettings) -> None:
    analytics = await connect(database_settings.as_role("iact_analytics"))
    views = [
        row["relname"]
        for row in await analytics.fetch(
            "SELECT relname FROM pg_class WHERE relnamespace = 'ivr'::regnamespace AND relkind = 'v'"
        )
    ]
    assert sorted(views) == VIEWS
    for view in views:
        await analytics.fetch(f"SELECT * FROM ivr.{view} LIMIT 1")
    await analytics.close()


async def test_nobody_else_reads_calls_and_analytics_writes_none(database_settings: DatabaseSettings) -> None:
    for role, statement in (
        ("iact_analytics", "SELECT * FROM ivr.legacy_calls"),
        ("iact_analytics", "SELECT * FROM ivr.rejects"),
        ("iact_analytics", "DELETE FROM ivr.menus_v1"),
        ("iact_analytics", "UPDATE ivr.dids SET segment = 'x'"),
        ("iact_analytics", "SELECT ivr.ensure_month('legacy_calls', date '2025-07-01')"),
        ("iact_sessions", "SELECT * FROM ivr.legacy_calls_v1"),
        ("iact_dora", "SELECT * FROM ivr.queue_calls_v1"),
        ("iact_ivr", "CREATE TABLE ivr.mine (a int)"),
        ("iact_ivr", "DROP TABLE ivr.legacy_calls"),
    ):
        conn = await connect(database_settings.as_role(role))
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute(statement)
        await conn.close()


async def test_a_month_is_made_once_and_takes_its_calls(database_settings: DatabaseSettings) -> None:
    ivr = await connect(database_settings.as_role("iact_ivr"))
    for _ in range(2):
        await ivr.execute("SELECT ivr.ensure_month('queue_calls', $1)", date(2025, 7, 19))
    await ivr.execute("INSERT INTO ivr.sources (source, kind, zone) VALUES ('pbx', 'asterisk', 'UTC')")
    await ivr.execute(
        """INSERT INTO ivr.queue_calls
           (call_id, caller_id, source_id, callid, queue, entered_at, exit, transfers, ring_no_answer)
           SELECT 1, 0, source_id, 'a', 'q', $1, 'open', 0, 0 FROM ivr.sources""",
        datetime(2025, 7, 31, 23, 59, tzinfo=UTC),
    )
    assert await ivr.fetchval("SELECT source FROM ivr.queue_calls_v1") == "pbx"
    await ivr.close()


async def test_a_month_is_made_while_a_load_runs(database_settings: DatabaseSettings) -> None:
    loading, other = [await connect(database_settings.as_role("iact_ivr")) for _ in range(2)]
    async with loading.transaction():
        await loading.execute("DELETE FROM ivr.legacy_calls")  # takes the lock that COPY takes
        await other.execute("SET lock_timeout = '2s'")
        await other.execute("SELECT ivr.ensure_month('legacy_calls', $1)", date(2025, 7, 19))
    await loading.close()
    await other.close()


async def test_only_facts_have_months(database_settings: DatabaseSettings) -> None:
    ivr = await connect(database_settings.as_role("iact_ivr"))
    with pytest.raises(asyncpg.RaiseError, match="not partitioned by month"):
        await ivr.execute("SELECT ivr.ensure_month('runs', date '2025-07-01')")
    await ivr.close()


async def test_what_shards_stands_in_every_unique_index(conn: asyncpg.Connection) -> None:
    """Facts are spread by their caller, rollups by their cell: a unique index without it could not be kept."""
    rows = await conn.fetch(
        """SELECT i.indexrelid::regclass::text AS index,
                  EXISTS (SELECT FROM pg_attribute WHERE attrelid = i.indrelid AND attnum = ANY (i.indkey)
                          AND attname IN ('caller_id', 'cell_id')) AS has_key
           FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
           WHERE i.indisunique AND c.relnamespace = 'ivr'::regnamespace
             AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = i.indrelid AND attname IN ('caller_id', 'cell_id'))
             AND c.relname NOT IN ('legacy_cells', 'queue_cells', 'queue_kept_events', 'cel_kept_events')"""
    )
    assert len(rows) > 15
    assert [row["index"] for row in rows if not row["has_key"]] == []


async def test_ingestion_may_make_temporary_tables_where_nobody_else_may(
    database_settings: DatabaseSettings, as_owner: asyncpg.Connection
) -> None:
    """As `iact up` makes a database: what PUBLIC may do by default is taken away."""
    await as_owner.execute(f'REVOKE ALL ON DATABASE "{database_settings.name}" FROM PUBLIC')
    await as_owner.execute(f'GRANT CONNECT ON DATABASE "{database_settings.name}" TO iact_ivr, iact_analytics')
    await as_owner.execute((MIGRATIONS / "0011_temporary_tables.sql").read_text(encoding="utf-8"))
    for role, allowed in (("iact_ivr", True), ("iact_analytics", False)):
        found = "SELECT has_database_privilege($1, current_database(), 'TEMPORARY')"
        assert await as_owner.fetchval(found, role) is allowed
