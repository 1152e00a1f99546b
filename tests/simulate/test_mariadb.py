"""The same tables in a real MariaDB."""

import errno
from collections.abc import Iterator
from pathlib import Path

import aiomysql
import pytest

from iact.simulate.asterisk import AsteriskOptions, simulate_asterisk
from iact.simulate.errors import NotOurs, SimulationFailed, TargetUnreachable
from iact.simulate.legacy import LegacyOptions, simulate_legacy
from iact.simulate.targets import FolderTarget, MariaDbTarget
from shared.ports import free_port
from shared.testing.mariadb import MariaDbSchema, MariaDbServer
from tests.simulate.legacy_oracle import Reading, Row, read_folder

pytestmark = pytest.mark.integration


@pytest.fixture
def schema(mariadb: MariaDbSchema) -> MariaDbSchema:
    return mariadb


def query(schema: MariaDbSchema, sql: str) -> list[tuple[object, ...]]:
    with schema.connect() as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def legacy_rows(schema: MariaDbSchema, table: str) -> Iterator[tuple[str, Row]]:
    names = [str(column[0]) for column in query(schema, f"SHOW COLUMNS FROM {table}")]
    for values in query(schema, f"SELECT * FROM {table}"):
        yield table, {name: None if value is None else str(value) for name, value in zip(names, values, strict=True)}


@pytest.mark.requirement("RF-035")
def test_legacy_tables_hold_what_the_manifest_says(schema: MariaDbSchema) -> None:
    manifest = simulate_legacy(LegacyOptions(rows=20_000, seed=4), MariaDbTarget(schema.dsn_admin))
    rows = [row for table in manifest.tables for row in legacy_rows(schema, table)]
    read = Reading(rows, manifest.zone, "Europe/Madrid")
    assert manifest.by_day_segment == read.by_day_segment()
    assert manifest.by_centre == dict(read.counts["centre"])
    assert {menu.lower(): n for menu, n in manifest.by_menu.items()} == dict(read.counts["menu"])
    assert manifest.unique_callers.total == read.distinct("total")


def test_null_blank_and_words_are_kept_apart(schema: MariaDbSchema) -> None:
    manifest = simulate_legacy(LegacyOptions(rows=5_000), MariaDbTarget(schema.dsn_admin))
    union = " UNION ALL ".join(f"SELECT * FROM {table}" for table in manifest.tables)
    [(null, blank, words, typed_null, typed_blank)] = query(
        schema,
        f"""SELECT SUM(cMenu IS NULL), SUM(TRIM(cMenu) = ''), SUM(cMenu = 'sin cMenu'),
                   SUM(cTelefono_Digitado IS NULL), SUM(cTelefono_Digitado = '') FROM ({union}) AS every""",
    )
    dirt = manifest.dirt
    assert (null, blank, words) == (dirt["menu_null"], dirt["menu_blank"], dirt["menu_sin_cmenu"])
    assert (typed_null, typed_blank) == (dirt["typed_null"], dirt["typed_blank"])


def test_the_tables_have_no_key_and_carry_our_mark(schema: MariaDbSchema) -> None:
    simulate_legacy(LegacyOptions(rows=10), MariaDbTarget(schema.dsn_admin))
    assert query(schema, "SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = DATABASE()") == [(0,)]
    comments = query(schema, "SELECT table_comment FROM information_schema.tables WHERE table_schema = DATABASE()")
    assert set(comments) == {("made by iact simulate: legacy",)}


@pytest.mark.requirement("RF-035")
def test_files_and_database_hold_the_same_rows(schema: MariaDbSchema, tmp_path: Path) -> None:
    manifest = simulate_legacy(LegacyOptions(rows=2_000), MariaDbTarget(schema.dsn_admin))
    simulate_legacy(LegacyOptions(rows=2_000), FolderTarget(tmp_path))
    found = [row for table in manifest.tables for row in legacy_rows(schema, table)]
    # A file cannot tell null from empty.
    blank = [(table, {name: value or None for name, value in row.items()}) for table, row in found]
    assert sorted(map(str, blank)) == sorted(map(str, read_folder(tmp_path)))


def test_insert_where_load_data_is_forbidden(schema: MariaDbSchema, mariadb_server: MariaDbServer) -> None:
    def set_local(value: str) -> None:
        with mariadb_server._connect(mariadb_server.root_password) as connection, connection.cursor() as cursor:
            cursor.execute(f"SET GLOBAL local_infile = {value}")

    set_local("OFF")
    try:
        manifest = simulate_legacy(LegacyOptions(rows=3_000), MariaDbTarget(schema.dsn_admin))
    finally:
        set_local("ON")
    for table, number in manifest.tables.items():
        assert query(schema, f"SELECT COUNT(*), SUM(cMenu IS NULL) > 0 FROM {table}") == [(number, 1)]


def test_asterisk_tables(schema: MariaDbSchema) -> None:
    manifest = simulate_asterisk(AsteriskOptions(rows=5_000), MariaDbTarget(schema.dsn_admin))
    for table, number in manifest.tables.items():
        assert query(schema, f"SELECT COUNT(*) FROM {table}") == [(number,)]
    verbs = {row[0]: row[1] for row in query(schema, "SELECT event, COUNT(*) FROM queue_log GROUP BY event")}
    assert verbs["ENTERQUEUE"] == manifest.calls
    assert verbs["CONNECT"] == manifest.exits["answered"]
    assert query(schema, "SELECT SUM(answer IS NULL) > 0, SUM(billsec) > 0 FROM cdr") == [(1, 1)]


def test_a_new_run_replaces_its_own_kind_only(schema: MariaDbSchema) -> None:
    target = MariaDbTarget(schema.dsn_admin)
    simulate_legacy(LegacyOptions(rows=100, quarters=3), target)
    simulate_asterisk(AsteriskOptions(rows=100, cel=False), target)
    simulate_legacy(LegacyOptions(rows=50, quarters=1), target)
    assert {name for (name,) in query(schema, "SHOW TABLES")} == {"tbl_historico_t3_2025", "queue_log", "cdr"}


async def test_it_can_be_called_inside_a_running_loop(schema: MariaDbSchema) -> None:
    manifest = simulate_legacy(LegacyOptions(rows=100), MariaDbTarget(schema.dsn_admin))
    assert manifest.calls == 100


def test_a_schema_with_a_strangers_table_is_refused_and_kept(schema: MariaDbSchema) -> None:
    query(schema, "CREATE TABLE clients (id INT) COMMENT 'theirs'")
    with pytest.raises(NotOurs, match="holds the table clients, which iact simulate did not make"):
        simulate_legacy(LegacyOptions(rows=10), MariaDbTarget(schema.dsn_admin))
    assert query(schema, "SHOW TABLES") == [("clients",)]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_read_only_source_is_refused(schema: MariaDbSchema, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("DB_IVR_HOST", host)
    monkeypatch.setenv("DB_IVR_PORT", str(schema.port))
    monkeypatch.setenv("DB_IVR_NAME", schema.name)
    with pytest.raises(NotOurs, match="never written to"):
        MariaDbTarget(schema.dsn_admin)


def test_another_schema_of_the_same_server_is_not_the_source(
    schema: MariaDbSchema, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DB_IVR_HOST", "127.0.0.1")
    monkeypatch.setenv("DB_IVR_PORT", str(schema.port))
    monkeypatch.setenv("DB_IVR_NAME", "ivr_data")
    assert simulate_legacy(LegacyOptions(rows=10), MariaDbTarget(schema.dsn_admin)).calls == 10


def test_a_wrong_password_is_one_sentence_without_it(schema: MariaDbSchema) -> None:
    dsn = schema.dsn_admin.replace(schema.admin_password, "hunter2")
    with pytest.raises(TargetUnreachable, match="check the password") as failure:
        simulate_legacy(LegacyOptions(rows=10), MariaDbTarget(dsn))
    assert "hunter2" not in str(failure.value)
    assert "hunter2" not in repr(MariaDbTarget(dsn))


def test_a_reader_is_told_that_grants_are_missing(schema: MariaDbSchema) -> None:
    with pytest.raises(TargetUnreachable, match="the grants"):
        simulate_legacy(LegacyOptions(rows=10), MariaDbTarget(schema.dsn_reader))


def test_a_missing_schema_and_a_closed_port(schema: MariaDbSchema) -> None:
    with pytest.raises(TargetUnreachable):
        simulate_legacy(LegacyOptions(rows=10), MariaDbTarget(schema.dsn_admin + "_missing"))
    closed = f"mysql://a:b@127.0.0.1:{free_port()}/x"
    with pytest.raises(TargetUnreachable, match="cannot be reached"):
        simulate_legacy(LegacyOptions(rows=10), MariaDbTarget(closed))


def test_a_server_that_goes_away_in_the_middle(schema: MariaDbSchema) -> None:
    def kill(done: int, total: int) -> None:
        rows = query(schema, "SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID()")
        for (number,) in rows:
            query(schema, f"KILL {number}")

    with pytest.raises(TargetUnreachable, match="MariaDB at"):
        simulate_legacy(LegacyOptions(rows=200_000), MariaDbTarget(schema.dsn_admin), kill)


@pytest.mark.parametrize(
    "dsn", ["", "postgres://a:b@h/x", "mysql://h", "mysql://h:port/x", "mysql://h/a/b", "mysql:///x"]
)
def test_a_dsn_that_is_none(dsn: str) -> None:
    with pytest.raises(SimulationFailed, match="must read mysql://"):
        MariaDbTarget(dsn)


def test_many_chunks_arrive_whole(schema: MariaDbSchema) -> None:
    manifest = simulate_legacy(LegacyOptions(rows=150_000), MariaDbTarget(schema.dsn_admin))
    counted = [query(schema, f"SELECT COUNT(*) FROM {table}")[0][0] for table in manifest.tables]
    assert counted == list(manifest.tables.values())


def test_an_interrupt_leaves_a_schema_that_the_next_run_replaces(schema: MariaDbSchema) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    target = MariaDbTarget(schema.dsn_admin)
    with pytest.raises(KeyboardInterrupt):
        simulate_legacy(LegacyOptions(rows=100_000), target, interrupt)
    manifest = simulate_legacy(LegacyOptions(rows=500), target)
    counted = [query(schema, f"SELECT COUNT(*) FROM {table}")[0][0] for table in manifest.tables]
    assert counted == list(manifest.tables.values())


def test_no_room_for_the_temporary_file_is_told_as_such(schema: MariaDbSchema, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("iact.simulate.mariadb.tempfile.TemporaryFile", full)
    with pytest.raises(TargetUnreachable, match=r"^The disk for .* is full\.$"):
        simulate_legacy(LegacyOptions(rows=100), MariaDbTarget(schema.dsn_admin))


def test_nothing_lies_in_the_temporary_folder_that_a_kill_would_leave_there(
    schema: MariaDbSchema, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lying: list[list[Path]] = []
    execute = aiomysql.Cursor.execute

    def look() -> None:
        lying.append(list(tmp_path.iterdir()))

    async def looked(cursor: aiomysql.Cursor, query: str, args: object = None) -> object:
        if query.startswith("LOAD DATA"):
            look()
        return await execute(cursor, query, args)

    monkeypatch.setattr("iact.simulate.mariadb.tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(aiomysql.Cursor, "execute", looked)
    simulate_legacy(LegacyOptions(rows=100), MariaDbTarget(schema.dsn_admin))
    assert lying
    assert [files for files in lying if files] == []
