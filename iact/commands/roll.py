"""`iact roll`: replace the running processes by those of this release."""

from typing import Annotated

import typer

from iact.options import DATA_DIR_DEFAULT, DataDir
from iact.rolling import roll as replace_processes


def register(app: typer.Typer) -> None:
    app.command()(roll)


def roll(
    data_dir: DataDir = DATA_DIR_DEFAULT,
    everything: Annotated[
        bool,
        typer.Option("--all", help="Also what runs from this release, with the IACT_* of this environment."),
    ] = False,
) -> None:
    """Replace the processes of a running system one after the other; unnoticed when it runs two of each kind."""
    replaced = replace_processes(data_dir, typer.echo, everything=everything)
    typer.echo(f"replaced {len(replaced)} processes" if replaced else "nothing to do, all run from this release")
