"""Questions that only read go to standbys that are not far behind, and to the primary where there is none.

Each process asks the primary four times a second how far its journal (WAL) reaches, and each standby how far it has
played it. A standby's age is the time since the primary's journal was last seen to end where the standby is: no clocks
of two machines are compared and nothing has to be written. A server that fails in the middle of a question is left out
and the question is asked once more elsewhere (`ReadAgain`), which is why only routes that read take part.
"""

import asyncio
import itertools
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import asyncpg
from fastapi import Request, Response
from fastapi.routing import APIRoute
from prometheus_client import Counter, Gauge
from typing_extensions import override

from shared import metrics
from shared.log import log
from shared.postgres import Database, DatabaseUnavailable
from shared.settings import DatabaseSettings, ServiceSettings
from shared.tasks import beside

WATCH_S = 0.25  # as often as the gateway looks at a service: somebody is missed for no longer
ANSWER_MAX_S = 1.0  # who says nothing for a second is left out, as the gateway does with a service
REMEMBERED_S = 3600.0  # the greatest lag that IACT_REPLICA_LAG_MAX_S may allow
PRIMARY = "primary"
TRIED = "iact.servers_tried"  # in a request's scope: the servers asked so far
# A standby ends a question that stands in the way of what it has to play back; the primary never does.
CONFLICTS = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
# Right after an upgrade's first step a standby may not have played back yet what the new process asks for.
BEHIND = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError)
POSITION = """
SELECT pg_is_in_recovery() AS standby, pg_wal_lsn_diff(
    CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, '0/0')::bigint AS at
"""

LAG = Gauge("iact_replica_lag_seconds", "How far a standby is behind", ["replica"], registry=metrics.REGISTRY)
USABLE = Gauge("iact_replica_usable", "1 when a standby may be asked", ["replica"], registry=metrics.REGISTRY)
READS = Counter("iact_reads_total", "Questions by the server that was asked", ["server"], registry=metrics.REGISTRY)


class Journal:
    """How far the primary's journal reached at which moment (seconds of a clock that only this process reads)."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, at_s: float, position: int) -> None:
        """The journal ended at `position` (bytes) at `at_s`; a shorter one than before is another server's."""
        if self._seen and position < self._seen[-1][1]:
            self._seen.clear()
        # What lies between two sightings of one position says nothing more than the later of them.
        if len(self._seen) > 1 and self._seen[-1][1] == self._seen[-2][1] == position:
            self._seen.pop()
        self._seen.append((at_s, position))
        while self._seen[0][0] < at_s - REMEMBERED_S:
            self._seen.popleft()

    def age_s(self, played: int) -> float | None:
        """Seconds that a standby which has played as far as `played` was behind when the primary was last seen.

        None when it is further behind than is remembered, or nothing is known of the primary. While the primary is
        away nothing is written, so no standby grows older.
        """
        last_s = self._seen[-1][0] if self._seen else 0.0
        for at_s, position in reversed(self._seen):
            if position <= played:
                return last_s - at_s
        return None


class Replica:
    """One standby as this process sees it."""

    def __init__(self, settings: DatabaseSettings, *, connections_max: int) -> None:
        self.name = f"{settings.host}:{settings.port}"
        self.database = Database(settings, connections_max=connections_max)
        self.lag_s: float | None = None
        self.up = False

    def usable(self, lag_max_s: float) -> bool:
        return self.up and self.lag_s is not None and self.lag_s <= lag_max_s


class Readings:
    """The servers that may be asked, and which of them is asked next."""

    def __init__(
        self, primary: Database, replicas: Sequence[DatabaseSettings], *, lag_max_s: float, connections_max: int
    ) -> None:
        self.primary = primary
        self.primary_up = True
        self.lag_max_s = lag_max_s
        self.replicas = [Replica(each, connections_max=connections_max) for each in replicas]
        self._journal = Journal()
        # A connection of its own: a crowd of questions must not make a server look dead.
        self._watched = {PRIMARY: Database(primary.settings, connections_max=1)}
        self._watched |= {each.name: Database(each.database.settings, connections_max=1) for each in self.replicas}
        self._turns = itertools.count()
        self._looking = asyncio.Lock()
        self._looked_at_s = float("-inf")

    async def open(self) -> None:
        for database in self._all():
            await database.open()

    async def close(self) -> None:
        for database in self._all():
            await database.close()

    async def watch(self) -> None:
        """Look at every server, for as long as the process lives."""
        while True:
            try:
                await self.look()
            except Exception:  # noqa: BLE001 - whatever it is, a standby that is not looked at must not be asked
                log.exception("replicas_not_seen")
                for replica in self.replicas:
                    replica.up = False
            await asyncio.sleep(WATCH_S)

    async def look(self) -> None:
        """One look at every server; the primary first, so that no standby is taken for younger than it is."""
        async with self._looking:
            self._looked_at_s = time.monotonic()
            primary = await self._position(PRIMARY)
            self.primary_up = primary is not None
            if primary is not None:
                self._journal.note(self._looked_at_s, primary["at"])
            await asyncio.gather(*(self._look_at(replica) for replica in self.replicas))

    async def primary_is_away(self) -> bool:
        """Whether the primary, which has just failed somebody, answers nobody: looked at anew, once for all who ask."""
        if self.primary.silent:
            return True
        failed_at_s = time.monotonic()
        while self._looked_at_s < failed_at_s:
            if self._looking.locked():
                async with self._looking:
                    continue
            await self.look()
        return not self.primary_up

    def choose(self, tried: Sequence[str] = ()) -> tuple[str, Database]:
        """Who is asked next: standbys in turn, the primary where none can be."""
        usable = [each for each in self.replicas if each.usable(self.lag_max_s) and each.name not in tried]
        if not usable:
            return PRIMARY, self.primary
        chosen = usable[next(self._turns) % len(usable)]
        return chosen.name, chosen.database

    def spare_the_primary(self) -> bool:
        """Whether standbys answer now."""
        return any(each.usable(self.lag_max_s) for each in self.replicas)

    def another(self, tried: Sequence[str]) -> bool:
        """Whether somebody is left who has not been asked."""
        return PRIMARY not in tried or self.choose(tried)[0] != PRIMARY

    def standby(self, lag_max_s: float) -> Database | None:
        """A standby at most so far behind, for a question that the primary should answer and cannot."""
        return next((each.database for each in self.replicas if each.usable(lag_max_s)), None)

    def _all(self) -> list[Database]:
        return [*self._watched.values(), *(each.database for each in self.replicas)]

    async def _look_at(self, replica: Replica) -> None:
        found = await self._position(replica.name)
        was = replica.usable(self.lag_max_s)
        replica.up = found is not None and found["standby"]
        replica.lag_s = self._journal.age_s(found["at"]) if found is not None and found["at"] is not None else None
        usable = replica.usable(self.lag_max_s)
        USABLE.labels(replica.name).set(usable)
        LAG.labels(replica.name).set(float("inf") if replica.lag_s is None else replica.lag_s)
        if usable == was:
            return
        log.info("replica_used" if usable else "replica_left_out", replica=replica.name, lag_s=replica.lag_s)
        if found is None:
            await replica.database.hang_up()

    async def _position(self, name: str) -> asyncpg.Record | None:
        """Where a server's journal is; None when it does not say so in time."""
        watched = self._watched[name]
        try:
            async with asyncio.timeout(ANSWER_MAX_S), watched.connection() as conn:
                return await conn.fetchrow(POSITION)
        except (DatabaseUnavailable, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError, OSError):
            await watched.hang_up()
            return None


@asynccontextmanager
async def watched_replicas(primary: Database, settings: ServiceSettings) -> AsyncIterator[Readings | None]:
    """The service's standbys, looked at while the block runs; None when it is given none, or has no use for them."""
    replicas = settings.replicas() if settings.asks_replicas else ()
    if not replicas:
        yield None
        return
    readings = Readings(
        primary,
        replicas,
        lag_max_s=settings.iact_replica_lag_max_s,
        connections_max=settings.iact_pool_connections_max,
    )
    await readings.open()
    await readings.look()
    try:
        async with beside(readings.watch()):
            yield readings
    finally:
        await readings.close()


def _readings(request: Request) -> Readings | None:
    found: Readings | None = getattr(request.app.state, "readings", None)
    return found


async def readings_of(request: Request) -> Readings | None:
    """FastAPI dependency: the servers that may be asked; None where there are no standbys."""
    return _readings(request)


async def reading(request: Request) -> Database:
    """FastAPI dependency of a route that only reads: the server to ask; the service's own without standbys."""
    readings = _readings(request)
    if readings is None:
        found: Database = request.app.state.database
        return found
    tried: list[str] = request.scope.setdefault(TRIED, [])
    name, database = readings.choose(tried)
    tried.append(name)
    READS.labels(name).inc()
    return database


class Servers(NamedTuple):
    """For a route that reads and notes that it did."""

    reading: Database
    writing: Database


async def servers(request: Request) -> Servers:
    """FastAPI dependency: the server to ask and the one to write to."""
    return Servers(await reading(request), request.app.state.database)


class ReadAgain(APIRoute):
    """A route whose question is asked again elsewhere when the server that `reading` chose goes away meanwhile."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        once: Callable[[Request], Any] = super().get_route_handler()

        async def until_answered(request: Request) -> Response:
            while True:
                try:
                    answer: Response = await once(request)
                except (DatabaseUnavailable, *CONFLICTS, *BEHIND):
                    readings = _readings(request)
                    if readings is None or not readings.another(request.scope.get(TRIED, [PRIMARY])):
                        raise
                else:
                    return answer

        return until_answered
