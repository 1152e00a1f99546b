"""Runs schedules that are due: each run is an export of its person. The leader calls `tick`."""

from datetime import datetime
from typing import Any

from services.analytics import export_store
from services.analytics.audit import record
from services.analytics.calendar_rule import next_run, period_before
from services.analytics.export_store import KEPT_MAX, OPEN_MAX
from services.analytics.export_work import check, check_functions
from services.analytics.messages import tell
from services.analytics.people import person
from services.analytics.schedule_schemas import ScheduleIn
from services.analytics.settings import Settings
from shared.errors import Conflict, Forbidden, Problem, Unavailable
from shared.identity import need
from shared.postgres import Connection, Database
from shared.sql import folder

load = folder(__file__)
FAILURES_MAX = 3


async def tick(database: Database, config: Settings, now: datetime) -> int:
    """Runs what is due and counts what has ended; how many runs began."""
    async with database.transaction() as conn:
        await _count_ended(conn)
        due = await conn.fetch(load("due_schedules"), now)
    begun = 0
    for schedule in due:
        async with database.transaction() as conn:
            begun += await _run(conn, schedule, config, now)
    return begun


async def _run(conn: Connection, schedule: Any, config: Settings, now: datetime) -> bool:
    """One run. What was missed while nobody ran is made once, for the last time that it was due."""
    wanted = ScheduleIn.model_validate_json(schedule["request"])
    rule, number, planned = wanted.rule(config.iact_zone_default), schedule["schedule_id"], schedule["next_at"]
    upcoming = next_run(rule, now)
    if await conn.fetchval(load("advance_schedule"), number, planned, upcoming) is None:
        return False
    latest = planned
    while (later := next_run(rule, latest)) <= now:
        latest = later
    try:
        await _ask(conn, schedule, wanted, config, latest)
    except Unavailable:
        raise
    except Problem as problem:
        await _failed(conn, number, problem.detail)
        return False
    return True


async def _ask(conn: Connection, schedule: Any, wanted: ScheduleIn, config: Settings, planned: datetime) -> None:
    owner = await person(conn, schedule["user_id"])
    if owner is None:
        raise Forbidden("The account that made the schedule is no longer active.")
    need(owner.identity(), "RPT-009", what="A schedule")
    body = wanted.export(*period_before(wanted.rule(config.iact_zone_default), planned))
    check_functions(body, owner.identity())
    name = await check(conn, body, segment=owner.segment, config=config)
    waiting, kept = await export_store.counts(conn, owner.user_id)
    if waiting >= OPEN_MAX or kept >= KEPT_MAX:
        raise Conflict("You have as many exports as a person may have; delete some that you no longer need.")
    export = await export_store.insert(
        conn,
        user_id=owner.user_id,
        kind=body.kind,
        form=body.format,
        name=f"{schedule['name']} {name}",
        request=body.model_dump_json(by_alias=True, exclude_unset=True),
        schedule_id=schedule["schedule_id"],
    )
    about = {"kind": body.kind, "format": body.format, "schedule_id": schedule["schedule_id"]}
    await record(conn, "EXPORT_REQUESTED", owner.user_id, ("export", export.export_id), **about)


async def _count_ended(conn: Connection) -> None:
    for export in await conn.fetch(load("ended_schedule_exports")):
        if export["state"] == "failed":
            await _failed(conn, export["schedule_id"], export["detail"] or "")
            continue
        row = await conn.fetchrow(load("succeed_schedule"), export["schedule_id"])
        if row is not None:
            await tell(
                conn,
                [row["user_id"]],
                kind="schedule",
                about=export["schedule_id"],
                severity="info",
                es=f"El informe programado {row['name']} está listo en sus exportaciones.",
                en=f"The scheduled report {row['name']} is ready among your exports.",
            )


async def _failed(conn: Connection, number: int, reason: str) -> None:
    """Counts a failure; the third in a row pauses the schedule and tells its person."""
    row = await conn.fetchrow(load("fail_schedule"), number, reason, FAILURES_MAX)
    if row is not None and row["state"] == "paused":
        await record(conn, "SCHEDULE_PAUSED", row["user_id"], ("schedule", number), failures=FAILURES_MAX)
        await tell(
            conn,
            [row["user_id"]],
            kind="schedule",
            about=number,
            severity="warning",
            es=f"La programación {row['name']} está en pausa tras {FAILURES_MAX} fallos: {reason}",
            en=f"The schedule {row['name']} is paused after {FAILURES_MAX} failures: {reason}",
        )
