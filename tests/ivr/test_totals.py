"""Coarser rollups: right whoever writes the rows beneath them, taken out until they are made again, made in the end."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services import ivr
from services.ivr import store, store_rollups
from services.ivr.fill_totals import fill_totals
from services.ivr.lease import Lease
from services.ivr.totals import write_queue_totals
from shared.postgres import Database
from tests.analytics.facts import QueueCall, Warehouse
from tests.ivr.coarser import check_coarser
from tests.ivr.conftest import Ingest, files_source, write_csv
from tests.ivr.test_load_rollups import MADRID, random_rows

pytestmark = pytest.mark.integration

MIGRATIONS = Path(ivr.__file__).parent / "migrations"
MIGRATION = MIGRATIONS / "0018_coarser_rollups.sql"
FORMER_STATE = (MIGRATIONS / "0009_rollup_state.sql").read_text(encoding="utf-8")
FORMER_VIEW = FORMER_STATE[FORMER_STATE.index("CREATE VIEW ivr.rollups_v1") :]
COARSER = (
    *("legacy_month_hours", "queue_month_hours", "legacy_repeat_months", "legacy_day_totals", "legacy_menu_months"),
    *("queue_day_totals", "queue_agent_months", "totals_missing", "month_hours_zones"),
)
# As the release before declares a source.
FORMER_UPSERT = (
    "INSERT INTO ivr.sources (source, kind, zone) VALUES ($1, $2, $3) ON CONFLICT (source) DO UPDATE SET"
    " kind = excluded.kind, zone = excluded.zone, seen_at = now() RETURNING source_id"
)
MISSING = "SELECT count(*) FROM ivr.totals_missing"
# A view of all DIDs or queues together, and what it must add up to.
SUMS = (
    ("legacy_day_totals_v1", "legacy_days_v1", 1, "day, menu_abandoned", "calls"),
    ("legacy_menu_months_v1", "legacy_months_v1", 2, "month, menu", "calls"),
    ("queue_day_totals_v1", "queue_days_v1", 1, "day", "offered"),
    ("queue_agent_months_v1", "queue_months_v1", 2, "month, agent", "offered"),
)


async def add_queue_calls(conn: asyncpg.Connection) -> None:
    warehouse = Warehouse(conn)
    await warehouse.source("queues", "asterisk", data_as_of=datetime(2025, 4, 1, tzinfo=UTC))
    at = datetime(2025, 3, 1, 12, tzinfo=UTC)
    ends: list[dict[str, Any]] = [{"exit": "answered", "talk_s": 60.0, "agent": "ana"}, {"exit": "abandoned"}]
    calls = [
        QueueCall(entered_at=at + timedelta(hours=7 * n), call_id=n, queue=f"q{n % 3}", wait_s=5.0 * n, **ends[n % 2])
        for n in range(40)
    ]
    await warehouse.add_queue(calls)
    source_id = warehouse.ids["sources", "queues"]
    days = [date(2025, 3, 1) + timedelta(days=n) for n in range(31)]
    await store_rollups.rebuild_queue_buckets(conn, source_id, at, at + timedelta(days=20))
    await store_rollups.rebuild_queue_days(conn, source_id, days[0], days[-1])
    await write_queue_totals(conn, source_id, days)
    await conn.execute("UPDATE ivr.rollup_states SET complete = true")


async def check_views(conn: asyncpg.Connection) -> None:
    """What questions read is whole, whether totals are there or not."""
    for view, rows, grain, keys, count in SUMS:
        sums = f"sum({count}), sum(duration_n), sum(duration_s_total), bool_or(length(durations) > 0)"
        ours = await conn.fetch(f"SELECT source, {keys}, {sums} FROM ivr.{view} GROUP BY source, {keys}")
        theirs = await conn.fetch(
            f"SELECT source, {keys}, {sums} FROM ivr.{rows} WHERE grain = {grain} GROUP BY source, {keys}"
        )
        assert {tuple(row) for row in ours} == {tuple(row) for row in theirs}, view


async def test_the_release_before_leaves_nothing_wrong(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection, database: Database
) -> None:
    source = files_source(write_csv(tmp_path / "t.csv", random_rows(3)), zone=MADRID)
    assert (await ingest(source)).error is None
    assert await as_owner.fetchval(MISSING) == 0
    await check_coarser(as_owner)
    units = [row["unit_id"] for row in await as_owner.fetch("SELECT unit_id FROM ivr.units ORDER BY 1 LIMIT 2")]
    source_id = await as_owner.fetchval("SELECT source_id FROM ivr.sources")
    await as_owner.execute(FORMER_UPSERT, source.id, source.kind, "Asia/Tokyo")
    async with as_owner.transaction():
        # It knows no totals: its statements write days and months alone.
        await store_rollups.rebuild_legacy_units(as_owner, units)
        await store_rollups.rebuild_legacy_months(as_owner, source_id, [date(2025, 10, 1)])
    assert await as_owner.fetchval(MISSING) > 0
    await check_coarser(as_owner)
    await check_views(as_owner)
    assert await fill_totals(database)
    assert await as_owner.fetchval(MISSING) == 0
    assert await as_owner.fetchval("SELECT zone FROM ivr.month_hours_zones") == "Asia/Tokyo"
    await check_coarser(as_owner)
    await check_views(as_owner)


async def test_an_upgrade_begins_with_what_there_is(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection, database: Database
) -> None:
    assert (await ingest(files_source(write_csv(tmp_path / "t.csv", random_rows(6)), zone=MADRID))).error is None
    await add_queue_calls(as_owner)
    # As the release before has it: rollups, and nothing of the coarser ones.
    tables = ", ".join(f"ivr.{name}" for name in COARSER)
    functions = await as_owner.fetch(
        "SELECT p.oid::regprocedure::text AS name FROM pg_proc p WHERE pronamespace = 'ivr'::regnamespace"
        " AND (prosrc ~ ANY ($1::text[]) OR proname = 'refuse_uncounted_change') AND proname <> 'move_queue_days'",
        list(COARSER),
    )
    await as_owner.execute(
        f"DROP FUNCTION {', '.join(row['name'] for row in functions)} CASCADE; DROP TABLE {tables} CASCADE"
    )
    await as_owner.execute(FORMER_VIEW)
    async with as_owner.transaction():
        await as_owner.execute(MIGRATION.read_text(encoding="utf-8"))
    await check_coarser(as_owner)
    await check_views(as_owner)
    assert await as_owner.fetchval("SELECT count(DISTINCT rollup) FROM ivr.totals_missing") == 4
    assert await as_owner.fetchval("SELECT sum(calls) FROM ivr.legacy_month_hours_v1") > 0
    assert await fill_totals(database)
    assert await as_owner.fetchval(MISSING) == 0
    await check_coarser(as_owner)
    await check_views(as_owner)


async def test_a_late_row_of_a_day_takes_its_total_out(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    assert (await ingest(files_source(write_csv(tmp_path / "t.csv", random_rows(4)), zone=MADRID))).error is None
    row = await as_owner.fetchrow("SELECT * FROM ivr.legacy_days WHERE grain = 1 LIMIT 1")
    assert row is not None
    at = (row["day"], row["unit_id"])
    total = "SELECT count(*) FROM ivr.legacy_day_totals WHERE day = $1 AND unit_id = $2"
    assert await as_owner.fetchval(total, *at) > 0
    await as_owner.execute(
        "UPDATE ivr.legacy_days SET calls = calls + 1 WHERE grain = 1 AND day = $1 AND unit_id = $2", *at
    )
    assert await as_owner.fetchval(total, *at) == 0
    await check_views(as_owner)


HOURS = "SELECT weekday, hour, sum(calls) FROM ivr.legacy_month_hours_v1 GROUP BY 1, 2"
FIT = "SELECT bool_and(month_hours_fit) FROM ivr.rollups_v1"


@pytest.mark.parametrize("upsert", [FORMER_UPSERT, store.load("upsert_source")], ids=["before", "now"])
async def test_hours_of_months_follow_the_zone_of_their_source(
    upsert: str, tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection, database: Database
) -> None:
    source = files_source(write_csv(tmp_path / "t.csv", random_rows(5)), zone=MADRID)
    assert (await ingest(source)).error is None
    number = await as_owner.fetchval(upsert, source.id, source.kind, source.zone)
    assert await as_owner.fetchval(FIT)
    before = await as_owner.fetch(HOURS)
    version = await as_owner.fetchval("SELECT version FROM ivr.data_versions")
    assert await as_owner.fetchval(upsert, source.id, source.kind, "Asia/Tokyo") == number
    # Nobody reads them now, and what is taken still goes from where it was added.
    assert not await as_owner.fetchval(FIT)
    units = [row["unit_id"] for row in await as_owner.fetch("SELECT unit_id FROM ivr.units ORDER BY 1 LIMIT 2")]
    await store_rollups.rebuild_legacy_units(as_owner, units)
    await check_coarser(as_owner)
    assert {tuple(row) for row in await as_owner.fetch(HOURS)} == {tuple(row) for row in before}
    async with Lease.hold(database, number):
        assert not await fill_totals(database)
    assert await fill_totals(database)
    assert await as_owner.fetchval(FIT)
    assert await as_owner.fetchval("SELECT zone FROM ivr.month_hours_zones") == "Asia/Tokyo"
    assert await as_owner.fetchval("SELECT version FROM ivr.data_versions") > version
    assert {tuple(row) for row in await as_owner.fetch(HOURS)} != {tuple(row) for row in before}
    await check_coarser(as_owner)


async def test_a_zone_declared_during_a_load_waits_for_nobody_and_loses_nothing(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection, database: Database
) -> None:
    source = files_source(write_csv(tmp_path / "t.csv", random_rows(5)), zone=MADRID)
    assert (await ingest(source)).error is None
    units = [row["unit_id"] for row in await as_owner.fetch("SELECT unit_id FROM ivr.units ORDER BY 1")]
    async with as_owner.transaction():
        await store_rollups.rebuild_legacy_units(as_owner, units[:2])
        async with database.connection() as other, asyncio.timeout(60):
            await store.upsert_source(other, source.id, source.kind, "Asia/Tokyo")
        counting = asyncio.create_task(fill_totals(database))
        await asyncio.wait([counting], timeout=0.5)
        assert not counting.done()
        await store_rollups.rebuild_legacy_units(as_owner, units[2:4])
    assert await counting
    assert await as_owner.fetchval(FIT)
    await check_coarser(as_owner)


@pytest.mark.parametrize("table", ["legacy_hours", "queue_hours", "legacy_repeat_days", "queue_days", "queue_months"])
async def test_what_no_trigger_counts_is_refused(table: str, as_owner: asyncpg.Connection) -> None:
    for statement in (f"UPDATE ivr.{table} SET source_id = source_id", f"TRUNCATE ivr.{table}"):
        with pytest.raises(asyncpg.RaiseError, match=f"of ivr.{table} would leave .* wrong"):
            await as_owner.execute(statement)


@pytest.mark.parametrize("table", ["legacy_days", "legacy_months"])
async def test_emptying_is_refused(table: str, as_owner: asyncpg.Connection) -> None:
    with pytest.raises(asyncpg.RaiseError, match=f"of ivr.{table} would leave .* wrong"):
        await as_owner.execute(f"TRUNCATE ivr.{table}")


async def test_what_small_batches_left_is_made_unless_its_source_is_busy(
    as_owner: asyncpg.Connection, database: Database
) -> None:
    conn = as_owner
    await add_queue_calls(conn)
    assert await conn.fetchval(MISSING) == 0
    await check_coarser(conn)
    for rows in ("queue_days WHERE day > '2025-03-04'", "queue_months WHERE cell_id % 2 = 0"):
        table = rows.partition(" ")[0]
        await conn.execute(
            f"WITH old AS (DELETE FROM ivr.{rows} RETURNING *) INSERT INTO ivr.{table} SELECT * FROM old"
        )
    assert await conn.fetchval("SELECT count(DISTINCT rollup) FROM ivr.totals_missing") == 2
    await check_coarser(conn)
    await check_views(conn)
    source_id = await conn.fetchval("SELECT source_id FROM ivr.sources WHERE kind = 'asterisk'")
    async with Lease.hold(database, source_id):
        assert not await fill_totals(database)
    assert await conn.fetchval(MISSING) > 0
    assert await fill_totals(database)
    assert await conn.fetchval(MISSING) == 0
    await check_coarser(conn)
