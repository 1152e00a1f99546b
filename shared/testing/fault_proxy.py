"""A TCP proxy before a database that does what networks do: delay, slowness, silence, a cut, a refusal.

It runs in a thread of its own, so that a test may block. `open_now` and `open_most` count the connections of the
clients: what a service holds is seen here without asking the server.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from shared.ports import free_port

CHUNK_BYTES = 1 << 16
QUEUE_CHUNKS = 4  # what is on its way while it is delayed; a pipe that held more would hide a slow reader
START_TIMEOUT_S = 60.0  # a turn of its loop: moments, but for a machine that stands still
SILENCE_LOOK_S = 0.02


@dataclass
class Faults:
    """What happens to bytes now; set the fields at any time."""

    delay_s: float = 0.0
    bytes_per_s: float | None = None
    silent: bool = False  # half open: connections stand, and nothing comes through any more
    refuse: bool = False


class FaultProxy:
    """One listening port before one server."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._target = (host, port)
        self.port = free_port()
        self.faults = Faults()
        self.open_now = 0
        self.open_most = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault-proxy", daemon=True)

    @classmethod
    @contextmanager
    def before(cls, port: int) -> Iterator[Self]:
        """A proxy before this local port, for as long as the block lasts."""
        proxy = cls(port)
        proxy.start()
        try:
            yield proxy
        finally:
            proxy.stop()

    def start(self) -> None:
        self._thread.start()
        self._server = self._run(asyncio.start_server(self._serve, "127.0.0.1", self.port))

    def stop(self) -> None:
        self.faults = Faults(refuse=True)
        self.cut()
        self._server.close()
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_TIMEOUT_S)
        self._loop.close()

    def cut(self) -> None:
        """Reset every connection, in the middle of whatever was said."""
        self._run(self._cut())

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(START_TIMEOUT_S)

    async def _cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _end(self) -> None:
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.faults.refuse:
            writer.transport.abort()
            return
        self.open_now += 1
        self.open_most = max(self.open_most, self.open_now)
        self._writers.add(writer)
        server: asyncio.StreamWriter | None = None
        try:
            from_server, server = await asyncio.open_connection(*self._target)
            self._writers.add(server)
            await self._pump_both((reader, server), (from_server, writer))
        except OSError:
            pass  # the server is down: the client sees its connection end
        finally:
            self.open_now -= 1
            for each in (writer, server):
                if each is not None:
                    self._writers.discard(each)
                    each.transport.abort()

    async def _pump_both(self, *ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        pumps = {asyncio.create_task(self._pump(*way)) for way in ways}
        self._pumps |= pumps
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._pumps -= pumps

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(QUEUE_CHUNKS)

        async def deliver() -> None:
            while True:
                at, data = await queue.get()
                await asyncio.sleep(max(0.0, at - time.monotonic()))
                if bytes_per_s := self.faults.bytes_per_s:  # looked at once: another thread may lift it meanwhile
                    await asyncio.sleep(len(data) / bytes_per_s)
                while self.faults.silent:  # noqa: ASYNC110 - the flag is set by another thread
                    await asyncio.sleep(SILENCE_LOOK_S)
                writer.write(data)
                await writer.drain()
                if not data:
                    return

        delivery = asyncio.create_task(deliver())
        try:
            with contextlib.suppress(OSError):
                while data := await reader.read(CHUNK_BYTES):
                    if delivery.done():
                        return
                    await queue.put((time.monotonic() + self.faults.delay_s, data))
            await queue.put((time.monotonic() + self.faults.delay_s, b""))
            await asyncio.wait([delivery])
        finally:
            delivery.cancel()
            await asyncio.gather(delivery, return_exceptions=True)
