"""Holds: calls from a month on stay, whatever age is wanted."""

import getpass
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import asyncpg

from iact import databases
from iact.errors import CommandFailed
from shared.settings import DatabaseSettings

OPEN_HOLDS = "SELECT hold_id, since, reason FROM ivr.retention_holds WHERE released_at IS NULL ORDER BY since, hold_id"


@dataclass(frozen=True, slots=True)
class Hold:
    """Calls from this month on stay until it is released."""

    hold_id: int
    since: date
    reason: str


async def place_hold(owner: DatabaseSettings, since: date, reason: str) -> Hold:
    """Keep the calls from this month on, whatever age is wanted."""
    conn = await databases.connect(owner)
    try:
        async with conn.transaction():
            number = await conn.fetchval(
                "INSERT INTO ivr.retention_holds (since, reason) VALUES ($1, $2) RETURNING hold_id", since, reason
            )
            await _tell_hold(conn, "RETENTION_HOLD_PLACED", number, {"since": f"{since:%Y-%m}", "reason": reason})
        return Hold(number, since, reason)
    finally:
        await conn.close()


async def release_hold(owner: DatabaseSettings, hold_id: int) -> None:
    """CommandFailed when there is no such hold, or it was released."""
    conn = await databases.connect(owner)
    try:
        async with conn.transaction():
            released = await conn.fetchval(
                "UPDATE ivr.retention_holds SET released_at = now() WHERE hold_id = $1 AND released_at IS NULL"
                " RETURNING reason",
                hold_id,
            )
            if released is None:
                raise CommandFailed(f"no hold {hold_id} is open; iact retention plan lists them")
            await _tell_hold(conn, "RETENTION_HOLD_RELEASED", hold_id, {"reason": released})
    finally:
        await conn.close()


async def _tell_hold(conn: asyncpg.Connection, event: str, hold_id: int, details: Mapping[str, str]) -> None:
    told = {**details, "by": getpass.getuser()}
    await conn.execute("SET LOCAL ROLE iact_ivr")
    await conn.execute(
        "SELECT audit.record_event($1, NULL, 'hold', $2, NULL, NULL, $3::jsonb)", event, str(hold_id), json.dumps(told)
    )
