"""Housekeeping: what has lapsed (sessions, exceptions, assignments) is closed and recorded; old counters go."""

import asyncio

from services.sessions import audit
from services.sessions.audit import Origin
from services.sessions.settings import Settings
from services.sessions.statements import load
from services.sessions.throttle import ACCOUNT_POLICY
from shared.log import log
from shared.loops import Rounds
from shared.postgres import Connection, Database

SWEEP_EVERY_S = 60
SWEEP_ROWS_MAX = 1_000  # a sweep takes milliseconds; what is left comes a minute later


async def sweep_forever(db: Database, settings: Settings) -> None:
    """One sweep a minute until cancelled; several instances share the work by skipping locked rows."""
    rounds = Rounds("closing what has lapsed")
    while True:
        await asyncio.sleep(SWEEP_EVERY_S)
        with rounds:
            async with db.transaction() as conn:
                closed = await sweep(conn, settings)
            if closed:
                log.info("closed lapsed sessions", sessions=closed)


async def sweep(conn: Connection, settings: Settings) -> int:
    """Close what lapsed, forget old counters; how many sessions were closed."""
    rows = await conn.fetch(load("close_lapsed_sessions"), settings.session_idle, SWEEP_ROWS_MAX)
    for row in rows:
        await audit.record(
            conn,
            "SESSION_TIMEOUT",
            Origin(actor_id=row["user_id"]),
            target_kind="session",
            target_id=row["session_id"],
            reason=row["revoke_reason"],
        )
    for row in await conn.fetch(load("close_lapsed_exceptions"), SWEEP_ROWS_MAX):
        await audit.record(
            conn,
            "EXCEPTIONAL_PERMISSION_EXPIRED",
            Origin(),
            target_kind="user",
            target_id=row["user_id"],
            exception=row["exception_id"],
            function=row["function_code"],
            effect=row["effect"],
        )
    for row in await conn.fetch(load("close_lapsed_groups"), SWEEP_ROWS_MAX):
        await audit.record(
            conn,
            "FUNCTIONS_EXPIRED",
            Origin(),
            target_kind="user",
            target_id=row["user_id"],
            groups=[row["group_code"]],
        )
    await conn.execute(load("delete_stale_counters"), ACCOUNT_POLICY.window, SWEEP_ROWS_MAX)
    return len(rows)
