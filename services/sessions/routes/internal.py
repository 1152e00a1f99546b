"""For the gateway alone: who holds this cookie or bearer token."""

from datetime import timedelta

from fastapi import APIRouter, Depends

from services.sessions import credentials, models
from services.sessions.routes.context import InDatabase, WithParts, no_store
from services.sessions.store import sessions, tokens
from shared.identity import from_gateway
from shared.postgres import Connection

router = APIRouter(
    prefix="/internal",
    include_in_schema=False,
    dependencies=[Depends(from_gateway), Depends(no_store)],
)

TOUCH_EVERY_MAX = timedelta(minutes=1)  # a write a minute and session is enough for an idle limit of minutes
TOUCHES_PER_IDLE = 15  # with a short limit the write must come sooner, or activity would not count
UNKNOWN = models.IntrospectionAnswer(active=False, reason="UNKNOWN", identity=None, idle_expires_at=None)


@router.post("/introspections")
async def introspect(body: models.Introspection, db: InDatabase, with_parts: WithParts) -> models.IntrospectionAnswer:
    """Who holds the token, what they may do, and until when. A background call does not extend a session."""
    idle = with_parts.settings.session_idle
    async with db.connection() as conn:
        if body.bearer_token is not None:
            return await _bearer(conn, body.bearer_token.get_secret_value())
        if body.session_token is not None:
            return await _session(conn, body.session_token.get_secret_value(), idle, background=body.background)
    return UNKNOWN


async def _session(conn: Connection, token: str, idle: timedelta, *, background: bool) -> models.IntrospectionAnswer:
    touch_every = min(TOUCH_EVERY_MAX, idle / TOUCHES_PER_IDLE)
    holder = await sessions.holder(conn, credentials.digest(token), idle, touch_every)
    if holder is None:
        return UNKNOWN
    if holder.functions is None:
        return UNKNOWN.model_copy(update={"reason": holder.reason})
    moved = None
    if holder.stale and not background:
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
        active=True, reason=None, identity=identity, idle_expires_at=moved or holder.idle_expires_at
    )


async def _bearer(conn: Connection, token: str) -> models.IntrospectionAnswer:
    holder = await tokens.holder(conn, credentials.digest(token), TOUCH_EVERY_MAX)
    if holder is None:
        return UNKNOWN
    if holder.functions is None:
        return UNKNOWN.model_copy(update={"reason": holder.reason})
    if holder.stale:
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
    return models.IntrospectionAnswer(active=True, reason=None, identity=identity, idle_expires_at=holder.expires_at)
