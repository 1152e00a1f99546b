"""Every statement in a file is prepared on the migrated schema with its service's grants: names and types hold."""

from pathlib import Path

import asyncpg
import pytest

from shared.settings import DatabaseSettings
from shared.sql import statements

pytestmark = pytest.mark.integration

SERVICES = Path(__file__).resolve().parents[2] / "services"


@pytest.mark.parametrize("service", ["sessions", "ivr", "analytics", "dora"])
async def test_statements_can_be_prepared_by_their_service(service: str, database_settings: DatabaseSettings) -> None:
    texts = statements(SERVICES / service)
    assert texts
    conn = await asyncpg.connect(**database_settings.as_role(f"iact_{service}").connect_arguments())
    for name, text in texts.items():
        assert text.startswith("-- "), f"{service}/sql/{name}.sql: the first line says what a row is"
        try:
            await conn.prepare(text)
        except asyncpg.PostgresError as error:
            pytest.fail(f"{service}/sql/{name}.sql: {error}")
    await conn.close()


@pytest.mark.requirement("RF-052")
@pytest.mark.parametrize("service", ["sessions", "ivr", "analytics", "dora"])
async def test_a_column_that_the_next_release_adds_changes_no_answer(
    service: str, database_settings: DatabaseSettings
) -> None:
    """An upgrade expands the schema while the release before answers: a statement that returns `*` would break there.

    PostgreSQL refuses such a statement once it was prepared, and a row with a column too many fits no dataclass.
    """
    texts = statements(SERVICES / service)
    # Nothing is remembered, so that a statement is looked at anew; one connection does not wait for itself.
    owner = await asyncpg.connect(**database_settings.connect_arguments(), statement_cache_size=0)
    told = {name: (await owner.prepare(text)).get_attributes() for name, text in texts.items()}
    tables = await owner.fetch(
        "SELECT format('%I.%I', nspname, relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
        " WHERE nspname = $1 AND relkind IN ('r', 'p') AND NOT relispartition",
        service,
    )
    assert tables
    for table in tables:
        await owner.execute(f"ALTER TABLE {table['name']} ADD COLUMN of_the_next_release integer")
    changed = [name for name, text in texts.items() if (await owner.prepare(text)).get_attributes() != told[name]]
    await owner.close()
    assert changed == [], "name the columns that are returned instead of *"
