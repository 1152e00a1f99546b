"""One run per source at a time, and a process that was overtaken cannot publish."""

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from services.ivr import store
from services.ivr.keys import Keys
from services.ivr.lease import Lease, LeaseLost, SourceBusy, is_gone
from services.ivr.runner import Runner
from services.ivr.work import Request
from shared.postgres import Database
from tests.ivr.conftest import files_source, legacy_row, write_csv

pytestmark = pytest.mark.integration


async def publish(database: Database, lease: Lease) -> None:
    async with database.transaction() as conn:
        await store.move_data_version(conn, lease.source_id, None)
        await lease.check(conn)


@pytest.fixture
async def source_id(database: Database) -> int:
    async with database.connection() as conn:
        return await store.upsert_source(conn, "legacy", "legacy", "UTC")


async def test_the_second_holder_is_refused(database: Database, source_id: int) -> None:
    async with Lease.hold(database, source_id):
        with pytest.raises(SourceBusy):
            async with Lease.hold(database, source_id):
                pass
    async with Lease.hold(database, source_id) as lease:
        assert lease.epoch == 2


async def epochs(conn: asyncpg.Connection) -> dict[int, int]:
    rows = await conn.fetch("SELECT source_id, epoch FROM ivr.leases ORDER BY 1")
    return {row["source_id"]: row["epoch"] for row in rows}


async def test_many_are_held_together_or_none_is(database: Database, as_owner: asyncpg.Connection) -> None:
    """By one connection: more sources than there are connections."""
    async with database.connection() as conn:
        sources = [await store.upsert_source(conn, f"centre-{n:03}", "legacy", "UTC") for n in range(100)]
        assert await store.locked_sources(conn) == set()
    async with Lease.hold(database, sources[70]):
        with pytest.raises(SourceBusy):
            async with Lease.hold_all(database, sources):
                pass
        assert await epochs(as_owner) == {sources[70]: 1}, "a try that fails stops nobody who works"
        async with database.connection() as conn:
            assert await store.locked_sources(conn) == {sources[70]}
    async with Lease.hold_all(database, sources) as leases:
        assert [lease.source_id for lease in leases] == sources
        async with database.connection() as conn:
            assert await store.locked_sources(conn) == set(sources)
        await publish(database, leases[99])
        with pytest.raises(SourceBusy):
            async with Lease.hold(database, sources[5]):
                pass
    assert await epochs(as_owner) == {each: 2 if each == sources[70] else 1 for each in sources}
    async with Lease.hold(database, sources[5]) as lease:
        assert lease.epoch == 2


async def test_an_overtaken_holder_cannot_publish(database: Database, source_id: int) -> None:
    async with Lease.hold(database, source_id) as old:
        # What a cut connection does: the server forgets the lock while the old process believes in it.
        async with database.connection() as conn:
            await store.take_lease(conn, source_id, "another process")
        with pytest.raises(LeaseLost):
            await publish(database, old)
    async with database.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM ivr.data_versions") == 0


async def test_an_overtaken_run_fails_with_a_sentence(
    tmp_path: Path, database: Database, keys: Keys, as_owner: asyncpg.Connection
) -> None:
    source = files_source(write_csv(tmp_path / "t.csv", [legacy_row(origin=f"55{n:08}") for n in range(60_000)]))
    runner = Runner(database, keys, [source])
    run_id = await runner.submit(source, Request(), requested_by="test")
    while (progress := runner.progress(run_id)) is None or progress.rows_read == 0:  # noqa: ASYNC110 - a run of its own
        await asyncio.sleep(0.01)
    await as_owner.execute("UPDATE ivr.leases SET epoch = epoch + 1")
    outcome = await runner.wait(run_id)
    assert (outcome.state, outcome.error) == (
        "failed",
        "Another process has taken this source over; nothing of this run is published.",
    )
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.legacy_calls") == 0


async def test_a_second_run_is_refused_while_one_works(tmp_path: Path, database: Database, keys: Keys) -> None:
    source = files_source(write_csv(tmp_path / "t.csv", [legacy_row()] * 20_000))
    runner = Runner(database, keys, [source])
    run_id = await runner.submit(source, Request(), requested_by="test")
    with pytest.raises(SourceBusy, match="is already working"):
        await Runner(database, keys, [source]).submit(source, Request(), requested_by="other")
    assert (await runner.wait(run_id)).state == "succeeded"


async def test_what_a_killed_process_left_does_not_block_the_next_run(
    tmp_path: Path, database: Database, keys: Keys, as_owner: asyncpg.Connection
) -> None:
    source = files_source(write_csv(tmp_path / "t.csv", [legacy_row()]))
    async with database.connection() as conn:
        number = await store.upsert_source(conn, source.id, source.kind, source.zone)
        left = await store.create_run(conn, number, {}, requested_by="gone")
        await store.start_run(conn, left, 1)
    await as_owner.execute("UPDATE ivr.runs SET heartbeat_at = now() - interval '1 minute'")
    runner = Runner(database, keys, [source])
    outcome = await runner.wait(await runner.submit(source, Request(), requested_by="test"))
    assert outcome.state == "succeeded"
    assert await as_owner.fetchval("SELECT error FROM ivr.runs WHERE run_id = $1", left) is not None


async def test_what_cannot_be_taken_up_is_marked_with_the_way_out(
    database: Database, keys: Keys, as_owner: asyncpg.Connection
) -> None:
    async with database.connection() as conn:
        number = await store.upsert_source(conn, "files-legacy", "legacy", "UTC")
        await store.create_run(conn, number, {}, requested_by="gone")
        other = await store.upsert_source(conn, "known", "legacy", "UTC")
        tried = await store.create_run(conn, other, {}, requested_by="gone", attempt=5)
        await store.start_run(conn, tried, 1)
    await as_owner.execute("UPDATE ivr.runs SET queued_at = now() - interval '1 minute', heartbeat_at = NULL")
    known = files_source(Path("/nowhere"), name="known")
    assert await Runner(database, keys, [known]).recover() == []
    errors = [row["error"] for row in await as_owner.fetch("SELECT error FROM ivr.runs ORDER BY run_id")]
    assert "Give its files to `iact ingest` again." in errors[0]
    assert "It was tried 5 times." in errors[1]


def ended_process() -> str:
    """The holder that a process was which has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return f"{socket.gethostname()}:{process.pid}"


def test_only_a_process_of_this_machine_is_known_to_be_dead() -> None:
    dead = ended_process()
    assert is_gone(dead)
    alive = (f"{socket.gethostname()}:{os.getpid()}", f"{socket.gethostname()}:1")
    elsewhere = ("elsewhere:" + dead.rpartition(":")[2], "another process", "", None)
    assert [is_gone(holder) for holder in (*alive, *elsewhere)] == [False] * 6


@pytest.mark.parametrize("dead", [True, False])
async def test_the_run_of_a_dead_process_is_taken_up_at_once(
    tmp_path: Path, database: Database, keys: Keys, source_id: int, dead: bool
) -> None:
    source = files_source(write_csv(tmp_path / "t.csv", [legacy_row()]), name="legacy")
    async with database.connection() as conn:
        run_id = await store.create_run(conn, source_id, Request().as_dict(), requested_by="test")
        epoch = await store.take_lease(conn, source_id, ended_process() if dead else "elsewhere:1")
        await store.start_run(conn, run_id, epoch)
    runner = Runner(database, keys, [source])
    taken_up = await runner.recover()
    assert len(taken_up) == dead
    assert [(await runner.wait(each)).state for each in taken_up] == ["succeeded"] * dead
