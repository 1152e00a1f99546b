"""A server that says nothing while its connections stand: who waits for it is told, and so is whoever comes after."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Depends
from pydantic import SecretStr

from shared.app import create_app
from shared.postgres import ACQUIRE_TIMEOUT_S, STATEMENT_TIMEOUT_S, Database, DatabaseUnavailable, database
from shared.pulse import SILENT_S, TICK_S, WATCH_S, Pulse, watched
from shared.settings import DatabaseSettings, ServiceSettings
from shared.testing.fault_proxy import FaultProxy

ENDS_S = STATEMENT_TIMEOUT_S / 2  # by itself a statement that waits ends after twice as long


@pytest.fixture
def proxy(database_settings: DatabaseSettings) -> Iterator[FaultProxy]:
    with FaultProxy.before(database_settings.port) as found:
        yield found


@pytest.fixture
async def behind(database_settings: DatabaseSettings, proxy: FaultProxy) -> AsyncIterator[Database]:
    """Two connections at most, through the proxy."""
    found = Database(replace(database_settings, port=proxy.port), connections_max=2)
    await found.open()
    async with watched(found):
        yield found
    await found.close()


async def ask(found: Database) -> int:
    async with found.transaction() as conn:
        answer: int = await conn.fetchval("SELECT 42")
    return answer


async def until_it_speaks(found: Database) -> None:
    async with asyncio.timeout(30):
        while found.silent:  # noqa: ASYNC110 - the database tells nobody; people ask again
            await asyncio.sleep(0.02)


@pytest.mark.unit
def test_it_is_told_within_a_second() -> None:
    assert WATCH_S + SILENT_S + TICK_S <= 0.8


@pytest.mark.integration
@pytest.mark.requirement("RNF-011")
async def test_whoever_waits_for_a_silent_server_is_told_and_whoever_asks_too(
    behind: Database, proxy: FaultProxy
) -> None:
    assert await ask(behind) == 42
    proxy.faults.silent = True
    # More than there are connections: some wait for an answer, one for a connection being made, some for their turn.
    waiting = [asyncio.create_task(ask(behind)) for _ in range(6)]
    async with asyncio.timeout(ENDS_S):
        told = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in told] == [DatabaseUnavailable] * 6
    assert behind.silent
    with pytest.raises(DatabaseUnavailable):
        behind.connection().__aenter__().send(None)  # not even the event loop's next turn is waited for
    proxy.faults.silent = False
    await until_it_speaks(behind)
    assert await ask(behind) == 42


@pytest.mark.integration
async def test_a_server_that_never_spoke_is_silent_too(behind: Database, proxy: FaultProxy) -> None:
    proxy.faults.silent = True
    with pytest.raises(DatabaseUnavailable):
        async with asyncio.timeout(ACQUIRE_TIMEOUT_S * 5):
            await ask(behind)
    proxy.faults.silent = False
    await until_it_speaks(behind)
    assert await ask(behind) == 42


@pytest.mark.integration
async def test_a_server_that_refuses_or_takes_its_time_is_not_silent(behind: Database, proxy: FaultProxy) -> None:
    async with behind.connection() as conn:
        await conn.execute("SELECT pg_sleep($1)", 2 * (WATCH_S + SILENT_S))
    proxy.faults.refuse = True
    proxy.cut()
    with pytest.raises(DatabaseUnavailable):
        await ask(behind)
    await asyncio.sleep(2 * (WATCH_S + SILENT_S))
    assert not behind.silent
    proxy.faults.refuse = False
    assert await ask(behind) == 42


@pytest.mark.unit
async def test_a_process_that_does_not_come_to_run_takes_nobody_for_silent() -> None:
    found = Database(DatabaseSettings("127.0.0.1", 1, "none", "nobody", "none"))

    async def answer() -> str:
        await asyncio.sleep(0)
        time.sleep(2 * SILENT_S)  # noqa: ASYNC251 - the whole process stands still, as on a machine with much to do
        await asyncio.sleep(TICK_S)
        return "here"

    assert await Pulse(found).answered(answer()) == "here"
    assert not found.silent


@pytest.mark.integration
async def test_a_service_answers_503_while_its_database_is_silent(
    database_settings: DatabaseSettings, proxy: FaultProxy
) -> None:
    routes = APIRouter(prefix="/things")

    @routes.get("/page")
    async def page(db: Annotated[Database, Depends(database)]) -> int:
        return await ask(db)

    class Settings(ServiceSettings):
        service = "dora"  # one that has a role to act as

    settings = Settings(
        db_analytics_port=proxy.port,
        db_analytics_name=database_settings.name,
        db_analytics_user=database_settings.user,
        db_analytics_password=SecretStr(database_settings.password),
    )
    app = create_app(settings, title="Things", routers=[routes])
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        assert (await client.get("/things/page")).json() == 42
        proxy.faults.silent = True
        async with asyncio.timeout(ENDS_S):
            answer = await client.get("/things/page")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert (await client.get("/health/ready")).status_code == 503
        proxy.faults.silent = False
        await until_it_speaks(app.state.database)
        assert (await client.get("/things/page")).json() == 42
