"""What only a process shows: it stops when told to although gateways listen, and loses nothing when it is killed."""

import signal
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from services.sessions.accounts import create_superuser
from services.sessions.settings import Settings
from shared.settings import DatabaseSettings
from tests.sessions.conftest import PASSWORD
from tests.sessions.process import GRACE_S, Process, sessions_process

pytestmark = pytest.mark.integration


@pytest.fixture
def process(database_settings: DatabaseSettings, identity_keys: Path, tmp_path: Path) -> Iterator[Process]:
    with sessions_process(database_settings, identity_keys, tmp_path, IACT_ARGON2_MEMORY_MIB="19") as made:
        yield made


async def make_administrator(conn: asyncpg.Connection) -> None:
    async with conn.transaction():
        settings = Settings(_env_file=None, iact_argon2_memory_mib=19)
        await create_superuser(conn, settings, username="ana.admin", password=PASSWORD)


async def test_it_stops_at_once_although_a_gateway_listens(process: Process, conn: asyncpg.Connection) -> None:
    process.start()
    streams = [process.stream() for _ in range(3)]
    assert process.kill(signal.SIGTERM) < GRACE_S - 5, "without the hook it waits so long for the streams"
    for each in streams:
        rest = b""
        while part := each.recv(4096):
            rest += part
        assert rest.endswith(b"0\r\n\r\n"), "the stream ended, it did not break"
        each.close()


async def test_killed_it_loses_no_session_and_revives_none(process: Process, conn: asyncpg.Connection) -> None:
    await make_administrator(conn)
    process.start()
    ended = process.sign_in("ana.admin", PASSWORD)
    kept = process.sign_in("ana.admin", PASSWORD)
    for _ in range(2):
        process.kill()
        process.start()
        assert process.is_active(kept)
        assert not process.is_active(ended)
    events = await conn.fetchval("SELECT count(*) FROM audit.events WHERE event IN ('LOGIN', 'SESSION_CLOSED')")
    assert events == 3
