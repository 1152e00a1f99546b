"""Standbys: how old they are, who is asked, and what happens when one goes away in the middle of a question."""

import asyncio
import secrets
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import asyncpg
import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.embedded_postgres import EmbeddedPostgres, place, stop
from shared.ports import free_port
from shared.postgres import Database, DatabaseUnavailable
from shared.replicas import PRIMARY, REMEMBERED_S, Journal, ReadAgain, Readings, reading
from shared.settings import DatabaseSettings, ServiceSettings
from shared.testing.postgres import throw_away
from shared.testing.standby import Standby, standby_of

WAIT_S = 30.0


def seen(*sightings: tuple[float, int]) -> Journal:
    journal = Journal()
    for at_s, position in sightings:
        journal.note(at_s, position)
    return journal


@pytest.mark.unit
@pytest.mark.parametrize(
    ("sightings", "played", "age_s"),
    [
        ([], 100, None),
        ([(10, 100)], 100, 0),
        ([(10, 100)], 99, None),
        ([(10, 100), (11, 100), (12, 100), (13, 200)], 150, 1),
        ([(10, 100), (11, 200), (12, 300)], 200, 1),
        ([(10, 100), (11, 200), (12, 300)], 199, 2),
        ([(10, 100), (11, 200), (12, 300)], 400, 0),
        # Restored from a copy: what was seen before is the past of another server.
        ([(10, 300), (11, 100)], 200, 0),
        ([(0, 100), (REMEMBERED_S + 1, 200)], 150, None),
    ],
)
def test_the_age_of_a_standby(sightings: list[tuple[float, int]], played: int, age_s: float | None) -> None:
    assert seen(*sightings).age_s(played) == age_s


@pytest.mark.requirement("RNF-020")
@pytest.mark.unit
@given(
    steps=st.lists(st.tuples(st.floats(0.01, 10), st.integers(0, 50)), min_size=1, max_size=60),
    played=st.integers(0, 1500),
)
def test_a_standby_is_never_taken_for_younger_than_it_is(steps: list[tuple[float, int]], played: int) -> None:
    """Whatever was written after the last moment at which the standby had everything makes it at least that old."""
    at_s, position = 0.0, 0
    sightings = []
    for pause_s, written in steps:
        at_s, position = at_s + pause_s, position + written
        sightings.append((at_s, position))
    whole = [at for at, position in sightings if position <= played]
    assert seen(*sightings).age_s(played) == (pytest.approx(at_s - whole[-1]) if whole else None)


@pytest.mark.unit
@pytest.mark.parametrize("text", ["db2", "db2:", ":5432", "db2:x", "db2:0", "db2:70000", "db2:1,db3"])
def test_a_wrong_list_names_itself(text: str) -> None:
    with pytest.raises(ValidationError, match="IACT_REPLICAS is host:port"):
        ServiceSettings(iact_replicas=text)


@pytest.mark.unit
def test_a_list_of_standbys() -> None:
    settings = ServiceSettings(iact_replicas="db2:5432, [::1]:5433", db_analytics_password="x")
    assert [(each.host, each.port) for each in settings.replicas()] == [("db2", 5432), ("::1", 5433)]
    assert ServiceSettings().replicas() == ()


@pytest.mark.unit
async def test_a_standby_that_cannot_be_looked_at_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A watch that ended by a defect would leave the last age standing for ever."""
    nobody = DatabaseSettings("127.0.0.1", 1, "postgres", "nobody", "x")
    readings = Readings(Database(nobody), [nobody], lag_max_s=5.0, connections_max=1)
    readings.replicas[0].up, readings.replicas[0].lag_s = True, 0.0
    assert readings.choose()[0] == readings.replicas[0].name
    looked = asyncio.Event()

    async def broken() -> None:
        if readings.choose()[0] == PRIMARY:
            looked.set()
        raise RuntimeError("a defect")

    monkeypatch.setattr(readings, "look", broken)
    monkeypatch.setattr("shared.replicas.WATCH_S", 0.0)
    watching = asyncio.create_task(readings.watch())
    async with asyncio.timeout(WAIT_S):
        await looked.wait()
    assert not watching.done(), "it goes on looking"
    watching.cancel()


@dataclass
class Pair:
    """A primary and its standby; what a test kills it starts again."""

    primary: EmbeddedPostgres
    password: str
    log: Path
    process: "subprocess.Popen[bytes]"
    standby: Standby = field(init=False)

    def login(self, port: int) -> DatabaseSettings:
        return DatabaseSettings("127.0.0.1", port, "postgres", self.primary.user, self.password)

    async def write(self) -> None:
        conn = await asyncpg.connect(**self.login(self.primary.port).connect_arguments())
        await conn.execute("CREATE TABLE IF NOT EXISTS written (at timestamptz); INSERT INTO written VALUES (now())")
        await conn.close()


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    folder = Path(tempfile.mkdtemp(prefix="iact-pair-"))
    folder.chmod(0o755)
    install, cluster = place(folder / "data")
    primary, password = EmbeddedPostgres(install, cluster, free_port()), secrets.token_hex(8)
    primary.create(password)
    process = primary.start(folder / "log", fsync="off")
    made = Pair(primary, password, folder / "log", process)
    try:
        with standby_of(primary, password, cluster.parent) as made.standby:
            yield made
    finally:
        throw_away(primary, made.process, folder)  # not the first: tests start it again


@asynccontextmanager
async def watched(pair: Pair, lag_max_s: float = 5.0) -> AsyncIterator[Readings]:
    primary = Database(pair.login(pair.primary.port), connections_max=4)
    await primary.open()
    readings = Readings(primary, [pair.login(pair.standby.server.port)], lag_max_s=lag_max_s, connections_max=4)
    await readings.open()
    watching = asyncio.create_task(readings.watch())
    try:
        yield readings
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await readings.close()
        await primary.close()


async def until_chosen(readings: Readings, name: str) -> None:
    async with asyncio.timeout(WAIT_S):
        while readings.choose()[0] != name:
            await readings.look()


async def until_primary(readings: Readings, *, up: bool) -> None:
    async with asyncio.timeout(WAIT_S):
        while readings.primary_up != up:
            await readings.look()


@pytest.mark.requirement("RNF-020")
@pytest.mark.integration
async def test_a_standby_that_falls_behind_is_left_out_until_it_has_caught_up(pair: Pair) -> None:
    async with watched(pair, lag_max_s=1.0) as readings:
        name = readings.replicas[0].name
        await until_chosen(readings, name)
        conn = await asyncpg.connect(**pair.login(pair.standby.server.port).connect_arguments())
        await conn.execute("SELECT pg_wal_replay_pause()")
        await pair.write()
        await until_chosen(readings, PRIMARY)
        assert readings.replicas[0].lag_s is None or readings.replicas[0].lag_s > 1.0
        assert readings.standby(1.0) is None
        await conn.execute("SELECT pg_wal_replay_resume()")
        await until_chosen(readings, name)
        await conn.close()


@pytest.mark.requirement("RNF-020")
@pytest.mark.integration
async def test_without_the_primary_the_standby_answers_and_is_no_older_than_it_was(pair: Pair) -> None:
    async with watched(pair) as readings:
        await pair.write()
        await until_chosen(readings, readings.replicas[0].name)
        stop(pair.process)
        try:
            await until_primary(readings, up=False)
            assert await readings.primary_is_away()
            await asyncio.sleep(1.5)
            assert readings.replicas[0].lag_s is not None
            assert readings.replicas[0].lag_s < 1.5, "nothing is written meanwhile"
            _, database = readings.choose()
            async with database.transaction(readonly=True) as conn:
                assert await conn.fetchval("SELECT count(*) FROM written") >= 1
            with pytest.raises(DatabaseUnavailable):
                async with readings.primary.connection():
                    pass
        finally:
            pair.process = pair.primary.start(pair.log, fsync="off")
        await until_primary(readings, up=True)


@pytest.mark.requirement("RNF-020")
@pytest.mark.integration
async def test_a_question_whose_server_dies_is_asked_again_elsewhere(pair: Pair) -> None:
    router = APIRouter(route_class=ReadAgain)
    begun = asyncio.Event()
    asked: list[int] = []

    @router.post("/slow")
    async def slow(body: dict[str, int], db: Annotated[Database, Depends(reading)]) -> dict[str, int]:
        async with db.transaction(readonly=True) as conn:
            asked.append(db.settings.port)
            begun.set()
            await conn.execute("SELECT pg_sleep(1)")
            return {"port": db.settings.port, **body}

    async with watched(pair) as readings:
        app = FastAPI()
        app.include_router(router)
        app.state.readings, app.state.database = readings, readings.primary
        await until_chosen(readings, readings.replicas[0].name)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            answering = asyncio.create_task(client.post("/slow", json={"x": 1}))
            await begun.wait()
            pair.standby.kill()
            try:
                answer = await answering
                assert answer.json() == {"port": pair.primary.port, "x": 1}
                assert asked == [pair.standby.server.port, pair.primary.port]
            finally:
                pair.standby.start()
        await until_chosen(readings, readings.replicas[0].name)


@pytest.mark.integration
async def test_when_everybody_has_failed_it_is_said(pair: Pair) -> None:
    router = APIRouter(route_class=ReadAgain)
    asked: list[int] = []

    @router.get("/x")
    async def always(db: Annotated[Database, Depends(reading)]) -> None:
        asked.append(db.settings.port)
        raise DatabaseUnavailable(retry_after_s=2)

    async with watched(pair) as readings:
        app = FastAPI()
        app.include_router(router)
        app.state.readings, app.state.database = readings, readings.primary
        await until_chosen(readings, readings.replicas[0].name)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            with pytest.raises(DatabaseUnavailable):
                await client.get("/x")
        assert asked == [pair.standby.server.port, pair.primary.port]


@pytest.mark.integration
async def test_a_standby_that_has_not_played_back_an_upgrade_yet_is_passed_over(pair: Pair) -> None:
    router = APIRouter(route_class=ReadAgain)

    @router.get("/new")
    async def new(db: Annotated[Database, Depends(reading)]) -> dict[str, int]:
        async with db.transaction(readonly=True) as conn:
            return {"port": db.settings.port, "rows": await conn.fetchval("SELECT count(*) FROM brought")}

    async with watched(pair) as readings:
        app = FastAPI()
        app.include_router(router)
        app.state.readings, app.state.database = readings, readings.primary
        await until_chosen(readings, readings.replicas[0].name)
        behind = await asyncpg.connect(**pair.login(pair.standby.server.port).connect_arguments())
        await behind.execute("SELECT pg_wal_replay_pause()")
        try:
            async with readings.primary.connection() as conn:
                await conn.execute("CREATE TABLE brought (n integer)")
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
                answer = await client.get("/new")
            assert answer.json() == {"port": pair.primary.port, "rows": 0}
        finally:
            await behind.execute("SELECT pg_wal_replay_resume()")
            await behind.close()
