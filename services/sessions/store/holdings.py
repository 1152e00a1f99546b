"""What people hold: groups and exceptions, and the catalogue these name."""

from dataclasses import dataclass
from datetime import UTC, datetime

from services.sessions import permissions
from services.sessions.permissions import Effect, FunctionException, GroupHolding, SeparationRule
from services.sessions.statements import load
from shared.postgres import Connection


@dataclass(frozen=True, slots=True)
class HeldGroup:
    """One group that a person holds now."""

    group_code: str
    name: str
    active: bool
    granted_at: datetime
    granted_by: str | None
    expires_at: datetime | None
    functions: list[str]

    def as_holding(self) -> GroupHolding:
        return GroupHolding(self.group_code, frozenset(self.functions), self.active, self.expires_at)


@dataclass(frozen=True, slots=True)
class HeldException:
    """One exception that counts for a person now."""

    exception_id: int
    function_code: str
    effect: Effect
    justification: str
    granted_at: datetime
    granted_by: str | None
    expires_at: datetime

    def as_exception(self) -> FunctionException:
        return FunctionException(self.function_code, self.effect, self.expires_at)


@dataclass(frozen=True, slots=True)
class CatalogueGroup:
    code: str
    name: str
    active: bool
    functions: list[str]


@dataclass(frozen=True, slots=True)
class CatalogueFunction:
    code: str
    module: str
    name: str


@dataclass(frozen=True, slots=True)
class CatalogueRule:
    code: str
    name: str
    active: bool
    side_a: list[str]
    side_b: list[str]

    def as_rule(self) -> SeparationRule:
        return SeparationRule(self.code, self.name, frozenset(self.side_a), frozenset(self.side_b))


@dataclass(frozen=True, slots=True)
class Reach:
    """What one person may do once every revoke exception has run out."""

    user_id: int
    username: str
    functions: list[str]


async def share_catalogue(conn: Connection) -> None:
    """Until the transaction ends nobody changes groups or rules."""
    await conn.execute(load("share_catalogue"))


async def reachable(conn: Connection, user_id: int) -> frozenset[str]:
    """What separation of duties looks at; the caller has locked the person."""
    return permissions.reachable(
        groups=[held.as_holding() for held in await groups(conn, user_id)],
        exceptions=[held.as_exception() for held in await exceptions(conn, user_id)],
        at=datetime.now(UTC),
    )


async def reachable_by_person(conn: Connection, group: str | None) -> list[Reach]:
    """The same of everybody, or of everybody who holds a group."""
    return [Reach(**row) for row in await conn.fetch(load("reachable_by_person"), group)]


async def effective(conn: Connection, user_id: int) -> list[str]:
    functions: list[str] = await conn.fetchval(load("effective_functions"), user_id)
    return functions


async def groups(conn: Connection, user_id: int) -> list[HeldGroup]:
    return [HeldGroup(**row) for row in await conn.fetch(load("held_groups"), user_id)]


async def exceptions(conn: Connection, user_id: int) -> list[HeldException]:
    return [HeldException(**row) for row in await conn.fetch(load("held_exceptions"), user_id)]


async def give_group(
    conn: Connection, *, user_id: int, group: str, granted_by: int | None, expires_at: datetime | None
) -> bool:
    """Give one group; False when the person holds it to the same date already."""
    await conn.execute(load("retire_group"), user_id, group, granted_by, expires_at)
    return await conn.fetchval(load("give_group"), user_id, group, granted_by, expires_at) is not None


async def take_group(conn: Connection, *, user_id: int, group: str, revoked_by: int | None) -> bool:
    return await conn.fetchval(load("take_group"), user_id, group, revoked_by) is not None


async def add_exception(
    conn: Connection,
    *,
    user_id: int,
    function: str,
    effect: Effect,
    justification: str,
    granted_by: int | None,
    expires_at: datetime,
) -> int:
    """Add an exception in place of one of the same effect on the same function."""
    await conn.execute(load("retire_exception"), user_id, function, effect, granted_by)
    exception_id: int = await conn.fetchval(
        load("add_exception"), user_id, function, effect, justification, granted_by, expires_at
    )
    return exception_id


async def end_exception(conn: Connection, *, user_id: int, exception_id: int, revoked_by: int | None) -> bool:
    return await conn.fetchval(load("end_exception"), user_id, exception_id, revoked_by) is not None


async def all_groups(conn: Connection) -> list[CatalogueGroup]:
    return [CatalogueGroup(**row) for row in await conn.fetch(load("all_groups"))]


async def all_functions(conn: Connection) -> list[CatalogueFunction]:
    return [CatalogueFunction(**row) for row in await conn.fetch(load("all_functions"))]


async def all_rules(conn: Connection) -> list[CatalogueRule]:
    return [CatalogueRule(**row) for row in await conn.fetch(load("all_rules"))]
