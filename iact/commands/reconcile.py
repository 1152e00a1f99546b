"""`iact reconcile SOURCE`: prove that what is published is what the source has; exit 1 with a table when it is not."""

import asyncio
import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from iact.commands.ingest import DAY_FORMAT, call_service
from iact.errors import CommandFailed
from iact.options import DATA_DIR_DEFAULT, DataDir

POLL_EVERY_S = 0.3
PIPED_WIDTH = 200  # into a file or a pipe a row stays one line
CELLS_SHOWN_MAX = 50  # a screen; --json has them all


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reconcile")(command)


def command(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A configured source.")],
    since: Annotated[datetime | None, typer.Option("--from", formats=DAY_FORMAT, help="First day.")] = None,
    until: Annotated[datetime | None, typer.Option("--to", formats=DAY_FORMAT, help="Day after the last.")] = None,
    deep: Annotated[bool, typer.Option("--deep", help="Name the calls, legs and steps that differ.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the reconciliation as JSON.")] = False,
    data_dir: DataDir = DATA_DIR_DEFAULT,
) -> None:
    """Compare a source with what is published of it, by counts and hashes of every day; change nothing."""
    body: dict[str, Any] = {"source": source, "deep": deep}
    body |= {name: day.date().isoformat() for name, day in (("from", since), ("to", until)) if day is not None}
    found = asyncio.run(reconcile(data_dir, body))
    if as_json:
        typer.echo(json.dumps(found))
    elif found["state"] != "failed":
        _show(found)
    if found["state"] == "failed":
        raise CommandFailed(found["error"])
    if found["state"] != "equal":
        raise typer.Exit(1)


async def reconcile(data_dir: Path, body: dict[str, Any]) -> dict[str, Any]:
    """Ask the running service and wait for its answer."""
    from iact.system import System  # noqa: PLC0415 - slow to import, not needed for --help

    system = System.load(data_dir)
    accepted = await call_service(system, "POST", "/api/v1/ivr/reconciliations", body, patience_s=0)
    while True:
        found = await call_service(system, "GET", f"/api/v1/ivr/reconciliations/{accepted['id']}")
        if found["state"] != "running":
            return found
        await asyncio.sleep(POLL_EVERY_S)


def _show(found: dict[str, Any]) -> None:
    from rich.console import Console  # noqa: PLC0415 - slow to import, not needed for --help
    from rich.table import Table  # noqa: PLC0415 - slow to import, not needed for --help

    console = Console()
    if not console.is_terminal:
        console = Console(width=PIPED_WIDTH)
    different = [cell for cell in found["cells"] if cell["verdict"] != "equal"]
    if different:
        table = Table("day", "table", "part", "name", "in the source", "in the warehouse", "verdict")
        for cell in different[:CELLS_SHOWN_MAX]:
            where = (cell["day"] or "no day", cell["source_table"], cell["part"], cell["name"])
            table.add_row(*where, f"{cell['rows_source']:,}", f"{cell['rows_warehouse']:,}", cell["verdict"])
        console.print(table)
    if found["rows"]:
        table = Table("verdict", "part", "at", "table", "day", "id", "what it says")
        for row in found["rows"]:
            table.add_row(
                row["verdict"],
                row["part"],
                row["at"],
                row["source_table"],
                row["day"] or "no day",
                row["call_id"],
                row["description"],
            )
        console.print(table)
    for note in found["notes"]:
        typer.echo(note)
    typer.echo(_sentence(found))


def _sentence(found: dict[str, Any]) -> str:
    rows = f"{found['rows_source']:,} rows in the source, {found['rows_warehouse']:,} in the warehouse"
    if found["state"] == "equal":
        return f"{found['source']}: equal in all {found['cells_compared']:,} parts; {rows}"
    return f"{found['source']}: {found['cells_different']:,} of {found['cells_compared']:,} parts differ; {rows}"
