"""A new secret key: every id that the source can give again is new, and nothing is lost or doubled on the way."""

import secrets
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.ivr import key_epochs, read_again, renewal, store
from services.ivr.config import Source
from services.ivr.key_epochs import RENEWING, WRONG_KEY, KeyProblem
from services.ivr.keys import KEY_FILE, NEXT_KEY_FILE, Keys
from services.ivr.reconciler import Reconciler
from services.ivr.renewal import Renewal
from services.ivr.runner import Outcome, Runner
from services.ivr.work import Request
from shared.identity import write_private
from shared.postgres import Database
from shared.settings import DatabaseSettings
from shared.testing.mariadb import MariaDbSchema
from tests.ivr.conftest import files_source, fill_mariadb, legacy_row, mariadb_source
from tests.ivr.test_guard import fill_queue_log

pytestmark = pytest.mark.integration

JULY, OCTOBER = "tbl_historico_t3_2025", "tbl_historico_t4_2025"
CREATE_CDR = """CREATE TABLE cdr (
    calldate datetime, clid varchar(80), src varchar(80), dst varchar(80), dcontext varchar(80), channel varchar(80),
    dstchannel varchar(80), lastapp varchar(80), lastdata varchar(80), duration int, billsec int,
    disposition varchar(45), amaflags int, accountcode varchar(20), uniqueid varchar(32), userfield varchar(255),
    linkedid varchar(32), sequence int, peeraccount varchar(80))"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "secrets"
    found.mkdir(mode=0o700)
    write_private(found / KEY_FILE, secrets.token_hex(32).encode())
    return found


async def ingest(database: Database, folder: Path, source: Source, request: Request | None = None) -> Outcome:
    runner = Runner(database, Keys.load(folder), [source])
    return await runner.wait(await runner.submit(source, request or Request(), requested_by="test"))


async def renew(settings: DatabaseSettings, folder: Path, *sources: Source, leave: tuple[str, ...] = ()) -> Renewal:
    return await renewal.renew(
        database=settings.as_role("iact_ivr"), secrets_dir=folder, sources=sources, leave=leave, show=lambda _: None
    )


async def epochs(conn: asyncpg.Connection) -> list[tuple[str, int, str, str]]:
    rows = await conn.fetch("SELECT * FROM ivr.caller_key_epochs_v1 ORDER BY source, key_epoch")
    return [(row["source"], row["key_epoch"], f"{row['since']:%Y-%m-%d}", f"{row['until']:%Y-%m-%d}") for row in rows]


async def legacy_facts(conn: asyncpg.Connection) -> Counter[tuple[Any, ...]]:
    statement = (
        "SELECT started_at, duration_s, did, menu, option, centre, line_kind, unit_date FROM ivr.legacy_calls_v1"
    )
    return Counter(tuple(row) for row in await conn.fetch(statement))


async def ids(conn: asyncpg.Connection, where: str = "true") -> set[int]:
    return {row[0] for row in await conn.fetch(f"SELECT caller_id FROM ivr.legacy_calls_v1 WHERE {where}")}


@pytest.mark.requirement("RF-057")
async def test_every_id_of_a_legacy_source_is_new_and_what_is_gone_keeps_its_own(
    mariadb: MariaDbSchema,
    database: Database,
    database_settings: DatabaseSettings,
    folder: Path,
    as_owner: asyncpg.Connection,
) -> None:
    rows = [legacy_row(f"2025-07-{n % 9 + 1:02}", origin=f"55{n:08}") for n in range(300)]
    fill_mariadb(mariadb, JULY, rows)
    fill_mariadb(mariadb, OCTOBER, [legacy_row("2025-10-02", origin=f"55{n:08}") for n in range(40)])
    source = mariadb_source(mariadb)
    assert (await ingest(database, folder, source)).state == "succeeded"
    before, old = await legacy_facts(as_owner), Keys.load(folder)
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {OCTOBER}")
        cursor.execute(f"DELETE FROM {JULY} WHERE dFecha = '2025-07-09' LIMIT 1")
    done = await renew(database_settings, folder, source)
    assert (done.failed, done.renewed) == ({}, ["ivr-db"])
    new = Keys.load(folder)
    assert new.fingerprint != old.fingerprint
    assert not (folder / NEXT_KEY_FILE).exists()
    assert await legacy_facts(as_owner) == before
    callers = {f"55{n:08}" for n in range(300) if n % 9 != 8}
    assert await ids(as_owner, "unit_date < '2025-07-09'") == {new.caller_id(each.encode()) for each in callers}
    gone = {f"55{n:08}" for n in range(40)}
    assert await ids(as_owner, "unit_date > '2025-07-09'") == {old.caller_id(each.encode()) for each in gone}
    assert "2 units with" in done.notes[0]
    assert await epochs(as_owner) == [
        ("ivr-db", 1, "2025-07-09", "2025-10-02"),
        ("ivr-db", 2, "2025-07-01", "2025-07-08"),
    ]
    # The next night finds nothing changed, and the shrunk unit held as ever.
    await ingest(database, folder, source)
    run = await as_owner.fetchrow("SELECT * FROM ivr.runs ORDER BY run_id DESC LIMIT 1")
    assert run is not None
    assert (run["rows_published"], run["rows_held"]) == (0, 32)


def fill_cdr(schema: MariaDbSchema, calls: int) -> None:
    with schema.connect() as connection, connection.cursor() as cursor:
        cursor.execute(CREATE_CDR)
        for n in range(calls):
            cursor.execute(
                "INSERT INTO cdr (calldate, src, dst, dcontext, channel, lastapp, duration, billsec, disposition,"
                " uniqueid, linkedid, sequence) VALUES ('2025-07-01 06:00:00', %s, '100', 'ivr', 'SIP/1', 'Queue', 60,"
                " 0, 'NO ANSWER', %s, %s, %s)",
                (f"55123456{n:02}", f"1751371200.{n}", f"1751371200.{n}", n),
            )


async def queue_facts(conn: asyncpg.Connection) -> list[Counter[tuple[Any, ...]]]:
    statements = (
        "SELECT callid, queue, exit, wait_s, talk_s, agent, entered_at FROM ivr.queue_calls_v1",
        "SELECT unique_id, linked_id, started_at, duration_s, disposition FROM ivr.call_legs",
        "SELECT source_table, position, reason FROM ivr.rejects",
    )
    return [Counter(tuple(row) for row in await conn.fetch(statement)) for statement in statements]


async def equal(database: Database, folder: Path, source: Source, conn: asyncpg.Connection) -> str:
    reconciler = Reconciler(database, Keys.load(folder))
    await reconciler.wait(await reconciler.submit(source, Request(), deep=True, requested_by="test"))
    row = await conn.fetchrow("SELECT state, error FROM ivr.reconciliations ORDER BY reconciliation_id DESC LIMIT 1")
    assert row is not None
    return str(row["error"] or row["state"])


@pytest.mark.requirement("RF-057")
async def test_every_id_of_an_asterisk_source_is_new_and_nothing_is_doubled(
    mariadb: MariaDbSchema,
    database: Database,
    database_settings: DatabaseSettings,
    folder: Path,
    as_owner: asyncpg.Connection,
) -> None:
    fill_queue_log(mariadb, calls=30)
    fill_cdr(mariadb, calls=30)
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO queue_log (callid, event) VALUES ('1.1', 'CONNECT')")
    source = mariadb_source(mariadb, "asterisk")
    assert (await ingest(database, folder, source)).error is None
    before, old = await queue_facts(as_owner), Keys.load(folder)
    old_ids = {row[0] for row in await as_owner.fetch("SELECT call_id FROM ivr.queue_calls")}
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM queue_log WHERE callid = '1751371200.0'")
    done = await renew(database_settings, folder, source)
    assert (done.failed, done.renewed) == ({}, ["ivr-db"])
    assert await queue_facts(as_owner) == before
    new_ids = {row[0] for row in await as_owner.fetch("SELECT call_id FROM ivr.queue_calls")}
    assert len(new_ids & old_ids) == 1  # the call that the source no longer has
    callers = {row[0] for row in await as_owner.fetch("SELECT caller_id FROM ivr.queue_calls")}
    number = b"5512345678"
    assert callers == {old.caller_id(number), Keys.load(folder).caller_id(number)}
    assert [row[:2] for row in await epochs(as_owner)] == [("ivr-db", 1), ("ivr-db", 2)]
    assert any("keep the ids of the earlier key" in note for note in done.notes)
    run = await as_owner.fetchrow("SELECT * FROM ivr.runs ORDER BY run_id DESC LIMIT 1")
    assert run is not None
    assert (run["rows_published"], run["rows_rejected"]) == (0, 0)
    assert run["rows_read"] == run["rows_duplicate"] > 80
    # Runs go on from where they were.
    fill = "INSERT INTO queue_log (time, callid, queuename, agent, event, data2, data3) VALUES"
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            f"{fill} ('2025-07-01 06:01:00', '1751371260.9', 'sales', 'NONE', 'ENTERQUEUE', '5512345678', '1')"
        )
    assert (await ingest(database, folder, source)).state == "succeeded"
    run = await as_owner.fetchrow("SELECT * FROM ivr.runs ORDER BY run_id DESC LIMIT 1")
    assert run is not None
    assert run["rows_published"] == 1


async def test_a_renewed_asterisk_source_equals_its_warehouse(
    mariadb: MariaDbSchema,
    database: Database,
    database_settings: DatabaseSettings,
    folder: Path,
    as_owner: asyncpg.Connection,
) -> None:
    fill_queue_log(mariadb, calls=30)
    fill_cdr(mariadb, calls=30)
    source = mariadb_source(mariadb, "asterisk")
    assert (await ingest(database, folder, source)).error is None
    assert (await renew(database_settings, folder, source)).finished
    assert await equal(database, folder, source, as_owner) == "equal"
    assert [row[:2] for row in await epochs(as_owner)] == [("ivr-db", 2)]


async def test_files_of_an_asterisk_source_get_new_stream_ids(
    tmp_path: Path,
    database: Database,
    database_settings: DatabaseSettings,
    folder: Path,
    as_owner: asyncpg.Connection,
) -> None:
    path = tmp_path / "queue_log"
    path.write_text(
        "1751371200|1751371200.1|sales|NONE|ENTERQUEUE||5512345678|1\n"
        "1751371210|1751371200.1|sales|+525512345678|CONNECT|10|channel|4\n"
    )
    source = files_source(path, kind="asterisk")
    await ingest(database, folder, source)
    agent = await as_owner.fetchval("SELECT agent FROM ivr.queue_calls")
    assert (await renew(database_settings, folder, source)).finished
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.queue_calls") == 1
    assert await as_owner.fetchval("SELECT agent FROM ivr.queue_calls") != agent
    with path.open("a") as file:
        file.write("1751371270|1751371200.1|sales|+525512345678|COMPLETEAGENT|10|60|1\n")
    assert (await ingest(database, folder, source)).state == "succeeded"
    assert await as_owner.fetchval("SELECT talk_s FROM ivr.queue_calls") == 60.0


@pytest.mark.requirement("RF-057")
async def test_an_interrupted_renewal_refuses_runs_and_goes_on_where_it_was(
    mariadb: MariaDbSchema,
    database: Database,
    database_settings: DatabaseSettings,
    folder: Path,
    as_owner: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill_mariadb(mariadb, JULY, [legacy_row(origin=f"55{n:08}") for n in range(50)])
    fill_queue_log(mariadb)
    legacy, pbx = mariadb_source(mariadb), replace(mariadb_source(mariadb, "asterisk"), id="pbx")
    for source in (legacy, pbx):
        await ingest(database, folder, source)
    before = await legacy_facts(as_owner), await queue_facts(as_owner)

    async def broken(_: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(read_again, "ingest_asterisk", broken)
        done = await renew(database_settings, folder, legacy, pbx)
    assert list(done.failed) == ["pbx"]
    assert (await legacy_facts(as_owner), await queue_facts(as_owner)) == before
    assert [row[:2] for row in await epochs(as_owner)] == [("ivr-db", 2), ("pbx", 1)]
    refused = await ingest(database, folder, legacy)
    assert (refused.state, refused.error) == ("failed", RENEWING)
    again = await renew(database_settings, folder, legacy, pbx)
    assert again.finished
    assert (await legacy_facts(as_owner), await queue_facts(as_owner)) == before
    assert [row[:2] for row in await epochs(as_owner)] == [("ivr-db", 2), ("pbx", 2)]
    assert (await ingest(database, folder, legacy)).state == "succeeded"


async def test_a_source_that_is_gone_is_left_with_its_ids(
    mariadb: MariaDbSchema, database: Database, database_settings: DatabaseSettings, folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "queue_log"
    path.write_text("1751371200|1751371200.1|sales|NONE|ENTERQUEUE||5512345678|1\n")
    source = files_source(path, kind="asterisk")
    await ingest(database, folder, source)
    path.unlink()
    failed = await renew(database_settings, folder, source)
    assert "No file matches" in failed.failed["files"]
    assert (await renew(database_settings, folder, source, leave=("files",))).finished


async def test_a_service_that_held_the_key_of_before_reads_it_again(
    mariadb: MariaDbSchema, database: Database, database_settings: DatabaseSettings, folder: Path
) -> None:
    fill_mariadb(mariadb, JULY, [legacy_row()])
    source = mariadb_source(mariadb)
    service = Runner(database, Keys.load(folder), [source])
    assert (await service.wait(await service.submit(source, Request(), requested_by="test"))).state == "succeeded"
    assert (await renew(database_settings, folder, source)).finished
    assert (await service.wait(await service.submit(source, Request(), requested_by="test"))).state == "succeeded"


async def test_a_renewal_that_died_before_its_file_took_its_place_is_finished(
    mariadb: MariaDbSchema,
    database: Database,
    database_settings: DatabaseSettings,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill_mariadb(mariadb, JULY, [legacy_row()])
    source = mariadb_source(mariadb)
    await ingest(database, folder, source)
    with monkeypatch.context() as patch:
        patch.setattr(key_epochs, "install", lambda _: (_ for _ in ()).throw(RuntimeError("killed")))
        with pytest.raises(RuntimeError):
            await renew(database_settings, folder, source)
    assert (folder / NEXT_KEY_FILE).exists()
    assert (await ingest(database, folder, source)).state == "succeeded"  # found beside the old one
    assert (await renew(database_settings, folder, source)).finished
    assert not (folder / NEXT_KEY_FILE).exists()
    assert (await ingest(database, folder, source)).state == "succeeded"


async def test_a_foreign_key_publishes_nothing(
    mariadb: MariaDbSchema, database: Database, folder: Path, as_owner: asyncpg.Connection
) -> None:
    fill_mariadb(mariadb, JULY, [legacy_row()])
    source = mariadb_source(mariadb)
    await ingest(database, folder, source)
    write_private(folder / KEY_FILE, secrets.token_hex(32).encode())
    refused = await ingest(database, folder, source)
    assert (refused.state, refused.error) == ("failed", WRONG_KEY)
    assert await equal(database, folder, source, as_owner) == WRONG_KEY


async def test_a_renewal_waits_for_runs_and_says_so(
    database: Database, database_settings: DatabaseSettings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "BEGIN_PATIENCE_S", 0.1)
    async with database.connection() as conn:
        number = await store.upsert_source(conn, "legacy", "legacy", "UTC")
        await store.create_run(conn, number, {}, requested_by="somebody")
    with pytest.raises(KeyProblem, match="A run of legacy is working"):
        await renew(database_settings, folder)
