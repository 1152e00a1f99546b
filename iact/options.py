"""Options that several commands share, so that they mean and say the same everywhere."""

from pathlib import Path
from typing import Annotated

import typer

from iact.ports import PROCESSES_MAX

DATA_DIR_DEFAULT = Path(".iact")

DataDir = Annotated[Path, typer.Option("--data-dir", help="Where databases, secrets and logs are.")]
Port = Annotated[int | None, typer.Option("--port", help="The gateway's port; services take the four after it.")]
Processes = Annotated[
    int,
    typer.Option(
        "--processes", min=1, max=PROCESSES_MAX, help="Of each kind; with two, one can be replaced unnoticed."
    ),
]
Detach = Annotated[bool, typer.Option("--detach", help="Return when everything is ready.")]
StepsBefore = Annotated[int, typer.Option("--steps-before", hidden=True, help="Steps that start.sh has ticked.")]
