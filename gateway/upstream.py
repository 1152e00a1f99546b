"""A service as the gateway sees it: its address, its kept connections, and how much we ask of it at once."""

import asyncio
from urllib.parse import urlsplit

from gateway.connection import ConnectFailed, Connection
from gateway.limits import CONNECT_S, UPSTREAM_IDLE_S, InFlight


class Upstream:
    """Connections to one service. The number of open ones never exceeds the in-flight limit."""

    def __init__(self, name: str, url: str, *, in_flight_max: int) -> None:
        parts = urlsplit(url)
        self.name = name
        self.host = parts.hostname or "127.0.0.1"
        self.port = parts.port or 80
        self.authority = parts.netloc.encode("ascii")
        self.origin = url.encode("ascii")
        self.gate = InFlight(in_flight_max)
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()

    async def acquire(self, *, fresh: bool = False) -> Connection:
        """A connection of one's own: a kept one, else a new one; ConnectFailed when there is none within 0.5 s."""
        loop = asyncio.get_running_loop()
        oldest = loop.time() - UPSTREAM_IDLE_S
        while self._idle and not fresh:
            kept = self._idle.pop()
            if kept.usable and kept.idle_since > oldest:
                return kept
            kept.close()
        try:
            async with asyncio.timeout(CONNECT_S):
                _, made = await loop.create_connection(lambda: Connection(loop, self._lost), self.host, self.port)
        except OSError as error:  # TimeoutError is one
            raise ConnectFailed(f"{self.host}:{self.port} accepts no connection") from error
        self._open.add(made)
        return made

    def release(self, connection: Connection) -> None:
        """Give back: kept when its exchange ended cleanly, closed otherwise."""
        if connection.reusable and connection in self._open:
            connection.idle_since = asyncio.get_running_loop().time()
            self._idle.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        for connection in list(self._open):
            connection.close()
        self._idle.clear()

    def _lost(self, connection: Connection) -> None:
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
