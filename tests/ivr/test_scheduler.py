"""Scheduled runs on real databases: due ones start, a second process waits for the lead, what was missed is made up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import asyncpg
import pytest
from structlog.testing import capture_logs

from services.ivr.config import Source
from services.ivr.keys import Keys
from services.ivr.runner import Runner
from services.ivr.schedule import Schedule, read_pause
from services.ivr.scheduler import Scheduler
from services.ivr.work import Request
from shared.locks import SCHEDULES_LEADER
from shared.postgres import Database
from shared.testing.mariadb import MariaDbSchema
from tests.ivr.conftest import files_source, fill_mariadb, legacy_row, mariadb_source, write_csv

pytestmark = pytest.mark.integration

NIGHTLY = Schedule(at=time(2, 0))
NOON = datetime(2025, 8, 1, 18, 0, tzinfo=UTC)  # in Mexico City
AGE = "UPDATE ivr.runs SET queued_at = $1, finished_at = $1::timestamptz + interval '1 minute'"
LEADER = (
    "SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()"
    f" WHERE l.locktype = 'advisory' AND l.classid = {SCHEDULES_LEADER[0]} AND l.granted"
)


async def ticks(database: Database, runner: Runner, *moments: datetime) -> list[int]:
    """How many runs each of the moments started, every run waited for."""
    await runner.declare()
    scheduler = Scheduler(database, runner)
    scheduler._began = moments[0]
    counts = []
    async with database.connection() as conn:
        for moment in moments:
            started = await scheduler.tick(conn, moment)
            counts.append(len(started))
            for run_id in started:
                assert (await runner.wait(run_id)).state in {"succeeded", "failed"}
    return counts


async def asked_tables(conn: asyncpg.Connection) -> list[str]:
    names = await conn.fetch(
        "SELECT jsonb_array_elements_text(request -> 'tables') AS name"
        " FROM ivr.runs WHERE run_id = (SELECT max(run_id) FROM ivr.runs)"
    )
    return [row["name"] for row in names]


async def test_the_first_night_reads_everything_and_the_next_the_tables_that_change(
    mariadb: MariaDbSchema, database: Database, keys: Keys, as_owner: asyncpg.Connection
) -> None:
    for table, day in (("t1_2025", "2025-01-01"), ("t2_2025", "2025-04-01"), ("t3_2025", "2025-07-01")):
        fill_mariadb(mariadb, f"tbl_historico_{table}", [legacy_row(day)])
    runner = Runner(database, keys, [replace(mariadb_source(mariadb), schedule=NIGHTLY)])
    night = datetime(2025, 8, 2, 8, 0, tzinfo=UTC)
    assert await ticks(database, runner, NOON, night - timedelta(seconds=1), night) == [0, 0, 1]
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.legacy_calls") == 3
    assert await asked_tables(as_owner) == []
    await as_owner.execute(AGE, night)
    # A week later, as after a week without electricity: due at once, and once.
    assert await ticks(database, runner, night + timedelta(days=7, hours=5)) == [1]
    assert await asked_tables(as_owner) == ["tbl_historico_t2_2025", "tbl_historico_t3_2025"]
    assert await as_owner.fetchval("SELECT requested_by FROM ivr.runs ORDER BY run_id DESC LIMIT 1") == "schedule"


async def test_a_source_whose_run_cannot_be_begun_keeps_no_other_from_being_read(
    tmp_path: Path, database: Database, keys: Keys, as_owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_csv(tmp_path / "tbl_historico_t3_2025.csv", [legacy_row()])
    odd, other = (
        replace(files_source(tmp_path / "tbl_*.csv", name=name), schedule=NIGHTLY) for name in ("a-odd", "b-other")
    )
    runner = Runner(database, keys, [odd, other])
    original = runner.submit

    async def submit(source: Source, request: Request, *, requested_by: str) -> int:
        if source.id == odd.id:
            raise LookupError("of ours")
        return await original(source, request, requested_by=requested_by)

    monkeypatch.setattr(runner, "submit", submit)
    night = datetime(2025, 8, 2, 8, 0, tzinfo=UTC)
    with capture_logs() as logs:
        assert await ticks(database, runner, NOON, night, night + timedelta(seconds=1)) == [0, 1, 0]
    told = [line for line in logs if line["log_level"] == "error"]
    assert [(line["source"], line["exc_info"]) for line in told] == [("a-odd", True)], "once, not every second"
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.legacy_calls") == 1


async def test_a_source_that_is_away_fails_visibly_and_is_asked_again_after_six_hours(
    mariadb: MariaDbSchema, database: Database, keys: Keys, as_owner: asyncpg.Connection
) -> None:
    fill_mariadb(mariadb, "tbl_historico_t3_2025", [legacy_row()])
    source = replace(mariadb_source(mariadb), schedule=NIGHTLY)
    runner = Runner(database, keys, [source])
    await runner.wait(await runner.submit(source, Request(), requested_by="x"))
    await as_owner.execute(AGE, NOON - timedelta(days=1))
    assert source.login is not None
    wrong = replace(source, login=replace(source.login, password="wrong"))
    assert await ticks(database, Runner(database, keys, [wrong]), NOON) == [1]
    error = await as_owner.fetchval("SELECT error FROM ivr.runs ORDER BY run_id DESC LIMIT 1")
    assert "wrong password" in error
    await as_owner.execute(AGE + " WHERE state = 'failed'", NOON)
    assert await ticks(database, runner, NOON + timedelta(hours=5), NOON + timedelta(hours=6)) == [0, 1]


async def test_queues_are_read_every_few_seconds_and_empty_runs_do_not_pile_up(
    tmp_path: Path, database: Database, keys: Keys, as_owner: asyncpg.Connection
) -> None:
    (tmp_path / "queue_log").write_text("1751371200|1.1|sales|NONE|ENTERQUEUE||5512345678|1\n")
    source = replace(files_source(tmp_path / "queue_log", kind="asterisk"), schedule=Schedule(every_s=60))
    runner = Runner(database, keys, [source])
    now = datetime.now(UTC)
    # Due a minute after the one before was asked for, and asking takes time on a busy machine.
    later = [now + timedelta(seconds=n) for n in (0, 30, 120, 240)]
    assert await ticks(database, runner, *later) == [1, 0, 1, 1]
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.runs") == 3
    await as_owner.execute("UPDATE ivr.runs SET finished_at = queued_at - interval '2 days'")
    assert await ticks(database, runner, now + timedelta(minutes=6)) == [1]
    # The one that published stays, an empty one of two days ago is gone, the newest says how fresh the source is.
    kept = await as_owner.fetch("SELECT rows_published FROM ivr.runs ORDER BY run_id")
    assert [row["rows_published"] for row in kept] == [1, 0, 0]
    assert await as_owner.fetchval("SELECT count(DISTINCT run_id) FROM ivr.run_units") == 3


async def test_a_source_without_a_schedule_or_in_a_pause_is_left_alone(
    tmp_path: Path, database: Database, keys: Keys
) -> None:
    by_hand = files_source(write_csv(tmp_path / "t.csv", [legacy_row()]))
    paused = replace(by_hand, id="paused", schedule=NIGHTLY, pauses=(read_pause("00:00-24:00"),))
    runner = Runner(database, keys, [by_hand, paused])
    assert await ticks(database, runner, NOON, NOON + timedelta(days=1)) == [0, 0]


@asynccontextmanager
async def running(database: Database, source: Source, keys: Keys) -> AsyncIterator[None]:
    scheduler = Scheduler(database, Runner(database, keys, [source]))
    task = asyncio.create_task(scheduler.run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def leaders(conn: asyncpg.Connection) -> int:
    return len(await conn.fetch(LEADER))


async def test_one_process_leads_and_another_takes_over_when_it_is_killed(
    tmp_path: Path, database: Database, keys: Keys, as_owner: asyncpg.Connection
) -> None:
    source = files_source(write_csv(tmp_path / "t.csv", [legacy_row()]))
    async with running(database, source, keys), running(database, source, keys):
        async with asyncio.timeout(60):
            while not await leaders(as_owner):  # noqa: ASYNC110 - the event is in PostgreSQL
                await asyncio.sleep(0.05)
        await asyncio.sleep(1.5)  # the other has asked for the lead meanwhile
        assert await leaders(as_owner) == 1
        killed = await as_owner.fetchval(LEADER)
        await as_owner.execute("SELECT pg_terminate_backend($1)", killed)
        async with asyncio.timeout(60):
            while await as_owner.fetchval(LEADER) in {None, killed}:  # noqa: ASYNC110 - the event is in PostgreSQL
                await asyncio.sleep(0.05)
    async with asyncio.timeout(60):
        while await leaders(as_owner):  # noqa: ASYNC110 - the event is in PostgreSQL
            await asyncio.sleep(0.05)
