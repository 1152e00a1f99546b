"""`iact erase`: remove a data folder."""

from typing import Annotated

import typer

from iact.options import DATA_DIR_DEFAULT, DataDir
from iact.shutdown import erase_everything


def register(app: typer.Typer) -> None:
    app.command()(erase)


def erase(
    data_dir: DataDir = DATA_DIR_DEFAULT,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Stop everything and remove the data folder with all its data."""
    erase_everything(data_dir, ask=None if yes else typer.confirm)
