"""`iact doctor`: finds what is wrong or will be, says what it means and what to do; changes nothing."""

import json
from pathlib import Path
from typing import Annotated

import typer

from iact.options import DATA_DIR_DEFAULT, DataDir

Backups = Annotated[
    Path | None,
    typer.Option("--backups", envvar="IACT_BACKUPS_DIR", help="The folder of iact backup, to tell its age."),
]
Certificates = Annotated[
    list[Path] | None, typer.Option("--certificate", help="A PEM certificate besides those of nginx; may be repeated.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    *,
    backups: Backups = None,
    certificate: Certificates = None,
    keep_months: Annotated[
        int | None,
        typer.Option("--keep-months", envvar="IACT_RETENTION_MONTHS", min=3, help="Months of calls that are wanted."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for scripts.")] = False,
    data_dir: DataDir = DATA_DIR_DEFAULT,
) -> None:
    """Look at every part; exit code 0 when all is good, 1 when something needs hands, 2 for wrong usage."""
    from iact.doctor.commands import program, typable  # noqa: PLC0415 - slow to import, not needed for --help
    from iact.doctor.examine import Asked, examine  # noqa: PLC0415 - slow to import, not needed for --help
    from iact.doctor.finding import sentences  # noqa: PLC0415 - slow to import, not needed for --help

    looked = examine(Asked(data_dir, backups, certificate or (), keep_months))
    findings = [typable(each, program(), data_dir) for each in looked]
    hands = sum(found.needs_hands for found in findings)
    if as_json:
        typer.echo(json.dumps({"good": not hands, "findings": [found.document() for found in findings]}, indent=2))
    else:
        for line in sentences(findings):
            typer.echo(line)
        typer.echo(f"{hands} of {len(findings)} findings need hands." if hands else "Nothing needs hands.")
    if hands:
        raise typer.Exit(1)
