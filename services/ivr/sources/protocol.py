"""The only code that reads MariaDB. It reads: read-only transaction, time limit, grants checked, never a write.

aiomysql connects and asks; rows are taken off the wire as whole packets, undecoded: decoding them one by one is what
makes the obvious code slow. Rows come in chunks and the next is read when the last was taken: back-pressure.
"""

import asyncio
import re
import struct
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final, Self

import aiomysql
import pymysql
from typing_extensions import override

from services.ivr.columns import Block
from services.ivr.config import STATEMENT_TIMEOUT_S, MariaDbLogin, Source
from services.ivr.sources.errors import SourceDamaged, SourceRefused, SourceUnavailable
from services.ivr.sources.guard import Ask, SourceGuard
from services.ivr.sources.packets import CHUNK_BYTES, PacketSplitter

CONNECT_TIMEOUT_S = 10.0  # until the login is through
ANSWER_TIMEOUT_S = 300.0  # no byte for five minutes: the server is gone without saying so
BEGUN_BYTES_MAX = 1 << 22  # several times what a stream reader holds
LOOK_EVERY_S = 0.02  # at an answer that comes slowly: its end may be there, or an error
COLUMN_CHUNK_BYTES = 2 << 20  # some 17 000 rows, interpreted as columns in 15 ms; fewer rows cost more each
READING_PRIVILEGES: Final = frozenset({"USAGE", "SELECT", "SHOW VIEW", "SHOW DATABASES", "PROCESS"})

_NOT_MARIADB = (struct.error, IndexError, ValueError)  # what the driver raises when an answer is no MariaDB's
FAILURES: Final = (pymysql.Error, OSError, TimeoutError, *_NOT_MARIADB)  # of connecting and of small answers

_ACCESS_DENIED = frozenset({1045, 1698})
_NO_DATABASE_RIGHT = 1044  # also of a database that is missing: without the right, its existence is not told
_NO_DATABASE, _NO_TABLE, _NO_COLUMN, _NO_TABLE_RIGHT = 1049, 1146, 1054, 1142
_TIMED_OUT = frozenset({1969, 3024})
_READ_ONLY = 1792


class Reader:
    """One connection to a source, in a read-only transaction with a consistent snapshot."""

    def __init__(self, conn: aiomysql.Connection, where: str, source: Source) -> None:
        self._conn = conn
        self._where = where
        self._guard = source.guard
        self._limit_s = source.statement_timeout_s

    @classmethod
    @asynccontextmanager
    async def open(cls, source: Source, login: MariaDbLogin) -> AsyncIterator[Self]:
        """Connect and begin. SourceRefused when the login may do more than read, SourceUnavailable without answer."""
        async with AsyncExitStack() as held:
            if source.guard is not None:
                await held.enter_async_context(source.guard.connection())
            reader = cls(await _connect(login), f"{login.host}:{login.port}", source)
            # Closing the socket also ends a statement that is still sending: cancel needs nothing else.
            held.callback(reader._conn.close)
            await reader._begin(login, allow_privileged=source.allow_privileged)
            if source.guard is not None:
                await source.guard.calm(reader._ask)
                await held.enter_async_context(source.guard.watched(lambda: _probing(login)))
            yield reader

    async def _ask(self) -> None:
        await self.rows("SELECT 1")

    async def privileges(self) -> list[str]:
        """What the login may do besides reading, as the server says it."""
        return excessive_privileges([str(row[0]) for row in await self.rows("SHOW GRANTS FOR CURRENT_USER()")])

    async def rows(self, sql: str, arguments: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """A small answer, decoded."""
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S), self._conn.cursor() as cursor:
                await cursor.execute(sql, arguments or None)
                return list(await cursor.fetchall())
        except FAILURES as error:
            raise translate(error, self._where, limit_s=self._limit_s) from error

    async def stream(
        self, sql: str, arguments: Sequence[Any] = (), *, chunk_bytes: int = CHUNK_BYTES
    ) -> AsyncIterator[Block]:
        """A large answer as chunks of undecoded rows. Only the server's end-of-rows packet ends it."""
        cursor = await self._conn.cursor(aiomysql.SSCursor)
        breath = _Breath(self._guard)
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                await cursor.execute(sql, arguments or None)
            # All that is there: what aiomysql has not read of it would be lost when its protocol is exchanged. For the
            # same reason nothing may happen in between, as it does behind wait_for, which waits for another task.
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                begun = await self._conn._reader.read(BEGUN_BYTES_MAX)  # noqa: SLF001 - aiomysql offers rows only, decoded one by one; its version is pinned
            # What the driver has heard already the exchanged protocol is not told again.
            over = self._conn._reader.at_eof()  # noqa: SLF001 - as above
            receiver = Receiver(self._conn._writer.transport, begun, chunk_bytes, over=over)  # noqa: SLF001 - as above
            try:
                while (rows := await receiver.rows()) is not None:
                    yield rows
                    if not receiver.ended:
                        breath.heed_pause()
                    await breath.take(len(rows))
            finally:
                receiver.leave()
            self._finish(cursor)
        except ConnectionResetError as error:
            raise SourceUnavailable(
                f"The IVR database at {self._where} closed the connection in the middle of a table."
            ) from error
        except (pymysql.Error, OSError, TimeoutError) as error:
            raise translate(error, self._where, limit_s=self._limit_s) from error

    def _finish(self, cursor: Any) -> None:
        """Tell aiomysql that the answer is over: it did not see the packets."""
        cursor._result.unbuffered_active = False  # noqa: SLF001 - see stream()
        cursor._result.connection = None  # noqa: SLF001
        self._conn._result = None  # noqa: SLF001

    async def _begin(self, login: MariaDbLogin, *, allow_privileged: bool) -> None:
        excess = await self.privileges()
        if excess and not allow_privileged:
            raise SourceRefused(
                f"The IVR login {login.user!r} may do more than SELECT ({', '.join(excess[:3])}); give it SELECT only, "
                "or set allow_privileged = true for this source."
            )
        await self.rows(f"SET SESSION max_statement_time = {self._limit_s}, net_write_timeout = {self._limit_s}")
        # A server may be set to another level, under which the snapshot below would be none.
        await self.rows("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        # The session too: DDL ends a read-only transaction by itself and would run behind it.
        await self.rows("SET SESSION TRANSACTION READ ONLY")
        await self.rows("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")


async def _connect(login: MariaDbLogin) -> aiomysql.Connection:
    conn = aiomysql.Connection(
        host=login.host,
        port=login.port,
        user=login.user,
        password=login.password,
        db=login.name,
        charset="utf8mb4",
        autocommit=True,
        connect_timeout=None,  # its asyncio.wait_for would lose a cancellation; ours is below
    )
    try:
        # Until the login is through: a server that accepts and says nothing would be waited for forever.
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            await conn._connect()  # noqa: SLF001 - aiomysql.connect() leaves the socket open when it is cancelled
    except BaseException as error:
        conn.close()
        if isinstance(error, FAILURES):
            raise translate(error, f"{login.host}:{login.port}", login) from error
        raise
    return conn


@asynccontextmanager
async def _probing(login: MariaDbLogin) -> AsyncIterator[Ask]:
    """A second connection that asks nothing but how quickly it is answered."""
    conn = await _connect(login)

    async def ask() -> None:
        async with conn.cursor() as cursor:
            await cursor.execute("SELECT 1")

    try:
        yield ask
    except FAILURES as error:
        raise translate(error, f"{login.host}:{login.port}") from error
    finally:
        conn.close()


class _Breath:
    """Between the chunks of one answer: a rest, or an end when the source is to be left alone."""

    def __init__(self, guard: SourceGuard | None) -> None:
        self._guard = guard
        self._since = time.monotonic()
        self.heed_pause()

    def heed_pause(self) -> None:
        if self._guard is not None:
            self._guard.heed_pause()

    async def take(self, rows: int) -> None:
        if self._guard is not None:
            await self._guard.rest(rows, time.monotonic() - self._since)
        self._since = time.monotonic()


class Receiver(asyncio.BufferedProtocol):
    """Takes an answer off the socket while somebody waits for rows. What the socket holds meanwhile is back-pressure.

    The server sends 16 KiB at a time: looking at each would cost more than all that is done with its rows.
    """

    def __init__(self, transport: asyncio.Transport, begun: bytes, chunk_bytes: int, *, over: bool = False) -> None:
        self._transport = transport
        self._before = transport.get_protocol()
        self._loop = asyncio.get_running_loop()
        self._splitter = PacketSplitter(chunk_bytes)
        self._splitter.feed(begun)
        self._woken = asyncio.Event()
        self._heard_at = 0.0
        self._over = over  # the driver knows that nothing more comes
        self._lost = over
        transport.set_protocol(self)

    @override
    def get_buffer(self, sizehint: int) -> memoryview:
        del sizehint
        return self._splitter.room()

    @override
    def buffer_updated(self, nbytes: int) -> None:
        self._splitter.received(nbytes)
        self._heard_at = self._loop.time()
        if self._splitter.worth_a_look:
            self._transport.pause_reading()
            self._woken.set()

    @override
    def eof_received(self) -> None:
        self.connection_lost(None)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._lost = True
        self._woken.set()

    @property
    def ended(self) -> bool:
        return self._splitter.ended

    async def rows(self) -> Block | None:
        """The next chunk; None when the server has said that there is no more. ConnectionResetError, TimeoutError."""
        splitter = self._splitter
        self._heard_at = self._loop.time()
        if self._lost:
            splitter.look()  # the rows behind the chunk before, and the answer's end
        while not splitter.full and not splitter.ended:
            if self._lost:
                raise ConnectionResetError
            if self._loop.time() > self._heard_at + ANSWER_TIMEOUT_S:
                raise TimeoutError
            self._woken.clear()
            self._transport.resume_reading()
            soon = self._loop.call_later(LOOK_EVERY_S, self._woken.set)
            await self._woken.wait()
            soon.cancel()
            splitter.look()
        self._transport.pause_reading()
        if splitter.error is not None:
            raise splitter.error
        return splitter.take() if splitter.rows else None

    def leave(self) -> None:
        """Give the connection back to the driver."""
        self._transport.set_protocol(self._before)
        if not self._lost:
            self._transport.resume_reading()
        elif not self._over:
            self._before.connection_lost(None)  # else it would wait for an answer to its next statement


def excessive_privileges(grants: Sequence[str]) -> list[str]:
    """Privileges in SHOW GRANTS that are more than reading. Pure."""
    excess: list[str] = []
    for grant in grants:
        found = re.match(r"GRANT (.+?) ON ", grant, re.IGNORECASE | re.DOTALL)
        if found is None:
            continue  # a role: its own grants are listed in lines of their own while it is active
        names = re.sub(r"\([^)]*\)", "", found[1]).split(",")
        excess += [name.strip().upper() for name in names if name.strip().upper() not in READING_PRIVILEGES]
        if "WITH GRANT OPTION" in grant.upper():
            excess.append("GRANT OPTION")
    return excess


def translate(
    error: BaseException, where: str, login: MariaDbLogin | None = None, *, limit_s: int = STATEMENT_TIMEOUT_S
) -> SourceRefused | SourceUnavailable:
    """The driver's error as one sentence, and whether trying again can help."""
    code = error.args[0] if isinstance(error, pymysql.Error) and error.args else 0
    text = str(error.args[1]) if isinstance(error, pymysql.Error) and len(error.args) > 1 else ""
    user, name = (f" {login.user!r}", login.name) if login else ("", "")
    if code in _ACCESS_DENIED:
        return SourceRefused(
            f"The IVR database at {where} refuses the login{user}: wrong password, or not allowed from here."
        )
    if code in {_NO_DATABASE, _NO_DATABASE_RIGHT}:
        right = f", or the login{user} may not read it: GRANT SELECT ON `{name}`.* to this login"
        return SourceRefused(
            f"The IVR server at {where} has no database {name!r}{right if code == _NO_DATABASE_RIGHT else ''}."
        )
    if code in {_NO_TABLE, _NO_COLUMN, _NO_TABLE_RIGHT}:
        return SourceDamaged(f"The IVR database at {where}: {text}.")
    if code in _TIMED_OUT:
        return SourceUnavailable(f"The IVR database at {where} stopped the statement after {limit_s} s.")
    if code == _READ_ONLY or isinstance(error, pymysql.err.ProgrammingError):
        return SourceRefused(f"The IVR database at {where} refuses a statement: {text}.")
    why = "it does not speak as MariaDB does" if isinstance(error, _NOT_MARIADB) else text or type(error).__name__
    return SourceUnavailable(f"The IVR database at {where} does not answer ({why}).")
