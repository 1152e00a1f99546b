"""The dimensions that people edit: the DID map, the menus' flags, the holidays. A change is audited and moves versions.

Nothing is ingested again: the facts point at the dimensions. What rollups have counted by them is counted anew and
published with the change.
"""

import json
import re
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import JSONResponse, Response

from services.ivr import models, store
from services.ivr.changes import Change, Changes, record_event
from shared.errors import NotFound, Unavailable, unprocessable
from shared.identity import Identity, require
from shared.postgres import Connection, Database, database

router = APIRouter(prefix="/api/v1/ivr", tags=["ivr"])

CHANGE_DIMENSIONS = "CFG-001"
DID = re.compile(r"[0-9]{3,20}")  # a short code at least; the source's column holds 20

Editor = Annotated[Identity, Depends(require(CHANGE_DIMENSIONS))]
Did = Annotated[str, Path(min_length=1, max_length=50)]
MenuName = Annotated[str, Path(min_length=1, max_length=200)]

SETTLED_WITHIN_S = 2.0  # a person waits this long for an answer that says it is done
DIGITS_MAX = 18
ACCEPTED: dict[int | str, dict[str, Any]] = {202: {"model": models.DimensionChangeAccepted}}


class ChangeFailed(Unavailable):
    """The change could not be made; nothing of it is published. Try again, or look into the log."""


class UnknownChange(NotFound):
    """No change of a dimension has this id."""


class UnknownMenu(NotFound):
    """No call ever reached a menu of this name."""


class UnknownHoliday(NotFound):
    """This day is not in the calendar of holidays."""


async def worker(request: Request) -> Changes:
    found: Changes = request.app.state.changes
    return found


@router.get("/segments", dependencies=[Depends(require(CHANGE_DIMENSIONS))])
async def list_segments(db: Annotated[Database, Depends(database)]) -> models.SegmentList:
    """Which segment each DID belongs to; DIDs that nobody assigned are `desconocido`."""
    async with db.connection() as conn:
        rows = await conn.fetch(store.load("list_segments"))
    return models.SegmentList(items=[models.Segment(**row) for row in rows])


@router.put("/segments/{did}", response_model=models.Segment, responses=ACCEPTED)
async def put_segment(
    did: Did,
    body: models.SegmentChange,
    identity: Editor,
    request: Request,
    db: Annotated[Database, Depends(database)],
    changes: Annotated[Changes, Depends(worker)],
) -> models.Segment | Response:
    """Assign a DID; calls of the past move with it. A DID that no call has had yet is 3 to 20 digits.

    The numbers of different callers of both segments are counted anew and published with the change. 202 when that
    takes longer, or a run is working: `GET /changes/{id}` tells when it is done.
    """
    async with db.connection() as conn:
        known = did.isprintable() and await conn.fetchval(store.load("did_is_known"), did)
    if not known and not DID.fullmatch(did):
        raise unprocessable("did", "a DID is 3 to 20 digits")
    if accepted := await _make(changes, request, identity, "segment", did, {"segment": body.segment}):
        return accepted
    async with db.connection() as conn:
        rows = await conn.fetch(store.load("list_segments"))
    return next(models.Segment(**row) for row in rows if row["did"] == did)


@router.get("/menus", dependencies=[Depends(require(CHANGE_DIMENSIONS))])
async def list_menus(db: Annotated[Database, Depends(database)]) -> models.MenuList:
    """Every menu ever seen, and what it counts as."""
    async with db.connection() as conn:
        rows = await conn.fetch(store.load("list_menus"))
    return models.MenuList(items=[models.Menu(**row) for row in rows])


@router.put("/menus/{menu:path}", response_model=models.Menu, responses=ACCEPTED)
async def put_menu(
    menu: MenuName,
    body: models.MenuChange,
    identity: Editor,
    request: Request,
    db: Annotated[Database, Depends(database)],
    changes: Annotated[Changes, Depends(worker)],
) -> models.Menu | Response:
    """Say whether a menu counts as abandoned, and whether as a goal reached; names are compared without case.

    What counts as abandoned is in the rollups: they are made anew and published with the change. 202 when that takes
    longer, or a run is working: `GET /changes/{id}` tells when it is done. A goal is a matter of a moment.
    """
    key = menu.casefold()
    async with db.transaction() as conn:
        if not menu.isprintable() or await conn.fetchrow(store.load("read_menu"), key) is None:
            raise UnknownMenu
        if body.abandoned is None:
            row = await conn.fetchrow(store.load("put_menu"), key, None, body.goal)
            assert row is not None  # noqa: S101 - menus are never deleted
            details = {"abandoned": row["abandoned"], "goal": row["goal"]}
            await _changed(conn, request, identity, "MENU_CHANGED", "menu", row["menu"], details)
            return models.Menu(**row)
    wanted = {"abandoned": body.abandoned, "goal": body.goal}
    if accepted := await _make(changes, request, identity, "menu", key, wanted):
        return accepted
    async with db.connection() as conn:
        row = await conn.fetchrow(store.load("read_menu"), key)
    assert row is not None  # noqa: S101 - as above
    return models.Menu(**row)


@router.get("/changes/{change_id}", dependencies=[Depends(require(CHANGE_DIMENSIONS))])
async def read_change(change_id: str, db: Annotated[Database, Depends(database)]) -> models.DimensionChange:
    """How far a change has come that could not be published at once."""
    if not (change_id.isascii() and change_id.isdigit() and len(change_id) <= DIGITS_MAX):
        raise UnknownChange
    async with db.connection() as conn:
        row = await conn.fetchrow(store.load("read_change"), int(change_id))
    if row is None:
        raise UnknownChange
    return models.DimensionChange(**{**row, "id": change_id, "wanted": json.loads(row["wanted"])})


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


async def _make(
    changes: Changes, request: Request, identity: Identity, kind: str, target: str, wanted: dict[str, Any]
) -> Response | None:
    """None once the change is published; the answer to give when it is not in time."""
    change = Change(0, kind, target, wanted, _actor(identity), getattr(request.state, "request_id", None))
    number = await changes.submit(change, identity.username or identity.kind)
    published = await changes.settled(number, SETTLED_WITHIN_S)
    if published is False:
        raise ChangeFailed
    if published:
        return None
    return JSONResponse(models.DimensionChangeAccepted(id=str(number)).model_dump(), status_code=202)


def _actor(identity: Identity) -> int | None:
    return int(identity.user_id) if identity.user_id and identity.user_id.isdigit() else None


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
    request_id = getattr(request.state, "request_id", None)
    await record_event(conn, event, _actor(identity), request_id, target_kind, target_id, details)
    await store.move_legacy_versions(conn)
