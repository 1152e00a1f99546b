"""PostgreSQL made ready for the services: reachable, new enough, with its database, roles, passwords and schemas."""

import base64
import hashlib
import hmac
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg

from iact import secret_files
from iact.errors import CommandFailed
from iact.migrations import ROOT, SETS
from shared.locks import ROLES
from shared.migrate import MigrationError, Phase, migrate
from shared.settings import DatabaseSettings, read_secret
from shared.sql import identifier, quote_literal

VERSION_MIN, VERSION_MAX = 15, 18  # what every release is tested with
CONNECT_TIMEOUT_S = 5.0  # a server that does not answer in five seconds is down for a person who waits
SCRAM_ITERATIONS = 4096  # PostgreSQL's own default
MAINTENANCE_DATABASE = "postgres"
ROLES_FILE = ROOT / "deploy" / "roles.sql"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was found and done: for the line on the screen, and how services log in."""

    version: str
    migrations: list[str]
    roles_have_passwords: bool


async def connect(settings: DatabaseSettings) -> asyncpg.Connection:
    """A connection, or the sentence that says why there is none."""
    place = f"PostgreSQL at {settings.host}:{settings.port}"
    try:
        return await asyncpg.connect(**settings.connect_arguments(), timeout=CONNECT_TIMEOUT_S)
    except (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError) as error:
        raise CommandFailed(
            f"{place} refuses the user {settings.user}: {error}; check DB_ANALYTICS_USER and DB_ANALYTICS_PASSWORD"
        ) from error
    except asyncpg.InvalidCatalogNameError as error:
        raise CommandFailed(
            f"{place} has no database {settings.name}; create it with"
            f" CREATE DATABASE {settings.name} OWNER {settings.user}, or set DB_ANALYTICS_NAME"
        ) from error
    except (TimeoutError, socket.gaierror, OSError) as error:
        reason = "no answer in time" if isinstance(error, TimeoutError) else reason_of(error)
        raise CommandFailed(
            f"{place} cannot be reached ({reason}); check DB_ANALYTICS_HOST and DB_ANALYTICS_PORT"
        ) from error
    except asyncpg.PostgresError as error:
        raise CommandFailed(f"{place} refuses the connection: {error}") from error


def reason_of(error: OSError) -> str:
    """The system's words alone: asyncpg repeats the address in its message."""
    return os.strerror(error.errno) if error.errno is not None and error.errno > 0 else str(error)


async def ensure_database(owner: DatabaseSettings) -> None:
    """Create the database in an embedded server that does not have it yet."""
    conn = await connect(replace(owner, name=MAINTENANCE_DATABASE))
    try:
        if not await conn.fetchval("SELECT true FROM pg_database WHERE datname = $1", owner.name):
            await conn.execute(f"CREATE DATABASE {identifier(owner.name)}")
            # Least privilege: only the owner and the services' roles may connect.
            await conn.execute(f"REVOKE ALL ON DATABASE {identifier(owner.name)} FROM PUBLIC")
    finally:
        await conn.close()


async def prepare(
    owner: DatabaseSettings, secrets_dir: Path, say: Callable[[str], None], phase: Phase = Phase.ALL
) -> Prepared:
    """Check the server, make or verify the roles, migrate."""
    conn = await connect(owner)
    try:
        version = await supported_version(conn, owner)
        # Two starts at once must not both create a role; closing the connection ends the lock.
        await conn.execute("SELECT pg_advisory_lock($1)", ROLES)
        if await may_create_roles(conn):
            new = await create_roles(conn, owner)
            own_logins = await set_passwords(conn, owner, secrets_dir, new=new, say=say)
        else:
            await verify_roles(conn, owner)
            own_logins = await logins_work(owner, secrets_dir)
    finally:
        await conn.close()
    return Prepared(version, await run_migrations(owner, phase), own_logins)


async def run_migrations(owner: DatabaseSettings, phase: Phase = Phase.ALL) -> list[str]:
    """The files that ran now."""
    try:
        return await migrate(owner, SETS, phase)
    except (MigrationError, asyncpg.PostgresError, OSError) as error:
        raise CommandFailed(f"the schema cannot be brought up to date: {error}") from error


async def supported_version(conn: asyncpg.Connection, owner: DatabaseSettings) -> str:
    version = conn.get_server_version()
    if not VERSION_MIN <= version.major <= VERSION_MAX:
        raise CommandFailed(
            f"PostgreSQL at {owner.host}:{owner.port} is version {version.major};"
            f" IACT needs {VERSION_MIN} to {VERSION_MAX}"
        )
    said: str = await conn.fetchval("SHOW server_version")
    return said.split(maxsplit=1)[0]


async def may_create_roles(conn: asyncpg.Connection) -> bool:
    query = "SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user"
    return bool(await conn.fetchval(query))


async def create_roles(conn: asyncpg.Connection, owner: DatabaseSettings) -> frozenset[str]:
    """Run deploy/roles.sql; the roles that were not there before."""
    known = {row["rolname"] for row in await conn.fetch("SELECT rolname FROM pg_roles")}
    try:
        async with conn.transaction():
            await conn.execute("SELECT set_config('iact.owner', $1, true)", owner.user)
            await conn.execute(ROLES_FILE.read_text(encoding="utf-8"))
    except asyncpg.PostgresError as error:
        raise CommandFailed(
            f"the roles of the services cannot be made ({error}); let an administrator run deploy/roles.sql"
        ) from error
    return frozenset(secret_files.ROLES) - known


async def verify_roles(conn: asyncpg.Connection, owner: DatabaseSettings) -> None:
    """Raise when an administrator still has to run deploy/roles.sql."""
    membership = "SET" if conn.get_server_version().major >= 16 else "MEMBER"  # noqa: PLR2004 - the release that split them
    query = """
        SELECT wanted FROM unnest($1::text[]) WITH ORDINALITY AS asked (wanted, place)
            LEFT JOIN pg_roles ON rolname = wanted
        WHERE oid IS NULL OR NOT pg_has_role(current_user, oid, $2)
        ORDER BY place"""
    missing = [row["wanted"] for row in await conn.fetch(query, list(secret_files.ROLES), membership)]
    if missing:
        raise CommandFailed(
            f"the user {owner.user} may not create roles and is no member of {', '.join(missing)};"
            f" let an administrator run: psql -d {owner.name} -f deploy/roles.sql"
        )


async def set_passwords(
    conn: asyncpg.Connection,
    owner: DatabaseSettings,
    secrets_dir: Path,
    *,
    new: frozenset[str],
    say: Callable[[str], None],
) -> bool:
    """Give each role the password of its secret file, unless that already works; whether all log in with theirs.

    PostgreSQL gets a verifier, so that no log of statements holds a password.
    """
    for role in secret_files.ROLES:
        password = read_secret(secrets_dir / secret_files.role_password(role))
        if role not in new and await logs_in(owner, role, password):
            continue
        try:
            await conn.execute(
                f"ALTER ROLE {identifier(role)} LOGIN PASSWORD {quote_literal(scram_verifier(password))}"
            )
        except asyncpg.InsufficientPrivilegeError:
            say(f"{owner.user} may not set the password of {role}: services log in as {owner.user} in that role")
            return False
    return await logins_work(owner, secrets_dir)


async def logins_work(owner: DatabaseSettings, secrets_dir: Path) -> bool:
    """Whether every role logs in with the password in its secret file."""
    for role in secret_files.ROLES:
        password_file = secrets_dir / secret_files.role_password(role)
        if not password_file.is_file() or not await logs_in(owner, role, read_secret(password_file)):
            return False
    return True


async def logs_in(owner: DatabaseSettings, role: str, password: str) -> bool:
    login = replace(owner, user=role, password=password, role=None)
    try:
        conn = await asyncpg.connect(**login.connect_arguments(), timeout=CONNECT_TIMEOUT_S)
    except (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError, asyncpg.PostgresError):
        return False
    await conn.close()
    return True


def scram_verifier(password: str, salt: bytes | None = None) -> str:
    """The password as PostgreSQL stores it (RFC 5802, SCRAM-SHA-256); ASCII only, as ours are."""
    salt = os.urandom(16) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, SCRAM_ITERATIONS)

    def keyed(text: bytes) -> bytes:
        return hmac.digest(salted, text, "sha256")

    def text(raw: bytes) -> str:
        return base64.b64encode(raw).decode()

    stored = hashlib.sha256(keyed(b"Client Key")).digest()
    return f"SCRAM-SHA-256${SCRAM_ITERATIONS}:{text(salt)}${text(stored)}:{text(keyed(b'Server Key'))}"


def external_owner(settings: Any) -> DatabaseSettings | None:
    """The login from DB_ANALYTICS_*, or None when DB_ANALYTICS_HOST is unset and the embedded server is meant."""
    if "db_analytics_host" not in settings.model_fields_set or not settings.db_analytics_host:
        return None
    password_file = settings.iact_secrets_dir / "db_password_owner"
    if settings.db_analytics_password is not None:
        password = settings.db_analytics_password.get_secret_value()
    elif "iact_secrets_dir" in settings.model_fields_set and password_file.is_file():
        # A folder that was named on purpose: the default one may hold the password of an embedded server.
        password = read_secret(password_file)
    else:
        raise CommandFailed(
            "DB_ANALYTICS_HOST is set but DB_ANALYTICS_PASSWORD is not; set it in .env or the environment,"
            " or write db_password_owner in IACT_SECRETS_DIR"
        )
    return DatabaseSettings(
        host=settings.db_analytics_host,
        port=settings.db_analytics_port,
        name=settings.db_analytics_name,
        user=settings.db_analytics_user,
        password=password,
    )
