"""Waits until every transaction that is open now has ended: none of them then reads by a snapshot from before."""

import asyncio
import time

import asyncpg

LOOK_EVERY_S = 0.5

# Of programs, in this database: autovacuum reads no calls, and sessions between transactions hold no number.
OPEN = """
    SELECT l.virtualtransaction FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'virtualxid' AND l.granted AND a.datname = current_database()
      AND a.backend_type = 'client backend' AND l.pid <> pg_backend_pid()"""


async def wait_for_older_readers(conn: asyncpg.Connection, patience_s: float) -> bool:
    """Whether all that were open have ended within so many seconds. Transactions on standbys are not seen."""
    deadline = time.monotonic() + patience_s
    old = {row["virtualtransaction"] for row in await conn.fetch(OPEN)}
    while old:
        old &= {row["virtualtransaction"] for row in await conn.fetch(OPEN)}
        if old and time.monotonic() > deadline:
            return False
        if old:
            await asyncio.sleep(LOOK_EVERY_S)
    return True
