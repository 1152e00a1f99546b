"""A source is asked for no more than it was promised: statements, connections, pace, pauses."""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from services.ivr import runner as runs
from services.ivr.check import look
from services.ivr.config import ConfigError, Source, read_sources
from services.ivr.keys import Keys
from services.ivr.reconciler import Reconciler
from services.ivr.runner import Runner
from services.ivr.schedule import REQUESTED_BY, Pause
from services.ivr.sources import guard
from services.ivr.sources.guard import CONNECTIONS_PER_SOURCE_MAX, ConnectionsTaken, SourceGuard, guarded
from services.ivr.sources.protocol import Reader
from services.ivr.work import Request
from shared.locks import PEOPLE_ASK
from shared.postgres import Database
from shared.testing.fault_proxy import FaultProxy
from shared.testing.mariadb import MariaDbSchema, MariaDbServer
from tests.ivr.conftest import Ingest, fill_mariadb, legacy_row, mariadb_source

pytestmark = pytest.mark.integration

TABLE = "tbl_historico_t3_2025"
READING_WORDS = {"SELECT", "SHOW", "SET", "START"}


@pytest.fixture
def statements(mariadb_server: MariaDbServer, mariadb: MariaDbSchema) -> Iterator[Any]:
    """What the reader's login sent, from the server's own general log."""
    with mariadb_server._connect(mariadb_server.root_password) as root, root.cursor() as cursor:
        cursor.execute("SET GLOBAL log_output = 'TABLE'")
        cursor.execute("TRUNCATE mysql.general_log")
        cursor.execute("SET GLOBAL general_log = ON")

        def sent() -> list[str]:
            cursor.execute(
                "SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log WHERE command_type = 'Query' AND"
                " thread_id IN (SELECT thread_id FROM mysql.general_log WHERE user_host LIKE %s)",
                (f"%{mariadb.reader_user}%",),
            )
            return [str(row[0]) for row in cursor.fetchall()]

        yield sent
        cursor.execute("SET GLOBAL general_log = OFF")


def through(proxy: FaultProxy, source: Source) -> Source:
    assert source.login is not None
    return replace(source, login=replace(source.login, host="127.0.0.1", port=proxy.port))


def fill_queue_log(schema: MariaDbSchema, calls: int = 20) -> None:
    with schema.connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE queue_log (id bigint PRIMARY KEY AUTO_INCREMENT, time datetime, callid varchar(80), queuename"
            " varchar(256), agent varchar(80), event varchar(32), data1 varchar(100), data2 varchar(100), data3"
            " varchar(100), data4 varchar(100), data5 varchar(100)) ENGINE=Aria"
        )
        for n in range(calls):
            for verb, data in (("ENTERQUEUE", ("", "5512345678", "1")), ("ABANDON", ("1", "1", "60"))):
                cursor.execute(
                    "INSERT INTO queue_log (time, callid, queuename, agent, event, data1, data2, data3) VALUES"
                    " ('2025-07-01 06:00:00', %s, 'sales', 'NONE', %s, %s, %s, %s)",
                    (f"1751371200.{n}", verb, *data),
                )


@pytest.mark.requirement("RNF-001")
async def test_a_source_hears_reading_statements_only(
    mariadb: MariaDbSchema, database: Database, keys: Keys, statements: Any
) -> None:
    fill_mariadb(mariadb, TABLE, [legacy_row(f"2025-07-{n % 9 + 1:02}", origin=f"55{n:08}") for n in range(400)])
    fill_queue_log(mariadb)
    legacy, asterisk = mariadb_source(mariadb), replace(mariadb_source(mariadb, "asterisk"), id="pbx")
    runner, reconciler = Runner(database, keys, [legacy, asterisk]), Reconciler(database, keys)
    for source in (legacy, asterisk):
        for request in (Request(), Request(force=True)):
            outcome = await runner.wait(await runner.submit(source, request, requested_by="test"))
            assert outcome.error is None
        await look(guarded(database, source), keys, None)
        await reconciler.wait(await reconciler.submit(source, Request(), deep=True, requested_by="test"))
    sent = statements()
    assert len(sent) > 30
    assert {statement.split()[0].upper() for statement in sent} <= READING_WORDS
    text = " ".join(sent).upper()
    assert "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY" in text
    # What MariaDB 10.1 does not know: common tables and windows.
    assert not any(statement.lstrip().upper().startswith("WITH") for statement in sent)
    assert " OVER (" not in text
    assert " OVER(" not in text
    assert " FOR UPDATE" not in text
    assert "TEMPORARY" not in text


async def test_the_snapshot_is_one_whatever_level_the_server_is_set_to(
    mariadb: MariaDbSchema, mariadb_server: MariaDbServer
) -> None:
    fill_mariadb(mariadb, TABLE, [legacy_row()])
    source = mariadb_source(mariadb)
    assert source.login is not None
    with mariadb_server._connect(mariadb_server.root_password) as root, root.cursor() as cursor:
        cursor.execute("SET GLOBAL TRANSACTION ISOLATION LEVEL READ COMMITTED")
        try:
            async with Reader.open(source, source.login) as reader:
                assert await reader.rows(f"SELECT count(*) FROM {TABLE}") == [(1,)]
                cursor.execute(f"INSERT INTO {mariadb.name}.{TABLE} SELECT * FROM {mariadb.name}.{TABLE}")
                assert await reader.rows(f"SELECT count(*) FROM {TABLE}") == [(1,)]
        finally:
            cursor.execute("SET GLOBAL TRANSACTION ISOLATION LEVEL REPEATABLE READ")


@pytest.mark.requirement("RNF-019")
async def test_never_more_than_two_connections(mariadb: MariaDbSchema, database: Database, keys: Keys) -> None:
    rows = [legacy_row(f"2025-07-{n % 9 + 1:02}", origin=f"55{n:08}") for n in range(40_000)]
    fill_mariadb(mariadb, TABLE, rows)
    with FaultProxy.before(mariadb.port) as proxy:
        proxy.faults.bytes_per_s = 2_000_000
        source = through(proxy, mariadb_source(mariadb))
        runner, reconciler = Runner(database, keys, [source]), Reconciler(database, keys)
        run_id = await runner.submit(source, Request(), requested_by="test")
        number = await reconciler.submit(source, Request(), deep=False, requested_by="test")
        checks = [look(guarded(database, source), keys, None) for _ in range(3)]
        found = await asyncio.gather(*checks)
        outcome = await runner.wait(run_id)
        await reconciler.wait(number)
        assert outcome.error is None
        # Each check was made or was told why not.
        assert all(each.reachable or "All 2 connections" in str(each.problem) for each in found)
        assert proxy.open_most == CONNECTIONS_PER_SOURCE_MAX


async def test_the_third_connection_is_refused_with_the_way_out(database: Database, mariadb: MariaDbSchema) -> None:
    source = mariadb_source(mariadb)
    first, second, third = (SourceGuard(database, source) for _ in range(3))
    async with first.connection(wait_s=0):
        async with second.connection(wait_s=0):
            with pytest.raises(ConnectionsTaken, match="ask again when one has ended"):
                async with third.connection(wait_s=0.2):
                    pass
            async with SourceGuard(database, replace(source, id="other")).connection(wait_s=0):
                pass  # another source has two of its own
        async with third.connection(wait_s=0):
            pass


@pytest.mark.requirement("RNF-019")
async def test_the_pace_falls_while_the_source_is_slow_and_recovers(
    mariadb: MariaDbSchema, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "PROBE_EVERY_S", 0.05)
    rows = [legacy_row(f"2025-07-{n % 9 + 1:02}", origin=f"55{n:08}") for n in range(60_000)]
    fill_mariadb(mariadb, TABLE, rows)
    with FaultProxy.before(mariadb.port) as proxy:
        source = guarded(database, through(proxy, mariadb_source(mariadb)))
        assert source.login is not None
        assert source.guard is not None
        pace, read = source.guard.pace, 0
        async with Reader.open(source, source.login) as reader:
            async for chunk in reader.stream(f"SELECT * FROM {TABLE}", chunk_bytes=50_000):
                read += len(chunk)
                if read == len(chunk):
                    await until(lambda: pace.share == 1.0)  # on a busy machine its first probes may have been slow
                    proxy.faults.delay_s = 0.03
                    await until(lambda: pace.share < 0.5)
                    proxy.faults.delay_s = 0.0
                    await until(lambda: not pace.slowed)
    assert read == 60_000
    assert pace.slowed_s > 0


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 - it changes by what another connection hears
        await asyncio.sleep(0.01)


async def test_a_given_pace_leaves_the_source_alone_for_its_share(mariadb: MariaDbSchema, database: Database) -> None:
    fill_mariadb(mariadb, TABLE, [legacy_row(origin=f"55{n:08}") for n in range(60_000)])
    with FaultProxy.before(mariadb.port) as proxy:
        proxy.faults.bytes_per_s = 6_000_000
        seconds = []
        for pace in (1.0, 0.25, 1.0):  # the quicker of two: others on the machine slow one of them down
            source = guarded(database, replace(through(proxy, mariadb_source(mariadb)), pace=pace))
            assert source.login is not None
            async with Reader.open(source, source.login) as reader:
                began = asyncio.get_running_loop().time()
                async for _ in reader.stream(f"SELECT * FROM {TABLE}", chunk_bytes=30_000):
                    pass
                seconds.append(asyncio.get_running_loop().time() - began)
    assert seconds[1] > 2 * min(seconds[0], seconds[2])


async def test_a_statement_ends_at_the_limit_of_the_source(mariadb: MariaDbSchema, ingest: Ingest) -> None:
    fill_mariadb(mariadb, TABLE, [legacy_row()])
    source = replace(mariadb_source(mariadb), statement_timeout_s=1)
    assert source.login is not None
    async with Reader.open(source, source.login) as reader:
        with pytest.raises(Exception, match="stopped the statement after 1 s"):
            await reader.rows("SELECT count(*) FROM seq_1_to_100000 a JOIN seq_1_to_100000 b")


class Wall:
    """The clock that pauses go by, set by the test."""

    def __init__(self, text: str) -> None:
        self.at = datetime.fromisoformat(text).replace(tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    found = Wall("2025-07-01T08:00:00")
    monkeypatch.setattr(guard, "utc_now", found)
    return found


def paused_source(schema: MariaDbSchema) -> Source:
    return replace(mariadb_source(schema, zone="UTC"), pauses=(Pause(9 * 60, 11 * 60),))


async def begin_and_pause(runner: Runner, source: Source, wall: Wall) -> int:
    """A scheduled run that has met the pause."""
    run_id = await runner.submit(source, Request(), requested_by=REQUESTED_BY)
    while (progress := runner.progress(run_id)) is None or not progress.rows_read:  # noqa: ASYNC110 - a run of its own
        await asyncio.sleep(0.005)
    wall.at += timedelta(hours=1)
    while (progress := runner.progress(run_id)) is None or progress.phase != "paused until 11:00":  # noqa: ASYNC110 - see above
        await asyncio.sleep(0.005)
    return run_id


async def test_a_run_that_meets_a_pause_lets_go_and_reads_on_after_it(
    mariadb: MariaDbSchema, database: Database, keys: Keys, wall: Wall, as_owner: asyncpg.Connection
) -> None:
    fill_mariadb(mariadb, TABLE, [legacy_row(origin=f"55{n:08}") for n in range(60_000)])
    with FaultProxy.before(mariadb.port) as proxy:
        proxy.faults.bytes_per_s = 4_000_000
        source = through(proxy, paused_source(mariadb))
        runner = Runner(database, keys, [source])
        run_id = await begin_and_pause(runner, source, wall)
        await until(lambda: proxy.open_now == 0)
        assert await as_owner.fetchval("SELECT count(*) FROM ivr.legacy_calls") == 0
        proxy.faults.bytes_per_s = None
        wall.at += timedelta(hours=2)
        outcome = await runner.wait(run_id)
    assert (outcome.state, outcome.error) == ("succeeded", None)
    run = await as_owner.fetchrow("SELECT * FROM ivr.runs WHERE run_id = $1", run_id)
    assert run is not None
    assert (run["rows_read"], run["rows_published"]) == (60_000, 60_000)
    assert json.loads(run["details"])["paused_s"] > 0


async def test_a_run_that_waits_for_a_pause_gives_way_to_nobody(
    mariadb: MariaDbSchema,
    database: Database,
    keys: Keys,
    wall: Wall,
    as_owner: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runs, "REPORT_EVERY_S", 0.02)
    fill_mariadb(mariadb, TABLE, [legacy_row(origin=f"55{n:08}") for n in range(60_000)])
    with FaultProxy.before(mariadb.port) as proxy:
        proxy.faults.bytes_per_s = 4_000_000
        source = through(proxy, paused_source(mariadb))
        runner = Runner(database, keys, [source])
        run_id = await begin_and_pause(runner, source, wall)
        manners = runner._work[run_id].manners
        await as_owner.execute("SELECT pg_advisory_lock_shared($1, $2)", *PEOPLE_ASK)
        await until(lambda: manners.asked)
        await asyncio.sleep(0.5)  # a pause may be hours
        await as_owner.execute("SELECT pg_advisory_unlock_shared($1, $2)", *PEOPLE_ASK)
        await until(lambda: not manners.asked)
        proxy.faults.bytes_per_s = None
        wall.at += timedelta(hours=2)
        outcome = await runner.wait(run_id)
    assert (outcome.state, outcome.error) == ("succeeded", None)
    details = json.loads(await as_owner.fetchval("SELECT details FROM ivr.runs WHERE run_id = $1", run_id))
    assert details["paused_s"] > 0
    assert "gave_way_s" not in details


async def test_a_run_in_a_pause_is_cancelled_at_once(
    mariadb: MariaDbSchema, database: Database, keys: Keys, wall: Wall
) -> None:
    fill_mariadb(mariadb, TABLE, [legacy_row(origin=f"55{n:08}") for n in range(60_000)])
    with FaultProxy.before(mariadb.port) as proxy:
        proxy.faults.bytes_per_s = 4_000_000
        source = through(proxy, paused_source(mariadb))
        runner = Runner(database, keys, [source])
        run_id = await begin_and_pause(runner, source, wall)
        runner.cancel(run_id)
        assert (await runner.wait(run_id)).state == "cancelled"


async def test_what_a_person_asks_for_inside_a_pause_is_done(
    mariadb: MariaDbSchema, database: Database, keys: Keys, wall: Wall, as_owner: asyncpg.Connection
) -> None:
    fill_mariadb(mariadb, TABLE, [legacy_row()])
    source = paused_source(mariadb)
    wall.at += timedelta(hours=2)
    runner = Runner(database, keys, [source])
    assert (await runner.wait(await runner.submit(source, Request(), requested_by="maria"))).state == "succeeded"
    reconciler = Reconciler(database, keys)
    await reconciler.wait(await reconciler.submit(source, Request(), deep=False, requested_by="maria"))
    error = await as_owner.fetchval("SELECT error FROM ivr.reconciliations")
    assert error == "The source ivr-db is left alone until 11:00 (pause in the sources file); ask again then."


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        ("pace = 0", "pace is the share of time that may go into reading, from 0.05 to 1"),
        ("pace = 1.5", "pace is the share"),
        ('pace = "half"', "pace is the share"),
        ("pace = true", "pace is the share"),
        ("statement_timeout_s = 0", "statement_timeout_s must be a whole number of seconds from 1 to 86400"),
        ("statement_timeout_s = 2.5", "statement_timeout_s must be"),
        ('statement_timeout_s = "1h"', "statement_timeout_s must be"),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, field: str, sentence: str) -> None:
    file = tmp_path / "sources.toml"
    file.write_text(f'[[source]]\nid = "a"\nkind = "legacy"\npaths = ["x"]\n{field}\n')
    with pytest.raises(ConfigError, match=sentence):
        read_sources(file)


def test_care_is_read_from_the_sources_file(tmp_path: Path) -> None:
    file = tmp_path / "sources.toml"
    file.write_text('[[source]]\nid = "a"\nkind = "legacy"\npaths = ["x"]\npace = 0.5\nstatement_timeout_s = 60\n')
    source = read_sources(file)[0]
    assert (source.pace, source.statement_timeout_s) == (0.5, 60)


async def test_a_privileged_login_is_told_with_every_line_and_in_the_run(
    mariadb: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    fill_mariadb(mariadb, TABLE, [legacy_row()])
    source = mariadb_source(mariadb)
    assert source.login is not None
    login = replace(source.login, user=mariadb.admin_user, password=mariadb.admin_password)
    # Not what reaches a stream: a service that lived in this process before has set up where lines go.
    with capture_logs([merge_contextvars]) as written:
        assert (await ingest(replace(source, login=login, allow_privileged=True))).state == "succeeded"
    lines = [line for line in written if line.get("source") == source.id]
    assert len(lines) > 1
    assert all(line["allow_privileged"] is True for line in lines)
    assert json.loads(await as_owner.fetchval("SELECT details FROM ivr.runs"))["allow_privileged"] is True


async def test_an_engine_without_snapshot_is_named_by_check_and_run(
    mariadb: MariaDbSchema, database: Database, keys: Keys, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    fill_queue_log(mariadb)
    source = mariadb_source(mariadb, "asterisk")
    found = await look(guarded(database, source), keys, None)
    assert found.engines["queue_log"] == "Aria"
    assert any("queue_log is stored in Aria, which has no snapshot" in note for note in found.notes)
    assert (await ingest(source)).state == "succeeded"
    details = json.loads(await as_owner.fetchval("SELECT details FROM ivr.runs"))
    assert "queue_log is stored in Aria" in details["notes"][0]
