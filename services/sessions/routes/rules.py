"""Changes of the catalogue: groups and separation rules. All or nothing, recorded, and never for oneself."""

from collections.abc import Collection
from typing import Annotated

from fastapi import APIRouter, Depends

from services.sessions import audit, models, permissions
from services.sessions.audit import Origin
from services.sessions.routes.context import From, InDatabase, Recent, no_store
from services.sessions.routes.duties import (
    FourEyes,
    LastHolder,
    OwnPermissions,
    SeparationOfDuties,
    active_rules,
    check_everybody,
    check_four_eyes,
    check_rules,
)
from services.sessions.routes.state import close_sessions
from services.sessions.store import catalogue, holdings, people
from services.sessions.store.holdings import CatalogueGroup, CatalogueRule
from shared.errors import Conflict, NotFound, unprocessable
from shared.identity import Identity, need, require, require_any
from shared.postgres import Connection, Database

router = APIRouter(prefix="/api/v1", tags=["permissions"], dependencies=[Depends(no_store)])

EDIT_GROUP, FILL_GROUP = "ACC-006", "ACC-007"
EDIT_RULE, SWITCH_RULE = "ACC-011", "ACC-012"
REFUSALS = (OwnPermissions, SeparationOfDuties, FourEyes, LastHolder)


class UnknownGroup(NotFound):
    """There is no such group."""


class UnknownRule(NotFound):
    """There is no such separation rule."""


class GroupNameTaken(Conflict):
    """Another group has this name."""


@router.post("/groups", status_code=201)
async def create_group(
    body: models.NewGroup,
    db: InDatabase,
    identity: Annotated[Identity, Depends(require(EDIT_GROUP))],
    _recent: Recent,
    origin: From,
) -> models.Group:
    """Make a group; putting functions into it needs ACC-007 too."""
    if body.functions:
        need(identity, FILL_GROUP)
    async with db.transaction() as conn:
        await catalogue.lock(conn)
        await _check_known(conn, "functions", body.functions)
        check_rules(frozenset(body.functions), await active_rules(conn))
        code = await catalogue.insert_group(conn, body.name)
        if code is None:
            raise GroupNameTaken
        await catalogue.set_group_functions(conn, code, body.functions)
        await audit.record(
            conn, "GROUP_CREATED", origin, target_kind="group", target_id=code, functions=sorted(body.functions)
        )
        return _shown(await _group(conn, code))


@router.patch("/groups/{group}")
async def update_group(
    group: str,
    body: models.GroupChange,
    db: InDatabase,
    identity: Annotated[Identity, Depends(require_any(EDIT_GROUP, FILL_GROUP))],
    _recent: Recent,
    origin: From,
) -> models.Group:
    """Rename or switch a group (ACC-006), replace its functions (ACC-007). Whoever holds it signs in again."""
    if body.functions is not None:
        need(identity, FILL_GROUP)
    if body.name is not None or body.active is not None:
        need(identity, EDIT_GROUP)
    try:
        async with db.transaction() as conn:
            await catalogue.lock(conn)
            return await _change_group(conn, group, body, origin)
    except REFUSALS as refusal:
        await _record_refusal(db, "GROUP_UPDATE_FAILED", origin, kind="group", target=group, refusal=refusal)
        raise


@router.patch("/separation-rules/{rule}")
async def update_separation_rule(
    rule: str,
    body: models.SeparationRuleChange,
    db: InDatabase,
    identity: Annotated[Identity, Depends(require_any(EDIT_RULE, SWITCH_RULE))],
    _recent: Recent,
    origin: From,
) -> models.SeparationRule:
    """Change a rule (ACC-011) or switch it off (ACC-012). It cannot demand what somebody breaks already."""
    if body.active is False:
        need(identity, SWITCH_RULE)
    if body.active or body.name is not None or body.side_a is not None or body.side_b is not None:
        need(identity, EDIT_RULE)
    try:
        async with db.transaction() as conn:
            await catalogue.lock(conn)
            return await _change_rule(conn, rule, body, origin)
    except REFUSALS as refusal:
        await _record_refusal(db, "SEPARATION_RULE_UPDATE_FAILED", origin, kind="rule", target=rule, refusal=refusal)
        raise


async def _change_group(conn: Connection, code: str, body: models.GroupChange, origin: Origin) -> models.Group:
    before = await _group(conn, code)
    keys = await catalogue.held_by_somebody(conn, permissions.KEYS)
    if body.functions is not None:
        await _check_known(conn, "functions", body.functions)
        await catalogue.set_group_functions(conn, code, body.functions)
    if body.name is not None and await _name_taken(conn, code, body.name):
        raise GroupNameTaken
    await catalogue.update_group(conn, code, name=body.name, active=body.active)
    after = await _group(conn, code)
    was, given = _gives(before), _gives(after)
    if was - given:
        await _check_keys(conn, keys)
    if was != given:
        await _check_change(conn, code, gained=given - was, origin=origin)
    await audit.record(
        conn,
        "GROUP_UPDATED",
        origin,
        target_kind="group",
        target_id=code,
        name=after.name,
        active=after.active,
        added=sorted(given - was),
        removed=sorted(was - given),
    )
    if was != given:
        for user_id in await catalogue.holders(conn, code):
            await people.lock(conn, user_id)
            await close_sessions(conn, user_id, "ROLE_CHANGED", origin)
    return _shown(after)


async def _check_keys(conn: Connection, before: frozenset[str]) -> None:
    """Raise when the change takes from the last person who holds it what gives rights to others."""
    lost = sorted(before - await catalogue.held_by_somebody(conn, before))
    if lost:
        raise LastHolder(
            f"{LastHolder.__doc__} Only through this group does anybody hold {', '.join(lost)}: "
            "give another group that has it to an active account first."
        )


async def _check_change(conn: Connection, code: str, *, gained: frozenset[str], origin: Origin) -> None:
    """Raise unless everybody who holds the group may gain these functions."""
    holders = await catalogue.holders(conn, code)
    if gained and origin.actor_id in holders:
        raise OwnPermissions
    check_rules(gained | _gives(await _group(conn, code)), await active_rules(conn))
    await check_everybody(conn, group=code)
    if any(map(permissions.is_audit, gained)):
        for user_id in holders:
            await check_four_eyes(conn, user_id, origin.actor_id)


async def _change_rule(
    conn: Connection, code: str, body: models.SeparationRuleChange, origin: Origin
) -> models.SeparationRule:
    if not await catalogue.update_rule(conn, code, name=body.name, active=body.active):
        raise UnknownRule
    if body.side_a is not None:
        await _check_known(conn, "side_a", body.side_a)
        await catalogue.set_rule_side(conn, code, "A", body.side_a)
    if body.side_b is not None:
        await _check_known(conn, "side_b", body.side_b)
        await catalogue.set_rule_side(conn, code, "B", body.side_b)
    after = next(rule for rule in await holdings.all_rules(conn) if rule.code == code)
    both = sorted(set(after.side_a) & set(after.side_b))
    if both:
        raise unprocessable("side_b", f"{', '.join(both)} cannot stand on both sides")
    await check_everybody(conn)
    await audit.record(
        conn,
        "SEPARATION_RULE_UPDATED",
        origin,
        target_kind="rule",
        target_id=code,
        active=after.active,
        side_a=after.side_a,
        side_b=after.side_b,
    )
    return _shown_rule(after)


async def _record_refusal(
    db: Database, event: str, origin: Origin, *, kind: str, target: str, refusal: Exception
) -> None:
    async with db.transaction() as conn:
        await audit.record(conn, event, origin, target_kind=kind, target_id=target, reason=type(refusal).__name__)


async def _check_known(conn: Connection, param: str, functions: Collection[str]) -> None:
    known = {function.code for function in await holdings.all_functions(conn)}
    for index, function in enumerate(functions):
        if function not in known:
            raise unprocessable(f"{param}.{index}", f"there is no function {function}")


async def _group(conn: Connection, code: str) -> CatalogueGroup:
    for group in await holdings.all_groups(conn):
        if group.code == code:
            return group
    raise UnknownGroup


async def _name_taken(conn: Connection, code: str, name: str) -> bool:
    return any(group.name == name and group.code != code for group in await holdings.all_groups(conn))


def _gives(group: CatalogueGroup) -> frozenset[str]:
    return frozenset(group.functions) if group.active else frozenset()


def _shown(group: CatalogueGroup) -> models.Group:
    return models.Group(code=group.code, name=group.name, active=group.active, functions=group.functions)


def _shown_rule(rule: CatalogueRule) -> models.SeparationRule:
    return models.SeparationRule(
        code=rule.code, name=rule.name, active=rule.active, side_a=rule.side_a, side_b=rule.side_b
    )
