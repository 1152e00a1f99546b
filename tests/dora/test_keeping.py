"""Deliveries are written in groups, and none of a group has to suffer for another; they are read behind the answers."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from services.dora import following, keeping, reading, store_events
from services.dora.background import read_waiting
from services.dora.following import Follower
from services.dora.keeping import Delivery, Keeper, Kept, TooManyDeliveries
from services.dora.reading import read_one
from services.dora.webhooks.told import Reading
from shared.errors import Unavailable
from shared.postgres import Database, DatabaseUnavailable
from shared.settings import DatabaseSettings
from tests.dora.whole_bodies import build

pytestmark = pytest.mark.integration

COUNT = 60
RULES = Reading()


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


async def keep_all(keeper: Keeper, deliveries: list[Delivery]) -> list[Kept | BaseException | None]:
    """All in one group, as far as a group may go."""
    asked = [asyncio.create_task(keeper.keep(each)) for each in deliveries]
    await asyncio.sleep(0)
    running = asyncio.create_task(keeper.run())
    try:
        return await asyncio.gather(*asked, return_exceptions=True)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@asynccontextmanager
async def pool(settings: DatabaseSettings) -> AsyncIterator[Database]:
    made = Database(settings, connections_max=1)
    await made.open()
    try:
        yield made
    finally:
        await made.close()


async def keep_and_read(settings: DatabaseSettings, deliveries: list[Delivery]) -> dict[int, reading.Read]:
    """Keep them, and read them as a request does; by event."""
    async with keepers(settings, 1) as (keeper,):
        kept = await keep_all(keeper, deliveries)
    return {
        each.event_id: read_one(
            {
                "event_id": each.event_id,
                "received_at": each.received_at,
                "source": one.source,
                "kind": one.kind,
                "headers": one.headers,
                "body": one.body,
            },
            RULES,
        )
        for each, one in zip(kept, deliveries, strict=True)
        if isinstance(each, Kept)
    }


async def follow(database: Database, found: dict[int, reading.Read]) -> None:
    follower = Follower(database)
    for event_id, read in found.items():
        follower.hand_over(event_id, read)
    running = asyncio.create_task(follower.run())
    await asyncio.wait_for(follower.settled(), 60)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def count(conn: asyncpg.Connection) -> dict[str, int]:
    """Rows by table."""
    names = ("events", "unread", "readings", "deployments")
    return {name: await conn.fetchval(f"SELECT count(*) FROM dora.{name}") for name in names}


async def test_one_that_cannot_be_written_takes_nobody_along(
    database_settings: DatabaseSettings, conn: asyncpg.Connection
) -> None:
    asked = [delivery(number, source="No sender" if number == 7 else "jenkins") for number in range(COUNT)]
    async with keepers(database_settings, 1) as (keeper,):
        kept = await keep_all(keeper, asked)
    assert [number for number, each in enumerate(kept) if not isinstance(each, Kept)] == [7]
    assert isinstance(kept[7], asyncpg.CheckViolationError)
    assert await count(conn) == {"events": COUNT - 1, "unread": COUNT - 1, "readings": 0, "deployments": 0}


async def test_a_silent_database_is_asked_once_for_a_group(
    database_settings: DatabaseSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One by one each would wait in vain for as long as the group did, and everybody behind them, too."""
    asked: list[int] = []

    async def silence(_: Any, group: list[Delivery]) -> list[Kept]:
        asked.append(len(group))
        raise TimeoutError

    monkeypatch.setattr(keeping, "keep_group", silence)
    async with keepers(database_settings, 1) as (keeper,):
        heard = await keep_all(keeper, [delivery(number) for number in range(20)])
    assert asked == [20]
    assert all(isinstance(each, DatabaseUnavailable) for each in heard)


async def test_a_group_that_breaks_is_answered_and_the_next_is_kept(
    database_settings: DatabaseSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an answer its senders would wait for ever, and without its loop so would all that come later."""
    real, groups = keeping.keep_group, 0

    async def too_few(conn: Any, group: list[Delivery]) -> list[Kept | None]:
        nonlocal groups
        groups += 1
        kept = await real(conn, group)
        return kept[:-1] if groups == 1 else kept

    monkeypatch.setattr(keeping, "keep_group", too_few)
    async with keepers(database_settings, 1) as (keeper,), asyncio.timeout(60):
        heard = await keep_all(keeper, [delivery(number) for number in range(5)])
        assert sum(isinstance(each, Kept) for each in heard) == 4
        assert sum(isinstance(each, Unavailable) for each in heard) == 1
        assert all(isinstance(each, Kept) for each in await keep_all(keeper, [delivery(number) for number in (7, 8)]))


async def test_what_is_handed_over_is_read_in_groups(
    database_settings: DatabaseSettings, conn: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "GROUP_MAX", 25)
    found = await keep_and_read(database_settings, [delivery(number) for number in range(COUNT)])
    async with pool(database_settings) as database:
        await follow(database, found)
    assert await count(conn) == {"events": COUNT, "unread": 0, "readings": COUNT, "deployments": COUNT}


async def test_what_two_want_to_read_is_read_once(
    database_settings: DatabaseSettings, conn: asyncpg.Connection
) -> None:
    found = await keep_and_read(database_settings, [delivery(number) for number in range(COUNT)])
    async with pool(database_settings) as database, pool(database_settings) as other:
        assert await read_waiting(other, RULES) == 0  # those that came just now are left to the process that kept them
        await asyncio.gather(follow(database, found), read_waiting(other, RULES, came_before=timedelta(0)))
    assert await count(conn) == {"events": COUNT, "unread": 0, "readings": COUNT, "deployments": COUNT}


async def test_what_could_not_be_recorded_or_remembered_is_left_to_the_one_that_leads(
    database_settings: DatabaseSettings, conn: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await keep_and_read(database_settings, [delivery(number) for number in range(COUNT)])

    async def breaks(*_: Any) -> None:
        raise RuntimeError("nobody expects this")

    async with pool(database_settings) as database:
        with monkeypatch.context() as patched:
            patched.setattr(following, "record_unread", breaks)
            await follow(database, dict(list(found.items())[:7]))
        assert (await count(conn))["unread"] == COUNT
        monkeypatch.setattr(following, "REMEMBERED_MAX", 10)
        await follow(database, found)
        assert (await count(conn))["unread"] == COUNT - 10
        assert await read_waiting(database, RULES, came_before=timedelta(0)) == COUNT - 10
    assert await count(conn) == {"events": COUNT, "unread": 0, "readings": COUNT, "deployments": COUNT}


async def test_processes_that_are_sent_the_same_keep_each_once(
    database_settings: DatabaseSettings, conn: asyncpg.Connection
) -> None:
    asked = [delivery(number) for number in range(COUNT)]
    orders = [asked, asked[::-1], [*asked[30:], *asked[:30]]]
    async with keepers(database_settings, 3) as made:
        answers = await asyncio.gather(*(keep_all(each, order) for each, order in zip(made, orders, strict=True)))
    kept = [each for answer in answers for each in answer]
    new = [each.event_id for each in kept if isinstance(each, Kept)]
    assert [each for each in kept if not isinstance(each, Kept | None)] == []
    assert len(new) == len(set(new)) == COUNT
    assert (await count(conn))["events"] == (await count(conn))["unread"] == COUNT


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


async def test_what_the_release_before_has_read_is_read_again(
    database_settings: DatabaseSettings, conn: asyncpg.Connection
) -> None:
    """It did not look at labels, and it does not know the column that says by which rules an event was read."""
    async with keepers(database_settings, 1) as (keeper,):
        await keep_all(keeper, [delivery(number) for number in range(3)])
    await conn.execute("DELETE FROM dora.unread")
    await conn.execute("INSERT INTO dora.readings (event_id, outcome) SELECT event_id, 'recorded' FROM dora.events")
    await conn.execute("UPDATE dora.readings SET rules = $1 WHERE event_id = 1", RULES.version)
    await store_events.put_unread_read_otherwise(conn, RULES.version)
    again = await conn.fetch("SELECT event_id FROM dora.unread ORDER BY 1")
    assert [row["event_id"] for row in again] == [2, 3]
