"""The endpoints about what is missing behind the numbers, and about reading everything again."""

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from services.dora import answers, measuring, quality, store_events, store_repositories
from services.dora.answer_models import Scope, Window
from services.dora.metric_routes import known_of, question_for
from services.dora.models import MetricsRequest
from services.dora.quality import CheckName, Found
from shared.identity import require
from shared.log import log
from shared.postgres import Database, database

DELIVERY_ROWS_MAX = 200  # senders times reasons

router = APIRouter(prefix="/api/v1/dora", tags=["dora"])


class QualityCheck(BaseModel):
    """What one check found. `share` is count / of; null where there is nothing to divide by."""

    name: CheckName
    count: int
    of: int | None
    share: float | None
    detail: str
    examples: list[str]


class DeliveryCount(BaseModel):
    """Deliveries and reports of one sender that were read the same way."""

    source: str
    outcome: str
    reason: str | None
    events: int
    last_at: datetime


class QualityAnswer(BaseModel):
    """The data-quality report of a window, worst first. `waiting`: events that are kept and not read yet."""

    scope: Scope
    window: Window
    waiting: int
    checks: list[QualityCheck]
    deliveries: list[DeliveryCount]


class Replay(BaseModel):
    """How many events wait to be read."""

    waiting: int


@router.get("/quality", dependencies=[Depends(require("DOR-001"))])
async def read_delivery_quality(
    request: Request, asked: Annotated[MetricsRequest, Query()], db: Annotated[Database, Depends(database)]
) -> QualityAnswer:
    """What is missing or doubtful behind the metrics of a window, by default of the last 30 days."""
    question = question_for(request, asked)
    known = await known_of(request, db, question)
    async with db.transaction(readonly=True) as conn:
        repositories = await store_repositories.list_repositories(conn)
        deliveries = await store_events.deliveries_by_outcome(conn, question.since, DELIVERY_ROWS_MAX)
        waiting = await store_events.count_unread(conn)
    measured = await asyncio.to_thread(measuring.judged, question, known)
    found = quality.checks(question, known, measured, repositories, deliveries)
    return QualityAnswer(
        scope=answers.scope(question),
        window=answers.asked_window(question),
        waiting=waiting,
        checks=[_check(each) for each in found],
        deliveries=[DeliveryCount(**row) for row in deliveries],
    )


def _check(found: Found) -> QualityCheck:
    return QualityCheck(
        name=found.name,
        count=found.count,
        of=found.of,
        share=found.count / found.of if found.of else None,
        detail=found.detail,
        examples=list(found.examples),
    )


@router.post("/replay", status_code=202, dependencies=[Depends(require("DOR-002"))])
async def replay_events(db: Annotated[Database, Depends(database)]) -> Replay:
    """Read every event again, in the background: the state is a function of the events, so nothing else changes."""
    async with db.transaction() as conn:
        await store_events.put_all_unread(conn)
        waiting = await store_events.count_unread(conn)
    log.info("every event is read again", events=waiting)
    return Replay(waiting=waiting)
