"""`iact dora check-logs`: are the logs of deployments, incidents and metrics whole? Needs no running system."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from services.dora.logs.check import check

FOLDER_DEFAULT = Path("logs_data")
INVALID = 1


def check_logs(
    folder: Annotated[
        Path, typer.Argument(help="The folder of the logs.", exists=True, file_okay=False, readable=True)
    ] = FOLDER_DEFAULT,
    *,
    json_output: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Check the logs of a folder; exit 1 with a line for each thing that is wrong, 2 where there is no log."""
    checked = check(folder)
    if not checked.records and not checked.problems:
        raise typer.BadParameter(f"{folder} holds no deployment_logs.json, incident_logs.json or dora_metrics.json")
    if json_output:
        problems = [asdict(each) for each in checked.problems]
        typer.echo(json.dumps({"records": dict(checked.records), "problems": problems}))
    else:
        for problem in checked.problems:
            typer.echo(problem.line())
        if not checked.problems:
            typer.echo(", ".join(f"{file}: {count} records" for file, count in checked.records.items()))
    if checked.problems:
        raise typer.Exit(INVALID)
