"""Makes the months to come in the tables that are parted by time, through the functions that the services use."""

import asyncpg

from iact import databases
from shared.settings import DatabaseSettings

# One row per month of each such table of ivr that is not there yet; each is made by the row that tells it.
MAKE_MONTHS = """
    SELECT count(*) FROM (
        SELECT ivr.ensure_month(parent, month) FROM (
            SELECT c.relname AS parent, (date_trunc('month', now()) + make_interval(months => ahead))::date AS month
            FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid, generate_series(0, $1::int) ahead
            WHERE p.partstrat = 'r' AND c.relnamespace = 'ivr'::regnamespace
        ) wanted
        WHERE to_regclass(format('ivr.%I', parent || '_' || to_char(month, 'YYYY_MM'))) IS NULL
        OFFSET 0
    ) made"""
LOCK_WAIT_MS = 10_000
START_WAIT_MS = 1_000  # nobody watches a start for longer than a few seconds
AHEAD_AT_START = 3  # a quarter, as the timer does


async def make_ahead(owner: DatabaseSettings, months_ahead: int, *, wait_ms: int = LOCK_WAIT_MS) -> int:
    """Make this month and the next `months_ahead`; how many partitions were made. CommandFailed without a server."""
    conn = await databases.connect(owner)
    try:
        async with conn.transaction():
            await conn.execute("SELECT set_config('lock_timeout', $1, true)", str(wait_ms))
            calls: int = await conn.fetchval(MAKE_MONTHS, months_ahead)
            events: int = await conn.fetchval("SELECT audit.make_partitions($1)", months_ahead)
    finally:
        await conn.close()
    return calls + events


async def make_unless_held(owner: DatabaseSettings, *, wait_ms: int = START_WAIT_MS) -> bool:
    """The same for a start, which neither fails nor waits long while a load holds the tables; whether they are made."""
    try:
        await make_ahead(owner, AHEAD_AT_START, wait_ms=wait_ms)
    except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
        return False
    return True
