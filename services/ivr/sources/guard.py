"""What stands between the whole service and one source: two connections, a pace, and hours in which it is left alone.

The connections are counted by locks in PostgreSQL, because the processes that read a source may run on several
machines; a lock is given back by the death of its holder.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from services.ivr.config import Source
from services.ivr.pace import CALM_PROBES, Pace
from services.ivr.schedule import after_pauses, paused
from services.ivr.sources.errors import SourceError, SourceUnavailable
from shared.locks import SOURCE_CONNECTIONS
from shared.postgres import OUTAGES, Database, DatabaseUnavailable
from shared.tasks import beside

CONNECTIONS_PER_SOURCE_MAX = 2  # one that reads and one that looks at how the source is doing, or a second reader
SLOT_WAIT_S = 10.0  # a check or a probe gives its connection back sooner than that
SLOT_RETRY_S = 0.1
PROBE_EVERY_S = 1.0
PROBE_STATEMENTS = 3  # the quickest of them: the others waited for our own threads
PROBE_TIMEOUT_S = 5.0  # an answer that takes longer than this says all there is to say
PROBES_A_CONNECTION = 8  # then the connection is free for a moment: a check that waits for one gets it

Ask = Callable[[], Awaitable[object]]
Connect = Callable[[], AbstractAsyncContextManager[Ask]]


def utc_now() -> datetime:
    """The clock that pauses go by."""
    return datetime.now(UTC)


class ConnectionsTaken(SourceUnavailable):
    """All connections that this source may have are in use."""


class SourcePaused(SourceError):  # noqa: N818 - reads as what happened
    """A pause of the source has begun: it is left alone until `until`."""

    def __init__(self, source: str, until: datetime, zone: str) -> None:
        super().__init__(
            f"The source {source} is left alone until {until.astimezone(ZoneInfo(zone)):%H:%M} (pause in the sources "
            "file); ask again then."
        )
        self.until = until


class SourceGuard:
    """The guard of one run, comparison or check. Everybody who reads the source has one of their own."""

    def __init__(self, database: Database, source: Source, *, heeds_pauses: bool = True) -> None:
        self._database = database
        self._source = source
        self._pauses = source.pauses if heeds_pauses else ()
        self._zone = ZoneInfo(source.zone)
        self.pace = Pace(source.pace)

    @asynccontextmanager
    async def connection(self, *, wait_s: float = SLOT_WAIT_S) -> AsyncIterator[None]:
        """The right to one connection. ConnectionsTaken when all are in use for as long as `wait_s`."""
        deadline = time.monotonic() + wait_s
        while True:
            # The lock is let go by the pool, which unlocks whatever a connection held when it comes back.
            async with self._database.connection() as conn:
                for number in range(CONNECTIONS_PER_SOURCE_MAX):
                    statement = "SELECT pg_try_advisory_lock($1, hashtext($2))"
                    if await conn.fetchval(statement, SOURCE_CONNECTIONS + number, self._source.id):
                        yield
                        return
            if time.monotonic() >= deadline:
                raise ConnectionsTaken(
                    f"All {CONNECTIONS_PER_SOURCE_MAX} connections that the source {self._source.id} may have are in "
                    "use (a run, a reconciliation or a check); ask again when one has ended."
                )
            await asyncio.sleep(SLOT_RETRY_S)

    async def calm(self, ask: Ask) -> None:
        """How quick the source is before this load; `ask` sends a tiny statement and waits for its answer."""
        self.pace.calm([await _latency(ask) for _ in range(CALM_PROBES)])

    def heed_pause(self) -> None:
        """SourcePaused when the source is to be left alone from now on."""
        now = utc_now()
        if paused(now, self._zone, self._pauses):
            raise SourcePaused(self._source.id, after_pauses(now, self._zone, self._pauses), self._source.zone)

    async def rest(self, rows: int, elapsed_s: float) -> None:
        """After a chunk of so many rows, which were read and taken in within `elapsed_s`."""
        if rest_s := self.pace.rest_s(rows, elapsed_s):
            await asyncio.sleep(rest_s)

    @asynccontextmanager
    async def watched(self, connect: Connect) -> AsyncIterator[None]:
        """Look at the source's latency, on a second connection, for as long as the block reads from it."""
        async with beside(self._watch(connect)):
            yield

    async def _watch(self, connect: Connect) -> None:
        while True:
            # A short reading is over by now and never needs a second connection.
            await asyncio.sleep(PROBE_EVERY_S)
            # Without a free connection, or an answer, the pace stays what it is: the reading itself will tell.
            with suppress(SourceError, DatabaseUnavailable, *OUTAGES):
                async with self.connection(wait_s=0), connect() as ask:
                    await self._probe(ask)

    async def _probe(self, ask: Ask) -> None:
        for _ in range(PROBES_A_CONNECTION):
            latency_s = min([await _latency(ask) for _ in range(PROBE_STATEMENTS)])
            self.pace.observe(latency_s, PROBE_EVERY_S)
            await asyncio.sleep(PROBE_EVERY_S)


async def _latency(ask: Ask) -> float:
    began = time.monotonic()
    with suppress(TimeoutError):
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            await ask()
    return time.monotonic() - began


def guarded(database: Database, source: Source, *, heeds_pauses: bool = True) -> Source:
    """The source as it may be read: whoever opens it goes through a guard of his own."""
    return replace(source, guard=SourceGuard(database, source, heeds_pauses=heeds_pauses))
