"""An Asterisk source from its beginning, in place of what was read of it before: one transaction, or nothing.

What the source can tell is told once without writing, only to know which facts to take out: facts of calls that it no
longer has stay. Rows that were counted before count as read again.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from typing_extensions import override

from services.ivr import reconcile_asterisk, reconcile_details, store
from services.ivr.clock import moment
from services.ivr.ingest_asterisk import ingest_asterisk
from services.ivr.keys import Keys
from services.ivr.sources.asterisk import open_asterisk
from services.ivr.store import load
from services.ivr.work import LOAD_TIMEOUT_S, Work
from shared.log import log
from shared.postgres import STATEMENT_TIMEOUT_S, Connection, Database
from shared.sql import identifier

IDS_AT_ONCE = 100_000  # of one statement that deletes
# How far each stream is read, and what is carried over from run to run. Names that a schema does not have are left out.
STATE_TABLES = {
    "queue_log": ("queue_kept_events", "queue_kept_calls", "queue_streams", "queue_recent_ids", "queue_read_blocks"),
    "cdr": (),
    "cel": ("cel_kept_events",),
}
STREAM_TABLES = ("detail_streams", "detail_gaps")  # of cdr and cel, by the name of the stream
EVENT_TABLES = ("agent_events",)  # facts by the moment of their event: taken out from the first one that is told again

Span = tuple[datetime, datetime]


@asynccontextmanager
async def reading_again(work: Work, former: Keys) -> AsyncIterator[tuple[Connection, Span | None]]:
    """Read the source, or the logs that are asked for, in place of what is published; in the block's transaction.

    `former` are the keys of the published ids. Yields the time of the facts that stay: the source has them no more.
    """
    work.progress.phase = "telling the calls of before"
    told = await _told(work, former)
    async with work.database.transaction(timeout_s=LOAD_TIMEOUT_S) as conn:
        await _take_out(conn, work.source_id, told)
        left = await span(conn, work.source_id)
        await ingest_asterisk(replace(work, database=OneTransaction(work.database, conn)))
        await conn.execute(load("add_rejects_read_again"), work.source_id, work.run_id, told.tables)
        await conn.execute(load("recount_read_again"), work.source_id, work.run_id, timeout=LOAD_TIMEOUT_S)
        yield conn, left
        await store.move_data_version(conn, work.source_id, None)
        await work.lease.check(conn)
    log.info(f"read {work.source.id} again", source=work.source.id, run_id=work.run_id, calls=len(told.calls))


@dataclass(slots=True)
class _Told:
    """All that the source can tell again, by its ids under the keys of before; `linked` are calls in cel."""

    calls: list[int] = field(default_factory=list)
    legs: list[int] = field(default_factory=list)
    linked: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    logs: Sequence[str] = tuple(STATE_TABLES)
    streams: list[str] | None = None  # of cdr and cel; None is all that there ever were
    since: datetime | None = None


async def _told(work: Work, keys: Keys) -> _Told:
    asked = work.request.logs
    async with open_asterisk(work.source, keys, ()) as opened:
        opened.keep(asked)
        calls, first_at = await reconcile_asterisk.told_calls(keys, work.source, opened.streams)
        legs, linked = await reconcile_details.told_details(keys, work.source, opened.details)
        tables = [stream.name for stream in opened.streams] + [stream.name for stream in opened.details]
        streams = [stream.id for stream in opened.details] if asked else None
    since = None if first_at is None else moment(first_at)
    return _Told(list(calls), list(legs), list(linked), tables, asked or tuple(STATE_TABLES), streams, since)


async def _take_out(conn: Connection, source_id: int, told: _Told) -> None:
    ids: dict[str, Sequence[int | str]] = {
        "delete_told_calls": told.calls,
        "delete_told_legs": told.legs,
        "delete_told_steps": told.linked,
    }
    for statement, of_kind in ids.items():
        for at in range(0, len(of_kind), IDS_AT_ONCE):
            part = of_kind[at : at + IDS_AT_ONCE]
            await conn.execute(load(statement), source_id, part, timeout=LOAD_TIMEOUT_S)
    await conn.execute(load("delete_table_rejects"), source_id, told.tables)
    for name in await _present(conn, tuple(name for each in told.logs for name in STATE_TABLES[each])):
        await conn.execute(f"DELETE FROM ivr.{identifier(name)} WHERE source_id = $1", source_id)  # noqa: S608 - a constant
    for name in STREAM_TABLES:
        where = "source_id = $1 AND ($2::text[] IS NULL OR stream = ANY ($2::text[]))"
        await conn.execute(f"DELETE FROM ivr.{identifier(name)} WHERE {where}", source_id, told.streams)  # noqa: S608 - a constant
    for name in await _present(conn, EVENT_TABLES) if told.since else ():
        statement = f"DELETE FROM ivr.{identifier(name)} WHERE source_id = $1 AND at >= $2"  # noqa: S608 - a constant
        await conn.execute(statement, source_id, told.since)


async def _present(conn: Connection, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if await conn.fetchval("SELECT to_regclass($1) IS NOT NULL", f"ivr.{name}")]


async def span(conn: Connection, source_id: int) -> Span | None:
    """The first and the last moment that the published facts of a source tell of."""
    row = await conn.fetchrow(load("asterisk_span"), source_id, timeout=LOAD_TIMEOUT_S)
    return None if row is None or row["first"] is None else (row["first"], row["last"])


class OneTransaction(Database):
    """A database whose every connection is the same one, inside a transaction that somebody else ends."""

    def __init__(self, database: Database, conn: Connection) -> None:
        super().__init__(database.settings)
        self._conn = conn

    @override
    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        yield self._conn

    @override
    @asynccontextmanager
    async def transaction(
        self, *, readonly: bool = False, timeout_s: float = STATEMENT_TIMEOUT_S, one_snapshot: bool = False
    ) -> AsyncIterator[Connection]:
        """A part that can be taken back alone: a damaged file must leave nothing behind here either."""
        async with self._conn.transaction(isolation="repeatable_read" if one_snapshot else None):
            yield self._conn
