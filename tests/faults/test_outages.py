"""The source or PostgreSQL away, slow, silent or full in the middle of a run: it goes on, or ends with a sentence."""

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from services.ivr import runner as runner_module
from services.ivr import schedule
from services.ivr.config import Source
from services.ivr.keys import Keys
from services.ivr.runner import Outcome, Runner
from services.ivr.schedule import Schedule
from services.ivr.scheduler import Scheduler
from services.ivr.sources import protocol
from services.ivr.work import Request
from shared.embedded_postgres import account
from shared.postgres import Database
from shared.settings import DatabaseSettings
from shared.testing.fault_proxy import FaultProxy
from shared.testing.mariadb import MariaDbSchema
from tests.ivr.conftest import files_source, fill_mariadb, legacy_row, mariadb_source, write_csv
from tests.ivr.test_guard import fill_queue_log

pytestmark = pytest.mark.integration

TABLE = "tbl_historico_t3_2025"
ROWS = 60_000
SMALL_DISK = "24m"  # holds an empty database and not the rows


@pytest.fixture
def proxy(mariadb: MariaDbSchema) -> Iterator[FaultProxy]:
    fill_mariadb(mariadb, TABLE, [legacy_row(f"2025-07-{n % 9 + 1:02}", origin=f"55{n:08}") for n in range(ROWS)])
    with FaultProxy.before(mariadb.port) as found:
        found.faults.bytes_per_s = 6_000_000
        yield found


@pytest.fixture
def source(mariadb: MariaDbSchema, proxy: FaultProxy) -> Source:
    found = mariadb_source(mariadb)
    assert found.login is not None
    return replace(found, login=replace(found.login, port=proxy.port))


async def begun(runner: Runner, source: Source) -> int:
    """A run in the middle of its table."""
    run_id = await runner.submit(source, Request(), requested_by="test")
    while (progress := runner.progress(run_id)) is None or not progress.rows_read:  # noqa: ASYNC110 - a run of its own
        await asyncio.sleep(0.005)
    return run_id


async def calls(conn: asyncpg.Connection) -> int:
    return int(await conn.fetchval("SELECT count(*) FROM ivr.legacy_calls"))


async def test_a_short_outage_of_the_source_is_made_up_for(
    source: Source, proxy: FaultProxy, database: Database, keys: Keys, as_owner: asyncpg.Connection
) -> None:
    runner = Runner(database, keys, [source])
    run_id = await begun(runner, source)
    proxy.faults.refuse = True
    proxy.cut()
    await asyncio.sleep(0.3)
    assert await calls(as_owner) == 0
    proxy.faults.refuse = False
    outcome = await runner.wait(run_id)
    assert (outcome.state, await calls(as_owner)) == ("succeeded", ROWS)


async def test_a_long_outage_ends_the_run_with_a_sentence_and_the_next_one_catches_up(
    source: Source,
    proxy: FaultProxy,
    database: Database,
    keys: Keys,
    as_owner: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner_module, "BACKOFF_FIRST_S", 0.01)
    runner = Runner(database, keys, [source])
    run_id = await begun(runner, source)
    proxy.faults.refuse = True
    proxy.cut()
    outcome = await runner.wait(run_id)
    assert outcome.state == "failed"
    assert outcome.error is not None
    assert "does not answer" in outcome.error
    assert await calls(as_owner) == 0
    proxy.faults.refuse = False
    again = await runner.wait(await runner.submit(source, Request(), requested_by="test"))
    assert (again.state, await calls(as_owner)) == ("succeeded", ROWS)


async def test_a_source_that_falls_silent_is_noticed(
    source: Source,
    proxy: FaultProxy,
    database: Database,
    keys: Keys,
    as_owner: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(protocol, "ANSWER_TIMEOUT_S", 0.5)
    runner = Runner(database, keys, [source])
    run_id = await begun(runner, source)
    proxy.faults.silent = True
    await asyncio.sleep(1.0)
    proxy.cut()
    proxy.faults.silent = False
    outcome = await runner.wait(run_id)
    assert (outcome.state, await calls(as_owner)) == ("succeeded", ROWS)


async def test_a_slow_network_makes_it_slow_and_nothing_else(
    source: Source, proxy: FaultProxy, database: Database, keys: Keys, as_owner: asyncpg.Connection
) -> None:
    proxy.faults.bytes_per_s, proxy.faults.delay_s = 2_500_000, 0.02
    runner = Runner(database, keys, [source])
    outcome = await runner.wait(await begun(runner, source))
    assert (outcome.state, await calls(as_owner)) == ("succeeded", ROWS)


async def test_cancel_works_while_the_source_is_silent_and_leaves_nothing(
    source: Source, proxy: FaultProxy, database: Database, keys: Keys, as_owner: asyncpg.Connection
) -> None:
    runner = Runner(database, keys, [source])
    run_id = await begun(runner, source)
    proxy.faults.silent = True
    began = time.monotonic()
    runner.cancel(run_id)
    assert (await runner.wait(run_id)).state == "cancelled"
    assert time.monotonic() - began < protocol.ANSWER_TIMEOUT_S / 2, "it was heard, not the source given up"
    assert await calls(as_owner) == 0
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.run_units") == 0


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.95])
async def test_cancel_at_any_time_leaves_nothing_half_way(
    source: Source,
    proxy: FaultProxy,
    database: Database,
    keys: Keys,
    as_owner: asyncpg.Connection,
    share: float,
) -> None:
    runner = Runner(database, keys, [source])
    run_id = await runner.submit(source, Request(), requested_by="test")
    while share and ((progress := runner.progress(run_id)) is None or progress.rows_read < share * ROWS):  # noqa: ASYNC110 - a run of its own
        await asyncio.sleep(0.002)
    runner.cancel(run_id)
    outcome = await runner.wait(run_id)
    proofs = await as_owner.fetchval("SELECT coalesce(sum(rows_published), 0) FROM ivr.run_units")
    assert (await calls(as_owner), int(proofs)) in {(0, 0), (ROWS, ROWS)}
    assert (outcome.state == "succeeded") == (await calls(as_owner) == ROWS)


async def test_an_asterisk_source_catches_up_by_itself_after_an_outage(
    mariadb: MariaDbSchema,
    database: Database,
    keys: Keys,
    as_owner: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(schedule, "FAILED_SPACING", timedelta(seconds=0.2))
    monkeypatch.setattr(runner_module, "BACKOFF_FIRST_S", 0.01)
    fill_queue_log(mariadb)
    with FaultProxy.before(mariadb.port) as proxy:
        found = mariadb_source(mariadb, "asterisk")
        assert found.login is not None
        login = replace(found.login, port=proxy.port)
        source = replace(found, login=login, schedule=Schedule(every_s=1.0))
        runner = Runner(database, keys, [source])
        await runner.declare()
        proxy.faults.refuse = True
        leader = asyncio.create_task(Scheduler(database, runner).run())
        try:
            await eventually(as_owner, "SELECT count(*) FROM ivr.runs WHERE state = 'failed'", 1)
            proxy.faults.refuse = False
            await eventually(as_owner, "SELECT count(*) FROM ivr.queue_calls", 20)
        finally:
            leader.cancel()
            await asyncio.gather(leader, return_exceptions=True)
            await runner.close()


async def eventually(conn: asyncpg.Connection, statement: str, number: int) -> None:
    async with asyncio.timeout(60):
        while await conn.fetchval(statement) < number:  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(0.05)


@pytest.fixture
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of a few megabytes that PostgreSQL may write to."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    who = account()
    folder = Path("/var/lib") / f"iact-small-{os.getpid()}"
    folder.mkdir(mode=0o755)
    options = f"size={SMALL_DISK},mode=0700,uid={who.uid},gid={who.gid}"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "iact-small", str(folder)], check=False)
    if mounted.returncode:
        folder.rmdir()
        pytest.skip("this machine does not let us mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


async def on_small_disk(settings: DatabaseSettings, folder: Path, work: Callable[[], Awaitable[Outcome]]) -> Outcome:
    """The test's database lives on the small disk while `work` is done."""
    maintenance = await asyncpg.connect(**replace(settings, name="postgres").connect_arguments())
    try:
        await maintenance.execute(f"CREATE TABLESPACE small LOCATION '{folder}'")
        await maintenance.execute(f'ALTER DATABASE "{settings.name}" SET TABLESPACE small')
        try:
            return await work()
        finally:
            await maintenance.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", settings.name
            )
            await asyncio.sleep(0.2)
            await maintenance.execute(f'ALTER DATABASE "{settings.name}" SET TABLESPACE pg_default')
            await maintenance.execute("DROP TABLESPACE small")
    finally:
        await maintenance.close()


@pytest.mark.skipif(shutil.which("mount") is None, reason="there is no mount here")
async def test_a_full_disk_ends_the_run_with_a_sentence_and_space_mends_it(
    tmp_path: Path, database_settings: DatabaseSettings, small_disk: Path, keys: Keys
) -> None:
    rows = [legacy_row(f"2025-07-{n % 9 + 1:02}", origin=f"55{n:08}") for n in range(400_000)]
    files = files_source(write_csv(tmp_path / f"{TABLE}.csv", rows))

    async def load() -> Outcome:
        opened = Database(database_settings.as_role("iact_ivr"))
        await opened.open()
        try:
            runner = Runner(opened, keys, [files])
            return await runner.wait(await runner.submit(files, Request(), requested_by="test"))
        finally:
            await opened.close()

    full = await on_small_disk(database_settings, small_disk, load)
    assert (full.state, full.error) == ("failed", "PostgreSQL's disk is full; free space and run it again.")
    conn = await asyncpg.connect(**database_settings.connect_arguments())
    try:
        assert await calls(conn) == 0
        assert (await load()).state == "succeeded"
        assert await calls(conn) == len(rows)
    finally:
        await conn.close()
