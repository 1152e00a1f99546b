"""An export process that waits for something silent is ended, and one that is told to stop ends."""

import asyncio
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs
from typing_extensions import override

from services.analytics import export_runner, export_store, export_worker
from services.analytics.export_runner import ExportRunner
from shared.postgres import Connection, DatabaseUnavailable
from shared.settings import DatabaseSettings
from tests.analytics.conftest import SUMMER, Analyst, People, settings_for
from tests.analytics.facts import Warehouse
from tests.analytics.tables import legacy_calls
from tests.analytics.test_exports import CALLS

pytestmark = pytest.mark.integration
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"


async def stubborn() -> asyncio.subprocess.Process:
    """A process that does not hear when it is told to stop."""
    made = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STUBBORN, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert made.stdout is not None
    await made.stdout.readline()
    return made


class Held(ExportRunner):
    """Has a stubborn worker at work."""

    @override
    async def _look(self) -> None:
        self.process = await stubborn()
        await asyncio.sleep(3_600)


@pytest.mark.parametrize("again", [False, True])
async def test_a_worker_is_killed_though_its_end_is_cancelled(monkeypatch: pytest.MonkeyPatch, again: bool) -> None:
    monkeypatch.setattr(export_runner, "STOP_S", 30.0 if again else 0.2)
    runner: Any = Held(None, None)  # type: ignore[arg-type] # it asks neither for anything here
    task = asyncio.create_task(runner.run())
    runner.wake()
    while runner.process is None:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.01)
    try:
        task.cancel()
        if again:
            await asyncio.sleep(0.1)
            task.cancel()
        async with asyncio.timeout(20):
            await asyncio.wait({task})
        assert task.cancelled()
        assert runner.process.returncode is not None
    finally:
        if runner.process.returncode is None:
            runner.process.kill()
            await runner.process.wait()


async def test_a_worker_that_says_nothing_is_ended(
    monkeypatch: pytest.MonkeyPatch, database_settings: DatabaseSettings, identity_keys: Path
) -> None:
    monkeypatch.setattr(export_runner, "STOP_S", 0.2)
    monkeypatch.setattr(export_runner, "WORK_S_MAX", 0.2, raising=False)
    worker = await stubborn()

    async def begin(*_: object, **__: object) -> asyncio.subprocess.Process:
        return worker

    monkeypatch.setattr("services.analytics.export_runner.asyncio.create_subprocess_exec", begin)
    runner = ExportRunner(None, settings_for(database_settings, identity_keys))  # type: ignore[arg-type] # not asked
    try:
        with capture_logs() as written:
            async with asyncio.timeout(20):
                await runner._work()
        assert worker.returncode is not None
        assert runner.process is None
        assert any("says nothing" in line["event"] for line in written)
    finally:
        if worker.returncode is None:
            worker.kill()
            await worker.wait()


async def waiting(
    people: People, warehouse: Warehouse, analyst: Analyst, *, exports: int
) -> tuple[Analyst, list[dict[str, Any]]]:
    """A person with so many exports that nobody makes: the service's own worker is stopped."""
    for task in analyst.app.state.background:
        task.cancel()
    await warehouse.add(legacy_calls(CALLS))
    ana = await people.add("ana")
    asked = [await ana.post("/exports", {"format": "csv", "calls": {"time": SUMMER}}) for _ in range(exports)]
    return ana, [each.json() for each in asked]


async def test_a_lease_that_gets_no_answer_is_no_slow_export(
    people: People,
    warehouse: Warehouse,
    analyst: Analyst,
    database_settings: DatabaseSettings,
    identity_keys: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The worker ends and the next one makes it: nothing says that the export took too long."""
    config = settings_for(database_settings, identity_keys)
    ana, (made,) = await waiting(people, warehouse, analyst, exports=1)
    with monkeypatch.context() as silent:
        silent.setattr(export_worker, "LEASE_TIMEOUT_S", 0.3, raising=False)
        silent.setattr(export_worker, "REPORT_EVERY_S", 0.01)

        async def progress(conn: Connection, *_: object) -> bool:
            return bool(await conn.fetchval("SELECT pg_sleep(60) IS NULL"))

        async def write(*_: object) -> None:
            await asyncio.sleep(3_600)

        silent.setattr(export_store, "progress", progress)
        silent.setattr(export_worker, "_write", write)
        async with asyncio.timeout(30):
            with pytest.raises(DatabaseUnavailable):
                await export_worker.work(config)
    export = (await ana.get(f"/exports/{made['id']}")).json()
    assert (export["state"], export["detail"]) == ("running", None)
    assert await export_worker.work(config) == 1
    assert (await ana.get(f"/exports/{made['id']}")).json()["state"] == "done"


async def test_a_worker_takes_exports_for_a_while_only(
    people: People,
    warehouse: Warehouse,
    analyst: Analyst,
    database_settings: DatabaseSettings,
    identity_keys: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = settings_for(database_settings, identity_keys)
    await waiting(people, warehouse, analyst, exports=2)
    now = iter([0.0, 1.0, export_store.TAKE_S])
    with monkeypatch.context() as clock:
        clock.setattr(export_worker, "time", SimpleNamespace(monotonic=lambda: next(now)))
        assert await export_worker.work(config) == 1
    assert await export_worker.work(config) == 1
