"""Proving one's own password afresh, and changing it."""

from fastapi import APIRouter, Depends, Response

from services.sessions import audit, models, passwords, throttle
from services.sessions.audit import Origin
from services.sessions.routes import attempts
from services.sessions.routes.attempts import Attempt, Purpose, TooManyAttempts
from services.sessions.routes.context import (
    NOWHERE,
    From,
    InDatabase,
    Parts,
    Person,
    WithParts,
    no_store,
    own_id,
    set_cookie,
)
from services.sessions.routes.state import begin_session, check_new_password
from services.sessions.settings import Settings
from services.sessions.store import people, sessions
from shared.errors import Forbidden, Unauthorized, unprocessable
from shared.identity import Identity
from shared.postgres import Connection, Database

router = APIRouter(prefix="/api/v1", tags=["sessions"], dependencies=[Depends(no_store)])


class WrongPassword(Forbidden):
    """The current password is not right."""


@router.put("/users/me/password")
async def change_password(
    body: models.PasswordChange,
    response: Response,
    db: InDatabase,
    with_parts: WithParts,
    origin: From,
    identity: Person,
) -> models.SessionState:
    """Change one's password: every other session ends, and this one gets a new cookie."""
    username = identity.username or ""
    current, new = body.current_password.get_secret_value(), body.new_password.get_secret_value()
    check_new_password(new, username=username)
    if passwords.normal(current) == passwords.normal(new):
        raise unprocessable("new_password", "This is the password that you have.")
    with with_parts.hasher.place():
        attempt, right = await _attempt(db, with_parts, username, current, origin, purpose="password_change")
        new_hash = await with_parts.hasher.hash(new) if right else None
    async with db.transaction() as conn:
        if new_hash is None:
            await audit.record(conn, "PASSWORD_CHANGE_FAILED", origin, target_kind="user", target_id=own_id(identity))
            changed = None
        else:
            changed = await _change(conn, with_parts.settings, identity, attempt, new_hash, origin)
    if changed is None:
        raise WrongPassword
    token, state = changed
    set_cookie(response, token)
    return state


@router.post("/sessions/current/reauthentication")
async def reauthenticate(
    body: models.Reauthentication,
    response: Response,
    db: InDatabase,
    with_parts: WithParts,
    origin: From,
    identity: Person,
) -> models.SessionState:
    """Prove one's password afresh, before what harms most; this session ends, and a new one takes its place."""
    password = body.password.get_secret_value()
    with with_parts.hasher.place():
        attempt, right = await _attempt(
            db, with_parts, identity.username or "", password, origin, purpose="reauthentication"
        )
    async with db.transaction() as conn:
        renewed = await _renew(conn, with_parts.settings, identity, attempt, origin) if right else None
        if renewed is None:
            await audit.record(conn, "REAUTHENTICATION_FAILED", origin, target_kind="user", target_id=own_id(identity))
    if renewed is None:
        raise WrongPassword
    token, state = renewed
    set_cookie(response, token)
    return state


async def _attempt(
    db: Database, with_parts: Parts, username: str, password: str, origin: Origin, *, purpose: Purpose
) -> tuple[Attempt, bool]:
    """Count and check one attempt; the caller holds a place of the hasher."""
    async with db.transaction() as conn:
        network = throttle.network_of(origin.address or NOWHERE)
        attempt = await attempts.begin(conn, key=with_parts.key, username=username, network=network, purpose=purpose)
    if not attempt.verdict.admitted:
        raise TooManyAttempts(retry_after_s=attempt.verdict.retry_after_s)
    return attempt, await with_parts.hasher.verify(attempt.subject.password_hash, password)


async def _renew(
    conn: Connection, settings: Settings, identity: Identity, attempt: Attempt, origin: Origin
) -> tuple[str, models.SessionState] | None:
    """A new session in place of this one; None when the password changed meanwhile, 401 when the session ended."""
    user = await people.lock(conn, own_id(identity))
    if user is None or user.password_hash != attempt.subject.password_hash:
        return None
    if await sessions.end(conn, int(identity.session_id or 0), "ROTATED") is None:
        raise Unauthorized
    await attempts.succeed(conn, attempt)
    return await begin_session(conn, settings, user.user_id, origin, event="REAUTHENTICATED")


async def _change(
    conn: Connection, settings: Settings, identity: Identity, attempt: Attempt, new_hash: str, origin: Origin
) -> tuple[str, models.SessionState] | None:
    """Change it unless it changed meanwhile (None) or the session has ended (401)."""
    user_id = own_id(identity)
    user = await people.lock(conn, user_id)
    if user is None or user.password_hash != attempt.subject.password_hash:
        return None
    if await sessions.end(conn, int(identity.session_id or 0), "ROTATED") is None:
        raise Unauthorized
    await sessions.end_others(conn, user_id, None, "PASSWORD_CHANGED")
    await people.set_password(conn, user_id, new_hash)
    await attempts.succeed(conn, attempt)
    return await begin_session(conn, settings, user_id, origin, event="PASSWORD_CHANGED")
