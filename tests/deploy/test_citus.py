"""The schema keeps the rules by which Citus can spread it, and the page says so of every table and statement.

Citus itself is not run here. With `IACT_TEST_CITUS_DSN` (a superuser's address of a coordinator whose cluster has
workers, see deploy/citus/nodes.sql) the script itself is run too.
"""

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from shared.settings import DatabaseSettings
from shared.testing.plugin import ROOT

pytestmark = pytest.mark.integration

SCRIPT = (ROOT / "deploy" / "citus" / "distribute.sql").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "escala.md").read_text(encoding="utf-8")
ANALYTICS = ROOT / "services" / "analytics"
WANTED = re.findall(r"\('(ivr\.\w+)', '(distributed|reference)', (?:'(\w+)'|NULL)\)", SCRIPT)
DISTRIBUTED = {name: column for name, kind, column in WANTED if kind == "distributed"}
REFERENCE = {name for name, kind, _ in WANTED if kind == "reference"}
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
    assert len(WANTED) == SCRIPT.count("'distributed', '") + SCRIPT.count("'reference', NULL")
    assert len(DISTRIBUTED) > 10
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
    assert {row["name"] for row in partitioned} <= DISTRIBUTED.keys() | {"ivr.queue_days"}


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
    assert len(large) > 10
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


async def test_a_cluster_takes_the_script() -> None:
    dsn = os.environ.get("IACT_TEST_CITUS_DSN")
    if dsn is None:
        pytest.skip("needs IACT_TEST_CITUS_DSN, a coordinator with a migrated database")
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(re.sub(r"(?m)^\\.*$", "", SCRIPT))
        found = await connection.fetch("SELECT table_name::text AS name, citus_table_type AS kind FROM citus_tables")
    finally:
        await connection.close()
    assert {row["name"] for row in found if row["kind"] == "distributed"} == DISTRIBUTED.keys()
    assert {row["name"] for row in found if row["kind"] == "reference"} == REFERENCE
