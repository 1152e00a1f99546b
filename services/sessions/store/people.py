"""People and their one-time codes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from services.sessions.statements import load
from shared.postgres import Connection

Purpose = Literal["first_sign_in", "recovery"]


@dataclass(frozen=True, slots=True)
class LockedUser:
    """A person whose row is locked until the transaction ends."""

    user_id: int
    username: str
    password_hash: str | None
    state: str
    must_change_password: bool
    segment: str | None


@dataclass(frozen=True, slots=True)
class OpenCode:
    """A one-time code that still counts."""

    user_id: int
    purpose: Purpose
    username: str


@dataclass(frozen=True, slots=True)
class Person:
    """One person as an administrator sees them."""

    user_id: int
    username: str
    display_name: str
    state: Literal["active", "blocked", "inactive"]
    segment: str | None
    must_change_password: bool
    has_password: bool
    created_at: datetime
    last_signed_in_at: datetime | None


async def lock(conn: Connection, user_id: int) -> LockedUser | None:
    row = await conn.fetchrow(load("lock_user"), user_id)
    return None if row is None else LockedUser(**row)


async def note_sign_in(conn: Connection, user_id: int, new_hash: str | None) -> None:
    await conn.execute(load("note_sign_in"), user_id, new_hash)


async def set_password(conn: Connection, user_id: int, password_hash: str) -> None:
    """Store a chosen password; open one-time codes end with it."""
    await conn.execute(load("set_password"), user_id, password_hash)
    await conn.execute(load("void_codes"), user_id)


async def issue_code(
    conn: Connection, *, code_hash: bytes, user_id: int, purpose: Purpose, created_by: int | None, life: timedelta
) -> datetime:
    """Store a one-time code in place of earlier ones; when it lapses."""
    await conn.execute(load("void_codes"), user_id)
    expires_at: datetime = await conn.fetchval(load("insert_code"), code_hash, user_id, purpose, created_by, life)
    return expires_at


async def has_issued_code(conn: Connection, *, user_id: int, issuer: int) -> bool:
    """Whether `issuer` has ever been told a one-time code of this person."""
    found: bool = await conn.fetchval(load("has_issued_code"), user_id, issuer)
    return found


async def open_code(conn: Connection, code_hash: bytes) -> OpenCode | None:
    row = await conn.fetchrow(load("open_code"), code_hash)
    return None if row is None else OpenCode(**row)


async def use_code(conn: Connection, code_hash: bytes) -> int | None:
    """Spend a code; whose it was, None when it is spent or has lapsed."""
    user_id: int | None = await conn.fetchval(load("use_code"), code_hash)
    return user_id


async def by_name(conn: Connection, username: str) -> Person | None:
    row = await conn.fetchrow(load("person_by_name"), username)
    return None if row is None else Person(**row)


async def read(conn: Connection, user_id: int) -> Person | None:
    row = await conn.fetchrow(load("person"), user_id)
    return None if row is None else Person(**row)


async def listed(conn: Connection, *, search: str | None, state: str | None, after: int, limit: int) -> list[Person]:
    """People in the order of their creation after the cursor; `search` is a part of the name."""
    return [Person(**row) for row in await conn.fetch(load("list_people"), search, state, after, limit)]


async def insert(conn: Connection, *, username: str, display_name: str, segment: str | None) -> int | None:
    """A new person; None when the name is taken."""
    user_id: int | None = await conn.fetchval(load("insert_person"), username, display_name, segment)
    return user_id


async def update(conn: Connection, user_id: int, changes: Mapping[str, Any]) -> None:
    """Change what `changes` names: display_name, segment (may be null), must_change_password."""
    await conn.execute(
        load("update_person"),
        user_id,
        changes.get("display_name"),
        "segment" in changes,
        changes.get("segment"),
        changes.get("must_change_password"),
    )


async def set_state(conn: Connection, user_id: int, *, before: list[str], after: str) -> bool:
    """Move a person from one of the states `before` to `after`; False when they were in neither."""
    return await conn.fetchval(load("set_state"), user_id, before, after) is not None


async def preferences(conn: Connection, user_id: int) -> dict[str, Any] | None:
    stored = await conn.fetchval(load("read_preferences"), user_id)
    return None if stored is None else dict(json.loads(stored))


async def store_preferences(conn: Connection, user_id: int, values: Mapping[str, Any]) -> None:
    await conn.execute(load("store_preferences"), user_id, json.dumps(values))
