"""The reconciliation API: source against warehouse, day by day."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from services.ivr import reconcile_models, store
from services.ivr.audience import require_whole
from services.ivr.reconcile_models import Reconciliation, ReconciliationAccepted, ReconciliationRequest
from services.ivr.reconciler import Reconciler
from services.ivr.routes import known_source, runner
from services.ivr.runner import Runner
from services.ivr.work import Request as WorkRequest
from shared.errors import NotFound
from shared.identity import Identity, require
from shared.postgres import Database, database

router = APIRouter(prefix="/api/v1/ivr", tags=["ivr"])

CELLS_MAX = 5_000  # two years of days with four segments; those that differ come first
ROWS_MAX = 1_000
DIGITS_MAX = 18


class UnknownReconciliation(NotFound):
    """No reconciliation has this id."""


async def reconciler(request: Request) -> Reconciler:
    found: Reconciler = request.app.state.reconciler
    return found


@router.post("/reconciliations", status_code=202)
async def start_reconciliation(
    body: ReconciliationRequest,
    identity: Annotated[Identity, Depends(require("PIP-005"))],
    run: Annotated[Runner, Depends(runner)],
    job: Annotated[Reconciler, Depends(reconciler)],
) -> ReconciliationAccepted:
    """Compare a source with what is published of it; nothing is changed. 409 when one of this source is working."""
    source = known_source(run, body.source)
    wanted = WorkRequest(since=body.since, until=body.until)
    number = await job.submit(source, wanted, deep=body.deep, requested_by=identity.username or identity.kind)
    return ReconciliationAccepted(id=str(number))


@router.get("/reconciliations/{reconciliation_id}", dependencies=[Depends(require_whole("PIP-001"))])
async def read_reconciliation(reconciliation_id: str, db: Annotated[Database, Depends(database)]) -> Reconciliation:
    """One reconciliation, day by day; what differs comes first."""
    if not (reconciliation_id.isascii() and reconciliation_id.isdigit() and len(reconciliation_id) <= DIGITS_MAX):
        raise UnknownReconciliation
    number = int(reconciliation_id)
    async with db.transaction(readonly=True) as conn:
        row = await conn.fetchrow(store.load("read_reconciliation"), number)
        if row is None:
            raise UnknownReconciliation
        cells = await conn.fetch(store.load("reconciliation_cells"), number, CELLS_MAX)
        calls = await conn.fetch(store.load("reconciliation_rows"), number, ROWS_MAX)
    return Reconciliation(
        **_head(row),
        cells=[reconcile_models.ReconciliationCell(**cell) for cell in cells],
        rows=[reconcile_models.ReconciliationRow(**{**call, "call_id": str(call["call_id"])}) for call in calls],
    )


def _head(row: Any) -> dict[str, Any]:
    asked = json.loads(row["request"])
    wanted = WorkRequest.from_dict(asked)
    return {
        **row,
        "id": str(row["reconciliation_id"]),
        "from_": wanted.since,
        "to": wanted.until,
        "deep": bool(asked.get("deep")),
    }
