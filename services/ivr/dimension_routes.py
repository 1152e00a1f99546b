"""The dimensions that people edit: the DID map, the menus' flags, the holidays. A change is audited and moves versions.

Nothing is ingested again: the facts point at the dimensions, so history changes with them at once.
"""

import json
import re
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request

from services.ivr import models, store
from shared.errors import NotFound, unprocessable
from shared.identity import Identity, require
from shared.postgres import Connection, Database, database

router = APIRouter(prefix="/api/v1/ivr", tags=["ivr"])

CHANGE_DIMENSIONS = "CFG-001"
DID = re.compile(r"[0-9]{3,20}")  # a short code at least; the source's column holds 20

Editor = Annotated[Identity, Depends(require(CHANGE_DIMENSIONS))]
Did = Annotated[str, Path(min_length=1, max_length=50)]
MenuName = Annotated[str, Path(min_length=1, max_length=200)]


class UnknownMenu(NotFound):
    """No call ever reached a menu of this name."""


class UnknownHoliday(NotFound):
    """This day is not in the calendar of holidays."""


@router.get("/segments", dependencies=[Depends(require(CHANGE_DIMENSIONS))])
async def list_segments(db: Annotated[Database, Depends(database)]) -> models.SegmentList:
    """Which segment each DID belongs to; DIDs that nobody assigned are `desconocido`."""
    async with db.connection() as conn:
        rows = await conn.fetch(store.load("list_segments"))
    return models.SegmentList(items=[models.Segment(**row) for row in rows])


@router.put("/segments/{did}")
async def put_segment(
    did: Did, body: models.SegmentChange, identity: Editor, request: Request, db: Annotated[Database, Depends(database)]
) -> models.Segment:
    """Assign a DID; calls of the past move with it. A DID that no call has had yet is 3 to 20 digits."""
    async with db.transaction() as conn:
        known = did.isprintable() and await conn.fetchval(store.load("did_is_known"), did)
        if not known and not DID.fullmatch(did):
            raise unprocessable("did", "a DID is 3 to 20 digits")
        row = await conn.fetchrow(store.load("put_segment"), did, body.segment)
        assert row is not None  # noqa: S101 - an upsert returns its row
        details = {"from": row["segment_before"], "to": body.segment}
        await _changed(conn, request, identity, "SEGMENT_CHANGED", "did", did, details)
    return models.Segment(**row)


@router.get("/menus", dependencies=[Depends(require(CHANGE_DIMENSIONS))])
async def list_menus(db: Annotated[Database, Depends(database)]) -> models.MenuList:
    """Every menu ever seen, and what it counts as."""
    async with db.connection() as conn:
        rows = await conn.fetch(store.load("list_menus"))
    return models.MenuList(items=[models.Menu(**row) for row in rows])


@router.put("/menus/{menu:path}")
async def put_menu(
    menu: MenuName,
    body: models.MenuChange,
    identity: Editor,
    request: Request,
    db: Annotated[Database, Depends(database)],
) -> models.Menu:
    """Say whether a menu counts as abandoned, and whether as a goal reached; names are compared without case."""
    async with db.transaction() as conn:
        row = None
        if menu.isprintable():
            row = await conn.fetchrow(store.load("put_menu"), menu.casefold(), body.abandoned, body.goal)
        if row is None:
            raise UnknownMenu
        details = {"abandoned": row["abandoned"], "goal": row["goal"]}
        await _changed(conn, request, identity, "MENU_CHANGED", "menu", row["menu"], details)
    return models.Menu(**row)


@router.get("/goals", dependencies=[Depends(require(CHANGE_DIMENSIONS))])
async def list_goals(db: Annotated[Database, Depends(database)]) -> models.MenuList:
    """The menus that count as a goal reached."""
    async with db.connection() as conn:
        rows = await conn.fetch(store.load("list_menus"))
    return models.MenuList(items=[models.Menu(**row) for row in rows if row["goal"]])


@router.get("/holidays", dependencies=[Depends(require(CHANGE_DIMENSIONS))])
async def list_holidays(db: Annotated[Database, Depends(database)]) -> models.HolidayList:
    """The calendar of holidays; empty until somebody fills it."""
    async with db.connection() as conn:
        rows = await conn.fetch(store.load("list_holidays"))
    return models.HolidayList(items=[models.Holiday(**row) for row in rows])


@router.put("/holidays/{day}")
async def put_holiday(
    day: date,
    body: models.HolidayChange,
    identity: Editor,
    request: Request,
    db: Annotated[Database, Depends(database)],
) -> models.Holiday:
    """Add a holiday or rename it."""
    async with db.transaction() as conn:
        row = await conn.fetchrow(store.load("put_holiday"), day, body.name)
        assert row is not None  # noqa: S101 - an upsert returns its row
        await _changed(conn, request, identity, "HOLIDAY_CHANGED", "holiday", day.isoformat(), {"name": body.name})
    return models.Holiday(**row)


@router.delete("/holidays/{day}", status_code=204)
async def delete_holiday(
    day: date, identity: Editor, request: Request, db: Annotated[Database, Depends(database)]
) -> None:
    """Take a day out of the calendar."""
    async with db.transaction() as conn:
        if await conn.fetchval(store.load("delete_holiday"), day) is None:
            raise UnknownHoliday
        await _changed(conn, request, identity, "HOLIDAY_CHANGED", "holiday", day.isoformat(), {"name": None})


async def _changed(
    conn: Connection,
    request: Request,
    identity: Identity,
    event: str,
    target_kind: str,
    target_id: str,
    details: dict[str, Any],
) -> None:
    """Audit and versions in the transaction of the change."""
    actor = int(identity.user_id) if identity.user_id and identity.user_id.isdigit() else None
    request_id = getattr(request.state, "request_id", None)
    await conn.execute(
        "SELECT audit.record_event($1, $2, $3, $4, $5, NULL, $6::jsonb)",
        event,
        actor,
        target_kind,
        target_id,
        request_id,
        json.dumps(details),
    )
    await store.move_legacy_versions(conn)
