"""A connection to a source that is given up while it is being made, at any moment of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.ivr.config import MariaDbLogin
from services.ivr.sources import protocol

pytestmark = pytest.mark.unit

MOMENTS = 60  # turns of the loop; a connection on the same machine stands after a handful


@asynccontextmanager
async def silent_server() -> AsyncIterator[MariaDbLogin]:
    """It takes connections and says nothing, so that no login ever ends by itself."""
    served: list[asyncio.StreamWriter] = []

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield MariaDbLogin(host="127.0.0.1", port=port, name="ivr", user="reader", password="x")
    finally:
        server.close()
        for writer in served:
            writer.close()


async def test_who_gives_up_is_heard_at_every_moment() -> None:
    """Else the look at a source's latency goes on for ever, and with it the run that waits for its end."""
    async with silent_server() as login:
        for turns in range(MOMENTS):
            connecting = asyncio.create_task(protocol._connect(login))
            for _ in range(turns):
                await asyncio.sleep(0)
            connecting.cancel()
            await asyncio.wait({connecting}, timeout=1.0)
            assert connecting.cancelled(), f"not heard after {turns} turns"
