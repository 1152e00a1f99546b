"""What a PostgreSQL server leaves in the machine's shared memory: it outlives its process and its folder."""

import asyncio
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from shared import embedded_postgres
from shared.embedded_postgres import EmbeddedPostgres, PostgresError, place, stop
from shared.ports import free_port
from shared.settings import DatabaseSettings
from shared.testing.postgres import shared_memory, throw_away

pytestmark = pytest.mark.integration


@dataclass
class Own:
    """A server that runs, and the shared memory that it and its children had when it had started."""

    manager: EmbeddedPostgres
    folder: Path
    child: "subprocess.Popen[bytes]"
    held: set[Path]

    def left(self) -> list[Path]:
        return [file for file in self.held if file.exists()]

    async def connect(self) -> asyncpg.Connection:
        owner = DatabaseSettings("127.0.0.1", self.manager.port, "postgres", self.manager.user, "password")
        return await asyncpg.connect(**owner.connect_arguments())


@pytest.fixture
def own() -> Iterator[Own]:
    folder = Path(tempfile.mkdtemp(prefix="iact-pg-"))
    folder.chmod(0o755)
    install, cluster = place(folder / "data")
    manager = EmbeddedPostgres(install, cluster, free_port())
    manager.create("password")
    child = manager.start(folder / "log", fsync="off")
    made = Own(manager, folder, child, shared_memory(child.pid))
    assert made.held
    try:
        yield made
    finally:
        throw_away(manager, made.child, folder)


def test_a_server_that_was_killed_is_thrown_away_with_its_shared_memory(own: Own) -> None:
    own.child.kill()
    throw_away(own.manager, own.child, own.folder)
    assert own.left() == []
    assert not own.folder.exists()


def test_what_a_killed_server_left_is_given_back_and_its_data_stay(own: Own) -> None:
    async def write() -> None:
        conn = await own.connect()
        await conn.execute("CREATE TABLE kept AS SELECT 1 AS n")
        await conn.close()

    async def read() -> int:
        conn = await own.connect()
        number: int = await conn.fetchval("SELECT n FROM kept")
        await conn.close()
        return number

    asyncio.run(write())
    own.child.kill()
    own.child.wait()
    own.manager.release()
    assert own.left() == []
    own.child = own.manager.start(own.folder / "log", fsync="off")
    assert asyncio.run(read()) == 1


def test_of_a_server_that_runs_nothing_is_taken(own: Own) -> None:
    with pytest.raises(PostgresError, match=r"postmaster\.pid.* already exists"):
        own.manager.release()
    assert sorted(own.left()) == sorted(own.held)
    assert own.manager.accepts()


async def test_a_server_that_does_not_end_in_time_leaves_no_shared_memory(
    own: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_postgres, "STOP_TIMEOUT_S", 0.5)
    conn = await own.connect()
    os.kill(conn.get_server_pid(), signal.SIGSTOP)  # a client's process that a shutdown waits for
    await asyncio.to_thread(stop, own.child)
    assert own.left() == []
    conn.terminate()
