"""The border inside PostgreSQL: what each service's role can and cannot touch."""

import asyncpg
import pytest

from shared.settings import DatabaseSettings

pytestmark = pytest.mark.integration

ROLES = ("iact_sessions", "iact_ivr", "iact_analytics", "iact_dora")


async def refused(settings: DatabaseSettings, role: str, statement: str) -> bool:
    conn = await asyncpg.connect(**settings.as_role(role).connect_arguments())
    try:
        async with conn.transaction():
            await conn.execute(statement)
    except (asyncpg.InsufficientPrivilegeError, asyncpg.ObjectNotInPrerequisiteStateError):
        # The second: a view over several tables, which nobody can write through.
        return True
    finally:
        await conn.close()
    return False


async def tables(conn: asyncpg.Connection, schema: str) -> list[str]:
    rows = await conn.fetch(
        """SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class AS c
           JOIN pg_namespace AS n ON n.oid = c.relnamespace
           WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm')""",
        schema,
    )
    return [row["name"] for row in rows]


@pytest.mark.requirement("RNF-012")
async def test_nobody_else_reads_or_writes_a_table_of_sessions(
    conn: asyncpg.Connection, database_settings: DatabaseSettings
) -> None:
    found = await tables(conn, "sessions")
    assert "sessions.users" in found
    for role in ROLES[1:]:
        for table in found:
            assert await refused(database_settings, role, f"SELECT * FROM {table}"), (role, table)
            assert await refused(database_settings, role, f"DELETE FROM {table}"), (role, table)


async def test_sessions_reads_no_call_and_no_other_schema(
    conn: asyncpg.Connection, database_settings: DatabaseSettings
) -> None:
    found = [name for schema in ("ivr", "analytics", "dora") for name in await tables(conn, schema)]
    assert "ivr.legacy_calls_v1" in found
    for table in found:
        assert await refused(database_settings, "iact_sessions", f"SELECT * FROM {table}"), table


@pytest.mark.requirement("RNF-012")
async def test_analytics_writes_nothing_of_ivr(conn: asyncpg.Connection, database_settings: DatabaseSettings) -> None:
    found = await tables(conn, "ivr")
    assert found
    for table in found:
        assert await refused(database_settings, "iact_analytics", f"DELETE FROM {table}"), table
        assert await refused(database_settings, "iact_analytics", f"INSERT INTO {table} DEFAULT VALUES"), table


async def test_sessions_deletes_neither_people_nor_history(database_settings: DatabaseSettings) -> None:
    for table in ("users", "sessions", "one_time_codes", "tokens", "user_groups", "user_exceptions"):
        assert await refused(database_settings, "iact_sessions", f"DELETE FROM sessions.{table}"), table
    for table in ("functions", "groups", "separation_rules"):
        assert await refused(database_settings, "iact_sessions", f"DELETE FROM sessions.{table}"), table


async def test_the_audit_trail_is_written_through_its_function_alone(database_settings: DatabaseSettings) -> None:
    for role in ROLES:
        for statement in (
            "UPDATE audit.events SET event = 'X'",
            "DELETE FROM audit.events",
            "INSERT INTO audit.events (service, event) VALUES ('sessions', 'LOGIN')",
            "TRUNCATE audit.events",
        ):
            assert await refused(database_settings, role, statement), (role, statement)
        record = "SELECT audit.record_event('PROBE_EVENT', NULL, NULL, NULL, NULL, NULL, NULL)"
        assert not await refused(database_settings, role, record), role
