"""A server that goes away under a request is told as such, whatever form the driver gives it."""

from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest

from shared.postgres import Connection, Database, DatabaseUnavailable
from shared.settings import DatabaseSettings

pytestmark = pytest.mark.integration


@pytest.fixture
async def database(database_settings: DatabaseSettings) -> AsyncIterator[Database]:
    found = Database(database_settings)
    await found.open()
    yield found
    await found.close()


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.AdminShutdownError("terminating connection due to administrator command"),
        asyncpg.CrashShutdownError("terminating connection because of crash of another server process"),
        asyncpg.CannotConnectNowError("the database system is in recovery mode"),
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress"),
        ConnectionResetError("reset by peer"),
    ],
)
async def test_every_way_of_going_away_is_unavailable(database: Database, error: Exception) -> None:
    with pytest.raises(DatabaseUnavailable):
        async with database.transaction():
            raise error


async def cut(conn: Connection) -> None:
    conn.terminate()
    await conn.execute("SELECT 1")


async def without_transaction(database: Database) -> None:
    async with database.connection() as conn:
        await cut(conn)


async def within_transaction(database: Database) -> None:
    async with database.transaction() as conn:
        await cut(conn)


@pytest.mark.parametrize("work", [without_transaction, within_transaction])
async def test_a_connection_that_was_cut_is_unavailable(
    database: Database, work: Callable[[Database], Awaitable[None]]
) -> None:
    with pytest.raises(DatabaseUnavailable):
        await work(database)
    async with database.connection() as conn:
        assert await conn.fetchval("SELECT 1") == 1


async def test_a_server_that_dies_while_a_connection_is_given_back_takes_no_answer_along(database: Database) -> None:
    async with database.connection() as conn:
        answer = await conn.fetchval("SELECT 42")
        async with database.connection() as other:
            await other.execute("SELECT pg_terminate_backend($1)", await conn.fetchval("SELECT pg_backend_pid()"))
    assert answer == 42


@pytest.mark.parametrize(("given", "error"), [((), asyncpg.InterfaceError), (("x",), asyncpg.DataError)])
async def test_a_mistake_of_ours_stays_one(database: Database, given: tuple[str, ...], error: type[Exception]) -> None:
    async def ask() -> None:
        async with database.transaction() as conn:
            await conn.fetchval("SELECT $1::int", *given)

    with pytest.raises(error):
        await ask()
