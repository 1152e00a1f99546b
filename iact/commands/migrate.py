"""`iact migrate`: bring the schemas up to date."""

import asyncio

import typer

from iact import databases, secret_files
from iact.options import DATA_DIR_DEFAULT, DataDir
from iact.startup import external_owner
from iact.system import System


def register(app: typer.Typer) -> None:
    app.command()(migrate)


def migrate(data_dir: DataDir = DATA_DIR_DEFAULT) -> None:
    """Make roles and run migrations, in the server of DB_ANALYTICS_* or else of the running system."""
    owner = external_owner()
    if owner is None:
        system = System.load(data_dir)
        owner, secrets_dir = system.owner, system.secrets_dir
    else:
        secrets_dir = data_dir.absolute() / "secrets"
        secret_files.generate(secrets_dir, owner_password=owner.password)
    prepared = asyncio.run(databases.prepare(owner, secrets_dir, typer.echo))
    if not prepared.roles_have_passwords:
        secret_files.forget_role_passwords(secrets_dir)
    for name in prepared.migrations:
        typer.echo(f"ran {name}")
    if not prepared.migrations:
        typer.echo("nothing to do, the schemas are up to date")
