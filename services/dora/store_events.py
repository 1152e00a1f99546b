"""One function, one statement: events, how they were read, and the states read from them."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from services.dora.entities import Kind
from services.dora.events import Deployment, Incident, PullRequest
from services.dora.webhooks.told import Fact
from shared.locks import DORA_READING
from shared.postgres import Connection
from shared.sql import folder

load = folder(__file__)

DELETES = {"deployment": "delete_deployments", "incident": "delete_incidents", "pull_request": "delete_pull_requests"}


async def insert_deliveries(conn: Connection, rows: Sequence[tuple[str, str, str, str, bytes]]) -> list[asyncpg.Record]:
    """Keep deliveries (source, kind, key, headers as JSON, body) as unread; id and key of those that are new."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    return await conn.fetch(load("insert_deliveries"), *columns)


async def lock_reading(conn: Connection) -> None:
    """Wait for other transactions that read events into states, until the end of this one."""
    await conn.execute(load("lock_reading"), *DORA_READING)


async def forget_reading(conn: Connection, event_ids: Sequence[int]) -> list[asyncpg.Record]:
    """Forget how events were read; `kind` and `entity_key` of what they were about."""
    await conn.execute(load("delete_readings"), event_ids)
    return await conn.fetch(load("delete_tellings"), event_ids)


async def insert_readings(conn: Connection, rows: Sequence[tuple[int, str, str | None, str]]) -> None:
    """How events were read: id, outcome, reason, version of the rules."""
    columns = [[row[place] for row in rows] for place in range(4)]
    await conn.execute(load("insert_readings"), *columns)


async def insert_tellings(conn: Connection, rows: Sequence[tuple[int, int, str, str, str]]) -> None:
    """What events tell: id, place, kind, entity_key, fact as JSON."""
    columns = [[row[place] for row in rows] for place in range(5)]
    await conn.execute(load("insert_tellings"), *columns)


async def tellings_about(conn: Connection, kinds: Sequence[str], entity_keys: Sequence[str]) -> list[asyncpg.Record]:
    """Everything told about these things: `event_id`, `place`, `kind`, `entity_key`, `told`."""
    return await conn.fetch(load("tellings_about"), kinds, entity_keys)


async def upsert_states(conn: Connection, states: Sequence[tuple[str, Fact]]) -> None:
    """Write states under their names, kind by kind; deployments, which are many, in one statement."""
    deployments = [_deployment(key, fact) for key, fact in states if isinstance(fact, Deployment)]
    incidents = [_incident(key, fact) for key, fact in states if isinstance(fact, Incident)]
    requests = [_pull_request(key, fact) for key, fact in states if isinstance(fact, PullRequest)]
    if deployments:
        await conn.execute(load("upsert_deployments"), *(list(column) for column in zip(*deployments, strict=True)))
    for name, rows in (("upsert_incident", incidents), ("upsert_pull_request", requests)):
        if rows:
            await conn.executemany(load(name), rows)


async def delete_states(conn: Connection, kind: Kind, entity_keys: Sequence[str]) -> None:
    """Remove states about which nothing is told any more."""
    await conn.execute(load(DELETES[kind]), entity_keys)


async def put_all_unread(conn: Connection) -> None:
    """Let every event be read again."""
    await conn.execute(load("put_all_unread"))


async def put_unread_read_otherwise(conn: Connection, rules: str) -> None:
    """Let every event be read again that was read by another version of the rules."""
    await conn.execute(load("put_unread_read_otherwise"), rules)


async def insert_rules(conn: Connection, version: str, rules: str, reading: str) -> None:
    """Keep a version of the rules as JSON, with the version of those that deliveries are read by."""
    await conn.execute(load("insert_rules"), version, rules, reading)


async def unread_events(conn: Connection, rows_max: int, *, came_before: timedelta) -> list[asyncpg.Record]:
    """The oldest events that wait, of those that came so long ago or earlier."""
    return await conn.fetch(load("unread_events"), rows_max, came_before)


async def take_unread(conn: Connection, event_ids: Sequence[int]) -> list[int]:
    """Which of these still waited; they wait no longer."""
    return [row["event_id"] for row in await conn.fetch(load("take_unread"), event_ids)]


async def deliveries_by_outcome(conn: Connection, since: datetime, rows_max: int) -> list[asyncpg.Record]:
    """How events were read: `source`, `outcome`, `reason`, `events`, `last_at`."""
    return await conn.fetch(load("deliveries_by_outcome"), since, rows_max)


async def count_unread(conn: Connection) -> int:
    """How many events wait."""
    return int(await conn.fetchval(load("count_unread")))


def _deployment(key: str, d: Deployment) -> tuple[Any, ...]:
    return (
        *(key, d.source, d.service, d.environment, d.external_id, d.version, d.commit_sha, d.repository, d.status),
        *(d.started_at, d.finished_at, d.deployed_at, d.time_quality, d.occurred_at, d.planned, d.fixes, d.team),
        *(d.rolled_back_at, json.dumps([asdict(each) for each in d.components])),
    )


def _incident(key: str, i: Incident) -> tuple[Any, ...]:
    return (
        *(key, i.source, i.service, i.environment, i.external_id, i.title, i.status, i.detected_at),
        *(i.resolved_at, i.caused_by, i.occurred_at),
    )


def _pull_request(key: str, p: PullRequest) -> tuple[Any, ...]:
    return key, p.repository, p.number, p.head_sha, p.merge_sha, p.merged_at, list(p.labels), p.branch
