"""Sources, leases and runs in PostgreSQL. Functions take a connection first and never begin or commit."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from shared.locks import PEOPLE_ASK, SOURCE_RUNS
from shared.postgres import Connection
from shared.sql import folder

load = folder(__file__)


@dataclass(frozen=True, slots=True)
class UnfinishedRun:
    run_id: int
    source_id: int
    source: str
    kind: str
    zone: str
    state: str
    request: dict[str, Any]
    attempt: int
    requested_by: str
    age_s: float
    holder: str | None


@dataclass(frozen=True, slots=True)
class UnitProof:
    """What became of every row of one unit in one run."""

    source_table: str
    unit_date: date
    rows_read: int
    outcome: str
    rows_published: int = 0
    rows_unchanged: int = 0
    rows_held: int = 0
    rows_rejected: int = 0
    rows_duplicate: int = 0
    details: dict[str, Any] | None = None

    @property
    def adds_up(self) -> bool:
        parts = self.rows_published + self.rows_unchanged + self.rows_held + self.rows_rejected + self.rows_duplicate
        return self.rows_read == parts


class RowsUnaccounted(RuntimeError):  # noqa: N818 - reads as what happened
    """Rows were read that did not end as published, unchanged, held, rejected or duplicate: nothing is published."""


async def upsert_source(conn: Connection, source: str, kind: str, zone: str) -> int:
    return int(await conn.fetchval(load("upsert_source"), source, kind, zone))


async def try_lock(conn: Connection, source_id: int) -> bool:
    """The lock of a source for as long as this connection lives: a killed process gives it back at once."""
    return bool(await conn.fetchval("SELECT pg_try_advisory_lock($1, $2)", SOURCE_RUNS, source_id))


async def locked_sources(conn: Connection) -> set[int]:
    """The sources that some process holds the lock of right now; takes none."""
    return {row["source_id"] for row in await conn.fetch(load("locked_sources"), SOURCE_RUNS)}


async def unlock(conn: Connection, source_id: int) -> None:
    await conn.execute("SELECT pg_advisory_unlock($1, $2)", SOURCE_RUNS, source_id)


async def take_lease(conn: Connection, source_id: int, holder: str) -> int:
    return int(await conn.fetchval(load("take_lease"), source_id, holder))


async def lock_epoch(conn: Connection, source_id: int) -> int:
    return int(await conn.fetchval(load("lock_epoch"), source_id))


async def create_run(
    conn: Connection,
    source_id: int,
    request: dict[str, Any],
    *,
    requested_by: str,
    idempotency_key: str | None = None,
    retry_of: int | None = None,
    attempt: int = 1,
) -> int:
    """asyncpg.UniqueViolationError when the source has a queued or running run already."""
    text = json.dumps(request, sort_keys=True)
    arguments = (source_id, text, requested_by, idempotency_key, retry_of, attempt)
    return int(await conn.fetchval(load("create_run"), *arguments))


async def find_run_by_key(conn: Connection, requested_by: str, key: str) -> tuple[int, dict[str, Any]] | None:
    row = await conn.fetchrow(load("find_run_by_key"), requested_by, key)
    return None if row is None else (row["run_id"], json.loads(row["request"]))


async def unfinished_runs(conn: Connection, source_id: int | None = None) -> list[UnfinishedRun]:
    rows = await conn.fetch(load("unfinished_runs"), source_id)
    return [UnfinishedRun(**{**row, "request": json.loads(row["request"])}) for row in rows]


async def start_run(conn: Connection, run_id: int, epoch: int) -> bool | None:
    """Whether the run was asked to stop before it began; None when it is no longer waiting."""
    found: bool | None = await conn.fetchval(load("start_run"), run_id, epoch)
    return found


async def report_progress(
    conn: Connection, run_id: int, phase: str, rows_read: int, rows_expected: int | None, gave_way_s: float
) -> bool:
    """Whether somebody asked the run to stop."""
    details = json.dumps({"gave_way_s": round(gave_way_s, 1)} if gave_way_s else {})
    return bool(await conn.fetchval(load("report_progress"), run_id, phase, rows_read, rows_expected, details))


async def people_ask(conn: Connection) -> bool:
    """Whether a service says that it is asked (shared/asked.py)."""
    return bool(await conn.fetchval(load("people_ask"), *PEOPLE_ASK))


async def finish_run(
    conn: Connection, run_id: int, state: str, error: str | None = None, details: dict[str, Any] | None = None
) -> None:
    await conn.execute(load("finish_run"), run_id, state, error, json.dumps(details or {}))


async def request_cancel(conn: Connection, run_id: int) -> str | None:
    state: str | None = await conn.fetchval(load("request_cancel"), run_id)
    return state


async def run_tables(conn: Connection, run_id: int) -> set[str]:
    return {row["source_table"] for row in await conn.fetch(load("run_tables"), run_id)}


async def add_proofs(conn: Connection, run_id: int, proofs: list[UnitProof]) -> None:
    """RowsUnaccounted before anything is written when a unit does not add up."""
    for proof in proofs:
        if not proof.adds_up:
            raise RowsUnaccounted(f"{proof.source_table} {proof.unit_date}: the rows read do not add up: {proof}")
    await conn.executemany(
        load("add_run_unit"),
        [
            (
                run_id,
                proof.source_table,
                proof.unit_date,
                proof.rows_read,
                proof.rows_published,
                proof.rows_unchanged,
                proof.rows_held,
                proof.rows_rejected,
                proof.rows_duplicate,
                proof.outcome,
                json.dumps(proof.details or {}),
            )
            for proof in proofs
        ],
    )


async def move_data_version(conn: Connection, source_id: int, data_as_of: datetime | None) -> None:
    await conn.execute(load("move_data_version"), source_id, data_as_of)


async def move_legacy_versions(conn: Connection) -> None:
    await conn.execute(load("move_legacy_versions"))


async def data_as_of(conn: Connection, source_id: int) -> datetime | None:
    found: datetime | None = await conn.fetchval(
        "SELECT data_as_of FROM ivr.data_versions WHERE source_id = $1", source_id
    )
    return found
