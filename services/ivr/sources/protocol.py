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

from services.ivr.config import STATEMENT_TIMEOUT_S, MariaDbLogin, Source
from services.ivr.sources.errors import SourceDamaged, SourceRefused, SourceUnavailable
from services.ivr.sources.guard import Ask, SourceGuard

CONNECT_TIMEOUT_S = 10
ANSWER_TIMEOUT_S = 300.0  # no byte for five minutes: the server is gone without saying so
READ_BYTES = 1 << 18
CHUNK_ROWS = 8_000  # about 60 ms of row-by-row interpretation: progress and cancel stay lively
COLUMN_CHUNK_ROWS = 16_000  # interpreted as columns in 30 ms, in a thread; fewer rows cost more each
MEMORY_BYTES_MAX = 64 << 20  # a chunk of absurdly wide rows is handed on earlier
READING_PRIVILEGES: Final = frozenset({"USAGE", "SELECT", "SHOW VIEW", "SHOW DATABASES", "PROCESS"})

_HEADER = struct.Struct("<I")  # three bytes of length, one of sequence
_HEADER_BYTES = 4
_WIDE_PACKET = 0xFFFFFF
_EOF_PACKET, _ERROR_PACKET = 0xFE, 0xFF
_EOF_LENGTH_MAX = 9
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
            async with self._conn.cursor() as cursor:
                await cursor.execute(sql, arguments or None)
                return list(await cursor.fetchall())
        except (pymysql.Error, OSError) as error:
            raise translate(error, self._where, limit_s=self._limit_s) from error

    async def stream(
        self, sql: str, arguments: Sequence[Any] = (), *, chunk_rows: int = CHUNK_ROWS
    ) -> AsyncIterator[list[bytes]]:
        """A large answer as chunks of undecoded rows. Only the server's end-of-rows packet ends it."""
        cursor = await self._conn.cursor(aiomysql.SSCursor)
        breath = _Breath(self._guard)
        try:
            await cursor.execute(sql, arguments or None)
            splitter = PacketSplitter(chunk_rows)
            while not splitter.ended:
                data = await asyncio.wait_for(self._conn._reader.read(READ_BYTES), ANSWER_TIMEOUT_S)  # noqa: SLF001 - aiomysql offers rows only, decoded one by one; its version is pinned
                if not data:
                    raise SourceUnavailable(
                        f"The IVR database at {self._where} closed the connection in the middle of a table."
                    )
                splitter.feed(data)
                if splitter.error is not None:
                    raise translate(splitter.error, self._where, limit_s=self._limit_s)
                if splitter.full:
                    rows = splitter.take()
                    yield rows
                    breath.heed_pause()
                    await breath.take(len(rows))
            self._finish(cursor)
            rows = splitter.take()
            if rows:
                yield rows
            await breath.take(len(rows))
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
    try:
        return await aiomysql.connect(
            host=login.host,
            port=login.port,
            user=login.user,
            password=login.password,
            db=login.name,
            charset="utf8mb4",
            autocommit=True,
            connect_timeout=CONNECT_TIMEOUT_S,
        )
    except (pymysql.Error, OSError) as error:
        raise translate(error, f"{login.host}:{login.port}", login) from error


@asynccontextmanager
async def _probing(login: MariaDbLogin) -> AsyncIterator[Ask]:
    """A second connection that asks nothing but how quickly it is answered."""
    conn = await _connect(login)

    async def ask() -> None:
        async with conn.cursor() as cursor:
            await cursor.execute("SELECT 1")

    try:
        yield ask
    except (pymysql.Error, OSError) as error:
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


class PacketSplitter:
    """Cuts received bytes into the packets of an answer. Pure: bytes in, rows out."""

    def __init__(self, chunk_rows: int = CHUNK_ROWS) -> None:
        self._chunk_rows = chunk_rows
        self._rest = b""
        self._wide: list[bytes] = []
        self._bytes = 0
        self.rows: list[bytes] = []
        self.ended = False
        self.error: pymysql.err.OperationalError | None = None

    @property
    def full(self) -> bool:
        return len(self.rows) >= self._chunk_rows or self._bytes >= MEMORY_BYTES_MAX

    def take(self) -> list[bytes]:
        rows, self.rows, self._bytes = self.rows, [], 0
        return rows

    def feed(self, data: bytes) -> None:
        buffer = self._rest + data if self._rest else data
        at, end = 0, len(buffer)
        add, header = self.rows.append, _HEADER.unpack_from
        while end - at >= _HEADER_BYTES and not self.ended:
            begin = at + _HEADER_BYTES
            length = header(buffer, at)[0] & _WIDE_PACKET
            stop = begin + length
            if stop > end:
                break
            if not length or length == _WIDE_PACKET or buffer[begin] >= _EOF_PACKET or self._wide:
                self._special(buffer[begin] if length else 0, buffer[begin:stop])
            else:
                add(buffer[begin:stop])
            at = stop
        self._bytes += at
        self._rest = buffer[at:]

    def _special(self, first: int, packet: bytes) -> None:
        if self._wide or len(packet) == _WIDE_PACKET:
            # A row above 16 MiB comes in several packets; the first one shorter than that is its last.
            self._wide.append(packet)
            if len(packet) < _WIDE_PACKET:
                self.rows.append(b"".join(self._wide))
                self._wide = []
        elif first == _EOF_PACKET and len(packet) < _EOF_LENGTH_MAX:
            self.ended = True
        elif first == _ERROR_PACKET:
            self.ended = True
            text = packet[9:] if packet[3:4] == b"#" else packet[3:]
            code = int.from_bytes(packet[1:3], "little")
            self.error = pymysql.err.OperationalError(code, text.decode("utf-8", "replace"))
        else:
            self.rows.append(packet)


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
    return SourceUnavailable(f"The IVR database at {where} does not answer ({text or type(error).__name__}).")
