"""Rejected rows again, once a rule or the source was mended: read from the source and written anew.

A reject keeps its row masked, so it cannot be turned into a call: the source is asked for the original. A legacy row is
read with its unit. A row of queue_log, cdr or cel may belong to a call that ended long ago: that log is read from its
beginning, and the others are left alone.
"""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from services.ivr import store
from services.ivr.audience import require_whole
from services.ivr.config import Source
from services.ivr.legacy import NO_DATE
from services.ivr.models import Body
from services.ivr.routes import CURSOR_PATTERN, known_source, runner
from services.ivr.runner import Runner
from services.ivr.work import Request
from shared.errors import Conflict
from shared.identity import Identity
from shared.postgres import Connection, Database, database

router = APIRouter(prefix="/api/v1/ivr", tags=["ivr"])


class NothingToReplay(Conflict):
    """No row of this source is rejected; there is nothing to read again."""


class ReplayRequest(Body):
    """Which rejects to try again: all of a source, or those of one run."""

    source: Annotated[str, Field(max_length=31)]
    run_id: Annotated[str | None, Field(pattern=CURSOR_PATTERN)] = None


class ReplayAccepted(BaseModel):
    """The run that reads the units again; its proof says what became of every row."""

    id: str
    rejects: int
    tables: list[str]


@router.post("/rejects/replay", status_code=202)
async def replay_rejects(
    body: ReplayRequest,
    identity: Annotated[Identity, Depends(require_whole("PIP-004"))],
    run: Annotated[Runner, Depends(runner)],
    db: Annotated[Database, Depends(database)],
) -> ReplayAccepted:
    """Read the units of rejected rows again. 409 when there are none, or when a run of the source is working."""
    source = known_source(run, body.source)
    async with db.connection() as conn:
        rows = await _units(conn, source.id, None if body.run_id is None else int(body.run_id))
    if not rows:
        raise NothingToReplay
    run_id = await run.submit(source, _request(source, rows), requested_by=identity.username or identity.kind)
    return ReplayAccepted(
        id=str(run_id), rejects=sum(row["rejects"] for row in rows), tables=[row["source_table"] for row in rows]
    )


async def _units(conn: Connection, source: str, run_id: int | None) -> list[Any]:
    return list(await conn.fetch(store.load("reject_units"), source, run_id))


def _request(source: Source, rows: list[Any]) -> Request:
    """The tables, of them the days from the first reject to the last; of an Asterisk source the logs."""
    if source.kind != "legacy":
        logs = {log for row in rows for log in row["logs"]}
        return Request(replay=True, logs=() if None in logs else tuple(sorted(logs)))
    tables = tuple(row["source_table"] for row in rows)
    since, until = min(row["first"] for row in rows), max(row["last"] for row in rows) + timedelta(days=1)
    if since == NO_DATE:
        return Request(tables=tables, replay=True)  # a row without a day is found by reading everything
    return Request(tables=tables, since=since, until=until, replay=True)
