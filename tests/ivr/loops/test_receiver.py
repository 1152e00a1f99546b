"""An answer as it comes off a socket: in any pieces, cut off, silent, or broken in the middle."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from services.ivr.config import Source
from services.ivr.sources import protocol
from services.ivr.sources.errors import SourceUnavailable
from services.ivr.sources.protocol import Reader, Receiver
from tests.ivr.test_packets import ERROR, answer

pytestmark = pytest.mark.unit

ROWS = [f"\x0a2025-07-01\x04{n:04}".encode() for n in range(3_000)]
Send = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Cursor:
    """What the driver's cursor does before the first row: nothing that reads from the socket."""

    def __init__(self, slow_s: float) -> None:
        self._result = SimpleNamespace()
        self._slow_s = slow_s

    async def execute(self, *_: object) -> None:
        """The statement was sent when the connection was made."""
        if self._slow_s:
            await asyncio.sleep(self._slow_s)


@asynccontextmanager
async def answering(send: Send, *, slow_s: float = 0.0) -> AsyncIterator[Reader]:
    """A reader whose server answers by `send`, and whose driver looks at it after so many seconds."""
    done = asyncio.Event()

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await send(writer)
        await done.wait()
        writer.close()

    async def cursor(_: object) -> Cursor:
        return Cursor(slow_s)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    conn: Any = SimpleNamespace(_reader=reader, _writer=writer, cursor=cursor, _result=None)
    try:
        yield Reader(conn, "the server", Source(id="s", kind="legacy", zone="UTC"))
    finally:
        done.set()
        writer.close()
        server.close()


async def rows_of(reader: Reader) -> list[bytes]:
    return [row async for chunk in reader.stream("SELECT", chunk_bytes=4_000) for row in chunk]


@pytest.mark.parametrize("size", [1_000, 77])
async def test_no_byte_is_lost_when_the_driver_hands_over(size: int) -> None:
    """The server goes on sending while the driver's reader still holds the beginning."""
    text = answer(ROWS)

    async def in_pieces(writer: asyncio.StreamWriter) -> None:
        for begin in range(0, len(text), size):
            writer.write(text[begin : begin + size])
            await asyncio.sleep(0)

    for _ in range(10):
        async with answering(in_pieces) as reader:
            assert await rows_of(reader) == ROWS


async def test_the_connection_goes_on_with_the_driver_afterwards() -> None:
    async def twice(writer: asyncio.StreamWriter) -> None:
        writer.write(answer(ROWS))
        await asyncio.sleep(0.2)
        writer.write(answer(ROWS[:5]) + b"and the driver reads on")

    async with answering(twice) as reader:
        assert await rows_of(reader) == ROWS
        assert await asyncio.wait_for(reader._conn._reader.readexactly(len(answer(ROWS[:5]))), 60) == answer(ROWS[:5])


async def test_an_answer_without_an_end_is_no_answer() -> None:
    async def cut_off(writer: asyncio.StreamWriter) -> None:
        writer.write(answer(ROWS)[:-20])
        writer.write_eof()

    async with answering(cut_off) as reader:
        with pytest.raises(SourceUnavailable, match="closed the connection in the middle of a table"):
            await rows_of(reader)


async def test_an_end_that_came_before_the_driver_handed_over() -> None:
    """A server that is killed as it begins to answer: its last bytes and its end come at once."""

    async def cut_off(writer: asyncio.StreamWriter) -> None:
        writer.write(answer(ROWS[:100])[:-20])
        writer.write_eof()

    async with answering(cut_off, slow_s=0.2) as reader, asyncio.timeout(60):
        with pytest.raises(SourceUnavailable, match="closed the connection in the middle of a table"):
            await rows_of(reader)


async def test_a_connection_that_ends_behind_a_whole_answer() -> None:
    """The answer is of use; whoever asks the driver afterwards hears at once that nobody is there."""

    async def whole(writer: asyncio.StreamWriter) -> None:
        writer.write(answer(ROWS))
        writer.write_eof()

    for slow_s in (0.0, 0.2):
        async with answering(whole, slow_s=slow_s) as reader, asyncio.timeout(60):
            assert await rows_of(reader) == ROWS
            assert await reader._conn._reader.read(1) == b""


class Stopped:
    """A transport that nothing comes from but what a test says."""

    def __init__(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self.protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def resume_reading(self) -> None:
        """Nothing comes."""

    pause_reading = resume_reading


def taken_in(receiver: Receiver, text: bytes) -> None:
    receiver.get_buffer(-1)[: len(text)] = text
    receiver.buffer_updated(len(text))


async def test_an_end_that_comes_with_the_last_rows_takes_none_of_them() -> None:
    driver = asyncio.StreamReader()
    stopped: Any = Stopped(asyncio.StreamReaderProtocol(driver))
    receiver = Receiver(stopped, b"", chunk_bytes=4_000)
    taken_in(receiver, answer(ROWS[:1_000]))
    receiver.eof_received()
    found: list[bytes] = []
    while (rows := await receiver.rows()) is not None:
        found += rows
    assert found == ROWS[:1_000]
    receiver.leave()
    assert stopped.protocol is not receiver
    assert await asyncio.wait_for(driver.read(1), 10) == b"", "the driver would wait for an answer"


async def test_a_connection_that_ends_before_its_answer() -> None:
    async def nothing(writer: asyncio.StreamWriter) -> None:
        writer.write_eof()

    async with answering(nothing) as reader:
        with pytest.raises(SourceUnavailable, match="closed the connection in the middle of a table"):
            await rows_of(reader)


async def test_a_silent_server_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "ANSWER_TIMEOUT_S", 0.1)

    async def silent(writer: asyncio.StreamWriter) -> None:
        writer.write(answer(ROWS)[:-20])

    async with answering(silent) as reader:
        with pytest.raises(SourceUnavailable, match="does not answer"):
            await rows_of(reader)


async def test_an_error_behind_rows_is_told() -> None:
    async def broken(writer: asyncio.StreamWriter) -> None:
        writer.write(answer(ROWS, ERROR))

    async with answering(broken) as reader:
        with pytest.raises(SourceUnavailable, match="boom"):
            await rows_of(reader)


async def test_nothing_is_read_while_nobody_asks() -> None:
    """Back-pressure: what is not asked for stays with the server and in the sockets' buffers."""
    sent = 0
    text = answer(ROWS) * 400  # 27 MB, several times what sockets hold

    async def much(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        for begin in range(0, len(text), 1 << 16):
            writer.write(text[begin : begin + (1 << 16)])
            await writer.drain()
            sent = begin

    async with answering(much) as reader:
        stream = reader.stream("SELECT", chunk_bytes=4_000)
        await anext(stream)
        async with asyncio.timeout(60):
            while not sent:  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
        assert sent < len(text) // 2
        await stream.aclose()  # type: ignore[attr-defined] # a generator
