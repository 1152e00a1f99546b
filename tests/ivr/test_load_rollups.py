"""The rollups that a load writes are those that SQL makes of its facts, however the load was cut and repeated."""

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import numpy as np
import pytest

from services.ivr import aggregate, kept_calls, rebuild_rollups, repeats, store_callers, store_rollups
from services.ivr.rebuild_rollups import Rebuilder
from services.ivr.sources import legacy
from services.ivr.totals import write_legacy_totals
from services.ivr.work import Request
from shared.postgres import Connection, Database
from shared.sketches import hyperloglog, write_registers
from tests.ivr.coarser import check_coarser
from tests.ivr.conftest import Ingest, LegacyRow, files_source, legacy_row, write_csv

pytestmark = pytest.mark.integration

TABLES = ("legacy_quarter_hours", "legacy_hours", "legacy_days", "legacy_months", "legacy_repeat_days")
MONTHS = [date(2025, month, 1) for month in range(1, 13)]
DAYS = ("2025-10-24", "2025-10-25", "2025-10-26", "2025-10-31", "2025-11-01")


def random_rows(seed: int, n: int = 300) -> list[LegacyRow]:
    """Dirty calls over the end of summer time, a month's end and several units of one local day."""
    rng = random.Random(seed)
    rows = []
    for _ in range(n):
        day = rng.choice(DAYS)
        start, end = (
            f"{rng.choice([0, 1, 2, 3, 9, 23]):02}:{rng.randrange(60):02}:{rng.randrange(60):02}" for _ in "se"
        )
        row = legacy_row(
            day,
            rng.choice([start, start, start, start, None]),
            end,
            did=rng.choice(["19028031", "19020001", "7"]),
            centre=rng.choice(["10828091", "cliente_colgo", None, "0000", "x1", "108280915512345678"]),
            menu=rng.choice([None, "RES-SaldooPagos", "res-saldoopagos", "5512345678", "telefono_en_menu", "Otro"]),
            option=rng.choice(["DEFAULT", None, "1"]),
            origin=rng.choice([None, "anonymous", *(f"55{number:08}" for number in range(40))]),
            typed=rng.choice([None, "5500000001", "5500000002"]),
        )
        # The unit is the day that dFecha names, which need not be the call's.
        rows.append((rng.choice([day, day, day, rng.choice(DAYS), "0000-00-00"]), *row[1:]))
    return rows


async def rows_of(conn: asyncpg.Connection, table: str) -> list[tuple[Any, ...]]:
    return sorted((tuple(row) for row in await conn.fetch(f"SELECT * FROM ivr.{table}")), key=repr)


async def check_counts(conn: asyncpg.Connection, database: Database) -> None:
    """What the load wrote is what SQL makes of the facts that stand beside it."""
    written = {table: await rows_of(conn, table) for table in TABLES}
    assert all(written.values())
    await check_coarser(conn)
    assert await conn.fetchval("SELECT count(*) FROM ivr.totals_missing") == 0
    async with database.transaction() as own:
        units = [row["unit_id"] for row in await own.fetch("SELECT unit_id FROM ivr.units")]
        await store_rollups.rebuild_legacy_units(own, units)
        await own.execute("DELETE FROM ivr.legacy_months")
        await store_rollups.rebuild_legacy_months(own, 1, MONTHS)
        await own.execute("DELETE FROM ivr.legacy_repeat_days")
        await store_rollups.rebuild_legacy_repeats(own, 1, date(2025, 1, 1), date(2026, 1, 1))
        missing = await own.fetch("SELECT DISTINCT since FROM ivr.totals_missing")
        await write_legacy_totals(own, 1, [row["since"] for row in missing])
    for table in TABLES:
        assert written[table] == await rows_of(conn, table), table


async def check_callers(conn: asyncpg.Connection, zone: str) -> None:
    """Sets, sketches and counts of different callers against the ids in the facts."""
    facts = await conn.fetch(
        "SELECT (started_at AT TIME ZONE $1)::date AS day, did_id, segment, unit_id, caller_id"
        " FROM ivr.legacy_calls JOIN ivr.dids USING (did_id)",
        zone,
    )
    by_unit: dict[tuple[Any, ...], set[int]] = defaultdict(set)
    by_shard: dict[tuple[Any, ...], set[int]] = defaultdict(set)
    by_month: dict[tuple[Any, ...], set[int]] = defaultdict(set)
    counted: dict[tuple[Any, ...], set[int]] = defaultdict(set)
    for day, did_id, segment, unit_id, caller_id in facts:
        known = {caller_id} - {0}
        by_unit[day, did_id, unit_id] |= known
        month, quarter = day.replace(day=1), date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        by_month[month, did_id] |= known
        for each in known:
            by_shard[month, did_id, (each >> 58) + 32].add(each)
        for period, since in (("day", day), ("month", month), ("quarter", quarter), ("year", date(day.year, 1, 1))):
            counted[period, since, None] |= known
            counted[period, since, segment] |= known
    rows = await conn.fetch("SELECT * FROM ivr.legacy_caller_days")
    assert {(r["day"], r["did_id"], r["unit_id"]): ids_of(r["callers"]) for r in rows} == by_unit
    assert all(r["sketch"] == sketch(ids_of(r["callers"])) for r in rows)
    assert all(r["callers_n"] * 8 == len(r["callers"]) for r in rows)
    rows = await conn.fetch("SELECT * FROM ivr.legacy_caller_months WHERE callers_n > 0")
    assert {(r["month"], r["did_id"], r["shard"]): ids_of(r["callers"]) for r in rows} == by_shard
    rows = await conn.fetch("SELECT * FROM ivr.legacy_caller_month_sketches")
    assert {(r["month"], r["did_id"]): r["sketch"] for r in rows} == {key: sketch(ids) for key, ids in by_month.items()}
    rows = await conn.fetch("SELECT period, since, segment, callers FROM ivr.legacy_unique_callers_v1")
    assert {tuple(row)[:3]: row["callers"] for row in rows} == {key: len(ids) for key, ids in counted.items()}
    assert len(rows) == len(counted)


def ids_of(stored: bytes) -> set[int]:
    ids = np.frombuffer(stored, dtype="<i8").tolist()
    assert ids == sorted(set(ids))
    return set(ids)


def sketch(ids: set[int]) -> bytes:
    return write_registers(hyperloglog(np.array(sorted(ids), dtype=np.int64)))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("zone", "together"), [("Europe/Madrid", 1 << 19), ("Australia/Lord_Howe", 70)])
async def test_units_are_rolled_up_as_sql_does_it(
    tmp_path: Path,
    ingest: Ingest,
    as_owner: asyncpg.Connection,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
    zone: str,
    together: int,
) -> None:
    monkeypatch.setattr(aggregate, "COUNTED_TOGETHER", together)
    monkeypatch.setattr(legacy, "CHUNK_ROWS", 64)
    monkeypatch.setattr(repeats, "LOOKED_AT_TOGETHER", together)
    monkeypatch.setattr(store_callers, "IDS_TOGETHER", together)
    rows = random_rows(seed)
    first = write_csv(tmp_path / "tbl_historico_t3_2025.csv", rows[:200])
    second = write_csv(tmp_path / "tbl_historico_t4_2025.csv", rows[150:])
    source = files_source(first, second, zone=zone)
    assert (await ingest(source)).error is None
    await check_counts(as_owner, database)
    await check_callers(as_owner, zone)
    # Some units grow, some shrink, one is new: replaced, held, published, and in the end forced.
    write_csv(first, [*rows[:100], *rows[110:], legacy_row("2025-12-24", "23:59:59", "00:00:01")])
    for force in (False, True):
        assert (await ingest(source, Request(force=force))).error is None
        await check_counts(as_owner, database)
        await check_callers(as_owner, zone)


MADRID = "Europe/Madrid"
EVERYTHING = (*TABLES, "legacy_caller_days", "legacy_caller_months", "legacy_caller_month_sketches")


async def test_a_period_that_lost_its_calls_loses_its_numbers(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection, database: Database
) -> None:
    calls = [("2025-10-01", "2025-02-03"), ("2025-12-01", "2025-05-06"), ("2025-10-01", "2025-11-07")]
    rows = [(unit, f"{day} 09:00:00", f"{day} 09:00:30", *legacy_row()[3:]) for unit, day in calls]
    path = write_csv(tmp_path / "t.csv", rows)
    for left in (rows, rows[1:], [rows[2], rows[2]], [rows[0]]):
        write_csv(path, left)
        assert (await ingest(files_source(path, zone=MADRID), Request(force=True))).error is None
        await check_counts(as_owner, database)
        await check_callers(as_owner, MADRID)


@pytest.fixture
def months_read_again(monkeypatch: pytest.MonkeyPatch) -> list[date]:
    """The months that loads make from the days in PostgreSQL, because memory does not hold all of them."""
    seen: list[date] = []
    real = store_rollups.write_months

    async def write_months(conn: Connection, source_id: int, months: Sequence[date]) -> None:
        seen.extend(months)
        await real(conn, source_id, months)

    monkeypatch.setattr(store_rollups, "write_months", write_months)
    return seen


async def test_a_load_that_has_all_calls_of_a_month_reads_no_day_again(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection, database: Database, months_read_again: list[date]
) -> None:
    path = write_csv(tmp_path / "t.csv", random_rows(11))
    assert (await ingest(files_source(path, zone=MADRID))).error is None
    assert months_read_again == []
    await check_counts(as_owner, database)


async def test_late_rows_are_added_to_a_month_that_was_rolled_up(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection, database: Database, months_read_again: list[date]
) -> None:
    rows = [legacy_row(f"2025-{month}-{day:02}") for month in ("10", "11") for day in range(1, 6)]
    path = write_csv(tmp_path / "t.csv", rows)
    assert (await ingest(files_source(path, zone=MADRID))).error is None
    write_csv(path, [*rows, legacy_row("2025-11-03", "10:00:00", "10:00:01"), legacy_row("2025-12-01")])
    assert (await ingest(files_source(path, zone=MADRID))).error is None
    # The other days of November are not read again from the source, December is new as a whole, October untouched.
    assert months_read_again == [date(2025, 11, 1)]
    await check_counts(as_owner, database)


async def test_a_month_that_two_tables_share_is_made_of_both(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection, database: Database, months_read_again: list[date]
) -> None:
    # In one chunk the local month ends, and hours later that of UTC, which partitions the facts.
    write_csv(tmp_path / "tbl_historico_t3_2025.csv", [legacy_row("2025-09-30"), legacy_row("2025-10-01", "00:00:01")])
    write_csv(
        tmp_path / "tbl_historico_t4_2025.csv",
        [
            legacy_row("2025-10-01"),
            legacy_row("2025-10-31", "23:59:59", "23:59:59"),
            legacy_row("2025-11-01", "00:00:00"),
        ],
    )
    assert (await ingest(files_source(tmp_path / "tbl_*.csv", zone="America/New_York"))).error is None
    assert months_read_again == [date(2025, 10, 1)]
    await check_counts(as_owner, database)
    months = await as_owner.fetch("SELECT month, calls FROM ivr.legacy_months WHERE grain = 1 ORDER BY month")
    assert [tuple(row) for row in months] == [(date(2025, 9, 1), 1), (date(2025, 10, 1), 3), (date(2025, 11, 1), 1)]


async def test_what_was_not_covered_is_counted_when_the_data_jumps_by_weeks(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection, database: Database
) -> None:
    rows = [legacy_row(f"2025-07-{n + 1:02}", origin=f"55{n % 3:08}") for n in range(9)]
    write_csv(tmp_path / "tbl_historico_t3_2025.csv", rows)
    source = files_source(tmp_path / "tbl_*.csv", zone=MADRID)
    assert (await ingest(source)).error is None
    covered = "SELECT sum(covered_7d) FROM ivr.legacy_repeat_days"
    assert await as_owner.fetchval(covered) == 2
    write_csv(tmp_path / "tbl_historico_t4_2025.csv", [legacy_row("2025-11-20")])
    assert (await ingest(source)).error is None
    await check_counts(as_owner, database)
    assert await as_owner.fetchval(covered) == len(rows)


async def test_calls_of_one_second_are_told_apart_or_left_to_sql(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(5)
    rows = [legacy_row(menu=rng.choice("abc"), origin=f"55{rng.randrange(3):08}") for _ in range(40)]
    rows.append(legacy_row("2025-07-20"))
    path = write_csv(tmp_path / "t.csv", rows)
    for shift in (32, 63):  # with one bit of the ids nobody can tell
        monkeypatch.setattr(kept_calls, "ORDER_SHIFT", shift)
        path.write_text(path.read_text() + ",".join(str(each or "") for each in legacy_row(menu="d")) + "\n")
        assert (await ingest(files_source(path))).error is None
        await check_counts(as_owner, database)


async def test_rollups_of_older_facts_are_made_in_steps(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = files_source(write_csv(tmp_path / "t.csv", random_rows(7)), zone=MADRID)
    assert (await ingest(source)).error is None
    complete = "SELECT complete FROM ivr.rollups_v1"
    assert await as_owner.fetchval(complete)
    before = {table: await rows_of(as_owner, table) for table in (*EVERYTHING, "legacy_unique_callers")}
    # As a release that knew no rollups left it, and as one left it that published a unit once more.
    for table in before:
        await as_owner.execute(f"DELETE FROM ivr.{table}")
    await as_owner.execute("UPDATE ivr.units SET rolled_up_at = NULL WHERE unit_id % 2 = 0")
    await as_owner.execute("UPDATE ivr.units SET rolled_up_at = rolled_up_at - interval '1 day' WHERE unit_id % 2 = 1")
    assert not await as_owner.fetchval(complete)
    monkeypatch.setattr(rebuild_rollups, "CALLS_TOGETHER", 50)
    version = await as_owner.fetchval("SELECT version FROM ivr.data_version_v1")
    assert await Rebuilder(database).complete() == set()
    assert await as_owner.fetchval(complete)
    assert await as_owner.fetchval("SELECT version FROM ivr.data_version_v1") > version
    for table, rows in before.items():
        assert await rows_of(as_owner, table) == rows, table
    state = await as_owner.fetchrow("SELECT * FROM ivr.rollup_states")
    assert state is not None
    assert (state["calls_done"], state["phase"]) == (state["calls_expected"], "complete")
