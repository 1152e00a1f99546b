"""The legs of a large installation change their indexes while somebody reads and writes them."""

import asyncpg
import pytest

from iact.migrations import SETS
from shared.migrate import Phase, migrate
from shared.settings import DatabaseSettings

pytestmark = pytest.mark.integration

NEW = {
    "pkey": "(leg_id, started_at, caller_id)",
    "unique_id_idx": "(unique_id) WHERE (unique_id <> linked_id)",
}
# As the release before had them.
BEFORE = """
ALTER TABLE ivr.call_legs DROP CONSTRAINT call_legs_pkey, ADD PRIMARY KEY (caller_id, started_at, leg_id);
DROP INDEX ivr.call_legs_unique_id;
CREATE INDEX call_legs_leg_id ON ivr.call_legs (leg_id);
CREATE INDEX call_legs_unique_id ON ivr.call_legs (unique_id);
DELETE FROM public.iact_migrations WHERE migration_set = 'ivr' AND file IN
    ('0019_indexes_of_legs_online.sql', '0021_indexes_of_legs_contract.sql')
"""
ADD_LEGS = """
INSERT INTO ivr.call_legs (leg_id, caller_id, source_id, linked_id, unique_id, started_at, disposition, source_table,
                           position)
SELECT n, 7, 1, 'l' || n, CASE WHEN n % 10 = 0 THEN 'u' ELSE 'l' END || n, $1::date, 'answered', 'cdr', n
FROM generate_series(1, 500) AS n
"""


async def add_month(conn: asyncpg.Connection, first: str, *, legs: bool) -> None:
    await conn.execute(f"SELECT ivr.ensure_month('call_legs', date '{first}')")
    if legs:
        await conn.execute(ADD_LEGS.replace("$1", f"'{first}'"))


async def indexes(conn: asyncpg.Connection, month: str) -> dict[str, tuple[str, int, bool]]:
    """What each index of a month is built on, its file, and whether it counts."""
    rows = await conn.fetch(
        """SELECT c.relname AS name, split_part(pg_get_indexdef(c.oid), ' USING ', 2) AS built_on, x.indisvalid,
                  pg_relation_filenode(c.oid) AS file
           FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid WHERE x.indrelid = $1::text::regclass""",
        f"ivr.{month}",
    )
    prefix = f"{month}_"
    return {
        row["name"].removeprefix(prefix): (row["built_on"].split(" ", 1)[1], row["file"], row["indisvalid"])
        for row in rows
    }


async def test_the_release_before_keeps_its_indexes_until_it_is_gone_and_nothing_is_built_twice(
    as_owner: asyncpg.Connection, database_settings: DatabaseSettings
) -> None:
    await as_owner.execute(BEFORE)
    await add_month(as_owner, "2025-07-01", legs=True)
    await add_month(as_owner, "2025-08-01", legs=False)
    before = await indexes(as_owner, "call_legs_2025_07")
    assert await migrate(database_settings, SETS, Phase.EXPAND) == ["ivr/0019_indexes_of_legs_online.sql"]
    expanded = await indexes(as_owner, "call_legs_2025_07")
    assert {name: expanded[name] for name in before} == before
    built = {name: expanded[name] for name in expanded.keys() - before}
    assert {name: found[0] for name, found in built.items()} == {
        "by_id": NEW["pkey"],
        "by_unique_id": NEW["unique_id_idx"],
    }
    await add_month(as_owner, "2025-09-01", legs=True)
    assert await migrate(database_settings, SETS, Phase.CONTRACT) == ["ivr/0021_indexes_of_legs_contract.sql"]
    after = await indexes(as_owner, "call_legs_2025_07")
    assert (after["pkey"], after["unique_id_idx"]) == (built["by_id"], built["by_unique_id"])
    for month in ("call_legs_2025_07", "call_legs_2025_08", "call_legs_2025_09"):
        found = await indexes(as_owner, month)
        assert {name: on for name, (on, _, _) in found.items() if name in NEW} == NEW
        assert set(found) == {*NEW, "linked_id_idx", "started_at_idx"}
        assert all(valid for _, _, valid in found.values())
    valid = await as_owner.fetch("SELECT indisvalid FROM pg_index WHERE indrelid = 'ivr.call_legs'::regclass")
    assert [row["indisvalid"] for row in valid] == [True] * 4
    with pytest.raises(asyncpg.UniqueViolationError):
        await as_owner.execute(ADD_LEGS.replace("$1", "'2025-07-01'"))


async def test_expanding_waits_for_no_reader_and_no_writer_waits_for_it(
    as_owner: asyncpg.Connection, database_settings: DatabaseSettings
) -> None:
    """What it does is what PostgreSQL does beside readers and writers, whole or, after an interruption, again."""
    await as_owner.execute(BEFORE)
    await add_month(as_owner, "2025-07-01", legs=True)
    await as_owner.execute("CREATE INDEX call_legs_2025_07_by_id ON ivr.call_legs_2025_07 (leg_id)")
    await as_owner.execute(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ivr.call_legs_2025_07_by_id'::regclass"
    )
    folder = next(each.folder for each in SETS if each.name == "ivr")
    query = (folder / "0019_indexes_of_legs_online.sql").read_text(encoding="utf-8")
    statements = [row[0] for row in await as_owner.fetch(query)]
    assert [each.split(" ON ")[0] for each in statements] == [
        "DROP INDEX CONCURRENTLY ivr.call_legs_2025_07_by_id",
        "CREATE UNIQUE INDEX CONCURRENTLY call_legs_2025_07_by_id",
        "CREATE INDEX CONCURRENTLY call_legs_2025_07_by_unique_id",
    ]
    await migrate(database_settings, SETS, Phase.EXPAND)
    found = await indexes(as_owner, "call_legs_2025_07")
    assert found["by_id"][0] == NEW["pkey"]
    assert all(valid for _, _, valid in found.values())
    assert await as_owner.fetch(query) == []


async def test_the_release_after_works_while_the_one_before_still_does(
    as_owner: asyncpg.Connection, database_settings: DatabaseSettings
) -> None:
    await as_owner.execute(BEFORE)
    await add_month(as_owner, "2025-07-01", legs=True)
    await migrate(database_settings, SETS, Phase.EXPAND)
    await as_owner.execute("ANALYZE ivr.call_legs")
    for search in ("unique_id = 'u70'", "unique_id = 'u70' AND unique_id <> linked_id", "leg_id = ANY ('{70,71}')"):
        plan = await as_owner.fetch(f"EXPLAIN SELECT linked_id FROM ivr.call_legs WHERE {search}")
        assert "Seq Scan" not in "\n".join(row[0] for row in plan), search
