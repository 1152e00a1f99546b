"""A connection to a source that is given up while it is being made, at any moment of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.ivr.config import MariaDbLogin
from services.ivr.sources import protocol
from services.ivr.sources.errors import SourceUnavailable

pytestmark = pytest.mark.unit

HEARD_S = 60.0  # at once; who does not hear never ends
MOMENTS = 60  # turns of the loop; a connection on the same machine stands after a handful


# First words of something else, or of a broken MariaDB: cut short, without a header's length, another protocol's.
ODD_WORDS = [
    b"\x01\x00\x00\x00\x0a",
    b"\x00\x00\x00\x00",
    b"\x05\x00\x00\x00\x0a10.6",
    b"\x0c\x00\x00\x00\x0a10.6.1\x00\x01\x00\x00",
    b"\x03\x00\x00\x00\xff\x10\x04",
    b"SSH-2.0-OpenSSH_9.2\r\n",
    b"220 mail ESMTP\r\n",
]


@asynccontextmanager
async def server(words: bytes = b"") -> AsyncIterator[MariaDbLogin]:
    """It takes connections and says these words; without any it is silent, and no login ever ends by itself."""
    served: list[asyncio.StreamWriter] = []

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(writer)
        if words:
            writer.write(words)
            writer.write_eof()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    try:
        yield MariaDbLogin(host="127.0.0.1", port=port, name="ivr", user="reader", password="x")
    finally:
        listening.close()
        for writer in served:
            writer.close()


async def test_who_gives_up_is_heard_at_every_moment() -> None:
    """Else the look at a source's latency goes on for ever, and with it the run that waits for its end."""
    async with server() as login:
        for turns in range(MOMENTS):
            connecting = asyncio.create_task(protocol._connect(login))
            for _ in range(turns):
                await asyncio.sleep(0)
            connecting.cancel()
            await asyncio.wait({connecting}, timeout=HEARD_S)
            assert connecting.cancelled(), f"not heard after {turns} turns"


@pytest.mark.parametrize("words", ODD_WORDS)
async def test_what_is_no_mariadb_is_a_source_that_does_not_answer(words: bytes) -> None:
    """A proxy or another service at its port: told in a sentence, and no end of whoever asks every second."""
    async with server(words) as login:
        with pytest.raises(SourceUnavailable, match="does not answer"):
            await protocol._connect(login)
