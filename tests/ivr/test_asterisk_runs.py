"""Asterisk runs against a real PostgreSQL: growth, replays, open calls carried over, late rows, damage."""

import asyncio
import gzip
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.ivr import queue_load, queue_pack, runner, store_queue
from services.ivr.ingest_asterisk import StreamLoad
from services.ivr.queue_ahead import Told
from services.ivr.queue_slices import Slice
from services.ivr.queue_telling import CallColumns
from services.ivr.sources.asterisk import Batch
from services.ivr.sources.errors import SourceDamaged
from services.ivr.work import Work
from shared.postgres import Connection
from shared.testing.mariadb import MariaDbSchema
from tests.ivr.conftest import Ingest, files_source, mariadb_source

pytestmark = pytest.mark.integration

ENTER = "1751371200|{0}|sales|NONE|ENTERQUEUE||5512345678|1\n"
CONNECT = "1751371210|{0}|sales|Agent/7|CONNECT|10|channel|4\n"
CUT_GZIP = gzip.compress(b"time,callid,queuename,agent,event\n" + b"1,2,3,4,5\n" * 9_999)[:60]
COMPLETE = "1751371270|{0}|sales|Agent/7|COMPLETEAGENT|10|60|1\n"


async def last_run(conn: asyncpg.Connection) -> dict[str, Any]:
    row = await conn.fetchrow("SELECT * FROM ivr.runs ORDER BY run_id DESC LIMIT 1")
    assert row is not None
    return dict(row)


async def calls(conn: asyncpg.Connection) -> list[tuple[Any, ...]]:
    rows = await conn.fetch(
        "SELECT callid, exit, wait_s, ring_s, talk_s, agent FROM ivr.queue_calls_v1 ORDER BY entered_at, callid"
    )
    return [tuple(row) for row in rows]


async def test_a_call_in_three_runs_of_a_growing_file(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    path = tmp_path / "queue_log"
    told = [
        [("1.1", "open", None, None, None, None)],
        [("1.1", "answered", 10.0, 4.0, None, "Agent/7")],
        [("1.1", "answered", 10.0, 4.0, 60.0, "Agent/7")],
    ]
    text = ""
    for n, (line, expected) in enumerate(zip((ENTER, CONNECT, COMPLETE), told, strict=True)):
        text += line.format("1.1")
        path.write_text(text)
        await ingest(files_source(path, kind="asterisk"))
        assert await calls(as_owner) == expected
        run = await last_run(as_owner)
        assert (run["rows_read"], run["rows_published"], run["rows_duplicate"]) == (n + 1, 1, n)


async def test_a_renamed_and_zipped_file_is_the_same(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    path = tmp_path / "queue_log"
    path.write_text(ENTER.format("1.1") + CONNECT.format("1.1"))
    await ingest(files_source(path, kind="asterisk"))
    rotated = tmp_path / "queue_log.1.gz"
    rotated.write_bytes(gzip.compress(path.read_bytes() + COMPLETE.format("1.1").encode()))
    await ingest(files_source(rotated, kind="asterisk"))
    run = await last_run(as_owner)
    assert (run["rows_read"], run["rows_published"], run["rows_duplicate"]) == (3, 1, 2)
    assert await calls(as_owner) == [("1.1", "answered", 10.0, 4.0, 60.0, "Agent/7")]


async def test_a_line_without_its_end_waits_for_the_next_run(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    path = tmp_path / "queue_log"
    path.write_text(ENTER.format("1.1") + CONNECT.format("1.1")[:-8])
    await ingest(files_source(path, kind="asterisk"))
    run = await last_run(as_owner)
    assert run["rows_read"] == 1
    assert '"unfinished_lines": 1' in run["details"]
    path.write_text(ENTER.format("1.1") + CONNECT.format("1.1"))
    await ingest(files_source(path, kind="asterisk"))
    assert await calls(as_owner) == [("1.1", "answered", 10.0, 4.0, None, "Agent/7")]


async def test_bad_lines_are_rejected_and_strange_verbs_counted(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    path = tmp_path / "queue_log"
    path.write_bytes(
        b"1751371200|NONE|NONE|NONE|QUEUESTART|\n"
        + ENTER.format("1.1").encode()
        + b"never|1.2|sales|NONE|ENTERQUEUE||5599887766|1\n"
        + b"5599887766|half\n"
        + b"1751371201|1.3|sal\xff\xfees|NONE|OUTDIAL|5599887766\n"
        + b"1751371201|1.3|sales|NONE|OUTDIAL|55998\x0087766\n"
        + b"1751371202|1.1|sales|NONE||\n"
    )
    await ingest(files_source(path, kind="asterisk"))
    run = await last_run(as_owner)
    assert (run["rows_read"], run["rows_published"], run["rows_rejected"]) == (7, 3, 4)
    assert '"OUTDIAL": 1' in run["details"]
    rejects = await as_owner.fetch("SELECT position, reason, row_masked FROM ivr.rejects ORDER BY position")
    assert [row["reason"] for row in rejects] == [
        "the time of the row cannot be read",
        "the line is not a row of a queue_log",
        "the row contains a NUL byte",
        "the row has no verb",
    ]
    assert "*****\\x00*****" in rejects[2]["row_masked"]
    assert "5599887766" not in str(rejects)


async def test_other_logs_that_lack_columns_are_named_and_an_empty_file_is_none(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    (tmp_path / "queue_log").write_text(ENTER.format("1.1"))
    (tmp_path / "cdr.csv").write_text("src,dst,disposition\n1,2,ANSWERED\n")
    (tmp_path / "cel.csv").write_text("eventtype,eventtime\nANSWER,2025-07-01 00:00:00\n")
    (tmp_path / "empty").write_text("")
    outcome = await ingest(files_source(tmp_path / "*", kind="asterisk"))
    assert (outcome.state, len(await calls(as_owner))) == ("failed", 1)
    assert outcome.error == (
        "cdr.csv has no columns start, duration, uniqueid; nothing of it was published. "
        "cel.csv has no columns exten, context, appname, uniqueid, linkedid; nothing of it was published."
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"time,callid,queuename,agent\n1,2,3,4\n", "notes.csv has no column event; its header is: time, callid"),
        (b"id,time,callid,queuename,agent,event\n1,1751371200,1.2,sal", "ends in the middle of its last row (line 2"),
        (CUT_GZIP, "gzip stream ends early"),
        (b"PK\x03\x04\x14\x00\n", "notes.csv holds binary content, not CSV; nothing of it was published."),
        (
            b"a\rb,c\n",
            "notes.csv is not CSV: its first line cannot be read (new-line character seen in unquoted field);",
        ),
        (b"a\xf1o,b\n", "its header is: a?o, b."),
        (b"uid,date_time,callid,queue_name,type,param1\n", "notes.csv has no columns event, entpos, htime, ttime; its"),
        (b"2025-07-01,5512345678\n", "its header is: ****-**-**, **********."),
    ],
    ids=[
        "missing column",
        "half a row",
        "half a gzip",
        "workbook",
        "old line ends",
        "latin-1",
        "another dialect",
        "no header",
    ],
)
async def test_a_damaged_file_is_named_and_the_others_are_published(
    tmp_path: Path, ingest: Ingest, as_owner: asyncpg.Connection, content: bytes, sentence: str
) -> None:
    (tmp_path / "notes.csv").write_bytes(content)
    (tmp_path / "queue_log").write_text(ENTER.format("1.1"))
    outcome = await ingest(files_source(tmp_path / "*", kind="asterisk"))
    assert outcome.error is not None
    assert sentence in outcome.error
    assert [call[0] for call in await calls(as_owner)] == ["1.1"]


CREATE_QUEUE_LOG = """CREATE TABLE queue_log (
    id bigint PRIMARY KEY, time datetime, callid varchar(80), queuename varchar(256), agent varchar(80),
    event varchar(32),
    data1 varchar(100), data2 varchar(100), data3 varchar(100), data4 varchar(100), data5 varchar(100))"""


def insert(schema: MariaDbSchema, *rows: tuple[int, str, str, str, str, tuple[str, ...]]) -> None:
    with schema.connect() as connection, connection.cursor() as cursor:
        for number, time, callid, agent, verb, data in rows:
            values = (number, time, callid, "sales", agent, verb, *data, *[""] * (5 - len(data)))
            cursor.execute(f"INSERT INTO queue_log VALUES ({', '.join(['%s'] * 11)})", values)


async def test_a_row_that_is_committed_late_is_not_lost(
    mariadb: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute(CREATE_QUEUE_LOG)
    source = mariadb_source(mariadb, "asterisk")
    insert(
        mariadb,
        (1, "2025-07-01 06:00:00", "1.1", "NONE", "ENTERQUEUE", ("", "5512345678", "1")),
        (9, "2025-07-01 06:02:00", "1.2", "NONE", "ENTERQUEUE", ("", "5512345679", "1")),
    )
    await ingest(source)
    insert(mariadb, (5, "2025-07-01 06:01:00", "1.1", "NONE", "ABANDON", ("1", "1", "60")))
    await ingest(source)
    run = await last_run(as_owner)
    assert (run["rows_read"], run["rows_published"], run["rows_duplicate"]) == (3, 1, 2)
    assert [call[:3] for call in await calls(as_owner)] == [("1.1", "abandoned", 60.0), ("1.2", "open", None)]
    assert str(await as_owner.fetchval("SELECT min(entered_at) FROM ivr.queue_calls")) == "2025-07-01 12:00:00+00:00"


async def test_slices_that_are_told_already_go_into_one_transaction(
    mariadb: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as they have few rows together; calls that several of them tell of are whole."""
    for name in ("FIRST_SLICE_ROWS", "SLICE_ROWS"):
        monkeypatch.setattr(f"services.ivr.queue_slices.{name}", 20)
    monkeypatch.setattr("services.ivr.ingest_asterisk.FIRST_SLICE_ROWS", 20)
    monkeypatch.setattr("services.ivr.ingest_asterisk.ROWS_TOGETHER", 50)
    monkeypatch.setattr("services.ivr.sources.asterisk.COLUMN_CHUNK_BYTES", 500)
    monkeypatch.setattr("services.ivr.sources.asterisk.PAGE_ROWS", 20)
    monkeypatch.setattr("services.ivr.ahead.Coming.ready", True)  # as if reading and telling took no time
    slices: list[list[int]] = []  # rows of each, by transaction
    write, conclude = queue_load.Load.write, queue_load.Load.conclude

    async def writing(load: queue_load.Load, told: Told) -> None:
        if load.slices == 0:
            slices.append([])
        slices[-1].append(told.part.rows)
        await write(load, told)

    async def concluding(load: queue_load.Load) -> None:
        assert (load.slices, load.rows) == (len(slices[-1]), sum(slices[-1]))
        await conclude(load)

    monkeypatch.setattr(queue_load.Load, "write", writing)
    monkeypatch.setattr(queue_load.Load, "conclude", concluding)
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute(CREATE_QUEUE_LOG)
    rows = [  # all enter, then all are answered, then all end: every call has an event in three slices
        (80 * step + n, f"2025-07-01 06:0{2 * step}:{n % 60:02}", f"1.{n}", "Agent/7", verb, ("10", "60", "4"))
        for step, verb in enumerate(("ENTERQUEUE", "CONNECT", "COMPLETEAGENT"))
        for n in range(1, 81)
    ]
    insert(mariadb, *rows)
    assert (await ingest(mariadb_source(mariadb, "asterisk"))).error is None
    assert sum(map(sum, slices)) == len(rows)
    assert len(slices) > 1
    for transaction in slices:
        assert sum(transaction[:-1]) < 50  # one slice more than fits is the most
    assert max(map(len, slices)) > 1
    assert [call[1] for call in await calls(as_owner)] == ["answered"] * 80


async def test_a_run_that_gave_way_to_another_one_goes_on_and_forgets_its_attempt(
    ingest: Ingest, as_owner: asyncpg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL breaks off one of two transactions that wait for each other."""
    (tmp_path / "queue_log").write_text(ENTER.format("1.1"), encoding="utf-8")
    happened: list[str] = []
    read = runner._ingest

    async def broken_off_once(work: Work) -> None:
        happened.append("read")
        if len(happened) == 1:
            raise asyncpg.DeadlockDetectedError("deadlock detected")
        await read(work)

    monkeypatch.setattr(runner, "BACKOFF_FIRST_S", 0.01)
    monkeypatch.setattr(runner, "_ingest", broken_off_once)
    monkeypatch.setattr(runner, "forget_failed_load", lambda: happened.append("forgotten"))
    outcome = await ingest(files_source(tmp_path / "queue_log", kind="asterisk"))
    assert (outcome.state, happened) == ("succeeded", ["read", "forgotten", "read"])
    assert [call[0] for call in await calls(as_owner)] == ["1.1"]


async def test_a_source_that_ends_early_takes_nothing_with_it_that_was_told(
    mariadb: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.ivr.ingest_asterisk.FIRST_SLICE_ROWS", 20)
    monkeypatch.setattr("services.ivr.queue_slices.SLICE_ROWS", 20)
    monkeypatch.setattr("services.ivr.sources.asterisk.COLUMN_CHUNK_BYTES", 500)
    monkeypatch.setattr("services.ivr.sources.asterisk.PAGE_ROWS", 20)
    slices, write = StreamLoad._slices, queue_load.Load.write
    has_ended = asyncio.Event()

    async def ending(load: StreamLoad, batches: AsyncIterator[Batch]) -> AsyncGenerator[Slice]:
        told = 0
        async with aclosing(slices(load, batches)) as parts:
            async for part in parts:
                if (told := told + 1) <= 3:
                    yield part
        has_ended.set()
        raise SourceDamaged("Nothing more can be read.")

    async def writing(load: queue_load.Load, told: Told) -> None:
        await write(load, told)
        if load.rows >= 20 and told.part.next_position > 40:
            await asyncio.wait_for(has_ended.wait(), 60)  # the failure is there while there is something to conclude

    monkeypatch.setattr(StreamLoad, "_slices", ending)
    monkeypatch.setattr(queue_load.Load, "write", writing)
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute(CREATE_QUEUE_LOG)
    insert(
        mariadb,
        *(
            (n, f"2025-07-01 06:{n // 60:02}:{n % 60:02}", f"1.{n}", "NONE", "ENTERQUEUE", ("", "5512345678", "1"))
            for n in range(1, 101)
        ),
    )
    outcome = await ingest(mariadb_source(mariadb, "asterisk"))
    assert (outcome.state, outcome.error) == ("failed", "Nothing more can be read.")
    run = await last_run(as_owner)
    assert run["rows_published"] >= 60
    assert len(await calls(as_owner)) == run["rows_published"]


@pytest.mark.parametrize(("single_max", "since"), [(2_000, []), (0, ["12:00", "11:58"])])
async def test_few_calls_are_packed_once_and_many_are_held_against_those_since_their_first(
    mariadb: MariaDbSchema,
    ingest: Ingest,
    as_owner: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    single_max: int,
    since: list[str],
) -> None:
    """Few calls ask for no others: the newest of a source is far to seek where another one has all the new ones."""
    for module in ("queue_touched", "queue_ahead"):
        monkeypatch.setattr(f"services.ivr.{module}.SINGLE_CALLS_MAX", single_max)
    asked: list[str] = []
    packed: list[int] = []
    newest_entry, pack_calls = store_queue.newest_entry, queue_pack.pack_calls

    async def newest(conn: Connection, source_id: int, since: datetime) -> datetime | None:
        asked.append(f"{since:%H:%M}")
        return await newest_entry(conn, source_id, since)

    def pack(calls: CallColumns, *about: Any) -> bytes:
        packed.append(len(calls))
        return pack_calls(calls, *about)

    monkeypatch.setattr(store_queue, "newest_entry", newest)
    for module in ("queue_ahead", "store_queue"):
        monkeypatch.setattr(f"services.ivr.{module}.pack_calls", pack)
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute(CREATE_QUEUE_LOG)
    source = mariadb_source(mariadb, "asterisk")
    insert(mariadb, (1, "2025-07-01 06:00:00", "1.1", "NONE", "ENTERQUEUE", ("", "5512345678", "1")))
    assert (await ingest(source)).error is None
    insert(  # one call goes on, one is new, and one entered before both and is new all the same
        mariadb,
        (2, "2025-07-01 05:58:00", "1.3", "NONE", "ENTERQUEUE", ("", "5512345670", "1")),
        (3, "2025-07-01 06:01:00", "1.1", "Agent/7", "CONNECT", ("60", "channel", "4")),
        (4, "2025-07-01 06:02:00", "1.2", "NONE", "ENTERQUEUE", ("", "5512345679", "1")),
    )
    assert (await ingest(source)).error is None
    assert [call[:2] for call in await calls(as_owner)] == [("1.3", "open"), ("1.1", "answered"), ("1.2", "open")]
    assert sum(packed) == 4  # one, and three
    assert asked == since


async def test_a_table_without_its_columns_or_id_is_named(mariadb: MariaDbSchema, ingest: Ingest) -> None:
    source = mariadb_source(mariadb, "asterisk")
    assert (await ingest(source)).error == "The source has no table queue_log."
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE queue_log (time datetime, callid text, queuename text, agent text, event text)")
        assert "has no column id" in str((await ingest(source)).error)
        cursor.execute("ALTER TABLE queue_log DROP COLUMN agent")
    assert (await ingest(source)).error == "Table queue_log has no column agent; nothing of it was published."
