"""A server with Citus under the whole suite: `IACT_TEST_CITUS_DSN=postgresql://… pytest tests/ivr tests/analytics`.

The server is one node that coordinates and holds the shards, with `shared_preload_libraries = 'citus'` and nothing else
on it: each test gets a clone of a database that was migrated and spread by `deploy/citus/distribute.sql`, as on the
embedded server. Clones hold their shards only where these lie in the same database; hence the one node.
"""

import os
import re
from dataclasses import replace
from urllib.parse import unquote, urlsplit

import asyncpg

from shared.settings import DatabaseSettings
from shared.testing.postgres import ROOT, TEMPLATE, build_template

VARIABLE = "IACT_TEST_CITUS_DSN"
SCRIPT = ROOT / "deploy" / "citus" / "distribute.sql"
SHARDS = 4  # of a table: more are more files to clone for each test
EXTENSION = "CREATE EXTENSION IF NOT EXISTS citus"
NODE = """
    SELECT citus_set_coordinator_host('{host}', {port});
    SELECT citus_set_node_property('{host}', {port}, 'shouldhaveshards', true);
    SET citus.shard_count = {shards};"""


def citus_server() -> DatabaseSettings | None:
    """The superuser's login that the variable gives; None without it."""
    dsn = os.environ.get(VARIABLE)
    if not dsn:
        return None
    parts = urlsplit(dsn)
    name = parts.path.lstrip("/") or "postgres"
    user, password = unquote(parts.username or "postgres"), unquote(parts.password or "")
    return DatabaseSettings(parts.hostname or "127.0.0.1", parts.port or 5432, name, user, password)


async def build_spread_template(owner: DatabaseSettings, name: str = TEMPLATE, *, extension: str = EXTENSION) -> str:
    """One database with every migration, spread as deploy/citus says, in place of what an earlier run left."""
    conn = await asyncpg.connect(**owner.connect_arguments())
    try:
        await conn.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await build_template(owner, name)
        await _spread(replace(owner, name=name), extension)
        # The daemon of Citus in it would be another session, and a database with one is not cloned.
        await conn.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await conn.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
    finally:
        await conn.close()
    return name


async def _spread(template: DatabaseSettings, extension: str) -> None:
    conn = await asyncpg.connect(**template.connect_arguments())
    try:
        await conn.execute(extension)
        await conn.execute(NODE.format(host=template.host, port=template.port, shards=SHARDS))
        # Lines with a backslash are psql's own.
        await conn.execute(re.sub(r"(?m)^\\.*$", "", SCRIPT.read_text(encoding="utf-8")))
    finally:
        await conn.close()
