"""The hub without a database: it stops when it is told to, whatever it is doing at that moment."""

import asyncio

import pytest

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
