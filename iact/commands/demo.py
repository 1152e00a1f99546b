"""`iact demo`: start everything, with sample calls."""

from typing import Annotated

import typer

from iact.options import DATA_DIR_DEFAULT, DataDir, Detach, Port, StepsBefore
from iact.running import run

ROWS_DEFAULT = 300_000  # two quarters of a small centre: loads in seconds, fills every chart


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    data_dir: DataDir = DATA_DIR_DEFAULT,
    port: Port = None,
    rows: Annotated[int, typer.Option("--rows", min=1, help="How many sample calls.")] = ROWS_DEFAULT,
    detach: Detach = False,
    steps_before: StepsBefore = 0,
) -> None:
    """Start everything with sample calls; a server in DB_ANALYTICS_HOST gets no samples."""
    run(data_dir, port=port, rows=rows, demo=True, detach=detach, steps_before=steps_before)
