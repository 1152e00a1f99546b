"""What a run reads again of a queue_log table, and what it writes when there is nothing new."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from services.ivr import store_queue
from services.ivr.config import ConfigError, Source, read_sources
from services.ivr.keys import Keys
from services.ivr.sources.asterisk import OVERLAP_IDS, open_asterisk
from shared.postgres import Database
from shared.testing.mariadb import MariaDbSchema
from tests.ivr.conftest import Ingest, files_source, mariadb_source
from tests.ivr.test_asterisk_runs import CREATE_QUEUE_LOG, calls, insert, last_run

pytestmark = pytest.mark.integration

START = datetime(2025, 7, 1, 6)  # noqa: DTZ001 - local: 12:00 UTC
ENTER, ABANDON = "ENTERQUEUE", "ABANDON"


@pytest.fixture
def source(mariadb: MariaDbSchema) -> Source:
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute(CREATE_QUEUE_LOG)
    plain = mariadb_source(mariadb, "asterisk")
    return Source(id=plain.id, kind=plain.kind, zone=plain.zone, login=plain.login, slow_pass_s=0.0)


def row(number: int, second: int, callid: str, verb: str = ENTER) -> tuple[int, str, str, str, str, tuple[str, ...]]:
    data = ("", f"55{number:08}", "1") if verb == ENTER else ("1", "1", "60")
    return number, f"{START + timedelta(seconds=second):%F %T}", callid, "NONE", verb, data


async def details(conn: asyncpg.Connection) -> dict[str, Any]:
    found = await conn.fetchrow(
        "SELECT (details -> 'late_rows')::int AS late_rows, (details -> 'lateness_s_p95')::float AS p95,"
        " (details -> 'lateness_s_max')::float AS max FROM ivr.runs ORDER BY run_id DESC LIMIT 1"
    )
    return dict(found or {})


@pytest.mark.requirement("RF-007")
async def test_a_row_that_is_committed_far_below_the_overlap_is_found_by_the_slow_pass(
    mariadb: MariaDbSchema, source: Source, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    far = 5 * OVERLAP_IDS
    insert(mariadb, row(1, 0, "1.1"), row(far, 600, "1.2"))
    await ingest(source)
    never = Source(id=source.id, kind=source.kind, zone=source.zone, login=source.login, slow_pass_s=3_600.0)
    insert(mariadb, row(2, 60, "1.1", ABANDON))
    await ingest(never)
    assert [call[:2] for call in await calls(as_owner)] == [("1.1", "open"), ("1.2", "open")]
    await ingest(source)
    assert [call[:2] for call in await calls(as_owner)] == [("1.1", "abandoned"), ("1.2", "open")]
    assert await details(as_owner) == {"late_rows": 1, "p95": 540.0, "max": 540.0}
    run = await last_run(as_owner)
    assert (run["rows_read"], run["rows_published"], run["rows_duplicate"]) == (2, 1, 1)
    await ingest(source)
    assert (await last_run(as_owner))["rows_published"] == 0


async def test_what_is_older_than_a_day_is_not_asked_for_again(
    mariadb: MariaDbSchema, source: Source, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    far = 5 * OVERLAP_IDS
    insert(mariadb, row(1, 0, "1.1"), row(far, 2 * 86_400, "1.2"))
    await ingest(source)
    await ingest(source)  # its slow pass forgets the first block
    insert(mariadb, row(2, 60, "1.1", ABANDON))
    await ingest(source)
    assert [call[:2] for call in await calls(as_owner)] == [("1.1", "open"), ("1.2", "open")]
    blocks = await as_owner.fetch("SELECT block FROM ivr.queue_read_blocks")
    assert [each["block"] for each in blocks] == [far >> 10]


async def test_the_watermark_comes_from_the_source_and_never_goes_back(
    mariadb: MariaDbSchema, source: Source, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    insert(mariadb, row(7, 0, "1.1"))
    await ingest(source)
    insert(mariadb, row(3, 1, "1.1", ABANDON))
    await ingest(source)
    assert await as_owner.fetchval("SELECT next_position FROM ivr.queue_streams") == 8
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM queue_log WHERE id = 7")
    await ingest(source)
    assert await as_owner.fetchval("SELECT next_position FROM ivr.queue_streams") == 8
    assert len(await calls(as_owner)) == 1  # absence in the source is not deletion


async def test_a_run_with_nothing_new_writes_neither_facts_nor_rollups(
    mariadb: MariaDbSchema, source: Source, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    insert(mariadb, *[row(n, n, f"1.{n}") for n in range(1, 40)], row(50, 50, "1.1", ABANDON))
    never = Source(id=source.id, kind=source.kind, zone=source.zone, login=source.login, slow_pass_s=3_600.0)
    await ingest(never)
    await as_owner.execute("SELECT pg_stat_force_next_flush()")
    before = await written(as_owner)
    await ingest(never)
    assert await written(as_owner) == before
    run = await last_run(as_owner)
    assert (run["rows_read"], run["rows_duplicate"]) == (40, 40)


async def written(conn: asyncpg.Connection) -> dict[str, int]:
    """The newest transaction that wrote a row of each table: it moves when anything is written."""
    tables = await conn.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'ivr'::regnamespace AND relkind = 'r'"
        " AND (relname ~ '^queue_' OR relname IN ('agent_spans', 'agent_events', 'data_versions'))"
        " AND relname <> 'queue_streams'"
    )
    found = {}
    for each in tables:
        rows = await conn.fetch(f"SELECT xmin::text::bigint AS by FROM ivr.{each['relname']}")
        found[each["relname"]] = max((row["by"] for row in rows), default=0)
    assert len(found) > 10
    return found


async def test_rejected_rows_are_known_when_they_are_read_again(
    mariadb: MariaDbSchema, source: Source, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    insert(mariadb, row(1, 0, "1.1"), (2, "2025-07-01 06:00:01", "1.1", "NONE", "", ()))
    for read, published, rejected, duplicate in ((2, 1, 1, 0), (2, 0, 0, 2)):
        await ingest(source)
        run = await last_run(as_owner)
        counts = (run["rows_read"], run["rows_published"], run["rows_rejected"], run["rows_duplicate"])
        assert counts == (read, published, rejected, duplicate)
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.rejects") == 1


async def test_rows_are_read_again_by_their_positions(
    mariadb: MariaDbSchema, source: Source, keys: Keys, tmp_path: Any
) -> None:
    insert(mariadb, *[row(n, n, f"1.{n}") for n in range(1, 9)])
    async with open_asterisk(source, keys, ()) as opened:
        batches = [batch async for batch in opened.streams[0].batches_at([3, 5, 99])]
        found = [
            (position, text["callid"]) for batch in batches for position, text in batch.rows if isinstance(text, dict)
        ]
        assert found == [(3, "1.3"), (5, "1.5")]
    path = tmp_path / "queue_log"
    path.write_text("1751371200|1.1|sales|NONE|ENTERQUEUE||1|1\nhalf\n1751371201|1.1|sales|NONE|ABANDON|1|1|1\n")
    async with open_asterisk(files_source(path, kind="asterisk"), keys, ()) as opened:
        batches = [batch async for batch in opened.streams[0].batches_at([42, 47])]
        rows = [each for batch in batches for each in batch.rows]
        assert [(position, text if isinstance(text, str) else text["event"]) for position, text in rows] == [
            (42, "half\n"),
            (47, "ABANDON"),
        ]


async def test_what_the_release_before_left_is_taken_over(
    mariadb: MariaDbSchema, source: Source, ingest: Ingest, as_owner: asyncpg.Connection, database: Database
) -> None:
    """Its facts get their rollups, its open calls go on, and its ids are known."""
    insert(mariadb, row(1, 0, "1.1"), row(2, 5, "1.2"))
    await ingest(source)
    rollups = await as_owner.fetch("SELECT * FROM ivr.queue_days ORDER BY grain, cell_id")
    assert rollups
    for table in (
        "quarter_hours",
        "hours",
        "days",
        "months",
        "repeat_days",
        "caller_days",
        "unique_callers",
        "kept_calls",
    ):
        await as_owner.execute(f"DELETE FROM ivr.queue_{table}")
    await as_owner.execute(
        "INSERT INTO ivr.rollup_states (source_id, complete) SELECT source_id, false FROM ivr.sources;"
        "INSERT INTO ivr.queue_kept_events"
        " (source_id, stream, position, at, callid, queue, verb, caller_id, entry_position)"
        " SELECT source_id, 'table:queue_log', 1, entered_at, callid, queue, 'ENTERQUEUE', caller_id, 1"
        " FROM ivr.queue_calls WHERE callid = '1.1'"
    )
    insert(mariadb, row(3, 60, "1.1", ABANDON))
    await ingest(source)
    assert [call[:3] for call in await calls(as_owner)] == [("1.1", "abandoned", 60.0), ("1.2", "open", None)]
    assert await as_owner.fetchval("SELECT complete FROM ivr.rollups_v1")
    assert await as_owner.fetchval("SELECT sum(abandoned) FROM ivr.queue_days WHERE grain = 1") == 1
    assert await as_owner.fetchval("SELECT sum(offered) FROM ivr.queue_quarter_hours") == 2
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.queue_kept_events") == 0


async def test_the_names_of_two_runs_get_one_number_each(database: Database) -> None:
    async with database.transaction() as conn:
        first = await conn.fetch(store_queue.load("ensure_queue_names"), ["a", "b"])
        again = await conn.fetch(store_queue.load("ensure_queue_names"), ["b", "c"])
    numbers = {record["name"]: record["id"] for record in [*first, *again]}
    assert len(set(numbers.values())) == len(numbers) == 3


async def test_kept_calls_are_forgotten_when_nothing_can_change_them(
    mariadb: MariaDbSchema, source: Source, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    insert(mariadb, row(1, 0, "1.1"), row(2, 9, "1.1", ABANDON), row(3, 10, "1.2"))
    await ingest(source)
    insert(mariadb, row(4, 2 * 86_400, "1.3"))
    await ingest(source)
    kept = await as_owner.fetch("SELECT callid, last_at FROM ivr.queue_kept_calls ORDER BY callid")
    assert [each["callid"] for each in kept] == ["1.2", "1.3"]
    assert kept[0]["last_at"] == datetime(2025, 7, 1, 12, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize("value", ["-1", "90000", "true", '"often"'])
def test_how_often_the_slow_pass_runs_is_checked(tmp_path: Any, value: str) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(f'[[source]]\nid = "pbx"\nkind = "asterisk"\npaths = ["x"]\nslow_pass_s = {value}\n')
    with pytest.raises(ConfigError, match="slow_pass_s must be from 0"):
        read_sources(path)
    path.write_text('[[source]]\nid = "pbx"\nkind = "asterisk"\npaths = ["x"]\nslow_pass_s = 60\n')
    assert read_sources(path)[0].slow_pass_s == 60.0
