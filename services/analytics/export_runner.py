"""Keeps exports going: starts the worker's process when some wait, and forgets what is older than a day.

Every instance of the service does so; leases in the database decide who makes what.
"""

import asyncio
import json
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from services.analytics import export_store
from services.analytics.export_files import remove_strangers
from services.analytics.export_store import EXPORT_TIMEOUT_S, TAKE_S
from services.analytics.settings import Settings
from shared.errors import Unavailable
from shared.log import log
from shared.postgres import OUTAGES, Database

LOOK_EVERY_S = 5.0  # an export left by a killed worker waits at most this long; one indexed statement
SWEEP_EVERY_S = 60.0
# A worker takes no further export after a quarter of an hour, and none may take longer than that: one that still lives
# after both and a little more waits for a PostgreSQL or a disk that says nothing, and would hold up all exports here.
WORK_S_MAX = TAKE_S + EXPORT_TIMEOUT_S + 120.0
STOP_S = 5.0  # a worker that is told to stop loses nothing: its export is taken up again
ROOT = Path(__file__).resolve().parents[2]


class ExportRunner:
    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings
        self._wake = asyncio.Event()
        self._swept = time.monotonic()
        self.process: asyncio.subprocess.Process | None = None

    def wake(self) -> None:
        """There is something to do."""
        self._wake.set()

    async def run(self) -> None:
        """Until it is cancelled; then the worker is stopped, too."""
        try:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY_S):
                        await self._wake.wait()
                self._wake.clear()
                try:
                    await self._look()
                except (*OUTAGES, Unavailable) as outage:
                    log.warning("exports wait: PostgreSQL does not answer", reason=type(outage).__name__)
                except Exception:  # noqa: BLE001 - whatever it was, exports of others must go on
                    log.exception("looking for exports failed")
        finally:
            await self._stop()

    async def _look(self) -> None:
        if time.monotonic() - self._swept >= SWEEP_EVERY_S:
            self._swept = time.monotonic()
            await self.sweep()
        async with self._database.transaction() as conn:
            waits = await export_store.work_waits(conn)
        if waits:
            await self._work()

    async def sweep(self) -> None:
        """Forgets exports whose day is over and removes files that belong to none."""
        async with self._database.transaction() as conn:
            await export_store.sweep(conn)
            live = await export_store.live(conn)
        removed = await asyncio.to_thread(remove_strangers, self._settings.exports_dir, live)
        if removed:
            log.info("removed files of exports", files=len(removed))

    async def _work(self) -> None:
        """One worker's life. It is told everything through its standard input."""
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.analytics.export_worker", stdin=asyncio.subprocess.PIPE, cwd=ROOT
        )
        try:
            with suppress(BrokenPipeError, ConnectionResetError):
                async with asyncio.timeout(WORK_S_MAX):
                    await self.process.communicate(settings_text(self._settings).encode())
        except TimeoutError:
            log.error("a worker of exports says nothing: it is stopped, and another takes its exports up")
            await self._stop()
        if self.process.returncode:
            log.warning("a worker of exports ended", status=self.process.returncode)
        self.process = None

    async def _stop(self) -> None:
        process = self.process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_S):
                    await process.wait()
        finally:
            # Also when whoever stops this has no more patience: nobody else would end the worker.
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()


def settings_text(settings: Settings) -> str:
    """The settings as the worker reads them, its folders independent of where it is started."""
    values: dict[str, Any] = {name: getattr(settings, name) for name in type(settings).model_fields}
    values["iact_secrets_dir"] = settings.secrets_dir.absolute()
    values["iact_exports_dir"] = settings.exports_dir
    return json.dumps({name: _plain(value) for name, value in values.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return str(value) if isinstance(value, Path) else value
