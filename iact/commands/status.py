"""`iact status`: what runs."""

from typing import Annotated

import typer

from iact.options import DATA_DIR_DEFAULT, DataDir
from iact.status import show


def register(app: typer.Typer) -> None:
    app.command()(status)


def status(
    data_dir: DataDir = DATA_DIR_DEFAULT,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for scripts.")] = False,
) -> None:
    """What runs, and whether it is ready; exit code 0 only when everything is."""
    raise typer.Exit(show(data_dir, as_json=as_json))
