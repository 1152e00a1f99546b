"""Legs, steps and where their logs are read, in PostgreSQL. Functions take a connection first and never commit."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from services.ivr import store_calls
from services.ivr.call_steps import CLOSED_KEPT_S, OPEN_KEPT_S, Changes, Step
from services.ivr.cel import CelEvent
from services.ivr.clock import moment, month_of
from services.ivr.copying import copy_packed
from services.ivr.detail_batches import KnownLeg
from services.ivr.event_columns import Floats
from services.ivr.gaps import GAPS_MAX, Gap
from services.ivr.leg_columns import LEG_COLUMNS, LegColumns, pack_legs
from services.ivr.store import load
from services.ivr.store_calls import LONG_STATEMENT_S
from services.ivr.zone_check import ZoneFinding
from shared.postgres import Connection, Database

MOVED_S_MAX = 7 * 86_400.0  # a record whose start was corrected by more is another record
GAPS_KEPT_S = 86_400.0  # a transaction that commits a day late is not waited for
STEP_COLUMNS = (*Step._fields, "source_id")
EVENT_COLUMNS = ("source_id", *CelEvent._fields)


@dataclass(frozen=True, slots=True)
class DetailPlace:
    """How far one stream is read."""

    next_position: int = 0
    newest_at: datetime | None = None
    swept_at: datetime | None = None


async def read_stream(conn: Connection, source_id: int, stream: str) -> DetailPlace:
    row = await conn.fetchrow(load("read_detail_stream"), source_id, stream)
    return DetailPlace() if row is None else DetailPlace(**row)


async def read_streams(conn: Connection, source_id: int) -> dict[str, int]:
    rows = await conn.fetch(load("read_detail_streams"), source_id)
    return {row["stream"]: row["next_position"] for row in rows}


async def move_stream(conn: Connection, source_id: int, stream: str, name: str, place: DetailPlace) -> None:
    arguments = (place.next_position, place.newest_at, place.swept_at)
    await conn.execute(load("move_detail_stream"), source_id, stream, name, *arguments)


async def day_position(conn: Connection, source_id: int, table: str, since: datetime) -> int | None:
    found: int | None = await conn.fetchval(load("day_position"), source_id, table, since, timeout=LONG_STATEMENT_S)
    return found


async def has_legs(conn: Connection, source_id: int) -> bool:
    return bool(await conn.fetchval(load("has_legs"), source_id, timeout=LONG_STATEMENT_S))


async def known_legs(conn: Connection, source_id: int, legs: LegColumns) -> dict[int, KnownLeg]:
    """What is published of these legs; a start may have been corrected since."""
    if not len(legs):
        return {}
    since = moment(float(legs.started_at.min()) - MOVED_S_MAX)
    until = moment(float(legs.started_at.max()) + MOVED_S_MAX)
    ids = legs.leg_id.tolist()
    rows = await conn.fetch(load("known_legs"), source_id, ids, since, until, timeout=LONG_STATEMENT_S)
    return {row["leg_id"]: KnownLeg(*(row[name] for name in KnownLeg._fields)) for row in rows}


async def known_rejects(conn: Connection, source_id: int, table: str, positions: Collection[int]) -> set[int]:
    if not positions:
        return set()
    return {row["position"] for row in await conn.fetch(load("known_rejects"), source_id, table, list(positions))}


async def write_legs(
    database: Database,
    conn: Connection,
    source_id: int,
    table: str,
    legs: LegColumns,
    arena: bytes,
    replaced: Sequence[tuple[int, datetime, int]],
) -> None:
    """RowsUnaccounted when PostgreSQL took another number of rows than there are."""
    if replaced:
        await conn.execute(load("delete_legs"), *(list(column) for column in zip(*replaced, strict=True)))
    await _ensure_months(database, conn, "call_legs", _quarter_days(legs.started_at))
    packed = await asyncio.to_thread(pack_legs, legs, arena, source_id, table)
    await copy_packed(conn, "call_legs", LEG_COLUMNS, packed, len(legs))


async def write_steps(database: Database, conn: Connection, source_id: int, changes: Changes) -> None:
    if changes.gone:
        places = [(step.caller_id, moment(step.at), step.step_id) for step in changes.gone]
        await conn.execute(load("delete_steps"), *(list(column) for column in zip(*places, strict=True)))
    await _ensure_months(database, conn, "call_steps", {step.at for step in changes.steps})
    await conn.copy_records_to_table(
        "call_steps",
        schema_name="ivr",
        columns=STEP_COLUMNS,
        records=[
            (*step[:_AT], moment(step.at), _maybe_moment(step.left_at), *step[_AT + 2 :], source_id)
            for step in changes.steps
        ],
    )


async def kept_events(conn: Connection, source_id: int, linked_ids: Iterable[str]) -> list[CelEvent]:
    rows = await conn.fetch(load("kept_cel_events"), source_id, sorted(set(linked_ids)), timeout=LONG_STATEMENT_S)
    return [CelEvent(*row.values()) for row in rows]


async def replace_kept_events(conn: Connection, source_id: int, changes: Changes, newest_at: float | None) -> None:
    """Keep the new events, and let go of every call that nothing can change any more."""
    if changes.forgotten:
        await conn.execute(load("delete_kept_cel_calls"), source_id, changes.forgotten)
    await conn.copy_records_to_table(
        "cel_kept_events",
        schema_name="ivr",
        columns=EVENT_COLUMNS,
        records=[(source_id, e.stream, e.position, moment(e.at), *e[3:]) for e in changes.kept],
    )
    if newest_at is not None:
        limits = (moment(newest_at - CLOSED_KEPT_S), moment(newest_at - OPEN_KEPT_S))
        await conn.execute(load("prune_kept_cel_calls"), source_id, *limits, timeout=LONG_STATEMENT_S)


async def gaps(conn: Connection, source_id: int, stream: str) -> list[Gap]:
    rows = await conn.fetch(load("detail_gaps"), source_id, stream)
    return [(row["first_position"], row["last_position"]) for row in rows]


async def replace_gaps(
    conn: Connection, source_id: int, stream: str, *, gone: Sequence[Gap], new: Sequence[Gap], at: datetime
) -> None:
    """Ranges that some ids came out of are replaced with what is left of them; `at` is the time of the log."""
    if gone:
        await conn.execute(load("delete_gaps"), source_id, stream, [first for first, _ in gone])
    if new:
        firsts, lasts = [first for first, _ in new], [last for _, last in new]
        await conn.execute(load("add_gaps"), source_id, stream, firsts, lasts, at)
    await conn.execute(load("prune_gaps"), source_id, stream, at - timedelta(seconds=GAPS_KEPT_S), GAPS_MAX)


async def zones_looked_at(conn: Connection, source_id: int, zone: str, within: timedelta) -> set[str]:
    rows = await conn.fetch(load("zones_looked_at"), source_id, zone, within)
    return {row["source_table"] for row in rows}


async def put_zone_check(conn: Connection, source_id: int, table: str, zone: str, found: ZoneFinding) -> None:
    await conn.execute(load("put_zone_check"), source_id, table, found.offset_s, found.share, found.rows, zone)


async def _ensure_months(database: Database, conn: Connection, parent: str, moments: Iterable[float]) -> None:
    months = sorted({month_of(int(at)) for at in moments})
    if not months:
        return
    async with database.connection() as other:
        for month in months:
            await store_calls.ensure_month(other, parent, month)
            await store_calls.notice_month(conn, parent, month)


def _quarter_days(moments: Floats) -> set[float]:
    """A moment of each quarter of a day of UTC: no month begins within one."""
    found: list[float] = (np.unique(moments // _QUARTER_DAY_S) * _QUARTER_DAY_S).tolist()
    return set(found)


_QUARTER_DAY_S = 21_600


def _maybe_moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else moment(seconds)


_AT = Step._fields.index("at")  # left_at stands behind it
