"""A request in flight against the sign-out of its session."""

import asyncio
from datetime import timedelta

from tests.sessions.conftest import Service

STALE = "UPDATE sessions.sessions SET last_seen_at = now() - $1::interval WHERE revoked_at IS NULL"


async def race(service: Service, number: int) -> bool:
    """Whether the session was revived: it never must be. `number` decides who starts first."""
    visitor = service.visitor()
    user_id = await service.conn.fetchval("SELECT user_id FROM sessions.users WHERE username = 'ana.admin'")
    token = f"race-{number:010}-of-requests-against-a-sign-out"
    await service.conn.execute(
        """INSERT INTO sessions.sessions (token_hash, user_id, expires_at)
           VALUES (sha256($1::text::bytea), $2, now() + interval '1 hour')""",
        token,
        user_id,
    )
    visitor.cookie = token
    identity = await visitor.identity()
    # Stale enough that each request wants to write the time of last activity.
    await service.conn.execute(STALE, timedelta(minutes=5))
    out = visitor.call("DELETE", "/sessions/current", identity=identity)
    requests = [visitor.introspect() for _ in range(3)]
    await asyncio.gather(*requests[: number % 4], out, *requests[number % 4 :])
    visitor.cookie = token
    return bool((await visitor.introspect())["reason"] != "SIGNED_OUT")
