"""The ingestion API: sources, runs, rejects and freshness."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request

from services.ivr import models, store
from services.ivr.audience import require_whole
from services.ivr.check import Findings, look
from services.ivr.config import Source
from services.ivr.freshness import judge_row
from services.ivr.runner import Runner
from services.ivr.schedule import next_run_at
from services.ivr.scheduler import SourceState, source_states
from services.ivr.sources.guard import guarded
from services.ivr.work import Request as WorkRequest
from shared.errors import Conflict, NotFound, unprocessable
from shared.identity import Identity, require, require_any
from shared.postgres import Connection, Database, database

router = APIRouter(prefix="/api/v1/ivr", tags=["ivr"])

PAGE_ROWS = 50
PAGE_ROWS_MAX = 1_000
PARTS = ("rows_published", "rows_unchanged", "rows_held", "rows_rejected", "rows_duplicate")
# What a run notes beside its counts: the fields of RunDetail that stand in its `details`.
DETAILS = frozenset(models.RunDetail.model_fields.keys() - models.Run.model_fields.keys() - {"proof", "by_table"})
CURSOR_PATTERN = r"^[0-9]{1,18}$"

Cursor = Annotated[str | None, Query(pattern=CURSOR_PATTERN)]
Limit = Annotated[int, Query(ge=1, le=PAGE_ROWS_MAX)]


class UnknownSource(NotFound):
    """No source has this name."""


class UnknownRun(NotFound):
    """No run has this id."""


class RunFinished(Conflict):
    """The run has finished already; there is nothing to cancel."""


async def runner(request: Request) -> Runner:
    found: Runner = request.app.state.runner
    return found


@router.get("/sources", dependencies=[Depends(require("PIP-001"))])
async def list_sources(
    run: Annotated[Runner, Depends(runner)], db: Annotated[Database, Depends(database)]
) -> models.SourceList:
    """The declared sources, when each was read and when it is read next."""
    async with db.connection() as conn:
        states = await source_states(conn)
    now = datetime.now(UTC)
    return models.SourceList(items=[_source(each, states.get(each.id), now) for each in run.sources.values()])


@router.get("/sources/{source_id}/check", dependencies=[Depends(require_whole("PIP-001"))])
async def check_source(
    source_id: str,
    request: Request,
    run: Annotated[Runner, Depends(runner)],
    db: Annotated[Database, Depends(database)],
) -> models.SourceCheck:
    """Reachable, read-only, zone right, how far behind; nothing is read in."""
    source = known_source(run, source_id)
    async with db.transaction() as conn:
        number = await store.upsert_source(conn, source.id, source.kind, source.zone)
        as_of = await store.data_as_of(conn, number)
    found = await look(guarded(db, source), request.app.state.keys, as_of)
    return models.SourceCheck(
        id=source.id,
        reachable=found.reachable,
        read_only=found.read_only,
        zone_right=found.zone_right,
        lag_s=found.lag_s,
        tables=[_table_check(found, *table) for table in found.tables],
        problem=found.problem,
        notes=found.notes,
    )


def _table_check(found: Findings, name: str, rows: int | None, problem: str | None) -> models.TableCheck:
    zone = found.zones.get(name)
    return models.TableCheck(
        name=name,
        rows_estimated=rows,
        engine=found.engines.get(name),
        zone_offset_s=None if zone is None else zone.offset_s,
        zone_share=None if zone is None else zone.share,
        problem=problem,
    )


@router.post("/runs", status_code=202)
async def start_run(
    body: models.RunRequest,
    identity: Annotated[Identity, Depends(require("PIP-005"))],
    run: Annotated[Runner, Depends(runner)],
    db: Annotated[Database, Depends(database)],
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> models.RunAccepted:
    """Begin a run. 409 when one of this source is working; the same Idempotency-Key gives the same run."""
    source = known_source(run, body.source)
    wanted = WorkRequest(tuple(body.tables), body.since, body.until, body.force)
    who = identity.username or identity.kind
    if idempotency_key is not None:
        async with db.connection() as conn:
            earlier = await store.find_run_by_key(conn, who, idempotency_key)
            if earlier is not None:
                run_id, request = earlier
                if WorkRequest.from_dict(request) != wanted or await _source_of(conn, run_id) != source.id:
                    raise unprocessable("Idempotency-Key", "this key was used for another request", "use a new key")
                return models.RunAccepted(id=str(run_id))
    run_id = await run.submit(source, wanted, requested_by=who, idempotency_key=idempotency_key)
    return models.RunAccepted(id=str(run_id))


@router.get("/runs", dependencies=[Depends(require_whole("PIP-001"))])
async def list_runs(
    db: Annotated[Database, Depends(database)],
    source: Annotated[str | None, Query(max_length=31)] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE_ROWS,
) -> models.RunList:
    """Runs, newest first."""
    async with db.connection() as conn:
        rows = await conn.fetch(store.load("list_runs"), source, int(cursor) if cursor else None, limit)
    more = str(rows[-1]["run_id"]) if len(rows) == limit else None
    return models.RunList(items=[models.Run(**_run(row)) for row in rows], next_cursor=more)


@router.get("/runs/{run_id}", dependencies=[Depends(require_whole("PIP-001"))])
async def read_run(run_id: str, db: Annotated[Database, Depends(database)]) -> models.RunDetail:
    """One run with the proof of every unit it read."""
    async with db.transaction(readonly=True) as conn:
        row = await conn.fetchrow(store.load("read_run"), _number(run_id))
        if row is None:
            raise UnknownRun
        units = await conn.fetch(store.load("run_proof"), row["run_id"])
    return run_detail(row, units)


@router.post("/runs/{run_id}/cancel", status_code=202, dependencies=[Depends(require("PIP-005"))])
async def cancel_run(
    run_id: str, run: Annotated[Runner, Depends(runner)], db: Annotated[Database, Depends(database)]
) -> models.RunAccepted:
    """Stop a run; what it has not published is discarded."""
    number = _number(run_id)
    async with db.transaction() as conn:
        if await conn.fetchrow(store.load("read_run"), number) is None:
            raise UnknownRun
        if await store.request_cancel(conn, number) is None:
            raise RunFinished
    run.cancel(number)
    return models.RunAccepted(id=run_id)


@router.get("/rejects", dependencies=[Depends(require_whole("PIP-006"))])
async def list_rejects(
    db: Annotated[Database, Depends(database)],
    source: Annotated[str | None, Query(max_length=31)] = None,
    run_id: Cursor = None,
    cursor: Cursor = None,
    limit: Limit = PAGE_ROWS,
) -> models.RejectList:
    """Rows that could not become calls, newest first, telephones masked."""
    arguments = (source, int(cursor) if cursor else None, int(run_id) if run_id else None, limit)
    async with db.connection() as conn:
        rows = await conn.fetch(store.load("list_rejects"), *arguments)
    items = [
        models.RejectBody(
            **{
                **row,
                "id": str(row["reject_id"]),
                "run_id": str(row["run_id"]),
                "position": str(row["position"]),
            }
        )
        for row in rows
    ]
    return models.RejectList(items=items, next_cursor=items[-1].id if len(items) == limit else None)


@router.get("/freshness", dependencies=[Depends(require_any("PIP-003", "RPT-001"))])
async def list_freshness(
    db: Annotated[Database, Depends(database)], run: Annotated[Runner, Depends(runner)]
) -> models.FreshnessList:
    """How new the data of each source is, and why."""
    async with db.connection() as conn:
        rows = await conn.fetch(store.load("freshness"))
    now, scheduled = datetime.now(UTC), run.scheduled
    return models.FreshnessList(items=[_freshness(row, now, by_hand=row["source"] not in scheduled) for row in rows])


def run_detail(row: Any, units: Sequence[Any]) -> models.RunDetail:
    """A run with its proof, from `read_run` and `run_proof`."""
    details = json.loads(row["details"])
    return models.RunDetail(
        **_run(row),
        **{name: details[name] for name in DETAILS & details.keys()},
        by_table=_by_table(units),
        proof=[_proof(unit) for unit in units],
    )


def known_source(run: Runner, source_id: str) -> Source:
    """UnknownSource names the declared ones."""
    source = run.sources.get(source_id)
    if source is None:
        raise UnknownSource(f"No source is called {source_id!r}; declared are: {', '.join(run.sources) or 'none'}.")
    return source


async def _source_of(conn: Connection, run_id: int) -> str:
    row = await conn.fetchrow(store.load("read_run"), run_id)
    return "" if row is None else str(row["source"])


def _number(run_id: str) -> int:
    if not run_id.isascii() or not run_id.isdigit() or len(run_id) > len("999999999999999999"):
        raise UnknownRun
    return int(run_id)


def _source(source: Source, state: SourceState | None, now: datetime) -> models.SourceBody:
    last = None if state is None else state.last
    row = None if state is None or last is None else state.row
    return models.SourceBody(
        id=source.id,
        kind=source.kind,
        zone=source.zone,
        form="files" if source.login is None else "database",
        allow_privileged=source.allow_privileged,
        schedule=None if source.schedule is None else str(source.schedule),
        next_run_at=next_run_at(source.schedule, source.zone, source.pauses, last, now),
        last_run=None if row is None else models.LastRunBody(**{**row, "id": str(row["run_id"])}),
    )


def _run(row: Any) -> dict[str, Any]:
    wanted = WorkRequest.from_dict(json.loads(row["request"]))
    elapsed_s = row["elapsed_s"]
    rate = row["rows_read"] / elapsed_s if elapsed_s and row["rows_read"] else None
    left = max(0, row["rows_expected"] - row["rows_read"]) if row["rows_expected"] is not None else None
    return {
        **row,
        "id": str(row["run_id"]),
        "retry_of": None if row["retry_of"] is None else str(row["retry_of"]),
        "tables": list(wanted.tables),
        "from_": wanted.since,
        "to": wanted.until,
        "force": wanted.force,
        "rows_per_s": rate,
        "eta_s": left / rate if row["state"] == "running" and rate and left is not None else None,
    }


def _proof(row: Any) -> models.UnitProofBody:
    return models.UnitProofBody(**row, adds_up=row["rows_read"] == sum(row[part] for part in PARTS))


def _by_table(units: Sequence[Any]) -> list[models.TableProofBody]:
    tables: dict[str, dict[str, int]] = {}
    for unit in units:
        total = tables.setdefault(unit["source_table"], {"units": 0, "rows_read": 0, **dict.fromkeys(PARTS, 0)})
        total["units"] += 1
        for part in ("rows_read", *PARTS):
            total[part] += unit[part]
    return [
        models.TableProofBody(
            source_table=name,
            units=total.pop("units"),
            adds_up=total["rows_read"] == sum(total[part] for part in PARTS),
            **total,
        )
        for name, total in sorted(tables.items())
    ]


def _freshness(row: Any, now: datetime, *, by_hand: bool) -> models.FreshnessBody:
    judged = judge_row(row, now, by_hand=by_hand)
    return models.FreshnessBody(**row, state=judged.state, reason_code=judged.reason_code, reason=judged.reason)
