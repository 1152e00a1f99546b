"""One function, one statement. Connections and transactions belong to the routes."""

from datetime import datetime
from typing import NamedTuple

import asyncpg

from services.dora.models import Status
from shared.postgres import Connection
from shared.sql import folder

load = folder(__file__)


class Scope(NamedTuple):
    """What a metric is about; None is all of them."""

    environment: str
    service: str | None
    team: str | None
    repository: str | None


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


async def shipped_deployments(
    conn: Connection, scope: Scope, *, until: datetime | None, rows_max: int
) -> list[asyncpg.Record]:
    """Everything that ever changed the environment, in order of time."""
    return await conn.fetch(load("shipped_deployments"), *scope, until, rows_max)


async def attempts_in_window(
    conn: Connection, scope: Scope, *, since: datetime, until: datetime
) -> list[asyncpg.Record]:
    """Reports that never reached the environment: `status`, `reported`."""
    return await conn.fetch(load("attempts_in_window"), *scope, since, until)


async def known_incidents(
    conn: Connection, scope: Scope, *, until: datetime | None, rows_max: int
) -> list[asyncpg.Record]:
    """Incidents of the environment and service, in order of time."""
    return await conn.fetch(load("known_incidents"), scope.environment, scope.service, until, rows_max)


async def observed_since(conn: Connection, scope: Scope) -> tuple[datetime | None, datetime | None]:
    """The first moment known of this scope, and when the newest report of all came in."""
    row = await conn.fetchrow(load("observed_since"), *scope)
    return (row["first_at"], row["data_as_of"]) if row else (None, None)
