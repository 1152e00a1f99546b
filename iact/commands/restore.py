"""`iact restore`: a data folder made from a backup."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

MOMENTS = ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("restore")(restore)


def restore(
    source: Annotated[Path, typer.Option("--from", help="The folder of backups.")],
    data_dir: Annotated[Path, typer.Option("--data-dir", help="A new folder, which becomes the data folder.")],
    at: Annotated[
        datetime | None,
        typer.Option("--at", formats=MOMENTS, help="The second to go back to, as 2026-01-31T14:05:00-06:00."),
    ] = None,
) -> None:
    """Make a data folder from a backup: as late as its log goes, or as it was at a chosen second."""
    from iact import backups, restoring  # noqa: PLC0415 - slow to import, not needed for --help

    reached = restoring.restore(backups.Store(source.absolute()), data_dir, at, typer.echo)
    typer.echo(
        f"Restored{f' up to the transaction of {reached:%Y-%m-%d %H:%M:%S} UTC' if reached else ''} into {data_dir}"
    )
    typer.echo(f"Start it with ./scripts/start.sh --data-dir {data_dir}, then make a new copy: its log starts anew.")
