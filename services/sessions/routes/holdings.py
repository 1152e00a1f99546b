"""Who holds what, and why. Separation of duties holds or nothing changes, and nobody serves themselves."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends

from services.sessions import audit, models, permissions
from services.sessions.audit import Origin
from services.sessions.routes.context import From, InDatabase, Recent, no_store, row_id
from services.sessions.routes.duties import FourEyes, OwnPermissions, SeparationOfDuties, check_duties
from services.sessions.routes.state import close_sessions
from services.sessions.store import holdings, people
from shared.errors import NotFound, unprocessable
from shared.identity import Identity, need, require, require_any, signed_in
from shared.postgres import Connection, Database

router = APIRouter(prefix="/api/v1/users/{user_id}", tags=["permissions"], dependencies=[Depends(no_store)])

VIEW = "ACC-003"
EXCEPTION_LIFE_MAX = timedelta(days=30)  # longer belongs into a group
ASSIGNMENT_LIFE_MIN = timedelta(hours=1)  # shorter is a mistake in the time zone
ASSIGNMENT_LIFE_MAX = timedelta(days=366)  # a year, after which somebody should look again

Change = Callable[[Connection, int], Awaitable[bool]]  # whether anything is different now


class UnknownUser(NotFound):
    """There is no such person."""


class NothingHeld(NotFound):
    """The person does not hold this."""


@router.get("/groups", dependencies=[Depends(require(VIEW))])
async def list_user_groups(user_id: str, db: InDatabase) -> models.Page[models.GroupAssignment]:
    """The groups that a person holds now."""
    async with db.connection() as conn:
        return await _groups(conn, await _existing(conn, user_id))


@router.post("/groups")
async def assign_groups(
    user_id: str,
    body: models.NewGroupAssignments,
    db: InDatabase,
    identity: Annotated[Identity, Depends(require("ACC-004"))],
    _recent: Recent,
    origin: From,
) -> models.Page[models.GroupAssignment]:
    """Give groups, all or none; giving what is held already changes nothing."""
    _check_end(body.expires_at, least=ASSIGNMENT_LIFE_MIN, most=ASSIGNMENT_LIFE_MAX)

    async def give(conn: Connection, number: int) -> bool:
        known = {group.code for group in await holdings.all_groups(conn)}
        for index, group in enumerate(body.groups):
            if group not in known:
                raise unprocessable(f"groups.{index}", f"there is no group {group}")
        given = [
            group
            for group in body.groups
            if await holdings.give_group(
                conn, user_id=number, group=group, granted_by=origin.actor_id, expires_at=body.expires_at
            )
        ]
        event = "FUNCTIONS_ASSIGNED" if given else "FUNCTIONS_ASSIGN_NOOP"
        await audit.record(conn, event, origin, target_kind="user", target_id=number, groups=given)
        return bool(given)

    await _apply(db, user_id, identity, origin, give)
    async with db.connection() as conn:
        return await _groups(conn, await _existing(conn, user_id))


@router.delete("/groups/{group}", status_code=204)
async def revoke_group(
    user_id: str,
    group: str,
    db: InDatabase,
    identity: Annotated[Identity, Depends(require("ACC-010"))],
    _recent: Recent,
    origin: From,
) -> None:
    """Take a group back, with effect on the person's next request."""

    async def take(conn: Connection, number: int) -> bool:
        if not await holdings.take_group(conn, user_id=number, group=group, revoked_by=origin.actor_id):
            raise NothingHeld
        await audit.record(conn, "FUNCTIONS_REVOKED", origin, target_kind="user", target_id=number, groups=[group])
        return True

    await _apply(db, user_id, identity, origin, take)


@router.get("/exceptions", dependencies=[Depends(require(VIEW))])
async def list_user_exceptions(user_id: str, db: InDatabase) -> models.Page[models.PermissionException]:
    """The exceptions that count for a person now."""
    async with db.connection() as conn:
        rows = await holdings.exceptions(conn, await _existing(conn, user_id))
    return models.Page[models.PermissionException](items=[_shown(row) for row in rows], next_cursor=None)


@router.post("/exceptions", status_code=201)
async def add_exception(
    user_id: str,
    body: models.NewException,
    db: InDatabase,
    identity: Annotated[Identity, Depends(require_any("ACC-002", "ACC-008"))],
    _recent: Recent,
    origin: From,
) -> models.PermissionException:
    """One function more (ACC-008) or less (ACC-002) than the groups give, with a reason and an end."""
    needed = "ACC-008" if body.effect == "grant" else "ACC-002"
    need(identity, needed)
    _check_end(body.expires_at, least=timedelta(0), most=EXCEPTION_LIFE_MAX)
    added: list[int] = []

    async def add(conn: Connection, number: int) -> bool:
        if body.function not in {function.code for function in await holdings.all_functions(conn)}:
            raise unprocessable("function", f"there is no function {body.function}")
        exception_id = await holdings.add_exception(
            conn,
            user_id=number,
            function=body.function,
            effect=body.effect,
            justification=body.justification,
            granted_by=origin.actor_id,
            expires_at=body.expires_at,
        )
        added.append(exception_id)
        event = f"EXCEPTIONAL_PERMISSION_{'GRANTED' if body.effect == 'grant' else 'DENIED'}"
        await audit.record(
            conn,
            event,
            origin,
            target_kind="user",
            target_id=number,
            function=body.function,
            justification=body.justification,
            expires_at=body.expires_at.isoformat(),
        )
        return True

    await _apply(db, user_id, identity, origin, add)
    async with db.connection() as conn:
        rows = await holdings.exceptions(conn, await _existing(conn, user_id))
    return next(_shown(row) for row in rows if row.exception_id in added)


@router.delete("/exceptions/{exception_id}", status_code=204)
async def end_exception(
    user_id: str,
    exception_id: str,
    db: InDatabase,
    identity: Annotated[Identity, Depends(require("ACC-009"))],
    _recent: Recent,
    origin: From,
) -> None:
    """Take an exception back before its end."""

    async def end(conn: Connection, number: int) -> bool:
        which = row_id(exception_id)
        if which is None or not await holdings.end_exception(
            conn, user_id=number, exception_id=which, revoked_by=origin.actor_id
        ):
            raise NothingHeld
        await audit.record(
            conn, "EXCEPTIONAL_PERMISSION_ENDED", origin, target_kind="user", target_id=number, exception=which
        )
        return True

    await _apply(db, user_id, identity, origin, end)


@router.get("/effective-functions")
async def read_effective_functions(
    user_id: str, db: InDatabase, identity: Annotated[Identity, Depends(signed_in)]
) -> models.EffectiveFunctions:
    """What a person may do and why; everybody may ask about themselves (`me`), others need ACC-003."""
    asked = str(identity.user_id) if user_id == "me" else user_id
    if asked != identity.user_id:
        need(identity, VIEW)
    async with db.transaction(readonly=True) as conn:
        number = await _existing(conn, asked)
        groups = [held.as_holding() for held in await holdings.groups(conn, number)]
        exceptions = [held.as_exception() for held in await holdings.exceptions(conn, number)]
    decisions = permissions.explain(groups=groups, exceptions=exceptions, at=datetime.now(UTC)).values()
    return models.EffectiveFunctions(
        user_id=asked,
        functions=[decision.function for decision in decisions if decision.allowed],
        decisions=[
            models.Decision(
                function=decision.function,
                allowed=decision.allowed,
                origin=decision.origin,
                groups=list(decision.groups),
            )
            for decision in decisions
        ],
    )


async def _apply(db: Database, user_id: str, identity: Identity, origin: Origin, change: Change) -> None:
    """Make a change unless it is to oneself or breaks a separation rule; a refusal is recorded, and nothing else.

    Whoever's permissions changed signs in again: an id that leaked before is worth nothing with the new ones.
    """
    try:
        async with db.transaction() as conn:
            await holdings.share_catalogue(conn)
            number = await _other(conn, user_id, identity)
            await people.lock(conn, number)
            before = await holdings.reachable(conn, number)
            if await change(conn, number):
                await check_duties(conn, number, before=before, actor_id=origin.actor_id)
                await close_sessions(conn, number, "ROLE_CHANGED", origin)
    except (OwnPermissions, SeparationOfDuties, FourEyes) as refusal:
        async with db.transaction() as conn:
            await audit.record(
                conn,
                "FUNCTIONS_ASSIGN_FAILED",
                origin,
                target_kind="user",
                target_id=user_id,
                reason=type(refusal).__name__,
            )
        raise


async def _other(conn: Connection, user_id: str, identity: Identity) -> int:
    number = await _existing(conn, user_id)
    if str(number) == identity.user_id:
        raise OwnPermissions
    return number


def _check_end(expires_at: datetime | None, *, least: timedelta, most: timedelta) -> None:
    if expires_at is None:
        return
    if expires_at.tzinfo is None:
        raise unprocessable("expires_at", "needs a time zone, such as 2026-01-31T18:00:00Z")
    left = expires_at - datetime.now(UTC)
    if left <= least:
        raise unprocessable("expires_at", "is too soon" if least else "lies in the past")
    if left > most:
        raise unprocessable("expires_at", f"is more than {most.days} days away")


async def _existing(conn: Connection, user_id: str) -> int:
    number = row_id(user_id)
    if number is None or await people.read(conn, number) is None:
        raise UnknownUser
    return number


async def _groups(conn: Connection, user_id: int) -> models.Page[models.GroupAssignment]:
    items = [
        models.GroupAssignment(
            group=held.group_code,
            name=held.name,
            active=held.active,
            granted_at=held.granted_at,
            granted_by=held.granted_by,
            expires_at=held.expires_at,
        )
        for held in await holdings.groups(conn, user_id)
    ]
    return models.Page[models.GroupAssignment](items=items, next_cursor=None)


def _shown(row: holdings.HeldException) -> models.PermissionException:
    return models.PermissionException(
        id=str(row.exception_id),
        function=row.function_code,
        effect=row.effect,
        justification=row.justification,
        granted_at=row.granted_at,
        granted_by=row.granted_by,
        expires_at=row.expires_at,
    )
