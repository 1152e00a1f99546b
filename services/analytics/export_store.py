"""Exports in their table. The edge opens the transaction; a lease belongs to a connection and dies with it."""

import json
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, cast

import asyncpg

from services.analytics.export_schemas import ExportFormat, ExportKind, ExportState
from shared.postgres import Connection
from shared.sql import folder

load = folder(__file__)

KEPT = timedelta(hours=24)  # domain.md: long enough to fetch it tomorrow morning
OPEN_MAX = 5  # domain.md: exports of one person that wait or run
KEPT_MAX = 50  # of one person, with what their schedules make: 50 of 200 MB are a disk's share
EXPORT_TIMEOUT_S = 900.0  # a million rows take a minute or two; what takes longer would never end
TAKE_S = 900.0  # so long one worker takes exports; the next begins within seconds where more wait
ATTEMPTS_MAX = 3  # whoever is killed three times over the same export would be killed again


@dataclass(frozen=True, slots=True)
class Export:
    """A row of analytics.exports."""

    export_id: int
    user_id: int
    schedule_id: int | None
    kind: ExportKind
    format: ExportFormat
    name: str
    request: dict[str, Any]
    state: ExportState
    attempts: int
    rows_done: int
    rows_total: int | None
    bytes: int | None
    detail: str | None
    segment: str | None
    data_as_of: datetime | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None

    @property
    def file(self) -> str:
        """The name of its file; each attempt writes another one, so that two workers never share one."""
        return f"{self.export_id}-{self.attempts}.{self.format}"


def _export(row: asyncpg.Record) -> Export:
    values = {field.name: row[field.name] for field in fields(Export)}
    return Export(**{**values, "request": json.loads(values["request"])})


async def insert(
    conn: Connection,
    *,
    user_id: int,
    kind: ExportKind,
    form: ExportFormat,
    name: str,
    request: str,
    key: str | None = None,
    schedule_id: int | None = None,
) -> Export:
    row = await conn.fetchrow(load("insert_export"), user_id, schedule_id, key, kind, form, name, request)
    return _export(cast("asyncpg.Record", row))


async def by_key(conn: Connection, user_id: int, key: str, request: str) -> tuple[Export, bool] | None:
    """The export of an earlier request with this key, and whether it had the same body."""
    row = await conn.fetchrow(load("export_by_key"), user_id, key, request)
    return None if row is None else (_export(row), row["same"])


async def counts(conn: Connection, user_id: int) -> tuple[int, int]:
    """(waiting or running, all) exports of a person; others who count for the same person wait for this transaction."""
    row = await conn.fetchrow(load("count_exports"), user_id)
    return (0, 0) if row is None else (row["open"], row["kept"])


async def of_person(conn: Connection, user_id: int) -> list[Export]:
    return [_export(row) for row in await conn.fetch(load("exports_of_person"), user_id, KEPT_MAX)]


async def one(conn: Connection, user_id: int, export_id: int) -> Export | None:
    row = await conn.fetchrow(load("export_of_person"), user_id, export_id)
    return None if row is None else _export(row)


async def cancel(conn: Connection, user_id: int, export_id: int) -> bool:
    return await conn.fetchval(load("cancel_export"), user_id, export_id, KEPT) is not None


async def forget(conn: Connection, user_id: int, export_id: int) -> bool:
    return await conn.fetchval(load("delete_export"), user_id, export_id) is not None


async def work_waits(conn: Connection) -> bool:
    """Whether an export waits, or was left by a killed worker."""
    waits: bool = await conn.fetchval(load("exports_wait"))
    return waits


async def take(conn: Connection) -> Export | None:
    """The next export, leased to this connection and begun; None when there is nothing to do. One transaction."""
    for row in await conn.fetch(load("next_export")):
        number = row["export_id"]
        if not await conn.fetchval(load("lease_export"), number):
            continue
        if row["attempts"] >= ATTEMPTS_MAX:
            await finish(conn, _export(row), state="failed", detail=KILLED)
            await release(conn, number)
            continue
        started = await conn.fetchrow(load("start_export"), number)
        return _export(cast("asyncpg.Record", started))
    return None


KILLED = (
    f"The export was interrupted {ATTEMPTS_MAX} times while it was made, and is not tried again. Ask for a shorter"
    " range or fewer dimensions; the service's log has the reason."
)


async def release(conn: Connection, export_id: int) -> None:
    await conn.execute(load("release_export"), export_id)


async def progress(conn: Connection, export: Export, rows_done: int | None, rows_total: int | None) -> bool:
    """Whether this attempt is still wanted."""
    wanted = await conn.fetchval(load("progress_export"), export.export_id, export.attempts, rows_done, rows_total)
    return wanted is not None


async def finish(
    conn: Connection,
    export: Export,
    *,
    state: ExportState,
    detail: str | None = None,
    rows: int | None = None,
    size: int | None = None,
    segment: str | None = None,
    data_as_of: datetime | None = None,
) -> bool:
    """Ends an attempt; False when nobody wants it any more."""
    about = (export.export_id, export.attempts, state, detail, rows, size, segment, data_as_of, KEPT)
    return await conn.fetchval(load("finish_export"), *about) is not None


async def sweep(conn: Connection) -> int:
    """Forgets what is older than it may be kept; how many they were."""
    return len(await conn.fetch(load("sweep_exports")))


async def live(conn: Connection) -> set[tuple[int, int]]:
    """(export, attempt) of every file that may stand in the folder."""
    return {(row["export_id"], row["attempts"]) for row in await conn.fetch(load("live_exports"))}
