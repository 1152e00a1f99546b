"""The endpoints of /api/v1/dora: the edge that authorises, opens the transaction and answers."""

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated

import asyncpg
from fastapi import APIRouter, Depends, Header, Query, Request, Response

from services.dora import cursors, store
from services.dora.models import (
    Deployment,
    DeploymentFilter,
    DeploymentPage,
    DeploymentReport,
    Incident,
    IncidentReport,
)
from services.dora.reading import read_events
from services.dora.webhooks.told import Reading
from shared.errors import Conflict, TooLarge, unprocessable
from shared.identity import Identity, require
from shared.log import log
from shared.postgres import Connection, Database, database

BODY_BYTES_MAX = 64 * 1024  # ten times the longest report that the field limits allow
CLOCK_SKEW_S_MAX = 300  # a sender's clock may be this far ahead; more is a mistake
KEY_CHARS_MAX = 200  # as long as any other name

router = APIRouter(prefix="/api/v1/dora", tags=["dora"])


class KeyReused(Conflict):
    """This Idempotency-Key came before with another body; use a new key for a new report."""


class BodyTooLarge(TooLarge):
    """A report has at most 64 KiB."""


@router.post("/deployments", status_code=201)
async def report_deployment(
    request: Request,
    response: Response,
    report: DeploymentReport,
    identity: Annotated[Identity, Depends(require("DOR-002"))],
    db: Annotated[Database, Depends(database)],
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=KEY_CHARS_MAX)] = None,
) -> Deployment:
    """Report a deployment. A retry with the same Idempotency-Key answers 200 and changes nothing."""
    body = await request.body()
    if len(body) > BODY_BYTES_MAX:
        raise BodyTooLarge
    _check_times(report, datetime.now(UTC))
    sender = identity.user_id or identity.username or identity.kind
    async with db.transaction() as conn:
        event = await store.insert_event(
            conn, source="own", kind="deployment", sender=sender, idempotency_key=idempotency_key, body=body
        )
        if event is None:
            response.status_code = 200
            key = await _earlier(conn, sender, str(idempotency_key), body, "deployment")
            return _deployment(_there(await store.deployment_by_entity(conn, key)))
        key = await _read(conn, _rules(request), "deployment", event, body)
        row = await store.deployment_by_entity(conn, key)
    log.info("a deployment was reported", service=report.service, environment=report.environment, status=report.status)
    return _deployment(_there(row))


@router.post("/incidents", status_code=201)
async def report_incident(
    request: Request,
    response: Response,
    report: IncidentReport,
    identity: Annotated[Identity, Depends(require("DOR-002"))],
    db: Annotated[Database, Depends(database)],
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=KEY_CHARS_MAX)] = None,
) -> Incident:
    """Report an incident, or that it is over. A retry with the same Idempotency-Key answers 200 and changes nothing."""
    body = await request.body()
    if len(body) > BODY_BYTES_MAX:
        raise BodyTooLarge
    _check_incident(report, datetime.now(UTC))
    sender = identity.user_id or identity.username or identity.kind
    async with db.transaction() as conn:
        event = await store.insert_event(
            conn, source="own", kind="incident", sender=sender, idempotency_key=idempotency_key, body=body
        )
        if event is None:
            response.status_code = 200
            key = await _earlier(conn, sender, str(idempotency_key), body, "incident")
        else:
            key = await _read(conn, _rules(request), "incident", event, body)
        row = await store.incident_by_entity(conn, key)
    log.info("an incident was reported", service=report.service, environment=report.environment)
    return _incident(_there(row))


def _check_times(report: DeploymentReport, now: datetime) -> None:
    latest = now + timedelta(seconds=CLOCK_SKEW_S_MAX)
    for name in ("started_at", "finished_at", "deployed_at"):
        time: datetime | None = getattr(report, name)
        if time is not None and time > latest:
            raise unprocessable(name, "lies in the future", f"a time up to {now.isoformat(timespec='seconds')}")
        if name != "started_at" and time is not None and report.started_at is not None and time < report.started_at:
            raise unprocessable(name, "lies before started_at")


def _check_incident(report: IncidentReport, now: datetime) -> None:
    latest = now + timedelta(seconds=CLOCK_SKEW_S_MAX)
    for name, time in (("detected_at", report.detected_at), ("resolved_at", report.resolved_at)):
        if time is not None and time > latest:
            raise unprocessable(name, "lies in the future", f"a time up to {now.isoformat(timespec='seconds')}")
    if report.detected_at is not None and report.resolved_at is not None and report.resolved_at < report.detected_at:
        raise unprocessable("resolved_at", "lies before detected_at")


async def _earlier(conn: Connection, sender: str, key: str, body: bytes, kind: str) -> str:
    earlier = await store.event_by_key(conn, source="own", sender=sender, idempotency_key=key, body=body)
    if earlier is None or not earlier["same_body"] or earlier["kind"] != kind or earlier["entity_key"] is None:
        raise KeyReused
    return str(earlier["entity_key"])


def _rules(request: Request) -> Reading:
    """Rules for reading, as they were last readable: a report of our own is read the same by any."""
    return Reading.of(request.app.state.rules.latest)


async def _read(conn: Connection, rules: Reading, kind: str, event: asyncpg.Record, body: bytes) -> str:
    """Read a report of our own that was just kept; the name of what it is about."""
    whole = {**event, "source": "own", "kind": kind, "headers": {}, "body": body}
    read = await read_events(conn, [whole], rules)
    return read[event["event_id"]].about[0][1]


def _there(row: asyncpg.Record | None) -> asyncpg.Record:
    if row is None:  # it was written in this transaction
        raise RuntimeError("what was just read is not there")
    return row


@router.get("/deployments", dependencies=[Depends(require("DOR-001"))])
async def list_deployments(
    asked: Annotated[DeploymentFilter, Query()], db: Annotated[Database, Depends(database)]
) -> DeploymentPage:
    """Reported deployments, newest first."""
    try:
        below = None if asked.cursor is None else cursors.decode(asked.cursor)
    except cursors.BadCursorError as error:
        raise unprocessable("cursor", "does not come from this list", "the next_cursor of the page before") from error
    async with db.transaction(readonly=True) as conn:
        rows = await store.deployments_page(
            conn,
            service=asked.service,
            environment=asked.environment,
            status=asked.status,
            since=asked.since,
            until=asked.until,
            below=below,
            rows_max=asked.limit + 1,
        )
    page = rows[: asked.limit]
    more = len(rows) > asked.limit
    last = cursors.encode(page[-1]["occurred_at"], page[-1]["deployment_id"]) if more else None
    return DeploymentPage(items=[_deployment(row) for row in page], next_cursor=last)


def _deployment(row: asyncpg.Record) -> Deployment:
    fields = dict(row)
    del fields["entity_key"]
    fields["components"] = json.loads(fields["components"])
    return Deployment(id=str(fields.pop("deployment_id")), deployment_id=fields.pop("external_id"), **fields)


def _incident(row: asyncpg.Record) -> Incident:
    fields = dict(row)
    del fields["entity_key"]
    return Incident(id=str(fields.pop("incident_id")), incident_id=fields.pop("external_id"), **fields)
