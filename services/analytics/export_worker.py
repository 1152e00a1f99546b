"""The process that makes exports: `python -m services.analytics.export_worker`, started by the service when some wait.

A process of its own, so that a workbook of a million cells neither holds up requests nor takes their memory with it.
It reads its settings from standard input (they hold a password, which belongs on no command line), makes what waits,
one after the other, and ends.
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import asyncpg

from services.analytics import export_store
from services.analytics.export_files import partial, prepared, publish
from services.analytics.export_schemas import ExportRequest
from services.analytics.export_store import EXPORT_TIMEOUT_S, TAKE_S, Export
from services.analytics.export_work import Produced, Progress, produce
from services.analytics.people import Person, person
from services.analytics.settings import Settings
from shared import log as logs
from shared.errors import Forbidden, Problem
from shared.log import log
from shared.postgres import CLOSE_TIMEOUT_S, CONNECT_TIMEOUT_S, OUTAGES, Database, DatabaseUnavailable

NICENESS = 10  # people who wait come first
LEASE_TIMEOUT_S = 30.0  # its statements take milliseconds: a server that is slower than this says nothing any more
REPORT_EVERY_S = 1.0  # how often progress is told, and how soon a cancelled export stops
TOO_SLOW = "The export took longer than 15 minutes. Ask for a shorter range or fewer dimensions."
OUR_FAULT = "The export failed for a reason that is not yours; the service's log tells it under export {number}."


Answer = TypeVar("Answer")


class Gone(Forbidden):
    """The account that asked for this export is no longer active."""


class NotWanted(Exception):  # noqa: N818 - reads as what it is
    """The export was cancelled, or another worker has taken it over."""


async def work(settings: Settings) -> int:
    """Makes every export that waits; how many there were."""
    login, made, began = settings.database(), 0, time.monotonic()
    database = Database(login, connections_max=1)
    lease = await asyncpg.connect(
        **login.connect_arguments(), timeout=CONNECT_TIMEOUT_S, command_timeout=LEASE_TIMEOUT_S
    )
    await database.open()
    try:
        while time.monotonic() - began < TAKE_S and (export := await _answer(_take(lease))) is not None:
            await _make(lease, database, export, settings)
            await _answer(export_store.release(lease, export.export_id))
            made += 1
    finally:
        await database.close()
        with suppress(TimeoutError):
            await lease.close(timeout=CLOSE_TIMEOUT_S)
    return made


async def _answer(asked: Awaitable[Answer]) -> Answer:
    """Of the lease's connection: its silence says nothing about the export, which the next worker takes up."""
    try:
        return await asked
    except TimeoutError as error:
        raise DatabaseUnavailable(retry_after_s=2) from error


async def _take(lease: asyncpg.Connection) -> Export | None:
    async with lease.transaction():
        return await export_store.take(lease)


async def _make(lease: asyncpg.Connection, database: Database, export: Export, settings: Settings) -> None:
    path, progress = prepared(settings.exports_dir) / export.file, Progress()
    try:
        asking, produced = await _watched(lease, database, export, settings, path, progress)
        size = publish(path)
        wanted = await _answer(
            export_store.finish(
                lease,
                export,
                state="done",
                rows=produced.rows,
                size=size,
                segment=asking.segment,
                data_as_of=produced.data_as_of,
            )
        )
        if not wanted:
            path.unlink(missing_ok=True)
        log.info("export made", export=export.export_id, rows=produced.rows, bytes=size)
    except NotWanted:
        log.info("export not wanted any more", export=export.export_id)
    except Problem as problem:
        if isinstance(problem, DatabaseUnavailable):
            raise  # it stays `running` without a lease, and the next worker takes it up
        await export_store.finish(lease, export, state="failed", detail=problem.detail, rows=progress.rows_done)
    except (TimeoutError, asyncpg.QueryCanceledError):
        await export_store.finish(lease, export, state="failed", detail=TOO_SLOW, rows=progress.rows_done)
    except OUTAGES:
        raise
    except Exception:  # noqa: BLE001 - logged with its trace; its person gets a sentence
        log.exception("export failed", export=export.export_id)
        detail = OUR_FAULT.format(number=export.export_id)
        await export_store.finish(lease, export, state="failed", detail=detail)
    finally:
        partial(path).unlink(missing_ok=True)


async def _watched(
    lease: asyncpg.Connection,
    database: Database,
    export: Export,
    settings: Settings,
    path: Path,
    progress: Progress,
) -> tuple[Person, Produced]:
    """Writes the partial file while telling how far it is. Raises NotWanted as soon as it was cancelled."""
    task = asyncio.create_task(_write(database, export, settings, path, progress))
    try:
        async with asyncio.timeout(EXPORT_TIMEOUT_S):
            while True:
                done, _ = await asyncio.wait({task}, timeout=REPORT_EVERY_S)
                if done:
                    return task.result()
                if not await _answer(export_store.progress(lease, export, progress.rows_done, progress.rows_total)):
                    raise NotWanted
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await task


async def _write(
    database: Database, export: Export, settings: Settings, path: Path, progress: Progress
) -> tuple[Person, Produced]:
    body = ExportRequest.model_validate(export.request)
    async with database.transaction(readonly=True, timeout_s=EXPORT_TIMEOUT_S, one_snapshot=True) as conn:
        asking = await person(conn, export.user_id)
        if asking is None:
            raise Gone
        return asking, await produce(conn, body, asking, settings, path, progress)


def main() -> None:
    settings = Settings.model_validate_json(sys.stdin.buffer.read())
    logs.configure(service=settings.service, form=settings.iact_log_format)
    os.umask(0o077)
    os.nice(NICENESS)
    try:
        asyncio.run(work(settings))
    except OUTAGES as outage:
        log.warning("exports wait: PostgreSQL does not answer", reason=type(outage).__name__)
        sys.exit(1)
    except DatabaseUnavailable:
        log.warning("exports wait: PostgreSQL does not answer")
        sys.exit(1)


if __name__ == "__main__":
    main()
