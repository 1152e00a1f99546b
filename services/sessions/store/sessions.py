"""Sessions: begun, looked up, touched, ended. An ended one is never written again."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.sessions.statements import load
from shared.postgres import Connection


@dataclass(frozen=True, slots=True)
class LiveSession:
    """What a signed-in person is told about their session."""

    user_id: int
    username: str
    display_name: str
    preferences: dict[str, Any]
    segment: str | None
    must_change_password: bool
    expires_at: datetime
    idle_expires_at: datetime
    functions: list[str]


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a session cookie. `reason` says why it does not count any more; None: it does."""

    session_id: int
    user_id: int
    username: str
    segment: str | None
    must_change_password: bool
    idle_expires_at: datetime
    stale: bool
    reason: str | None
    functions: list[str] | None


@dataclass(frozen=True, slots=True)
class ListedSession:
    """One live session in a list."""

    session_id: int
    user_id: int
    username: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    idle_expires_at: datetime
    client_address: str | None
    user_agent: str


async def insert(
    conn: Connection,
    *,
    token_hash: bytes,
    user_id: int,
    absolute: timedelta,
    client_address: str | None,
    user_agent: str,
) -> int:
    session_id: int = await conn.fetchval(
        load("insert_session"), token_hash, user_id, absolute, client_address, user_agent
    )
    return session_id


async def end(conn: Connection, session_id: int, reason: str) -> int | None:
    """End one session; the person whose it was, None when it had ended already."""
    user_id: int | None = await conn.fetchval(load("end_session"), session_id, reason)
    return user_id


async def end_all_but_newest(conn: Connection, user_id: int, keep: int, reason: str) -> list[int]:
    return [row["session_id"] for row in await conn.fetch(load("end_oldest_sessions"), user_id, keep, reason)]


async def end_others(conn: Connection, user_id: int, session_id: int | None, reason: str) -> list[int]:
    """End a person's sessions except one (None: all of them)."""
    return [row["session_id"] for row in await conn.fetch(load("end_other_sessions"), user_id, session_id, reason)]


async def live(conn: Connection, session_id: int, idle: timedelta) -> LiveSession | None:
    row = await conn.fetchrow(load("session_state"), session_id, idle)
    return None if row is None else LiveSession(**{**row, "preferences": json.loads(row["preferences"])})


async def holder(conn: Connection, token_hash: bytes, idle: timedelta, touch_every: timedelta) -> Holder | None:
    row = await conn.fetchrow(load("introspect_session"), token_hash, idle, touch_every)
    return None if row is None else Holder(**row)


async def touch(conn: Connection, session_id: int, idle: timedelta) -> datetime | None:
    """Move the idle limit; the new one, None when the session ended meanwhile or another request moves it."""
    moved: datetime | None = await conn.fetchval(load("touch_session"), session_id, idle)
    return moved


async def listed(
    conn: Connection, *, user_id: int | None, after: int, limit: int, idle: timedelta
) -> list[ListedSession]:
    """Live sessions of one person (None: of everybody), newest first, older than the cursor `after`."""
    rows = await conn.fetch(load("list_sessions"), user_id, after, limit, idle)
    return [ListedSession(**row) for row in rows]


async def owner(conn: Connection, session_id: int) -> int | None:
    """Whose live session this is."""
    user_id: int | None = await conn.fetchval(load("session_owner"), session_id)
    return user_id


async def recently_proven(conn: Connection, session_id: int, within: timedelta) -> bool:
    """Whether the holder of a live session gave the password less than `within` ago."""
    found: bool = await conn.fetchval(load("recently_proven"), session_id, within)
    return found
