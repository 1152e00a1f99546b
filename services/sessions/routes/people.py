"""The administration of people. Nobody blocks, deactivates or recovers themselves."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.sessions import audit, credentials, models, permissions, throttle
from services.sessions.audit import Origin
from services.sessions.routes.context import From, InDatabase, Parts, Recent, Sliced, WithParts, no_store, row_id
from services.sessions.routes.state import close_sessions
from services.sessions.store import holdings, people
from services.sessions.store import sign_in as counters
from services.sessions.store.people import LockedUser, Person, Purpose
from shared.errors import Conflict, Forbidden, NotFound
from shared.identity import Identity, need, require, require_any, signed_in
from shared.postgres import Connection, Database

router = APIRouter(prefix="/api/v1/users", tags=["people"], dependencies=[Depends(no_store)])

SEARCH = "USR-005"
VIEW = "USR-009"


class UnknownUser(NotFound):
    """There is no such person."""


class NameTaken(Conflict):
    """This user name is taken."""


class NotOneself(Forbidden):
    """Nobody does this to themselves; ask another administrator."""


class BeyondOneself(Forbidden):
    """Whoever issues a code could use it, so nobody issues one for somebody who administers more than they do."""


class WrongState(Conflict):
    """The account is in another state than this needs."""


@router.get("")
async def list_users(
    db: InDatabase,
    identity: Annotated[Identity, Depends(require_any("USR-004", SEARCH))],
    part: Sliced,
    search: Annotated[str | None, Query(min_length=1, max_length=100)] = None,
    state: models.UserState | None = None,
) -> models.Page[models.User]:
    """People in the order of their creation; `search` (USR-005) is a part of the name."""
    needed = "USR-004" if search is None else SEARCH
    need(identity, needed)
    async with db.connection() as conn:
        rows = await people.listed(conn, search=search, state=state, after=part.after or 0, limit=part.limit + 1)
    shown, cursor = part.split(rows, lambda row: row.user_id)
    return models.Page[models.User](items=[_shown(row) for row in shown], next_cursor=cursor)


@router.post("", status_code=201, dependencies=[Depends(require("USR-001"))])
async def create_user(
    body: models.NewUser, db: InDatabase, with_parts: WithParts, _recent: Recent, origin: From
) -> models.CreatedUser:
    """Make an account without permissions; its one-time code is told this once. Nobody chooses another's password."""
    async with db.transaction() as conn:
        user_id = await people.insert(
            conn, username=body.username, display_name=body.display_name, segment=body.segment
        )
        if user_id is None:
            raise NameTaken
        await audit.record(conn, "USER_CREATED", origin, target_kind="user", target_id=user_id)
        code = await _issue(conn, with_parts, user_id, "first_sign_in", origin)
        user = _shown(await _read(conn, user_id))
    return models.CreatedUser(user=user, sign_in_code=code)


@router.get("/{user_id}")
async def read_user(user_id: str, db: InDatabase, identity: Annotated[Identity, Depends(signed_in)]) -> models.User:
    """One person; everybody may read themselves, others need USR-009."""
    if identity.user_id != user_id:
        need(identity, VIEW)
    async with db.connection() as conn:
        return _shown(await _read(conn, _number(user_id)))


@router.patch("/{user_id}")
async def update_user(
    user_id: str,
    body: models.UserChange,
    db: InDatabase,
    identity: Annotated[Identity, Depends(require("USR-002"))],
    _recent: Recent,
    origin: From,
) -> models.User:
    """Change what the request names. Nobody changes their own segment: it decides which numbers they see."""
    changes = body.model_dump(exclude_unset=True)
    if "segment" in changes and identity.user_id == user_id:
        raise NotOneself
    async with db.transaction() as conn:
        user = await _lock(conn, user_id)
        await people.update(conn, user.user_id, changes)
        await audit.record(
            conn, "USER_UPDATED", origin, target_kind="user", target_id=user.user_id, fields=sorted(changes)
        )
        return _shown(await _read(conn, user.user_id))


@router.post("/{user_id}/block")
async def block_user(
    user_id: str,
    db: InDatabase,
    identity: Annotated[Identity, Depends(require("USR-006"))],
    _recent: Recent,
    origin: From,
) -> models.User:
    """Block an active account; its sessions end at once, its tokens stop working."""
    return await _move(db, user_id, identity, origin, before=["active"], after="blocked", event="USER_BLOCKED")


@router.post("/{user_id}/unblock")
async def unblock_user(
    user_id: str,
    db: InDatabase,
    with_parts: WithParts,
    identity: Annotated[Identity, Depends(require("USR-007"))],
    _recent: Recent,
    origin: From,
) -> models.User:
    """Unblock an account; failed sign-ins are forgotten."""
    return await _move(
        db, user_id, identity, origin, before=["blocked"], after="active", event="USER_UNBLOCKED", key=with_parts.key
    )


@router.post("/{user_id}/deactivate")
async def deactivate_user(
    user_id: str,
    db: InDatabase,
    identity: Annotated[Identity, Depends(require("USR-003"))],
    _recent: Recent,
    origin: From,
) -> models.User:
    """Deactivate an account (nobody is deleted); its sessions end at once, its tokens stop working."""
    return await _move(
        db, user_id, identity, origin, before=["active", "blocked"], after="inactive", event="USER_DEACTIVATED"
    )


@router.post("/{user_id}/reactivate")
async def reactivate_user(
    user_id: str,
    db: InDatabase,
    with_parts: WithParts,
    identity: Annotated[Identity, Depends(require("USR-008"))],
    _recent: Recent,
    origin: From,
) -> models.User:
    """Reactivate an account with what it held before."""
    return await _move(
        db, user_id, identity, origin, before=["inactive"], after="active", event="USER_REACTIVATED", key=with_parts.key
    )


@router.post("/{user_id}/recovery-code", status_code=201)
async def issue_recovery_code(
    user_id: str,
    db: InDatabase,
    with_parts: WithParts,
    identity: Annotated[Identity, Depends(require("AUTH-003"))],
    _recent: Recent,
    origin: From,
) -> models.OneTimeCode:
    """A one-time code for somebody who cannot sign in, told this once. Their sessions end; an older code is void."""
    if identity.user_id == user_id:
        raise NotOneself
    try:
        async with db.transaction() as conn:
            await holdings.share_catalogue(conn)
            user = await _lock(conn, user_id)
            if user.state != "active":
                raise WrongState(f"The account is {user.state}; a code would not open it.")
            await _check_not_beyond(conn, identity, user.user_id)
            await close_sessions(conn, user.user_id, "RECOVERY", origin)
            await audit.record(conn, "PASSWORD_RESET", origin, target_kind="user", target_id=user.user_id)
            return await _issue(conn, with_parts, user.user_id, "recovery", origin)
    except BeyondOneself:
        async with db.transaction() as conn:
            await audit.record(conn, "PASSWORD_RESET_REFUSED", origin, target_kind="user", target_id=user_id)
        raise


async def _move(
    db: Database,
    user_id: str,
    identity: Identity,
    origin: Origin,
    *,
    before: list[str],
    after: str,
    event: str,
    key: bytes | None = None,
) -> models.User:
    """Move an account from one state to another; ends its sessions or, with `key`, its lock-outs."""
    if identity.user_id == user_id:
        raise NotOneself
    async with db.transaction() as conn:
        user = await _lock(conn, user_id)
        if not await people.set_state(conn, user.user_id, before=before, after=after):
            raise WrongState(f"The account is {user.state}; this needs one that is {' or '.join(before)}.")
        if after != "active":
            await close_sessions(conn, user.user_id, f"ACCOUNT_{after.upper()}", origin)
        if key is not None:
            await counters.clear_counters(conn, throttle.account_key(key, f"sign_in:{user.username}"))
        await audit.record(conn, event, origin, target_kind="user", target_id=user.user_id)
        return _shown(await _read(conn, user.user_id))


async def _check_not_beyond(conn: Connection, identity: Identity, user_id: int) -> None:
    if identity.kind == "operator":
        return
    beyond = permissions.beyond(identity.functions, await holdings.reachable(conn, user_id))
    if beyond:
        raise BeyondOneself(f"{BeyondOneself.__doc__} This person holds {', '.join(beyond)}. At the machine: iact user")


async def _issue(
    conn: Connection, with_parts: Parts, user_id: int, purpose: Purpose, origin: Origin
) -> models.OneTimeCode:
    settings = with_parts.settings
    code = credentials.new_code()
    expires_at = await people.issue_code(
        conn,
        code_hash=credentials.code_digest(code),
        user_id=user_id,
        purpose=purpose,
        created_by=origin.actor_id,
        life=settings.first_sign_in_code_life if purpose == "first_sign_in" else settings.recovery_code_life,
    )
    return models.OneTimeCode(user_id=str(user_id), code=code, expires_at=expires_at)


async def _lock(conn: Connection, user_id: str) -> LockedUser:
    user = await people.lock(conn, _number(user_id))
    if user is None:
        raise UnknownUser
    return user


async def _read(conn: Connection, user_id: int) -> Person:
    person = await people.read(conn, user_id)
    if person is None:
        raise UnknownUser
    return person


def _number(user_id: str) -> int:
    number = row_id(user_id)
    if number is None:
        raise UnknownUser
    return number


def _shown(person: Person) -> models.User:
    return models.User(
        id=str(person.user_id),
        username=person.username,
        display_name=person.display_name,
        state=person.state,
        segment=person.segment,
        must_change_password=person.must_change_password,
        has_password=person.has_password,
        created_at=person.created_at,
        last_signed_in_at=person.last_signed_in_at,
    )
