"""Looks at the zones of a source's logs: the first rows of each, and what they say beside the declared zone."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import cast

import numpy as np

from services.ivr import store_details
from services.ivr.clock import LocalClock
from services.ivr.columns import Block, split
from services.ivr.queue_events import Dialect
from services.ivr.sources.asterisk import Batch, QueueStream
from services.ivr.sources.details import DetailFile, DetailStream, DetailTable
from services.ivr.text_columns import texts_of
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
        await asyncio.to_thread(_look_at_rows, batch, stream.dialect, clock, tally)


def _look_at_rows(batch: Batch, dialect: Dialect, clock: LocalClock, tally: ZoneTally) -> None:
    """Upstream has a local time beside the epoch in the call's id, PBXware both in columns of their own.

    Rows that cannot be taken apart with the others say nothing here: there are enough of them that can.
    """
    block = Block.of(batch.packets)
    fields = split(block, len(batch.names))
    whole = np.flatnonzero(fields.whole)

    def column(name: str) -> list[str]:
        if name not in batch.names:
            return [""] * len(whole)
        at = batch.names.index(name)
        texts = texts_of(block, fields.starts[at][whole], fields.lengths[at][whole])
        return [text.decode("utf-8", "surrogateescape") for text in texts]

    if dialect.time == UPSTREAM_TIME:
        made = column("callid")
    else:
        made = [f"{epoch.strip().partition('.')[0]}.0" for epoch in column(dialect.time)]
    for local, unique_id in zip(column(UPSTREAM_TIME), made, strict=True):
        tally.look(clock, local, unique_id)


async def _look_at_cdr(stream: DetailStream, clock: LocalClock, tally: ZoneTally) -> None:
    start, unique_id = stream.places["start"], stream.places["uniqueid"]
    for row in await stream.sample():
        if not isinstance(row, str):
            tally.look(clock, row[start], row[unique_id])
