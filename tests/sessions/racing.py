"""A request in flight against the sign-out of its session."""

import asyncio
from datetime import timedelta

import httpx

from shared.identity import HEADER, Identity
from tests.sessions.conftest import Service

STALE = "UPDATE sessions.sessions SET last_seen_at = now() - $1::interval WHERE token_hash = sha256($2::text::bytea)"


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
    await service.conn.execute(STALE, timedelta(minutes=5), token)
    out = visitor.call("DELETE", "/sessions/current", identity=identity)
    requests = [ask(service, token) for _ in range(3)]
    answers = await asyncio.gather(*requests[: number % 4], out, *requests[number % 4 :])
    assert 204 in {each.status_code for each in answers}, "the sign-out came through"
    ended = await service.conn.fetchval(
        "SELECT revoke_reason FROM sessions.sessions WHERE token_hash = sha256($1::text::bytea)", token
    )
    return bool(ended != "SIGNED_OUT")


async def ask(service: Service, token: str) -> httpx.Response:
    """A request in flight; on a busy machine it may be told that nobody can be recognised now, which is no revival."""
    headers = {HEADER: service.signer.sign(Identity(kind="gateway"), "sessions")}
    answer = await service.http.post("/internal/introspections", json={"session_token": token}, headers=headers)
    assert answer.status_code in {200, 503}, answer.text
    return answer
