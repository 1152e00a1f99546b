"""Tables in a MariaDB schema, marked by their comment, loaded by LOAD DATA LOCAL INFILE where the server allows it.

The connection lives on an event loop in a thread of its own: callers stay synchronous, may be inside a loop themselves,
and the next chunk is drawn while the last one loads.
"""

import asyncio
import errno
import socket
import tempfile
import threading
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar
from urllib.parse import unquote, urlsplit

import aiomysql
import pymysql
from pydantic_settings import BaseSettings, SettingsConfigDict
from typing_extensions import override

from iact.simulate.errors import NotOurs, SimulationFailed, TargetUnreachable
from iact.simulate.tables import Table
from iact.simulate.text import LOAD_DATA, Dialect
from shared.sql import quote_backticks

DEFAULT_PORT = 3306
CONNECT_TIMEOUT_S = 10  # a firewall that drops packets must not hang the command
MARKER = "made by iact simulate"
CHUNKS_IN_FLIGHT_MAX = 2  # one loading, one waiting: memory stays bounded
INSERT_ROWS = 1_000  # rows of one INSERT where LOAD DATA is forbidden; well below max_allowed_packet
ACCESS_DENIED = {1044, 1045, 1142, 1698}
UNKNOWN_DATABASE = 1049
DISK_FULL = {1021, 1114}
UNREACHABLE = {2002, 2003, 2005, 2006, 2013}
LOCAL_FORBIDDEN = {1148, 3948, 4166, 4167}

T = TypeVar("T")


class ReadOnlySource(BaseSettings):
    """The customer's IVR as `DB_IVR_*` names it: it must never be written to."""

    model_config = SettingsConfigDict(
        env_prefix="DB_IVR_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    host: str | None = None
    port: int = DEFAULT_PORT
    name: str | None = None


@dataclass(frozen=True, slots=True)
class MariaDbAddress:
    host: str
    port: int
    name: str
    user: str
    password: str = field(repr=False)

    @classmethod
    def parse(cls, dsn: str) -> Self:
        """`mysql://user:password@host:port/schema`; special characters in user and password are percent-encoded."""
        wanted = "The DSN must read mysql://user:password@host:port/schema."
        try:
            parts = urlsplit(dsn)
            port = parts.port or DEFAULT_PORT
        except ValueError as error:
            raise SimulationFailed(wanted) from error
        name = unquote(parts.path.removeprefix("/"))
        if parts.scheme not in {"mysql", "mariadb"} or not parts.hostname or not name or "/" in name:
            raise SimulationFailed(wanted)
        return cls(parts.hostname, port, name, unquote(parts.username or ""), unquote(parts.password or ""))

    @override
    def __str__(self) -> str:
        return f"{self.host}:{self.port}/{self.name}"

    def is_same_schema(self, host: str, port: int, name: str) -> bool:
        return port == self.port and name == self.name and bool(_addresses(host) & _addresses(self.host))


class MariaDbTarget:
    """A schema whose tables, if any, all carry our comment."""

    dialect: Dialect = LOAD_DATA
    takes_pipes = False

    def __init__(self, dsn: str) -> None:
        self.address = MariaDbAddress.parse(dsn)
        source = ReadOnlySource()
        if source.host and source.name and self.address.is_same_schema(source.host, source.port, source.name):
            raise NotOurs("The DSN is the source that DB_IVR_* names, which is never written to; give another schema.")

    @override
    def __repr__(self) -> str:
        return f"MariaDbTarget({str(self.address)!r})"

    @contextmanager
    def writing(self, kind: str, tables: Sequence[Table]) -> Iterator["MariaDbWriter"]:
        with MariaDbWriter(self.address) as writer:
            writer.prepare(kind, tables)
            yield writer
            writer.finish()


class MariaDbWriter:
    """One connection on a loop of its own; errors of a chunk come out with the next call."""

    def __init__(self, address: MariaDbAddress) -> None:
        self._address = address
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="iact-simulate", daemon=True)
        self._connection: Any = None
        self._local_allowed = True
        self._in_flight: list[Future[None]] = []

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self._connection = self._run(_connect(self._address))
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def prepare(self, kind: str, tables: Sequence[Table]) -> None:
        with _explained(self._address):
            self._run(self._prepare(kind, tables))

    def write(self, table: Table, text: bytes) -> None:
        with _explained(self._address):
            while len(self._in_flight) >= CHUNKS_IN_FLIGHT_MAX:
                self._in_flight.pop(0).result()
        previous = self._in_flight[-1] if self._in_flight else None
        self._in_flight.append(asyncio.run_coroutine_threadsafe(self._load(table, text, previous), self._loop))

    def finish(self) -> None:
        with _explained(self._address):
            while self._in_flight:
                self._in_flight.pop(0).result()

    async def _prepare(self, kind: str, tables: Sequence[Table]) -> None:
        async with self._connection.cursor() as cursor:
            await cursor.execute(
                "SELECT table_name, table_comment FROM information_schema.tables WHERE table_schema = DATABASE()"
            )
            found = list(await cursor.fetchall())
            for name, comment in found:
                if not comment.startswith(MARKER):
                    raise NotOurs(
                        f"The schema {self._address.name} holds the table {name}, which iact simulate did not make; "
                        "give an empty schema."
                    )
            mine = f"{MARKER}: {kind}"
            wanted = {table.name for table in tables}
            for name, comment in found:
                if comment == mine or name in wanted:
                    await cursor.execute(f"DROP TABLE {quote_backticks(name)}")
            for table in tables:
                await cursor.execute(_create(table, mine))

    async def _load(self, table: Table, text: bytes, previous: "Future[None] | None") -> None:
        if previous is not None:
            await asyncio.wrap_future(previous)
        async with self._connection.cursor() as cursor:
            if self._local_allowed:
                try:
                    await _load_data(cursor, table, text)
                except (pymysql.err.OperationalError, pymysql.err.NotSupportedError) as error:
                    if error.args[0] not in LOCAL_FORBIDDEN:
                        raise
                    self._local_allowed = False
            if not self._local_allowed:
                await _insert(cursor, table, text)
        await self._connection.commit()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _close(self) -> None:
        """After a failure or an interrupt a chunk may still be loading: it goes with the connection."""
        chunks = asyncio.all_tasks() - {asyncio.current_task()}
        for chunk in chunks:
            chunk.cancel()
        await asyncio.gather(*chunks, return_exceptions=True)
        if self._connection is not None:
            self._connection.close()
        await self._loop.shutdown_default_executor()

    def _stop(self) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _connect(address: MariaDbAddress) -> Any:
    with _explained(address):
        return await aiomysql.connect(
            host=address.host,
            port=address.port,
            db=address.name,
            user=address.user,
            password=address.password,
            charset="utf8mb4",
            local_infile=True,
            connect_timeout=CONNECT_TIMEOUT_S,
        )


async def _load_data(cursor: Any, table: Table, text: bytes) -> None:
    with tempfile.TemporaryFile() as file:  # without a name: nothing of it stays when this process is killed
        file.write(text)
        file.flush()
        names = ", ".join(quote_backticks(column.name) for column in table.columns)
        into = f"{quote_backticks(table.name)} CHARACTER SET utf8mb4 ({names})"
        await cursor.execute(f"LOAD DATA LOCAL INFILE %s INTO TABLE {into}", (f"/proc/self/fd/{file.fileno()}",))


async def _insert(cursor: Any, table: Table, text: bytes) -> None:
    names = ", ".join(quote_backticks(column.name) for column in table.columns)
    places = ", ".join(["%s"] * len(table.columns))
    statement = f"INSERT INTO {quote_backticks(table.name)} ({names}) VALUES ({places})"  # noqa: S608 - our own names
    null = LOAD_DATA.null.decode()
    lines = text.decode().removesuffix("\n").split("\n")
    for start in range(0, len(lines), INSERT_ROWS):
        chosen = [line.split("\t") for line in lines[start : start + INSERT_ROWS]]
        await cursor.executemany(statement, [[None if cell == null else cell for cell in cells] for cells in chosen])


def _create(table: Table, comment: str) -> str:
    parts = [f"`{column.name}` {column.sql}" for column in table.columns] + list(table.keys)
    return (
        f"CREATE TABLE `{table.name}` ({', '.join(parts)}) ENGINE=InnoDB "
        f"DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='{comment}'"
    )


@contextmanager
def _explained(address: MariaDbAddress) -> Iterator[None]:
    """Turns the driver's errors into one sentence that never holds the password."""
    try:
        yield
    except pymysql.err.MySQLError as error:
        code = error.args[0] if error.args else 0
        if code in ACCESS_DENIED:
            sentence = f"MariaDB at {address} refuses the user {address.user}: check the password and the grants."
        elif code == UNKNOWN_DATABASE:
            sentence = f"MariaDB at {address.host}:{address.port} has no schema {address.name}."
        elif code in DISK_FULL:
            sentence = f"The disk of MariaDB at {address} is full."
        elif code in UNREACHABLE:
            sentence = f"MariaDB at {address} cannot be reached (error {code}): check host and port, and that it runs."
        else:
            sentence = f"MariaDB at {address} gave the unexpected error {code}."
        raise TargetUnreachable(sentence) from error
    except OSError as error:
        # Chunks pass through a temporary file on this machine.
        full = error.errno == errno.ENOSPC
        sentence = (
            f"The disk for {tempfile.gettempdir()} is full." if full else f"MariaDB at {address} cannot be reached."
        )
        raise TargetUnreachable(sentence) from error


def _addresses(host: str) -> set[str]:
    """Every address of a host, loopback names folded into one."""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None)}
    except OSError:
        return {host.lower()}
    return {"127.0.0.1" if address == "::1" or address.startswith("127.") else address for address in found}
