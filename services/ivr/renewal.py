"""`iact rekey` from the inside: a new secret key for caller ids, source after source, its file put in place at last.

Every step may be the last one before a kill: begun again, it goes on where it was.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.ivr import key_epochs
from services.ivr.by_hand import SHOW_EVERY_S, read_detail
from services.ivr.config import Source
from services.ivr.keys import KEY_BYTES, NEXT_KEY_FILE, Keys
from services.ivr.lease import SourceBusy
from services.ivr.runner import Runner
from services.ivr.work import Request
from shared.identity import write_private
from shared.postgres import Database
from shared.settings import DatabaseSettings

REQUESTED_BY = "rekey"
BEGIN_PATIENCE_S = 60.0


@dataclass(slots=True)
class Renewal:
    """How it went: sources that were read again, those that were left, and what was noted."""

    epoch: int | None = None
    renewed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        return not self.failed


async def renew(
    *,
    database: DatabaseSettings,
    secrets_dir: Path,
    sources: Sequence[Source],
    leave: Sequence[str],
    show: Callable[[dict[str, Any]], None],
) -> Renewal:
    """KeyProblem when it cannot begin. A source that fails keeps the renewal open; the others are done."""
    pool = Database(database)
    await pool.open()
    try:
        return await _renew(pool, secrets_dir, sources, leave, show)
    finally:
        await pool.close()


async def _renew(
    pool: Database,
    secrets_dir: Path,
    sources: Sequence[Source],
    leave: Sequence[str],
    show: Callable[[dict[str, Any]], None],
) -> Renewal:
    following = _following(secrets_dir)
    current = Keys.load(secrets_dir)
    outcome = Renewal(left=[source.id for source in sources if source.id in leave])
    outcome.epoch = await _begin(pool, current, following)
    if outcome.epoch is not None:
        async with pool.connection() as conn:
            done = await key_epochs.renewed(conn, outcome.epoch)
        outcome.renewed += [source.id for source in sources if source.id in done]
        runner = Runner(pool, current, sources)
        for source in sources:
            if source.id not in done and source.id not in leave:
                await _one(pool, runner, source, outcome, show)
        if not outcome.finished:
            return outcome
        async with pool.transaction() as conn:
            await key_epochs.finish(conn)
    # Known to the database, so that a service that looks for its key finds this file even before it has its name.
    key_epochs.install(secrets_dir)
    return outcome


async def _begin(pool: Database, current: Keys, following: Keys) -> int | None:
    """Between two runs: a source that is read every ten seconds leaves room."""
    deadline = time.monotonic() + BEGIN_PATIENCE_S
    while True:
        try:
            async with pool.transaction() as conn:
                return await key_epochs.begin(conn, current, following)
        except key_epochs.RunsWorking:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(SHOW_EVERY_S)


def _following(secrets_dir: Path) -> Keys:
    """The key of a renewal that was begun before, else a new one."""
    path = secrets_dir / NEXT_KEY_FILE
    if not path.exists():
        write_private(path, f"{secrets.token_hex(KEY_BYTES)}\n".encode())
    return Keys.load(secrets_dir, NEXT_KEY_FILE)


async def _one(
    pool: Database, runner: Runner, source: Source, outcome: Renewal, show: Callable[[dict[str, Any]], None]
) -> None:
    try:
        run_id = await runner.submit(source, Request(rekey=True), requested_by=REQUESTED_BY)
    except SourceBusy as busy:
        outcome.failed[source.id] = str(busy)
        return
    finished = asyncio.ensure_future(runner.wait(run_id))
    while not finished.done():
        show((await read_detail(pool, run_id)).model_dump(mode="json", by_alias=True))
        await asyncio.wait([finished], timeout=SHOW_EVERY_S)
    result = finished.result()
    run = await read_detail(pool, run_id)
    show(run.model_dump(mode="json", by_alias=True))
    if result.state != "succeeded":
        outcome.failed[source.id] = result.error or f"the run ended as {result.state}"
        return
    outcome.renewed.append(source.id)
    outcome.notes += [f"{source.id}: {note}" for note in run.notes]
