"""pytest plugin: a real PostgreSQL and a real MariaDB per run, a cloned database per test, signed identities."""

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from hypothesis import HealthCheck, settings

from shared.embedded_postgres import EmbeddedPostgres, place
from shared.identity import write_key_pair, write_private
from shared.ports import free_port
from shared.settings import DatabaseSettings
from shared.testing.citus import build_spread_template, citus_server
from shared.testing.mariadb import MariaDbSchema, MariaDbServer
from shared.testing.postgres import GivenServer, PostgresServer, build_template, throw_away

ROOT = Path(__file__).resolve().parents[2]


@pytest.hookimpl(tryfirst=True)  # whoever names a profile of hypothesis gets that one
def pytest_configure() -> None:
    # The operator's databases are none of the tests' business.
    for name in [name for name in os.environ if name.startswith("DB_")]:
        del os.environ[name]
    # An example that takes longer than usual says something about the machine: the time limit of a test still holds.
    settings.register_profile("iact", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("iact")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data; tests that need it are skipped, with this message, where it is missing."""
    folder = Path(os.environ.get("IACT_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder} (set IACT_TEST_DATA)")
    return folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[GivenServer]:
    """A PostgreSQL of this run's own: memory-fast, thrown away. A server with Citus where one is given."""
    given = citus_server()
    if given is not None:
        yield GivenServer(given)
        return
    folder = Path(tempfile.mkdtemp(prefix="iact-pg-"))
    folder.chmod(0o755)
    install, cluster = place(folder / "data")
    server = EmbeddedPostgres(install, cluster, free_port())
    password = secrets.token_hex(8)
    server.create(password)
    # Nobody needs these databases after a crash of the machine.
    fast = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "256MB"}
    child = server.start(folder / "log", **fast, max_connections="200")
    try:
        owner = DatabaseSettings("127.0.0.1", server.port, "postgres", server.user, password)
        yield PostgresServer(owner, server, child)
    finally:
        throw_away(server, child, folder)


@pytest.fixture(scope="session")
def migrated_template(postgres_server: GivenServer) -> str:
    """The name of a database on which every migration has run; tests clone it (25 ms)."""
    build = build_template if isinstance(postgres_server, PostgresServer) else build_spread_template
    return asyncio.run(build(postgres_server.owner))


@pytest.fixture
def database_settings(postgres_server: GivenServer, migrated_template: str) -> Iterator[DatabaseSettings]:
    """The owner's login to a fresh clone; `.as_role("iact_analytics")` acts with a service's grants."""
    name = f"t_{secrets.token_hex(6)}"
    asyncio.run(postgres_server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{migrated_template}" STRATEGY file_copy'))
    yield postgres_server.login(name)
    asyncio.run(postgres_server.execute(f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture
async def conn(database_settings: DatabaseSettings) -> AsyncIterator[asyncpg.Connection]:
    """The owner's connection to the test's own database."""
    connection = await asyncpg.connect(**database_settings.connect_arguments())
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaDbServer]:
    """A MariaDB of this run's own; skipped with a message where `mariadbd` is not installed."""
    if shutil.which("mariadbd") is None:
        pytest.skip("mariadbd is not installed (apt-get install mariadb-server)")
    folder = Path(tempfile.mkdtemp(prefix="iact-my-"))
    folder.chmod(0o755)
    server = MariaDbServer.start(folder)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def mariadb(mariadb_server: MariaDbServer) -> Iterator[MariaDbSchema]:
    """A fresh schema with an administrator's and a SELECT-only reader's login."""
    schema = mariadb_server.create_schema()
    yield schema
    mariadb_server.drop_schema(schema)


@pytest.fixture(scope="session")
def identity_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A secrets folder with a signing key pair and a caller key."""
    folder = tmp_path_factory.mktemp("secrets")
    write_key_pair(folder)
    write_private(folder / "caller_key", secrets.token_hex(32).encode())
    return folder
