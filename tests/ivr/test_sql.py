"""Every statement is understood by the migrated schema, with the grants of the service."""

from pathlib import Path

import pytest

import services.ivr
from shared.postgres import Database
from shared.sql import statements

pytestmark = pytest.mark.integration

FOLDER = Path(services.ivr.__file__).parent


async def test_every_statement_is_prepared_by_postgresql(database: Database) -> None:
    found = statements(FOLDER)
    assert len(found) > 30
    async with database.connection() as conn:
        for name, text in found.items():
            assert text.startswith("-- "), name
            await conn.prepare(text)


def test_every_statement_is_used() -> None:
    code = "".join(path.read_text() for path in FOLDER.rglob("*.py"))
    assert [name for name in statements(FOLDER) if f'"{name}"' not in code] == []
