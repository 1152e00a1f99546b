"""For the gateway alone: who holds this cookie or bearer token, and whose answer to that has just changed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from services.sessions import credentials, models
from services.sessions.routes.context import InDatabase, WithParts, no_store
from services.sessions.store import sessions, tokens
from shared.errors import Unavailable
from shared.identity import from_gateway
from shared.postgres import Connection, Database, DatabaseUnavailable
from shared.replicas import Readings, readings_of

router = APIRouter(
    prefix="/internal",
    include_in_schema=False,
    dependencies=[Depends(from_gateway), Depends(no_store)],
)

TOUCH_EVERY_MAX = timedelta(minutes=1)  # a write a minute and session is enough for an idle limit of minutes
TOUCHES_PER_IDLE = 15  # with a short limit the write must come sooner, or activity would not count
# A look-up takes a millisecond; the caller must hear within a second, and the gateway why (it hangs up after 0.95 s).
# Where PostgreSQL says nothing at all the look-up ends sooner, see shared/pulse.py.
ANSWER_S = 0.9
REVOCATION_LATE_MAX_S = 1.0  # what a revocation may take with its stream dead, and so how old a standby may be
NDJSON = "application/x-ndjson"


class CannotTell(Unavailable):
    """The database does not say in time who this is, so nobody is let in; try again shortly."""


@router.post("/introspections")
async def introspect(
    body: models.Introspection,
    db: InDatabase,
    with_parts: WithParts,
    readings: Annotated[Readings | None, Depends(readings_of)],
) -> models.IntrospectionAnswer:
    """Who holds the token, what they may do, and until when. A background call does not extend a session.

    While the primary is away a standby is asked that was not further behind than a revocation may be late anyway
    (docs/adr/0021): nobody's session is extended by that.
    """
    idle = with_parts.settings.session_idle
    try:
        async with asyncio.timeout(ANSWER_S):
            if readings is None:
                async with db.connection() as conn:
                    return await _holder(conn, body, idle)
            return await _holder_somewhere(readings, db, body, idle)
    except TimeoutError as error:
        raise CannotTell(retry_after_s=1) from error


@router.get("/revocations", response_class=StreamingResponse)
async def follow_revocations(with_parts: WithParts) -> StreamingResponse:
    """One line of JSON for each right that ends, from now on; a heartbeat first and every quarter of a second."""
    stack = ExitStack()
    subscription = stack.enter_context(with_parts.hub.subscribe())

    async def body() -> AsyncIterator[bytes]:
        with stack:
            async for line in subscription.lines():
                yield line

    return StreamingResponse(body(), media_type=NDJSON, headers={"Cache-Control": "no-store"})


async def _holder_somewhere(
    readings: Readings, db: Database, body: models.Introspection, idle: timedelta
) -> models.IntrospectionAnswer:
    if readings.primary_up:
        try:
            async with db.connection() as conn:
                return await _holder(conn, body, idle)
        except DatabaseUnavailable:
            if not await readings.primary_is_away():
                raise
    standby = readings.standby(REVOCATION_LATE_MAX_S)
    if standby is None:
        raise CannotTell(retry_after_s=1)
    async with standby.connection() as conn:
        return await _holder(conn, body, idle, only_read=True)


async def _holder(
    conn: Connection, body: models.Introspection, idle: timedelta, *, only_read: bool = False
) -> models.IntrospectionAnswer:
    if body.bearer_token is not None:
        return await _bearer(conn, body.bearer_token.get_secret_value(), only_read=only_read)
    if body.session_token is not None:
        return await _session(conn, body.session_token.get_secret_value(), idle, only_read=only_read or body.background)
    return _nobody(None)


def _nobody(
    key: bytes | None, *, reason: str | None = "UNKNOWN", user_id: int | None = None
) -> models.IntrospectionAnswer:
    return models.IntrospectionAnswer(
        active=False,
        reason=reason,
        identity=None,
        idle_expires_at=None,
        key=None if key is None else key.hex(),
        user_id=None if user_id is None else str(user_id),
    )


async def _session(conn: Connection, token: str, idle: timedelta, *, only_read: bool) -> models.IntrospectionAnswer:
    touch_every = min(TOUCH_EVERY_MAX, idle / TOUCHES_PER_IDLE)
    key = credentials.digest(token)
    holder = await sessions.holder(conn, key, idle, touch_every)
    if holder is None:
        return _nobody(key)
    if holder.functions is None:
        return _nobody(key, reason=holder.reason, user_id=holder.user_id)
    moved = None
    if holder.stale and not only_read:
        moved = await sessions.touch(conn, holder.session_id, idle)
    identity = models.IntrospectedIdentity(
        kind="user",
        user_id=str(holder.user_id),
        username=holder.username,
        session_id=str(holder.session_id),
        functions=holder.functions,
        segment=holder.segment,
        must_change_password=holder.must_change_password,
    )
    return models.IntrospectionAnswer(
        active=True,
        reason=None,
        identity=identity,
        idle_expires_at=moved or holder.idle_expires_at,
        key=key.hex(),
        user_id=identity.user_id,
    )


async def _bearer(conn: Connection, token: str, *, only_read: bool) -> models.IntrospectionAnswer:
    key = credentials.digest(token)
    holder = await tokens.holder(conn, key, TOUCH_EVERY_MAX)
    if holder is None:
        return _nobody(key)
    if holder.functions is None:
        return _nobody(key, reason=holder.reason, user_id=holder.user_id)
    if holder.stale and not only_read:
        await tokens.touch(conn, holder.token_id)
    identity = models.IntrospectedIdentity(
        kind="token" if holder.kind == "personal" else "display",
        user_id=str(holder.user_id),
        username=holder.username,
        # A token's own number stands where a session's would: GET /sessions/current answers for both.
        session_id=str(holder.token_id),
        functions=holder.functions,
        segment=holder.segment,
        must_change_password=holder.must_change_password,
    )
    return models.IntrospectionAnswer(
        active=True,
        reason=None,
        identity=identity,
        idle_expires_at=holder.expires_at,
        key=key.hex(),
        user_id=identity.user_id,
    )
