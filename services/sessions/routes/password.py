"""Changing one's own password."""

from fastapi import APIRouter, Depends, Response

from services.sessions import audit, models, passwords, throttle
from services.sessions.audit import Origin
from services.sessions.routes import attempts
from services.sessions.routes.attempts import Attempt, TooManyAttempts
from services.sessions.routes.context import (
    NOWHERE,
    From,
    InDatabase,
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
from shared.postgres import Connection

router = APIRouter(prefix="/api/v1/users/me", tags=["sessions"], dependencies=[Depends(no_store)])


class WrongPassword(Forbidden):
    """The current password is not right."""


@router.put("/password")
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
        async with db.transaction() as conn:
            network = throttle.network_of(origin.address or NOWHERE)
            attempt = await attempts.begin(
                conn, key=with_parts.key, username=username, network=network, purpose="password_change"
            )
        if not attempt.verdict.admitted:
            raise TooManyAttempts(retry_after_s=attempt.verdict.retry_after_s)
        right = await with_parts.hasher.verify(attempt.subject.password_hash, current)
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
