"""Replay: a row that a mended rule can read becomes a call, everything else stays as it was."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from services.ivr import rules
from services.ivr.keys import Keys
from services.ivr.reconciler import Reconciler
from services.ivr.work import Request
from shared.postgres import Database
from shared.testing.mariadb import MariaDbSchema
from tests.ivr.conftest import Ingest, Reconcile, legacy_row, mariadb_source, write_csv
from tests.ivr.test_api import ALL, run_to_the_end, wait_for_run
from tests.ivr.test_detail_runs import CDR, CEL, event, insert, leg, legs, sql, steps
from tests.ivr.test_guard import fill_queue_log

pytestmark = pytest.mark.integration

Client = httpx.AsyncClient
LONG = "x" * 250
OTHER_DAYS = (
    "SELECT c.xmin::text FROM ivr.legacy_calls_v1 v JOIN ivr.legacy_calls c USING (call_id)"
    " WHERE v.unit_date <> '2025-07-02' ORDER BY call_id"
)


@pytest.mark.requirement("RF-010")
async def test_units_with_rejects_are_written_again(
    client_as: Callable[..., Client],
    sources_file: Path,
    as_owner: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [legacy_row(), legacy_row("2025-07-02", menu=LONG), legacy_row("2025-07-02"), legacy_row("2025-07-03")]
    broken = legacy_row("2025-07-04", start=None, end=None)
    write_csv(sources_file.parent / "tbl_historico_t3_2025.csv", [*rows, broken])
    client = client_as(*ALL)
    first = await run_to_the_end(client)
    assert (first["published"], first["rejected"]) == (3, 2)
    untouched = await as_owner.fetch(OTHER_DAYS)
    monkeypatch.setattr(rules, "NAME_CHARS_MAX", 300)
    accepted = (await client.post("/rejects/replay", json={"source": "legacy", "run_id": first["id"]})).json()
    assert (accepted["rejects"], accepted["tables"]) == (2, ["tbl_historico_t3_2025"])
    run = await wait_for_run(client, accepted["id"])
    assert (run["read"], run["published"], run["unchanged"], run["rejected"]) == (4, 2, 1, 1)
    assert (run["from"], run["to"]) == ("2025-07-02", "2025-07-05")
    days = await as_owner.fetch("SELECT unit_date, count(*) FROM ivr.legacy_calls_v1 GROUP BY 1 ORDER BY 1")
    assert [tuple(day) for day in days] == [(date(2025, 7, 1), 1), (date(2025, 7, 2), 2), (date(2025, 7, 3), 1)]
    assert [row["unit_date"] for row in (await client.get("/rejects")).json()["items"]] == ["2025-07-04"]
    assert untouched == await as_owner.fetch(OTHER_DAYS)


async def test_nothing_to_replay_is_said(client_as: Callable[..., Client]) -> None:
    client = client_as(*ALL)
    for source, status, words in (
        ("legacy", 409, "nothing to read again"),
        ("pbx", 409, "nothing to read again"),
        ("x", 404, "'x'"),
    ):
        answer = await client.post("/rejects/replay", json={"source": source})
        assert answer.status_code == status
        assert words in answer.json()["detail"]


async def calls(conn: asyncpg.Connection) -> Counter[tuple[Any, ...]]:
    rows = await conn.fetch("SELECT callid, queue, exit, wait_s, entered_at, caller_id, call_id FROM ivr.queue_calls")
    return Counter(tuple(row) for row in rows)


async def last_run(conn: asyncpg.Connection) -> tuple[int, int, int, int]:
    row = await conn.fetchrow("SELECT * FROM ivr.runs ORDER BY run_id DESC LIMIT 1")
    assert row is not None
    assert (row["state"], row["error"]) == ("succeeded", None)
    return row["rows_read"], row["rows_published"], row["rows_rejected"], row["rows_duplicate"]


async def test_a_mended_row_of_a_queue_log_is_told_although_its_call_ended_long_ago(
    mariadb: MariaDbSchema, ingest: Ingest, database: Database, keys: Keys, as_owner: asyncpg.Connection
) -> None:
    fill_queue_log(mariadb, calls=5)
    with mariadb.connect() as connection, connection.cursor() as cursor:
        insert = "INSERT INTO queue_log (time, callid, queuename, agent, event, data1, data2, data3) VALUES"
        for time, callid, event, data in (
            (None, "1751371200.77", "ENTERQUEUE", ("", "5512345678", "1")),
            ("2025-07-01 06:02:00", "1751371200.77", "ABANDON", ("1", "1", "120")),
            (None, "1751371200.78", "ENTERQUEUE", ("", "5512345679", "1")),
            ("2025-07-05 06:02:00", "1751716920.99", "ENTERQUEUE", ("", "5512345670", "1")),
        ):
            cursor.execute(f"{insert} (%s, %s, 'sales', 'NONE', %s, %s, %s, %s)", (time, callid, event, *data))
        source = mariadb_source(mariadb, "asterisk")
        await ingest(source)
        before = await calls(as_owner)
        assert len(before) == 6
        assert await as_owner.fetchval("SELECT count(*) FROM ivr.rejects") == 2
        cursor.execute(
            "UPDATE queue_log SET time = '2025-07-01 06:00:00' WHERE callid = '1751371200.77' AND time IS NULL"
        )
    await ingest(source, Request(replay=True))
    assert await last_run(as_owner) == (14, 1, 0, 13)
    new = await calls(as_owner) - before
    assert [row[:4] for row in new] == [("1751371200.77", "sales", "abandoned", 120.0)]
    assert not before - await calls(as_owner)
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.rejects") == 1
    reconciler = Reconciler(database, keys)
    await reconciler.wait(await reconciler.submit(source, Request(), deep=True, requested_by="test"))
    assert await as_owner.fetchval("SELECT state FROM ivr.reconciliations") == "equal"
    after = await calls(as_owner)
    await ingest(source, Request(replay=True))
    assert await last_run(as_owner) == (14, 0, 0, 14)
    assert await calls(as_owner) == after
    await ingest(source)
    assert (await last_run(as_owner))[1:3] == (0, 0)


async def test_a_rejected_line_of_a_file_is_replayed_by_the_api(
    client_as: Callable[..., Client], sources_file: Path, as_owner: asyncpg.Connection
) -> None:
    log = sources_file.parent / "queue_log"
    good = "1751371200|1751371200.1|sales|NONE|ENTERQUEUE||5512345678|1\n"
    bad = "17513712xx|1751371200.1|sales|NONE|ABANDON|1|1|60\n"
    log.write_text(good + bad)
    client = client_as(*ALL)
    first = await run_to_the_end(client, {"source": "pbx"})
    assert (first["published"], first["rejected"]) == (1, 1)
    log.write_text(good + bad.replace("xx", "60"))
    accepted = (await client.post("/rejects/replay", json={"source": "pbx"})).json()
    assert (accepted["rejects"], accepted["tables"]) == (1, ["queue_log"])
    run = await wait_for_run(client, accepted["id"])
    assert (run["read"], run["published"], run["duplicate"], run["rejected"]) == (2, 1, 1, 0)
    assert await as_owner.fetchval("SELECT exit FROM ivr.queue_calls") == "abandoned"
    assert (await client.get("/rejects")).json()["items"] == []
    assert all(each["adds_up"] for each in run["proof"])
    assert json.loads(await as_owner.fetchval("SELECT request FROM ivr.runs ORDER BY run_id DESC LIMIT 1"))["replay"]


@pytest.mark.requirement("RF-010")
@pytest.mark.parametrize("more", ["", ", acctid int PRIMARY KEY"], ids=["by start", "by id"])
async def test_mended_rows_of_cdr_and_cel_are_told_and_every_other_stays(
    mariadb: MariaDbSchema, ingest: Ingest, reconcile: Reconcile, as_owner: asyncpg.Connection, more: str
) -> None:
    """A menu that can be read now takes the wait for keys into its own step: that was a step before."""
    sql(mariadb, "SET SESSION sql_mode = ''", CDR.format(null=" NULL", more=more), CEL)
    numbers = [[1], [2], [3]] if more else [[], [], []]
    insert(mariadb, "cdr", [*leg("09:00:00", "1.1"), *numbers[0]], [*leg(None, "1.2"), *numbers[1]])
    insert(mariadb, "cdr", [*leg(None, "1.3"), *numbers[2]])
    insert(
        mariadb,
        "cel",
        event(1, "09:00:00", "CHAN_START"),
        event(2, "09:00:01", "", app="Background"),
        event(3, "09:00:05", "APP_START", app="WaitExten"),
        event(4, "09:00:09", "LINKEDID_END"),
        event(5, "09:00:11", "", unique="2.1"),
    )
    source = mariadb_source(mariadb, "asterisk")
    await ingest(source)
    assert await last_run(as_owner) == (8, 4, 4, 0)
    assert await steps(as_owner) == [("1.1", 1, "main", None, "hung_up")]
    first = await as_owner.fetchval("SELECT app FROM ivr.call_steps")
    before = await legs(as_owner)
    sql(mariadb, "UPDATE cdr SET calldate = '2025-07-01 09:00:30' WHERE uniqueid = '1.2'")
    sql(mariadb, "UPDATE cel SET eventtype = 'APP_START' WHERE id = 2")
    await ingest(source, Request(replay=True))
    assert await last_run(as_owner) == (8, 2, 0, 6)
    assert await legs(as_owner) == [*before, ("1.2", 60, "answered")]
    assert await steps(as_owner) == [("1.1", 1, "main", None, "hung_up")]
    assert (first, await as_owner.fetchval("SELECT app FROM ivr.call_steps")) == ("WaitExten", "Background")
    left = await as_owner.fetch("SELECT source_table, count(*) FROM ivr.rejects GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in left] == [("cdr", 1), ("cel", 1)]
    found = await reconcile(source, deep=True)
    assert (found["state"], found["rows_source"], found["rows_warehouse"]) == ("equal", 8, 8)
    for request, expected in ((Request(replay=True), (8, 0, 0, 8)), (Request(), None)):
        await ingest(source, request)
        assert (await last_run(as_owner))[1:3] == (0, 0)
        assert expected is None or await last_run(as_owner) == expected
        assert (await reconcile(source))["state"] == "equal"
    # What the source no longer has stays, and its rejects are gone with their rows.
    sql(mariadb, "DELETE FROM cdr WHERE uniqueid IN ('1.1', '1.3')")
    await ingest(source, Request(replay=True))
    assert await legs(as_owner) == [*before, ("1.2", 60, "answered")]
    assert await as_owner.fetchval("SELECT array_agg(source_table) FROM ivr.rejects") == ["cel"]


async def test_rejected_lines_of_a_cdr_and_a_cel_file_are_replayed_by_the_api(
    sources_file: Path, client_as: Callable[..., Client], as_owner: asyncpg.Connection
) -> None:
    folder = sources_file.parent
    cdr = "start,src,uniqueid,duration,disposition\n2025-07-01 09:00:00,5512345678,1.1,60,ANSWERED\n{},551,1.2,9,BUSY\n"
    cel = "id,eventtype,eventtime,exten,context,appname,uniqueid,linkedid\n1,APP_START,{},s,main,Background,1.1,1.1\n"
    (folder / "queue_log").write_text("1751371200|1751371200.1|sales|NONE|ENTERQUEUE||5512345678|1\n")
    (folder / "queue_log_cdr.csv").write_text(cdr.format("2025-07-01 09:xx:00"))
    (folder / "queue_log_cel.csv").write_text(cel.format("2025-07-01 09:00:0x"))
    client = client_as(*ALL)
    first = await run_to_the_end(client, {"source": "pbx"})
    assert (first["published"], first["rejected"]) == (2, 2)
    (folder / "queue_log_cdr.csv").write_text(cdr.format("2025-07-01 09:10:00"))
    (folder / "queue_log_cel.csv").write_text(cel.format("2025-07-01 09:00:01"))
    accepted = (await client.post("/rejects/replay", json={"source": "pbx", "run_id": first["id"]})).json()
    assert (accepted["rejects"], accepted["tables"]) == (2, ["queue_log_cdr.csv", "queue_log_cel.csv"])
    run = await wait_for_run(client, accepted["id"])
    # The queue log has no reject: it is left alone, and a run after that knows all of its rows.
    assert (run["read"], run["published"], run["duplicate"], run["rejected"]) == (3, 2, 1, 0)
    assert all(each["adds_up"] for each in run["proof"])
    assert [row[0] for row in await legs(as_owner)] == ["1.1", "1.2"]
    assert await steps(as_owner) == [("1.1", 1, "main", None, "open")]
    again = await run_to_the_end(client, {"source": "pbx"})
    assert (again["read"], again["duplicate"]) == (4, 4)
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.queue_calls") == 1
    assert (await client.get("/rejects")).json()["items"] == []
