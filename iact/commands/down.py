"""`iact down`: stop everything."""

import typer

from iact.options import DATA_DIR_DEFAULT, DataDir
from iact.shutdown import stop_everything


def register(app: typer.Typer) -> None:
    app.command()(down)


def down(data_dir: DataDir = DATA_DIR_DEFAULT) -> None:
    """Stop everything that runs from this data folder."""
    stop_everything(data_dir)
