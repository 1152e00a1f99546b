"""Runs schedules that are due: each run is an export of its person. The leader calls `tick`."""

from datetime import datetime, timedelta
from typing import Any

import asyncpg

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
from shared.log import log
from shared.postgres import OUTAGES, Connection, Database, DatabaseUnavailable
from shared.sql import folder

load = folder(__file__)
FAILURES_MAX = 3
UNREADABLE_AFTER = timedelta(days=1)  # when one that this release cannot read is tried again: it has no calendar
BROKEN = "It failed for a reason that is not yours; the service's log has it."


async def tick(database: Database, config: Settings, now: datetime) -> int:
    """Runs what is due and counts what has ended; how many runs began."""
    try:
        async with database.transaction() as conn:
            await _count_ended(conn)
    except (*OUTAGES, DatabaseUnavailable):
        raise
    except Exception:  # noqa: BLE001 - logged with its trace; what is due must run
        log.exception("the ended runs of schedules could not be counted")
    async with database.transaction() as conn:
        due = await conn.fetch(load("due_schedules"), now)
    begun = 0
    for schedule in due:
        try:
            begun += await _begin(database, schedule, config, now)
        except (*OUTAGES, DatabaseUnavailable):
            raise
        except Exception:  # noqa: BLE001 - not even its failure could be noted; the schedules of others must run
            log.exception("schedule failed", schedule=schedule["schedule_id"])
    return begun


async def _begin(database: Database, schedule: asyncpg.Record, config: Settings, now: datetime) -> bool:
    """One run in one transaction. What breaks it is noted in another, and it waits for its next time."""
    number = schedule["schedule_id"]
    try:
        wanted = ScheduleIn.model_validate_json(schedule["request"])
        upcoming = next_run(wanted.rule(config.iact_zone_default), now)
    except Exception:  # noqa: BLE001 - whatever its row or its zone lacks, it is noted; the schedules of others must run
        log.exception("schedule cannot be read", schedule=number)
        await _broke(database, schedule, now + UNREADABLE_AFTER)
        return False
    try:
        async with database.transaction() as conn:
            return await _run(conn, schedule, wanted, config, now)
    except DatabaseUnavailable:
        raise
    except Unavailable as busy:
        log.warning("a schedule waits", schedule=number, reason=busy.detail)
        return False
    except (TimeoutError, asyncpg.QueryCanceledError):
        log.exception("schedule failed", schedule=number)
    except OUTAGES:
        raise
    except Exception:  # noqa: BLE001 - logged with its trace and noted; the schedules of others must run
        log.exception("schedule failed", schedule=number)
    await _broke(database, schedule, upcoming)
    return False


async def _broke(database: Database, schedule: asyncpg.Record, upcoming: datetime) -> None:
    number = schedule["schedule_id"]
    async with database.transaction() as conn:
        if await conn.fetchval(load("advance_schedule"), number, schedule["next_at"], upcoming) is not None:
            await _failed(conn, number, BROKEN)


async def _run(conn: Connection, schedule: Any, wanted: ScheduleIn, config: Settings, now: datetime) -> bool:
    """One run. What was missed while nobody ran is made once, for the last time that it was due."""
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
