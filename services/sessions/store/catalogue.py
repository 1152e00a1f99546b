"""Changes of the catalogue: groups and what they give, separation rules and their sides."""

from collections.abc import Iterable
from typing import Literal

from services.sessions.statements import load
from shared.postgres import Connection

Side = Literal["A", "B"]


async def lock(conn: Connection) -> None:
    """Until the transaction ends nobody's holdings change, and nobody else changes the catalogue."""
    await conn.execute(load("lock_catalogue"))


async def insert_group(conn: Connection, name: str) -> str | None:
    """A new group without functions; its code, None when the name is taken. The caller has locked the catalogue."""
    code: str | None = await conn.fetchval(load("insert_group"), await conn.fetchval(load("next_group_code")), name)
    return code


async def update_group(conn: Connection, code: str, *, name: str | None, active: bool | None) -> bool:
    return await conn.fetchval(load("update_group"), code, name, active) is not None


async def set_group_functions(conn: Connection, code: str, functions: Iterable[str]) -> None:
    wanted = sorted(set(functions))
    await conn.execute(load("drop_group_functions"), code, wanted)
    await conn.execute(load("add_group_functions"), code, wanted)


async def holders(conn: Connection, code: str) -> list[int]:
    return [row["user_id"] for row in await conn.fetch(load("holders_of_group"), code)]


async def held_by_somebody(conn: Connection, functions: Iterable[str]) -> frozenset[str]:
    """Which of these functions somebody holds now whose account is active."""
    rows = await conn.fetch(load("held_by_somebody"), sorted(functions))
    return frozenset(row["function"] for row in rows)


async def update_rule(conn: Connection, code: str, *, name: str | None, active: bool | None) -> bool:
    return await conn.fetchval(load("update_rule"), code, name, active) is not None


async def set_rule_side(conn: Connection, code: str, side: Side, functions: Iterable[str]) -> None:
    await conn.execute(load("drop_rule_functions"), code, side)
    await conn.execute(load("add_rule_functions"), code, side, sorted(set(functions)))
