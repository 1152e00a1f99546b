"""One function, one statement. Connections and transactions belong to the routes."""

from datetime import datetime
from typing import TypedDict

import asyncpg

from services.dora.keys import Row
from services.dora.models import Status
from shared.postgres import Connection
from shared.sql import folder

load = folder(__file__)


class Scope(TypedDict):
    """What a metric is about; a service of None is all of them."""

    environment: str
    service: str | None


async def insert_event(
    conn: Connection, *, source: str, kind: str, sender: str, idempotency_key: str | None, body: bytes
) -> asyncpg.Record | None:
    """Keep a report as it came; None when this sender used the key before."""
    return await conn.fetchrow(load("insert_event"), source, kind, sender, idempotency_key, body)


async def event_by_key(
    conn: Connection, *, source: str, sender: str, idempotency_key: str, body: bytes
) -> asyncpg.Record | None:
    """The earlier report with this key: `same_body`, `kind`, `entity_key`."""
    return await conn.fetchrow(load("event_by_key"), source, sender, idempotency_key, body)


async def deployment_by_entity(conn: Connection, entity_key: str) -> asyncpg.Record | None:
    """One deployment."""
    return await conn.fetchrow(load("deployment_by_entity"), entity_key)


async def incident_by_entity(conn: Connection, entity_key: str) -> asyncpg.Record | None:
    """One incident."""
    return await conn.fetchrow(load("incident_by_entity"), entity_key)


async def deployments_page(
    conn: Connection,
    *,
    service: str | None,
    environment: str | None,
    status: Status | None,
    since: datetime | None,
    until: datetime | None,
    below: tuple[datetime, int] | None,
    rows_max: int,
) -> list[asyncpg.Record]:
    """Newest first, from below the given row."""
    occurred_at, deployment_id = below or (None, None)
    return await conn.fetch(
        load("deployments_page"), service, environment, status, since, until, occurred_at, deployment_id, rows_max
    )


async def deployments_in_window(
    conn: Connection, *, environment: str, service: str | None, since: datetime, until: datetime, rows_max: int
) -> list[Row]:
    """What was reported in [since, until), in order of time."""
    rows = await conn.fetch(load("deployments_in_window"), environment, service, since, until, rows_max)
    return [Row(**row) for row in rows]


async def artefacts_before(
    conn: Connection, *, environment: str, service: str | None, before: datetime
) -> dict[str, str | None]:
    """Per service, the commit or version that ran at this moment."""
    rows = await conn.fetch(load("artefacts_before"), environment, service, before)
    return {row["service"]: row["artefact"] for row in rows}


async def observed_since(
    conn: Connection, *, environment: str, service: str | None
) -> tuple[datetime | None, datetime | None]:
    """The first moment known of this scope, and when the newest report of all came in."""
    row = await conn.fetchrow(load("observed_since"), environment, service)
    return (row["first_at"], row["data_as_of"]) if row else (None, None)
