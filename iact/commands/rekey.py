"""`iact rekey`: a new secret key for caller ids. Every source is read again; what it no longer has keeps its old ids.

Scheduled runs wait meanwhile, and what is published stays readable. Interrupted, the same command goes on.
"""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from iact.commands.ingest import LOG_FILE, bar, logs_in
from iact.errors import CommandFailed
from iact.options import DATA_DIR_DEFAULT, DataDir


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("rekey")(command)


def command(
    leave: Annotated[
        list[str] | None,
        typer.Option("--leave", metavar="SOURCE", help="A source that is gone: its facts keep their ids."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
    data_dir: DataDir = DATA_DIR_DEFAULT,
) -> None:
    """Make a new key and read every source again, so that no published id belongs to the old one."""
    with bar(visible=not as_json) as show:
        done = asyncio.run(renew(data_dir, leave or [], show))
    if as_json:
        typer.echo(json.dumps(done))
    else:
        for note in done["notes"]:
            typer.echo(note)
    if done["failed"]:
        sentences = " ".join(f"{source}: {error}" for source, error in done["failed"].items())
        raise CommandFailed(
            f"the new key is not in place yet. {sentences} Mend it and give `iact rekey` again, which goes on from "
            "here; --leave SOURCE gives up a source that is gone"
        )
    if not as_json:
        typer.echo(f"the new key is in place; read again: {', '.join(done['renewed']) or 'no source'}")


async def renew(data_dir: Path, leave: list[str], show: Any) -> dict[str, Any]:
    """Do it in this process, with the service's role and its lease."""
    from iact.system import System  # noqa: PLC0415 - slow to import, not needed for --help
    from services.ivr.config import ConfigError, read_sources  # noqa: PLC0415 - slow to import, not needed for --help
    from services.ivr.key_epochs import KeyProblem  # noqa: PLC0415 - slow to import, not needed for --help
    from services.ivr.renewal import renew as renew_keys  # noqa: PLC0415 - slow to import, not needed for --help
    from services.ivr.settings import Settings  # noqa: PLC0415 - slow to import, not needed for --help
    from shared.errors import Problem  # noqa: PLC0415 - slow to import, not needed for --help

    system = System.load(data_dir)
    try:
        declared = system.sources_file.is_file()
        sources = read_sources(system.sources_file) if declared else Settings(iact_sources_file=None).sources()
        if unknown := sorted(set(leave) - {source.id for source in sources}):
            names = ", ".join(source.id for source in sources)
            raise CommandFailed(f"--leave {unknown[0]}: no source is called so; declared are: {names or 'none'}")
        with logs_in(data_dir / LOG_FILE):
            outcome = await renew_keys(
                database=system.service_database("ivr"),
                secrets_dir=system.secrets_dir,
                sources=sources,
                leave=leave,
                show=show,
            )
    except (Problem, ConfigError, KeyProblem) as problem:
        raise CommandFailed(str(problem)) from problem
    return {
        "renewed": outcome.renewed,
        "left": outcome.left,
        "failed": outcome.failed,
        "notes": outcome.notes,
    }
