"""`iact up`: start everything."""

import typer

from iact.options import DATA_DIR_DEFAULT, DataDir, Detach, Port, Processes, StepsBefore
from iact.running import run


def register(app: typer.Typer) -> None:
    app.command()(up)


def up(
    data_dir: DataDir = DATA_DIR_DEFAULT,
    port: Port = None,
    processes: Processes = 1,
    detach: Detach = False,
    steps_before: StepsBefore = 0,
) -> None:
    """Start everything; stop it with Ctrl-C, or with `iact down` after --detach."""
    run(data_dir, port=port, rows=0, demo=False, detach=detach, steps_before=steps_before, processes=processes)
