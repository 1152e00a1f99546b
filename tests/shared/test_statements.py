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
