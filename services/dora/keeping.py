"""Keeps deliveries in groups: what comes while a group is being written goes with the next, in one transaction.

One commit for many deliveries is what lets two cores keep thousands a second, each safe on disk before its answer.
A delivery is kept before it is read; a group whose reading fails is kept all the same and waits to be read.
"""

import asyncio
import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import itemgetter

import asyncpg

from services.dora import store_events as store
from services.dora.reading import Read, read_events
from shared.errors import Problem, Unavailable
from shared.log import log
from shared.postgres import Connection, Database

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
    """What became of a delivery: no `event_id` when it came before, no `read` when it waits to be read."""

    event_id: int | None
    read: Read | None = None


@dataclass(slots=True)
class _Waiting:
    delivery: Delivery
    done: asyncio.Future[Kept] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Keeper:
    """Takes deliveries from requests and answers each when it is on disk."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[_Waiting] = []
        self._waiting_bytes = 0
        self._something = asyncio.Event()

    async def keep(self, delivery: Delivery) -> Kept:
        """Returns once the delivery is committed. Unavailable when it cannot be."""
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
            await self._write_on()
        finally:
            _fail(self._waiting, Unavailable("This process is about to stop.", retry_after_s=1))

    async def _write_on(self) -> None:
        while True:
            await self._something.wait()
            group = self._take()
            if group:
                await self._write(group)

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
            async with self._database.transaction() as conn:
                kept = await keep_group(conn, [each.delivery for each in group])
        except asyncio.CancelledError:
            _fail(group, Unavailable("This process is about to stop.", retry_after_s=1))
            raise
        except Problem as error:  # PostgreSQL is away or full: the same for each
            _fail(group, error)
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


async def keep_group(conn: Connection, deliveries: Sequence[Delivery]) -> list[Kept]:
    """Keep a group within this transaction and read what is new in it."""
    # In one order in every process, or two that are sent the same deliveries wait for each other crosswise.
    rows = sorted(((d.source, d.kind, d.key, json.dumps(d.headers), d.body) for d in deliveries), key=itemgetter(0, 2))
    new = {(row["source"], row["idempotency_key"]): row for row in await store.insert_deliveries(conn, rows)}
    events = []
    kept = []
    for delivery in deliveries:
        row = new.pop((delivery.source, delivery.key), None)  # a second one of the group came before, too
        kept.append(None if row is None else row["event_id"])
        if row is not None:
            events.append(
                {
                    "event_id": row["event_id"],
                    "source": delivery.source,
                    "kind": delivery.kind,
                    "received_at": row["received_at"],
                    "headers": delivery.headers,
                    "body": delivery.body,
                }
            )
    read = await _read_or_wait(conn, events) if events else {}
    return [Kept(event_id, None if event_id is None else read.get(event_id)) for event_id in kept]


async def _read_or_wait(conn: Connection, events: Sequence[dict[str, object]]) -> dict[int, Read]:
    """What the events tell. What cannot be read waits; when a group cannot, each of it is read alone."""
    with contextlib.suppress(_NotRead):
        async with conn.transaction():  # a savepoint: the deliveries stay, whatever happens to their reading
            try:
                return await read_events(conn, events)
            except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError):
                raise
            except Exception as error:
                log.exception("deliveries could not be read", deliveries=len(events))
                raise _NotRead from error
    if len(events) > 1:
        return {event_id: read for each in events for event_id, read in (await _read_or_wait(conn, [each])).items()}
    await store.put_unread(conn, [int(str(event["event_id"])) for event in events])
    return {}


class _NotRead(Exception):  # noqa: N818 - leaves the savepoint and nothing else
    """The reading of a group failed."""
