"""The schema keeps the rules by which Citus can spread it, and the page says so of every table and statement.

Citus itself is not run here. With `IACT_TEST_CITUS_DSN` (shared/testing/citus.py) the script itself is run too, and
so are ingestion and analytics.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from shared.settings import DatabaseSettings
from shared.testing import citus
from shared.testing.citus import VARIABLE, citus_server
from shared.testing.plugin import ROOT
from shared.testing.postgres import GivenServer

pytestmark = pytest.mark.integration

SCRIPT = (ROOT / "deploy" / "citus" / "distribute.sql").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "escala.md").read_text(encoding="utf-8")
ANALYTICS = ROOT / "services" / "analytics"
WANTED = re.findall(r"\('(ivr\.\w+)', '(distributed|reference)', (?:'(\w+)'|NULL), (?:'(ivr\.\w+)'|NULL)\)", SCRIPT)
DISTRIBUTED = {name: column for name, kind, column, _ in WANTED if kind == "distributed"}
REFERENCE = {name for name, kind, _, _ in WANTED if kind == "reference"}
BESIDE = {name: leader for name, _, _, leader in WANTED if leader}
IDENTITIES = SCRIPT[SCRIPT.index("DO $$") : SCRIPT.index("SELECT create_reference_table")]
WAYS = ("local", "router", "pushdown", "gather", "repartition", "unsupported")


@pytest.fixture
async def owner(database_settings: DatabaseSettings) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(**database_settings.connect_arguments())
    try:
        yield connection
    finally:
        await connection.close()


def test_the_script_was_read() -> None:
    assert len(WANTED) == SCRIPT.count("'distributed', '") + SCRIPT.count("'reference', NULL, NULL")
    assert len(DISTRIBUTED) == 10
    assert len(REFERENCE) > 5


async def test_every_key_holds_the_column_that_decides_the_shard(owner: asyncpg.Connection) -> None:
    for table, column in DISTRIBUTED.items():
        keys = await owner.fetch(
            "SELECT c.relname AS name, i.indpred IS NULL AND i.indexprs IS NULL AS plain,"
            " ARRAY(SELECT a.attname::text FROM pg_attribute AS a"
            "       WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)) AS columns"
            " FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid"
            " WHERE i.indisunique AND (i.indrelid = $1::text::regclass OR i.indrelid IN"
            "       (SELECT inhrelid FROM pg_inherits WHERE inhparent = $1::text::regclass))",
            table,
        )
        assert {key["name"]: key["columns"] for key in keys if column not in key["columns"]} == {}, table
        found = await owner.fetchrow(
            "SELECT attnotnull, attidentity::text AS identity, attgenerated::text AS generated FROM pg_attribute"
            " WHERE attrelid = $1::text::regclass AND attname = $2",
            table,
            column,
        )
        assert found is not None, f"{table} has no {column}"
        assert found["attnotnull"], f"{table}.{column} may be null: such rows have no shard"
        assert (found["identity"], found["generated"]) == ("", ""), table


async def test_what_lies_together_is_spread_alike(owner: asyncpg.Connection) -> None:
    """Citus puts shards beside one another only where both are decided by a column of the same type."""

    async def column(table: str) -> tuple[str, str]:
        kind = "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = $1::text::regclass"
        return DISTRIBUTED[table], await owner.fetchval(f"{kind} AND attname = $2", table, DISTRIBUTED[table])

    assert set(BESIDE.values()) <= DISTRIBUTED.keys() - BESIDE.keys(), "a table that others lie beside is made first"
    for table, leader in BESIDE.items():
        assert await column(table) == await column(leader), table
    # All that is decided by one thing: callers, cells of a kind, DIDs.
    for name in set(DISTRIBUTED.values()):
        leaders = {BESIDE.get(table, table) for table, by in DISTRIBUTED.items() if by == name}
        assert len(leaders) == (2 if name == "cell_id" else 1), name


async def test_nothing_hangs_on_a_large_table_that_citus_does_not_spread(owner: asyncpg.Connection) -> None:
    for table in DISTRIBUTED:
        triggers = await owner.fetch(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = $1::text::regclass AND NOT tgisinternal", table
        )
        assert triggers == [], f"{table}: Citus does not carry triggers to shards"
        foreign = await owner.fetch(
            "SELECT confrelid::regclass::text AS other FROM pg_constraint"
            " WHERE contype = 'f' AND conrelid = $1::text::regclass"
            " UNION ALL SELECT conrelid::regclass::text FROM pg_constraint"
            " WHERE contype = 'f' AND confrelid = $1::text::regclass",
            table,
        )
        assert {row["other"] for row in foreign} <= REFERENCE, table
        odd = await owner.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0"
            " AND attidentity <> '' AND atttypid <> 'bigint'::regtype",
            table,
        )
        assert odd == [], f"{table}: identity columns must be bigint"


async def test_partitions_are_by_range_or_list_with_the_key(owner: asyncpg.Connection) -> None:
    partitioned = await owner.fetch(
        "SELECT partrelid::regclass::text AS name, partstrat::text AS strategy FROM pg_partitioned_table"
        " WHERE partrelid::regclass::text LIKE 'ivr.%'"
    )
    assert {row["strategy"] for row in partitioned} <= {"r", "l"}
    # Those with triggers stay on the coordinator.
    local = {"ivr.queue_days", "ivr.legacy_days", "ivr.legacy_months"}
    assert {row["name"] for row in partitioned} <= DISTRIBUTED.keys() | local


async def test_reference_tables_hang_only_on_what_stays_on_the_coordinator(owner: asyncpg.Connection) -> None:
    for table in REFERENCE:
        foreign = await owner.fetch(
            "SELECT confrelid::regclass::text AS other, confdeltype::text AS deleted, confupdtype::text AS updated"
            " FROM pg_constraint WHERE contype = 'f' AND conrelid = $1::text::regclass",
            table,
        )
        assert not {row["other"] for row in foreign} & DISTRIBUTED.keys(), table
        # Towards a table of the coordinator Citus knows only constraints that refuse.
        local = [row for row in foreign if row["other"] not in REFERENCE]
        assert {row["deleted"] + row["updated"] for row in local} <= {"aa", "rr", "ar", "ra"}, table
        triggers = await owner.fetch(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = $1::text::regclass AND NOT tgisinternal", table
        )
        assert triggers == [], table


async def test_views_join_large_tables_only_with_what_every_node_has(owner: asyncpg.Connection) -> None:
    used = await owner.fetch(
        "SELECT view_name AS view, array_agg(DISTINCT table_schema || '.' || table_name) AS tables"
        " FROM information_schema.view_table_usage WHERE view_schema = 'ivr' GROUP BY 1"
    )
    large = {row["view"]: set(row["tables"]) for row in used if set(row["tables"]) & DISTRIBUTED.keys()}
    assert len(large) == 8
    for view, tables in large.items():
        if view == "day_versions_v1":  # a union: its parts are answered one by one
            continue
        assert tables - DISTRIBUTED.keys() <= REFERENCE, view
        assert len(tables & DISTRIBUTED.keys()) == 1 or view == "legacy_caller_sketches_v1", view


async def test_numbers_go_on_after_the_identities_are_sequences(owner: asyncpg.Connection) -> None:
    """The part of the script that needs no Citus, run for real: numbers that were given are not given again."""
    transaction = owner.transaction()
    await transaction.start()
    try:
        insert = "INSERT INTO ivr.menus (menu_key, menu) VALUES ($1, $1) RETURNING menu_id"
        first = await owner.fetchval(insert, "before")
        await owner.execute(SCRIPT[SCRIPT.index("CREATE TEMPORARY TABLE") : SCRIPT.index("-- Citus refuses")])
        await owner.execute(IDENTITIES)
        assert await owner.fetchval(insert, "after") == first + 1
        await owner.execute(IDENTITIES)  # run again it finds nothing to do
        left = await owner.fetch(
            "SELECT w.name FROM wanted AS w JOIN pg_attribute AS a ON a.attrelid = w.name::regclass"
            " WHERE a.attidentity <> '' AND a.atttypid <> 'bigint'::regtype"
        )
        assert left == []
        await owner.execute("SET LOCAL ROLE iact_ivr")
        assert await owner.fetchval(insert, "the service") == first + 2
    finally:
        await transaction.rollback()


UNDISTRIBUTE = (ROOT / "deploy" / "citus" / "undistribute.sql").read_text(encoding="utf-8")
FORMERLY_SPREAD = {
    *("ivr.legacy_hours", "ivr.legacy_days", "ivr.legacy_months", "ivr.legacy_repeat_days"),
    *("ivr.queue_hours", "ivr.queue_months"),
}
# A table that comes back is a new one without grants, and so are the views over it.
UNDISTRIBUTES = """
    CREATE TABLE citus_tables (table_name regclass, citus_table_type text);
    CREATE FUNCTION undistribute_table(regclass) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        EXECUTE format('REVOKE ALL ON %s, %s FROM iact_ivr, iact_analytics', $1, $1 || '_v1');
        DELETE FROM citus_tables WHERE table_name = $1;
    END $$;"""
GRANTS = """
    SELECT c.relname, a.grantee, a.privilege_type FROM pg_class AS c, aclexplode(c.relacl) AS a
    WHERE c.relnamespace = 'ivr'::regnamespace"""


@pytest.mark.skipif(citus_server() is not None, reason="there is a real one")
async def test_tables_with_triggers_come_back_before_an_upgrade(owner: asyncpg.Connection) -> None:
    """What Citus does is only noted; which tables, and that grants are there again, is what is looked at."""
    await owner.execute(UNDISTRIBUTES)
    spread = DISTRIBUTED.keys() | FORMERLY_SPREAD
    await owner.executemany(
        "INSERT INTO citus_tables VALUES ($1::text::regclass, $2)",
        [*((name, "distributed") for name in spread), *((name, "reference") for name in REFERENCE)],
    )
    before = {tuple(row) for row in await owner.fetch(GRANTS)}
    for _ in range(2):  # the second finds nothing to do
        await owner.execute(re.sub(r"(?m)^\\.*$", "", UNDISTRIBUTE))
        found = await owner.fetch("SELECT table_name::text AS name FROM citus_tables")
        assert {row["name"] for row in found} == DISTRIBUTED.keys() | REFERENCE
        assert {tuple(row) for row in await owner.fetch(GRANTS)} == before
    triggers = await owner.fetch(
        "SELECT DISTINCT tgrelid::regclass::text AS name FROM pg_trigger WHERE NOT tgisinternal AND tgparentid = 0"
    )
    assert {row["name"] for row in triggers} >= FORMERLY_SPREAD


async def test_the_page_places_every_table_of_ivr(owner: asyncpg.Connection) -> None:
    tables = await owner.fetch(
        "SELECT c.oid::regclass::text AS name FROM pg_class AS c"
        " WHERE c.relnamespace = 'ivr'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
    )
    placed = dict(re.findall(r"^\| `(ivr\.\w+)` \| (\w+)", PAGE, re.MULTILINE))
    assert placed.keys() == {row["name"] for row in tables}
    assert {name for name, kind in placed.items() if kind == "distributed"} == DISTRIBUTED.keys()
    assert {name for name, kind in placed.items() if kind == "reference"} == REFERENCE
    assert set(placed.values()) == {"distributed", "reference", "local"}


def test_the_page_classifies_every_statement_of_analytics() -> None:
    files = {path.name for path in (ANALYTICS / "sql").glob("*.sql") if re.search(r"\bivr\.", statement(path))}
    routes = {
        path.name
        for path in ANALYTICS.glob("*.py")
        if path.name != "__init__.py" and re.search(r"\bivr\.|\.view\}", path.read_text(encoding="utf-8"))
    }
    rows = re.findall(r"^\| `([\w.]+\.(?:sql|py))` ?([^|]*)\| (\w+) \|", PAGE, re.MULTILINE)
    assert {name for name, _, _ in rows} == files | routes
    assert {way for _, _, way in rows} <= set(WAYS)


def statement(path: Path) -> str:
    return re.sub(r"--.*", "", path.read_text(encoding="utf-8"))


@pytest.mark.skipif(citus_server() is None, reason=f"needs {VARIABLE}, a superuser's login at a server with Citus")
async def test_a_server_with_citus_takes_the_script(owner: asyncpg.Connection) -> None:
    found = await owner.fetch("SELECT table_name::text AS name, citus_table_type AS kind FROM citus_tables")
    assert {row["name"] for row in found if row["kind"] == "distributed"} == DISTRIBUTED.keys()
    assert {row["name"] for row in found if row["kind"] == "reference"} == REFERENCE


STAND_IN = """
    CREATE TABLE citus_tables (table_name regclass, citus_table_type text, distribution_column text, shard_count int,
                               beside text);
    CREATE FUNCTION citus_set_coordinator_host(text, integer) RETURNS void LANGUAGE sql AS '';
    CREATE FUNCTION citus_set_node_property(text, integer, text, boolean) RETURNS void LANGUAGE sql AS '';
    CREATE FUNCTION create_reference_table(regclass) RETURNS void LANGUAGE sql AS
        $$ INSERT INTO citus_tables VALUES ($1, 'reference', NULL, 1, NULL) $$;
    CREATE FUNCTION create_distributed_table(regclass, text, colocate_with text) RETURNS void LANGUAGE sql AS
        $$ INSERT INTO citus_tables VALUES ($1, 'distributed', $2, current_setting('citus.shard_count')::int, $3) $$;"""


@pytest.mark.skipif(citus_server() is not None, reason="there is a real one")
async def test_the_suite_finds_its_databases_spread(
    postgres_server: GivenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a run against Citus is prepared by; its functions, which are not to be had here, only note what they do."""
    login = postgres_server.owner
    dsn = f"postgresql://{login.user}:{login.password}@{login.host}:{login.port}/postgres"
    monkeypatch.setenv(VARIABLE, dsn)
    given = citus_server()
    assert given == replace(login, name="postgres")
    name = "iact_spread"
    for _ in range(2):  # the second replaces what the first left
        assert await citus.build_spread_template(given, name, extension=STAND_IN) == name
    await postgres_server.execute(f"CREATE DATABASE {name}_clone TEMPLATE {name} STRATEGY file_copy")
    clone = await asyncpg.connect(**replace(given, name=f"{name}_clone").connect_arguments())
    try:
        found = await clone.fetch("SELECT table_name::text AS name, citus_tables.* FROM citus_tables")
        assert {row["name"]: row["distribution_column"] for row in found} == DISTRIBUTED | dict.fromkeys(REFERENCE)
        spread = [row for row in found if row["citus_table_type"] == "distributed"]
        assert {row["shard_count"] for row in spread} == {citus.SHARDS}
        assert {row["name"]: row["beside"] for row in spread if row["beside"] != "none"} == BESIDE
    finally:
        await clone.close()
        for each in (f"{name}_clone", name):
            await postgres_server.execute(f"DROP DATABASE {each} WITH (FORCE)")
