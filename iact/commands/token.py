"""`iact token`: personal tokens for scripts."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import asyncpg
import typer

from iact.errors import CommandFailed
from iact.system import DATA_DIR_DEFAULT, System
from services.sessions.accounts import AccountRefused, CreatedToken, create_token

DAYS_MAX = 365  # a year: whoever still needs it then makes a new one
DAYS = 90


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(help="Personal tokens for scripts.", no_args_is_help=True)
    group.command("create")(command)
    group.callback()(lambda: None)
    app.add_typer(group, name="token")


def command(
    username: Annotated[str, typer.Option(help="Whose token.")],
    functions: Annotated[
        str | None,
        typer.Option(help="Functions it may use, with commas (RPT-001,RPT-003); all that are held if left out."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=DAYS_MAX, help="How long it lives.")] = DAYS,
    data_dir: Annotated[Path, typer.Option(help="The folder of the running system.")] = DATA_DIR_DEFAULT,
    json_output: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Make a token and print it, this once."""
    wanted = None if functions is None else [code.strip().upper() for code in functions.split(",") if code.strip()]
    created = asyncio.run(create(System.load(data_dir), username=username, functions=wanted, days=days))
    if json_output:
        document = {
            "token": created.token,
            "functions": created.functions,
            "expires_at": created.expires_at.isoformat(),
        }
        typer.echo(json.dumps(document))
    else:
        typer.echo(created.token)


async def create(system: System, *, username: str, functions: list[str] | None, days: int) -> CreatedToken:
    """Make the token in one transaction, with the grants of the sessions service and no more."""
    try:
        conn = await asyncpg.connect(**system.service_database("sessions").connect_arguments(), timeout=10)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise CommandFailed(f"PostgreSQL does not answer: {error}") from error
    try:
        async with conn.transaction():
            return await create_token(conn, username=username, functions=functions, days=days)
    except AccountRefused as refusal:
        raise CommandFailed(str(refusal)) from refusal
    finally:
        await conn.close()
