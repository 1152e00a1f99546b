"""Reading a real MariaDB: read-only for real, a sentence for what is wrong, and nothing lost on the wire."""

import random
from dataclasses import replace

import asyncpg
import pytest

from services.ivr.config import MariaDbLogin, Source
from services.ivr.rows import unpack_row
from services.ivr.sources.errors import SourceRefused
from services.ivr.sources.protocol import Reader
from services.ivr.work import Request
from shared.testing.mariadb import MariaDbSchema
from tests.ivr.conftest import Ingest, fill_mariadb, legacy_row, mariadb_source

pytestmark = pytest.mark.integration

TABLE = "tbl_historico_t3_2025"


@pytest.mark.requirement("RF-001")
async def test_a_table_becomes_calls_and_the_second_run_writes_none(
    mariadb: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    rows = [legacy_row(f"2025-07-{n % 30 + 1:02}", origin=f"55{n:08}") for n in range(2_000)]
    fill_mariadb(mariadb, TABLE, [*rows, *rows[:5]])
    for expected in ((2005, 2005, 0), (2005, 0, 2005)):
        outcome = await ingest(mariadb_source(mariadb))
        assert outcome.error is None
        run = await as_owner.fetchrow("SELECT * FROM ivr.runs ORDER BY run_id DESC LIMIT 1")
        assert run is not None
        assert (run["rows_read"], run["rows_published"], run["rows_unchanged"]) == expected
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.legacy_calls_v1") == 2005
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET cMenu = 'Nuevo' WHERE dFecha = '2025-07-03' LIMIT 1")
    await ingest(mariadb_source(mariadb))
    run = await as_owner.fetchrow("SELECT * FROM ivr.runs ORDER BY run_id DESC LIMIT 1")
    assert run is not None
    assert run["rows_published"] == sum(row[0] == "2025-07-03" for row in [*rows, *rows[:5]])
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.legacy_calls_v1 WHERE menu = 'Nuevo'") == 1


@pytest.mark.requirement("RNF-001")
async def test_a_login_that_may_write_is_refused(mariadb: MariaDbSchema, ingest: Ingest) -> None:
    fill_mariadb(mariadb, TABLE, [legacy_row()])
    login = MariaDbLogin(mariadb.host, mariadb.port, mariadb.name, mariadb.admin_user, mariadb.admin_password)
    source = replace(mariadb_source(mariadb), login=login)
    refused = await ingest(source)
    assert refused.error is not None
    assert "may do more than SELECT (ALL PRIVILEGES)" in refused.error
    assert (await ingest(replace(source, allow_privileged=True))).state == "succeeded"


@pytest.mark.requirement("RNF-001")
async def test_the_session_cannot_write_even_when_the_login_may(mariadb: MariaDbSchema) -> None:
    fill_mariadb(mariadb, TABLE, [legacy_row()])
    login = MariaDbLogin(mariadb.host, mariadb.port, mariadb.name, mariadb.admin_user, mariadb.admin_password)
    source = replace(mariadb_source(mariadb), login=login, allow_privileged=True)
    async with Reader.open(source, login) as reader:
        for statement in (f"DELETE FROM {TABLE}", "CREATE TABLE mine (a int)"):
            with pytest.raises(Exception, match="READ ONLY transaction"):
                await reader.rows(statement)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"password": "wrong"}, "wrong password, or not allowed from here"),
        ({"name": "nowhere"}, "has no database 'nowhere', or the login"),
        ({"name": "nowhere"}, "may not read it: GRANT SELECT ON `nowhere`.* to this login."),
        ({"port": 1}, "does not answer"),
    ],
)
async def test_a_wrong_login_is_one_sentence_without_the_password(
    mariadb: MariaDbSchema, ingest: Ingest, change: dict[str, object], sentence: str
) -> None:
    source = mariadb_source(mariadb)
    assert source.login is not None
    outcome = await ingest(replace(source, login=replace(source.login, **change)))  # type: ignore[arg-type] # the fields of a login by name
    assert outcome.error is not None
    assert sentence in outcome.error
    assert source.login.password not in outcome.error


@pytest.mark.requirement("RF-001")
async def test_a_missing_column_or_table_is_named_and_others_are_read(
    mariadb: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    nothing = await ingest(mariadb_source(mariadb))
    assert nothing.error == "The IVR schema has no table named like tbl_historico_t3_2025."
    fill_mariadb(mariadb, TABLE, [legacy_row()])
    fill_mariadb(mariadb, "tbl_historico_t4_2025", [legacy_row("2025-10-01")])
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} DROP COLUMN cMenu")
    outcome = await ingest(mariadb_source(mariadb))
    assert outcome.error == f"Table {TABLE} has no column cMenu; nothing of it was published."
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.legacy_calls") == 1
    missing = await ingest(mariadb_source(mariadb), Request(tables=("tbl_historico_t1_2031",)))
    assert missing.error == "The source has no table tbl_historico_t1_2031."


async def test_a_nul_byte_rejects_its_row_and_bad_text_none(
    mariadb: MariaDbSchema, ingest: Ingest, as_owner: asyncpg.Connection
) -> None:
    fill_mariadb(mariadb, TABLE, [legacy_row(), legacy_row(menu="RES\x00Falla"), legacy_row(origin="55100\x0000001")])
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} MODIFY cMenu VARBINARY(100)")
        cursor.execute(f"INSERT INTO {TABLE} SELECT * FROM {TABLE} WHERE cMenu = 'RES-FallaInternet' LIMIT 1")
        cursor.execute(f"UPDATE {TABLE} SET cMenu = x'4361ff' WHERE cMenu = 'RES-FallaInternet' LIMIT 1")
    outcome = await ingest(mariadb_source(mariadb))
    assert (outcome.state, outcome.error) == ("succeeded", None)
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.legacy_calls") == 2
    assert await as_owner.fetchval("SELECT count(*) FROM ivr.legacy_calls_v1 WHERE menu = 'Ca\ufffd'") == 1
    rejects = [
        row["row_masked"] for row in await as_owner.fetch("SELECT row_masked FROM ivr.rejects ORDER BY position")
    ]
    assert "cMenu=RES\\x00Falla;" in rejects[0]
    assert "cTelefono_Origen=*****\\x00*****;" in rejects[1]


async def test_a_missing_column_is_compared_with_the_nearest_dialect(mariadb: MariaDbSchema, ingest: Ingest) -> None:
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE queue_log (uid int, date_time text, callid text, queue_name text, type text, param1 text,"
            " entpos text, htime text, ttime text)"
        )
    outcome = await ingest(mariadb_source(mariadb, "asterisk"))
    assert outcome.error == "Table queue_log has no column event; nothing of it was published."


async def test_every_byte_comes_through(mariadb: MariaDbSchema) -> None:
    noise = random.Random(1)
    rows = [
        (
            n,
            None if n % 7 == 0 else "".join(noise.choices("añ€\U0001f600|,;\"'\\\n\t ", k=noise.randrange(60))),
            noise.randbytes(noise.choice([0, 1, 249, 250, 251, 252, 255, 70_000])),
        )
        for n in range(300)
    ]
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE odd (id int, t text, b mediumblob)")
        cursor.executemany("INSERT INTO odd VALUES (%s, %s, %s)", rows)
    source: Source = mariadb_source(mariadb)
    assert source.login is not None
    found = []
    async with Reader.open(source, source.login) as reader:
        async for chunk in reader.stream("SELECT id, t, b FROM odd ORDER BY id"):
            found += [unpack_row(row) for row in chunk]
        assert await reader.rows("SELECT count(*) FROM odd") == [(300,)]  # the connection is still in step
    assert found == [[str(n).encode(), None if t is None else t.encode(), b] for n, t, b in rows]


async def test_a_row_above_16_mib_and_an_error_in_the_middle(mariadb: MariaDbSchema) -> None:
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE wide (id int, b longblob)")
        cursor.execute("INSERT INTO wide VALUES (1, repeat('x', 17 * 1024 * 1024)), (2, 'y')")
        cursor.execute("CREATE VIEW broken AS SELECT id, (SELECT id FROM wide w WHERE w.id >= o.id) AS two FROM wide o")
    source = mariadb_source(mariadb)
    assert source.login is not None
    async with Reader.open(source, source.login) as reader:
        rows = [row async for chunk in reader.stream("SELECT id, b FROM wide ORDER BY id") for row in chunk]
        assert [len(unpack_row(row)[1] or b"") for row in rows] == [17 * 1024 * 1024, 1]
        with pytest.raises((SourceRefused, Exception), match="more than 1 row"):
            async for _ in reader.stream("SELECT id, two FROM broken ORDER BY id DESC"):
                pass
