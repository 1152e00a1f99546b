"""`iact partitions make`: the months to come, made before their first row has to wait for it."""

import asyncio
from typing import Annotated

import typer

from iact.options import DATA_DIR_DEFAULT, DataDir

AHEAD_DEFAULT, AHEAD_MAX = 3, 24  # a quarter, so that a timer that fails for weeks is noticed in time


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(help="The months of tables that are parted by time.", no_args_is_help=True)
    group.command("make")(make)
    group.callback()(lambda: None)
    app.add_typer(group, name="partitions")


def make(
    ahead: Annotated[int, typer.Option(min=0, max=AHEAD_MAX, help="How many months after this one.")] = AHEAD_DEFAULT,
    data_dir: DataDir = DATA_DIR_DEFAULT,
) -> None:
    """Make this month and the next ones in every table that is parted by time; what is there stays."""
    from iact.partitions import make_ahead  # noqa: PLC0415 - slow to import, not needed for --help
    from iact.reach import reach  # noqa: PLC0415 - slow to import, not needed for --help

    made = asyncio.run(make_ahead(reach(data_dir).owner, ahead))
    typer.echo(f"{made} partitions made" if made else "nothing to do, the months are made")
