"""The audit trail: reading it, sealing it, and what verification needs of it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.sessions.audit_chain import Link
from services.sessions.statements import load
from shared.postgres import Connection


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for; None is everything."""

    since: datetime | None = None
    until: datetime | None = None
    event: str | None = None
    actor_id: int | None = None
    service: str | None = None
    target_kind: str | None = None
    target_id: str | None = None
    request_id: str | None = None

    def values(self) -> tuple[object, ...]:
        return (
            self.since,
            self.until,
            self.event,
            self.actor_id,
            self.service,
            self.target_kind,
            self.target_id,
            self.request_id,
        )


@dataclass(frozen=True, slots=True)
class Recorded:
    """One event. `position` None: the sealer has not reached it yet."""

    event_id: int
    at: datetime
    service: str
    event: str
    actor_id: int | None
    actor: str | None
    target_kind: str | None
    target_id: str | None
    request_id: str | None
    address: str | None
    details: dict[str, Any]
    position: int | None
    hash: bytes | None


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain; `hash` None: nothing is sealed yet."""

    chain: str
    position: int
    hash: bytes | None
    sealed_at: datetime | None
    waiting: int
    waiting_since: datetime | None


async def listed(
    conn: Connection, filters: Filters, *, before: tuple[datetime, int] | None, limit: int
) -> list[Recorded]:
    """Events, newest first. The caller's transaction plans for the filters at hand (see `plan_for_values`)."""
    at, event_id = before or (None, None)
    rows = await conn.fetch(load("list_events"), at, event_id, limit, *filters.values())
    return [Recorded(**{**row, "details": json.loads(row["details"])}) for row in rows]


async def count(conn: Connection, filters: Filters, *, most: int) -> int:
    found: int = await conn.fetchval(load("count_events"), most, *filters.values())
    return found


async def plan_for_values(conn: Connection) -> None:
    """One plan for every combination of filters would fit none: an index is chosen by what is asked for."""
    await conn.execute("SET LOCAL plan_cache_mode = force_custom_plan")


async def seal(conn: Connection, events_max: int) -> int | None:
    sealed: int | None = await conn.fetchval(load("seal_events"), events_max)
    return sealed


async def make_partitions(conn: Connection, months_ahead: int) -> int:
    made: int = await conn.fetchval(load("make_partitions"), months_ahead)
    return made


async def head(conn: Connection) -> Head | None:
    """None: somebody removed the row that says which chain this is."""
    row = await conn.fetchrow(load("chain_head"))
    return None if row is None else Head(**row)


async def links(conn: Connection, *, after: int, last: int, limit: int) -> list[Link]:
    return [Link(**row) for row in await conn.fetch(load("chain_page"), after, last, limit)]


async def hashes(conn: Connection, positions: Iterable[int]) -> dict[int, bytes]:
    return {row["position"]: row["hash"] for row in await conn.fetch(load("chain_hashes"), list(positions))}


async def never_sealed(conn: Connection, since: datetime, limit: int) -> list[tuple[int, datetime]]:
    return [(row["event_id"], row["at"]) for row in await conn.fetch(load("never_sealed"), since, limit)]


async def sealed_since(conn: Connection, position: int) -> datetime | None:
    at: datetime | None = await conn.fetchval(load("sealed_since"), position)
    return at


async def now(conn: Connection) -> datetime:
    """The server's time, which events carry."""
    at: datetime = await conn.fetchval("SELECT now()")
    return at
