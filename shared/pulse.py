"""Knows within a second that PostgreSQL says nothing, and lets nobody wait for it until it speaks again.

A server that is gone refuses, and its callers know at once; one that is frozen, or behind a line that swallows
everything, leaves them to their time limits of half a minute. One connection of its own is asked four times a second:
a crowd of questions must not make the server look dead.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import asyncpg

from shared.asked import Asked, Saying
from shared.log import log
from shared.postgres import Database
from shared.tasks import beside

WATCH_S = 0.25  # with the next two less than the second within which a caller hears
SILENT_S = 0.5  # a trivial question takes a millisecond, tens of them on a machine with ten times its load
TICK_S = 0.05
AGAIN_S = 2.0  # a frozen server answers the old connection when it thaws, one that was replaced only a new one

T = TypeVar("T")


class Pulse:
    """Tells one Database whether its server speaks."""

    def __init__(self, database: Database, asked: Asked | None = None) -> None:
        self._database = database
        self._asked = asked or Asked()

    async def watch(self) -> None:
        """Ask for as long as the process lives."""
        while True:
            try:
                await self._ask_on()
            except asyncpg.PostgresError:
                self._heard()  # it refuses or starts: it says so to everybody
            except (OSError, asyncpg.InterfaceError):  # TimeoutError is one
                pass
            except Exception:  # noqa: BLE001 - whatever it is, nobody may be kept from asking for good
                log.exception("the pulse of PostgreSQL was lost")
                self._heard()
            await asyncio.sleep(WATCH_S)

    async def _ask_on(self) -> None:
        arguments = self._database.settings.connect_arguments()
        conn: asyncpg.Connection = await self.answered(asyncpg.connect(**arguments, timeout=AGAIN_S))
        saying = Saying(self._asked)
        try:
            while True:
                await self.answered(conn.execute(saying.statement()))
                self._heard()
                await asyncio.sleep(WATCH_S)
        finally:
            conn.terminate()

    async def answered(self, question: Coroutine[Any, Any, T]) -> T:
        """What the server says to it; the database is told when that takes too long. TimeoutError after AGAIN_S.

        Time is counted in short waits: one in which this process did not come to run counts as a short one, too.
        """
        asking = asyncio.ensure_future(question)
        try:
            for waits in range(1, round(AGAIN_S / TICK_S) + 1):
                done, _ = await asyncio.wait([asking], timeout=TICK_S)
                if done:
                    return asking.result()
                if waits * TICK_S >= SILENT_S and not self._database.silent:
                    log.warning("PostgreSQL says nothing: whoever asks is told at once")
                    await self._database.fall_silent()
            raise TimeoutError
        finally:
            asking.cancel()
            # Told what became of it when its connection is cut; nobody else asks.
            asking.add_done_callback(lambda done: done.cancelled() or done.exception())

    def _heard(self) -> None:
        if self._database.silent:
            log.info("PostgreSQL speaks again")
        self._database.heard()


@asynccontextmanager
async def watched(database: Database, asked: Asked | None = None) -> AsyncIterator[None]:
    """The database is told whether its server speaks, while the block runs, others whether it is asked."""
    async with beside(Pulse(database, asked).watch()):
        yield
