"""Personal and display tokens."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from services.sessions.statements import load
from services.sessions.store.sessions import LiveSession
from shared.postgres import Connection

Kind = Literal["personal", "display"]


@dataclass(frozen=True, slots=True)
class TokenHolder:
    """Who holds a bearer token. `reason` says why it does not count any more; None: it does."""

    token_id: int
    kind: Kind
    granted: list[str]
    expires_at: datetime
    user_id: int
    username: str
    segment: str | None
    must_change_password: bool
    stale: bool
    reason: str | None
    functions: list[str] | None


@dataclass(frozen=True, slots=True)
class ListedToken:
    token_id: int
    name: str
    kind: Kind
    functions: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


async def holder(conn: Connection, token_hash: bytes, touch_every: timedelta) -> TokenHolder | None:
    row = await conn.fetchrow(load("introspect_token"), token_hash, touch_every)
    return None if row is None else TokenHolder(**row)


async def touch(conn: Connection, token_id: int) -> None:
    await conn.execute(load("touch_token"), token_id)


async def live(conn: Connection, token_id: int) -> LiveSession | None:
    """What the holder of a live token is told about it, in the form of a session."""
    row = await conn.fetchrow(load("token_state"), token_id)
    return None if row is None else LiveSession(**{**row, "preferences": json.loads(row["preferences"])})


async def insert(
    conn: Connection,
    *,
    token_hash: bytes,
    user_id: int,
    name: str,
    kind: Kind,
    functions: list[str],
    life: timedelta,
) -> ListedToken:
    row = await conn.fetchrow(load("insert_token"), token_hash, user_id, name, kind, functions, life)
    assert row is not None  # noqa: S101 - an INSERT … RETURNING gives its row
    return ListedToken(**row)


async def listed(conn: Connection, user_id: int) -> list[ListedToken]:
    return [ListedToken(**row) for row in await conn.fetch(load("list_tokens"), user_id)]


async def live_count(conn: Connection, user_id: int) -> int:
    count: int = await conn.fetchval(load("count_tokens"), user_id)
    return count


async def revoke(conn: Connection, token_id: int, user_id: int) -> bool:
    return await conn.fetchval(load("revoke_token"), token_id, user_id) is not None
