"""Deliveries are written in groups, and none of a group has to suffer for another."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from services.dora import entities, keeping, reading
from services.dora.background import read_waiting
from services.dora.keeping import Delivery, Keeper, Kept, TooManyDeliveries
from shared.postgres import Database
from shared.settings import DatabaseSettings
from tests.dora.whole_bodies import build

pytestmark = pytest.mark.integration

COUNT = 60


def delivery(number: int, *, source: str = "jenkins") -> Delivery:
    return Delivery(source, "completed", f"build {number}", {}, json.dumps(build(number=number)).encode())


@asynccontextmanager
async def keepers(settings: DatabaseSettings, count: int) -> AsyncIterator[list[Keeper]]:
    """As many as there are processes, each with a pool of its own. They run once there is something to keep."""
    pools = [Database(settings, connections_max=1) for _ in range(count)]
    for each in pools:
        await each.open()
    made = [Keeper(each) for each in pools]
    try:
        yield made
    finally:
        for each in pools:
            await each.close()


async def keep_all(keeper: Keeper, deliveries: list[Delivery]) -> list[Kept | BaseException]:
    """All in one group, as far as a group may go."""
    asked = [asyncio.create_task(keeper.keep(each)) for each in deliveries]
    await asyncio.sleep(0)
    running = asyncio.create_task(keeper.run())
    try:
        return await asyncio.gather(*asked, return_exceptions=True)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_one_that_cannot_be_written_takes_nobody_along(
    database_settings: DatabaseSettings, conn: asyncpg.Connection
) -> None:
    asked = [delivery(number, source="No sender" if number == 7 else "jenkins") for number in range(COUNT)]
    async with keepers(database_settings, 1) as (keeper,):
        kept = await keep_all(keeper, asked)
    assert [number for number, each in enumerate(kept) if not isinstance(each, Kept)] == [7]
    assert isinstance(kept[7], asyncpg.CheckViolationError)
    assert await conn.fetchval("SELECT count(*) FROM dora.events") == COUNT - 1
    assert await conn.fetchval("SELECT count(*) FROM dora.deployments") == COUNT - 1


async def test_one_that_cannot_be_read_waits_and_the_others_are_read(
    database_settings: DatabaseSettings, conn: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = entities.read_event

    def breaks(event: Any) -> Any:
        if b'"number": 7,' in event["body"]:
            raise RuntimeError("no reader expects this")
        return whole(event)

    monkeypatch.setattr(reading, "read_event", breaks)
    async with keepers(database_settings, 1) as (keeper,):
        kept = await keep_all(keeper, [delivery(number) for number in range(COUNT)])
    assert [number for number, each in enumerate(kept) if isinstance(each, Kept) and each.read is None] == [7]
    assert await conn.fetchval("SELECT count(*) FROM dora.events") == COUNT
    assert await conn.fetchval("SELECT count(*) FROM dora.unread") == 1
    monkeypatch.setattr(reading, "read_event", whole)
    pool = Database(database_settings, connections_max=1)
    await pool.open()
    try:
        assert await read_waiting(pool) == 1
    finally:
        await pool.close()
    assert await conn.fetchval("SELECT count(*) FROM dora.deployments") == COUNT


async def test_processes_that_are_sent_the_same_keep_each_once(
    database_settings: DatabaseSettings, conn: asyncpg.Connection
) -> None:
    asked = [delivery(number) for number in range(COUNT)]
    orders = [asked, asked[::-1], [*asked[30:], *asked[:30]]]
    async with keepers(database_settings, 3) as made:
        answers = await asyncio.gather(*(keep_all(each, order) for each, order in zip(made, orders, strict=True)))
    kept = [each for answer in answers for each in answer]
    new = [each.event_id for each in kept if isinstance(each, Kept) and each.event_id is not None]
    assert [each for each in kept if not isinstance(each, Kept)] == []
    assert len(new) == len(set(new)) == COUNT
    assert await conn.fetchval("SELECT count(*) FROM dora.events") == COUNT
    assert await conn.fetchval("SELECT count(*) FROM dora.deployments") == COUNT


async def test_more_than_fits_into_memory_is_told_to_come_again(
    database_settings: DatabaseSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [delivery(number) for number in range(4)]
    monkeypatch.setattr(keeping, "WAITING_BYTES_MAX", sum(len(each.body) for each in asked[:3]))
    async with keepers(database_settings, 1) as (keeper,):
        kept = await keep_all(keeper, asked)
        assert isinstance(kept[3], TooManyDeliveries)
        assert kept[3].headers == {"Retry-After": "1"}
        assert all(isinstance(each, Kept) for each in kept[:3])
        assert isinstance((await keep_all(keeper, asked[3:]))[0], Kept)
