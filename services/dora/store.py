"""One function, one statement. Connections and transactions belong to the routes."""

from datetime import datetime
from typing import TypedDict

import asyncpg

from services.dora.events import Deployment
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
    """The earlier report with this key: `same_body`, `deployment_id`."""
    return await conn.fetchrow(load("event_by_key"), source, sender, idempotency_key, body)


async def lock_deployment(conn: Connection, deployment: Deployment) -> None:
    """Wait for other reports about the same deployment, until the end of the transaction."""
    await conn.execute(load("lock_deployment"), *_name(deployment))


async def events_of_deployment(conn: Connection, deployment: Deployment) -> list[asyncpg.Record]:
    """Every earlier report about the same deployment, oldest first: `received_at`, `body`."""
    return await conn.fetch(load("events_of_deployment"), *_name(deployment))


async def upsert_deployment(conn: Connection, deployment: Deployment) -> asyncpg.Record:
    """Write the state of a deployment; the row as it stands."""
    d = deployment
    row = await conn.fetchrow(
        load("upsert_deployment"),
        *_name(d),
        d.version,
        d.commit_sha,
        d.repository,
        d.status,
        d.started_at,
        d.finished_at,
        d.deployed_at,
        d.time_quality,
        d.occurred_at,
        d.planned,
        d.fixes,
    )
    if row is None:  # RETURNING of an upsert always has a row
        raise RuntimeError("upsert_deployment returned no row")
    return row


async def link_event(conn: Connection, event_id: int, deployment_id: int) -> None:
    """Say which deployment an event tells about."""
    await conn.execute(load("link_event"), event_id, deployment_id)


async def deployment_by_id(conn: Connection, deployment_id: int) -> asyncpg.Record | None:
    """One deployment."""
    return await conn.fetchrow(load("deployment_by_id"), deployment_id)


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


def _name(deployment: Deployment) -> tuple[str, str, str, str | None]:
    return deployment.source, deployment.service, deployment.environment, deployment.external_id
