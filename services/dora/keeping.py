"""Keeps deliveries in groups: what comes while a group is being written goes with the next, in one statement.

One commit for many deliveries is what lets two cores keep thousands a second, each safe on disk before its answer.
What they tell is read afterwards (services.dora.following); each is marked as unread by the same statement.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter

from services.dora import store_events as store
from shared.errors import Problem, Unavailable
from shared.log import log
from shared.loops import Rounds
from shared.postgres import Connection, Database, DatabaseUnavailable

GROUP_MAX = 200  # deliveries: a group is written in tens of milliseconds, and an answer may take a hundred
GROUP_BYTES_MAX = 16 * 1024 * 1024  # at least one delivery of the largest kind
WAITING_BYTES_MAX = 64 * 1024 * 1024  # what waits stands in memory
CONNECTIONS = 1  # one writer: while it waits for the disk, the next group grows, and costs hardly more


class TooManyDeliveries(Unavailable):
    """More deliveries are waiting to be written than fit into memory; send this one again."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One accepted delivery as it came."""

    source: str
    kind: str
    key: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """A delivery that is on disk and waits to be read."""

    event_id: int
    received_at: datetime


@dataclass(slots=True)
class _Waiting:
    delivery: Delivery
    done: asyncio.Future[Kept | None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Keeper:
    """Takes deliveries from requests and answers each when it is on disk."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[_Waiting] = []
        self._waiting_bytes = 0
        self._something = asyncio.Event()
        self._rounds = Rounds("keeping deliveries")

    async def keep(self, delivery: Delivery) -> Kept | None:
        """Returns once the delivery is committed; None when it came before. Unavailable when it cannot be kept."""
        if self._waiting_bytes + len(delivery.body) > WAITING_BYTES_MAX:
            raise TooManyDeliveries(retry_after_s=1)
        waiting = _Waiting(delivery)
        self._waiting.append(waiting)
        self._waiting_bytes += len(delivery.body)
        self._something.set()
        return await waiting.done

    async def run(self) -> None:
        """Until cancelled; what still waits then is refused."""
        try:
            while True:
                await self._something.wait()
                with self._rounds:
                    group = self._take()
                    try:
                        await self._write(group)
                    finally:
                        # None is left without an answer, whatever broke: its sender may send it again.
                        _fail(group, Unavailable("This delivery may not have been kept.", retry_after_s=1))
        finally:
            _fail(self._waiting, Unavailable("This process is about to stop.", retry_after_s=1))

    def _take(self) -> list[_Waiting]:
        size = count = 0
        for each in self._waiting[:GROUP_MAX]:
            size += len(each.delivery.body)
            if count and size > GROUP_BYTES_MAX:
                break
            count += 1
        group, self._waiting = self._waiting[:count], self._waiting[count:]
        self._waiting_bytes -= sum(len(each.delivery.body) for each in group)
        if not self._waiting:
            self._something.clear()
        return group

    async def _write(self, group: list[_Waiting]) -> None:
        try:
            async with self._database.connection() as conn:
                kept = await keep_group(conn, [each.delivery for each in group])
        except asyncio.CancelledError:
            _fail(group, Unavailable("This process is about to stop.", retry_after_s=1))
            raise
        except (Problem, TimeoutError) as error:  # PostgreSQL is away, full or says nothing: the same for each
            _fail(group, error if isinstance(error, Problem) else DatabaseUnavailable(retry_after_s=2))
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, its sender gets it and may send again
            await self._write_one_by_one(group, error)
            return
        for each, what in zip(group, kept, strict=True):
            if not each.done.done():
                each.done.set_result(what)

    async def _write_one_by_one(self, group: list[_Waiting], error: Exception) -> None:
        """One delivery that cannot be written must not take its neighbours along."""
        if len(group) == 1:
            _fail(group, error)
            return
        log.warning("a group of deliveries could not be written; they are written one by one", deliveries=len(group))
        for place, each in enumerate(group):
            try:
                await self._write([each])
            except asyncio.CancelledError:
                _fail(group[place:], Unavailable("This process is about to stop.", retry_after_s=1))
                raise


def _fail(group: Sequence[_Waiting], error: Exception) -> None:
    for each in group:
        if not each.done.done():
            each.done.set_exception(error)


async def keep_group(conn: Connection, deliveries: Sequence[Delivery]) -> list[Kept | None]:
    """Keep a group in one statement, which is its own transaction; None for those that came before."""
    # In one order in every process, or two that are sent the same deliveries wait for each other crosswise.
    rows = sorted(((d.source, d.kind, d.key, json.dumps(d.headers), d.body) for d in deliveries), key=itemgetter(0, 2))
    new = {
        (row["source"], row["idempotency_key"]): Kept(row["event_id"], row["received_at"])
        for row in await store.insert_deliveries(conn, rows)
    }
    return [new.pop((each.source, each.key), None) for each in deliveries]  # a second one of the group came before, too
