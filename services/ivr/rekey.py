"""A source's facts once more, with ids of another secret key; what the source no longer has keeps its old ids.

Legacy tables: a run with other keys finds every digest changed and replaces unit by unit, a transaction a table. An
Asterisk source has no units: its calls are told again from the beginning, in one transaction for all of its tables.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from typing_extensions import override

from services.ivr import key_epochs, reconcile_asterisk, reconcile_details, store
from services.ivr.ingest_asterisk import ingest_asterisk
from services.ivr.ingest_legacy import ingest_legacy
from services.ivr.sources.asterisk import open_asterisk
from services.ivr.store import load
from services.ivr.work import LOAD_TIMEOUT_S, Work
from shared.log import log
from shared.postgres import STATEMENT_TIMEOUT_S, Connection, Database
from shared.sql import identifier

IDS_AT_ONCE = 100_000  # of one statement that deletes
MICROSECOND = timedelta(microseconds=1)
_FOR_EVER = datetime.max.replace(tzinfo=UTC)  # asyncpg writes it as infinity


async def rekey(work: Work) -> None:
    """Read everything again. An interrupted renewal is taken up where it was: what is renewed already is unchanged."""
    if work.source.kind == "legacy":
        await ingest_legacy(work)
        async with work.database.transaction() as conn:
            await conn.execute(load("add_renewed_source"), work.source_id, work.key_epoch)
            await _note_left_behind(conn, work)
            await work.lease.check(conn)
    else:
        await _rekey_asterisk(work)


async def _note_left_behind(conn: Connection, work: Work) -> None:
    units, rows = await key_epochs.left_behind(conn, work.source_id, work.key_epoch)
    if units:
        work.details.setdefault("notes", []).append(
            f"{units} units with {rows} rows keep the ids of an earlier key: the source no longer has them, or fewer "
            "of their rows. Different callers and repeats over a range of both keys are not counted."
        )


async def _rekey_asterisk(work: Work) -> None:
    work.progress.phase = "telling the calls of before"
    told, tables = await _told_before(work)
    async with work.database.transaction(timeout_s=LOAD_TIMEOUT_S) as conn:
        former_epoch = await _former_epoch(conn)
        for statement, ids in told.statements():
            for at in range(0, len(ids), IDS_AT_ONCE):
                await conn.execute(load(statement), work.source_id, ids[at : at + IDS_AT_ONCE], timeout=LOAD_TIMEOUT_S)
        await conn.execute(load("delete_table_rejects"), work.source_id, tables)
        left = await _span(conn, work.source_id)
        await _forget_streams(conn, work.source_id)
        await ingest_asterisk(replace(work, database=OneTransaction(work.database, conn)))
        await conn.execute(load("recount_read_again"), work.source_id, work.run_id, timeout=LOAD_TIMEOUT_S)
        await _set_spans(conn, work, left, former_epoch)
        await conn.execute(load("add_renewed_source"), work.source_id, work.key_epoch)
        await store.move_data_version(conn, work.source_id, None)
        await work.lease.check(conn)
    log.info(f"renewed the ids of {work.source.id}", source=work.source.id, run_id=work.run_id, calls=len(told.calls))


@dataclass(slots=True)
class _Told:
    """The ids, under the keys of before, of all that the source can tell again."""

    calls: list[int] = field(default_factory=list)
    legs: list[int] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)

    def statements(self) -> list[tuple[str, list[int]]]:
        return [("delete_told_calls", self.calls), ("delete_told_legs", self.legs), ("delete_told_steps", self.steps)]


async def _told_before(work: Work) -> tuple[_Told, list[str]]:
    """What the source tells under the keys of before: these facts are deleted, and no others."""
    assert work.former_keys is not None  # noqa: S101 - the runner gives a renewal both keys
    keys, source = work.former_keys, work.source
    async with open_asterisk(source, keys, ()) as opened:
        calls = await reconcile_asterisk.told_calls(keys, source, opened.streams)
        legs, steps = await reconcile_details.told_details(keys, source, opened.details)
        tables = [stream.name for stream in opened.streams] + [stream.name for stream in opened.details]
    return _Told(list(calls), list(legs), list(steps)), tables


async def _former_epoch(conn: Connection) -> int:
    return int(await conn.fetchval("SELECT key_epoch FROM ivr.caller_keys WHERE state = 'current'"))


async def _forget_streams(conn: Connection, source_id: int) -> None:
    """Read from the beginning: how far each stream was read, and what was carried over, is of the keys of before."""
    for row in await conn.fetch(load("stream_tables")):
        await conn.execute(f"DELETE FROM ivr.{identifier(row['name'])} WHERE source_id = $1", source_id)  # noqa: S608 - a name from the catalogue


async def _span(conn: Connection, source_id: int) -> tuple[datetime, datetime] | None:
    row = await conn.fetchrow(load("asterisk_span"), source_id, timeout=LOAD_TIMEOUT_S)
    return None if row is None or row["first"] is None else (row["first"], row["last"])


async def _set_spans(conn: Connection, work: Work, left: tuple[datetime, datetime] | None, former_epoch: int) -> None:
    """Where facts of both keys stand beside each other, say when; else one key is all there is."""
    if left is None:
        await conn.execute(load("delete_key_spans"), work.source_id)
        return
    await conn.execute(load("put_key_span"), work.source_id, former_epoch, left[0], left[1] + MICROSECOND)
    everything = await _span(conn, work.source_id)
    since = left[0] if everything is None else everything[0]
    await conn.execute(load("put_key_span"), work.source_id, work.key_epoch, since, _FOR_EVER)
    work.details.setdefault("notes", []).append(
        f"Calls from {left[0]:%Y-%m-%d} to {left[1]:%Y-%m-%d} that the source no longer has keep the ids of the "
        "earlier key. Different callers and repeats over a range of both keys are not counted."
    )


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
        self, *, readonly: bool = False, timeout_s: float = STATEMENT_TIMEOUT_S
    ) -> AsyncIterator[Connection]:
        """A part that can be taken back alone: a damaged file must leave nothing behind here either."""
        async with self._conn.transaction():
            yield self._conn
