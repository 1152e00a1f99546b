"""The person's tray of messages over HTTP."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.analytics.alert_schemas import MessageList, MessageOut
from services.analytics.people import person_id
from services.analytics.schemas import Texts
from shared.errors import NotFound
from shared.identity import Identity, signed_in
from shared.postgres import Database, database
from shared.sql import folder

load = folder(__file__)
router = APIRouter(prefix="/api/v1/analytics/messages", tags=["analytics"])
ID = re.compile(r"[0-9]{1,18}")

Db = Annotated[Database, Depends(database)]
Self = Annotated[Identity, Depends(signed_in)]


class MessageNotFound(NotFound):
    """There is no such message of yours; messages are forgotten after 90 days."""


@router.get("")
async def list_messages(
    identity: Self,
    db: Db,
    *,
    unread: bool = False,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 50,
    cursor: Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$")] = None,
) -> MessageList:
    """Your messages, the newest first, and how many of all are unread."""
    who = person_id(identity)
    async with db.transaction(readonly=True) as conn:
        after = None if cursor is None else int(cursor)
        rows = await conn.fetch(load("messages_of_person"), who, after, limit + 1, unread)
        count = await conn.fetchval(load("count_unread_messages"), who)
    items = [
        MessageOut(
            id=str(row["message_id"]),
            kind=row["kind"],
            about=str(row["about"]),
            severity=row["severity"],
            text=Texts(es=row["es"], en=row["en"]),
            created_at=row["created_at"],
            read_at=row["read_at"],
        )
        for row in rows[:limit]
    ]
    return MessageList(unread=count, items=items, next_cursor=items[-1].id if len(rows) > limit else None)


@router.post("/read", status_code=204)
async def read_all_messages(identity: Self, db: Db) -> None:
    """Mark all your messages as read."""
    async with db.transaction() as conn:
        await conn.execute(load("read_messages"), person_id(identity), None)


@router.post("/{message_id}/read", status_code=204)
async def read_message(message_id: str, identity: Self, db: Db) -> None:
    """Mark one message as read; one that is read already stays so."""
    async with db.transaction() as conn:
        await conn.execute(load("read_messages"), person_id(identity), _number(message_id))


@router.delete("/{message_id}", status_code=204)
async def delete_message(message_id: str, identity: Self, db: Db) -> None:
    """Remove a message from your tray."""
    async with db.transaction() as conn:
        if await conn.fetchval(load("delete_message"), person_id(identity), _number(message_id)) is None:
            raise MessageNotFound


def _number(message_id: str) -> int:
    if not ID.fullmatch(message_id):
        raise MessageNotFound
    return int(message_id)
