"""What breaks in one source, one change or one round of ivr's endless loops is told, and ends none of them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import asyncpg
import pytest

from services.ivr import changes as changes_module
from services.ivr import figures, fill_totals, main, rebuild_rollups, store_rollups
from services.ivr.changes import Change, Changes
from services.ivr.rebuild_rollups import BROKEN, Incomplete, Rebuilder
from services.ivr.totals import write_legacy_totals
from shared.postgres import Connection, Database
from tests.ivr.conftest import Ingest, files_source, write_csv
from tests.ivr.test_load_rollups import MADRID, random_rows

pytestmark = pytest.mark.integration
ENDS = "SELECT state, error FROM ivr.dimension_changes ORDER BY change_id"
UNITS = "SELECT unit_id FROM ivr.units"
WANTED = {"abandoned": True, "goal": True}
ERRORS = [
    TypeError("nobody expects this"),
    AttributeError("nor this"),
    TimeoutError(),
    asyncpg.QueryCanceledError("slow"),
]


@pytest.fixture
async def loaded(tmp_path: Path, ingest: Ingest) -> None:
    for name in ("one", "two"):
        path = write_csv(tmp_path / f"tbl_historico_{name}_t4_2025.csv", random_rows(11, 60))
        assert (await ingest(files_source(path, zone=MADRID, name=name))).error is None


@asynccontextmanager
async def working(loop: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(loop)
    try:
        async with asyncio.timeout(60):
            yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def holds(what: Callable[[], bool]) -> None:
    while not what():  # noqa: ASYNC110 - nobody tells when
        await asyncio.sleep(0.005)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes_module, "AGAIN_AFTER_S", 0.001, raising=False)
    monkeypatch.setattr(changes_module, "LOOK_EVERY_S", 0.001)


@pytest.mark.usefixtures("loaded", "quick")
@pytest.mark.parametrize("times", [1, 1_000])
async def test_a_change_that_takes_too_long_is_tried_some_times_and_holds_up_no_other(
    as_owner: asyncpg.Connection, database: Database, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    begun, real = 0, changes_module._apply

    async def slow(conn: Connection, db: Database, change: Change, sources: Any) -> None:
        nonlocal begun
        if change.target == "otro":
            begun += 1
            if begun <= times:
                raise TimeoutError
        await real(conn, db, change, sources)

    monkeypatch.setattr(changes_module, "_apply", slow)
    changes = Changes(database)
    first = await changes.submit(Change(0, "menu", "otro", WANTED, 7, "r"), "ana")
    second = await changes.submit(Change(0, "segment", "19028031", {"segment": "sur"}, 7, "r"), "ana")
    async with working(changes.run()):
        assert await changes.settled(first, 60) is (times == 1)
        assert await changes.settled(second, 60) is True
    (state, error), after = [tuple(row) for row in await as_owner.fetch(ENDS)]
    assert after == ("succeeded", None)
    if times == 1:
        assert (begun, state, error) == (2, "succeeded", None)
    else:
        assert (begun, state) == (changes_module.ATTEMPTS_MAX, "failed")
        assert f"change_id {first}" in error


@pytest.mark.usefixtures("loaded", "quick")
async def test_a_change_that_cannot_be_read_is_marked_and_holds_up_no_other(
    as_owner: asyncpg.Connection, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = Changes(database)
    first = await changes.submit(Change(0, "menu", "otro", WANTED, 7, "r"), "ana")
    second = await changes.submit(Change(0, "segment", "19028031", {"segment": "sur"}, 7, "r"), "ana")

    def of_this_release(**row: Any) -> Change:
        if row["change_id"] == first:
            raise TypeError("a column of the next release")
        return Change(**row)

    monkeypatch.setattr(changes_module, "Change", of_this_release)
    async with working(changes.run()):
        assert await changes.settled(first, 60) is False
        assert await changes.settled(second, 60) is True
    assert [row["state"] for row in await as_owner.fetch(ENDS)] == ["failed", "succeeded"]


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_a_source_whose_rollups_break_holds_up_no_other(
    as_owner: asyncpg.Connection, database: Database, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    await as_owner.execute("UPDATE ivr.units SET rolled_up_at = NULL")
    real = Rebuilder._step
    bad = await as_owner.fetchval("SELECT source_id FROM ivr.sources WHERE source = 'one'")

    async def step(self: Rebuilder, source: Incomplete) -> None:
        if source.source == "one":
            raise error
        await real(self, source)

    monkeypatch.setattr(Rebuilder, "_step", step)
    async with asyncio.timeout(60):
        assert await Rebuilder(database).complete() == {bad}
    rows = await as_owner.fetch("SELECT source, complete FROM ivr.rollups_v1 WHERE source IN ('one', 'two')")
    assert {row["source"]: row["complete"] for row in rows} == {"one": False, "two": True}
    assert await as_owner.fetchval("SELECT error FROM ivr.rollup_states WHERE source_id = $1", bad) == BROKEN


@pytest.mark.usefixtures("loaded")
async def test_totals_are_made_though_rollups_break(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    filled = 0

    async def breaks(_self: Rebuilder) -> set[int]:
        raise RuntimeError("nobody expects this")

    async def fill(_database: Database) -> bool:
        nonlocal filled
        filled += 1
        if filled == 1:
            raise TypeError("nor this")
        return True

    monkeypatch.setattr(Rebuilder, "complete", breaks)
    monkeypatch.setattr(rebuild_rollups, "fill_totals", fill)
    monkeypatch.setattr(rebuild_rollups, "LOOK_EVERY_S", 0.001)
    async with working(Rebuilder(database).run()) as task:
        await holds(lambda: filled >= 2 or task.done())
        assert not task.done()


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_a_month_whose_totals_break_holds_up_no_other(
    as_owner: asyncpg.Connection, database: Database, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async with as_owner.transaction():  # as the release before does it, which knows no totals
        await store_rollups.rebuild_legacy_units(as_owner, [r[0] for r in await as_owner.fetch(UNITS)])
        for row in await as_owner.fetch("SELECT source_id FROM ivr.sources"):
            await store_rollups.rebuild_legacy_months(as_owner, row["source_id"], [date(2025, 10, 1)])
    real, bad = write_legacy_totals, await as_owner.fetchval("SELECT min(source_id) FROM ivr.sources")
    before = await as_owner.fetchval("SELECT count(*) FROM ivr.totals_missing WHERE source_id <> $1", bad)
    assert before

    async def write(conn: Connection, source_id: int, days: list[date]) -> None:
        if source_id == bad:
            raise error
        await real(conn, source_id, days)

    monkeypatch.setattr(fill_totals, "write_legacy_totals", write)
    assert not await fill_totals.fill_totals(database)
    left = {row["source_id"] for row in await as_owner.fetch("SELECT source_id FROM ivr.totals_missing")}
    assert left == {bad}


async def test_figures_are_looked_at_again_after_a_row_that_nobody_understands(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = 0

    def show(*_: object, **__: object) -> None:
        nonlocal shown
        shown += 1
        if shown == 1:
            raise KeyError("held_units")

    monkeypatch.setattr(figures, "LOOK_EVERY_S", 0.001)
    monkeypatch.setattr(figures, "show", show)
    async with working(figures.watch(database, ())) as task:
        await holds(lambda: shown >= 2 or task.done())
        assert not task.done()


async def test_old_runs_are_taken_up_whatever_breaks_beside_them(monkeypatch: pytest.MonkeyPatch) -> None:
    did: list[str] = []

    def doing(name: str) -> Callable[[], Coroutine[Any, Any, None]]:
        async def do() -> None:
            did.append(name)
            raise KeyError(name)

        return do

    monkeypatch.setattr(main, "RECOVER_EVERY_S", 0.001)
    runner = cast("Any", SimpleNamespace(declare=doing("declare"), recover=doing("runs")))
    reconciler = cast("Any", SimpleNamespace(recover=doing("reconciliations")))
    async with working(main._take_up(runner, reconciler)) as task:
        await holds(lambda: len(did) >= 6 or task.done())
        assert not task.done()
    assert did[:6] == 2 * ["declare", "runs", "reconciliations"]
