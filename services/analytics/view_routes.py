"""Saved views over HTTP. A view holds a question and no data: whoever opens it asks with their own data segment."""

import json
import re
from typing import Annotated, Any

import asyncpg
from fastapi import APIRouter, Depends, Response

from services.analytics.audit import RequestId, record
from services.analytics.catalog import catalog
from services.analytics.export_work import below
from services.analytics.people import person_id
from services.analytics.routes import settings
from services.analytics.settings import Settings
from services.analytics.understand import understand
from services.analytics.view_schemas import (
    SHARES_MAX,
    ShareIn,
    ShareList,
    ShareOut,
    ViewIn,
    ViewList,
    ViewOut,
)
from shared.errors import Conflict, NotFound, unprocessable
from shared.identity import Identity, require
from shared.postgres import Connection, Database, database
from shared.sql import folder

load = folder(__file__)
router = APIRouter(prefix="/api/v1/analytics/views", tags=["analytics"])
VIEWS_MAX = 30  # of one person: a list that is read, not searched
SEEN_MAX = 500  # with what others share
ID = re.compile(r"[0-9]{1,18}")

Keeper = Annotated[Identity, Depends(require("RPT-010"))]
Sharer = Annotated[Identity, Depends(require("RPT-011"))]
Db = Annotated[Database, Depends(database)]
Config = Annotated[Settings, Depends(settings)]


class ViewNotFound(NotFound):
    """There is no such view, or it is not yours."""


class TooManyViews(Conflict):
    """You keep 30 views; delete one that you no longer need."""


class ViewNameTaken(Conflict):
    """You have a view of this name already; choose another name, or change that view."""


class TooManyShares(Conflict):
    """The view is shared 50 times; share it with a group instead."""


class SharedAlready(Conflict):
    """The view is shared with them already."""


def _check(body: ViewIn, config: Settings) -> None:
    """Raises Unprocessable for a question that nobody could ask; with whose segment it is asked shows when it is."""
    if body.query is not None:
        with below("query"):
            understand(body.query, catalog=catalog(), segment=None, zone_default=config.iact_zone_default)


@router.get("")
async def list_views(identity: Keeper, db: Db) -> ViewList:
    """Your views, and those that others share with you."""
    async with db.transaction(readonly=True) as conn:
        rows = await conn.fetch(load("views_for_person"), person_id(identity), None, SEEN_MAX)
    return ViewList(items=[_out(row) for row in rows])


@router.post("", status_code=201)
async def create_view(body: ViewIn, identity: Keeper, db: Db, config: Config, response: Response) -> ViewOut:
    """Keep a view. At most 30 a person, one of them the default."""
    owner = person_id(identity)
    _check(body, config)
    async with db.transaction() as conn:
        if await conn.fetchval(load("count_views"), owner) >= VIEWS_MAX:
            raise TooManyViews
        if body.is_default:
            await conn.execute(load("clear_default_view"), owner, None)
        number = await conn.fetchval(
            load("insert_view"), owner, identity.username or "", body.name, *_texts(body), body.is_default
        )
        if number is None:
            raise ViewNameTaken
        view = await _seen(conn, owner, str(number))
    response.headers["Location"] = f"/api/v1/analytics/views/{number}"
    return view


@router.get("/{view_id}")
async def read_view(view_id: str, identity: Keeper, db: Db) -> ViewOut:
    """One view: your own, or one that is shared with you."""
    async with db.transaction(readonly=True) as conn:
        return await _seen(conn, person_id(identity), view_id)


@router.put("/{view_id}")
async def replace_view(view_id: str, body: ViewIn, identity: Keeper, db: Db, config: Config) -> ViewOut:
    """Change a view of your own."""
    owner = person_id(identity)
    _check(body, config)
    async with db.transaction() as conn:
        number = await _own(conn, owner, view_id)
        if body.is_default:
            await conn.execute(load("clear_default_view"), owner, number)
        try:
            await conn.fetchval(load("update_view"), owner, number, body.name, *_texts(body), body.is_default)
        except asyncpg.UniqueViolationError as taken:
            raise ViewNameTaken from taken
        return await _seen(conn, owner, view_id)


@router.delete("/{view_id}", status_code=204)
async def delete_view(view_id: str, identity: Keeper, db: Db, request_id: RequestId) -> None:
    """Forget a view of your own; those it was shared with see it no more."""
    owner = person_id(identity)
    async with db.transaction() as conn:
        number = await _own(conn, owner, view_id)
        shares = len(await conn.fetch(load("view_shares"), number))
        await conn.execute(load("delete_view"), owner, number)
        await record(conn, "VIEW_DELETED", owner, ("view", number), request_id=request_id, shares=shares)


@router.get("/{view_id}/shares")
async def list_view_shares(view_id: str, identity: Sharer, db: Db) -> ShareList:
    """Whom a view of your own is shared with."""
    async with db.transaction(readonly=True) as conn:
        number = await _own(conn, person_id(identity), view_id)
        return ShareList(items=[_share(row) for row in await conn.fetch(load("view_shares"), number)])


@router.post("/{view_id}/shares", status_code=201)
async def share_view(view_id: str, body: ShareIn, identity: Sharer, db: Db, request_id: RequestId) -> ShareOut:
    """Share a view of your own with a person or a group. They see it with their own data segment."""
    owner = person_id(identity)
    async with db.transaction() as conn:
        number = await _own(conn, owner, view_id)
        if len(await conn.fetch(load("view_shares"), number)) >= SHARES_MAX:
            raise TooManyShares
        whom = await _recipient(conn, body)
        if whom[0] == owner:
            raise unprocessable("username", "the view is your own already")
        row = await conn.fetchrow(load("insert_view_share"), number, *whom)
        if row is None:
            raise SharedAlready
        about = {"username": row["username"], "group": row["group_code"]}
        await record(conn, "VIEW_SHARED", owner, ("view", number), request_id=request_id, **about)
    return _share(row)


@router.delete("/{view_id}/shares/{share_id}", status_code=204)
async def unshare_view(view_id: str, share_id: str, identity: Sharer, db: Db, request_id: RequestId) -> None:
    """Share a view no more with one of those it is shared with."""
    async with db.transaction() as conn:
        owner = person_id(identity)
        number = await _own(conn, owner, view_id)
        wanted = int(share_id) if ID.fullmatch(share_id) else None
        row = await conn.fetchrow(load("delete_view_share"), number, wanted)
        if row is None:
            raise ViewNotFound("The view has no such share.")
        about = {"username": row["username"], "group": row["group_code"]}
        await record(conn, "VIEW_UNSHARED", owner, ("view", number), request_id=request_id, **about)


async def _recipient(conn: Connection, body: ShareIn) -> tuple[int | None, str | None, str | None]:
    """(user, username, group) of a share. Raises Unprocessable for somebody who does not exist."""
    if body.username is not None:
        row = await conn.fetchrow(load("person_named"), body.username)
        if row is None:
            raise unprocessable("username", f"there is no active person {body.username!r}")
        return row["user_id"], row["username"], None
    codes = [row["code"] for row in await conn.fetch(load("active_groups"))]
    if body.group not in codes:
        raise unprocessable("group", f"there is no active group {body.group!r}")
    return None, None, body.group


async def _own(conn: Connection, owner: int, view_id: str) -> int:
    """The number of a view of this person's own. Raises ViewNotFound, also for one that is only shared with them."""
    view = await _seen(conn, owner, view_id)
    if not view.own:
        raise ViewNotFound
    return int(view.id)


async def _seen(conn: Connection, person: int, view_id: str) -> ViewOut:
    number = int(view_id) if ID.fullmatch(view_id) else -1
    row = await conn.fetchrow(load("views_for_person"), person, number, 1)
    if row is None:
        raise ViewNotFound
    return _out(row)


def _texts(body: ViewIn) -> tuple[str | None, str]:
    question = None if body.query is None else body.query.model_dump_json(by_alias=True, exclude_unset=True)
    return question, json.dumps(body.display)


def _out(row: Any) -> ViewOut:
    return ViewOut(
        id=str(row["view_id"]),
        name=row["name"],
        query=None if row["question"] is None else json.loads(row["question"]),
        display=json.loads(row["display"]),
        # Somebody else's default is not yours.
        is_default=row["is_default"] and row["own"],
        own=row["own"],
        owner=row["owner"],
        shares=row["shares"] if row["own"] else 0,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _share(row: Any) -> ShareOut:
    return ShareOut(
        id=str(row["share_id"]), username=row["username"], group=row["group_code"], created_at=row["created_at"]
    )
