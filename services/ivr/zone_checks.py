"""Looks at the zones of a source's logs: the first rows of each, and what they say beside the declared zone."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import cast

from services.ivr import store_details
from services.ivr.clock import LocalClock
from services.ivr.queue_events import Dialect
from services.ivr.sources.asterisk import QueueStream
from services.ivr.sources.details import DetailFile, DetailStream, DetailTable
from services.ivr.work import Work
from services.ivr.zone_check import ZoneFinding, ZoneTally

LOOK_EVERY = timedelta(days=1)  # a PBX is moved to another zone rarely, and its oldest rows do not change
UPSTREAM_TIME = "time"
QUEUE_LOG = "queue_log"


async def keep_queue_zones(work: Work, streams: Sequence[QueueStream]) -> None:
    """Look at the queue logs' zones when nobody did for a day. cdr is looked at in each of its runs."""
    async with work.database.connection() as conn:
        looked = await store_details.zones_looked_at(conn, work.source_id, work.source.zone, LOOK_EVERY)
    found: dict[str, ZoneTally] = {}
    for stream in streams:
        table = table_of(stream)
        if table not in looked:
            tally = found.setdefault(table, ZoneTally())
            await _look_at_queue(stream, LocalClock(work.source.zone), tally)
    async with work.database.transaction() as conn:
        for table, tally in found.items():
            if (finding := tally.finding()) is not None:
                await store_details.put_zone_check(conn, work.source_id, table, work.source.zone, finding)


def table_of(stream: QueueStream) -> str:
    """What a stream stands for: its table, or the log that all files together are."""
    return QUEUE_LOG if stream.in_one_transaction else stream.name


async def zone_of(stream: QueueStream | DetailStream, clock: LocalClock) -> ZoneFinding | None:
    """What the first rows of a stream say; None when they say nothing."""
    tally = ZoneTally()
    if not isinstance(stream, DetailFile | DetailTable):
        await _look_at_queue(cast("QueueStream", stream), clock, tally)
    elif stream.log == "cdr":
        await _look_at_cdr(stream, clock, tally)
    return tally.finding()


async def _look_at_queue(stream: QueueStream, clock: LocalClock, tally: ZoneTally) -> None:
    batch = await stream.sample()
    if batch is not None:
        rows: list[Mapping[str, str]] = [row for _, row in batch.rows if not isinstance(row, str)]
        await asyncio.to_thread(_look_at_rows, rows, stream.dialect, clock, tally)


def _look_at_rows(rows: Sequence[Mapping[str, str]], dialect: Dialect, clock: LocalClock, tally: ZoneTally) -> None:
    """Upstream has a local time beside the epoch in the call's id, PBXware both in columns of their own."""
    for row in rows:
        if dialect.time == UPSTREAM_TIME:
            tally.look(clock, row.get(UPSTREAM_TIME, ""), row.get("callid", ""))
        else:
            epoch = row.get(dialect.time, "").strip().partition(".")[0]
            tally.look(clock, row.get(UPSTREAM_TIME, ""), f"{epoch}.0")


async def _look_at_cdr(stream: DetailStream, clock: LocalClock, tally: ZoneTally) -> None:
    start, unique_id = stream.places["start"], stream.places["uniqueid"]
    for row in await stream.sample():
        if not isinstance(row, str):
            tally.look(clock, row[start], row[unique_id])
