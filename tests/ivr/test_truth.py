"""A simulated IVR of known truth: every figure of the manifest comes out, and no telephone does."""

import csv
import re
from collections import Counter
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from iact.simulate.asterisk import AsteriskOptions, simulate_asterisk
from iact.simulate.legacy import LegacyOptions, simulate_legacy
from iact.simulate.targets import FolderTarget, MariaDbTarget
from services.ivr.work import Request
from shared.testing.mariadb import MariaDbSchema
from tests.ivr.conftest import Ingest, files_source, mariadb_source

pytestmark = pytest.mark.integration

ROWS = 30_000
TEXT_COLUMNS = """SELECT c.relname AS table, a.attname AS column
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'ivr' AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
      AND a.atttypid::regtype::text IN (
          'text', 'text[]', 'jsonb', 'bytea', 'bigint', 'integer', 'double precision')"""


async def told(conn: asyncpg.Connection, what: str, view: str = "legacy_calls_v1") -> dict[Any, int]:
    rows = await conn.fetch(f"SELECT {what} AS what, count(*) AS calls FROM ivr.{view} GROUP BY 1")
    return {row["what"]: row["calls"] for row in rows}


async def check_legacy(conn: asyncpg.Connection, truth: Any) -> None:
    day = f"(started_at AT TIME ZONE '{truth.zone}')::date::text"
    assert await told(conn, "source_table") == truth.tables
    assert await told(conn, "line_kind") == truth.line_kinds
    assert await told(conn, "centre_kind") == truth.centre_kinds
    assert await told(conn, "menu_kind") == truth.menu_kinds
    assert await told(conn, "did") == truth.by_did
    assert await told(conn, "segment") == truth.calls_by_segment
    assert await told(conn, "centre") == truth.by_centre
    assert await told(conn, "option") == truth.by_option
    assert await told(conn, day) == truth.calls_by_day
    assert await told(conn, "unnest(labels)") == truth.by_label
    assert await told(conn, "lower(menu)") == Counter({menu.casefold(): n for menu, n in truth.by_menu.items()})
    totals = await conn.fetchrow(
        """SELECT count(*) FILTER (WHERE menu_abandoned) AS abandoned, count(*) FILTER (WHERE swapped) AS swapped,
                  sum(duration_s) AS duration, count(*) FILTER (WHERE caller_id = 0) AS nobody,
                  count(DISTINCT nullif(caller_id, 0)) AS callers, count(DISTINCT call_id) AS ids,
                  count(*) FILTER (WHERE occurrence > 1) AS repeated
           FROM ivr.legacy_calls_v1"""
    )
    assert dict(totals or {}) == {
        "abandoned": truth.abandoned,
        "swapped": truth.swapped,
        "duration": truth.duration_s_sum,
        "nobody": truth.calls_without_caller,
        "callers": truth.unique_callers.total,
        "ids": truth.rows,
        "repeated": truth.repeated_rows,
    }
    by_segment = await conn.fetch(
        "SELECT segment, count(DISTINCT nullif(caller_id, 0)) FROM ivr.legacy_calls_v1 GROUP BY 1"
    )
    assert {row[0]: row[1] for row in by_segment} == truth.unique_callers.by_segment
    units = await conn.fetch("SELECT source_table, unit_date::text, rows_read FROM ivr.units")
    assert {(u["source_table"], u["unit_date"]): u["rows_read"] for u in units} == {
        (table, day): rows for table, days in truth.units.items() for day, rows in days.items()
    }


async def test_the_legacy_truth_comes_out_of_files(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    truth = simulate_legacy(LegacyOptions(rows=ROWS, seed=7), FolderTarget(tmp_path, compressed=True))
    outcome = await ingest(files_source(tmp_path / "tbl_historico_*.csv.gz"))
    assert outcome.error is None
    await check_legacy(as_owner, truth)
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.run_units WHERE rows_read <> rows_published") == 0


async def test_the_legacy_truth_comes_out_of_mariadb(
    mariadb: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    truth = simulate_legacy(LegacyOptions(rows=ROWS, seed=8), MariaDbTarget(mariadb.dsn_admin))
    outcome = await ingest(mariadb_source(mariadb))
    assert outcome.error is None
    await check_legacy(as_owner, truth)


async def check_asterisk(conn: asyncpg.Connection, truth: Any) -> None:
    exits = {name: calls for name, calls in truth.exits.items() if calls}
    assert await told(conn, "exit", "queue_calls_v1") == exits
    totals = await conn.fetchrow(
        """SELECT round(sum(wait_s)) AS wait, round(sum(talk_s)) AS talk, sum(transfers) AS transfers,
                  sum(ring_no_answer) AS ring_no_answer,
                  count(*) FILTER (WHERE exit = 'answered' AND talk_s IS NULL) AS uncompleted,
                  count(*) FILTER (WHERE exit = 'abandoned' AND agent IS NOT NULL) AS abandoned_with_agent,
                  count(DISTINCT nullif(caller_id, 0)) AS callers
           FROM ivr.queue_calls_v1"""
    )
    assert dict(totals or {}) == {
        "wait": truth.wait_s_sum,
        "talk": truth.talk_s_sum,
        "transfers": truth.transfers,
        "ring_no_answer": truth.ring_no_answer,
        "uncompleted": truth.uncompleted,
        "abandoned_with_agent": truth.abandoned_with_agent,
        "callers": truth.unique_callers["total"],
    }
    for queue, figures in truth.by_queue.items():
        row = await conn.fetchrow(
            """SELECT count(*) AS calls, round(sum(wait_s)) AS wait_s_sum, round(sum(talk_s)) AS talk_s_sum,
                      round(sum(ring_s)) AS ring_s_sum FROM ivr.queue_calls_v1 WHERE queue = $1""",
            queue,
        )
        assert dict(row or {}) == {name: figures[name] for name in ("calls", "wait_s_sum", "talk_s_sum", "ring_s_sum")}


@pytest.mark.parametrize("file", ["queue_log", "queue_log.csv"])
async def test_the_asterisk_truth_comes_out_of_files(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection, file: str
) -> None:
    truth = simulate_asterisk(AsteriskOptions(rows=ROWS, seed=9, cel=False), FolderTarget(tmp_path))
    source = files_source(tmp_path / file, kind="asterisk")
    outcome = await ingest(source)
    assert outcome.error is None
    await check_asterisk(as_owner, truth)
    await ingest(source)
    run = await as_owner.fetchrow("SELECT * FROM ivr.runs ORDER BY run_id DESC LIMIT 1")
    assert run is not None
    assert (run["rows_read"], run["rows_duplicate"]) == (ROWS, ROWS)
    await check_asterisk(as_owner, truth)


@pytest.mark.requirement("RF-007")
async def test_the_asterisk_truth_comes_out_of_mariadb_and_the_overlap_is_known(
    mariadb: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    truth = simulate_asterisk(AsteriskOptions(rows=ROWS, seed=10, cel=False), MariaDbTarget(mariadb.dsn_admin))
    for published in (ROWS, 0):
        outcome = await ingest(mariadb_source(mariadb, "asterisk"), Request(tables=("queue_log",)))
        assert outcome.error is None
        run = await as_owner.fetchrow("SELECT * FROM ivr.runs ORDER BY run_id DESC LIMIT 1")
        assert run is not None
        assert run["rows_published"] == published
        await check_asterisk(as_owner, truth)
    assert run is not None
    assert run["rows_duplicate"] == 10_000


async def check_details(conn: asyncpg.Connection, truth: Any) -> None:
    zone = truth.zone
    assert await told(conn, "disposition", "call_legs_v1") == {
        name.lower().replace(" ", "_"): number for name, number in truth.dispositions.items() if number
    }
    assert await told(conn, f"(started_at AT TIME ZONE '{zone}')::date::text", "call_legs_v1") == truth.legs["by_day"]
    assert await told(conn, "queue", "call_legs_v1") == truth.legs["by_queue"]
    agents = await told(conn, "agent", "call_legs_v1")
    agents.pop(None, None)
    assert agents == truth.legs["by_agent"]
    sums = await conn.fetchrow(
        "SELECT sum(duration_s) AS duration_s_sum, sum(billsec) AS billsec_sum, count(*) AS total FROM ivr.call_legs_v1"
    )
    assert dict(sums or {}) == {name: truth.legs[name] for name in ("duration_s_sum", "billsec_sum", "total")}
    assert await told(conn, "menu", "call_steps_v1") == truth.steps["by_menu"]
    assert await told(conn, f"(at AT TIME ZONE '{zone}')::date::text", "call_steps_v1") == truth.steps["by_day"]
    assert (await told(conn, "ended", "call_steps_v1"))["queue"] == truth.steps["queued"]
    # The same caller has the same id in all three logs.
    strangers = await conn.fetchval(
        """SELECT count(*) FROM ivr.queue_calls_v1 q JOIN ivr.call_steps_v1 t ON t.linked_id = q.callid
           WHERE t.caller_id <> q.caller_id"""
    )
    assert strangers == 0


@pytest.mark.requirement("RF-007")
async def test_the_truth_of_cdr_and_cel_comes_out_of_mariadb(
    mariadb: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    truth = simulate_asterisk(AsteriskOptions(rows=12_000, seed=13), MariaDbTarget(mariadb.dsn_admin))
    for published in (sum(truth.tables.values()), 0):
        outcome = await ingest(mariadb_source(mariadb, "asterisk"))
        assert outcome.error is None
        run = await as_owner.fetchrow("SELECT * FROM ivr.runs ORDER BY run_id DESC LIMIT 1")
        assert run is not None
        assert run["rows_published"] == published
        await check_asterisk(as_owner, truth)
        await check_details(as_owner, truth)


async def test_the_truth_of_cdr_and_cel_comes_out_of_files(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    truth = simulate_asterisk(AsteriskOptions(rows=6_000, seed=14, zone="America/New_York"), FolderTarget(tmp_path))
    source = files_source(tmp_path / "c*.csv", kind="asterisk", zone="America/New_York")
    for published in (truth.tables["cdr"] + truth.tables["cel"], 0):
        outcome = await ingest(source)
        assert outcome.error is None
        run = await as_owner.fetchrow("SELECT * FROM ivr.runs ORDER BY run_id DESC LIMIT 1")
        assert run is not None
        assert (run["rows_published"], run["rows_read"]) == (published, truth.tables["cdr"] + truth.tables["cel"])
        await check_details(as_owner, truth)


async def test_no_telephone_of_a_run_is_in_any_column(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    legacy, pbx = tmp_path / "legacy", tmp_path / "pbx"
    simulate_legacy(LegacyOptions(rows=ROWS, seed=11), FolderTarget(legacy))
    simulate_asterisk(AsteriskOptions(rows=ROWS, seed=12), FolderTarget(pbx))
    broken = next(legacy.glob("tbl_*.csv"))
    spoil(broken)
    await ingest(files_source(legacy / "tbl_*.csv"))
    await ingest(files_source(pbx / "queue_log", pbx / "c*.csv", kind="asterisk", name="pbx"))
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.call_steps") > 0
    numbers = telephones(legacy, pbx / "queue_log.csv")
    assert len(numbers) > ROWS // 3
    found = await digit_runs(as_owner)
    assert len(found) > ROWS
    assert numbers & found == set()
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.rejects") > 100


def spoil(path: Path) -> None:
    """Rows whose telephones stand where nobody expects them."""
    lines = path.read_text().splitlines()
    with path.open("w") as file:
        file.write(lines[0] + "\n")
        for n, line in enumerate(lines[1:]):
            fields = next(csv.reader([line]))
            number = f"5599{n:06}"
            match n % 40:
                case 0:
                    fields[1:3] = [number, "never"]
                case 1:
                    fields[6] = f"llame al {number}"
                case 2:
                    fields[9] = f"VIP {number}"
                case 3:
                    fields[4] = fields[7] = number
                case 4:
                    fields[5] = f"{number[:2]} {number[2:6]} {number[6:]}"
                case 5:
                    fields = [*fields, number]
                case _:
                    pass
            csv.writer(file, lineterminator="\n").writerow(fields)


def telephones(folder: Path, queue_log: Path) -> set[str]:
    numbers = {
        number
        for path in folder.glob("tbl_*.csv")
        for row in csv.DictReader(path.open())
        for number in (row["cTelefono_Origen"], row["cTelefono_Digitado"])
        if number
    }
    numbers |= {f"5599{n:06}" for n in range(ROWS)}
    return numbers | {row["data2"] for row in csv.DictReader(queue_log.open()) if row["event"] == "ENTERQUEUE"}


async def digit_runs(conn: asyncpg.Connection) -> set[str]:
    """Every maximal run of digits in every column of every table, and every run without its spaces."""
    runs: set[str] = set()
    for row in await conn.fetch(TEXT_COLUMNS):
        values = await conn.fetch(f'SELECT DISTINCT "{row["column"]}"::text AS value FROM ivr."{row["table"]}"')
        for value in (str(each["value"]) for each in values):
            runs.update(re.findall("[0-9]+", value))
            runs.update(re.findall("[0-9]+", value.replace(" ", "")))
    return runs
