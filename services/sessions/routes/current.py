"""Sessions that exist: who am I, which are mine, ending them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from services.sessions import audit, models
from services.sessions.routes.context import (
    BIGINT_MAX,
    COOKIE,
    From,
    InDatabase,
    Person,
    Reader,
    Sliced,
    WithParts,
    drop_cookie,
    no_store,
    own_id,
    row_id,
)
from services.sessions.routes.state import session_state
from services.sessions.store import people, sessions, tokens
from shared.errors import Forbidden, NotFound, Unauthorized
from shared.identity import Identity, need, signed_in_unrestricted

router = APIRouter(prefix="/api/v1/sessions", tags=["sessions"], dependencies=[Depends(no_store)])

END_OTHERS = "AUTH-002"
LIST_ALL = "AUTH-004"


class UnknownSession(NotFound):
    """There is no such live session."""


@router.get("/current")
async def read_current_session(
    request: Request,
    db: InDatabase,
    with_parts: WithParts,
    identity: Annotated[Identity, Depends(signed_in_unrestricted)],
) -> models.SessionState:
    """Who am I, what may I do, and until when."""
    if identity.user_id is None or identity.session_id is None:
        raise Forbidden("The operator's command line has no session.")
    async with db.connection() as conn:
        if identity.kind == "user":
            live = await sessions.live(conn, int(identity.session_id), with_parts.settings.session_idle)
        else:
            live = await tokens.live(conn, int(identity.session_id))
    if live is None:
        raise Unauthorized
    return session_state(live, request.cookies.get(COOKIE) if identity.kind == "user" else None)


@router.delete("/current", status_code=204)
async def sign_out(db: InDatabase, identity: Person, origin: From) -> Response:
    """End this session, at once and for good."""
    async with db.transaction() as conn:
        ended = await sessions.end(conn, int(identity.session_id or 0), "SIGNED_OUT")
        if ended is not None:
            await audit.record(conn, "LOGOUT", origin, target_kind="session", target_id=identity.session_id)
    if ended is None:
        raise Unauthorized
    response = Response(status_code=204, headers={"Cache-Control": "no-store"})
    drop_cookie(response)
    return response


@router.get("")
async def list_sessions(
    db: InDatabase,
    with_parts: WithParts,
    identity: Reader,
    part: Sliced,
    scope: Annotated[str, Query(pattern="^(own|all)$", alias="of")] = "own",
) -> models.Page[models.Session]:
    """One's own live sessions, or with `of=all` everybody's (AUTH-004)."""
    if scope == "all":
        need(identity, LIST_ALL)
    async with db.connection() as conn:
        rows = await sessions.listed(
            conn,
            user_id=own_id(identity) if scope == "own" else None,
            after=part.after or BIGINT_MAX,
            limit=part.limit + 1,
            idle=with_parts.settings.session_idle,
        )
    shown, cursor = part.split(rows, lambda row: row.session_id)
    items = [
        models.Session(
            id=str(row.session_id),
            user_id=str(row.user_id),
            username=row.username,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            expires_at=row.expires_at,
            idle_expires_at=row.idle_expires_at,
            client_address=row.client_address,
            user_agent=row.user_agent,
            current=identity.kind == "user" and str(row.session_id) == identity.session_id,
        )
        for row in shown
    ]
    return models.Page[models.Session](items=items, next_cursor=cursor)


@router.delete("/{session_id}", status_code=204)
async def end_session(session_id: str, db: InDatabase, identity: Reader, origin: From) -> None:
    """End one of one's own sessions, or another person's (AUTH-002). Without that, others' sessions do not exist."""
    if identity.kind == "display":
        raise Forbidden("A display token only reads.")
    number = row_id(session_id)
    async with db.transaction() as conn:
        owner = None if number is None else await sessions.owner(conn, number)
        if number is None or owner is None or (owner != own_id(identity) and END_OTHERS not in identity.functions):
            raise UnknownSession
        if await people.lock(conn, owner) is None or await sessions.end(conn, number, "CLOSED") is None:
            raise UnknownSession
        await audit.record(conn, "SESSION_CLOSED", origin, target_kind="session", target_id=number, reason="CLOSED")
