"""Beginning a session, and what its holder is told about it."""

from services.sessions import audit, credentials, models, passwords
from services.sessions.audit import Origin
from services.sessions.settings import Settings
from services.sessions.store import sessions
from services.sessions.store.sessions import LiveSession
from shared.errors import Unauthorized, unprocessable
from shared.identity import csrf_token
from shared.postgres import Connection


async def begin_session(
    conn: Connection, settings: Settings, user_id: int, origin: Origin, *, event: str
) -> tuple[str, models.SessionState]:
    """A new session with a new token; older ones beyond the limit end. The caller has locked the person."""
    ended = await sessions.end_all_but_newest(conn, user_id, settings.iact_sessions_per_user - 1, "SUPERSEDED")
    token = credentials.new_session_token()
    session_id = await sessions.insert(
        conn,
        token_hash=credentials.digest(token),
        user_id=user_id,
        absolute=settings.session_absolute,
        client_address=origin.address,
        user_agent=origin.user_agent,
    )
    origin = origin.by(user_id)
    for each in ended:
        await audit.record(conn, "SESSION_CLOSED", origin, target_kind="session", target_id=each, reason="SUPERSEDED")
    await audit.record(conn, event, origin, target_kind="session", target_id=session_id, user_agent=origin.user_agent)
    live = await sessions.live(conn, session_id, settings.session_idle)
    if live is None:
        raise Unauthorized
    return token, session_state(live, token)


async def close_sessions(conn: Connection, user_id: int, reason: str, origin: Origin) -> None:
    """End every session of a person, each with its event."""
    for each in await sessions.end_others(conn, user_id, None, reason):
        await audit.record(conn, "SESSION_CLOSED", origin, target_kind="session", target_id=each, reason=reason)


def session_state(live: LiveSession, token: str | None) -> models.SessionState:
    """The answer for the holder of a session's `token`; without one there is nothing to protect against forgery."""
    return models.SessionState(
        user=me(live),
        functions=live.functions,
        segment=live.segment,
        csrf_token=None if token is None else csrf_token(token),
        expires_at=live.expires_at,
        idle_expires_at=live.idle_expires_at,
        must_change_password=live.must_change_password,
    )


def me(live: LiveSession) -> models.Me:
    return models.Me(
        id=str(live.user_id),
        username=live.username,
        display_name=live.display_name,
        preferences=models.Preferences.model_validate(live.preferences),
    )


def check_new_password(password: str, *, username: str) -> None:
    """Raises 422 with the reason, for the field `new_password`."""
    reason = passwords.refusal(password, username=username)
    if reason is not None:
        raise unprocessable("new_password", reason)
