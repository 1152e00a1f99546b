"""Files without configuration, read in by a process that is not the service: the same run, lease and proof."""

import asyncio
import glob
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from services.ivr import store
from services.ivr.config import Kind, Source, check_zone
from services.ivr.keys import Keys
from services.ivr.models import RunDetail
from services.ivr.routes import run_detail
from services.ivr.runner import Runner
from services.ivr.work import Request
from shared.postgres import Database
from shared.settings import DatabaseSettings

SHOW_EVERY_S = 0.2
HELD_AS = "operator"  # who asked, in the list of runs


async def run_files(
    *,
    database: DatabaseSettings,
    secrets_dir: Path,
    source_id: str,
    kind: Kind,
    zone: str,
    files: Sequence[Path],
    request: dict[str, Any],
    show: Callable[[dict[str, Any]], None],
) -> dict[str, Any]:
    """Run to the end; the finished run as the API shows it. SourceBusy when another process reads this source."""
    source = Source(
        id=source_id,
        kind=kind,
        zone=check_zone(zone, "--zone"),
        paths=tuple(glob.escape(str(path)) for path in files),
    )
    pool = Database(database)
    await pool.open()
    try:
        runner = Runner(pool, Keys.load(secrets_dir), [source])
        run_id = await runner.submit(source, Request.from_dict(request), requested_by=HELD_AS)
        finished = asyncio.ensure_future(runner.wait(run_id))
        while not finished.done():
            show((await read_detail(pool, run_id)).model_dump(mode="json", by_alias=True))
            await asyncio.wait([finished], timeout=SHOW_EVERY_S)
        finished.result()  # a defect of ours is raised here rather than shown as an unfinished run
        return (await read_detail(pool, run_id)).model_dump(mode="json", by_alias=True)
    finally:
        await pool.close()


async def read_detail(pool: Database, run_id: int) -> RunDetail:
    """A run as the API shows it."""
    async with pool.connection() as conn:
        row = await conn.fetchrow(store.load("read_run"), run_id)
        units = await conn.fetch(store.load("run_proof"), run_id)
    return run_detail(row, units)
