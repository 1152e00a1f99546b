"""`iact replay SOURCE`: rejected rows again, once a rule or the source was mended.

A reject keeps its row masked, so the source is read again: of a legacy source the days of the rejects, of an Asterisk
source the log that has them, from its beginning. Rows that were published before count as duplicates.
"""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from iact.commands.ingest import Show, bar, call_service, follow, sentence
from iact.errors import CommandFailed
from iact.options import DATA_DIR_DEFAULT, DataDir


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("replay")(command)


def command(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A configured source.")],
    run: Annotated[str | None, typer.Option("--run", metavar="ID", help="Only the rejects of this run.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the finished run as JSON.")] = False,
    data_dir: DataDir = DATA_DIR_DEFAULT,
) -> None:
    """Read the units of rejected rows again; what can be used now is published, and its reject is gone."""
    with bar(visible=not as_json) as show:
        accepted, done = asyncio.run(replay(data_dir, source, run, show))
    if as_json:
        typer.echo(json.dumps(done))
    if done["state"] != "succeeded":
        raise CommandFailed(done["error"] or f"the run ended as {done['state']}")
    if not as_json:
        typer.echo(
            f"{accepted['rejects']:,} rejects of {', '.join(accepted['tables'])}, read again in run {done['id']}"
        )
        typer.echo(sentence(done))


async def replay(data_dir: Path, source: str, run_id: str | None, show: Show) -> tuple[dict[str, Any], dict[str, Any]]:
    """Ask the running service; what it accepted, and the run at its end."""
    from iact.system import System  # noqa: PLC0415 - slow to import, not needed for --help

    system = System.load(data_dir)
    body = {"source": source} | ({} if run_id is None else {"run_id": run_id})
    accepted = await call_service(system, "POST", "/api/v1/ivr/rejects/replay", body, patience_s=0)
    return accepted, await follow(system, source, accepted["id"], show)
