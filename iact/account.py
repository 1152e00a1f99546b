"""The first administrator: made at the first start, opened by a one-time link, never with a default password."""

import json
from datetime import UTC, datetime

import asyncpg

from iact import run_file
from iact.errors import CommandFailed
from iact.run_file import write_private
from iact.system import System
from services.sessions.accounts import AccountRefused, CreatedAccount, create_superuser
from services.sessions.settings import Settings

USERNAME = "admin"
NOTE_FILE = "admin.json"
CONNECT_TIMEOUT_S = 10.0


async def ensure_administrator(system: System) -> run_file.Run:
    """Make the account, or renew the link of one that nobody opened yet; what `run.json` then holds."""
    run = run_file.read(system.data_dir)
    if run["admin_sign_in_url"] is not None and _still_valid(system):
        return run
    return note(system, await _create(system))


def note(system: System, created: CreatedAccount | None) -> run_file.Run:
    """Write down how the administrator gets in: by the fresh link, or (None, or no code) by the password."""
    url = None if created is None or created.code is None else f"{system.gateway_url}/sign-in#code={created.code}"
    if created is not None and created.code_expires_at is not None:
        expiry = json.dumps({"sign_in_expires_at": created.code_expires_at.isoformat()})
        write_private(system.data_dir / NOTE_FILE, expiry + "\n")
    known = {"admin_username": USERNAME, "admin_sign_in_url": url}
    return run_file.update(system.data_dir, lambda before: before | known)


async def _create(system: System) -> CreatedAccount | None:
    """A fresh code for the account; None when a person has opened it already."""
    try:
        conn = await asyncpg.connect(
            **system.service_database("sessions").connect_arguments(), timeout=CONNECT_TIMEOUT_S
        )
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise CommandFailed(f"PostgreSQL does not answer: {error}") from error
    try:
        async with conn.transaction():
            return await create_superuser(conn, Settings(), username=USERNAME, password=None)
    except AccountRefused:
        return None
    finally:
        await conn.close()


def _still_valid(system: System) -> bool:
    """Whether the link that `run.json` holds has not expired; the sessions service removes one that was used.

    It belongs to the address that it was made for: a start on another port needs another one.
    """
    url = run_file.read(system.data_dir)["admin_sign_in_url"]
    try:
        note = json.loads((system.data_dir / NOTE_FILE).read_text(encoding="utf-8"))
        expires_at = datetime.fromisoformat(note["sign_in_expires_at"])
    except (OSError, ValueError, KeyError):
        return False
    return expires_at > datetime.now(UTC) and url.startswith(f"{system.gateway_url}/")
