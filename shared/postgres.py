"""The one place that opens connections, begins and commits.

Store functions take a connection first and never acquire, begin or commit; the edge (a route, a batch) does.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeAlias, cast

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from fastapi import Request
from typing_extensions import override

from shared.errors import Unavailable
from shared.settings import DatabaseSettings

Connection: TypeAlias = asyncpg.Connection | PoolConnectionProxy

CONNECT_TIMEOUT_S = 5.0  # a host that does not answer in five seconds is down for a person who waits
ACQUIRE_TIMEOUT_S = 2.0  # beyond this the pool is full: an instant 503 keeps goodput, a queue loses it
CLOSE_TIMEOUT_S = 5.0  # for what still runs when a service ends
STATEMENT_TIMEOUT_S = 30.0  # the longest that any answer may take (api.md)
# The server went away under a statement: shut down, killed, or starting again.
GONE = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)
# What asyncpg raises when the server is gone, is starting, or refuses: all mean "try again".
OUTAGES = (
    OSError,
    asyncio.TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
)


class DatabaseUnavailable(Unavailable):
    """PostgreSQL does not answer; try again in a few seconds."""


class Session(asyncpg.Connection):
    """A pooled connection that saves two round trips of a transaction: at its beginning and when it is given back."""

    __slots__ = ("_clean", "_limit_ms")
    _clean: bool
    _limit_ms: int | None

    def begin_with_limit(self, limit_ms: int) -> None:
        """The time limit of the statements of the transaction that begins next: sent together with its BEGIN."""
        self._limit_ms = limit_ms

    @override
    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:
        limit_ms, self._limit_ms = getattr(self, "_limit_ms", None), None
        if limit_ms is not None and query.startswith("BEGIN"):
            return await super().execute(_with_limit(query, limit_ms), timeout=timeout)
        return await super().execute(query, *args, timeout=timeout)

    def nothing_kept(self) -> None:
        """All that was done ended with its transaction: no setting, lock, cursor or channel is left to reset."""
        self._clean = True

    @override
    def get_reset_query(self) -> str:
        if getattr(self, "_clean", False):
            self._clean = False
            return ""
        return super().get_reset_query()


class Database:
    """A pool that may be opened while the server is down: connections are made on first use, again after a crash."""

    def __init__(self, settings: DatabaseSettings, *, connections_max: int = 8) -> None:
        self.settings = settings
        self._connections_max = connections_max
        self._pool: asyncpg.Pool | None = None
        self._waiting: set[asyncio.Timeout] = set()
        self.silent = False

    async def open(self) -> None:
        # min_size=0: the process starts and stays up while PostgreSQL is away, and recovers by itself.
        self._pool = await asyncpg.create_pool(
            **self.settings.connect_arguments(),
            min_size=0,
            max_size=self._connections_max,
            timeout=CONNECT_TIMEOUT_S,
            command_timeout=STATEMENT_TIMEOUT_S + 1,
            connection_class=Session,
        )

    async def close(self) -> None:
        if self._pool is not None:
            pool, self._pool = self._pool, None
            try:
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await pool.close()
            except TimeoutError:
                pool.terminate()

    async def fall_silent(self) -> None:
        """The server says nothing (shared/pulse.py): whoever waits for it, and whoever asks until it is `heard`, gets
        DatabaseUnavailable at once.
        """
        self.silent = True
        waiting, self._waiting = self._waiting, set()
        for each in waiting:
            each.reschedule(asyncio.get_running_loop().time())
        await self.hang_up()

    def heard(self) -> None:
        """The server speaks: it is asked again."""
        self.silent = False

    async def hang_up(self) -> None:
        """Cut every connection, also of a server that says nothing: what waits for it ends with DatabaseUnavailable."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            pool.terminate()
            await self.open()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection without a transaction, given back at the end. DatabaseUnavailable when there is none."""
        pool = self._pool
        if pool is None or self.silent:
            raise DatabaseUnavailable(retry_after_s=2)
        try:
            conn = await self._acquired(pool)
        except OUTAGES as error:
            raise DatabaseUnavailable(retry_after_s=2) from error
        try:
            yield conn
        except GONE as error:
            raise DatabaseUnavailable(retry_after_s=2) from error
        except asyncpg.InternalClientError as error:
            # The server's last words came while nobody listened, and the driver lost its step: of no use any more.
            conn.terminate()
            raise DatabaseUnavailable(retry_after_s=2) from error
        except asyncpg.InterfaceError as error:
            if not _is_gone(conn):
                raise
            raise DatabaseUnavailable(retry_after_s=2) from error
        finally:
            # A server that goes away while a connection is given back takes nothing from what was answered before.
            with suppress(*OUTAGES, asyncpg.InternalClientError):
                await pool.release(conn)

    @asynccontextmanager
    async def transaction(
        self, *, readonly: bool = False, timeout_s: float = STATEMENT_TIMEOUT_S, one_snapshot: bool = False
    ) -> AsyncIterator[Connection]:
        """One transaction with a statement time limit; committed when the block ends, rolled back when it raises.

        With `one_snapshot` all its statements read the same state: what somebody commits meanwhile is not seen.
        Everything that a block sets or locks is to end with the transaction (SET LOCAL, pg_advisory_xact_lock).
        """
        async with self.connection() as conn:
            session = cast("Session", conn)  # the pool's proxy passes on what it does not know
            session.begin_with_limit(int(timeout_s * 1000))
            try:
                async with conn.transaction(readonly=readonly, isolation="repeatable_read" if one_snapshot else None):
                    yield conn
            except ConnectionError as error:
                raise DatabaseUnavailable(retry_after_s=2) from error
            if not _is_gone(conn):  # cut after it had committed: what was done stays done
                session.nothing_kept()

    async def _acquired(self, pool: asyncpg.Pool) -> PoolConnectionProxy:
        async with asyncio.timeout(None) as waiting:
            self._waiting.add(waiting)
            try:
                conn: PoolConnectionProxy = await pool.acquire(timeout=ACQUIRE_TIMEOUT_S)
            finally:
                self._waiting.discard(waiting)
        return conn

    async def ping(self) -> None:
        """Raises when the server does not answer a trivial statement."""
        async with self.connection() as conn:
            await conn.execute("SELECT 1")


def _with_limit(begin: str, limit_ms: int) -> str:
    """The driver's BEGIN and a number of ours: nothing of it comes from outside."""
    return f"{begin} SET LOCAL statement_timeout = {limit_ms:d};"


def _is_gone(conn: Connection) -> bool:
    try:
        return bool(conn.is_closed())
    except asyncpg.InterfaceError:  # the pool has dropped it already
        return True


async def database(request: Request) -> Database:
    """FastAPI dependency: the service's database, opened by the lifespan of shared.app."""
    found: Database = request.app.state.database
    return found
