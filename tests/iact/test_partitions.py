"""Months are made at the start of an embedded server, which has no timer beside it."""

import asyncpg
import pytest

from iact.doctor import postgres
from iact.doctor.finding import Severity
from iact.partitions import make_unless_held
from shared.settings import DatabaseSettings

pytestmark = pytest.mark.integration


async def severities(conn: asyncpg.Connection) -> set[Severity]:
    return {each.severity for each in await postgres.look_at_partitions(conn)}


async def test_a_start_makes_months_and_does_not_wait_for_a_load(
    conn: asyncpg.Connection, database_settings: DatabaseSettings
) -> None:
    async with conn.transaction():
        await conn.execute("LOCK TABLE ivr.legacy_calls IN ACCESS EXCLUSIVE MODE")
        assert not await make_unless_held(database_settings, wait_ms=50)
    assert await severities(conn) == {Severity.NOTE}
    assert await make_unless_held(database_settings)
    assert await severities(conn) == {Severity.GOOD}
