"""What one process of all does every ten seconds: alert rules, schedules, forgetting what is old.

The lead is a lock that lives and dies with its connection, so another process leads within a tick of a kill.
"""

import asyncio
from datetime import UTC, datetime, timedelta

from services.analytics import alert_watch, messages, schedule_watch
from services.analytics.settings import Settings
from shared.locks import ANALYTICS_LEADER
from shared.log import log
from shared.loops import Rounds
from shared.postgres import Connection, Database

TICK_S = 10.0
CONNECTIONS_MAX = 2  # the lock, and the work
SWEEP_EVERY = timedelta(hours=1)


class Leader:
    """Leads or waits to lead."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings
        self._swept_at = datetime.min.replace(tzinfo=UTC)
        self._leading, self._schedules = Rounds("the lead of alerts and schedules"), Rounds("schedules")
        self._alerts, self._sweep = Rounds("alerts"), Rounds("forgetting old messages")

    async def run(self) -> None:
        """Until cancelled. PostgreSQL's absence is waited out."""
        while True:
            await asyncio.sleep(TICK_S)
            with self._leading:
                async with self._database.connection() as conn:
                    if await conn.fetchval("SELECT pg_try_advisory_lock($1, $2)", *ANALYTICS_LEADER):
                        try:
                            await self._lead(conn)
                        finally:
                            if not conn.is_closed():
                                await conn.execute("SELECT pg_advisory_unlock($1, $2)", *ANALYTICS_LEADER)

    async def _lead(self, lock: Connection) -> None:
        log.info("this process evaluates alerts and schedules")
        while True:
            await lock.execute("SELECT 1")  # raises when the connection, and the lead with it, is gone
            await self.tick(datetime.now(UTC))
            await asyncio.sleep(TICK_S)

    async def tick(self, now: datetime) -> None:
        """Everything that is due; what fails of it takes nothing else along."""
        with self._schedules:
            await schedule_watch.tick(self._database, self._settings, now)
        with self._alerts:
            await alert_watch.tick(self._database, self._settings, now)
        with self._sweep:
            if now - self._swept_at >= SWEEP_EVERY:
                self._swept_at = now
                async with self._database.transaction() as conn:
                    await messages.sweep(conn, now)
