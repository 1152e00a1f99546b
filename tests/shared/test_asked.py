"""A service that is asked says so by a lock, for as long as it was asked a moment ago, and no longer than it lives."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

import asyncpg
import httpx
import pytest
from fastapi import APIRouter
from pydantic import SecretStr
from starlette.types import Message, Receive, Scope, Send

from services.analytics.main import app as analytics
from services.dora.main import app as dora
from services.ivr.main import app as ivr
from services.sessions.main import app as sessions
from shared.app import create_app
from shared.asked import LATELY_S, Asked, Saying
from shared.locks import PEOPLE_ASK
from shared.middleware import Frame
from shared.postgres import Database
from shared.pulse import watched
from shared.settings import DatabaseSettings, ServiceSettings
from shared.testing.fault_proxy import FaultProxy

Holders = Callable[[Callable[[set[int]], bool]], Awaitable[set[int]]]

HELD = """
SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid::bigint = $1 AND objid::bigint = $2 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at_s = 1_000.0

    def __call__(self) -> float:
        return self.at_s


def ask(asked: Asked) -> None:
    """And be answered at once."""
    asked.begin()
    asked.end()


@pytest.mark.unit
def test_lately_ends_some_seconds_after_the_last_answer() -> None:
    clock = Clock()
    asked = Asked(clock)
    found = [asked.lately]
    ask(asked)
    for passed_s in (LATELY_S - 1, 1, 0):
        clock.at_s += passed_s
        found.append(asked.lately)
    ask(asked)
    assert [*found, asked.lately] == [False, True, False, False, True]


@pytest.mark.unit
def test_whoever_is_answered_by_a_standby_does_not_count() -> None:
    asked = Asked(Clock())
    ask(asked)
    found = []
    for usable in (True, False):
        asked.elsewhere = partial(bool, usable)
        found.append(asked.lately)
    assert found == [False, True]


@pytest.mark.unit
async def test_a_question_counts_for_as_long_as_its_answer_takes() -> None:
    """A report may take half a minute: who waits for it must not meet a load at full speed meanwhile."""
    clock = Clock()
    asked = Asked(clock)
    found: list[bool] = []

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        clock.at_s += LATELY_S + 1
        found.append(asked.lately)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def nothing(message: Message) -> None:
        del message

    async def never() -> Message:
        raise AssertionError

    scope: Scope = {"type": "http", "method": "GET", "path": "/analytics/reports", "headers": []}
    await Frame(slow, "analytics", in_flight_max=8, asked=asked)(scope, never, nothing)
    found.append(asked.lately)
    clock.at_s += LATELY_S
    assert [*found, asked.lately] == [True, True, False]


@pytest.mark.unit
def test_a_connection_is_told_once_when_it_begins_and_once_when_it_ends() -> None:
    clock = Clock()
    asked = Asked(clock)
    saying = Saying(asked)
    told = [saying.statement()]
    ask(asked)
    told += [saying.statement(), saying.statement()]
    clock.at_s += LATELY_S
    told += [saying.statement(), saying.statement()]
    numbers = f"({PEOPLE_ASK[0]}, {PEOPLE_ASK[1]})"
    take, let_go = f"SELECT pg_try_advisory_lock_shared{numbers}", f"SELECT pg_advisory_unlock_shared{numbers}"
    assert told == ["SELECT 1", take, "SELECT 1", let_go, "SELECT 1"]


@pytest.mark.unit
def test_loads_give_way_to_questions_and_to_nothing_else() -> None:
    """Progress of runs is asked for by whoever started one: that must not slow it down."""
    assert analytics.state.asked is not None
    assert [other.state.asked for other in (ivr, sessions, dora)] == [None, None, None]


@pytest.fixture
async def holders(database_settings: DatabaseSettings) -> AsyncIterator[Holders]:
    """Waits until those who hold the lock are as wanted; returns them."""
    conn = await asyncpg.connect(**database_settings.connect_arguments())

    async def until(wanted: Callable[[set[int]], bool]) -> set[int]:
        async with asyncio.timeout(30):
            while not wanted(found := {row["pid"] for row in await conn.fetch(HELD, *PEOPLE_ASK)}):  # noqa: ASYNC110 - pg_locks tells nobody
                await asyncio.sleep(0.02)
        return found

    yield until
    await conn.close()


class Settings(ServiceSettings):
    service = "dora"  # one that has a role to act as
    asks_replicas = True


def settings_of(database: DatabaseSettings, replicas: str = "") -> Settings:
    return Settings(
        db_analytics_port=database.port,
        db_analytics_name=database.name,
        db_analytics_user=database.user,
        db_analytics_password=SecretStr(database.password),
        iact_replicas=replicas,
    )


@asynccontextmanager
async def asked_through(settings: DatabaseSettings, asked: Asked) -> AsyncIterator[None]:
    database = Database(settings, connections_max=1)
    await database.open()
    async with watched(database, asked):
        yield
    await database.close()


@pytest.mark.integration
async def test_each_service_that_is_asked_holds_the_lock_until_it_is_asked_no_more(
    database_settings: DatabaseSettings, holders: Holders
) -> None:
    clock = Clock()
    one, other = Asked(clock), Asked(clock)
    async with asked_through(database_settings, one), asked_through(database_settings, other):
        ask(one)
        await holders(lambda pids: len(pids) == 1)
        ask(other)
        await holders(lambda pids: len(pids) == 2)
        clock.at_s += LATELY_S
        await holders(lambda pids: not pids)
        ask(one)
        await holders(lambda pids: len(pids) == 1)
    await holders(lambda pids: not pids)


@pytest.mark.integration
async def test_a_connection_that_was_cut_leaves_no_lock_and_the_next_one_says_it_again(
    database_settings: DatabaseSettings, holders: Holders
) -> None:
    asked = Asked(Clock())
    ask(asked)
    with FaultProxy.before(database_settings.port) as proxy:
        async with asked_through(replace(database_settings, port=proxy.port), asked):
            before = await holders(lambda pids: len(pids) == 1)
            proxy.cut()
            await holders(lambda pids: len(pids) == 1 and pids != before)


@pytest.mark.integration
async def test_a_request_counts_and_a_look_at_its_health_or_a_poll_does_not(
    database_settings: DatabaseSettings, holders: Holders
) -> None:
    routes = APIRouter(prefix="/things")

    @routes.get("/page")
    async def page() -> int:
        return 42

    settings = settings_of(database_settings)
    app = create_app(settings, title="Things", routers=[routes], loads_give_way=True)
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        assert (await client.get("/health/live")).status_code == 200
        assert (await client.get("/health/ready")).status_code == 200
        assert (await client.get("/things/page", headers={"x-background": "1"})).json() == 42
        assert not app.state.asked.lately
        assert (await client.get("/things/page")).json() == 42
        assert app.state.asked.lately
        await holders(lambda pids: len(pids) == 1)


@pytest.mark.integration
async def test_questions_that_standbys_answer_stand_in_no_load_s_way(database_settings: DatabaseSettings) -> None:
    settings = settings_of(database_settings, replicas="127.0.0.1:1")
    app = create_app(settings, title="Things", routers=[], loads_give_way=True)
    async with app.router.lifespan_context(app):
        ask(app.state.asked)
        found = [app.state.asked.lately]
        [standby] = app.state.readings.replicas
        standby.up, standby.lag_s = True, 0.0
        found.append(app.state.asked.lately)
    assert found == [True, False]
