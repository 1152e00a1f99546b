"""Changes of dimensions: flag, rollups, numbers of callers and version appear together, or not at all."""

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
import httpx
import pytest

from services.ivr import changes as changes_module
from services.ivr import dimension_routes, store_rollups
from services.ivr.changes import Change, Changes
from services.ivr.lease import Lease
from shared.locks import DIMENSION_CHANGES
from shared.postgres import Database
from tests.ivr.conftest import Ingest, files_source, write_csv
from tests.ivr.test_load_rollups import MADRID, check_callers, check_counts, random_rows, rows_of

pytestmark = pytest.mark.integration

STATE = "SELECT state FROM ivr.dimension_changes WHERE change_id = $1"
COUNTED = ("legacy_quarter_hours", "legacy_hours", "legacy_days", "legacy_months", "legacy_unique_callers")


@pytest.fixture
async def loaded(tmp_path: Any, ingest: Ingest) -> None:
    path = write_csv(tmp_path / "tbl_historico_t4_2025.csv", random_rows(11, 200))
    assert (await ingest(files_source(path, zone=MADRID))).error is None


async def make(database: Database, kind: str, target: str, wanted: dict[str, Any]) -> bool | None:
    worker = Changes(database)
    working = asyncio.create_task(worker.run())
    try:
        number = await worker.submit(Change(0, kind, target, wanted, 7, "request"), "ana")
        return await worker.settled(number, 60)
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def until(client: httpx.AsyncClient, url: str, done: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    while True:
        body: dict[str, Any] = (await client.get(url)).json()
        if done(body):
            return body
        await asyncio.sleep(0.02)


@pytest.mark.requirement("RF-019", "RF-056")
@pytest.mark.usefixtures("loaded")
async def test_a_menu_that_counts_as_abandoned_counts_so_in_the_past(
    as_owner: asyncpg.Connection, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes_module, "CALLS_TOGETHER", 40)
    abandoned = "SELECT sum(abandoned) FROM ivr.legacy_{}_v1 {}"
    before = {table: await rows_of(as_owner, table) for table in COUNTED}
    counts = []
    for flag in (True, False):
        assert await make(database, "menu", "otro", {"abandoned": flag, "goal": None})
        await check_counts(as_owner, database)
        calls = await as_owner.fetchval("SELECT count(*) FROM ivr.legacy_calls_v1 WHERE menu_abandoned")
        for table, grains in (("quarter_hours", ""), ("hours", ""), ("days", 1), ("days", 3), ("months", 1)):
            where = f"WHERE grain = {grains}" if grains else ""
            assert await as_owner.fetchval(abandoned.format(table, where)) == calls
        counts.append(calls)
    assert counts[0] > counts[1] > 0
    # The way back leads to where it began; only cells that nobody is in are left over.
    assert {table: await rows_of(as_owner, table) for table in COUNTED} == before
    change = await as_owner.fetchrow("SELECT * FROM ivr.dimension_changes ORDER BY change_id LIMIT 1")
    assert change is not None
    assert (change["state"], change["calls_done"] > 0) == ("succeeded", True)
    assert change["calls_done"] == change["calls_expected"]


@pytest.mark.requirement("RF-056")
@pytest.mark.usefixtures("loaded")
async def test_a_moved_did_takes_its_callers_along(as_owner: asyncpg.Connection, database: Database) -> None:
    version = await as_owner.fetchval("SELECT version FROM ivr.data_version_v1")
    assert await make(database, "segment", "7", {"segment": "nacional_A"})
    await check_callers(as_owner, MADRID)
    assert await as_owner.fetchval("SELECT version FROM ivr.data_version_v1") > version
    assert await make(database, "segment", "7", {"segment": "sur"})
    await check_callers(as_owner, MADRID)
    event = await as_owner.fetchrow("SELECT * FROM audit.events ORDER BY 1 DESC LIMIT 1")
    assert event is not None
    assert "SEGMENT_CHANGED" in event.values()


@pytest.mark.requirement("RF-056")
@pytest.mark.usefixtures("loaded")
async def test_a_change_that_breaks_changes_nothing(
    as_owner: asyncpg.Connection, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {table: await rows_of(as_owner, table) for table in COUNTED}

    async def broken(*_: Any) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(store_rollups, "write_months", broken)
    assert await make(database, "menu", "otro", {"abandoned": True, "goal": None}) is False
    assert {table: await rows_of(as_owner, table) for table in COUNTED} == before
    assert not await as_owner.fetchval("SELECT menu_abandoned FROM ivr.menus WHERE menu_key = 'otro'")
    assert "change_id" in await as_owner.fetchval("SELECT error FROM ivr.dimension_changes")


@pytest.mark.usefixtures("loaded")
async def test_what_a_killed_process_left_is_made_by_the_next(as_owner: asyncpg.Connection, database: Database) -> None:
    await as_owner.execute(
        """INSERT INTO ivr.dimension_changes (kind, target, wanted, requested_by, state)
        VALUES ('menu', 'otro', '{"abandoned": true, "goal": true}', 'ana', 'running')"""
    )
    assert await make(database, "segment", "19028031", {"segment": "sur"})
    rows = await as_owner.fetch("SELECT menu_abandoned, menu_goal FROM ivr.menus WHERE menu_key = 'otro'")
    assert [tuple(row) for row in rows] == [(True, True)]
    await check_counts(as_owner, database)


@pytest.mark.usefixtures("loaded")
async def test_while_another_process_works_it_is_asked_now_and_then_not_without_end(
    as_owner: asyncpg.Connection, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever cannot have the lock waits: a change that was asked for once kept a core busy for ever."""
    tries = 0
    work_off = Changes._work_off

    async def counted(self: Changes) -> bool:
        nonlocal tries
        tries += 1
        return await work_off(self)

    monkeypatch.setattr(Changes, "_work_off", counted)
    await as_owner.execute("SELECT pg_advisory_lock($1, $2)", *DIMENSION_CHANGES)
    changes = Changes(database)
    working = asyncio.create_task(changes.run())
    try:
        number = await changes.submit(Change(0, "menu", "otro", {"abandoned": True, "goal": None}, 7, "r"), "ana")
        await asyncio.sleep(2 * changes_module.BUSY_S)
        assert await changes.settled(number, 0) is None
        assert tries <= 5
        await as_owner.execute("SELECT pg_advisory_unlock($1, $2)", *DIMENSION_CHANGES)
        async with asyncio.timeout(30):
            while await as_owner.fetchval(STATE, number) != "succeeded":  # noqa: ASYNC110 - it is made in the background
                await asyncio.sleep(0.05)
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def test_while_a_run_works_the_change_waits(
    client_as: Callable[..., httpx.AsyncClient], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dimension_routes, "SETTLED_WITHIN_S", 0.2)
    client = client_as("CFG-001")
    async with database.transaction() as conn:
        source_id = await conn.fetchval(
            "INSERT INTO ivr.sources (source, kind, zone) VALUES ('old', 'legacy', 'UTC') RETURNING source_id"
        )
    async with Lease.hold(database, source_id):
        answer = await client.put("/menus/marque3", json={"abandoned": True})
        assert answer.status_code == 202
        url = f"/changes/{answer.json()['id']}"
        assert (await client.get(url)).json()["state"] == "running"
        menus = (await client.get("/menus")).json()["items"]
        assert not next(menu for menu in menus if menu["menu"] == "Marque3")["abandoned"]
    assert (await until(client, url, lambda body: body["state"] != "running"))["state"] == "succeeded"
    assert (await client.put("/menus/marque3", json={"goal": True})).json()["abandoned"]
    assert (await client.get("/changes/x")).status_code == 404
    assert (await client.get("/changes/99999")).status_code == 404


async def test_rollups_are_made_anew_by_api(client_as: Callable[..., httpx.AsyncClient]) -> None:
    client = client_as("PIP-001", "PIP-005")
    accepted = await client.post("/runs", json={"source": "legacy"})
    run = f"/runs/{accepted.json()['id']}"
    await until(client, run, lambda body: body["state"] not in {"queued", "running"})
    states = {each["source"]: each for each in (await client.get("/rollups")).json()["items"]}
    assert states["legacy"]["complete"]
    answer = await client.post("/rollups/rebuild", json={"source": "legacy"})
    assert (answer.status_code, answer.json()["items"][0]["complete"]) == (202, False)
    found = (await until(client, "/rollups", lambda body: body["items"][0]["complete"]))["items"][0]
    assert (found["phase"], found["calls_done"]) == ("complete", found["calls_expected"])
    assert (await client.post("/rollups/rebuild", json={"source": "nobody"})).status_code == 404
    assert (await client.post("/rollups/rebuild", json={"source": "pbx"})).status_code == 409
    # PostgreSQL has no NUL in text: a name with one is refused before it is looked for.
    assert (await client.post("/rollups/rebuild", json={"source": "a\x00b"})).status_code == 422
