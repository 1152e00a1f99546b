"""The real cdr of a PBXware machine and an old Master.csv: every row read, the figures of their README."""

import csv
import re
from collections import Counter
from pathlib import Path

import asyncpg
import pytest

from tests.ivr.conftest import Ingest, files_source
from tests.ivr.test_truth import digit_runs

pytestmark = pytest.mark.integration


async def test_the_real_cdr_is_read_whole(real_data: Path, ingest: Ingest, as_owner: asyncpg.Connection) -> None:
    path = real_data / "asterisk-queue" / "cdr.csv"
    source = files_source(path, kind="asterisk", zone="America/New_York")
    for expected in ((1000, 1000, 0, 0), (1000, 0, 0, 1000)):
        assert (await ingest(source)).error is None
        run = await as_owner.fetchrow("SELECT * FROM ivr.runs ORDER BY run_id DESC LIMIT 1")
        assert run is not None
        names = ("rows_read", "rows_published", "rows_rejected", "rows_duplicate")
        assert tuple(run[name] for name in names) == expected
    rows = await as_owner.fetch("SELECT disposition, count(*) FROM ivr.call_legs_v1 GROUP BY 1")
    assert {row[0]: row[1] for row in rows} == {"answered": 646, "no_answer": 250, "failed": 92, "busy": 12}
    queued = await as_owner.fetchrow(
        "SELECT count(*) AS legs, count(DISTINCT queue) AS queues, min(queue) AS queue FROM ivr.call_legs_v1 "
        "WHERE last_app = 'Queue'"
    )
    assert queued is not None
    assert tuple(queued) == (66, 1, "IT")
    # The README: local times stand five hours before the epochs.
    zone = await as_owner.fetchrow("SELECT * FROM ivr.zone_checks_v1")
    assert zone is not None
    assert (zone["source_table"], zone["offset_s"], zone["rows_looked_at"]) == ("cdr", 0, 1000)
    assert zone["share"] > 0.95
    talked = await as_owner.fetchval("SELECT sum(billsec) FROM ivr.call_legs_v1")
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        written = list(csv.DictReader(file))
    assert talked == sum(int(row["billsec"]) for row in written)
    assert await numbers_left(as_owner, {row[name] for row in written for name in ("src", "dst", "did")}) == set()


async def test_a_wrong_zone_is_seen(real_data: Path, ingest: Ingest, as_owner: asyncpg.Connection) -> None:
    path = real_data / "asterisk-queue" / "cdr.csv"
    await ingest(files_source(path, kind="asterisk", zone="America/Mexico_City"))
    assert await as_owner.fetchval("SELECT offset_s FROM ivr.zone_checks_v1") == 3600


async def test_the_real_queue_log_and_cdr_of_one_machine_belong_together(
    real_data: Path, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    folder = real_data / "asterisk-queue"
    source = files_source(folder / "queue_log.csv", folder / "cdr.csv", kind="asterisk", zone="America/New_York")
    assert (await ingest(source)).error is None
    found = await as_owner.fetchrow(
        """SELECT count(DISTINCT q.callid) AS calls, count(*) FILTER (WHERE l.caller_id <> q.caller_id) AS strangers
           FROM ivr.queue_calls_v1 q JOIN ivr.call_legs_v1 l ON q.callid IN (l.unique_id, l.linked_id)
           WHERE l.last_app = 'Queue'"""
    )
    assert found is not None
    assert found["calls"] > 0
    tables = await as_owner.fetch("SELECT source_table, offset_s FROM ivr.zone_checks_v1 ORDER BY 1")
    assert [tuple(row) for row in tables] == [("cdr", 0), ("queue_log", 0)]


async def test_the_old_master_csv_is_read_whole(real_data: Path, ingest: Ingest, as_owner: asyncpg.Connection) -> None:
    """18 columns, no header, no line end behind the last of its 269 rows."""
    path = real_data / "asterisk-queue" / "master-2016.csv"
    source = files_source(path, kind="asterisk", zone="UTC")
    for expected in ((269, 269, 0, 0), (269, 0, 0, 269)):
        assert (await ingest(source)).error is None
        run = await as_owner.fetchrow("SELECT * FROM ivr.runs ORDER BY run_id DESC LIMIT 1")
        assert run is not None
        names = ("rows_read", "rows_published", "rows_rejected", "rows_duplicate")
        assert tuple(run[name] for name in names) == expected
    rows = await as_owner.fetch("SELECT disposition, count(*) FROM ivr.call_legs_v1 GROUP BY 1")
    assert {row[0]: row[1] for row in rows} == {"answered": 245, "no_answer": 16, "busy": 8}
    # Three channels have two records each: uniqueid alone would have lost three.
    assert await as_owner.fetchval("SELECT count(DISTINCT unique_id) FROM ivr.call_legs_v1") == 266
    assert await as_owner.fetchval("SELECT offset_s FROM ivr.zone_checks_v1") == 0
    with path.open(newline="") as file:
        written = list(csv.reader(file))
    assert Counter(row[14] for row in written) == {"ANSWERED": 245, "NO ANSWER": 16, "BUSY": 8}
    assert await numbers_left(as_owner, {row[at] for row in written for at in (1, 2)}) == set()


async def numbers_left(conn: asyncpg.Connection, numbers: set[str]) -> set[str]:
    """Telephones among these that stand in any table, as maximal runs of digits."""
    telephones = {number for number in numbers if re.fullmatch("[0-9]{7,}", number)}
    assert telephones
    return telephones & await digit_runs(conn)
