"""Writes audit events, in the transaction of what they record. Never a password, token, code or telephone number."""

import json
from dataclasses import dataclass

from services.sessions.statements import load
from shared.postgres import Connection

Detail = str | int | bool | None | list[str]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from and who made it, as every event records it."""

    actor_id: int | None = None
    request_id: str | None = None
    address: str | None = None
    user_agent: str = ""
    operator: bool = False  # the person at the machine, who has no account

    def by(self, actor_id: int) -> "Origin":
        return Origin(actor_id, self.request_id, self.address, self.user_agent)


async def record(
    conn: Connection,
    event: str,
    origin: Origin,
    *,
    target_kind: str | None = None,
    target_id: object = None,
    **details: Detail,
) -> None:
    """Append one event; it commits or vanishes with the caller's transaction."""
    await conn.execute(
        load("record_event"),
        event,
        origin.actor_id,
        target_kind,
        None if target_id is None else str(target_id),
        origin.request_id,
        origin.address,
        json.dumps({**details, "by": "operator"} if origin.operator else details),
    )
