"""`iact migrate`: bring the schemas up to date."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from iact import databases, secret_files
from iact.errors import CommandFailed
from iact.migrations import sets_of
from iact.options import DATA_DIR_DEFAULT, DataDir
from iact.startup import external_owner
from iact.system import System
from shared.migrate import Phase, unknown_contracts
from shared.settings import DatabaseSettings

PhaseOption = Annotated[
    Phase, typer.Option("--phase", help="expand: before the first new process; contract: after the last old one.")
]
Fits = Annotated[
    Path | None,
    typer.Option("--fits", help="Only tell whether the release in this folder can still work on the schemas."),
]


def register(app: typer.Typer) -> None:
    app.command()(migrate)


def migrate(data_dir: DataDir = DATA_DIR_DEFAULT, phase: PhaseOption = Phase.ALL, fits: Fits = None) -> None:
    """Make roles and run migrations, in the server of DB_ANALYTICS_* or else of the running system."""
    owner, secrets_dir = _where(data_dir)
    if fits is not None:
        _check_release(owner, fits)
        return
    prepared = asyncio.run(databases.prepare(owner, secrets_dir, typer.echo, phase))
    if not prepared.roles_have_passwords:
        secret_files.forget_role_passwords(secrets_dir)
    for name in prepared.migrations:
        typer.echo(f"ran {name}")
    if not prepared.migrations:
        typer.echo("nothing to do, the schemas are up to date")


def _where(data_dir: Path) -> tuple[DatabaseSettings, Path]:
    """The owner's login, and where secrets lie."""
    owner = external_owner()
    if owner is None:
        system = System.load(data_dir)
        return system.owner, system.secrets_dir
    secrets_dir = data_dir.absolute() / "secrets"
    secret_files.generate(secrets_dir, owner_password=owner.password)
    return owner, secrets_dir


def _check_release(owner: DatabaseSettings, release: Path) -> None:
    """Raise when something was taken away that this release still uses."""
    sets = sets_of(release.absolute())
    missing = [each.folder for each in sets if not each.folder.is_dir()]
    if missing:
        raise CommandFailed(f"--fits {release} is no release of IACT: it has no folder {missing[0]}")
    taken = asyncio.run(unknown_contracts(owner, sets))
    if taken:
        raise CommandFailed(
            f"the release in {release} cannot work on these schemas: {', '.join(taken)} took away what it uses."
            " Restore a backup from before the upgrade, or go on with the newer release"
        )
    typer.echo(f"the release in {release} can work on these schemas")
