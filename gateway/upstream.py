"""A service as the gateway sees it: its processes, their kept connections, and how much we ask of it at once."""

import asyncio
import contextlib
import time
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from gateway.breaker import Breaker, RetryBudget
from gateway.connection import ClientGone, ConnectFailed, Connection, StaleConnection, UpstreamFailure
from gateway.limits import CONNECT_S, UPSTREAM_IDLE_S, InFlight


class NobodyLeft(UpstreamFailure):
    """Every process of the service has stopped answering, and it is not yet time to ask again."""


class Instance:
    """One process of a service."""

    def __init__(self, url: str, *, watched: bool = False) -> None:
        parts = urlsplit(url)
        self.host = parts.hostname or "127.0.0.1"
        self.port = parts.port or 80
        self.authority = parts.netloc.encode("ascii")
        self.origin = url.encode("ascii")
        self.host_line = b" HTTP/1.1\r\nhost: " + self.authority + b"\r\n"
        self.breaker = Breaker(watched=watched)
        self.in_flight = 0
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()

    def kept(self) -> Connection | None:
        """A connection that waits for a request, if there is one."""
        idle = self._idle
        if not idle:
            return None
        oldest = time.monotonic() - UPSTREAM_IDLE_S
        while idle:
            connection = idle.pop()
            if connection.usable and connection.idle_since > oldest:
                return connection
            connection.close()
        return None

    async def connect(self) -> Connection:
        """A new connection; ConnectFailed when there is none within 0.5 s."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_S):
                _, made = await loop.create_connection(lambda: Connection(loop, self._lost), self.host, self.port)
        except OSError as error:  # TimeoutError is one
            raise ConnectFailed(f"{self.host}:{self.port} accepts no connection") from error
        self._open.add(made)
        return made

    async def acquire(self, *, fresh: bool = False) -> Connection:
        """A connection of one's own: a kept one, else a new one."""
        connection = None if fresh else self.kept()
        return connection or await self.connect()

    def release(self, connection: Connection) -> None:
        """Give back: kept when its exchange ended cleanly, closed otherwise."""
        if connection.reusable and connection in self._open:
            connection.idle_since = time.monotonic()
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


class Upstream:
    """A service: one process or several. What it is asked at once never exceeds the in-flight limit."""

    def __init__(self, name: str, urls: str | Sequence[str], *, in_flight_max: int) -> None:
        self.name = name
        listed = [urls] if isinstance(urls, str) else urls
        self.instances = tuple(Instance(url, watched=len(listed) > 1) for url in listed)
        # The limit is what one process gets asked: more processes serve more.
        self.gate = InFlight(in_flight_max * len(self.instances))
        self.retries = RetryBudget()
        self._next = 0

    @property
    def alone(self) -> bool:
        return len(self.instances) == 1

    def choose(self, *, but: Iterable[Instance] = ()) -> Instance:
        """The process to ask: of those that answer the one with the least to do, in turn where several have as
        little. NobodyLeft when each is to be left alone; a process that may be back gets one request to show it.
        """
        now = time.monotonic()
        self._next += 1
        candidates = [each for each in self._in_turn() if each not in but and each.breaker.enter(now)]
        if not candidates:
            raise NobodyLeft(f"{self.name} does not answer")
        probed = [each for each in candidates if each.breaker.opened]
        chosen = probed[0] if probed else min(candidates, key=lambda each: each.in_flight)
        for each in probed[1:]:
            each.breaker.abandoned()
        return chosen

    def steady(self) -> Instance | None:
        """The process to ask when nothing is wrong anywhere; None when there is anything to consider."""
        instances = self.instances
        if len(instances) == 1:
            return None if instances[0].breaker.opened else instances[0]
        if any(each.breaker.opened for each in instances):
            return None
        self._next += 1
        return min(self._in_turn(), key=lambda each: each.in_flight)

    @contextlib.contextmanager
    def judging(self, instance: Instance) -> Iterator[None]:
        """Whatever happens inside is this process's record: an answer, a failure, or nothing that tells."""
        try:
            yield
        except (ClientGone, StaleConnection):
            instance.breaker.abandoned()
            raise
        except UpstreamFailure as error:
            self.failed(instance, error)
            raise
        except BaseException:
            instance.breaker.abandoned()
            raise
        else:
            instance.breaker.succeeded()

    def failed(self, instance: Instance, error: UpstreamFailure) -> None:
        """Remember a failure. Who accepts no connection is left out at once where others can answer instead."""
        now = time.monotonic()
        instance.breaker.failed(now)
        if isinstance(error, ConnectFailed) and self._others_answer(instance):
            instance.breaker.trip(now)

    def eject(self, instance: Instance) -> bool:
        """Leave out a process that was found not to answer; the last one is never left out."""
        if instance.breaker.opened or not self._others_answer(instance):
            return False
        instance.breaker.trip(time.monotonic())
        return True

    def left_out(self) -> float:
        """How many processes are not asked now; for the metric."""
        return float(sum(each.breaker.opened for each in self.instances))

    def _others_answer(self, instance: Instance) -> bool:
        return any(each is not instance and not each.breaker.opened for each in self.instances)

    def _in_turn(self) -> list[Instance]:
        start = self._next % len(self.instances)
        return [*self.instances[start:], *self.instances[:start]]

    def close(self) -> None:
        for instance in self.instances:
            instance.close()
