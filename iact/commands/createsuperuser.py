"""`iact createsuperuser`: the first administrator, or the auditor. Works on the database of the data folder."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import asyncpg
import typer

from iact import account
from iact.errors import CommandFailed
from iact.system import DATA_DIR_DEFAULT, System
from services.sessions.accounts import AccountRefused, CreatedAccount, create_superuser
from services.sessions.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("createsuperuser")(command)


def command(
    username: Annotated[str, typer.Option(help="The user name.")],
    password_stdin: Annotated[bool, typer.Option(help="Read the password from standard input.")] = False,
    auditor: Annotated[bool, typer.Option(help="Make the auditor, who may do nothing else.")] = False,
    data_dir: Annotated[Path, typer.Option(help="The folder of the running system.")] = DATA_DIR_DEFAULT,
    json_output: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Make an administrator, or the auditor; without a password, print a one-time sign-in link."""
    system = System.load(data_dir)
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    created = asyncio.run(create(system, username=username, password=password, auditor=auditor))
    if created.username == account.USERNAME:
        account.note(system, created)  # the link of before opens nothing any more, and the next start would tell it
    url = None if created.code is None else account.sign_in_url(system.gateway_url, created.code)
    if json_output:
        expires_at = created.code_expires_at
        document = {
            "user_id": str(created.user_id),
            "username": created.username,
            "sign_in_url": url,
            "expires_at": None if expires_at is None else expires_at.isoformat(),
        }
        typer.echo(json.dumps(document))
    elif url is None:
        typer.echo(f"{created.username} can sign in at {system.gateway_url}")
    else:
        typer.echo(
            f"{created.username} signs in once, until {created.code_expires_at:%Y-%m-%d %H:%M} UTC, with:\n{url}"
        )


async def create(system: System, *, username: str, password: str | None, auditor: bool) -> CreatedAccount:
    """Make the account in one transaction, with the grants of the sessions service and no more."""
    try:
        conn = await asyncpg.connect(**system.service_database("sessions").connect_arguments(), timeout=10)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise CommandFailed(f"PostgreSQL does not answer: {error}") from error
    try:
        async with conn.transaction():
            return await create_superuser(conn, Settings(), username=username, password=password, auditor=auditor)
    except AccountRefused as refusal:
        raise CommandFailed(str(refusal)) from refusal
    finally:
        await conn.close()
