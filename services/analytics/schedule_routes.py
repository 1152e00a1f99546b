"""Schedules over HTTP."""

import json
import re
from datetime import UTC, datetime
from typing import Annotated, Any

import asyncpg
from fastapi import APIRouter, Depends, Response

from services.analytics.audit import RequestId, record
from services.analytics.calendar_rule import next_run, period_before
from services.analytics.catalog import closest
from services.analytics.export_work import check, check_functions
from services.analytics.people import person_id
from services.analytics.question import zones
from services.analytics.routes import settings
from services.analytics.schedule_schemas import ScheduleIn, ScheduleList, ScheduleOut
from services.analytics.settings import Settings
from shared.errors import Conflict, NotFound, unprocessable
from shared.identity import Identity, require
from shared.postgres import Connection, Database, database
from shared.sql import folder

load = folder(__file__)
router = APIRouter(prefix="/api/v1/analytics/schedules", tags=["analytics"])
SCHEDULES_MAX = 10  # of one person
ID = re.compile(r"[0-9]{1,18}")

Db = Annotated[Database, Depends(database)]
Config = Annotated[Settings, Depends(settings)]
Planner = Annotated[Identity, Depends(require("RPT-009"))]


class ScheduleNotFound(NotFound):
    """There is no such schedule of yours."""


class TooManySchedules(Conflict):
    """You have 10 schedules; delete one that you no longer need."""


class ScheduleNameTaken(Conflict):
    """You have a schedule of this name already."""


@router.get("")
async def list_schedules(identity: Planner, db: Db) -> ScheduleList:
    """Your schedules."""
    async with db.transaction(readonly=True) as conn:
        rows = await conn.fetch(load("schedules_of_person"), person_id(identity), None)
    return ScheduleList(items=[_out(row) for row in rows])


@router.post("", status_code=201)
async def create_schedule(
    body: ScheduleIn, identity: Planner, db: Db, config: Config, response: Response, request_id: RequestId
) -> ScheduleOut:
    """Have a report made on a calendar, into your exports. At most 10 a person."""
    owner = person_id(identity)
    async with db.transaction() as conn:
        upcoming = await _check(conn, body, identity, config)
        if await conn.fetchval(load("count_schedules"), owner) >= SCHEDULES_MAX:
            raise TooManySchedules
        number = await conn.fetchval(load("insert_schedule"), owner, *_values(body, upcoming))
        if number is None:
            raise ScheduleNameTaken
        await _recorded(conn, "SCHEDULE_CREATED", owner, number, body, request_id)
        schedule = await _own(conn, owner, str(number))
    response.headers["Location"] = f"/api/v1/analytics/schedules/{number}"
    return schedule


@router.get("/{schedule_id}")
async def read_schedule(schedule_id: str, identity: Planner, db: Db) -> ScheduleOut:
    """One schedule, when it runs next and how it went."""
    async with db.transaction(readonly=True) as conn:
        return await _own(conn, person_id(identity), schedule_id)


@router.put("/{schedule_id}")
async def replace_schedule(
    schedule_id: str, body: ScheduleIn, identity: Planner, db: Db, config: Config, request_id: RequestId
) -> ScheduleOut:
    """Change a schedule, pause it (`active` false) or let it go on."""
    owner = person_id(identity)
    async with db.transaction() as conn:
        schedule = await _own(conn, owner, schedule_id)
        upcoming = await _check(conn, body, identity, config)
        try:
            await conn.execute(load("update_schedule"), int(schedule.id), *_values(body, upcoming))
        except asyncpg.UniqueViolationError as taken:
            raise ScheduleNameTaken from taken
        await _recorded(conn, "SCHEDULE_CHANGED", owner, int(schedule.id), body, request_id)
        return await _own(conn, owner, schedule_id)


@router.delete("/{schedule_id}", status_code=204)
async def delete_schedule(schedule_id: str, identity: Planner, db: Db, request_id: RequestId) -> None:
    """Forget a schedule; what it made stays as long as any export."""
    async with db.transaction() as conn:
        owner = person_id(identity)
        schedule = await _own(conn, owner, schedule_id)
        await conn.execute(load("delete_schedule"), int(schedule.id))
        await record(conn, "SCHEDULE_DELETED", owner, ("schedule", schedule.id), request_id=request_id)


async def _check(conn: Connection, body: ScheduleIn, identity: Identity, config: Settings) -> datetime:
    """When it runs first. Raises for a schedule that could never make its report."""
    if body.zone is not None and body.zone not in zones():
        raise unprocessable("zone", f"there is no IANA time zone {body.zone!r}", closest(body.zone, zones()))
    rule, now = body.rule(config.iact_zone_default), datetime.now(UTC)
    export = body.export(*period_before(rule, now))
    check_functions(export, identity)
    await check(conn, export, segment=identity.segment, config=config)
    return next_run(rule, now)


async def _recorded(
    conn: Connection, event: str, owner: int, number: int, body: ScheduleIn, request_id: str | None
) -> None:
    about = {"name": body.name, "report": body.report, "format": body.format}
    await record(conn, event, owner, ("schedule", number), request_id=request_id, active=body.active, **about)


def _values(body: ScheduleIn, upcoming: datetime) -> tuple[Any, ...]:
    return body.name, body.model_dump_json(), "active" if body.active else "paused", upcoming


async def _own(conn: Connection, owner: int, schedule_id: str) -> ScheduleOut:
    number = int(schedule_id) if ID.fullmatch(schedule_id) else -1
    row = await conn.fetchrow(load("schedules_of_person"), owner, number)
    if row is None:
        raise ScheduleNotFound
    return _out(row)


def _out(row: Any) -> ScheduleOut:
    values = {name: row[name] for name in ScheduleOut.model_fields if name not in ("id", "request")}
    return ScheduleOut(id=str(row["schedule_id"]), request=json.loads(row["request"]), **values)
