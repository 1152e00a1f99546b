"""One run per source at a time, and an old process cannot publish.

The advisory lock lives and dies with its connection: a killed process gives it back at once, nobody waits for a time
to pass. The epoch fences: a process that was paused, lost its connection and comes back finds a higher one.
"""

import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Self

from services.ivr import store
from shared.errors import Conflict
from shared.postgres import OUTAGES, Connection, Database


class SourceBusy(Conflict):
    """A run of this source is already working."""

    def __init__(self, source_id: int, detail: str | None = None) -> None:
        super().__init__(detail)
        self.source_id = source_id


class LeaseLost(Exception):  # noqa: N818 - reads as what happened
    """Another process has taken this source over; nothing of this run is published."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to publish one source's data."""

    source_id: int
    epoch: int

    @classmethod
    @asynccontextmanager
    async def hold(cls, database: Database, source_id: int) -> AsyncIterator[Self]:
        """SourceBusy when another process holds it."""
        async with database.connection() as conn:
            if not await store.try_lock(conn, source_id):
                raise SourceBusy(source_id)
            try:
                epoch = await store.take_lease(conn, source_id, _holder(os.getpid()))
                yield cls(source_id, epoch)
            finally:
                await _let_go(conn, [source_id])

    @classmethod
    @asynccontextmanager
    async def hold_all(cls, database: Database, source_ids: Sequence[int]) -> AsyncIterator[list[Self]]:
        """The leases of all these sources by one connection. SourceBusy when another process holds any: no epoch has
        moved then, so whoever works on another one goes on.
        """
        async with database.connection() as conn:
            locked: list[int] = []
            try:
                for source_id in source_ids:
                    if not await store.try_lock(conn, source_id):
                        raise SourceBusy(source_id)
                    locked.append(source_id)
                holder = _holder(os.getpid())
                yield [cls(source_id, await store.take_lease(conn, source_id, holder)) for source_id in locked]
            finally:
                await _let_go(conn, locked)

    async def check(self, conn: Connection) -> None:
        """The last statement of every publishing transaction. LeaseLost when a newer holder exists."""
        if await store.lock_epoch(conn, self.source_id) != self.epoch:
            raise LeaseLost


async def _let_go(conn: Connection, source_ids: Sequence[int]) -> None:
    """Give the locks back. Without PostgreSQL they end with the connection, and what ended the block is told."""
    with suppress(*OUTAGES):
        for source_id in source_ids:
            if not conn.is_closed():
                await store.unlock(conn, source_id)


def is_gone(holder: str | None) -> bool:
    """Whether a holder is known to be dead: it worked on this machine, under a number that no process has now."""
    pid = (holder or "").rpartition(":")[2]
    if not pid.isdigit() or holder != _holder(int(pid)):
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass  # somebody else's process has the number
    return False


def _holder(pid: int) -> str:
    return f"{socket.gethostname()}:{pid}"
