"""The first administrator: made at the first start, opened by a one-time link, never with a default password."""

import asyncpg

from iact import run_file
from iact.errors import CommandFailed
from iact.system import System
from services.sessions.accounts import AccountRefused, CreatedAccount, create_superuser
from services.sessions.credentials import code_digest
from services.sessions.settings import Settings
from services.sessions.store import people

USERNAME = "admin"
CONNECT_TIMEOUT_S = 10.0


async def ensure_administrator(system: System) -> run_file.Run:
    """Make the account, or renew the link of one that nobody opened yet; what `run.json` then holds."""
    run = run_file.read(system.data_dir)
    try:
        conn = await asyncpg.connect(
            **system.service_database("sessions").connect_arguments(), timeout=CONNECT_TIMEOUT_S
        )
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise CommandFailed(f"PostgreSQL does not answer: {error}") from error
    try:
        if await _opens(conn, system, run["admin_sign_in_url"]):
            return run
        return note(system, await _create(conn))
    finally:
        await conn.close()


def note(system: System, created: CreatedAccount | None) -> run_file.Run:
    """Write down how the administrator gets in: by the fresh link, or (None, or no code) by the password."""
    url = None if created is None or created.code is None else sign_in_url(system.gateway_url, created.code)
    known = {"admin_username": USERNAME, "admin_sign_in_url": url}
    return run_file.update(system.data_dir, lambda before: before | known)


def sign_in_url(gateway_url: str, code: str) -> str:
    """The one-time link; the code is in the fragment, which no server ever sees."""
    return f"{gateway_url.rstrip('/')}/sign-in#code={code}"


async def _opens(conn: asyncpg.Connection, system: System, url: str | None) -> bool:
    """Whether a link opens the account still: not used, not replaced, not expired.

    It belongs to the address that it was made for: a start on another port needs another one.
    """
    if url is None or not url.startswith(f"{system.gateway_url}/"):
        return False
    return await people.open_code(conn, code_digest(url.partition("#code=")[2])) is not None


async def _create(conn: asyncpg.Connection) -> CreatedAccount | None:
    """A fresh code for the account; None when a person has opened it already."""
    try:
        async with conn.transaction():
            return await create_superuser(conn, Settings(), username=USERNAME, password=None)
    except AccountRefused:
        return None
