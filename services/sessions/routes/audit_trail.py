"""The audit trail: reading it (which is recorded in it), its proof, its export."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from services.sessions import audit, csvfile, models, proof
from services.sessions.anchors import AnchorFile
from services.sessions.routes.context import (
    From,
    InDatabase,
    Parts,
    Recent,
    TimeSliced,
    WithParts,
    no_store,
    row_id,
)
from services.sessions.store import trail
from services.sessions.store.trail import Filters, Recorded
from shared.errors import TooLarge, Unavailable, unprocessable
from shared.identity import Identity, need, require, require_any
from shared.postgres import Database

router = APIRouter(prefix="/api/v1/audit-events", tags=["audit"], dependencies=[Depends(no_store)])

VIEW, SEARCH, EXPORT, PROVE = "AUD-001", "AUD-002", "AUD-003", "AUD-004"
EXPORT_ROWS_MAX = 1_000_000  # what a spreadsheet opens
EXPORT_PAGE_ROWS = 1_000
PROOF_LINKS_MAX = 200_000  # some seconds; the whole trail, however long, is proven by: iact audit verify
PROOF_ANCHORS_MAX = 1_000
COLUMNS = (
    *("id", "at", "service", "event", "actor_id", "actor", "target_kind", "target_id", "request_id", "address"),
    *("details", "position", "hash"),
)
Name = Annotated[str | None, Query(max_length=64)]


class TooManyEvents(TooLarge):
    """The filters leave more than a million events; narrow them with from and to."""


class TrailBusy(Unavailable):
    """Others are exporting or proving the audit trail at this moment; try again shortly."""


async def filters(
    since: Annotated[datetime | None, Query(alias="from")] = None,
    until: Annotated[datetime | None, Query(alias="to")] = None,
    event: Annotated[str | None, Query(pattern=r"^[A-Z][A-Z0-9_]{2,63}$")] = None,
    actor_id: Annotated[str | None, Query(max_length=19)] = None,
    service: Annotated[str | None, Query(pattern="^(sessions|ivr|analytics|dora)$")] = None,
    target_kind: Name = None,
    target_id: Name = None,
    request_id: Annotated[str | None, Query(max_length=128)] = None,
) -> Filters:
    for param, moment in (("from", since), ("to", until)):
        if moment is not None and moment.tzinfo is None:
            raise unprocessable(param, "needs a time zone, such as 2026-01-31T18:00:00Z")
    actor = None if actor_id is None else row_id(actor_id)
    if actor_id is not None and actor is None:
        raise unprocessable("actor_id", "is not the id of a person")
    return Filters(since, until, event, actor, service, target_kind, target_id, request_id)


Filtered = Annotated[Filters, Depends(filters)]


@router.get("")
async def list_audit_events(
    db: InDatabase,
    identity: Annotated[Identity, Depends(require_any(VIEW, SEARCH))],
    origin: From,
    wanted: Filtered,
    part: TimeSliced,
) -> models.Page[models.AuditEvent]:
    """Events, newest first; filters need AUD-002. Each reading is an event itself."""
    needed = VIEW if wanted == Filters() else SEARCH
    need(identity, needed)
    async with db.transaction() as conn:
        await trail.plan_for_values(conn)
        rows = await trail.listed(conn, wanted, before=part.before, limit=part.limit + 1)
        await audit.record(conn, "GENERAL_AUDIT_QUERIED", origin, **_told(wanted), rows=min(len(rows), part.limit))
    shown, cursor = part.split(rows, lambda row: (row.at, row.event_id))
    return models.Page[models.AuditEvent](items=[_shown(row) for row in shown], next_cursor=cursor)


@router.get("/verification", dependencies=[Depends(require(PROVE))])
async def verify_audit_events(
    db: InDatabase,
    with_parts: WithParts,
    origin: From,
    first: Annotated[int | None, Query(ge=1)] = None,
    last: Annotated[int | None, Query(ge=1)] = None,
) -> models.AuditVerification:
    """Whether the newest links of the chain (or `first` to `last`) and the anchors hold, and where they do not."""
    _check_free(with_parts)
    file = AnchorFile(with_parts.settings.anchors_file, with_parts.anchor_key)
    async with db.transaction() as conn:
        head = await trail.head(conn)
        await audit.record(conn, "AUDIT_VERIFIED", origin, first=first, last=last)
    end = 0 if head is None else head.position if last is None else min(last, head.position)
    begin = max(1, end - PROOF_LINKS_MAX + 1) if first is None else first
    if begin > end + 1:
        raise unprocessable("first", f"lies beyond the last link, which is {end}")
    if end - begin >= PROOF_LINKS_MAX:
        raise unprocessable("first", f"asks for more than {PROOF_LINKS_MAX} links at once", "iact audit verify")
    async with (
        with_parts.long_reads,
        db.connection() as conn,
        conn.transaction(isolation="repeatable_read", readonly=True),
    ):
        found = await proof.verify(conn, file, first=begin, last=end, anchors_max=PROOF_ANCHORS_MAX)
    return models.AuditVerification(
        intact=found.intact,
        complete=found.complete,
        chain=found.chain,
        head=found.head,
        first=found.first,
        last=found.last,
        breaks=[
            models.AuditBreak(
                kind=each.kind,
                position=each.position,
                event_id=None if each.event_id is None else str(each.event_id),
                detail=each.detail,
            )
            for each in found.breaks
        ],
        anchors=models.AuditAnchors(
            count=found.anchors, last_position=found.anchored_position, last_at=found.anchored_at
        ),
        waiting=found.waiting,
        waiting_since=found.waiting_since,
    )


@router.get("/export", response_class=StreamingResponse, responses={200: {"content": {"text/csv": {}}}})
async def export_audit_events(
    db: InDatabase,
    with_parts: WithParts,
    _identity: Annotated[Identity, Depends(require(EXPORT))],
    _recent: Recent,
    origin: From,
    wanted: Filtered,
    bom: Annotated[bool, Query(description="Begin with a byte order mark, for spreadsheets.")] = False,
) -> StreamingResponse:
    """Events as CSV, newest first. The export is an event itself, and needs a password proven in the last minutes."""
    _check_free(with_parts)
    async with db.transaction() as conn:
        await trail.plan_for_values(conn)
        rows = await trail.count(conn, wanted, most=EXPORT_ROWS_MAX + 1)
        if rows > EXPORT_ROWS_MAX:
            raise TooManyEvents
        await audit.record(conn, "AUDIT_EXPORTED", origin, **_told(wanted), rows=rows)
        # What is recorded while the file is being read does not push the oldest rows out of it.
        now = await trail.now(conn)
        counted = replace(wanted, until=now if wanted.until is None else min(wanted.until, now))

    async def body() -> AsyncIterator[str]:
        async with with_parts.long_reads:
            yield (csvfile.BYTE_ORDER_MARK if bom else "") + csvfile.lines([COLUMNS])
            async for page in _pages(db, counted, rows):
                yield csvfile.lines([_cells(row) for row in page])

    headers = {"Content-Disposition": 'attachment; filename="audit-events.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(body(), media_type="text/csv; charset=utf-8", headers=headers)


async def _pages(db: Database, wanted: Filters, rows: int) -> AsyncIterator[list[Recorded]]:
    """Page after page by keyset: a connection is held for milliseconds, not for as long as the reader takes."""
    before, left = None, rows
    while left > 0:
        async with db.transaction(readonly=True) as conn:
            await trail.plan_for_values(conn)
            page = await trail.listed(conn, wanted, before=before, limit=min(EXPORT_PAGE_ROWS, left))
        if not page:
            return
        yield page
        before, left = (page[-1].at, page[-1].event_id), left - len(page)


def _check_free(with_parts: Parts) -> None:
    if with_parts.long_reads.locked():
        raise TrailBusy(retry_after_s=10)


def _told(wanted: Filters) -> dict[str, Any]:
    """The filters as the event of their use records them."""
    names = ("event", "actor_id", "service", "target_kind", "target_id", "request_id")
    told = {f"by_{name}": getattr(wanted, name) for name in names}
    told["by_from"] = None if wanted.since is None else wanted.since.isoformat()
    told["by_to"] = None if wanted.until is None else wanted.until.isoformat()
    return {name: value for name, value in told.items() if value is not None}


def _shown(row: Recorded) -> models.AuditEvent:
    return models.AuditEvent(
        id=str(row.event_id),
        at=row.at,
        service=row.service,
        event=row.event,
        actor_id=None if row.actor_id is None else str(row.actor_id),
        actor=row.actor,
        target_kind=row.target_kind,
        target_id=row.target_id,
        request_id=row.request_id,
        address=row.address,
        details=row.details,
        position=row.position,
        hash=None if row.hash is None else row.hash.hex(),
    )


def _cells(row: Recorded) -> list[object]:
    shown = _shown(row)
    return [
        *(shown.id, row.at.isoformat(), shown.service, shown.event, shown.actor_id, shown.actor, shown.target_kind),
        *(shown.target_id, shown.request_id, shown.address, json.dumps(shown.details), shown.position, shown.hash),
    ]
