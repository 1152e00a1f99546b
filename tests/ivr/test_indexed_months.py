"""Months of legacy calls are indexed once their first load is over, whoever else is at work in them."""

from pathlib import Path

import asyncpg
import pytest

from shared.settings import DatabaseSettings
from tests.ivr.conftest import Ingest, files_source, legacy_row, write_csv

pytestmark = pytest.mark.integration

INDEXES = """
    SELECT c.relname AS month, count(x.indexrelid) AS indexes FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    LEFT JOIN pg_index x ON x.indrelid = c.oid WHERE i.inhparent = 'ivr.legacy_calls'::regclass
    GROUP BY c.relname ORDER BY c.relname"""


async def indexes(conn: asyncpg.Connection) -> dict[str, int]:
    return {row["month"]: row["indexes"] for row in await conn.fetch(INDEXES)}


async def test_a_month_with_calls_gets_one_index_and_one_without_none(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    await as_owner.execute("SELECT ivr.ensure_month('legacy_calls', date '2025-09-01')")
    rows = [legacy_row("2025-07-01"), legacy_row("2025-08-01")]
    for _ in range(2):
        rows.append(legacy_row("2025-08-02"))
        outcome = await ingest(files_source(write_csv(tmp_path / "t.csv", rows)))
        assert outcome.error is None
        assert await indexes(as_owner) == {
            "legacy_calls_2025_07": 1,
            "legacy_calls_2025_08": 1,
            "legacy_calls_2025_09": 0,
        }


async def test_a_month_that_another_load_writes_is_indexed_by_the_next_run(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection, database_settings: DatabaseSettings
) -> None:
    await as_owner.execute("SELECT ivr.ensure_month('legacy_calls', date '2025-07-01')")
    path = write_csv(tmp_path / "t.csv", [legacy_row("2025-07-01")])
    other = await asyncpg.connect(**database_settings.as_role("iact_ivr").connect_arguments())
    try:
        async with other.transaction():
            await other.execute("DELETE FROM ivr.legacy_calls")  # takes the lock that COPY takes
            outcome = await ingest(files_source(path))
            assert outcome.error is None
            assert await as_owner.fetchval("SELECT count(*) FROM ivr.legacy_calls") == 1
            assert await indexes(as_owner) == {"legacy_calls_2025_07": 0}
    finally:
        await other.close()
    assert (await ingest(files_source(path))).error is None
    assert await indexes(as_owner) == {"legacy_calls_2025_07": 1}


async def test_two_do_not_index_at_the_same_time(
    as_owner: asyncpg.Connection, database_settings: DatabaseSettings
) -> None:
    await as_owner.execute("SELECT ivr.ensure_month('legacy_calls', date '2025-07-01')")
    await as_owner.execute(
        """INSERT INTO ivr.legacy_calls (call_id, caller_id, started_at, source_id, unit_id, did_id, menu_id, option_id,
               centre_id, label_set_id, occurrence, line_kind, swapped)
           VALUES (1, 1, '2025-07-02', 1, 1, 1, 1, 1, 1, 1, 1, 1, false)"""
    )
    first, second = [await asyncpg.connect(**database_settings.as_role("iact_ivr").connect_arguments()) for _ in "ab"]
    async with first.transaction():
        assert await first.fetchval("SELECT ivr.index_month()") == "legacy_calls_2025_07"
        assert await second.fetchval("SELECT ivr.index_month()") is None
    assert await second.fetchval("SELECT ivr.index_month()") is None
    assert await indexes(as_owner) == {"legacy_calls_2025_07": 1}
    await first.close()
    await second.close()
