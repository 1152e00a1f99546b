"""Facts, units, dimensions and rejects in PostgreSQL. Functions take a connection first and never begin or commit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import asyncpg

from services.ivr.clock import moment
from services.ivr.copying import copy_packed
from services.ivr.legacy import Reject, UnitCount
from services.ivr.pgbinary import COPY_COLUMNS
from services.ivr.store_rollups import delete_unit_rollups
from shared.log import log
from shared.postgres import Connection, Database
from shared.sql import folder

load = folder(__file__)

LONG_STATEMENT_S = 1_800.0  # deleting the replaced units of a quarter on a slow disk
INDEX_LOCK_TIMEOUT = "2s"  # who wants to write to the month waits behind whoever waits to index it


@dataclass(frozen=True, slots=True)
class PublishedUnit:
    unit_id: int
    unit_date: date
    rows_read: int
    rows_published: int
    digest: bytes


async def ensure_month(conn: Connection, parent: str, month: date) -> None:
    await conn.execute("SELECT ivr.ensure_month($1, $2)", parent, month)


async def index_months(database: Database) -> None:
    """Index the months that a first load has filled, each in a transaction of its own.

    A month that another load is writing has to wait for the run after this one: it is read in full until then.
    """
    indexed: str | None = "none yet"
    while indexed is not None:
        try:
            async with database.transaction(timeout_s=LONG_STATEMENT_S) as conn:
                await conn.execute(f"SET LOCAL lock_timeout = '{INDEX_LOCK_TIMEOUT}'")
                indexed = await conn.fetchval("SELECT ivr.index_month()", timeout=LONG_STATEMENT_S)
        except asyncpg.LockNotAvailableError:
            log.info("a month is being written by another load; its index is left to the next run")
            return


async def notice_month(conn: Connection, parent: str, month: date) -> None:
    """Make this transaction see a partition that another one attached after its first statement on the parent.

    A lock that is held already brings no news of changed tables; the first lock on the new partition does.
    """
    await conn.execute("SELECT pg_relation_size($1::text::regclass)", f"ivr.{parent}_{month:%Y_%m}")


async def ensure_label_set(conn: Connection, labels: Sequence[str]) -> int:
    while (found := await conn.fetchval(load("ensure_label_set"), list(labels))) is None:
        pass  # what another run commits at this moment is seen by the next statement only
    return int(found)


async def published_units(
    conn: Connection, source_id: int, table: str, *, replay: bool = False
) -> dict[date, PublishedUnit]:
    """What is published of a table; with `replay` no digest of a unit with rejects is equal to any."""
    rows = await conn.fetch(load("published_units"), source_id, table, replay)
    return {row["unit_date"]: PublishedUnit(**row) for row in rows}


async def ensure_units(conn: Connection, source_id: int, table: str, dates: Iterable[date]) -> dict[date, int]:
    rows = await conn.fetch(load("ensure_units"), source_id, table, sorted(dates))
    return {row["unit_date"]: row["unit_id"] for row in rows}


async def delete_units(
    conn: Connection, source_id: int, table: str, dates: Sequence[date], unit_ids: Sequence[int]
) -> None:
    """Take out what is published of these units, calls, rollups and rejects, before their rows are written again."""
    await conn.execute(load("delete_unit_calls"), list(unit_ids), timeout=LONG_STATEMENT_S)
    await delete_unit_rollups(conn, unit_ids)
    await conn.execute(load("delete_unit_rejects"), source_id, table, list(dates), timeout=LONG_STATEMENT_S)


async def copy_legacy_calls(conn: Connection, stream: bytearray, rows: int) -> None:
    await copy_packed(conn, "legacy_calls", COPY_COLUMNS, stream, rows, timeout_s=None)


async def publish_units(conn: Connection, run_id: int, units: Iterable[tuple[int, UnitCount, bytes]]) -> None:
    await conn.executemany(
        load("publish_unit"),
        [
            (
                unit_id,
                count.rows,
                count.rows - count.rejected,
                digest,
                _moment(count.first_started),
                _moment(count.last_started),
                run_id,
            )
            for unit_id, count, digest in units
        ],
    )


async def hold_units(conn: Connection, held: Iterable[tuple[int, int]]) -> None:
    await conn.executemany(load("hold_unit"), list(held))


async def copy_rejects(conn: Connection, run_id: int, source_id: int, table: str, rejects: Iterable[Reject]) -> None:
    await conn.copy_records_to_table(
        "rejects",
        schema_name="ivr",
        columns=("run_id", "source_id", "source_table", "unit_date", "position", "reason", "row_masked"),
        records=[(run_id, source_id, table, r.unit, r.position, r.reason, r.row_masked) for r in rejects],
    )


async def read_streams(conn: Connection, source_id: int) -> dict[str, int]:
    """How far each stream is read."""
    return {row["stream"]: row["next_position"] for row in await conn.fetch(load("read_streams"), source_id)}


async def move_stream(conn: Connection, source_id: int, stream: str, name: str, next_position: int, rows: int) -> None:
    await conn.execute(load("move_stream"), source_id, stream, name, next_position, rows)


def _moment(epoch: float | None) -> datetime | None:
    return None if epoch is None else moment(epoch)
