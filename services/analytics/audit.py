"""Audit events of what people do with exports, shared views, alert rules and schedules.

An event is written in the transaction of what it records: both are there, or neither. No event holds a filter's value
or a cell of data.
"""

import json
from typing import Annotated, TypeAlias

from fastapi import Depends, Request

from shared.postgres import Connection
from shared.sql import folder

load = folder(__file__)
Detail: TypeAlias = str | int | bool | None


async def _request_id(request: Request) -> str | None:
    found: str | None = getattr(request.state, "request_id", None)
    return found


RequestId = Annotated[str | None, Depends(_request_id)]


async def record(
    conn: Connection,
    event: str,
    actor_id: int | None,
    target: tuple[str, object],
    *,
    request_id: str | None = None,
    **details: Detail,
) -> None:
    """Append one event. `target` is its kind and id; without `request_id` it was no request that did it."""
    kind, number = target
    await conn.execute(load("record_event"), event, actor_id, kind, str(number), request_id, json.dumps(details))
