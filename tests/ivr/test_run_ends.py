"""Every run ends: what breaks it, who cancels it and how PostgreSQL goes away meanwhile may not keep it at work."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from services.ivr import runner as runs
from services.ivr import store
from services.ivr.keys import Keys
from services.ivr.runner import INTERRUPTED, Runner
from services.ivr.work import Request, Work
from shared import tasks
from shared.postgres import Database
from shared.settings import DatabaseSettings
from shared.testing.fault_proxy import FaultProxy
from tests.ivr.conftest import files_source, legacy_row, write_csv

pytestmark = pytest.mark.integration

BROKEN_OFF = "Its connection to PostgreSQL broke off 10 times although PostgreSQL answers;"


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "BACKOFF_FIRST_S", 0.01)
    monkeypatch.setattr(runs, "BACKOFF_MAX_S", 0.02)
    monkeypatch.setattr(tasks, "ASK_AGAIN_S", 0.05)


@pytest.fixture
def runner(database: Database, keys: Keys, tmp_path: Path) -> Runner:
    write_csv(tmp_path / "tbl_historico_t3_2025.csv", [legacy_row()])
    return Runner(database, keys, [files_source(tmp_path / "tbl_historico_t3_2025.csv")])


async def begun(runner: Runner) -> int:
    return await runner.submit(runner.sources["files"], Request(), requested_by="test")


async def state_of(conn: asyncpg.Connection, run_id: int) -> tuple[str, str | None]:
    row = await conn.fetchrow("SELECT state, error FROM ivr.runs WHERE run_id = $1", run_id)
    assert row is not None
    return row["state"], row["error"]


@pytest.mark.parametrize(
    "trouble",
    [OSError(5, "Input/output error"), TimeoutError(), asyncpg.InterfaceError("not so many columns")],
    ids=repr,
)
async def test_what_looks_like_an_outage_while_postgresql_answers_ends_the_run(
    runner: Runner, as_owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    """The error of a file on a broken disk was taken for one of the connection, and the run repeated for ever."""
    tried = 0

    async def breaks(_: Work) -> None:
        nonlocal tried
        tried += 1
        raise trouble

    monkeypatch.setattr(runs, "_read_all", breaks)
    with capture_logs() as logs:
        run_id = await begun(runner)
        async with asyncio.timeout(60):
            outcome = await runner.wait(run_id)
    sentence = f"{BROKEN_OFF} the log has run_id {run_id}."
    assert (outcome.state, outcome.error, tried) == ("failed", sentence, runs.OUTAGES_MAX)
    assert await state_of(as_owner, run_id) == ("failed", sentence)
    assert [line["exc_info"] for line in logs if line["log_level"] == "error"] == [True]


@pytest.fixture
async def proxied(
    database_settings: DatabaseSettings, keys: Keys, tmp_path: Path
) -> AsyncIterator[tuple[Runner, FaultProxy]]:
    """A runner whose PostgreSQL may go away."""
    write_csv(tmp_path / "tbl_historico_t3_2025.csv", [legacy_row()])
    source = files_source(tmp_path / "tbl_historico_t3_2025.csv")
    with FaultProxy.before(database_settings.port) as proxy:
        behind = Database(replace(database_settings.as_role("iact_ivr"), host="127.0.0.1", port=proxy.port))
        await behind.open()
        yield Runner(behind, keys, [source]), proxy
        await behind.close()


async def test_an_outage_is_waited_out_however_long_it_takes(
    proxied: tuple[Runner, FaultProxy], as_owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner, proxy = proxied
    tried = 0

    async def breaks_off(_: Work) -> None:
        nonlocal tried
        tried += 1
        if tried == 1:
            proxy.faults.refuse = True
            proxy.cut()
            raise asyncpg.ConnectionDoesNotExistError

    monkeypatch.setattr(runs, "_read_all", breaks_off)
    with capture_logs() as logs:
        run_id = await begun(runner)
        async with asyncio.timeout(60):
            while sum("waits for PostgreSQL" in line["event"] for line in logs) <= 2 * runs.OUTAGES_MAX:  # noqa: ASYNC110 - a log tells nobody
                await asyncio.sleep(0.01)
            proxy.faults.refuse = False
            assert (await runner.wait(run_id)).state == "succeeded"
    assert await state_of(as_owner, run_id) == ("succeeded", None)


async def test_an_end_that_cannot_be_written_is_written_later(
    runner: Runner, as_owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, refused = store.finish_run, 0

    async def full(*arguments: Any) -> None:
        nonlocal refused
        refused += 1
        if refused < 3:
            raise asyncpg.DiskFullError("could not extend file")
        await original(*arguments)

    monkeypatch.setattr(store, "finish_run", full)
    run_id = await begun(runner)
    async with asyncio.timeout(60):
        assert (await runner.wait(run_id)).state == "succeeded"
    assert await state_of(as_owner, run_id) == ("succeeded", None)


async def test_a_run_that_this_process_has_left_is_taken_up_by_it(
    runner: Runner, as_owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its task had ended by an error of ours, and was believed to work on it until the process ended."""
    original = store.finish_run

    async def odd(*_: Any) -> None:
        raise LookupError("of ours")

    monkeypatch.setattr(store, "finish_run", odd)
    with capture_logs() as logs:
        run_id = await begun(runner)
        async with asyncio.timeout(60):
            with pytest.raises(LookupError):
                await runner.wait(run_id)
    assert any(line["event"] == f"run {run_id} was left" and line["exc_info"] for line in logs)
    assert runner.progress(run_id) is None
    monkeypatch.setattr(store, "finish_run", original)
    await as_owner.execute("UPDATE ivr.runs SET heartbeat_at = now() - interval '1 hour'")
    (again,) = await runner.recover()
    async with asyncio.timeout(60):
        assert (await runner.wait(again)).state == "succeeded"
    assert await state_of(as_owner, run_id) == ("failed", f"{INTERRUPTED} The next run takes it up.")


async def test_a_service_ends_though_postgresql_went_away_with_it(
    proxied: tuple[Runner, FaultProxy], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that is shut down: giving the lock back fails, and that must not take the place of the cancellation."""
    runner, proxy = proxied
    reading = asyncio.Event()

    async def reads(_: Work) -> None:
        reading.set()
        await asyncio.sleep(3_600)

    monkeypatch.setattr(runs, "_read_all", reads)
    run_id = await begun(runner)
    async with asyncio.timeout(60):
        await reading.wait()
        proxy.faults.refuse = True
        proxy.cut()
        await runner.close()
        with pytest.raises(asyncio.CancelledError):
            await runner.wait(run_id)


async def test_a_reading_that_loses_a_cancellation_is_told_again(
    runner: Runner, as_owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = 0

    async def hard_of_hearing(_: Work) -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.sleep(3_600)
            except asyncio.CancelledError:
                lost += 1
                if lost == 2:
                    raise

    monkeypatch.setattr(runs, "_read_all", hard_of_hearing)
    run_id = await begun(runner)
    async with asyncio.timeout(60):
        while runner.progress(run_id) is None:  # noqa: ASYNC110 - it tells nobody that it has begun
            await asyncio.sleep(0.01)
        runner.cancel(run_id)
        assert (await runner.wait(run_id)).state == "cancelled"
    assert await state_of(as_owner, run_id) == ("cancelled", "Cancelled; what was not yet published is discarded.")


async def test_what_is_remembered_of_ended_runs_is_little(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "OUTCOMES_KEPT", 3)
    for _ in range(6):
        run_id = await begun(runner)
        assert (await runner.wait(run_id)).state == "succeeded"
    assert len(runner._tasks) <= 4
    assert (await runner.wait(run_id)).run_id == run_id
