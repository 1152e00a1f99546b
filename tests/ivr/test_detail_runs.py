"""Runs over cdr and cel in MariaDB and files: late, changed and bad rows, and every row's account."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.ivr import ingest_details
from services.ivr.column_names import ColumnNames
from services.ivr.work import Request
from shared.testing.mariadb import MariaDbSchema
from tests.ivr.conftest import Ingest, files_source, mariadb_source

pytestmark = pytest.mark.integration

CDR = """CREATE TABLE cdr (calldate datetime{null}, src varchar(80), dst varchar(80), channel varchar(80),
    dstchannel varchar(80), lastapp varchar(80), lastdata varchar(80), duration int, billsec int,
    disposition varchar(45), uniqueid varchar(150), linkedid varchar(150), sequence int{more})"""
CEL = """CREATE TABLE cel (id bigint PRIMARY KEY, eventtype varchar(30), eventtime datetime, userdeftype varchar(80),
    cid_num varchar(80), exten varchar(80), context varchar(80), appname varchar(80), uniqueid varchar(150),
    linkedid varchar(150), extra varchar(512))"""
Leg = tuple[str, str, int, str, str, str, int | None]  # start, src, duration, disposition, uniqueid, linkedid, sequence


def leg(
    at: str | None,
    unique: str,
    *,
    linked: str = "",
    sequence: int | None = 0,
    duration: int = 60,
    how: str = "ANSWERED",
) -> tuple[Any, ...]:
    start = at and f"2025-07-01 {at}"
    told = ("5512345678", "8000", "PJSIP/t-1", "PJSIP/2001-0a", "Queue", "sales,t", duration, duration, how)
    return (start, *told, unique, linked or unique, sequence)


def event(number: int, at: str, kind: str, *, said: str = "", app: str = "", unique: str = "1.1") -> tuple[Any, ...]:
    name = "IVR_MENU" if said else None
    return (number, kind, f"2025-07-01 {at}", name, "5512345678", "s", "main", app, unique, unique, said)


def sql(schema: MariaDbSchema, *statements: str) -> None:
    with schema.connect() as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def insert(schema: MariaDbSchema, table: str, *rows: Sequence[Any]) -> None:
    with schema.connect() as connection, connection.cursor() as cursor:
        for row in rows:
            cursor.execute(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(row))})", row)


async def account(conn: asyncpg.Connection) -> tuple[int, ...]:
    """read, published, rejected, duplicate of the last run, whose days must add up."""
    run = await conn.fetchrow("SELECT * FROM ivr.runs ORDER BY run_id DESC LIMIT 1")
    assert run is not None
    proof = await conn.fetchrow(
        """SELECT sum(rows_read)::int AS rows_read, sum(rows_published)::int AS rows_published,
                  sum(rows_rejected)::int AS rows_rejected, sum(rows_duplicate)::int AS rows_duplicate
           FROM ivr.run_units WHERE run_id = $1""",
        run["run_id"],
    )
    names = ("rows_read", "rows_published", "rows_rejected", "rows_duplicate")
    assert proof is not None
    assert [proof[name] or 0 for name in names] == [run[name] for name in names]
    return tuple(run[name] for name in names)


async def legs(conn: asyncpg.Connection) -> list[tuple[Any, ...]]:
    rows = await conn.fetch("SELECT unique_id, duration_s, disposition FROM ivr.call_legs_v1 ORDER BY 1, 2, 3")
    return [tuple(row) for row in rows]


async def steps(conn: asyncpg.Connection) -> list[tuple[Any, ...]]:
    rows = await conn.fetch("SELECT linked_id, number, menu, digit, ended FROM ivr.call_steps_v1 ORDER BY 1, 2")
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("more", ["", ", acctid int AUTO_INCREMENT PRIMARY KEY"], ids=["by start", "by id"])
async def test_late_and_changed_records_reach_the_warehouse_and_nothing_counts_twice(
    mariadb: MariaDbSchema,
    ingest: Ingest,
    as_owner: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    more: str,
) -> None:
    number = [[1], [2], [4]] if more else [[], [], []]
    sql(mariadb, CDR.format(null="", more=more))
    insert(mariadb, "cdr", [*leg("09:00:00", "1.1"), *number[0]], [*leg("09:10:00", "1.2"), *number[1]])
    insert(mariadb, "cdr", [*leg("09:20:00", "1.4", duration=10), *number[2]])
    source = mariadb_source(mariadb, "asterisk")
    assert (await ingest(source)).error is None
    assert await account(as_owner) == (3, 3, 0, 0)
    # One call began hours ago and ended now; one record's transaction was slow; one record was corrected.
    insert(mariadb, "cdr", [*leg("02:00:00", "1.0", duration=26_000), *([5] if more else [])])
    insert(mariadb, "cdr", [*leg("09:11:00", "1.3"), *([3] if more else [])])
    sql(
        mariadb,
        "UPDATE cdr SET duration = 11, disposition = 'BUSY', calldate = '2025-07-01 09:19:59' WHERE uniqueid = '1.4'",
    )
    monkeypatch.setattr(ingest_details, "SWEEP_EVERY_S", 0.0)
    assert (await ingest(source)).error is None
    assert await account(as_owner) == (5, 3, 0, 2)
    told = [("1.0", 26000, "answered"), ("1.1", 60, "answered"), ("1.2", 60, "answered"), ("1.3", 60, "answered")]
    assert await legs(as_owner) == [*told, ("1.4", 11, "busy")]
    assert '"changed": 1' in await as_owner.fetchval("SELECT details FROM ivr.runs ORDER BY run_id DESC LIMIT 1")
    assert (await ingest(source)).error is None
    assert await account(as_owner) == (5, 0, 0, 5)
    monkeypatch.setattr(ingest_details, "SWEEP_EVERY_S", 600.0)
    assert (await ingest(source)).error is None
    # By id nothing is new; by start the last hour and the record that is always in it are read again.
    assert (await account(as_owner))[1:] == (0, 0, 0 if more else 4)


async def test_between_sweeps_a_late_record_is_found_by_the_id_that_was_missing(
    mariadb: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    sql(mariadb, CDR.format(null="", more=", acctid int AUTO_INCREMENT PRIMARY KEY"))
    source = mariadb_source(mariadb, "asterisk")
    insert(mariadb, "cdr", [*leg("09:00:00", "1.1"), 1], [*leg("09:10:00", "1.9"), 9])
    await ingest(source)
    await ingest(source)  # swept once, not again within ten minutes
    assert await as_owner.fetchval("SELECT last_position FROM ivr.detail_gaps WHERE first_position = 2") == 8
    insert(mariadb, "cdr", [*leg("09:05:00", "1.5"), 5], [*leg("09:20:00", "2.1"), 10])
    await ingest(source)
    assert await account(as_owner) == (2, 2, 0, 0)
    gaps = await as_owner.fetch("SELECT first_position, last_position FROM ivr.detail_gaps ORDER BY 1")
    assert [tuple(gap) for gap in gaps] == [(2, 4), (6, 8)]
    insert(mariadb, "cdr", [*leg("09:04:00", "1.2"), 2], [*leg("09:04:30", "1.4"), 4])
    await ingest(source)
    assert await account(as_owner) == (2, 2, 0, 0)
    gaps = await as_owner.fetch("SELECT first_position, last_position FROM ivr.detail_gaps ORDER BY 1")
    assert [tuple(gap) for gap in gaps] == [(3, 3), (6, 8)]


async def test_identical_records_without_a_key_all_count_and_only_once(
    mariadb: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    """An old FreePBX: linkedid is empty, sequence 0, and no id."""
    sql(mariadb, CDR.format(null="", more=""))
    row = (*leg("09:00:00", "1.1")[:-2], "", 0)
    insert(mariadb, "cdr", row, row, (*leg("09:00:01", "1.1")[:-2], "", 0))
    source = mariadb_source(mariadb, "asterisk")
    for expected in ((3, 3, 0, 0), (3, 0, 0, 3)):
        await ingest(source)
        assert await account(as_owner) == expected
    assert await as_owner.fetchval("SELECT count(DISTINCT leg_id) FROM ivr.call_legs") == 3
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.call_legs_v1 WHERE linked_id = '1.1'") == 3


@pytest.mark.parametrize("more", ["", ", acctid int AUTO_INCREMENT PRIMARY KEY"], ids=["by start", "by id"])
async def test_a_bad_record_is_one_reject_however_often_it_is_read(
    mariadb: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    monkeypatch.setattr(ingest_details, "SWEEP_EVERY_S", 0.0)
    sql(mariadb, "SET SESSION sql_mode = ''", CDR.format(null=" NULL", more=more))
    numbers = [[n] for n in (1, 2, 3)] if more else [[], [], []]
    insert(mariadb, "cdr", [*leg("09:00:00", "1.1"), *numbers[0]], [*leg(None, "1.2"), *numbers[1]])
    insert(mariadb, "cdr", [*leg("09:01:00", ""), *numbers[2]])
    source = mariadb_source(mariadb, "asterisk")
    for expected in ((3, 1, 2, 0), (3, 0, 0, 3), (3, 0, 0, 3)):
        assert (await ingest(source)).error is None
        assert await account(as_owner) == expected
    rows = await as_owner.fetch("SELECT reason, row_masked FROM ivr.rejects ORDER BY reason")
    reasons = [row["reason"] for row in rows]
    assert reasons == ["the record has no uniqueid", "the start of the record cannot be read"]
    assert "5512345678" not in "".join(row["row_masked"] for row in rows)
    assert "src=**********" in rows[0]["row_masked"]


async def test_a_call_in_menus_over_three_runs_with_a_late_event(
    mariadb: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    sql(mariadb, CEL)
    source = mariadb_source(mariadb, "asterisk")
    insert(mariadb, "cel", event(1, "09:00:00", "CHAN_START"), event(2, "09:00:01", "USER_DEFINED", said="principal"))
    await ingest(source)
    assert await account(as_owner) == (2, 2, 0, 0)
    assert await steps(as_owner) == [("1.1", 1, "principal", None, "open")]
    insert(mariadb, "cel", event(5, "09:00:20", "USER_DEFINED", said="ventas"))
    await ingest(source)
    assert await steps(as_owner) == [
        ("1.1", 1, "principal", None, "moved"),
        ("1.1", 2, "ventas", None, "open"),
    ]
    # What came before is committed after: the numbers move on.
    insert(mariadb, "cel", event(4, "09:00:10", "USER_DEFINED", said="saldos,3"))
    insert(mariadb, "cel", event(6, "09:00:30", "APP_START", app="Queue"), event(7, "09:01:00", "LINKEDID_END"))
    await ingest(source)
    assert await account(as_owner) == (3, 3, 0, 0)
    assert await steps(as_owner) == [
        ("1.1", 1, "principal", None, "moved"),
        ("1.1", 2, "saldos", "3", "digit"),
        ("1.1", 3, "ventas", None, "queue"),
    ]
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.cel_kept_events") == 6
    insert(mariadb, "cel", event(8, "09:30:00", "CHAN_START", unique="2.1"))
    await ingest(source)
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.cel_kept_events") == 1
    assert await account(as_owner) == (1, 1, 0, 0)
    assert len(await steps(as_owner)) == 3


async def test_a_cel_table_that_was_emptied_is_named(
    mariadb: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    sql(mariadb, CEL)
    source = mariadb_source(mariadb, "asterisk")
    insert(mariadb, "cel", event(7, "09:00:00", "CHAN_START"))
    await ingest(source)
    sql(mariadb, "DELETE FROM cel")
    insert(mariadb, "cel", event(1, "10:00:00", "CHAN_START"))
    outcome = await ingest(source)
    assert outcome.error is not None
    assert outcome.error.startswith("Table cel ends at id 1, but was read up to 7: it was emptied or restored")


async def test_an_emptied_cdr_is_read_again_by_its_keys(
    mariadb: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    sql(mariadb, CDR.format(null="", more=", acctid int AUTO_INCREMENT PRIMARY KEY"))
    source = mariadb_source(mariadb, "asterisk")
    insert(mariadb, "cdr", [*leg("09:00:00", "1.1"), 7], [*leg("09:00:00", "1.2"), 8])
    await ingest(source)
    sql(mariadb, "DELETE FROM cdr")
    insert(mariadb, "cdr", [*leg("09:00:00", "1.1"), 1], [*leg("10:00:00", "1.3"), 2])
    await ingest(source)
    assert await account(as_owner) == (2, 1, 0, 1)
    assert len(await legs(as_owner)) == 3


async def test_tables_that_cannot_be_read_are_named_and_the_others_are_published(
    mariadb: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    sql(mariadb, CDR.format(null="", more=""), CEL.replace("id bigint PRIMARY KEY", "id bigint"))
    insert(mariadb, "cdr", leg("09:00:00", "1.1"))
    source = mariadb_source(mariadb, "asterisk")
    assert (await ingest(source)).error == ("Table cel has no id with an index: without it rows cannot be told apart.")
    assert len(await legs(as_owner)) == 1
    sql(mariadb, "ALTER TABLE cdr DROP COLUMN uniqueid")
    outcome = await ingest(source, Request(tables=("cdr",)))
    assert outcome.error == "Table cdr has no column uniqueid; nothing of it was published."
    outcome = await ingest(source, Request(tables=("cdr2",)))
    assert outcome.error == "The source has no table cdr2."


async def test_columns_under_other_names_are_declared(
    mariadb: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    sql(
        mariadb,
        CDR.format(null="", more="").replace("calldate", "`Begun At`").replace("linkedid", "grp"),
        """CREATE TABLE queue_log (nr bigint PRIMARY KEY, `when` datetime, call_name varchar(80), queuename varchar(80),
           agent varchar(80), verb varchar(32), data1 varchar(80), data2 varchar(80), data3 varchar(80))""",
    )
    insert(mariadb, "cdr", leg("09:00:00", "1.1", linked="1.0"))
    insert(
        mariadb, "queue_log", (1, "2025-07-01 09:00:01", "1.1", "sales", "NONE", "ENTERQUEUE", "", "5512345678", "1")
    )
    insert(mariadb, "queue_log", (2, "2025-07-01 09:00:09", "1.1", "sales", "NONE", "ABANDON", "1", "1", "8"))
    names = ColumnNames(
        {
            "cdr": {"start": "begun at", "linkedid": "grp"},
            "queue_log": {"id": "nr", "time": "When", "callid": "call_name", "event": "verb"},
        }
    )
    source = replace(mariadb_source(mariadb, "asterisk"), columns=names)
    assert (await ingest(source)).error is None
    assert await as_owner.fetchval("SELECT linked_id FROM ivr.call_legs_v1") == "1.0"
    call = await as_owner.fetchrow("SELECT callid, exit, wait_s, caller_id FROM ivr.queue_calls_v1")
    assert call is not None
    assert (call["callid"], call["exit"], call["wait_s"]) == ("1.1", "abandoned", 8.0)
    assert call["caller_id"] == await as_owner.fetchval("SELECT caller_id FROM ivr.call_legs_v1")


async def test_columns_of_a_queue_log_file_are_declared_too(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(
        "When,call_name,queuename,agent,verb,data1,data2,data3\n2025-07-01 09:00:01,1.1,sales,NONE,ENTERQUEUE,,55,1\n"
    )
    names = ColumnNames({"queue_log": {"time": "when", "callid": "call_name", "event": "verb"}})
    assert (await ingest(replace(files_source(path, kind="asterisk"), columns=names))).error is None
    assert await as_owner.fetchval("SELECT callid FROM ivr.queue_calls_v1") == "1.1"


async def test_a_folder_that_grows_and_rotates(tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection) -> None:
    row = (
        '"","5512345678","8000","local","""x"" <1500>","SIP/1500-0000000{0}","","Queue","sales",'
        '"2025-07-01 09:0{0}:00",,"2025-07-01 09:0{0}:30",30,0,"NO ANSWER","DOCUMENTATION","1751382{0}00.1",""\n'
    )
    master = tmp_path / "Master.csv"
    source = files_source(tmp_path / "Master.csv*", kind="asterisk")
    master.write_text(row.format(1) + row.format(2) + row.format(3)[:-9])
    await ingest(source)
    assert await account(as_owner) == (2, 2, 0, 0)
    master.write_text(row.format(1) + row.format(2) + row.format(3))
    await ingest(source)
    assert await account(as_owner) == (3, 1, 0, 2)
    master.rename(tmp_path / "Master.csv.1")
    master.write_text(row.format(4) + "nonsense, 5512345678\n")
    await ingest(source)
    assert await account(as_owner) == (5, 1, 1, 3)
    await ingest(source)
    assert await account(as_owner) == (5, 0, 0, 5)
    assert await as_owner.fetchval("SELECT row_masked FROM ivr.rejects") == "nonsense, **********"
    assert len(await legs(as_owner)) == 4


async def test_a_damaged_file_leaves_nothing_behind(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    head = "start,src,uniqueid,duration,disposition\n"
    line = "2025-07-01 09:00:00,5512345678,1751382000.1,60,ANSWERED\n"
    (tmp_path / "a.csv").write_text(head + line * 3 + line[:20])
    (tmp_path / "b.csv").write_text(head + line)
    outcome = await ingest(files_source(tmp_path / "*.csv", kind="asterisk"))
    assert outcome.error == "a.csv ends in the middle of its last row; nothing of it was published."
    tables = await as_owner.fetch("SELECT DISTINCT source_table FROM ivr.call_legs_v1")
    assert [row["source_table"] for row in tables] == ["b.csv"]


async def test_a_source_that_has_only_a_cdr_is_as_new_as_its_records(
    mariadb: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    as_of = "SELECT (data_as_of AT TIME ZONE zone)::text FROM ivr.data_version_v1"
    sql(mariadb, CDR.format(null="", more=""))
    insert(mariadb, "cdr", leg("09:00:00", "1.1"), leg("09:10:00", "1.2"))
    source = mariadb_source(mariadb, "asterisk")
    assert (await ingest(source)).error is None
    assert await as_owner.fetchval(as_of) == "2025-07-01 09:10:00"
    insert(mariadb, "cdr", leg("10:00:00", "1.3"))
    assert (await ingest(source)).error is None
    assert await as_owner.fetchval(as_of) == "2025-07-01 10:00:00"


async def test_beside_a_queue_log_a_cdr_does_not_say_how_new_the_figures_are(
    mariadb: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    as_of = "SELECT (data_as_of AT TIME ZONE zone)::text FROM ivr.data_version_v1"
    sql(
        mariadb,
        CDR.format(null="", more=""),
        """CREATE TABLE queue_log (id bigint PRIMARY KEY, time datetime, callid varchar(80), queuename varchar(80),
           agent varchar(80), event varchar(32), data1 varchar(80), data2 varchar(80), data3 varchar(80))""",
    )
    insert(mariadb, "cdr", leg("09:00:00", "1.1"))
    source = mariadb_source(mariadb, "asterisk")
    assert (await ingest(source, Request(tables=("cdr",)))).error is None
    assert await as_owner.fetchval(as_of) is None
    entered = ("2025-07-01 08:00:00", "1.1", "sales", "NONE", "ENTERQUEUE", "", "5512345678", "1")
    insert(mariadb, "queue_log", (1, *entered))
    insert(mariadb, "cdr", leg("09:30:00", "1.2"))
    assert (await ingest(source)).error is None
    assert await as_owner.fetchval(as_of) == "2025-07-01 08:00:00"
