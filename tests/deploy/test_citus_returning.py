"""What a statement of ingestion gives back of a table that Citus keeps is a column or made of columns.

A table of the coordinator that a foreign key chains to a reference table is one that Citus keeps, too ("managed
local"): `create_reference_table` makes it one where the coordinator is in the metadata (deploy/citus/nodes.sql). Citus
then plans what changes it, and refuses a function that is not IMMUTABLE in RETURNING, also in a sub-select there.
"""

import re

import asyncpg
import pytest

from tests.deploy.test_citus import ANALYTICS, DISTRIBUTED, REFERENCE, statement
from tests.deploy.test_citus import owner as owner_of_a_schema

owner = owner_of_a_schema
SQL = ANALYTICS.parent / "ivr" / "sql"
CHAINED = """
    SELECT conrelid::regclass::text AS one, confrelid::regclass::text AS other
    FROM pg_constraint WHERE contype = 'f' AND connamespace = 'ivr'::regnamespace"""


async def kept(owner: asyncpg.Connection) -> set[str]:
    """Distributed and reference tables, and what is chained to the latter by foreign keys, however far."""
    pairs = [{row["one"], row["other"]} for row in await owner.fetch(CHAINED)]
    found = set(REFERENCE)
    while more := {name for pair in pairs if pair & found for name in pair} - found - DISTRIBUTED.keys():
        found |= more
    return found | DISTRIBUTED.keys()


@pytest.mark.integration
async def test_nothing_that_changes_is_asked_in_what_a_change_gives_back(owner: asyncpg.Connection) -> None:
    tables = await kept(owner)
    assert "ivr.runs" in tables, "chained to ivr.sources and ivr.units"
    found = await owner.fetch("SELECT DISTINCT proname FROM pg_proc WHERE provolatile <> 'i'")
    changing = {row["proname"] for row in found}
    refused = {}
    for path in sorted(SQL.glob("*.sql")):
        sql = " ".join(statement(path).split())
        if not (changed := re.match(r"(?:UPDATE|DELETE FROM) (ivr\.\w+)", sql)) or changed[1] not in tables:
            continue
        given = sql.partition(" RETURNING ")[2]
        asked = set(re.findall(r"\b([a-z_]+) ?\(", given)) & changing
        asked |= set(re.findall(r"\bFROM (pg_\w+)", given))
        if asked:
            refused[path.name] = asked
    assert refused == {}
