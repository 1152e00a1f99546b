"""Reconciliations in PostgreSQL. Functions take a connection first and never begin or commit."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from services.ivr.clock import moment
from services.ivr.column_names import Log
from services.ivr.reconcile import Cell, Compared, HashedCall, Part, RowDifference, RowKind, Tally, wrap64
from services.ivr.store import load
from services.ivr.store_calls import LONG_STATEMENT_S
from shared.locks import RECONCILIATIONS
from shared.postgres import Connection

BUCKET_ROWS_MAX = 1_000_000  # a bucket holds some hundreds; a warehouse gone mad must not fill memory
_BUCKETS: dict[RowKind, str] = {"call": "queue_buckets", "leg": "leg_buckets", "step": "step_buckets"}
_BUCKET_ROWS: dict[RowKind, str] = {
    "call": "queue_bucket_calls",
    "leg": "leg_bucket_rows",
    "step": "step_bucket_rows",
}
_DIGEST_COUNT_BYTES = 8


class UnitTally(NamedTuple):
    """What is recorded of one published unit."""

    unit_id: int
    digest_hash: int
    rejects: int
    held: bool


class FoundRow(NamedTuple):
    """A call, leg or step that differs, and where it stands."""

    source_table: str
    day: date
    difference: RowDifference
    part: RowKind = "call"


@dataclass(frozen=True, slots=True)
class Findings:
    """What one reconciliation found. `rows_different` is None when nobody asked for rows."""

    compared: list[Compared]
    rows: list[FoundRow]
    rows_different: int | None
    notes: list[str]

    @property
    def different(self) -> list[Compared]:
        return [each for each in self.compared if each.verdict != "equal"]


async def try_lock(conn: Connection, source_id: int) -> bool:
    return bool(await conn.fetchval("SELECT pg_try_advisory_lock($1, $2)", RECONCILIATIONS, source_id))


async def unlock(conn: Connection, source_id: int) -> None:
    await conn.execute("SELECT pg_advisory_unlock($1, $2)", RECONCILIATIONS, source_id)


async def create(conn: Connection, source_id: int, request: dict[str, Any], requested_by: str) -> int:
    text = json.dumps(request, sort_keys=True)
    return int(await conn.fetchval(load("create_reconciliation"), source_id, text, requested_by))


async def running(conn: Connection, source_id: int | None = None) -> list[tuple[int, int]]:
    """(reconciliation_id, source_id) of each that has not finished."""
    rows = await conn.fetch(load("running_reconciliations"), source_id)
    return [(row["reconciliation_id"], row["source_id"]) for row in rows]


async def fail(conn: Connection, number: int, error: str) -> None:
    await conn.execute(load("finish_reconciliation"), number, "failed", 0, 0, 0, 0, None, [], error)


async def finish(conn: Connection, number: int, found: Findings) -> None:
    """Every cell, the rows that differ, and the verdict."""
    await conn.copy_records_to_table(
        "reconciliation_cells",
        schema_name="ivr",
        records=[(number, *_cell_record(each)) for each in found.compared],
        columns=(
            "reconciliation_id",
            *("part", "source_table", "day", "name", "verdict"),
            *("rows_source", "rows_warehouse", "hash_source", "hash_warehouse"),
        ),
    )
    await conn.copy_records_to_table(
        "reconciliation_rows",
        schema_name="ivr",
        records=[(number, *_row_record(each)) for each in found.rows],
        columns=("reconciliation_id", "verdict", "source_table", "day", "call_id", "at", "description", "part"),
    )
    whole = [each for each in found.compared if each.cell.part in {"unit", "events", "legs", "cel_events"}]
    await conn.execute(
        load("finish_reconciliation"),
        number,
        "different" if found.different else "equal",
        sum(each.source.rows for each in whole),
        sum(each.warehouse.rows for each in whole),
        len(found.compared),
        len(found.different),
        found.rows_different,
        found.notes,
        None,
    )


def _cell_record(each: Compared) -> tuple[Any, ...]:
    hashes = (f"{each.source.hash:x}", f"{each.warehouse.hash:x}")
    cell = each.cell
    sides = (each.source.rows, each.warehouse.rows, *hashes)
    return cell.part, cell.source_table, cell.day, cell.name, each.verdict, *sides


def _row_record(found: FoundRow) -> tuple[Any, ...]:
    verdict, call = found.difference
    return verdict, found.source_table, found.day, call.call_id, moment(call.at), call.description, found.part


async def data_version(conn: Connection, source_id: int) -> int:
    return int(await conn.fetchval(load("read_data_version"), source_id))


async def did_segments(conn: Connection) -> dict[str, str]:
    return {row["did"]: row["segment"] for row in await conn.fetch(load("did_segments"))}


async def unit_tallies(
    conn: Connection, source_id: int, since: date | None, until: date | None
) -> dict[tuple[str, date], UnitTally]:
    rows = await conn.fetch(load("unit_tallies"), source_id, since, until, timeout=LONG_STATEMENT_S)
    return {
        (row["source_table"], row["day"]): UnitTally(
            row["unit_id"], int.from_bytes(row["digest"][_DIGEST_COUNT_BYTES:], "big"), row["rejects"], row["held"]
        )
        for row in rows
    }


async def legacy_tallies(conn: Connection, source_id: int, since: date | None, until: date | None) -> dict[Cell, Tally]:
    rows = await conn.fetch(load("legacy_tallies"), source_id, since, until, timeout=LONG_STATEMENT_S)
    return {Cell("segment", row["source_table"], row["day"], row["name"]): _tally(row) for row in rows}


async def queue_tallies(
    conn: Connection, source_id: int, days: Sequence[date], starts: Sequence[datetime]
) -> dict[Cell, Tally]:
    """`starts` has one moment more than there are days: the end of the last."""
    rows = await conn.fetch(load("queue_tallies"), source_id, list(starts), timeout=LONG_STATEMENT_S)
    return {Cell("queue", "", days[row["day_number"] - 1], row["name"]): _tally(row) for row in rows}


async def queue_span(conn: Connection, source_id: int) -> tuple[datetime, datetime] | None:
    row = await conn.fetchrow(load("queue_span"), source_id, timeout=LONG_STATEMENT_S)
    return None if row is None or row["first"] is None else (row["first"], row["last"])


async def event_tallies(
    conn: Connection, source_id: int, since: date | None, until: date | None, log: Log = "queue_log"
) -> dict[Cell, Tally]:
    """Rows of one log by day, as runs have accounted for them."""
    rows = await conn.fetch(load("event_tallies"), source_id, since, until, log, timeout=LONG_STATEMENT_S)
    part: Part = "events" if log == "queue_log" else "cel_events"
    return {Cell(part, "", row["day"]): Tally(row["rows"]) for row in rows}


async def leg_tallies(
    conn: Connection, source_id: int, days: Sequence[date], starts: Sequence[datetime]
) -> dict[Cell, Tally]:
    """`starts` has one moment more than there are days: the end of the last."""
    rows = await conn.fetch(load("leg_tallies"), source_id, list(starts), timeout=LONG_STATEMENT_S)
    return {Cell("legs", "", days[row["day_number"] - 1]): _tally(row) for row in rows}


async def step_tallies(
    conn: Connection, source_id: int, days: Sequence[date], starts: Sequence[datetime]
) -> dict[Cell, Tally]:
    """`starts` has one moment more than there are days: the end of the last."""
    rows = await conn.fetch(load("step_tallies"), source_id, list(starts), timeout=LONG_STATEMENT_S)
    return {Cell("steps", "", days[row["day_number"] - 1]): _tally(row) for row in rows}


async def detail_span(conn: Connection, source_id: int) -> tuple[datetime, datetime] | None:
    row = await conn.fetchrow(load("detail_span"), source_id, timeout=LONG_STATEMENT_S)
    return None if row is None or row["first"] is None else (row["first"], row["last"])


async def leg_ids_since(conn: Connection, source_id: int, since: datetime) -> set[int]:
    rows = await conn.fetch(load("leg_ids_since"), source_id, since, timeout=LONG_STATEMENT_S)
    return {row["leg_id"] for row in rows}


async def log_rejects(conn: Connection, source_id: int, log: Log) -> int:
    return int(await conn.fetchval(load("log_rejects"), source_id, log))


async def legacy_buckets(conn: Connection, *unit: Any) -> dict[int, Tally]:
    rows = await conn.fetch(load("legacy_buckets"), *unit, timeout=LONG_STATEMENT_S)
    return {row["bucket"]: _tally(row) for row in rows}


async def legacy_bucket_calls(conn: Connection, numbers: Iterable[int], *unit: Any) -> list[HashedCall]:
    arguments = (*unit, list(numbers), BUCKET_ROWS_MAX)
    return [HashedCall(*row) for row in await conn.fetch(load("legacy_bucket_calls"), *arguments)]


async def asterisk_buckets(conn: Connection, kind: RowKind, *day: Any) -> dict[int, Tally]:
    """`day` is the source's number, its first moment and its end."""
    rows = await conn.fetch(load(_BUCKETS[kind]), *day, timeout=LONG_STATEMENT_S)
    return {row["bucket"]: _tally(row) for row in rows}


async def asterisk_bucket_rows(conn: Connection, kind: RowKind, numbers: Iterable[int], *day: Any) -> list[HashedCall]:
    arguments = (*day, list(numbers), BUCKET_ROWS_MAX)
    return [HashedCall(*row) for row in await conn.fetch(load(_BUCKET_ROWS[kind]), *arguments)]


def _tally(row: Any) -> Tally:
    return Tally(row["rows"], wrap64(int(row["hash"])))
