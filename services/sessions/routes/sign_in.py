"""Signing in, by password or by one-time code."""

from pathlib import Path

from anyio import to_thread
from fastapi import APIRouter, Depends, Response

from services.sessions import audit, credentials, models, throttle
from services.sessions.audit import Origin
from services.sessions.local_files import clear_sign_in_url
from services.sessions.routes import attempts
from services.sessions.routes.attempts import Attempt, TooManyAttempts
from services.sessions.routes.context import (
    NOWHERE,
    From,
    InDatabase,
    Parts,
    WithParts,
    no_store,
    set_cookie,
)
from services.sessions.routes.state import begin_session, check_new_password
from services.sessions.settings import Settings
from services.sessions.store import people, sessions
from services.sessions.store import sign_in as store
from shared.errors import Unauthorized
from shared.identity import any_identity
from shared.postgres import Connection

router = APIRouter(prefix="/api/v1", tags=["sessions"], dependencies=[Depends(any_identity), Depends(no_store)])


class WrongCredentials(Unauthorized):
    """The user name or the password is not right, or this account may not sign in."""


class InvalidCode(Unauthorized):
    """This code is not valid: mistyped, used already, replaced by a newer one, or too old."""


@router.post("/sessions", status_code=201)
async def sign_in(
    body: models.SignIn, response: Response, db: InDatabase, with_parts: WithParts, origin: From
) -> models.SessionState:
    """Sign in with name and password; sets the session cookie. The answer to a refusal never says what was wrong."""
    username = body.username.strip().lower()
    password = body.password.get_secret_value()
    hasher = with_parts.hasher
    with hasher.place():
        async with db.transaction() as conn:
            attempt = await _begin(conn, with_parts, username, origin)
        subject = attempt.subject
        if not attempt.verdict.admitted:
            if subject.network_known:
                # Or the quick answer would tell a neighbour that the name is not one of this network.
                await hasher.verify(None, password)
            raise TooManyAttempts(retry_after_s=attempt.verdict.retry_after_s)
        right = await hasher.verify(subject.password_hash, password)
        outdated = right and subject.password_hash is not None and hasher.outdated(subject.password_hash)
        new_hash = await hasher.hash(password) if outdated else None
    async with db.transaction() as conn:
        opened = await _open(conn, with_parts.settings, attempt, origin, new_hash) if right else None
        if opened is None:
            await _record_failure(conn, attempt, origin, right=right)
    if opened is None:
        raise (
            TooManyAttempts(retry_after_s=attempt.verdict.retry_after_s) if attempt.verdict.locked else WrongCredentials
        )
    token, state = opened
    set_cookie(response, token)
    return state


@router.post("/sessions/redeem", status_code=201)
async def redeem_code(
    body: models.Redeem, response: Response, db: InDatabase, with_parts: WithParts, origin: From
) -> models.SessionState:
    """Sign in with a one-time link or recovery code and choose a password; a refused password leaves the code alone."""
    code = credentials.code_digest(body.code.get_secret_value())
    new_password = body.new_password.get_secret_value()
    async with db.transaction() as conn:
        found = await people.open_code(conn, code)
        if found is None:
            await audit.record(conn, "CODE_REFUSED", origin)
    if found is None:
        raise InvalidCode
    check_new_password(new_password, username=found.username)
    with with_parts.hasher.place():
        password_hash = await with_parts.hasher.hash(new_password)
    async with db.transaction() as conn:
        token, state = await _redeem(conn, with_parts, found, code, password_hash, origin)
    set_cookie(response, token)
    await clear_used_link(with_parts.settings.iact_run_file, code)
    return state


async def _begin(conn: Connection, with_parts: Parts, username: str, origin: Origin) -> Attempt:
    network = throttle.network_of(origin.address or NOWHERE)
    return await attempts.begin(conn, key=with_parts.key, username=username, network=network)


async def _open(
    conn: Connection, settings: Settings, attempt: Attempt, origin: Origin, new_hash: str | None
) -> tuple[str, models.SessionState] | None:
    """Begin a session after a right password; None when the account may not sign in, or changed meanwhile."""
    user = None if attempt.subject.user_id is None else await people.lock(conn, attempt.subject.user_id)
    if user is None or user.state != "active" or user.password_hash != attempt.subject.password_hash:
        return None
    await attempts.succeed(conn, attempt)
    await store.remember_network(conn, user.user_id, attempt.network)
    await people.note_sign_in(conn, user.user_id, new_hash)
    return await begin_session(conn, settings, user.user_id, origin, event="LOGIN")


async def _record_failure(conn: Connection, attempt: Attempt, origin: Origin, *, right: bool) -> None:
    subject = attempt.subject
    known_user = subject.user_id is not None
    event = f"LOGIN_{(subject.state or '').upper()}" if right and subject.state != "active" else "LOGIN_FAILED"
    # The name that was typed is left out: people type passwords there.
    reason = "BAD_PASSWORD" if known_user else "USER_NOT_FOUND"
    await audit.record(
        conn,
        event,
        origin,
        target_kind="user" if known_user else None,
        target_id=subject.user_id,
        reason=reason if event == "LOGIN_FAILED" else "ACCOUNT_STATE",
        locked=attempt.verdict.locked,
    )


async def _redeem(
    conn: Connection, with_parts: Parts, found: people.OpenCode, code: bytes, password_hash: str, origin: Origin
) -> tuple[str, models.SessionState]:
    user = await people.lock(conn, found.user_id)
    if user is None or user.state != "active" or await people.use_code(conn, code) is None:
        raise InvalidCode
    await people.set_password(conn, user.user_id, password_hash)
    await sessions.end_others(conn, user.user_id, None, "RECOVERY")
    await store.clear_counters(conn, throttle.account_key(with_parts.key, f"sign_in:{user.username}"))
    await store.remember_network(conn, user.user_id, throttle.network_of(origin.address or NOWHERE))
    await people.note_sign_in(conn, user.user_id, None)
    return await begin_session(conn, with_parts.settings, user.user_id, origin, event="CODE_REDEEMED")


async def clear_used_link(run_file: Path | None, code: bytes) -> None:
    """Off the event loop: the run file ends with a flush to the disk."""
    if run_file is not None:
        await to_thread.run_sync(clear_sign_in_url, run_file, code)
