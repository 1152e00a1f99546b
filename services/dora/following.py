"""Brings the states up to what this process has just kept: in groups, behind the answers, never holding one up.

What is handed over here also waits in `dora.unread`. A process that dies, or has more to read than it may remember,
leaves it there, and the one that leads reads it (services.dora.background).
"""

import asyncio
from itertools import islice

from services.dora.reading import Read, record_unread
from shared.log import log
from shared.postgres import Database, DatabaseUnavailable

GROUP_MAX = 500  # events: the lock on reading is held for a tenth of a second
CROWD = 16  # after a group this large the next one may grow: a large group costs less for each of it
PAUSE_S = 0.2  # so old a state may be while a crowd comes
REMEMBERED_MAX = 20_000  # events, of a kilobyte each once they are read
CONNECTIONS = 1  # one transaction at a time reads anyway


class Follower:
    """Takes what requests have read of their deliveries, and writes down what it means."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[int, Read] = {}
        self._something = asyncio.Event()
        self._settled = asyncio.Event()
        self._settled.set()

    def hand_over(self, event_id: int, read: Read) -> None:
        """Let an event that is kept be recorded soon. Beyond what fits, it is left to the process that leads."""
        if len(self._waiting) < REMEMBERED_MAX:
            self._waiting[event_id] = read
            self._something.set()
            self._settled.clear()

    async def settled(self) -> None:
        """Returns when nothing that was handed over waits any more."""
        await self._settled.wait()

    async def run(self) -> None:
        """Until cancelled. What cannot be written stays in `dora.unread`."""
        while True:
            await self._something.wait()
            group = dict(islice(self._waiting.items(), GROUP_MAX))
            await self._record(group)
            for event_id in group:
                del self._waiting[event_id]
            if not self._waiting:
                self._something.clear()
                self._settled.set()
            if len(group) >= CROWD:
                await asyncio.sleep(PAUSE_S)

    async def _record(self, group: dict[int, Read]) -> None:
        try:
            async with self._database.transaction() as conn:
                # Lost with PostgreSQL's machine, they are unread again: nothing is answered by this commit.
                await conn.execute("SET LOCAL synchronous_commit = off")
                await record_unread(conn, group)
        except DatabaseUnavailable as error:
            log.warning("deliveries were kept and wait to be read", deliveries=len(group), error=str(error))
        except Exception:  # noqa: BLE001 - whatever broke, the one that leads reads them one by one
            log.exception("deliveries could not be read; they wait", deliveries=len(group))
