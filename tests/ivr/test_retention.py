"""Months that are dropped: what goes, what stays, what is refused, and that no later run takes their counts away."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from iact import retention, retention_holds
from iact.errors import CommandFailed
from services.ivr.config import Source
from services.ivr.lease import Lease
from services.ivr.rebuild_rollups import Rebuilder
from shared.postgres import Database
from shared.settings import DatabaseSettings
from tests.ivr.conftest import Ingest, Reconcile, files_source, legacy_row, write_csv

ROLLUPS = (
    *("legacy_quarter_hours", "legacy_hours", "legacy_days", "legacy_months", "legacy_repeat_days"),
    *("legacy_caller_days", "legacy_caller_months", "legacy_unique_callers"),
    *("queue_quarter_hours", "queue_hours", "queue_days", "queue_months", "queue_repeat_days", "queue_caller_days"),
)
DAYS = ("2025-06-29", "2025-06-30", "2025-07-01", "2025-07-30", "2025-07-31", "2025-08-01", "2025-08-02")
JUNE, JULY, AUGUST = (date(2025, month, 1) for month in (6, 7, 8))
ZONE = ZoneInfo("America/Mexico_City")


def legacy_file(folder: Path, *extra: Sequence[str | None]) -> Source:
    """Calls of three months, of callers who call again over their ends."""
    rows = [
        legacy_row(day, hour, f"{hour[:6]}59", origin=f"55100000{n % 3:02}", menu=menu)
        for n, (day, hour, menu) in enumerate(
            (day, hour, menu)
            for day in DAYS
            for hour in ("09:00:00", "17:30:00", "20:10:00")
            for menu in ("RES-FallaInternet", "VACIO")
        )
    ]
    write_csv(folder / "tbl_historico_t3_2025.csv", [*rows, *extra])  # type: ignore[list-item] # rows as legacy_row makes them
    return files_source(folder / "tbl_*.csv", name="legacy")


def queue_log(folder: Path, name: str = "queue_log", days: Sequence[str] = (), callid: int = 0) -> Source:
    """A call of each quarter of each day, answered after ten seconds by Agent/1."""
    lines = []
    for day in days or ("2025-06-30", "2025-07-15", "2025-07-31", "2025-08-01"):
        for hour in (1, 12, 20):
            at = int(datetime.fromisoformat(f"{day}T{hour:02}:00:00").replace(tzinfo=ZONE).timestamp())
            callid += 1
            for second, verb, agent, data in (
                (0, "ENTERQUEUE", "NONE", f"|55100000{callid % 4:02}|1"),
                (10, "CONNECT", "Agent/1", "10|channel|3"),
                (70, "COMPLETEAGENT", "Agent/1", "10|60|1"),
            ):
                lines.append(f"{at + second}|{at}.{callid}|sales|{agent}|{verb}|{data}")
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return files_source(folder / "queue_log*", kind="asterisk", name="pbx")


async def rolled_up(conn: asyncpg.Connection) -> dict[str, list[str]]:
    """Every row of every rollup, as text."""
    found = {}
    for table in ROLLUPS:
        rows = await conn.fetch(f"SELECT t::text AS row FROM ivr.{table} t ORDER BY 1")
        found[table] = [row["row"] for row in rows]
    return found


async def months_there(conn: asyncpg.Connection, parent: str) -> list[str]:
    children = "SELECT c.relname FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = $1::regclass"
    rows = await conn.fetch(f"{children} ORDER BY 1", f"ivr.{parent}")
    return [row["relname"].removeprefix(f"{parent}_") for row in rows]


@pytest.fixture
async def filled(ingest: Ingest, tmp_path: Path) -> tuple[Source, Source]:
    """A legacy and an Asterisk source with calls of June, July and August 2025."""
    legacy, pbx = legacy_file(tmp_path), queue_log(tmp_path)
    for source in (legacy, pbx):
        outcome = await ingest(source)
        assert outcome.state == "succeeded", outcome.error
    return legacy, pbx


def quiet(line: str) -> None:
    assert line


async def drop(settings: DatabaseSettings, until: date) -> retention.Dropped:
    return await retention.drop(settings, until, quiet)


@pytest.mark.integration
@pytest.mark.requirement("RF-063")
async def test_a_month_goes_whole_and_its_counts_stay(
    filled: tuple[Source, Source], database_settings: DatabaseSettings, as_owner: asyncpg.Connection
) -> None:
    assert filled
    before = await rolled_up(as_owner)
    assert all(before[table] for table in ROLLUPS)
    versions = await as_owner.fetch("SELECT version FROM ivr.data_versions ORDER BY source_id")
    told = await retention.plan(database_settings, 12, today=date(2026, 7, 20))
    assert (told.until, told.obstacles, [month.month for month in told.months]) == (JULY, [], [JUNE])
    (june,) = told.months
    assert {part.parent: (part.rows, part.counted) for part in june.parts} == {
        "legacy_calls": (
            10,
            10,
        ),  # of 12 by the wall clock: two are of July in UTC
        "queue_calls": (2, 2),
    }
    assert june.bytes > 0
    gone = await drop(database_settings, told.until)
    assert (gone.rows, [month.month for month in gone.months]) == (12, [JUNE])
    assert await rolled_up(as_owner) == before
    for parent in ("legacy_calls", "queue_calls"):
        assert (await months_there(as_owner, parent))[0] == "2025_07"
    removed = await as_owner.fetchrow("SELECT * FROM ivr.removed_calls_v1")
    assert removed is not None
    assert (removed["kept_since"], removed["calls"]) == (datetime(2025, 7, 1, tzinfo=UTC), 12)
    moved = await as_owner.fetch("SELECT version FROM ivr.data_versions ORDER BY source_id")
    assert [row["version"] for row in moved] == [row["version"] + 1 for row in versions]
    event = await as_owner.fetchrow("SELECT service, target_id, details::text FROM audit.events ORDER BY event_id DESC")
    assert event is not None
    assert (event["service"], event["target_id"]) == ("ivr", "2025-06")
    assert '"legacy_calls": 10' in event["details"]
    again = await retention.plan(database_settings, 12, today=date(2026, 7, 20))
    assert (again.months, again.left_over) == ((), ())


@pytest.mark.integration
@pytest.mark.requirement("RF-063")
async def test_no_later_run_or_rebuild_takes_the_counts_away(
    filled: tuple[Source, Source],
    ingest: Ingest,
    reconcile: Reconcile,
    database: Database,
    database_settings: DatabaseSettings,
    as_owner: asyncpg.Connection,
    tmp_path: Path,
) -> None:
    legacy, pbx = filled
    before = await rolled_up(as_owner)
    await drop(database_settings, AUGUST)
    # Nothing changed at the source: nothing is read again.
    for source in filled:
        assert (await ingest(source)).state == "succeeded"
    assert await rolled_up(as_owner) == before
    # Made anew from facts, as far as there are any.
    await as_owner.execute(
        "UPDATE ivr.units SET rolled_up_at = NULL WHERE first_started_at >= ivr.calls_kept_since();"
        "UPDATE ivr.rollup_states SET complete = false, months_until = NULL"
    )
    assert await Rebuilder(database).complete() == set()
    assert await rolled_up(as_owner) == before
    # A day of July is corrected at the source, and an old queue log turns up.
    late = legacy_row("2025-07-30", "10:00:00", origin="5510000077")
    legacy_file(tmp_path, late)
    queue_log(tmp_path, "queue_log.old", days=["2025-07-02"], callid=500)
    for source in (legacy, pbx):
        outcome = await ingest(source)
        assert outcome.state == "succeeded", outcome.error
    after = await rolled_up(as_owner)
    kept_queues = [table for table in ROLLUPS if table.startswith("queue")]
    assert {table: after[table] for table in kept_queues} == {table: before[table] for table in kept_queues}
    # The day was read whole, so its counts are right: one call more.
    counted = "SELECT sum(calls) FROM ivr.legacy_days WHERE grain = 1 AND day = '2025-07-30'"
    assert await as_owner.fetchval(counted) == 7
    assert after["legacy_repeat_days"] == before["legacy_repeat_days"]
    # What came late goes with the next drop, without a proof that rollups count it.
    told = await retention.plan(database_settings, 12, today=date(2026, 8, 20))
    assert [(month.month, month.again) for month in told.months] == [(JULY, True)]
    await drop(database_settings, told.until)
    assert await rolled_up(as_owner) == after
    for source in filled:
        compared = await reconcile(source)
        assert compared["state"] == "equal", compared["cells"]
        assert "retention has removed their calls" in " ".join(compared["notes"])


@pytest.mark.integration
@pytest.mark.requirement("RF-063")
async def test_a_rebuild_that_is_asked_for_leaves_units_without_calls_alone(
    filled: tuple[Source, Source],
    client_as: Any,
    database: Database,
    database_settings: DatabaseSettings,
    as_owner: asyncpg.Connection,
) -> None:
    assert filled
    await drop(database_settings, AUGUST)
    before = await rolled_up(as_owner)
    async with client_as("PIP-001", "PIP-005") as client:
        assert (await client.post("/rollups/rebuild", json={"source": "legacy"})).status_code == 202
    await Rebuilder(database).complete()
    assert await rolled_up(as_owner) == before
    # A menu that counts as abandoned from now on does so in what can be counted.
    async with client_as("CFG-001") as client:
        changed = await client.put("/menus/RES-FallaInternet", json={"abandoned": True})
    assert changed.status_code in {200, 202}, changed.text
    days = await as_owner.fetch("SELECT day, sum(calls) AS calls FROM ivr.legacy_days WHERE grain = 1 GROUP BY 1")
    assert {f"{row['day']:%m-%d}": row["calls"] for row in days} == dict.fromkeys(
        ("06-29", "06-30", "07-01", "07-30", "07-31", "08-01", "08-02"), 6
    )


@pytest.mark.integration
@pytest.mark.requirement("RF-063")
async def test_a_month_that_rollups_do_not_count_is_not_dropped(
    filled: tuple[Source, Source], database_settings: DatabaseSettings, as_owner: asyncpg.Connection
) -> None:
    assert filled
    await as_owner.execute(
        "DELETE FROM ivr.legacy_quarter_hours WHERE bucket = (SELECT min(bucket) FROM ivr.legacy_quarter_hours)"
    )
    told = await retention.plan(database_settings, 12, today=date(2026, 8, 20))
    (sentence,) = told.obstacles
    assert sentence.startswith("legacy_calls_2025_06 has 10 calls and the rollups count 8 of them")
    with pytest.raises(CommandFailed, match="2025-06 was not dropped"):
        await drop(database_settings, told.until)
    assert (await months_there(as_owner, "queue_calls"))[0] == "2025_06"
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.removed_months") == 0
    await as_owner.execute(
        "INSERT INTO ivr.rollup_states (source_id, complete) SELECT source_id, false FROM ivr.sources"
    )
    told = await retention.plan(database_settings, 12, today=date(2026, 8, 20))
    assert told.incomplete == ("legacy", "pbx")


@pytest.mark.integration
@pytest.mark.requirement("RF-063")
async def test_a_hold_keeps_its_month_and_all_after_it(
    filled: tuple[Source, Source], database_settings: DatabaseSettings, as_owner: asyncpg.Connection
) -> None:
    assert filled
    hold = await retention_holds.place_hold(database_settings, JULY, "claim 17/2026")
    told = await retention.plan(database_settings, 12, today=date(2026, 9, 20))
    assert (told.until, told.holds) == (JULY, (hold,))
    with pytest.raises(CommandFailed, match="a hold keeps 2025-07"):
        await drop(database_settings, AUGUST)
    assert await months_there(as_owner, "queue_calls") == ["2025_07", "2025_08"]
    await retention_holds.release_hold(database_settings, hold.hold_id)
    with pytest.raises(CommandFailed, match="no hold"):
        await retention_holds.release_hold(database_settings, hold.hold_id)
    await drop(database_settings, AUGUST)
    assert await months_there(as_owner, "queue_calls") == ["2025_08"]
    events = await as_owner.fetch("SELECT event FROM audit.events WHERE target_kind = 'hold' ORDER BY event_id")
    assert [row["event"] for row in events] == ["RETENTION_HOLD_PLACED", "RETENTION_HOLD_RELEASED"]


@pytest.mark.integration
async def test_readers_of_other_months_do_not_wait_and_what_a_kill_leaves_is_dropped(
    filled: tuple[Source, Source], database_settings: DatabaseSettings, as_owner: asyncpg.Connection
) -> None:
    assert filled
    # As a command leaves it that was killed between its transaction and its last statement.
    await as_owner.execute(
        "INSERT INTO ivr.removed_months (parent, month, rows, bytes) VALUES ('queue_calls', '2025-06-01', 2, 8192)"
    )
    await as_owner.execute("ALTER TABLE ivr.queue_calls DETACH PARTITION ivr.queue_calls_2025_06")
    told = await retention.plan(database_settings, 12, today=date(2026, 7, 20))
    assert told.left_over == ("queue_calls_2025_06",)
    said: list[str] = []
    await retention.drop(database_settings, told.until, said.append)
    assert said[0].startswith("queue_calls_2025_06 was left by an interrupted command")
    assert await as_owner.fetchval("SELECT to_regclass('ivr.queue_calls_2025_06') IS NULL")
    assert (await months_there(as_owner, "legacy_calls"))[0] == "2025_07"
    # While the command waits for a long reader, others read on: it has no lock that they would queue behind.
    older, reader = [await asyncpg.connect(**database_settings.connect_arguments()) for _ in range(2)]
    versions = "SELECT sum(version) FROM ivr.data_versions"
    before = await as_owner.fetchval(versions)
    waited_for, reading = older.transaction(), reader.transaction()
    await waited_for.start()
    await older.fetch("SELECT FROM ivr.legacy_calls")
    dropping = asyncio.create_task(drop(database_settings, AUGUST))
    while await as_owner.fetchval(versions) == before:
        assert not dropping.done()
        await asyncio.sleep(0.05)
    await reading.start()
    await reader.fetch("SELECT FROM ivr.legacy_calls")
    await waited_for.rollback()
    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER TABLE%DETACH%'"
    while not await as_owner.fetchval(waits):
        assert not dropping.done()
        await asyncio.sleep(0.05)
    await as_owner.execute("SET statement_timeout = '30s'")
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.legacy_calls WHERE started_at >= '2025-08-01'") > 0
    await reading.rollback()
    await older.close()
    await reader.close()
    await dropping
    assert (await months_there(as_owner, "legacy_calls"))[0] == "2025_08"


@pytest.mark.integration
@pytest.mark.requirement("RF-063")
async def test_calls_of_a_source_that_came_afterwards_are_not_dropped_unless_somebody_says_so(
    filled: tuple[Source, Source],
    ingest: Ingest,
    database_settings: DatabaseSettings,
    as_owner: asyncpg.Connection,
    tmp_path: Path,
) -> None:
    assert filled
    await drop(database_settings, AUGUST)
    folder = tmp_path / "second"
    folder.mkdir()
    queue_log(folder, days=["2025-06-15", "2025-07-10", "2025-08-01"])
    second = files_source(folder / "queue_log*", kind="asterisk", name="second")
    assert (await ingest(second)).state == "succeeded"
    # Another source's calls of July are counted: they have to do with the past of that source only.
    told = await retention.plan(database_settings, 12, today=date(2026, 8, 20))
    assert told.obstacles == []
    assert [each.split(" has calls of ")[0] for each in told.uncounted] == [
        "queue_calls_2025_06",
        "queue_calls_2025_07",
    ]
    assert all("second" in each and "--uncounted" in each for each in told.uncounted)
    with pytest.raises(CommandFailed, match="2025-06 was not dropped: queue_calls_2025_06 has calls of second"):
        await drop(database_settings, told.until)
    assert await months_there(as_owner, "queue_calls") == ["2025_06", "2025_07", "2025_08"]
    done = await retention.drop(database_settings, told.until, quiet, uncounted=True)
    assert done.rows == 6
    assert await months_there(as_owner, "queue_calls") == ["2025_08"]


@pytest.mark.integration
@pytest.mark.requirement("RF-063")
async def test_who_reads_by_a_snapshot_from_before_finds_the_calls(
    filled: tuple[Source, Source], database_settings: DatabaseSettings
) -> None:
    """A report reads rollups first and calls later; it may not find them gone and say nothing."""
    assert filled
    reader = await asyncpg.connect(**database_settings.connect_arguments())
    reading = reader.transaction(isolation="repeatable_read", readonly=True)
    await reading.start()
    versions = "SELECT sum(version) FROM ivr.data_versions"
    before = await reader.fetchval(versions)
    other = await asyncpg.connect(**database_settings.connect_arguments())
    dropping = asyncio.create_task(drop(database_settings, JULY))
    while await other.fetchval(versions) == before:
        assert not dropping.done()
        await asyncio.sleep(0.05)
    assert await reader.fetchval("SELECT count(*) FROM ivr.legacy_calls WHERE started_at < '2025-07-01Z'") == 10
    assert await reader.fetchval(versions) == before
    await reading.rollback()
    await reader.close()
    await dropping
    assert await other.fetchval("SELECT count(*) FROM ivr.legacy_calls WHERE started_at < '2025-07-01Z'") == 0
    await other.close()


@pytest.mark.integration
@pytest.mark.requirement("RF-063")
async def test_while_it_waits_for_a_run_the_other_sources_go_on(
    filled: tuple[Source, Source],
    ingest: Ingest,
    database: Database,
    database_settings: DatabaseSettings,
    as_owner: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    legacy, _ = filled
    monkeypatch.setattr(retention, "BUSY_S", 0.01)
    ids = {row["source"]: row["source_id"] for row in await as_owner.fetch("SELECT source, source_id FROM ivr.sources")}
    epoch = "SELECT epoch FROM ivr.leases WHERE source_id = $1"
    said: list[str] = []
    async with Lease.hold(database, ids["pbx"]):
        before = await as_owner.fetchval(epoch, ids["legacy"])
        dropping = asyncio.create_task(retention.drop(database_settings, JULY, said.append))
        while not said:
            assert not dropping.done()
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)  # thirty looks
        assert await as_owner.fetchval(epoch, ids["legacy"]) == before, "a lease that is taken stops whoever works"
        assert (await ingest(legacy)).state == "succeeded"
        assert not dropping.done()
    assert (await dropping).rows == 12
    assert said[0] == "waiting for a run of pbx"


@pytest.mark.integration
@pytest.mark.requirement("RF-063")
async def test_any_number_of_sources_fits(
    filled: tuple[Source, Source], database_settings: DatabaseSettings, as_owner: asyncpg.Connection
) -> None:
    assert filled
    await as_owner.execute(
        "INSERT INTO ivr.sources (source, kind, zone)"
        " SELECT 'centre-' || n, 'legacy', 'UTC' FROM generate_series(1, 120) AS more (n)"
    )
    assert (await drop(database_settings, JULY)).rows == 12
