"""`iact retention` as a timer and a person run it: off by default, says before it does, and wants a copy first."""

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from unittest.mock import AsyncMock

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from iact import retention as retention_of_months
from iact.backups import DONE
from iact.cli import build
from iact.commands.retention import KEEP_MAX, KEEP_MIN
from iact.errors import CommandFailed
from iact.retention import KEEP_MAX as SAME_MAX
from iact.retention import KEEP_MIN as SAME_MIN
from services.ivr import store
from services.ivr.lease import Lease
from shared.postgres import Database
from shared.settings import DatabaseSettings
from tests.iact.test_reach import unit as unit_of_a_timer

unit = unit_of_a_timer


def retention(unit: Path, *words: str) -> Result:
    return CliRunner().invoke(build("retention"), ["retention", *words, "--data-dir", str(unit)])


@pytest.fixture
def months(database_settings: DatabaseSettings) -> None:
    """Two empty months of each table, of years ago."""

    async def make() -> None:
        conn = await asyncpg.connect(**database_settings.connect_arguments())
        for parent in ("legacy_calls", "queue_calls"):
            for month in (date(2020, 1, 1), date(2020, 2, 1)):
                await conn.execute("SELECT ivr.ensure_month($1, $2)", parent, month)
        await conn.close()

    asyncio.run(make())


def copy_of(folder: Path, finished_at: datetime) -> Path:
    made = folder / "base" / finished_at.strftime("%Y%m%dT%H%M%SZ")
    made.mkdir(parents=True)
    times = {name: finished_at.isoformat() for name in ("started_at", "finished_at")}
    (made / DONE).write_text(json.dumps({**times, "size_bytes": 1, "first_segment": "0" * 24}), encoding="utf-8")
    return folder


@pytest.mark.unit
def test_the_command_knows_the_limits_without_importing_what_is_slow() -> None:
    assert (KEEP_MIN, KEEP_MAX) == (SAME_MIN, SAME_MAX)


@pytest.mark.integration
@pytest.mark.usefixtures("months")
@pytest.mark.requirement("RF-063")
def test_it_is_off_until_somebody_says_how_much_to_keep(unit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for command in (("plan",), ("drop", "--yes", "--without-backup")):
        said = retention(unit, *command)
        assert (said.exit_code, said.stdout) == (
            0,
            "Retention is off: nothing says how many months to keep (--keep or IACT_RETENTION_MONTHS).\n",
        )
    assert retention(unit, "plan", "--keep", "2").exit_code == 2
    monkeypatch.setenv("IACT_RETENTION_MONTHS", "24")
    said = retention(unit, "plan")
    assert "\n2 months before " in said.stdout
    assert "2020-01 " in said.stdout


@pytest.mark.integration
@pytest.mark.usefixtures("months")
@pytest.mark.requirement("RF-063")
def test_it_says_what_would_go_and_drops_it_once_a_copy_holds_it(unit: Path, tmp_path: Path) -> None:
    told = json.loads(retention(unit, "plan", "--keep", "24", "--json").stdout)
    assert [(each["month"], each["rows"]) for each in told["months"]] == [
        (month, {"legacy_calls": 0, "queue_calls": 0}) for month in ("2020-01", "2020-02")
    ]
    drop = ("drop", "--keep", "24", "--yes")
    assert retention(unit, *drop, "--dry-run").exit_code == 0
    refused = retention(unit, *drop)
    assert refused.exit_code == 1
    assert "no copy is known to hold what would be dropped" in refused.output
    old = copy_of(tmp_path / "old", datetime.now(UTC) - timedelta(hours=27))
    assert "more than 26 hours old" in retention(unit, *drop, "--backups", str(old)).output
    assert "holds no whole copy" in retention(unit, *drop, "--backups", str(tmp_path / "none")).output
    fresh = copy_of(tmp_path / "fresh", datetime.now(UTC) - timedelta(hours=2))
    assert "Drop them for good?" in retention(unit, *drop[:-1], "--backups", str(fresh)).output  # nobody says yes
    assert len(json.loads(retention(unit, "plan", "--keep", "24", "--json").stdout)["months"]) == 2
    done = retention(unit, *drop, "--backups", str(fresh))
    assert done.exit_code == 0, done.output
    assert "2020-01: 0 rows, " in done.stdout
    assert "(1 of 2)" in done.stdout
    assert "\n2 months dropped: 0 rows, " in done.stdout
    assert retention(unit, "plan", "--keep", "24").stdout.startswith("no calls are there from before ")


@pytest.mark.integration
@pytest.mark.usefixtures("months")
@pytest.mark.requirement("RF-063")
def test_a_hold_is_placed_seen_and_released(unit: Path) -> None:
    placed = retention(unit, "hold", "2020-02", "--reason", "claim 17/2026")
    assert placed.stdout == "hold 1: calls from 2020-02 on stay until iact retention release\n"
    told = retention(unit, "plan", "--keep", "24").stdout
    assert told.startswith("hold 1 keeps the calls from 2020-02 on: claim 17/2026\n")
    assert "1 months before 2020-02" in told
    assert "is no month; write it as 2025-07" in retention(unit, "hold", "2020-13", "--reason", "x").output
    assert "--reason: write why" in retention(unit, "hold", "2020-02", "--reason", " ").output
    assert retention(unit, "release", "1").stdout == "hold 1 is released\n"
    assert "no hold 1 is open" in retention(unit, "release", "1").output


@pytest.mark.integration
@pytest.mark.usefixtures("months")
@pytest.mark.requirement("RF-063")
def test_a_run_that_begins_between_the_look_and_the_lock_is_named(
    database_settings: DatabaseSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention_of_months, "LEASES_PATIENCE_S", 0.0)
    monkeypatch.setattr(store, "locked_sources", AsyncMock(return_value=frozenset()))  # the look was before it

    async def drop() -> None:
        pool = Database(database_settings, connections_max=1)
        await pool.open()
        try:
            async with pool.connection() as conn:
                add = "INSERT INTO ivr.sources (source, kind, zone) VALUES ($1, 'legacy', 'UTC') RETURNING source_id"
                numbers = [await conn.fetchval(add, name) for name in ("north", "south")]
            async with Lease.hold(pool, numbers[1]):
                await retention_of_months.drop(database_settings, date(2020, 2, 1), lambda _: None)
        finally:
            await pool.close()

    with pytest.raises(CommandFailed, match="a run of south has not ended"):
        asyncio.run(drop())
