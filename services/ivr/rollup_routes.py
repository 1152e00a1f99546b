"""The rollups by API: which sources have them, and how to have them made anew."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from services.ivr import models, store
from services.ivr.audience import require_whole
from services.ivr.lease import Lease
from services.ivr.rebuild_rollups import Rebuilder
from services.ivr.routes import UnknownSource
from shared.errors import Conflict
from shared.identity import require
from shared.postgres import Database, database

router = APIRouter(prefix="/api/v1/ivr", tags=["ivr"])


class NotRebuilt(Conflict):
    """The rollups of an Asterisk source are made from facts with every batch; there is nothing to rebuild."""


async def rebuilder(request: Request) -> Rebuilder:
    found: Rebuilder = request.app.state.rebuilder
    return found


@router.get("/rollups", dependencies=[Depends(require_whole("PIP-001"))])
async def list_rollups(db: Annotated[Database, Depends(database)]) -> models.RollupStateList:
    """Whether rollups hold all facts of each source, and how far their rebuild has come."""
    async with db.connection() as conn:
        rows = await conn.fetch(store.load("list_rollup_states"))
    return models.RollupStateList(items=[models.RollupState(**row) for row in rows])


@router.post("/rollups/rebuild", status_code=202, dependencies=[Depends(require("PIP-005"))])
async def rebuild_rollups(
    body: models.RollupRequest,
    job: Annotated[Rebuilder, Depends(rebuilder)],
    db: Annotated[Database, Depends(database)],
) -> models.RollupStateList:
    """Make a source's rollups anew from its facts, in the background; until then facts answer. 409 during a run."""
    async with db.connection() as conn:
        row = await conn.fetchrow("SELECT source_id, kind FROM ivr.sources WHERE source = $1", body.source)
    if row is None:
        raise UnknownSource(f"No source is called {body.source!r}.")
    if row["kind"] != "legacy":
        raise NotRebuilt
    async with Lease.hold(db, row["source_id"]), db.transaction() as conn:
        await conn.execute(store.load("forget_rollups"), row["source_id"])
        await store.move_data_version(conn, row["source_id"], None)
        rows = await conn.fetch(store.load("list_rollup_states"))
    job.wake()
    return models.RollupStateList(items=[models.RollupState(**each) for each in rows if each["source"] == body.source])
