"""The hub without a database: it stops when it is told to, whatever it is doing at that moment, and not before."""

import asyncio

import asyncpg
import pytest
from typing_extensions import override

from services.sessions.revocations import Hub
from shared.settings import DatabaseSettings

pytestmark = pytest.mark.unit

HEARD_S = 60.0  # at once; who does not hear never ends


class Told:
    """A connection that answers, and in the same breath whoever listens on it is told to stop."""

    def __init__(self) -> None:
        self.listener: asyncio.Task[None] | None = None
        self.ended = False

    async def add_listener(self, _channel: str, _heard: object) -> None:
        pass

    async def execute(self, _statement: str) -> None:
        listener, self.listener = self.listener, None
        if listener is not None:
            asyncio.get_running_loop().call_soon(listener.cancel)

    def terminate(self) -> None:
        self.ended = True


async def test_told_to_stop_while_the_answer_arrives_it_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = Told()

    async def connect(**_: object) -> Told:
        return connection

    monkeypatch.setattr("services.sessions.revocations.asyncpg.connect", connect)
    hub = Hub(DatabaseSettings("127.0.0.1", 1, "none", "nobody", "none"))
    connection.listener = asyncio.create_task(hub.run_forever())
    task = connection.listener
    await asyncio.wait({task}, timeout=HEARD_S)
    stopped = task.cancelled()
    task.cancel()
    await asyncio.wait({task}, timeout=HEARD_S)
    assert stopped
    assert connection.ended
    assert hub.listening is False


async def test_a_driver_that_lost_its_step_is_left_for_a_new_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's last words came while nobody listened: `InternalClientError` is no error of PostgreSQL's."""
    monkeypatch.setattr("services.sessions.revocations.RECONNECT_S", 0.001)
    connections: list[Told] = []

    class Lost(Told):
        @override
        async def execute(self, _statement: str) -> None:
            raise asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress")

    async def connect(**_: object) -> Told:
        connections.append(Lost() if len(connections) < 3 else Told())
        return connections[-1]

    monkeypatch.setattr("services.sessions.revocations.asyncpg.connect", connect)
    hub = Hub(DatabaseSettings("127.0.0.1", 1, "none", "nobody", "none"))
    task = asyncio.create_task(hub.run_forever())
    try:
        async with asyncio.timeout(5):
            while len(connections) < 4 and not task.done():  # noqa: ASYNC110 - the hub tells nobody
                await asyncio.sleep(0.005)
        assert len(connections) == 4
        assert not task.done()
        assert [each.ended for each in connections] == [True, True, True, False]
        assert hub.listening
    finally:
        task.cancel()
        await asyncio.wait({task}, timeout=2)
