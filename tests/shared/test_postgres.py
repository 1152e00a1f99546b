"""A server that goes away under a request is told as such, whatever form the driver gives it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from shared.postgres import Connection, Database, DatabaseUnavailable, Session
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


async def given_back(database: Database) -> list[str]:
    """What the server was asked when the connection of a transaction came back, as pg_stat_activity tells it last."""
    async with database.transaction() as conn:
        process = await conn.fetchval("SELECT pg_backend_pid()")
    watcher = await asyncpg.connect(**database.settings.connect_arguments())
    try:
        rows = await watcher.fetch("SELECT query FROM pg_stat_activity WHERE pid = $1", process)
    finally:
        await watcher.close()
    return [row["query"] for row in rows]


async def test_a_transaction_leaves_nothing_that_would_have_to_be_reset(database: Database) -> None:
    assert await given_back(database) == ["COMMIT;"]


async def test_a_transaction_has_its_time_limit_with_its_first_word(database: Database) -> None:
    async with database.transaction(readonly=True, one_snapshot=True, timeout_s=7) as conn:
        assert await conn.fetchval("SHOW statement_timeout") == "7s"
        assert await conn.fetchval("SHOW transaction_isolation") == "repeatable read"
        assert await conn.fetchval("SHOW transaction_read_only") == "on"
        async with conn.transaction():  # a savepoint within
            assert await conn.fetchval("SHOW statement_timeout") == "7s"
    async with database.connection() as conn:
        assert await conn.fetchval("SHOW statement_timeout") == "0"
        async with conn.transaction():
            assert await conn.fetchval("SHOW statement_timeout") == "0"


async def test_a_connection_cut_after_the_commit_takes_nothing_back(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.connection() as conn:
        await conn.execute("CREATE TABLE kept (n integer)")
    execute = Session.execute

    async def cut_behind_commit(self: Session, query: str, *args: Any, **named: Any) -> str:
        told = await execute(self, query, *args, **named)
        if query == "COMMIT;":
            await database.hang_up()
        return told

    with monkeypatch.context() as patch:
        patch.setattr(Session, "execute", cut_behind_commit)
        async with database.transaction() as conn:
            await conn.execute("INSERT INTO kept VALUES (1)")
    async with database.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM kept") == 1


async def test_whatever_else_was_done_with_a_connection_is_undone_when_it_comes_back(database: Database) -> None:
    async with database.transaction():
        pass
    async with database.connection() as conn:
        await conn.execute("SET work_mem = '1234kB'")
        assert await conn.fetchval("SELECT pg_try_advisory_lock(7)")
        process = await conn.fetchval("SELECT pg_backend_pid()")
    async with database.connection() as conn:
        assert await conn.fetchval("SELECT pg_backend_pid()") == process
        assert await conn.fetchval("SHOW work_mem") != "1234kB"
        assert await conn.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0


async def test_one_snapshot_does_not_see_what_is_committed_meanwhile(database: Database) -> None:
    async with database.connection() as conn:
        await conn.execute("CREATE TABLE seen (n integer)")
    counted = "SELECT count(*) FROM seen"
    async with database.transaction(readonly=True, one_snapshot=True) as one, database.transaction() as each:
        assert (await one.fetchval(counted), await each.fetchval(counted)) == (0, 0)
        async with database.connection() as other:
            await other.execute("INSERT INTO seen VALUES (1)")
        assert (await one.fetchval(counted), await each.fetchval(counted)) == (0, 1)
