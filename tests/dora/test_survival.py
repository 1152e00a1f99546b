"""A delivery that was answered with 202 is there after kill -9."""

import asyncio
import http.client
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from shared.settings import DatabaseSettings
from tests.dora.process import Process

pytestmark = pytest.mark.integration

SENDERS = 6
ANSWERED_BEFORE_THE_KILL = 150


@pytest.fixture
def process(database_settings: DatabaseSettings, identity_keys: Path, tmp_path: Path) -> Iterator[Process]:
    made = Process.of(database_settings, identity_keys, tmp_path)
    made.start()
    yield made
    made.stop(signal.SIGKILL)


def send_until_nobody_answers(process: Process, sender: int, answered: dict[int, str], enough: threading.Event) -> None:
    """Builds with numbers of this sender, each kept in `answered` only after its answer came."""
    connection = process.connect()
    number = sender
    try:
        while True:
            answered[number] = process.deliver(connection, number)
            if len(answered) >= ANSWERED_BEFORE_THE_KILL:
                enough.set()
            number += SENDERS
    except (OSError, http.client.HTTPException):
        enough.set()  # the process is gone
    finally:
        connection.close()


async def test_nothing_that_was_answered_is_lost_by_kill_9(process: Process, conn: asyncpg.Connection) -> None:
    answered: dict[int, str] = {}
    enough = threading.Event()
    threads = [
        threading.Thread(target=send_until_nobody_answers, args=(process, sender, answered, enough))
        for sender in range(SENDERS)
    ]
    for thread in threads:
        thread.start()
    assert enough.wait(100)
    process.stop(signal.SIGKILL)
    for thread in threads:
        thread.join(60)
    assert len(answered) >= ANSWERED_BEFORE_THE_KILL
    assert set(answered.values()) == {"recorded"}

    kept = {row["key"] for row in await conn.fetch("SELECT idempotency_key AS key FROM dora.events")}
    missing = [number for number in answered if f"job/deploy-shop/ {number} COMPLETED" not in kept]
    assert missing == []

    process.start()
    connection = process.connect()
    again = {process.deliver(connection, number) for number in sorted(answered)}
    connection.close()
    assert again == {"duplicate"}
    for _ in range(600):  # what the killed process had not read, the new one reads
        if not await conn.fetchval("SELECT count(*) FROM dora.unread"):
            break
        await asyncio.sleep(0.1)
    deployments = await conn.fetchval("SELECT count(*) FROM dora.deployments")
    assert deployments == await conn.fetchval("SELECT count(*) FROM dora.events") == len(kept)
